"""Balls and rackets: throwing, catching, hitting, dribbling, bowling."""

from __future__ import annotations

from . import timeline as tl
from .catalogue import Kind
from .script import Action
from .timeline import Timeline
from .writer import Gesture, Hand, Row, Writer

_DRIBBLE = Gesture(Hand((0.14, -0.26, 0.3), (0.0, 0.13, 0.02), elbow=(0.4, 0.5, 1.2, 0.0)), None, (8, 11), (4, 7), {tl.SPINE_PITCH: 0.22, tl.DY: -0.1, tl.HEAD_PITCH: 0.1},
                   {tl.DY: (0.02, 0.0)})  # fmt: skip
_JUGGLE = Gesture(Hand((0.16, -0.08, 0.3), (0.0, 0.14, 0.0), (0.07, 0.0, 0.0)), Hand((0.16, -0.08, 0.3), (0.0, 0.14, 0.0), (0.07, 0.0, 0.0), phase=0.5), (11, 15), (4, 7), {tl.HEAD_PITCH: -0.25})


def throw_under(t: Timeline, a: Action, start: int) -> int:
    """Underhand: the arm swings back and forward; "roll" bends low as in bowling, with a step."""
    w = Writer(t, a, start)
    low = a.direction == "roll"
    at = [0, 12, 18, 23, 34]
    w.arm(w.near, at, [(0.3, 0.2, 0.3, 0.0), (-0.95, 0.15, 0.15, 0.0), (0.75, 0.05, 0.1, 0.0), (1.7, 0.0, 0.3, 0.0), (0.5, 0.3, 0.4, 0.0)], 6, 9)
    deep = 1.0 if low else 0.25
    w.step(w.far, 8, 16, ahead=0.45 if low else 0.3, wide=1.0)
    w.home(w.far, 25, 33)
    w.body(tl.DY, at, [0, -0.12 * deep, -0.26 * deep, -0.2 * deep, 0])
    w.body(tl.SPINE_PITCH, at, [0, 0.3 * deep, 0.7 * deep, 0.4 * deep, 0])
    w.body(tl.PELVIS_PITCH, at, [0, 0.15 * deep, 0.4 * deep, 0.2 * deep, 0])
    w.body(tl.SHIFT_FWD, at, [0, 0.02, 0.15, 0.16, 0])
    w.body(tl.SPINE_YAW, at, [0, 0.3, -0.2, -0.3, 0])
    w.heel(w.near, at, [0, 0, 0.5, 0.5, 0])
    return w.length(34)


def throw_two(t: Timeline, a: Action, start: int) -> int:
    """Both hands: pass from the chest, from over the head, or a shot at a basket with a small jump."""
    w = Writer(t, a, start)
    d = a.direction or "chest"
    at = [0, 11, 16, 21, 32]
    ball, out = {
        "chest": ((0.1, 0.0, 0.18), (0.12, 0.08, 0.5)),
        "overhead": ((0.1, 0.46, -0.05), (0.14, 0.2, 0.48)),
        "shot": ((0.1, 0.3, 0.2), (0.1, 0.6, 0.26)),
    }[d]
    for side in (0, 1):
        w.hand(side, at, [(0.12, -0.15, 0.3), ball, out, out, (0.15, -0.2, 0.25)], 7, 9, elbow=(0.9, 0.6, 1.4, 0.0))
    if d == "shot":
        w.body(tl.DY, [0, 8, 14, 18, 24, 32], [0, -0.2, 0.02, 0.02, -0.1, 0])
        w.body(tl.HEAD_PITCH, at, [0, -0.2, -0.3, -0.2, 0])
        w.both(tl.HEEL, [0, 9, 15, 20, 26, 32], [0, 0.1, 0.6, 0.5, 0, 0])
    else:
        w.step(w.near, 7, 15, ahead=0.3)
        w.home(w.near, 23, 31)
        w.body(tl.SHIFT_FWD, at, [0, -0.02, 0.12, 0.12, 0])
        w.body(tl.SPINE_PITCH, at, [0, -0.2 if d == "overhead" else 0.0, 0.25, 0.25, 0])
        w.body(tl.DY, at, [0, -0.04, -0.07, -0.05, 0])
    return w.length(32)


