"""Martial arts, boxing and swords."""

from __future__ import annotations

from collections.abc import Callable

from . import timeline as tl
from .arm_actions import punch
from .catalogue import Kind
from .leg_actions import kick
from .script import Action
from .timeline import Timeline
from .writer import Row, Writer

_CHAMBER: Row = (-0.55, 0.35, 1.95, -0.2)  # fist at the hip
_GUARD: Row = (0.45, 0.5, 2.15, -0.4)


def _stance(w: Writer, times: list[float], on: list[float], deep: float = 0.12) -> None:
    w.body(tl.DY, times, [-deep * v for v in on])


def block(t: Timeline, a: Action, start: int) -> int:
    """Low: the forearm sweeps down before the thigh. High: it rises above the head. The other fist goes to the hip."""
    w = Writer(t, a, start, a.pace * t.rng.uniform(0.8, 1.1))
    high = a.direction == "high"
    hold = w.rng.uniform(4, 12)
    at = [0, 7, 12, 12 + hold, 22 + hold]
    load: Row = (0.5, -0.3, 2.0, -0.8) if high else (0.8, -0.7, 2.2, -0.4)
    done: Row = (2.0, 0.35, 1.35, -1.1) if high else (0.45, 0.4, 0.15, 0.0)
    w.arm(w.near, at, [load, load, done, done, _GUARD], 6, 8)
    w.arm(w.far, at, [(0.9, 0.1, 0.5, 0.0), (0.9, 0.1, 0.5, 0.0), _CHAMBER, _CHAMBER, _GUARD], 6, 8)
    w.step(w.near, 3, 12, ahead=0.42, wide=1.2)
    w.home(w.near, 13 + hold, 21 + hold)
    w.body(tl.SHIFT_FWD, at, [0, 0.03, 0.17, 0.17, 0])
    _stance(w, at, [0, 0.4, 1, 1, 0], w.rng.uniform(0.1, 0.18))
    w.body(tl.SPINE_YAW, at, [0, -0.3, 0.3, 0.3, 0])
    return w.length(22 + hold)


def lunge_punch(t: Timeline, a: Action, start: int) -> int:
    """A long step forward into a deep stance with the named side and a straight punch of the same side."""
    w = Writer(t, a, start, a.pace * t.rng.uniform(0.8, 1.1))
    hold = w.rng.uniform(4, 12)
    far = w.rng.uniform(0.5, 0.7) * a.size
    at = [0, 7, 13, 13 + hold, 24 + hold]
    w.arm(w.near, at, [_CHAMBER, _CHAMBER, (1.5, -0.1, 0.08, -0.2), (1.5, -0.1, 0.08, -0.2), _GUARD], 6, 8)
    w.arm(w.far, at, [(1.3, 0.0, 0.3, 0.0), (1.3, 0.0, 0.3, 0.0), _CHAMBER, _CHAMBER, _GUARD], 6, 8)
    w.step(w.near, 2, 11, ahead=far, wide=1.25, clearance=0.06)
    w.home(w.near, 14 + hold, 23 + hold)
    w.body(tl.SHIFT_FWD, at, [0, 0.05, 0.45 * far, 0.45 * far, 0])
    _stance(w, at, [0, 0.4, 1, 1, 0], w.rng.uniform(0.16, 0.24))
    w.heel(w.far, at, [0, 0.1, 0.35, 0.35, 0])
    w.body(tl.SPINE_YAW, at, [0, 0.25, -0.3, -0.3, 0])
    return w.length(24 + hold)


def hook(t: Timeline, a: Action, start: int) -> int:
    """A bent-arm blow from the side (hook) or from below (uppercut), count times."""
    w = Writer(t, a, start, a.pace * t.rng.uniform(0.85, 1.1))
    upper = a.direction == "uppercut"
    load: Row = (0.1, 0.9, 1.6, 0.2) if upper else (1.1, 1.3, 1.5, -0.3)
    hit: Row = (1.45, 0.0, 1.5, 0.0) if upper else (1.5, -0.45, 1.4, -1.4)
    times, poses, twist, dip = [0.0, 8.0], [_GUARD, _GUARD], [0.0, 0.0], [0.0, -0.06]
    for _ in range(a.count):
        b = times[-1]
        times += [b + 4, b + 8, b + 14]
        poses += [load, hit, _GUARD]
        twist += [0.45, -0.6, 0.0]
        dip += [-0.14 if upper else -0.08, -0.02, -0.06]
    times.append(times[-1] + 9)
    w.arm(w.near, times, [*poses, _GUARD], 7, 8)
    w.arm(w.far, [0, 8, times[-1]], [_GUARD] * 3, 7, 8)
    w.body(tl.SPINE_YAW, times, [*twist, 0])
    w.body(tl.PELVIS_YAW, times, [0.5 * v for v in twist] + [0])
    w.body(tl.DY, times, [*dip, 0])
    return w.length(times[-1])


