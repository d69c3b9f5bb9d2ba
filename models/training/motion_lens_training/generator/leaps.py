"""Leaps, skips and jumps beyond the plain ones, and standing on one leg."""

from __future__ import annotations

import numpy as np

from . import timeline as tl
from .catalogue import Kind
from .script import Action
from .timeline import HandTarget, Timeline
from .writer import Writer

_STAND = (0.03, 0.2, 0.12, 0.2)


def leap(t: Timeline, a: Action, start: int) -> int:
    """A run-up of two steps, then a wide leap over something ("over") or a long jump onto both feet ("long")."""
    w = Writer(t, a, start, a.pace * t.rng.uniform(0.9, 1.1))
    run = w.rng.uniform(0.7, 1.0)
    far = run + w.rng.uniform(0.9, 1.3) * a.size
    high = w.rng.uniform(0.22, 0.38)
    w.move([0, 3, 22, 34, 46], [0] * 5, [0, 0.03, run, far - 0.1, far])
    w.step(w.far, 2, 9, forward=0.35 * run, clearance=0.07)
    w.step(w.near, 8, 15, forward=0.7 * run, clearance=0.08)
    w.step(w.far, 14, 20, forward=run, ahead=0.08, clearance=0.08)
    off, on = 22.5, 32.5
    w.fly(off, on, high)
    w.body(tl.DY, [0, 15, 19, 22, 32, 36, 46], [0, -0.05, -0.13, 0.0, 0.0, -0.2, 0])
    w.body(tl.SPINE_PITCH, [0, 10, 22, 32, 36, 46], [0, 0.2, 0.0, 0.15, 0.35, 0])
    if a.direction == "long":
        w.leap(w.far, off, on, forward=far, wide=1.1)
        w.leap(w.near, 20, on, forward=far, wide=1.1)
        w.both(tl.TUCK, [0, off, 27, on, 34], [0, 0, 0.15, 0, 0])
    else:
        w.leap(w.near, 20, on, forward=far, wide=0.9)
        w.leap(w.far, off, 40, forward=far)
        w.leg(w.near, [0, 19, 25, 29, 33], [_STAND, _STAND, (1.15, 0.0, 0.5, 0.4), (0.95, 0.0, 0.15, 0.3), _STAND], 4, 5, begin=19)
        w.leg(w.far, [0, 22, 27, 33, 40], [_STAND, (-0.3, 0, 0.4, 0.8), (-0.9, 0.15, 0.6, 0.8), (-0.3, 0.1, 1.1, 0.5), _STAND], 4, 5, begin=22)
    up = w.rng.uniform(0.9, 1.9)
    w.arms([0, 20, 26, 33, 46], [(0.4, 0.4, 0.8, 0.0), (-0.5, 0.3, 0.4, 0.0), (up, 0.7, 0.4, 0.0), (0.9, 0.9, 0.4, 0.0), (0.3, 0.8, 0.4, 0.0)], 8, 9)
    return w.length(46)


def jump_turn(t: Timeline, a: Action, start: int) -> int:
    """Jumps up and turns in the air to the named side: a quarter, a half or all the way round."""
    w = Writer(t, a, start, a.pace**0.5)
    turn = {"quarter": 0.5, "around": 1.0, "full": 2.0}[a.direction or "around"] * np.pi
    high = w.rng.uniform(0.18, 0.26) + 0.03 * turn
    flight = 20 * 2 * np.sqrt(2 * high / 9.81) / w.k
    off, on = 11.0, 11.0 + flight
    e = on + 14
    w.move([0, off - 3, on + 2, e], [0] * 4, [0] * 4, [0, 0.03 * turn, turn, turn])
    for side in (0, 1):
        w.leap(side, off, on, turn=turn)
    w.fly(off, on, high)
    w.body(tl.DY, [0, 7, off, on - 1, on + 4, e], [0, -0.22, 0.02, 0, -0.16, 0])
    w.body(tl.SPINE_PITCH, [0, 7, off, on, on + 4, e], [0, 0.35, -0.05, 0.05, 0.25, 0])
    w.body(tl.SPINE_YAW, [0, 7, off + 2, e], [0, -0.3, 0.3, 0])
    w.both(tl.HEEL, [0, 8, off, on - 2, on + 2, e], [0, 0.1, 0.7, 0.5, 0, 0])
    w.arms([0, 7, off + 2, on, e], [(0.3, 0.5, 0.6, 0), (-0.4, 0.4, 0.5, 0), (1.0, 0.8, 0.9, -0.2), (0.8, 1.0, 0.5, 0), (0.3, 0.8, 0.4, 0)], 5, 8)
    return w.length(e)


