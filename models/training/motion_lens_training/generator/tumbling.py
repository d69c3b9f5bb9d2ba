"""The whole body turned over: cartwheel, rolls, handstand; and exercises on the floor."""

from __future__ import annotations

import numpy as np

from . import timeline as tl
from .catalogue import Kind
from .curves import ease
from .floor import STAND, airborne, plant_foot
from .script import Action
from .timeline import Timeline
from .writer import Air, Row, Writer

_UP: Row = (2.95, 0.5, 0.1, 0.1)
_HALF = np.pi / 2


def cartwheel(t: Timeline, a: Action, start: int) -> int:
    """Arms up, sideways over the hands to the named side, legs astride, back on the feet."""
    w = Writer(t, a, start, a.pace**0.6 * t.rng.uniform(0.9, 1.15))
    b, e = 12.0, 44.0
    times = [0, b - 4, b, 19, 24, 28, 33, 38, e, e + 12]
    far = w.rng.uniform(1.5, 2.0)
    ahead = w.rng.random() < 0.5  # enters and leaves facing the way of travel
    quarter = -_HALF if ahead else 0.0
    if ahead:
        w.move(times, [0] * 10, [0, 0.1, 0.25, 0.55, 0.8, 1.0, 1.2, 1.5, far, far], [0, 0, quarter * 0.6, quarter, quarter, quarter, quarter, quarter, quarter * 0.7, 0])
    else:
        w.move(times, [0, 0.1, 0.25, 0.55, 0.8, 1.0, 1.2, 1.5, far, far], [0] * 10)
    turn = 2 * np.pi
    w.body(tl.TUMBLE_ROLL, times, [0, 0.15, -0.1, -0.22 * turn, -0.4 * turn, -0.52 * turn, -0.64 * turn, -0.82 * turn, -0.98 * turn, -turn], spread=0.0)
    wide = w.rng.uniform(0.6, 0.85)
    near = [STAND, (0.45, 1.5, 0.05, 0.3), (0.6, 1.5, 0.3, 0.3), (wide, 1.5, 0.1, 0.5), (wide, 1.5, 0.05, 0.8), (wide, 1.5, 0.05, 0.8),
            (wide, 1.5, 0.05, 0.7), (0.6, 1.5, 0.1, 0.4), (0.25, 1.5, 0.1, 0.2), STAND]  # fmt: skip
    legs = [STAND, (0.1, 1.5, 0.05, 0.3), (0.15, 1.5, 0.1, 0.3), (wide, 1.5, 0.05, 0.7), (wide, 1.5, 0.05, 0.8), (wide, 1.5, 0.05, 0.8),
            (wide, 1.5, 0.05, 0.6), (0.8, 1.5, 0.3, 0.3), (0.3, 1.5, 0.2, 0.2), STAND]  # fmt: skip
    airborne(w, times, near, legs)
    w.arms(times, [(0.6, 1.2, 0.4, 0), _UP, _UP, _UP, _UP, _UP, _UP, (2.7, 1.3, 0.2, 0.1), (2.2, 1.4, 0.2, 0.1), (0.4, 1.3, 0.4, 0.0)], 6, 8)
    w.body(tl.SPINE_ROLL, times, [0, 0, 0.25, 0.2, 0.0, 0, 0, -0.15, -0.1, 0])
    plant_foot(w, w.near, e)
    plant_foot(w, w.far, e + 2)
    return w.length(e + 12)


def roll(t: Timeline, a: Action, start: int) -> int:
    """Crouches, rolls over the tucked head and back (forward or backward), and stands up."""
    w = Writer(t, a, start, a.pace**0.6 * t.rng.uniform(0.9, 1.15))
    sign = -1.0 if a.direction == "backward" else 1.0
    times = [0, 12, 18, 26, 34, 42, 50, 62]
    far = sign * w.rng.uniform(1.0, 1.5)
    w.move(times, [0] * 8, [0, 0.05 * far, 0.2 * far, 0.45 * far, 0.7 * far, 0.9 * far, far, far])
    turn = sign * 2 * np.pi
    w.body(tl.TUMBLE_PITCH, times, [0, 0.06 * turn, 0.2 * turn, 0.45 * turn, 0.68 * turn, 0.9 * turn, turn, turn], spread=0.0)
    squat: Air = (2.0, 0.2, 2.3, 0.1)
    tuck: Air = (2.1, 0.15, 2.2, 0.4)
    start_pose: Air = (1.5, 0.2, 1.9, 0.1)
    rows = [STAND, squat, start_pose if sign > 0 else tuck, tuck, tuck, squat, squat, STAND]
    airborne(w, times, rows, rows)
    w.body(tl.SPINE_PITCH, times, [0, 0.5, 1.1, 1.3, 1.3, 0.9, 0.4, 0])
    w.body(tl.HEAD_PITCH, times, [0, 0.2, 0.8, 0.9, 0.6, 0.2, 0.0, 0])
    w.arms(times, [(0.4, 0.3, 0.4, 0), (1.5, 0.15, 0.2, 0), (2.2, 0.2, 0.5, 0), (1.0, 0.3, 1.2, -0.2), (0.9, 0.3, 1.2, -0.2), (1.3, 0.2, 0.4, 0), (1.2, 0.2, 0.4, 0), (0.3, 0.4, 0.4, 0)], 6, 8)
    plant_foot(w, 0, 49)
    plant_foot(w, 1, 49)
    return w.length(62)


