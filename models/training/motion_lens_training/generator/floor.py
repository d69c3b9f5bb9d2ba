"""The whole body brought to the floor: crawling, kneeling, sitting, lying, falling, and getting up again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import timeline as tl
from .catalogue import Kind, Perform
from .curves import ease
from .script import Action
from .timeline import ArmLayer, Timeline
from .writer import Air, Row, Writer

STAND: Air = (0.03, 0.2, 0.1, 0.2)


def plant_foot(w: Writer, side: int, at: float) -> None:
    """Sets a foot beside the root as it is at the end of the move while the leg is led from the hip."""
    left, forward, turn = w.reached
    w.step(side, max(at - 6, 0.5), at, left, forward, turn, clearance=0.0, push=0.0, strike=0.0)


def airborne(w: Writer, times: Sequence[float], near: Sequence[Air], far: Sequence[Air], begin: float = 3, fade: float = 7) -> None:
    """Leads both legs from the hip between `begin` and the end and lets the body rest on its lowest joint."""
    w.leg(w.near, times, near, fade, fade, begin=begin)
    w.leg(w.far, times, far, fade, fade, begin=begin)
    n = round(times[-1] * w.k) + 1
    f = np.arange(n, dtype=np.float64)
    w.t.add(tl.GROUND, w.start, ease((f - begin * w.k) / fade) * (1.0 - ease((f - (n - 1 - fade)) / fade)))


def touch_floor(t: Timeline, a: Action, start: int) -> int:
    """Bends down with nearly straight legs, both hands to the toes or the floor; held; count times."""
    w = Writer(t, a, start)
    times, on = [0.0], [0.0]
    for _ in range(a.count):
        b = times[-1]
        hold = w.rng.uniform(3, 16)
        times += [b + 14, b + 14 + hold, b + 28 + hold]
        on += [1.0, 1.0, 0.0]
    w.body(tl.PELVIS_PITCH, times, [1.35 * v for v in on])
    w.body(tl.SPINE_PITCH, times, [0.95 * v for v in on])
    w.body(tl.SHIFT_FWD, times, [-0.17 * v for v in on])
    w.body(tl.DY, times, [-0.04 * v for v in on])
    w.body(tl.HEAD_PITCH, times, [0.3 * v for v in on])
    e = times[-1]
    for side in (0, 1):
        points = [(0.12, 0.09, 0.22) if v else (0.14, 0.75, 0.25) for v in on]
        w.hand(side, times, points, 12, 12, space="floor", elbow=(0.6, 0.2, 0.1, 0.0))
    return w.length(e)


def crawl(t: Timeline, a: Action, start: int) -> int:
    """Down on hands and knees, forward (or backward) in a crawl, and up unless it ends there."""
    w = Writer(t, a, start, a.pace**0.7)
    steps = int(w.rng.integers(4, 8))
    period = 13.0
    b = 22.0
    e = b + steps * period / 2 * 1.6
    rise = w.rng.random() < 0.6 and not a.frames
    sign = -1.0 if a.direction == "backward" else 1.0
    far = sign * 0.16 * steps * a.size
    end = e + (22 if rise else 0)
    w.move([0, b, e, end] if rise else [0, b, e], [0] * (4 if rise else 3), [0, 0.1, far, far] if rise else [0, 0.1, far])
    n = round(end * w.k) + 1
    f = np.arange(n, dtype=np.float64) / w.k
    down = ease((f - 4) / (b - 6)) * (1 - ease((f - e) / 18) if rise else 1)
    th = 2 * np.pi * (f - b) / period
    going = ease((f - b) / 6) * (1 - ease((f - e + 6) / 6))
    part = slice(start, start + n)
    t.add(tl.TUMBLE_PITCH, start, 1.36 * down, keep=not rise)
    t.add(tl.SPINE_PITCH, start, (-0.3 if a.style == "tired" else -0.06) * down, keep=not rise)
    t.add(tl.HEAD_PITCH, start, -0.5 * down, keep=not rise)
    w8 = ease((f - 3) / 7) * (1 - ease((f - end + 7) / 7) if rise else 1)
    t.add(tl.GROUND, start, w8, keep=not rise)
    t.add(tl.SPINE_YAW, start, 0.1 * going * np.sin(th))
    for side, phase in ((0, 0.0), (1, np.pi)):
        c = tl.AIR + 5 * side
        t.ch[part, c] = w8
        lifted = np.maximum(np.sin(th + phase + 1.2), 0) * going
        t.ch[part, c + 1] = (1.36 + 0.28 * going * np.sin(th + phase)) * down
        t.ch[part, c + 2] = 0.1
        t.ch[part, c + 3] = 0.1 + (1.5 - 0.1 + 0.25 * lifted + 0.28 * going * np.sin(th + phase)) * down
        t.ch[part, c + 4] = 0.2 + 1.3 * down
        if not rise:
            t.ch[start + n :, c : c + 5] = t.ch[start + n - 1, c : c + 5]
        p = np.zeros((n, 4))
        arm_wave = np.sin(th + phase + np.pi)
        arm_lift = np.maximum(np.sin(th + phase + np.pi + 1.2), 0) * going
        p[:, 0] = 0.3 + (1.25 + 0.3 * going * arm_wave) * down
        p[:, 1] = 0.15
        p[:, 2] = 0.15 + 0.45 * arm_lift
        if not rise:
            p = np.concatenate([p, np.repeat(p[-1:], 300, axis=0)])
        weight = np.ones(len(p))
        weight[:8] = ease(np.arange(8) / 8)
        if rise:
            weight *= 1 - ease((np.arange(len(p)) - (n - 9)) / 8)
        t.arms.append(ArmLayer(start, side, p, weight))
        if rise:
            plant_foot(w, side, end - 5)
    if not rise:
        t.posture = "floor"
    return n + 1


def kneel_both(t: Timeline, a: Action, start: int) -> int:
    """Down on both knees, held, and up again; perhaps sitting back on the heels or bowing to the floor ("bow")."""
    w = Writer(t, a, start, a.pace**0.8)
    hold = w.rng.uniform(14, 34)
    times = [0, 9, 18, 24, 24 + hold, 32 + hold, 44 + hold, 52 + hold]
    heels = w.rng.random() < 0.5 or a.direction == "bow"
    low: Air = (1.05, 0.15, 2.6, 1.2) if heels else (0.12, 0.15, 1.55, 1.2)
    knees: Air = (0.25, 0.1, 1.6, 0.9)
    bent: Air = (0.9, 0.1, 1.5, 0.4)
    near = [STAND, (0.1, 0.1, 1.0, 0.6), knees, low, low, (1.3, 0.1, 1.4, 0.2), bent, STAND]
    far = [STAND, (0.9, 0.1, 1.2, 0.3), knees, low, low, (0.1, 0.1, 1.5, 0.8), (0.6, 0.1, 1.0, 0.3), STAND]
    airborne(w, times, near, far, begin=2, fade=6)
    w.body(tl.SPINE_PITCH, times, [0, 0.25, 0.15, 0.0, 0.0, 0.3, 0.25, 0])
    if a.direction == "bow":
        down = [0, 0, 0, 0.2, 1.0, 0.2, 0, 0]
        times2 = [0, 9, 18, 24, 24 + 0.5 * hold, 24 + hold, 44 + hold, 52 + hold]
        w.body(tl.TUMBLE_PITCH, times2, [1.0 * v for v in down])
        w.body(tl.SPINE_PITCH, times2, [0.7 * v for v in down])
        w.arms(times2, [(0.3, 0.4, 0.4, 0)] * 3 + [(1.0, 0.2, 0.4, 0), (2.3, 0.2, 0.2, 0), (1.0, 0.3, 0.6, 0), (0.3, 0.4, 0.4, 0), (0.3, 0.4, 0.4, 0)], 7, 8)
    for side in (0, 1):
        plant_foot(w, side, 46 + hold)
    return w.length(52 + hold)


def to_floor(t: Timeline, a: Action, start: int) -> int:
    """Sits or lies down on the floor ("sit", "back", "front", "side"); rises again when count is 2."""
    w = Writer(t, a, start, a.pace**0.8 * t.rng.uniform(0.9, 1.1))
    d = a.direction or "sit"
    hold = w.rng.uniform(14, 34)
    crossed = w.rng.random() < 0.4
    bent = w.rng.uniform(0.05, 0.9)
    sit: Air = (2.5, 0.25, 2.1, 0.3) if crossed else (1.52 + 0.5 * bent, 0.12, bent, 0.2)
    squat: Air = (1.7, 0.2, 2.1, 0.0)
    if d == "front":
        low, pitch, mid, between = (0.05, 0.15, 0.08, 0.9), 1.55, (0.9, 0.1, 1.6, 0.9), 0.9
    elif d == "back":
        low, pitch, mid, between = (0.08, 0.15, w.rng.uniform(0.05, 0.4), 0.5), -1.5, (1.55, 0.1, 1.2, 0.3), -0.35
    elif d == "side":
        low, pitch, mid, between = (0.5, 0.1, 0.9, 0.5), 0.0, (1.5, 0.2, 1.9, 0.3), 0.0
    else:
        low, pitch, mid, between = sit, -0.1, squat, 0.15
    times: list[float] = [0, 11, 20, 32, 32 + hold]
    rows: list[Air] = [STAND, squat if d != "front" else (0.5, 0.1, 1.5, 0.6), mid, low, low]
    pitches = [0.0, 0.35, between, pitch, pitch]
    rolls = [0.0, 0.0, -0.5, -1.45, -1.45] if d == "side" else [0.0] * 5
    rise = a.count == 2
    if rise:
        times += [times[-1] + 12, times[-1] + 23, times[-1] + 33]
        rows += [mid, squat, STAND]
        pitches += [between, 0.4, 0.0]
        rolls += [0.3 * rolls[-1], 0.0, 0.0]
    n = round(times[-1] * w.k) + 1
    f = np.arange(n, dtype=np.float64)
    for side in (w.near, w.far):
        own = [(r[0], r[1], r[2] + (0.1 * float(w.rng.standard_normal()) if i in (3, 4) and d != "side" else 0.0), r[3]) for i, r in enumerate(rows)]
        w.leg(side, times, own, 7, 7 if rise else 0, begin=3)
    fade = 7.0
    ground = ease((f - 3 * w.k) / fade) * (1 - ease((f - (n - 1 - fade)) / fade) if rise else 1)
    t.add(tl.GROUND, start, ground, keep=not rise)
    w.body(tl.TUMBLE_PITCH, times, pitches, spread=0.0)
    w.body(tl.TUMBLE_ROLL, times, rolls, spread=0.0)
    slump = {"sit": 0.3, "back": 0.0, "front": 0.0, "side": 0.25}[d]
    w.body(tl.SPINE_PITCH, times, [0, 0.4, 0.4, slump, slump] + ([0.5, 0.3, 0] if rise else []))
    if d == "sit":
        w.both(tl.LEG_OUT, times, [0, 0, 0.1, 1.2 if crossed else 0.0, 1.2 if crossed else 0.0] + ([0.1, 0, 0] if rise else []))
    rest: Row = {"sit": (0.35, 0.5, 0.9, -0.3), "back": (0.35, 1.4, 0.2, 0.0), "front": (1.35, 1.5, 1.5, 1.45), "side": (1.0, 0.3, 1.2, -0.2)}[d]
    if d == "sit" and w.rng.random() < 0.4:
        rest = (-0.6, 0.5, 0.15, 0.0)  # leaning on the hands behind
    go: Row = (1.1, 0.3, 0.3, 0.0) if d == "front" else (0.3, 0.6, 0.5, 0.0)
    w.arms(times, [(0.3, 0.5, 0.4, 0.0), (0.7, 0.5, 0.5, 0.0), go, rest, rest] + ([(-0.4, 0.7, 0.2, 0.0) if d != "front" else (1.4, 0.3, 0.4, 0.0), (0.7, 0.3, 0.4, 0.0), (0.3, 0.6, 0.4, 0.0)] if rise else []), 7, 8 if rise else 0)
    back = {"front": 0.35, "back": -0.35, "sit": -0.2, "side": -0.1}[d]
    w.move(times, [0] * len(times), [0, 0.2 * back, 0.6 * back, back, back] + ([back, back, back] if rise else []))
    if rise:
        plant_foot(w, 0, times[-1] - 6)
        plant_foot(w, 1, times[-1] - 6)
    else:
        t.posture = "floor"
    return w.length(times[-1])


def get_up(t: Timeline, a: Action, start: int) -> int:
    """Lies or sits on the floor at the beginning of the motion and gets up."""
    b = Action("to_floor", None, a.direction, 2, a.speed, a.style, a.size)
    n = to_floor(t, b, start)
    if start < 14:  # only at the beginning of a motion: what was before is cut away
        t.crop_start = start + int(0.36 * n)
    return n


def fall(t: Timeline, a: Action, start: int) -> int:
    """Falls to the floor: forward onto hands and belly, backward onto seat and back, to a side, or sinks down ("collapse")."""
    w = Writer(t, a, start, t.rng.uniform(0.9, 1.15))
    d = a.direction or "forward"
    prone: Air = (0.1, 0.2, 0.2, 0.9)
    limp: Air = (0.9, -0.05, 1.4, 0.6)
    rows: list[Air]
    if d == "forward":
        rows, pitches, rolls, go = [STAND, (0.4, 0.1, 0.8, 0.4), (0.3, 0.1, 0.9, 0.8), prone, prone], [0, 0.5, 1.1, 1.55, 1.55], [0.0] * 5, 0.6
        arms: list[Row] = [(0.5, 0.4, 0.4, 0), (1.6, 0.3, 0.3, 0), (1.6, 0.4, 0.6, 0), (1.5, 1.45, 1.4, 1.4), (1.5, 1.45, 1.4, 1.4)]
    elif d == "backward":
        rows, pitches, rolls, go = [STAND, (0.6, 0.1, 0.9, 0.2), (1.4, 0.2, 1.3, 0.3), (0.3, 0.2, 0.4, 0.4), (0.25, 0.2, 0.4, 0.4)], [0, -0.2, -0.5, -1.5, -1.5], [0.0] * 5, -0.6
        arms = [(0.5, 0.6, 0.4, 0), (1.3, 0.8, 0.4, 0), (-0.6, 0.8, 0.3, 0), (0.7, 1.4, 0.4, 0), (0.5, 1.4, 0.4, 0)]
    elif d == "side":
        rows, pitches, rolls, go = [STAND, (0.4, 0.3, 0.8, 0.3), (1.0, 0.3, 1.5, 0.4), limp, limp], [0, 0.2, 0.2, 0.0, -0.05], [0, -0.4, -0.9, -1.5, -1.5], 0.1
        arms = [(0.5, 0.8, 0.4, 0), (1.3, 1.2, 0.4, 0), (1.2, 0.6, 0.5, 0), (1.1, 0.0, 0.9, 0), (1.0, -0.05, 0.9, 0)]
    else:
        rows, pitches, rolls, go = [STAND, (0.5, 0.15, 1.2, 0.5), (0.3, 0.15, 1.7, 1.1), limp, limp], [0, 0.1, 0.25, 0.0, -0.05], [0, 0.05, -0.3, -1.3, -1.45], 0.2
        arms = [(0.4, 0.6, 0.4, 0), (0.3, 0.7, 0.4, 0), (0.3, 0.7, 0.5, 0), (1.0, 0.0, 0.8, -0.2), (1.1, -0.05, 0.9, -0.2)]
    hold = w.rng.uniform(8, 26)
    times: list[float] = [0, 8, 14, 22, 22 + hold]
    rise = a.count == 2
    if rise:
        times += [times[-1] + 14, times[-1] + 24, times[-1] + 34]
        rows += [(1.3, 0.2, 1.9, 0.5), (1.5, 0.2, 1.9, 0.1), STAND]
        pitches += [0.5, 0.4, 0]
        rolls += [0.0, 0.0, 0.0]
        arms += [(1.0, 0.3, 0.4, 0), (0.6, 0.3, 0.5, 0), (0.3, 0.7, 0.4, 0)]
    n = round(times[-1] * w.k) + 1
    f = np.arange(n, dtype=np.float64)
    for side in (0, 1):
        w.leg(side, times, rows, 6, 7 if rise else 0, begin=2)
    t.add(tl.GROUND, start, ease((f - 2) / 6) * (1 - ease((f - (n - 8)) / 7) if rise else 1), keep=not rise)
    w.body(tl.TUMBLE_PITCH, times, pitches, spread=0.0)
    w.body(tl.TUMBLE_ROLL, times, rolls, spread=0.0)
    w.arms(times, arms, 5, 8 if rise else 0)
    w.body(tl.SPINE_PITCH, times, [0, 0.3, 0.3, 0.05, 0.05] + ([0.4, 0.3, 0] if rise else []))
    aside = 0.5 if d == "side" else 0.0
    w.move(times, [0, 0.3 * aside, 0.8 * aside, aside, aside] + [aside] * (3 if rise else 0), [0, 0.3 * go, 0.7 * go, go, go] + [go] * (3 if rise else 0))
    if rise:
        plant_foot(w, 0, times[-1] - 6)
        plant_foot(w, 1, times[-1] - 6)
    else:
        t.posture = "floor"
    return w.length(times[-1])


def crouch(t: Timeline, a: Action, start: int) -> int:
    """Crouches and stays so for a while: a bit, or low."""
    w = Writer(t, a, start)
    deep = w.rng.uniform(0.14, 0.2) if a.direction == "bit" else w.rng.uniform(0.36, 0.47)
    hold = w.rng.uniform(12, 35)
    at = [0, 10, 10 + hold, 21 + hold]
    for c, v in ((tl.DY, -deep), (tl.SHIFT_FWD, -0.25 * deep), (tl.PELVIS_PITCH, 0.9 * deep + 0.1), (tl.SPINE_PITCH, 0.9 * deep + 0.1), (tl.HEAD_PITCH, -0.5 * deep)):
        w.body(c, at, [0, v, v, 0])
    w.both(tl.KNEE_OUT, at, [0, 0.2, 0.2, 0])
    w.both(tl.HEEL, at, [0, 0.5 * (deep > 0.3), 0.5 * (deep > 0.3), 0])
    if w.rng.random() < 0.5:
        w.arms(at, [(0.5, 0.5, 0.8, -0.1), (0.7, 0.4, 1.0, -0.3), (0.7, 0.4, 1.0, -0.3), (0.4, 0.5, 0.6, 0)], 8, 8)
    return w.length(21 + hold)


_FLOOR_SAID = {
    "sit": ["!sit *down on the *(floor|ground)", "!lower themselves to *sit on the *(floor|ground)", "!sit on the *(floor|ground)", "!go down to a *seat on the *floor"],
    "back": ["!lie *down on the *(floor|ground)", "!lie *down on P *back", "!(get|go) down and !lie on the *back", "!lay down on the *(floor|ground)"],
    "front": ["!lie *down on P *(stomach|belly)", "!lie *face *down on the *(floor|ground)", "!(get|go) down on the *floor and !lie on the *stomach"],
    "side": ["!lie *down on P *side", "!lie *down on the floor and !curl up", "!lie *down sideways on the *(floor|ground)"],
}  # fmt: skip
_RISE_SAID = {k: [v + ", then ~(get|stand) up again".replace(",", " ,") for v in vs] + extra for (k, vs), extra in zip(_FLOOR_SAID.items(), ([], ["!lie down and ~get back up"], [], []))}
_GET_UP_SAID = {
    "sit": ["!get *up from the *(floor|ground)", "!stand *up from *sitting on the *(floor|ground)", "!rise from the *(floor|ground)"],
    "back": ["!get *up from the *(floor|ground)", "!get *up from *lying on the back", "!stand *up from the *(floor|ground)", "!lie on the *floor and !get *up"],
    "front": ["!get *up from the *(floor|ground)", "!get *up from *lying on the stomach", "!push off the *floor and !stand *up"],
}  # fmt: skip
_FALL_SAID = {
    "forward": ["!fall *forward (|to the *ground|onto the *floor)", "!fall *down", "!fall on P *face", "!(trip|stumble) and !fall *down"],
    "backward": ["!fall *backward (|to the *ground|onto the *floor)", "!fall *down", "!fall on P *back", "!(slip|tumble) and !fall *backwards"],
    "side": ["!fall *sideways", "!fall *over to the >S", "!fall *down on the >S side", "!(tip|fall) over"],
    "collapse": ["!collapse", "!collapse to the *(floor|ground)", "!fall *down as if fainting", "!faint and !fall *down", "!sink to the *(floor|ground)"],
}  # fmt: skip
_FALL_UP = {k: [p + " and ~(get|stand) up again" for p in v] for k, v in _FALL_SAID.items()}


def _counted(
    kind: str, once: dict[str, list[str]], twice: dict[str, list[str]], play: Perform,
    directions: tuple[str, ...], weights: tuple[float, float], sides: str,
) -> dict[str, Kind]:  # fmt: skip
    """Two kinds of one performer: staying on the floor, and getting up again."""

    def again(t: Timeline, a: Action, start: int) -> int:
        return play(t, Action(a.kind, a.side, a.direction, 2, a.speed, a.style, a.size), start)

    return {
        kind: Kind(weights[0], once, play, "root legs spine", "arm", sides, directions, final=True),
        f"{kind}_and_rise": Kind(weights[1], twice, again, "root legs spine", "arm", sides, directions),
    }


KINDS: dict[str, Kind] = {
    "touch_floor": Kind(1.5, ["!bend down and !touch the *(floor|ground) with ^both ^hands", "!touch P *toes", "!bend forward to !touch the *(toes|feet)", "!put ^both ^hands on the *(floor|ground)", "!reach *down to the *(floor|feet|toes)", "!bend over with straight legs and !touch the *ground"], touch_floor, "spine arms", most=2),
    "crawl": Kind(2.0, {
        "forward": ["!crawl", "!crawl >forward", "!crawl on ^hands and *knees", "!get down on all fours and !crawl >forward", "!crawl on the *(floor|ground)", "!move >forward on ^hands and *knees"],
        "backward": ["!crawl >backward", "!crawl >backwards on ^hands and *knees"]},
        crawl, "root legs arms", "arms", directions=("forward", "forward", "forward", "backward"), final=True),
    "kneel_both": Kind(1.3, {
        "still": ["!kneel down", "!kneel down on *both *knees", "!(get|drop) down on P *knees", "!kneel on the *(floor|ground) and !stand *up again", "!go to P *knees"],
        "bow": ["!kneel and !bow", "!kneel down and !bow to the *(floor|ground)", "!kneel down to !worship", "!(get|go) down on both *knees and !bow down"]},
        kneel_both, "root legs", directions=("still", "still", "bow")),
    "crouch": Kind(2.0, {
        "bit": ["!crouch (slightly|a bit|a little)", "!bend P *knees (slightly|a bit|a little)", "!lower the *body a little", "!crouch a bit and !stand up again"],
        "low": ["!crouch *down", "!crouch *low to the *(ground|floor)", "!crouch *down and !stay there", "!(get|go) down *low and !wait", "!crouch *down to !hide"]},
        crouch, "root legs", "leg", directions=("bit", "low")),
    "get_up": Kind(1.3, _GET_UP_SAID, get_up, "root legs spine", directions=("sit", "back", "back", "front")),
    **_counted("to_floor", _FLOOR_SAID, _RISE_SAID, to_floor, ("sit", "back", "front", "side"), (1.2, 1.6), "b"),
    **_counted("fall", _FALL_SAID, _FALL_UP, fall, ("forward", "backward", "side", "collapse"), (1.1, 1.0), "s"),
}  # fmt: skip