def guard(t: Timeline, a: Action, start: int) -> int:
    """Fighting stance: fists up, knees bent, bouncing a little."""
    w = Writer(t, a, start)
    n = a.frames or int(w.rng.uniform(40, 65))
    w.k = 1.0
    e = float(n)
    w.arms([0, 9, e - 9, e], [_GUARD] * 4, 8, 8)
    w.step(w.far, 2, 9, ahead=-0.22, wide=1.2)
    w.home(w.far, e - 11, e - 3)
    times, dip = [0.0, 8.0], [0.0, -0.09]
    while times[-1] < e - 14:
        times += [times[-1] + 4, times[-1] + 8]
        dip += [-0.05, -0.1]
    w.body(tl.DY, [*times, max(e, times[-1] + 5)], [*dip, 0])
    w.body(tl.SPINE_YAW, [0, 9, e - 9, e], [0, -0.35, -0.35, 0])
    w.body(tl.SPINE_PITCH, [0, 9, e - 9, e], [0, 0.18, 0.18, 0])
    return n


def dodge(t: Timeline, a: Action, start: int) -> int:
    """Ducks, or leans away to a side, with the fists up."""
    w = Writer(t, a, start, a.pace * t.rng.uniform(0.85, 1.1))
    at = [0, 6, 11, 16, 25]
    w.arms(at, [_GUARD] * 5, 6, 8)
    if a.direction == "duck":
        w.body(tl.DY, at, [0, -0.28, -0.36, -0.2, 0])
        w.body(tl.SPINE_PITCH, at, [0, 0.5, 0.6, 0.3, 0])
        w.body(tl.PELVIS_PITCH, at, [0, 0.3, 0.35, 0.2, 0])
        w.body(tl.SHIFT_FWD, at, [0, -0.1, -0.12, -0.05, 0])
    else:
        s = w.s * (1.0 if a.direction == "left" else -1.0)
        w.body(tl.SHIFT_LEFT, at, [0, 0.1 * s, 0.12 * s, 0.04 * s, 0])
        w.body(tl.SPINE_ROLL, at, [0, -0.4 * s, -0.5 * s, -0.2 * s, 0])
        w.body(tl.DY, at, [0, -0.1, -0.14, -0.07, 0])
    return w.length(25)


def high_kick(t: Timeline, a: Action, start: int) -> int:
    """Trained kicks with the guard up: side (karate), roundhouse, back, knee."""
    w = Writer(t, a, start, a.pace * t.rng.uniform(0.85, 1.1))
    d = a.direction or "side"
    cock, out = {
        "side": ((1.3, 0.7, 1.9, 0.2), (w.rng.uniform(1.3, 1.75), 1.45, 0.1, 0.0)),
        "roundhouse": ((1.3, 1.35, 1.9, 0.6), (w.rng.uniform(1.3, 1.8), 0.25, 0.15, 0.7)),
        "back": ((0.9, 0.1, 1.9, 0.2), (-1.15, 0.1, 0.1, 0.0)),
        "knee": ((0.2, 0.1, 0.9, 0.4), (w.rng.uniform(1.5, 1.9), 0.0, 1.9, 0.6)),
        "crescent": ((0.8, -0.4, 0.2, 0.2), (1.6, 0.7, 0.1, 0.2)),
    }[d]
    stand = (0.03, 0.2, 0.12, 0.2)
    times, rows, hits = [0.0, 7.0], [stand, stand], [0.0, 0.0]
    for _ in range(a.count):
        b = times[-1]
        hit = 6.0 if d == "roundhouse" else 4.5
        times += [b + 6, b + 6 + hit, b + 7.5 + hit, b + 13.5 + hit]
        rows += [cock, out, out, (0.5, 0.4, 1.0, 0.3)]
        hits += [0.4, 1.0, 1.0, 0.2]
    times += [times[-1] + 7, times[-1] + 12]
    rows += [stand, stand]
    hits += [0.0, 0.0]
    w.leg(w.near, times, rows, 5, 6, begin=5)
    e = times[-1]
    w.support(w.near, [0, 7, e - 8, e], [0, 1, 1, 0])
    w.arms([0, 7, e], [_GUARD] * 3, 7, 8)
    lean = {"side": 0.65, "roundhouse": 0.5, "crescent": 0.1}.get(d, 0.0)
    w.body(tl.SPINE_ROLL, times, [lean * v for v in hits])
    w.body(tl.PELVIS_ROLL, times, [0.7 * lean * v for v in hits])
    turn = {"roundhouse": -0.9, "side": -0.35, "crescent": 0.2}.get(d, 0.0)
    w.body(tl.PELVIS_YAW, times, [turn * v for v in hits])
    if d == "back":
        w.body(tl.PELVIS_PITCH, times, [0.7 * v for v in hits])
        w.body(tl.SPINE_PITCH, times, [0.35 * v for v in hits])
        w.body(tl.HEAD_PITCH, times, [-0.3 * v for v in hits])
    return w.length(e)