def handstand(t: Timeline, a: Action, start: int) -> int:
    """Hands to the floor ahead, one leg and then the other kicked up, held, down again."""
    w = Writer(t, a, start, a.pace**0.6 * t.rng.uniform(0.9, 1.15))
    hold = w.rng.uniform(4, 26)
    times = [0, 10, 20, 28, 35, 35 + hold, 43 + hold, 53 + hold, 66 + hold]
    w.move([0, 10, 20, 35, 53 + hold, 66 + hold], [0] * 6, [0, 0.05, 0.25, 0.45, 0.3, 0.25])
    up = np.pi * w.rng.uniform(0.96, 1.0)
    w.body(tl.TUMBLE_PITCH, times, [0, 0.25, 1.75, 2.5, up, up, 2.5, 1.6, 0], spread=0.0)
    near: list[Air] = [STAND, (0.45, 0.1, 0.4, 0.2), (1.35, 0.1, 0.5, 0.3), (-0.2, 0.1, 0.1, 0.8), (-0.05, 0.1, 0.05, 0.9), (-0.05, 0.1, 0.05, 0.9), (-0.2, 0.1, 0.1, 0.8), (1.2, 0.1, 0.4, 0.4), STAND]  # fmt: skip
    far: list[Air] = [STAND, (0.1, 0.1, 0.1, 0.2), (1.6, 0.1, 0.3, 0.3), (1.6, 0.1, 0.2, 0.6), (-0.05, 0.1, 0.05, 0.9), (-0.05, 0.1, 0.05, 0.9), (1.5, 0.1, 0.2, 0.6), (1.6, 0.1, 0.4, 0.3), STAND]  # fmt: skip
    airborne(w, times, near, far)
    w.arms(times, [(0.5, 0.6, 0.4, 0), (2.8, 0.3, 0.1, 0), (2.75, 0.25, 0.05, 0), _UP, _UP, _UP, _UP, (2.6, 0.3, 0.1, 0), (0.4, 0.5, 0.4, 0)], 7, 9)
    w.body(tl.SPINE_PITCH, times, [0, 0, 0.5, 0.1, 0, 0, 0.1, 0.6, 0])
    w.body(tl.HEAD_PITCH, times, [0, 0, -0.3, -0.6, -0.6, -0.6, -0.5, -0.2, 0])
    plant_foot(w, 0, 60 + hold)
    plant_foot(w, 1, 60 + hold)
    return w.length(66 + hold)


def push_up(t: Timeline, a: Action, start: int) -> int:
    """Down into a plank, the arms bent and straightened a few times, and up (or plank held)."""
    w = Writer(t, a, start, a.pace**0.7)
    times: list[float] = [0, 9, 18, 25]
    plank: Air = (0.02, 0.1, 0.05, -0.1)
    squat: Air = (1.9, 0.2, 2.2, 0.0)
    rows: list[Air] = [STAND, squat, (1.0, 0.1, 1.2, 0.0), plank]
    pitches, arms = [0, 0.5, 1.0, 1.2], [(0.4, 0.3, 0.3, 0.0), (1.2, 0.15, 0.1, 0.0), (1.5, 0.15, 0.08, 0.0), (1.45, 0.25, 0.06, 0.0)]
    reps = a.count if a.count > 1 else int(w.rng.integers(2, 4))
    for _ in range(0 if a.direction == "plank" else reps):
        b = times[-1]
        times += [b + 8, b + 10, b + 18]
        rows += [plank] * 3
        pitches += [1.44, 1.44, 1.2]
        arms += [(0.1, 0.9, 1.7, 0.1), (0.1, 0.9, 1.7, 0.1), (1.45, 0.25, 0.06, 0.0)]
    if a.direction == "plank":
        times.append(times[-1] + w.rng.uniform(25, 45))
        rows.append(plank)
        pitches.append(1.2)
        arms.append((1.45, 0.25, 0.06, 0.0))
    b = times[-1]
    times += [b + 9, b + 17, b + 27]
    rows += [(1.6, 0.1, 2.0, 0.0), squat, STAND]
    pitches += [0.9, 0.4, 0]
    arms += [(1.3, 0.15, 0.1, 0.0), (0.9, 0.2, 0.3, 0.0), (0.3, 0.5, 0.4, 0.0)]
    airborne(w, times, rows, rows)
    w.body(tl.TUMBLE_PITCH, times, pitches, spread=0.0)
    w.body(tl.HEAD_PITCH, times, [-0.3 * p for p in pitches])
    w.arms(times, arms, 6, 8)
    w.move([0, 18, 25, b, b + 17, b + 27], [0] * 6, [0, 0.3, 0.45, 0.45, 0.4, 0.4])
    for side in (0, 1):
        plant_foot(w, side, b + 21)
    return w.length(times[-1])