def rope(t: Timeline, a: Action, start: int) -> int:
    """Small jumps on the spot: as over a skipping rope (hands circling at the hips), or bouncing with loose arms."""
    w = Writer(t, a, start, 1.0)
    jumps = int(w.rng.integers(5, 10))
    period = w.rng.uniform(8.5, 11.5) * a.pace**0.4
    for i in range(jumps):
        b = 8 + i * period
        off, on = b + 3, b + 3 + 0.5 * period
        for side in (0, 1):
            w.leap(side, off, on)
        w.fly(off, on, w.rng.uniform(0.05, 0.09) * a.size)
    e = 8 + jumps * period + 10
    f = np.arange(int(e) + 1)
    inside = (f > 6) & (f < e - 8)
    t.add(tl.DY, start, -0.045 * (0.5 + 0.5 * np.cos(2 * np.pi * (f - 8 - 1.5) / period)) * inside)
    w.both(tl.HEEL, [0, 9, e - 10, e], [0, 0.35, 0.35, 0])
    if a.direction == "rope":
        for side in (0, 1):
            th = 2 * np.pi * (f - 8) / period
            p = np.stack([0.28 + 0.03 * np.sin(th), -0.3 + 0.05 * np.cos(th), 0.16 + 0.05 * np.sin(th)], axis=1)
            w.arm(side, [0, e], [(0.4, 1.0, 1.2, 0.3)] * 2, 8, 8)
            t.targets.append(HandTarget(start, side, p, w._weight(len(f), 8, 8), "trunk"))
    return int(e) + 2


def hopscotch(t: Timeline, a: Action, start: int) -> int:
    """Forward on one foot, on two, on one, ..."""
    w = Writer(t, a, start, 1.0)
    hops = int(w.rng.integers(4, 6))
    period, stride = w.rng.uniform(11, 13), w.rng.uniform(0.32, 0.45)
    path_t, path = [0.0, 8.0], [0.0, 0.0]
    for i in range(hops):
        b = 6 + i * period
        off, on = b + 3, b + 3 + 0.52 * period
        to = (i + 1) * stride
        single = i % 2 == 0
        w.leap(w.near, off, on, forward=to, wide=0.8 if single else 1.4)
        w.leap(w.far, off, on, forward=to, wide=0.8 if single else 1.4)
        w.fly(off, on, w.rng.uniform(0.09, 0.14))
        path_t.append(on + 1)
        path.append(to)
    e = 6 + hops * period + 12
    # The far foot is held up during every single landing.
    n = int(e) + 1
    c = tl.AIR + 5 * w.far
    f = np.arange(n, dtype=np.float64)
    hold = np.zeros(n)
    for i in range(0, hops, 2):
        a0 = 6 + i * period + 4
        hold = np.maximum(hold, np.clip((f - a0) / 4, 0, 1) * np.clip((a0 + period + 1 - f) / 4, 0, 1))
    part = slice(start, start + n)
    t.ch[part, c] = hold
    t.ch[part, c + 1 : c + 5] = (0.3, 0.1, 1.6, 0.5)
    path_t.append(e)
    path.append(path[-1])
    w.move(path_t, [0] * len(path_t), path)
    t.add(tl.DY, start, -0.07 * (0.5 + 0.5 * np.cos(2 * np.pi * (f - 7.5) / period)) * (f > 3) * (f < e - 8))
    t.add(tl.SHIFT_LEFT, start, 0.06 * w.s * hold)
    w.arms([0, 8, e - 8, e], [(0.7, 1.2, 0.6, 0.0)] * 4, 8, 8)
    return n + 1