def _sequence(t: Timeline, start: int, parts: list[tuple[Callable[[Timeline, Action, int], int], Action]]) -> int:
    at = start
    for play, act in parts:
        t.t = at
        at += play(t, act, at)
    t.t = start
    return at - start


def kata(t: Timeline, a: Action, start: int) -> int:
    """Blocks, stepping punches and kicks one after the other, facing ahead."""
    rng = t.rng
    parts: list[tuple[Callable[[Timeline, Action, int], int], Action]] = []
    frames, longest = 0, rng.uniform(70, 110)
    side = "left" if rng.random() < 0.5 else "right"
    while frames < longest:
        side = "right" if side == "left" else "left"
        r = rng.random()
        act = Action("x", side, None, 1, a.speed, a.style, a.size)
        if r < 0.35:
            act.direction = "high" if rng.random() < 0.4 else "low"
            parts.append((block, act))
        elif r < 0.7:
            parts.append((lunge_punch, act))
        elif r < 0.85:
            act.direction = "front"
            parts.append((kick, act))
        else:
            act.direction = "roundhouse" if rng.random() < 0.5 else "side"
            parts.append((high_kick, act))
        frames += int(32 * a.pace)
    return _sequence(t, start, parts)


def shadow_box(t: Timeline, a: Action, start: int) -> int:
    """Jabs, crosses, hooks and dodges with the guard up, in quick succession."""
    rng = t.rng
    parts: list[tuple[Callable[[Timeline, Action, int], int], Action]] = []
    frames, longest = 0.0, rng.uniform(60, 100)
    while frames < longest:
        r = rng.random()
        act = Action("x", "left" if rng.random() < 0.5 else "right", None, 1, "quick" if a.speed == "normal" else a.speed, a.style, a.size)
        if r < 0.55:
            act.count = int(rng.integers(1, 3))
            if rng.random() < 0.5:
                act.side, act.count = None, 2
            parts.append((punch, act))
        elif r < 0.8:
            act.direction = "uppercut" if rng.random() < 0.4 else "hook"
            parts.append((hook, act))
        else:
            act.direction = "duck" if rng.random() < 0.5 else "left"
            parts.append((dodge, act))
        frames += 27.0 * act.pace
    w = Writer(t, a, start, 1.0)
    e = 34.0 * len(parts)
    w.arms([0, 9, min(e, 120.0)], [_GUARD] * 3, 8, 8)
    return _sequence(t, start, parts)