def sit_up(t: Timeline, a: Action, start: int) -> int:
    """Lies on the back with bent knees; the trunk comes up and goes down; begins and ends on the floor."""
    w = Writer(t, a, start, a.pace**0.7)
    times: list[float] = [0, 11, 20, 31]
    bent: Air = (2.1, 0.15, 1.9, 0.3)
    flat: Air = (0.75, 0.15, 1.55, 0.3)
    rows: list[Air] = [STAND, (1.7, 0.2, 2.1, 0.0), bent, flat]
    pitches, spine = [0, 0.35, -0.3, -1.45], [0, 0.4, 0.4, 0.0]
    for _ in range(a.count if a.count > 1 else int(w.rng.integers(2, 4))):
        b = times[-1]
        times += [b + 10, b + 13, b + 24]
        rows += [bent, bent, flat]
        pitches += [-0.35, -0.35, -1.45]
        spine += [0.7, 0.7, 0.0]
    for side in (0, 1):
        w.leg(side, times, rows, 7, 0, begin=3)
    n = round(times[-1] * w.k) + 1
    t.add(tl.GROUND, start, ease((np.arange(n) - 3.0) / 7), keep=True)
    w.body(tl.TUMBLE_PITCH, times, pitches, spread=0.0)
    w.body(tl.SPINE_PITCH, times, spine)
    w.arms(times, [(0.4, 0.5, 0.5, 0), (0.7, 0.5, 0.5, 0)] + [(0.7, 0.6, 2.2, -0.5)] * (len(times) - 2), 7, 0)
    w.move([0, 31, times[-1]], [0] * 3, [0, -0.35, -0.35])
    t.posture = "floor"
    return w.length(times[-1])


KINDS: dict[str, Kind] = {
    "cartwheel": Kind(1.8, ["!(do|perform) a *cartwheel", "!(do|perform) a *cartwheel to the >S", "!cartwheel", "!cartwheel to the >S", "!turn a *cartwheel", "!(do|execute) a *gymnastics *cartwheel"], cartwheel, "root legs arms", "arm", sides="s"),
    "roll": Kind(1.2, {
        "forward": ["!(do|perform) a *forward *roll", "!roll *forward on the *(floor|ground)", "!(do|perform) a *somersault", "!somersault *forward", "!tumble *forward over the *floor"],
        "backward": ["!(do|perform) a *backward *roll", "!roll *backward on the *floor", "!(do|perform) a *backward *somersault"]},
        roll, "root legs spine", directions=("forward", "forward", "forward", "backward")),
    "handstand": Kind(1.0, ["!(do|perform) a *handstand", "!kick up into a *handstand", "!stand on P ^hands", "!go into a *handstand and come down", "!put ^both ^hands on the floor and !kick the *legs up"], handstand, "root legs arms"),
    "push_up": Kind(0.9, {
        "push_up": ["!do *push *ups", "!(do|perform) several *push *ups", "!do *pushups on the floor", "!exercise with *pushups"],
        "plank": ["!hold a *plank", "!(do|hold) a *plank *position", "!get into a *plank on the *floor", "!go into a *push *up *position"]},
        push_up, "root arms legs", directions=("push_up", "push_up", "plank")),
    "sit_up": Kind(0.7, ["!do *sit *ups", "!(do|perform) several *sit *ups", "!do *situps on the floor", "!lie on the back and !do *crunches", "!do *crunches"], sit_up, "spine root", final=True),
}  # fmt: skip