def catch(t: Timeline, a: Action, start: int) -> int:
    """Hands reach out and close on a ball, drawn to the chest; high, before the body, or at a side; thrown back in "back"."""
    w = Writer(t, a, start, a.pace * t.rng.uniform(0.85, 1.1))
    d = a.direction or "front"
    out = {"front": (0.06, 0.02, 0.44), "high": (0.05, 0.5, 0.25), "low": (0.06, -0.42, 0.4), "back": (0.06, 0.02, 0.44)}[d]
    chest = (0.05, -0.08, 0.22)
    times, points = [0.0, 8.0, 12.0, 19.0, 26.0], [(0.15, -0.15, 0.28), out, out, chest, chest]
    if d == "back":
        times += [31.0, 36.0, 44.0]
        points += [(0.1, 0.1, 0.5), (0.1, 0.1, 0.5), (0.15, -0.2, 0.25)]
    else:
        times += [35.0]
        points += [(0.15, -0.25, 0.22)]
    for side in (0, 1):
        w.hand(side, times, points, 6, 9, elbow=(0.7, 0.5, 1.3, -0.2))
    deep = {"low": 0.25, "high": 0.0}.get(d, 0.06)
    e = times[-1]
    w.body(tl.DY, [0, 8, 13, 20, e], [0, -deep, -deep - 0.04, -0.04, 0])
    w.body(tl.SPINE_PITCH, [0, 8, 13, 20, e], [0, -0.1 if d == "high" else 0.15 + deep, 0.12 + deep, 0.1, 0])
    if d == "high":
        w.both(tl.HEEL, [0, 8, 13, 20, e], [0, 0.4, 0.4, 0, 0])
    return w.length(e)


def bat(t: Timeline, a: Action, start: int) -> int:
    """Both hands together swing a bat across at chest height, or a golf club low."""
    w = Writer(t, a, start)
    golf = a.direction == "golf"
    at = [0, 13, 18, 24, 29, 42]
    # The near hand; the far one holds the grip beside it. Near is the trailing side: the swing goes from near to far.
    ready = (-0.02, -0.36, 0.34) if golf else (0.16, 0.1, 0.2)
    back = (0.34, 0.22, 0.14) if golf else (0.32, 0.16, 0.02)
    hit = (-0.02, -0.38, 0.36) if golf else (-0.02, -0.04, 0.46)
    through = (-0.44, 0.26, 0.1) if golf else (-0.38, 0.12, 0.2)
    path = [ready, back, hit, through, through, (0.0, -0.3, 0.3)]
    w.hand(w.near, at, path, 9, 10, elbow=(0.9, 0.6, 1.0, 0.0))
    w.hand(w.far, at, [(-x + 0.03, y - 0.04, z) for x, y, z in path], 9, 10, elbow=(0.9, 0.6, 1.0, 0.0))
    twist = [0, 0.6, 0.0, -0.75, -0.8, 0]
    w.body(tl.SPINE_YAW, at, twist)
    w.body(tl.PELVIS_YAW, at, [0.5 * v for v in twist])
    w.body(tl.SHIFT_LEFT, at, [0, 0.06, -0.03, -0.08, -0.08, 0])
    pitch = 0.55 if golf else 0.15
    w.body(tl.SPINE_PITCH, at, [0.0, pitch, pitch, 0.3 * pitch, 0.2 * pitch, 0])
    w.body(tl.PELVIS_PITCH, at, [0.0, 0.5 * pitch, 0.5 * pitch, 0.1, 0.0, 0])
    w.body(tl.HEAD_YAW, at, [0, -0.5, 0.0, 0.2, 0.1, 0])
    w.body(tl.DY, at, [0, -0.07, -0.08, -0.04, -0.03, 0])
    w.heel(w.near, at, [0, 0, 0.3, 0.8, 0.8, 0])
    return w.length(42)