def slash(t: Timeline, a: Action, start: int) -> int:
    """A sword swung from above one shoulder across the body, with one hand or two; or straight down."""
    w = Writer(t, a, start, a.pace * t.rng.uniform(0.9, 1.15))
    two = a.direction in ("two_hands", "down")
    times, high, low = [0.0, 10.0], (-0.02, 0.42, 0.12), (-0.22, -0.28, 0.36)
    if a.direction == "down":
        high, low = (0.06, 0.46, 0.02), (0.04, -0.3, 0.42)
    points, twist = [(0.1, -0.1, 0.3), high], [0.0, 0.35]
    if not two:
        high = (0.3, 0.38, 0.02)
        points[1] = high
    for _ in range(a.count):
        b = times[-1]
        times += [b + 3.0, b + 8, b + 12, b + 22]
        points += [high, low, low, high]
        twist += [0.4, -0.5, -0.5, 0.35]
    times.append(times[-1] + 9)
    points.append((0.15, -0.2, 0.25))
    twist.append(0.0)
    if a.direction == "down":
        twist = [0.15 * v for v in twist]
    w.hand(w.near, times, points, 8, 9, elbow=(1.0, 0.8, 1.3, 0.0))
    if two:  # the other hand holds the same grip: its "out" is counted the other way
        w.hand(w.far, times, [(-x + 0.06, y - 0.08, z) for x, y, z in points], 8, 9, elbow=(1.0, 0.8, 1.3, 0.0))
    w.body(tl.SPINE_YAW, times, twist)
    w.body(tl.SPINE_PITCH, times, [0.0, -0.1] + [-0.1, 0.3, 0.3, -0.1] * a.count + [0.0])
    w.step(w.near, 9, 17, ahead=0.3, wide=1.2)
    w.home(w.near, times[-1] - 12, times[-1] - 3)
    w.body(tl.SHIFT_FWD, times, [0, 0] + [0, 0.13, 0.13, 0.05] * a.count + [0])
    w.body(tl.DY, times, [0, -0.03] + [-0.03, -0.12, -0.12, -0.06] * a.count + [0])
    return w.length(times[-1])


def fence(t: Timeline, a: Action, start: int) -> int:
    """On guard side-on, then thrusts with the named arm stretched and a lunge."""
    w = Writer(t, a, start, a.pace * t.rng.uniform(0.85, 1.1))
    ready: Row = (0.7, 0.2, 1.5, 0.0)
    times, poses, lunge = [0.0, 10.0, 16.0], [ready] * 3, [0.0, 0.0, 0.0]
    for _ in range(a.count):
        b = times[-1]
        w.step(w.near, b + 1, b + 6, ahead=0.62, wide=1.0)
        times += [b + 5, b + 10, b + 20]
        poses += [(1.5, 0.1, 0.05, 0.0), (1.5, 0.1, 0.05, 0.0), ready]
        lunge += [1.0, 1.0, 0.0]
        w.step(w.near, b + 12, b + 19, ahead=0.25, wide=1.0)
    e = times[-1] + 10
    times.append(e)
    w.arm(w.near, times, [*poses, ready], 8, 8)
    w.arm(w.far, [0, 10, e], [(1.3, 1.8, 1.2, 0.6)] * 3, 8, 8)
    w.home(w.near, e - 9, e - 2)
    w.body(tl.PELVIS_YAW, [0, 9, e - 8, e], [0, -0.6, -0.6, 0])
    w.body(tl.HEAD_YAW, [0, 9, e - 8, e], [0, 0.5, 0.5, 0])
    w.body(tl.SHIFT_FWD, times, [0.06 * (i > 0) + 0.22 * v for i, v in enumerate(lunge)] + [0])
    w.body(tl.DY, times, [-0.07 * (i > 0) - 0.14 * v for i, v in enumerate(lunge)] + [0])
    return w.length(e)


_KATA = [
    "!perform a *kata", "!do *martial *arts *moves", "!practice *karate", "!(do|perform) *karate *moves", "!do *kung *fu", "!practice *martial *arts",
    "!fight an *imaginary *opponent", "!perform *several *punches and *kicks", "!(do|show) a series of *fighting *moves",
    "!block , !punch and !kick", "!do a *taekwondo *routine", "!(practice|perform) *blocks and *strikes",
]  # fmt: skip
_HIGH_SAID = {
    "side": ["!(do|perform|throw) a *side *kick with P ^S ^(leg|foot)", "!kick *sideways with the ^S ^foot", "!kick out *sideways with P ^S ^leg", "!(do|perform) a *karate *side *kick", "!kick *high to the *side with the ^S ^(foot|leg)"],
    "roundhouse": ["!(do|perform|throw) a *roundhouse *kick with P ^S ^(leg|foot)", "!do a *roundhouse *kick", "!(do|perform) a *spinning *kick with the ^S ^leg", "!swing P ^S ^leg around in a high *kick", "!kick *high with the ^S ^leg"],
    "back": ["!kick *backward with P ^S ^(leg|foot)", "!(do|perform) a *back *kick with the ^S ^leg", "!kick the ^S ^leg *back", "!kick *behind with P ^S ^foot"],
    "knee": ["!(strike|hit) with P ^S ^knee", "!(do|throw) a *knee *strike with the ^S ^(knee|leg)", "!knee someone with the ^S ^knee", "!drive P ^S ^knee *up"],
    "crescent": ["!swing P ^S ^leg *high across the body", "!do a *crescent *kick with the ^S ^(leg|foot)", "!kick *high with a straight ^S ^leg"],
}  # fmt: skip
_SLASH_SAID = {
    "one_hand": ["!swing a *sword with P ^S ^hand", "!slash with the ^S ^(hand|arm)", "!slash with a *(sword|knife) in the ^S ^hand", "!strike with a *(stick|sword) in P ^S ^hand", "!swing the ^S ^arm *down across the body"],
    "two_hands": ["!swing a *sword with ^both ^hands", "!slash with a two handed *sword", "!swing a *(sword|stick) across the body with ^both ^hands", "!strike diagonally with a *sword", "!(wield|swing) a *sword"],
    "down": ["!(strike|swing) *down with ^both ^hands", "!chop *wood with an *axe", "!swing an *axe", "!swing a *(sword|hammer) *down from above the *head", "!bring ^both ^hands *down in a chopping motion"],
}  # fmt: skip