def one_leg(t: Timeline, a: Action, start: int) -> int:
    """Stands long on the other leg; the named one is held as in a tree, flamingo, scale (arabesque) or out to the side."""
    w = Writer(t, a, start, a.pace**0.5)
    d = a.direction or "flamingo"
    hold = w.rng.uniform(35, 75)
    pose = {
        "tree": (1.0, 0.1, 2.0, 0.6),
        "flamingo": (w.rng.uniform(0.9, 1.5), 0.1, w.rng.uniform(1.6, 2.1), 0.5) if w.rng.random() < 0.6 else (0.05, 0.1, 2.1, 0.9),
        "arabesque": (-w.rng.uniform(0.8, 1.25), 0.1, 0.15, 0.9),
        "side": (w.rng.uniform(0.6, 1.0), 1.5, 0.08, 0.5),
        "front": (w.rng.uniform(0.9, 1.35), 0.0, 0.12, 0.5),
    }[d]
    e = 32 + hold
    at = [0, 8, 18, 18 + hold, 27 + hold, e]
    w.leg(w.near, at, [_STAND, _STAND, pose, pose, _STAND, _STAND], 8, 8, begin=6)
    w.support(w.near, [0, 8, 24 + hold, e], [0, 1, 1, 0])
    if d == "tree":
        w.one(tl.LEG_OUT, w.near, at, [0, 0, 1.25, 1.25, 0, 0])
    if d == "arabesque":
        w.body(tl.PELVIS_PITCH, at, [0, 0, 0.75, 0.75, 0.1, 0])
        w.body(tl.SPINE_PITCH, at, [0, 0, 0.25, 0.25, 0, 0])
        w.body(tl.HEAD_PITCH, at, [0, 0, -0.6, -0.6, 0, 0])
    if d in ("side", "front"):
        w.body(tl.SPINE_ROLL, at, [0, 0, 0.15 if d == "side" else 0, 0.15 if d == "side" else 0, 0, 0])
    n = w.length(e)
    f = np.arange(n - 2, dtype=np.float64)
    on = np.clip((f - 8) / 8, 0, 1) * np.clip((n - 12 - f) / 8, 0, 1)
    for c, amp in ((tl.SHIFT_LEFT, 0.012), (tl.SPINE_ROLL, 0.05), (tl.SPINE_PITCH, 0.03)):
        t.add(c, start, amp * w.rng.uniform(0.5, 1.5) * on * np.sin(2 * np.pi * f / w.rng.uniform(14, 26) + w.rng.uniform(0, 6)))
    if d == "tree" and w.rng.random() < 0.7:
        up = w.rng.random() < 0.5
        for side in (0, 1):
            p = (0.03, 0.55, 0.1) if up else (0.03, -0.02, 0.22)
            w.hand(side, at, [p] * 6, 10, 10, elbow=(2.2, 1.3, 1.0, 0.0) if up else (0.6, 0.9, 2.0, -0.6))
    else:
        e1 = w.rng.uniform(1.3, 1.65)
        az = w.rng.uniform(1.1, 1.6)
        arms = [(e1, az, 0.15, 0.1)] * 6
        w.arm(0, at, arms, 10, 10)
        if d == "arabesque" and w.rng.random() < 0.5:
            w.arm(1, at, [(1.9, 0.2, 0.1, 0.0)] * 6, 10, 10)
        else:
            w.arm(1, at, arms, 10, 10)
    return n