def racket(t: Timeline, a: Action, start: int) -> int:
    """One hand: forehand, backhand, serve (overhead)."""
    w = Writer(t, a, start)
    d = a.direction or "forehand"
    at = [0, 11, 16, 22, 34]
    poses: list[Row]
    if d == "serve":
        poses = [(0.5, 0.8, 1.4, 0.3), (1.6, 1.6, 2.0, 1.2), (2.9, 0.4, 0.1, 0.2), (0.7, -0.5, 0.4, -0.3), (0.4, 0.0, 0.5, 0.0)]
        w.arm(w.far, at, [(0.4, 0.2, 0.4, 0.0), (2.6, 0.2, 0.1, 0.0), (1.0, 0.3, 0.8, 0.0), (0.5, 0.5, 1.2, -0.3), (0.3, 0.6, 0.6, 0.0)], 7, 9)
        twist, pitch = [0, 0.5, -0.2, -0.6, 0], [0, -0.25, 0.05, 0.4, 0]
    elif d == "backhand":
        poses = [(0.6, 0.2, 1.2, -0.5), (1.1, -1.0, 1.2, -0.8), (1.25, 0.3, 0.2, 0.0), (1.7, 1.3, 0.3, 0.2), (0.4, 0.8, 0.6, 0.0)]
        twist, pitch = [0, -0.7, 0.1, 0.5, 0], [0, 0.12, 0.12, 0.0, 0]
    else:
        poses = [(0.6, 0.8, 1.0, 0.2), (1.1, 1.9, 0.8, 0.4), (1.1, 0.5, 0.2, 0.0), (1.7, -0.7, 1.1, -0.4), (0.4, 0.2, 0.6, 0.0)]
        twist, pitch = [0, 0.7, -0.1, -0.7, 0], [0, 0.08, 0.12, 0.1, 0]
    w.arm(w.near, at, poses, 8, 10)
    w.body(tl.SPINE_YAW, at, twist)
    w.body(tl.PELVIS_YAW, at, [0.5 * v for v in twist])
    w.body(tl.SPINE_PITCH, at, pitch)
    w.body(tl.DY, at, [0, -0.08, -0.04, -0.05, 0])
    w.step(w.far if d != "backhand" else w.near, 6, 14, ahead=0.25, wide=1.1)
    w.home(w.far if d != "backhand" else w.near, 24, 33)
    w.body(tl.SHIFT_FWD, at, [0, -0.02, 0.1, 0.12, 0])
    return w.length(34)


def kick_ball(t: Timeline, a: Action, start: int) -> int:
    """A run-up of two or three steps and a kick from far behind; ends where the ball lay."""
    w = Writer(t, a, start, a.pace * t.rng.uniform(0.9, 1.1))
    far = w.rng.uniform(0.7, 1.1)
    w.move([0, 3, 24, 46], [0, 0, 0, 0], [0, 0.02, far, far + 0.12])
    w.step(w.far, 2, 9, forward=0.3 * far, clearance=0.06)
    w.step(w.near, 8, 15, forward=0.65 * far, clearance=0.07)
    w.step(w.far, 14, 21, forward=far, ahead=0.1, clearance=0.07)
    stand = (-0.1, 0.1, 0.3, 0.4)
    times = [0, 19, 23.5, 27.5, 31, 40, 46]
    w.leg(w.near, times, [stand, stand, (-0.75, 0.2, 1.3, 0.8), (0.75, 0.0, 0.15, 0.7), (1.1, -0.15, 0.2, 0.6), (0.1, 0.1, 0.2, 0.2), (0.03, 0.2, 0.1, 0.2)], 5, 6, begin=18)
    w.step(w.near, 20, 30, forward=far + 0.12)
    w.step(w.far, 40, 46, forward=far + 0.12, clearance=0.03)
    w.support(w.near, [0, 16, 21, 34, 42], [0, 0, 1, 1, 0])
    w.body(tl.SPINE_PITCH, [0, 8, 23, 29, 40], [0, 0.15, -0.12, 0.2, 0])
    w.body(tl.PELVIS_YAW, [0, 18, 23, 29, 40], [0, 0, 0.4, -0.35, 0])
    w.arm(w.far, [0, 18, 24, 30, 44], [(0.4, 0.8, 0.5, 0.0), (0.6, 1.0, 0.5, 0.0), (1.4, 1.4, 0.3, 0.0), (0.9, 0.1, 0.5, 0.0), (0.3, 0.9, 0.4, 0.0)], 8, 9)
    w.arm(w.near, [0, 18, 24, 30, 44], [(0.4, 0.8, 0.5, 0.0), (0.6, 0.6, 0.6, 0.0), (0.7, 0.3, 0.6, 0.0), (0.6, 1.5, 0.3, 0.0), (0.3, 0.9, 0.4, 0.0)], 8, 9)
    return w.length(46)