KINDS: dict[str, Kind] = {
    "block": Kind(1.2, {
        "low": ["!(do|perform) a *low *block with P ^S ^arm", "!block *low with the ^S ^(arm|hand)", "!sweep the ^S ^forearm *down in a *block", "!do a *karate *block"],
        "high": ["!(do|perform) a *high *block with P ^S ^arm", "!block *high with the ^S ^(arm|hand)", "!raise P ^S ^forearm *overhead to !block", "!do a *rising *block"]},
        block, "arm", sides="s", directions=("low", "high")),
    "lunge_punch": Kind(1.2, ["!step *forward and !punch with P ^S ^(hand|fist)", "!(do|perform) a *lunge *punch with the ^S ^(fist|hand)", "!lunge *forward and !punch with the ^S ^(arm|fist)", "!punch with the ^S ^fist while stepping into a *deep *stance", "!do a *karate *punch"], lunge_punch, "arm leg", sides="s"),
    "hook": Kind(1.0, {
        "hook": ["!throw a *hook with P ^S ^(hand|fist)", "!throw a ^S *hook", "!punch from the *side with P ^S ^(hand|fist)", "!swing the ^S ^fist in a *hook"],
        "uppercut": ["!throw an *uppercut with P ^S ^(hand|fist)", "!throw a ^S *uppercut", "!punch *upward with the ^S ^(hand|fist)", "!do an *uppercut"]},
        hook, "arm", sides="s", directions=("hook", "uppercut"), most=2),
    "guard": Kind(1.0, ["!stand in a *fighting *stance", "!get into a *fighting *stance", "!hold P ^fists up in a *boxing *stance", "!bounce with ^both ^fists *up", "!take a *guard position with raised ^fists", "!get ready to *fight"], guard, "arms legs"),
    "dodge": Kind(0.8, {
        "duck": ["!duck", "!duck *down quickly", "!dodge by *ducking", "!duck under something"],
        "left": ["!dodge to the *left", "!(duck|lean) to the *left to !avoid something", "!evade to the *left"],
        "right": ["!dodge to the *right", "!(duck|lean) to the *right to !avoid something", "!evade to the *right"]},
        dodge, "root spine", directions=("duck", "left", "right")),
    "high_kick": Kind(2.2, _HIGH_SAID, high_kick, "leg", "leg", sides="s", directions=("side", "roundhouse", "back", "knee", "crescent"), most=2),
    "kata": Kind(2.2, _KATA, kata, "root legs arms", "arm"),
    "shadow_box": Kind(2.0, ["!box", "!shadowbox", "!throw several *punches", "!box with an *imaginary *opponent", "!punch the *air repeatedly", "!throw *jabs and *hooks", "!(practice|do) *boxing", "!(fight|spar) with raised ^fists", "!punch several times with ^both ^(hands|fists)", "!throw a *combination of *punches"], shadow_box, "arms"),
    "slash": Kind(1.6, _SLASH_SAID, slash, "arm", sides="s", directions=("one_hand", "two_hands", "down"), most=2),
    "fence": Kind(0.9, ["!fence", "!fence with a *sword in P ^S ^hand", "!thrust *forward with the ^S ^(arm|hand)", "!lunge and !stab with the ^S ^(hand|arm)", "!(stab|thrust) with a *sword", "!(fight|duel) with a *sword"], fence, "arm leg", sides="s", most=2),
}  # fmt: skip