def climb(t: Timeline, a: Action, start: int) -> int:
    """Hand over hand and foot over foot straight up, as on a ladder or climbing frame."""
    w = Writer(t, a, start, a.pace**0.7 * t.rng.uniform(0.9, 1.15))
    rungs = int(w.rng.integers(3, 7))
    each, height = 12.0, w.rng.uniform(0.2, 0.28)
    b = 8.0
    e = b + rungs * each
    base = t.floor
    times, rise = [0.0, b], [0.0, 0.0]
    low, high = (0.14, 0.02, 0.32), (0.14, 0.46, 0.3)
    hands: tuple[list[tuple[float, float, float]], list[tuple[float, float, float]]] = ([low, high], [low, (0.14, 0.22, 0.32)])
    for i in range(rungs):
        side = w.near if i % 2 == 0 else w.far
        at = b + i * each
        t.floor = base + (i + 1) * height
        w.step(side, at, at + 0.7 * each, clearance=0.1, push=0.2, strike=0.1, ahead=0.1, wide=1.1)
        times.append(at + each)
        rise.append((i + 0.7) * height)
        hands[i % 2].append(low)  # the hand that was up is passed by the body
        hands[1 - i % 2].append(high)
    t.floor = base + rungs * height
    w.step(w.near if rungs % 2 == 0 else w.far, e, e + 8, clearance=0.1, push=0.2, strike=0.1, ahead=0.05)
    w.step(w.far if rungs % 2 == 0 else w.near, e + 8, e + 14)
    times.append(e + 14)
    rise.append(rungs * height)
    w.body(tl.RISE, times, rise, spread=0.0)
    for which, points in ((w.near, hands[0]), (w.far, hands[1])):
        w.hand(which, times, [*points, (0.15, -0.25, 0.15)], 7, 9, elbow=(1.5, 0.5, 1.0, 0.1))
    w.body(tl.HEAD_PITCH, [0, b, e, e + 14], [0, -0.3, -0.2, 0])
    w.body(tl.DY, [0, b, e, e + 14], [0, -0.06, -0.06, 0])
    return w.length(e + 14)


def swing_leg(t: Timeline, a: Action, start: int) -> int:
    """The named leg swings to and fro, or shakes, or taps the floor."""
    w = Writer(t, a, start, a.pace)
    d = a.direction or "swing"
    times, rows = [0.0, 7.0], [_STAND, _STAND]
    for i in range(int(w.rng.integers(2, 4)) * 2):
        step = {"swing": 9, "shake": 3.5, "circle": 7}[d]
        times.append(times[-1] + step)
        if d == "swing":
            rows.append((0.75, 0.0, 0.2, 0.3) if i % 2 == 0 else (-0.6, 0.1, 0.4, 0.5))
        elif d == "shake":
            rows.append((0.45, 0.1, 0.5 if i % 2 == 0 else 0.15, 0.5))
        else:
            rows.append([(0.5, 0.0, 0.15, 0.4), (0.5, 1.4, 0.15, 0.4), (-0.4, 0.3, 0.3, 0.5), (0.1, 0.5, 0.2, 0.4)][i % 4])
    times += [times[-1] + 8, times[-1] + 13]
    rows += [_STAND, _STAND]
    w.leg(w.near, times, rows, 5, 6, begin=5)
    e = times[-1]
    w.support(w.near, [0, 7, e - 8, e], [0, 1, 1, 0])
    if w.rng.random() < 0.5:
        w.arms([0, 9, e - 9, e], [(w.rng.uniform(0.5, 1.4), 1.4, 0.3, 0.0)] * 4, 9, 9)
    return w.length(e)