KINDS: dict[str, Kind] = {
    "throw_under": Kind(1.6, {
        "toss": ["!throw something *underhand with P ^S ^(hand|arm)", "!toss a *ball with the ^S ^hand", "!toss something *underarm with the ^S ^hand", "!(toss|throw) something", "!swing P ^S ^arm and !toss something"],
        "roll": ["!bowl", "!(throw|roll) a bowling *ball with P ^S ^(hand|arm)", "!roll a *ball along the floor with the ^S ^hand", "!swing the ^S ^arm and !bowl", "!bowl with the ^S ^arm"]},
        throw_under, "arm", sides="s", directions=("toss", "roll")),
    "throw_two": Kind(1.6, {
        "chest": ["!(throw|pass) a *ball with ^both ^hands", "!pass a *basketball from the *chest", "!throw something with ^both ^hands", "!push a *ball away from the *chest"],
        "overhead": ["!throw a *ball from above the *head with ^both ^hands", "!throw something *overhead with ^both ^(hands|arms)", "!do a soccer *throw in with ^both ^hands"],
        "shot": ["!shoot a *basketball", "!shoot a *ball at a *basket", "!(shoot|throw) a *basketball with ^both ^hands", "!take a *shot in *basketball", "!shoot *hoops"]},
        throw_two, "arms", directions=("chest", "overhead", "shot")),
    "catch": Kind(1.6, {
        "front": ["!catch a *ball", "!catch something with ^both ^hands", "!(catch|receive) a *ball in front of the *chest", "!catch something and !hold it to the *chest"],
        "high": ["!catch a *ball above the *head", "!reach *up and !catch something with ^both ^hands", "!catch a *high *ball"],
        "low": ["!catch a *low *ball", "!bend and !catch something near the *floor", "!(scoop|catch) a *ball near the ground with ^both ^hands"],
        "back": ["!catch a *ball and !throw it *back", "!catch something with ^both ^hands and !throw it *back", "!play *catch", "!catch and !throw a *ball"]},
        catch, "arms", directions=("front", "high", "low", "back")),
    "dribble": Kind(1.2, ["!dribble a *(ball|basketball)", "!dribble a *ball with P ^S ^hand", "!bounce a *ball with the ^S ^hand", "!(bounce|dribble) a *basketball"], _DRIBBLE, "arm", sides="s", overlay=True),
    "juggle": Kind(0.4, ["!juggle", "!juggle *balls with ^both ^hands", "!juggle with three *balls"], _JUGGLE, "arms"),
    "bat": Kind(1.8, {
        "baseball": ["!swing a *(baseball *bat|bat)", "!swing a *bat with ^both ^hands", "!hit a *ball with a *bat", "!(swing|hit) as in *baseball", "!play *baseball"],
        "golf": ["!swing a *golf *club", "!play *golf", "!(hit|drive) a *golf *ball", "!make a *golf *swing", "!swing a *club with ^both ^hands low to the ground"]},
        bat, "arms spine", sides="s", directions=("baseball", "golf")),
    "racket": Kind(1.8, {
        "forehand": ["!hit a *forehand with P ^S ^(hand|arm)", "!swing a *racket with the ^S ^hand", "!play *tennis", "!swing the ^S ^arm across the body to !hit a *ball"],
        "backhand": ["!hit a *backhand with P ^S ^(hand|arm)", "!play a *backhand with the ^S ^hand", "!swing a *racket backhanded with the ^S ^hand", "!play *tennis"],
        "serve": ["!serve a *ball with P ^S ^(hand|arm)", "!serve a *ball", "!(smash|spike) a *ball with the ^S ^hand", "!hit a *ball overhead with P ^S ^(arm|hand)", "!serve in *tennis"]},
        racket, "arm", sides="s", directions=("forehand", "backhand", "serve")),
    "kick_ball": Kind(1.8, ["!kick a *ball with P ^S ^(foot|leg)", "!run up and !kick a *ball with the ^S ^(foot|leg)", "!kick a *(ball|soccer *ball)", "!take a few steps and !kick something", "!take a *penalty *kick with the ^S ^foot", "!play *soccer"], kick_ball, "leg", "leg", sides="s"),
}  # fmt: skip