_ONE_SAID = {
    "tree": ["!do the *tree *pose on the =O =leg", "!stand in a *yoga *tree *pose", "!balance on the =O =leg with the ^S ^foot against the knee", "!do a *yoga *pose on one leg", "!hold the *tree *pose"],
    "flamingo": ["!balance on the =O =(leg|foot)", "!stand on one *leg like a *flamingo", "!stand on one *leg for a long time", "!hold P balance on the =O =(leg|foot) with ^S ^leg raised", "!stand on the =O =leg with the arms out", "!(lift|raise) P ^S ^(leg|foot) and !balance"],
    "arabesque": ["!balance on the =O =leg with the ^S ^leg stretched *back", "!do an *arabesque", "!lean forward on one leg like an *airplane", "!stretch the ^S ^leg out *behind and !balance", "!do a *ballet *pose on one leg"],
    "side": ["!hold the ^S ^leg out to the *side and !balance", "!stand on the =O =leg with the ^S ^leg out to the *side", "!balance on one foot with the other ^leg out to the *side"],
    "front": ["!hold the ^S ^leg straight out in *front and !balance", "!stand on the =O =leg with the ^S ^leg stretched *forward", "!(lift|raise) a straight ^S ^leg in *front and !hold it"],
}  # fmt: skip

KINDS: dict[str, Kind] = {
    "climb": Kind(1.8, ["!climb a *ladder", "!climb *up", "!climb *up a *ladder", "!climb *(up|) on a *(structure|climbing frame|jungle gym)", "!climb *up with ^hands and *feet", "!climb a *(wall|rope|tree)", "!clamber *up something", "!climb on *playground *equipment", "!ascend a *ladder using ^hands and *feet"], climb, "root legs arms", "arms"),
    "leap": Kind(2.0, {
        "over": ["!leap >forward", "!run and !leap over something", "!(jump|leap) over an *obstacle", "!run and !jump over a *hurdle", "!take a run up and !leap through the *air", "!do a *grand *jete"],
        "long": ["!(do|perform) a *long *jump", "!run and !jump >forward", "!take a run up and !jump far >forward", "!run a few steps and !jump with both feet"]},
        leap, "root legs", "leg", directions=("over", "long")),
    "jump_turn": Kind(1.3, {
        "quarter": ["!jump and !turn to the >S", "!jump and !turn a >quarter >turn to the >S", "!hop around to the >S"],
        "around": ["!jump and !turn >around to the >S", "!(do|make) a half >turn *jump to the >S", "!jump >around to face the other way", "!jump and !spin to the >S"],
        "full": ["!jump and !spin all the way >around", "!(do|perform) a full >turn *jump to the >S", "!jump and !turn in a full >circle", "!spin to the >S in the *air"]},
        jump_turn, "root legs", "leg", sides="s", directions=("quarter", "around", "full")),
    "jump_rope": Kind(1.4, {
        "rope": ["!(jump|skip) *rope", "!skip with a *rope", "!jump *rope on the spot", "!(jump|hop) over a *skipping *rope"],
        "bounce": ["!(bounce|hop) up and down", "!jump up and down in place", "!bounce on the *balls of P feet", "!hop up and down repeatedly", "!make small *jumps on the spot"]},
        rope, "root legs", "leg", directions=("rope", "bounce")),
    "hopscotch": Kind(0.7, ["!play *hopscotch", "!hop >forward on one and two *feet", "!(do|jump) *hopscotch >forward", "!hop >forward alternating one *foot and both feet"], hopscotch, "root legs", "leg"),
    "one_leg": Kind(3.0, _ONE_SAID, one_leg, "leg", "leg", sides="s", directions=("tree", "flamingo", "flamingo", "arabesque", "side", "front")),
    "swing_leg": Kind(1.6, {
        "swing": ["!swing P ^S ^leg back and forth", "!swing the ^S ^leg forward and back", "!swing P ^S ^(leg|foot)", "!(swing|move) one ^leg to and fro"],
        "shake": ["!shake P ^S ^(leg|foot)", "!shake out the ^S ^leg", "!shake one ^leg"],
        "circle": ["!(draw|make) *circles with P ^S ^(leg|foot)", "!move the ^S ^(leg|foot) in a *circle", "!circle P ^S ^leg", "!rotate the ^S ^leg at the *hip"]},
        swing_leg, "leg", "leg", sides="s", directions=("swing", "shake", "circle")),
}  # fmt: skip
