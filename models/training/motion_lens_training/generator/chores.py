"""Work of the hands: washing, cleaning, eating, tools, instruments, carrying. Hand places as in `gestures`."""

from __future__ import annotations

import numpy as np

from . import timeline as tl
from .catalogue import Kind
from .curves import keys
from .script import Action
from .timeline import HandTarget, Timeline
from .writer import Gesture, Hand, Writer

_RAISED = (0.9, 0.9, 2.0, 0.2)
_FRONT = (0.8, 0.4, 1.2, -0.2)
_BENT = {tl.SPINE_PITCH: 0.3, tl.HEAD_PITCH: 0.25}

_WIPE = Gesture(Hand((0.12, -0.2, 0.42), (0.18, 0.0, 0.0), (0.0, 0.0, 0.08), elbow=_FRONT), None, (12, 18), (3, 6), {tl.SPINE_PITCH: 0.25})
_WINDOW = Gesture(Hand((0.12, 0.22, 0.42), (0.18, 0.0, 0.0), (0.0, 0.16, 0.0), elbow=(1.5, 0.4, 0.8, 0.0)), None, (14, 20), (3, 5))
_SCRUB = {
    "arm": Gesture(Hand((-0.28, -0.1, 0.26), (0.05, 0.12, 0.02)), Hand((0.18, -0.22, 0.36)), (9, 13), (4, 7)),
    "belly": Gesture(Hand((0.0, -0.2, 0.16), (0.08, 0.05, 0.0), (0.0, 0.08, 0.0)), None, (11, 15), (4, 6)),
    "chest": Gesture(Hand((-0.05, 0.0, 0.14), (0.08, 0.05, 0.0), (0.0, 0.08, 0.0)), None, (11, 15), (4, 6)),
    "head": Gesture(Hand((0.07, 0.35, 0.06), (0.03, 0.02, 0.06), (0.02, 0.03, 0.0), elbow=_RAISED), Hand((0.07, 0.35, 0.06), (0.03, 0.02, 0.06), (0.02, 0.03, 0.0), 0.5, _RAISED), (8, 11), (5, 8), {tl.HEAD_PITCH: 0.25}),
    "face": Gesture(Hand((0.05, 0.22, 0.18), (0.02, 0.05, 0.0), elbow=_RAISED), Hand((0.05, 0.22, 0.18), (0.02, 0.05, 0.0), phase=0.1, elbow=_RAISED), (9, 12), (4, 6), {tl.SPINE_PITCH: 0.25, tl.HEAD_PITCH: 0.2}),
    "leg": Gesture(Hand((0.06, -0.42, 0.36), (0.02, 0.14, 0.05)), None, (11, 15), (3, 6), {tl.SPINE_PITCH: 0.75, tl.PELVIS_PITCH: 0.5, tl.SHIFT_FWD: -0.1, tl.DY: -0.05}),
}  # fmt: skip
_TEETH = Gesture(Hand((0.03, 0.18, 0.19), (0.045, 0.01, 0.0), elbow=(1.1, 0.9, 2.1, -0.1)), None, (5, 7), (8, 14), {tl.SPINE_PITCH: 0.1})
_COMB = Gesture(Hand((0.09, 0.36, 0.0), (0.02, 0.05, 0.08), elbow=(1.4, 1.1, 2.1, 0.4)), None, (12, 16), (3, 6), {tl.HEAD_ROLL: -0.12})
_EAT = Gesture(Hand((0.03, 0.0, 0.26), (0.0, 0.17, -0.06), elbow=(0.6, 0.5, 1.9, -0.3)), None, (20, 28), (2, 4), {tl.HEAD_PITCH: 0.1})
_STIR = Gesture(Hand((0.06, -0.16, 0.36), (0.07, 0.0, 0.0), (0.0, 0.0, 0.07)), Hand((0.1, -0.22, 0.32)), (10, 15), (4, 7), {tl.HEAD_PITCH: 0.3})
_SWEEP = Gesture(Hand((-0.1, -0.12, 0.34), (0.14, 0.0, 0.03)), Hand((0.16, -0.38, 0.36), (-0.18, 0.0, 0.05)), (16, 22), (3, 5), dict(_BENT),
                 {tl.SPINE_YAW: (-0.3, 0.0), tl.SHIFT_LEFT: (0.03, 0.0)})  # fmt: skip
_MOP = Gesture(Hand((0.02, -0.1, 0.36), (0.0, 0.03, 0.12)), Hand((0.04, -0.36, 0.36), (0.0, 0.0, 0.13)), (16, 22), (3, 5), dict(_BENT),
               {tl.SHIFT_FWD: (0.04, 0.0), tl.SPINE_PITCH: (0.12, 0.0)})  # fmt: skip
_RAKE = Gesture(Hand((0.02, -0.14, 0.4), (0.0, 0.05, 0.14)), Hand((0.04, -0.34, 0.42), (0.0, 0.02, 0.16)), (18, 24), (3, 4), dict(_BENT),
                {tl.SPINE_PITCH: (0.2, 0.0)})  # fmt: skip
_HAMMER = Gesture(Hand((0.12, 0.1, 0.32), (0.0, 0.24, -0.06), (0.0, 0.0, 0.08), elbow=(1.2, 0.6, 1.3, 0.1)), Hand((0.05, -0.14, 0.34)), (11, 15), (3, 6),
                  {tl.SPINE_PITCH: 0.15, tl.HEAD_PITCH: 0.2}, {tl.SPINE_PITCH: (-0.06, 0.0)})  # fmt: skip
_SAW = Gesture(Hand((0.1, -0.28, 0.3), (0.0, 0.06, 0.17)), Hand((0.06, -0.3, 0.36)), (10, 14), (4, 7), {tl.SPINE_PITCH: 0.5, tl.PELVIS_PITCH: 0.2, tl.SHIFT_FWD: -0.06}, {tl.SPINE_YAW: (-0.12, 0.0)})
_POUR = Gesture(Hand((0.02, 0.05, 0.38), (0.0, 0.02, 0.0), elbow=(1.1, 0.9, 1.1, 0.3)), Hand((-0.02, -0.16, 0.36)), (28, 38), (1, 1), {tl.HEAD_PITCH: 0.2})
_PAINT = Gesture(Hand((0.14, 0.15, 0.42), (0.02, 0.22, 0.0), (0.05, 0.0, 0.0), elbow=(1.4, 0.4, 0.8, 0.0)), None, (18, 26), (2, 4))
_WRITE = Gesture(Hand((0.06, -0.12, 0.36), (0.025, 0.015, 0.0), (0.0, 0.01, 0.02)), Hand((0.08, -0.2, 0.3)), (7, 10), (5, 9), {tl.HEAD_PITCH: 0.35})
_BOARD = Gesture(Hand((0.08, 0.25, 0.44), (0.05, 0.03, 0.0), (0.0, 0.04, 0.0), elbow=(1.6, 0.3, 0.7, 0.0)), None, (8, 11), (4, 7))
_TYPE = Gesture(Hand((0.1, -0.2, 0.36), (0.01, 0.02, 0.0)), Hand((0.1, -0.2, 0.36), (0.01, 0.02, 0.0), phase=0.5), (5, 7), (7, 12), {tl.HEAD_PITCH: 0.25})
_KNOCK = Gesture(Hand((0.08, 0.14, 0.38), (0.0, 0.03, 0.08), elbow=(1.1, 0.5, 1.5, 0.0)), None, (6, 8), (3, 5), {tl.SHIFT_FWD: 0.03})
_DOOR = Gesture(Hand((0.06, -0.2, 0.4), (0.0, 0.0, -0.16), (-0.12, 0.0, 0.0)), None, (30, 40), (1, 1), {}, {tl.SPINE_YAW: (0.2, 0.0), tl.SHIFT_FWD: (-0.05, 0.0)})
_CHOP = Gesture(Hand((0.05, -0.12, 0.36), (0.0, 0.09, 0.02)), Hand((0.06, -0.2, 0.34)), (6, 9), (5, 9), {tl.HEAD_PITCH: 0.35, tl.SPINE_PITCH: 0.12})
_WASH_DISH = Gesture(Hand((0.03, -0.2, 0.36), (0.05, 0.0, 0.0), (0.0, 0.05, 0.03)), Hand((0.03, -0.22, 0.36), (0.01, 0.02, 0.0)), (9, 13), (4, 7), {tl.HEAD_PITCH: 0.35, tl.SPINE_PITCH: 0.15})
_IRON = Gesture(Hand((0.1, -0.24, 0.4), (0.16, 0.0, 0.05)), Hand((0.15, -0.24, 0.34)), (20, 28), (2, 4), {tl.SPINE_PITCH: 0.25, tl.HEAD_PITCH: 0.25})
_PUMP = Gesture(Hand((0.03, -0.2, 0.34), (0.0, 0.16, 0.0)), None, (13, 18), (3, 5), {tl.SPINE_PITCH: 0.35, tl.PELVIS_PITCH: 0.15}, {tl.SPINE_PITCH: (-0.15, 0.0), tl.DY: (0.05, 0.0), tl.SHIFT_FWD: (-0.01, 0.0)})
_ROPE = Gesture(Hand((0.0, -0.05, 0.36), (0.0, 0.03, -0.16)), Hand((0.0, -0.1, 0.36), (0.0, 0.03, -0.16), phase=0.5), (16, 22), (3, 5), {tl.SPINE_PITCH: -0.15, tl.DY: -0.1, tl.SHIFT_FWD: -0.1, tl.PELVIS_PITCH: -0.1}, {tl.SPINE_YAW: (0.2, 0.0)})
_LADDER = Gesture(Hand((0.12, 0.26, 0.34), (0.0, 0.24, 0.02), elbow=(1.6, 0.4, 0.9, 0.1)), Hand((0.12, 0.26, 0.34), (0.0, 0.24, 0.02), phase=0.5, elbow=(1.6, 0.4, 0.9, 0.1)), (22, 30), (2, 4), {tl.HEAD_PITCH: -0.3})
_GUITAR = Gesture(Hand((0.06, -0.22, 0.2), (0.02, 0.08, 0.02), elbow=(0.5, 0.9, 1.5, -0.6)), Hand((0.36, 0.0, 0.24), (0.04, 0.02, 0.0), elbow=(0.6, 1.0, 1.7, 0.0)), (7, 11), (6, 10), {tl.HEAD_PITCH: 0.15}, {tl.DY: (0.01, 0.0)})
_VIOLIN = Gesture(Hand((0.02, 0.08, 0.3), (0.12, 0.06, 0.08), elbow=(1.2, 0.9, 1.3, -0.3)), Hand((0.3, 0.12, 0.3), (0.0, 0.01, 0.0), elbow=(1.1, 0.8, 1.5, -0.1)), (16, 24), (3, 5), {tl.HEAD_YAW: -0.45, tl.HEAD_ROLL: 0.2})
_DRUMS = Gesture(Hand((0.14, -0.12, 0.32), (0.0, 0.12, 0.03)), Hand((0.14, -0.12, 0.32), (0.0, 0.12, 0.03), phase=0.5), (7, 11), (6, 10), {}, {tl.SPINE_YAW: (0.1, 0.0), tl.HEAD_PITCH: (0.05, 0.0)})
_PIANO = Gesture(Hand((0.16, -0.2, 0.36), (0.08, 0.0, 0.0), (0.0, 0.02, 0.0)), Hand((0.16, -0.2, 0.36), (-0.08, 0.0, 0.0), (0.0, 0.02, 0.0)), (14, 22), (3, 5), {tl.HEAD_PITCH: 0.2}, {tl.SPINE_ROLL: (0.06, 0.0)})
_FLUTE = Gesture(Hand((-0.04, 0.14, 0.26), (0.0, 0.01, 0.0), elbow=(0.9, 0.8, 2.0, -0.1)), Hand((0.22, 0.12, 0.26), (0.0, 0.01, 0.0), elbow=(1.0, 0.8, 1.8, 0.0)), (16, 24), (2, 4), {}, {tl.SPINE_ROLL: (0.06, 0.0)})
_CONDUCT = Gesture(Hand((0.24, 0.06, 0.34), (0.12, 0.0, 0.0), (0.0, 0.16, 0.0), elbow=(0.9, 0.8, 1.2, 0.2)), Hand((0.24, 0.06, 0.34), (0.12, 0.0, 0.0), (0.0, 0.16, 0.0), elbow=(0.9, 0.8, 1.2, 0.2)), (16, 22), (3, 5))
_DRIVE = Gesture(Hand((0.1, 0.0, 0.4), (0.0, 0.13, 0.0), elbow=_FRONT), Hand((0.1, 0.0, 0.4), (0.0, 0.13, 0.0), phase=0.5, elbow=_FRONT), (22, 34), (2, 4), {}, {tl.SPINE_ROLL: (0.05, 0.0), tl.HEAD_YAW: (0.2, 0.0)})
_ROW = Gesture(Hand((0.1, -0.06, 0.26), (0.0, 0.0, 0.18), (0.0, 0.05, 0.0)), Hand((0.1, -0.06, 0.26), (0.0, 0.0, 0.18), (0.0, 0.05, 0.0)), (20, 28), (2, 4), {}, {tl.SPINE_PITCH: (0.3, 0.0)})
_PADDLE = Gesture(Hand((0.1, 0.06, 0.26), (0.0, 0.14, 0.0), (0.0, 0.0, 0.16)), Hand((0.1, -0.06, 0.26), (0.0, 0.14, 0.0), (0.0, 0.0, 0.16), phase=0.5), (18, 26), (3, 5), {}, {tl.SPINE_YAW: (0.25, 0.0)})
_BREAST = Gesture(Hand((0.24, 0.0, 0.32), (0.2, 0.0, -0.04), (-0.05, 0.02, 0.16), elbow=(1.2, 0.8, 0.9, 0.0)), None, (20, 28), (2, 4), {tl.SPINE_PITCH: 0.3})
_SHOVEL = Gesture(Hand((0.02, -0.1, 0.34), (0.02, 0.14, 0.04)), Hand((0.1, -0.32, 0.38), (0.02, 0.2, 0.06)), (24, 32), (2, 3), {tl.SPINE_PITCH: 0.45, tl.PELVIS_PITCH: 0.25, tl.SHIFT_FWD: -0.07, tl.DY: -0.09, tl.HEAD_PITCH: 0.15}, {tl.SPINE_PITCH: (-0.25, 0.1), tl.SPINE_YAW: (0.0, 0.35), tl.DY: (0.05, 0.0)})
_LOOK_BINO = Gesture(Hand((0.06, 0.26, 0.18), elbow=(1.2, 0.9, 2.2, 0.0)), None, (26, 36), (1, 2), {}, {tl.HEAD_YAW: (0.4, 0.0), tl.SPINE_YAW: (0.2, 0.0)})
_PHOTO = Gesture(Hand((0.08, 0.22, 0.3), elbow=(1.2, 0.8, 1.9, 0.0)), None, (26, 36), (1, 1))
_TEXT = Gesture(Hand((0.04, -0.04, 0.3), (0.008, 0.01, 0.0)), None, (6, 9), (6, 10), {tl.HEAD_PITCH: 0.4})
_TIE = Gesture(Hand((0.02, 0.08, 0.16), (0.03, 0.03, 0.02), elbow=(0.8, 0.7, 2.2, -0.4)), Hand((0.02, 0.08, 0.16), (0.03, 0.03, 0.02), phase=0.5, elbow=(0.8, 0.7, 2.2, -0.4)), (9, 13), (3, 6), {tl.HEAD_PITCH: 0.2})
_CARRY = Gesture(Hand((0.14, -0.18, 0.32), (0.0, 0.008, 0.0), elbow=(0.2, 0.5, 1.5, -0.2)), None, (20, 26), (2, 3))


def scrub(t: Timeline, a: Action, start: int) -> int:
    """Rubs a part of the own body with one hand or both."""
    return _SCRUB[a.direction or "belly"](t, a, start)


def lift_box(t: Timeline, a: Action, start: int) -> int:
    """Picks a box up with both hands: to the belly, overhead, or to put it down elsewhere."""
    w = Writer(t, a, start)
    end = {"up": 74, "overhead": 80, "aside": 92, "down": 62}[a.direction or "up"]
    gap = w.rng.uniform(0.12, 0.22)
    low, belly, high = (gap, 0.22, 0.42), (gap, 0.98, 0.36), (gap, 1.9, 0.12)
    deep = w.rng.uniform(0.3, 0.42)
    d = a.direction or "up"
    down: list[float]
    curve: list[float]
    if d == "down":
        down = [0, 12, 30, 36, 54, 62]
        path, curve = [belly, belly, low, low, (gap, 0.8, 0.2), (gap, 0.8, 0.2)], [0, 0, 1, 1, 0, 0]
    elif d == "aside":
        down = [0, 16, 22, 40, 58, 76, 92]
        path, curve = [low, low, low, belly, low, low, belly], [0, 1, 1, 0, 1, 0.2, 0]
        w.body(tl.SPINE_YAW, down, [0, 0, 0, 0.3, 0.75, 0.4, 0])
        w.body(tl.PELVIS_YAW, down, [0, 0, 0, 0.15, 0.4, 0.2, 0])
    else:
        down = [0, 16, 22, 42, 56, 64, end]
        up = high if d == "overhead" else belly
        path, curve = [low, low, low, belly, up, up, belly], [0, 1, 1, 0, 0, 0, 0]
    at = w.frames(down)
    n = round(at[-1]) + 1
    for side in (0, 1):
        p = keys(at, np.array(path), n) + 0.01 * w.rng.standard_normal(3)
        if d == "aside":  # carried to the named side
            over = keys(at, [0, 0, 0, 0.12, 0.42, 0.2, 0], n) * w.s
            p[:, 0] += over * (1 if side == 0 else -1)
        weight = w._weight(n, 10, 9)
        w.arm(side, down, [(0.7, 0.3, 0.6, -0.2)] * len(down), 9, 9)
        t.targets.append(HandTarget(start, side, p, weight, "floor"))
    w.body(tl.DY, down, [-deep * v for v in curve])
    w.body(tl.SHIFT_FWD, down, [-0.16 * v for v in curve])
    w.body(tl.PELVIS_PITCH, down, [0.75 * v for v in curve])
    w.body(tl.SPINE_PITCH, down, [0.6 * v for v in curve])
    w.both(tl.KNEE_OUT, down, [0.2 * v for v in curve])
    if d == "overhead":
        w.body(tl.HEAD_PITCH, down, [0, 0, 0, 0, -0.3, -0.3, 0])
    return n + 1


def place_high(t: Timeline, a: Action, start: int) -> int:
    """Something taken from one place before the body and put at another: shelf, left, right."""
    w = Writer(t, a, start)
    here = (0.1, -0.15, 0.4)
    there = {"shelf": (0.12, 0.42, 0.34), "side": (0.45, -0.1, 0.32), "across": (-0.3, -0.12, 0.36)}[a.direction or "side"]
    at = [0, 10, 15, 30, 36, 47]
    w.hand(w.near, at, [here, here, here, there, there, (0.15, -0.2, 0.2)], 9, 10, elbow=(0.9, 0.6, 1.1, 0.0))
    turn = {"shelf": 0.0, "side": 0.4, "across": -0.45}[a.direction or "side"]
    w.body(tl.SPINE_YAW, at, [0, 0, 0, turn, turn, 0])
    w.body(tl.HEAD_YAW, at, [0, 0, 0, 0.6 * turn, 0.6 * turn, 0])
    w.body(tl.HEAD_PITCH, at, [0, 0.2, 0.2, -0.25 if a.direction == "shelf" else 0.15, 0, 0])
    return w.length(47)


def push(t: Timeline, a: Action, start: int) -> int:
    """Both hands pushed forward against something heavy, the body leaning into it; or pulled back."""
    w = Writer(t, a, start)
    pull = a.direction == "pull"
    hold = w.rng.uniform(8, 20)
    at = [0, 10, 20, 20 + hold, 32 + hold]
    near, out = (0.14, -0.02, 0.18), (0.14, 0.04, 0.46)
    path = [out, out, near, near, near] if pull else [near, near, out, out, near]
    for side in (0, 1):
        w.hand(side, at, path, 9, 10, elbow=(0.8, 0.5, 1.4, 0.0))
    sign = -1.0 if pull else 1.0
    w.step(w.near, 2, 9, ahead=0.22 * 1.0, wide=1.1)
    w.home(w.near, 22 + hold, 31 + hold)
    w.body(tl.SHIFT_FWD, at, [0, 0.05 - 0.03 * sign, 0.09 * sign + 0.03, 0.1 * sign + 0.03, 0])
    w.body(tl.SPINE_PITCH, at, [0, 0.1, 0.24 * sign, 0.24 * sign, 0])
    w.body(tl.PELVIS_PITCH, at, [0, 0.05, 0.14 * sign, 0.14 * sign, 0])
    w.body(tl.DY, at, [0, -0.05, -0.1, -0.1, 0])
    return w.length(32 + hold)


_SCRUB_SAID = {
    "arm": ["!wash P ^arm", "!(scrub|rub) P ^arm", "!clean the ^arm with the other ^hand", "!(rub|scratch) P forearm"],
    "belly": ["!rub P *(belly|stomach)", "!(wash|scrub) P *stomach", "!rub the *belly with P ^hands"],
    "chest": ["!(rub|scrub) P *chest", "!wash P *(chest|body)", "!clean the *upper *body"],
    "head": ["!wash P *hair", "!(scrub|wash) P *head with ^both ^hands", "!shampoo P *hair", "!(rub|scratch) the *head with ^both ^hands"],
    "face": ["!wash P *face", "!rub P *face with ^both ^hands", "!(wipe|splash) P *face", "!rub P *eyes"],
    "leg": ["!bend over and !(wash|scrub) P *leg", "!(wash|rub) P *(leg|thigh|knee)", "!scrub the *(legs|thighs)"],
}  # fmt: skip
_BOX_SAID = {
    "up": ["!(pick|lift) *up a *box", "!lift a heavy *box with ^both ^hands", "!bend down and !lift something *heavy", "!(lift|pick) *up something with ^both ^hands"],
    "overhead": ["!lift a *box *overhead", "!(lift|pick) something *up and !raise it above the *head", "!lift a *weight over P *head with ^both ^hands", "!do a *barbell *lift"],
    "aside": ["!pick *up a *box and !put it down to the >S", "!move a *box to the >S", "!lift something and !place it on the >S", "!(pick|lift) something up and !set it *down to the >S"],
    "down": ["!(put|set) a *box *down", "!(place|set) something on the *(floor|ground) with ^both ^hands", "!bend and !(lower|put) something *down", "!put *down a heavy object"],
}  # fmt: skip
_PLACE_SAID = {
    "shelf": ["!put something on a *shelf with P ^S ^hand", "!place an object on a *high shelf", "!take something and !put it *up high", "!take something from in front and !place it *above"],
    "side": ["!move something to the >S with P ^S ^hand", "!pick something up and !place it to the *S", "!take an object and !put it on the *S", "!grab something in front and !move it to the *S"],
    "across": ["!move something to the *O with P ^S ^hand", "!take something with the ^S ^hand and !put it to the *O", "!grab an object and !move it across to the *O"],
}  # fmt: skip
_PUSH_SAID = {
    "push": ["!push something (forward|away)", "!push something heavy with ^both ^(hands|arms)", "!push with ^both ^hands", "!push against a wall", "!shove someone with ^both ^hands"],
    "pull": ["!pull something (backward|closer)", "!pull something heavy with ^both ^(hands|arms)", "!pull with ^both ^hands", "!(tug|yank) at something with ^both ^hands"],
}  # fmt: skip

KINDS: dict[str, Kind] = {
    "wipe": Kind(1.0, ["!wipe a *table with P ^S ^hand", "!(wipe|clean|polish) a *surface", "!wipe something with the ^S ^hand", "!(clean|dust) the *counter with P ^S ^(arm|hand)", "!rub a *table in circles"], _WIPE, "arm", sides="s"),
    "window": Kind(0.9, ["!(wash|clean|wipe) a *window", "!(wipe|wash) a *window with P ^S ^hand", "!clean a *wall in circles", "!move P ^S ^hand in *circles in front of the body", "!wipe something in front of the *face"], _WINDOW, "arm", sides="s"),
    "scrub": Kind(2.0, _SCRUB_SAID, scrub, "arms", directions=("arm", "belly", "chest", "head", "face", "leg")),
    "teeth": Kind(0.7, ["!brush P *teeth", "!brush P *teeth with the ^S ^hand", "!(clean|brush) the *teeth"], _TEETH, "arm", sides="s", overlay=True),
    "comb": Kind(0.5, ["!(brush|comb) P *hair", "!(comb|brush) P *hair with the ^S ^hand", "!run the ^S ^hand through P *hair", "!fix P *hair"], _COMB, "arm", sides="s"),
    "eat": Kind(0.9, ["!eat", "!eat with P ^S ^hand", "!eat something", "!bring food to P *mouth with the ^S ^hand", "!(eat|take bites from) an *apple"], _EAT, "arm", sides="s", overlay=True),
    "stir": Kind(0.8, ["!stir something", "!stir a *pot with P ^S ^hand", "!(stir|mix) something in a *bowl", "!whisk something with the ^S ^hand", "!cook and !stir a *pot", "!mix *ingredients"], _STIR, "arm", sides="s"),
    "sweep": Kind(0.7, ["!sweep the *floor", "!sweep with a *broom", "!(sweep|brush) the *ground with ^both ^hands", "!use a *broom"], _SWEEP, "arms spine"),
    "mop": Kind(0.5, ["!mop the *floor", "!vacuum the *floor", "!mop the *ground back and forth", "!vacuum the *carpet", "!push a *mop back and forth"], _MOP, "arms spine"),
    "rake": Kind(0.3, ["!rake the *(leaves|ground)", "!rake with ^both ^hands", "!use a *rake"], _RAKE, "arms spine"),
    "dig": Kind(0.5, ["!dig a *hole", "!(dig|shovel) with ^both ^hands", "!shovel *(snow|dirt)", "!dig with a *shovel", "!use a *shovel"], _SHOVEL, "arms spine"),
    "hammer": Kind(0.6, ["!hammer (|a *nail)", "!hammer something with P ^S ^hand", "!hit a *nail with a *hammer", "!swing a *hammer with the ^S ^hand", "!pound something with the ^S ^fist"], _HAMMER, "arm", sides="s"),
    "saw": Kind(0.4, ["!saw (|wood)", "!saw something with P ^S ^hand", "!saw a piece of *wood", "!move the ^S ^arm back and forth like *sawing"], _SAW, "arm", sides="s"),
    "pour": Kind(0.7, ["!pour a *drink", "!pour something into a *(cup|glass)", "!pour *water with P ^S ^hand", "!(tip|tilt) a *bottle and !pour it out", "!pour something from the ^S ^hand into the other"], _POUR, "arm", sides="s"),
    "paint": Kind(0.6, ["!paint a *wall", "!paint with P ^S ^hand", "!paint up and down with the ^S ^arm", "!(stroke|paint) a *wall with a *brush"], _PAINT, "arm", sides="s"),
    "write": Kind(0.5, ["!write something", "!write on a *paper with P ^S ^hand", "!(write|draw) with the ^S ^hand", "!sign a *paper", "!take *notes"], _WRITE, "arm", sides="s"),
    "board": Kind(0.4, ["!write on a *(board|wall)", "!write on a *blackboard with P ^S ^hand", "!(draw|write) on a *whiteboard", "!draw something in the *air with the ^S ^hand"], _BOARD, "arm", sides="s"),
    "type": Kind(0.5, ["!type on a *(keyboard|computer)", "!type", "!type with ^both ^hands", "!work on a *computer"], _TYPE, "arms"),
    "knock": Kind(0.5, ["!knock on a *door", "!knock with P ^S ^hand", "!knock on a *door with the ^S ^(hand|fist)"], _KNOCK, "arm", sides="s"),
    "door": Kind(0.8, ["!open a *door with P ^S ^hand", "!open a *door", "!pull a *door open", "!reach for a *handle and !open a *door", "!open a *(drawer|cabinet) with the ^S ^hand"], _DOOR, "arm", sides="s"),
    "chop": Kind(0.5, ["!chop *(vegetables|food)", "!cut something with a *knife in P ^S ^hand", "!(chop|slice|cut) something on a *table", "!cut *vegetables"], _CHOP, "arm", sides="s"),
    "dishes": Kind(0.5, ["!wash the *dishes", "!wash a *(plate|dish) with ^both ^hands", "!clean a *dish", "!scrub a *(pot|plate|cup)", "!dry a *plate"], _WASH_DISH, "arms"),
    "iron": Kind(0.3, ["!iron *clothes", "!iron with P ^S ^hand", "!iron a *shirt"], _IRON, "arm", sides="s"),
    "pump": Kind(0.3, ["!pump up a *(tire|ball)", "!pump with ^both ^(hands|arms)", "!use an air *pump"], _PUMP, "arms spine"),
    "pull_rope": Kind(0.5, ["!pull a *rope", "!pull a *rope hand over hand", "!tug on a *rope with ^both ^hands", "!pull something in with a *rope"], _ROPE, "arms"),
    "guitar": Kind(0.9, ["!play the *guitar", "!play (a|an air) *guitar", "!strum a *guitar", "!strum a *guitar with P ^S ^hand", "!pretend to play *guitar"], _GUITAR, "arms", sides="s", overlay=True),
    "violin": Kind(0.8, ["!play the *violin", "!play a *violin", "!bow a *violin with P ^S ^(arm|hand)", "!(hold|play) a *fiddle under the chin", "!pretend to play the *violin"], _VIOLIN, "arms", sides="s"),
    "drums": Kind(0.7, ["!play the *drums", "!drum with ^both ^hands", "!(drum|beat) on something in front", "!hit *drums with ^both ^hands", "!pretend to play the *drums"], _DRUMS, "arms"),
    "piano": Kind(0.7, ["!play the *piano", "!play a *(piano|keyboard) with ^both ^hands", "!pretend to play the *piano", "!move P ^hands over *piano keys"], _PIANO, "arms"),
    "flute": Kind(0.3, ["!play the *flute", "!play a *flute with ^both ^hands", "!hold a *flute to the *mouth"], _FLUTE, "arms", sides="s"),
    "conduct": Kind(0.6, ["!conduct an *orchestra", "!conduct", "!conduct *music with ^both ^(hands|arms)", "!wave P ^arms like a *conductor", "!direct a *choir"], _CONDUCT, "arms"),
    "drive": Kind(0.7, ["!drive a *car", "!steer a *(car|wheel)", "!hold a steering *wheel and !turn it", "!steer with ^both ^hands", "!pretend to *drive"], _DRIVE, "arms"),
    "row": Kind(0.5, ["!row a *boat", "!row with ^both ^arms", "!make *rowing motions", "!pull *oars back and forth"], _ROW, "arms spine"),
    "paddle": Kind(0.3, ["!paddle a *(canoe|kayak)", "!paddle with ^both ^arms", "!paddle on both sides"], _PADDLE, "arms spine"),
    "breaststroke": Kind(0.6, ["!swim with ^both ^arms", "!do the *breaststroke", "!make *swimming motions with the ^arms", "!swim", "!part the air with ^both ^hands as if *swimming"], _BREAST, "arms"),
    "ladder": Kind(0.8, ["!climb a *ladder", "!climb *up (|a ladder|a rope) with ^both ^hands", "!reach *up with one ^hand after the other as if climbing", "!climb up something"], _LADDER, "arms"),
    "binoculars": Kind(0.3, ["!look through *binoculars", "!hold *binoculars to the eyes and !look around", "!raise ^both ^hands to the *eyes"], _LOOK_BINO, "arms"),
    "photo": Kind(0.4, ["!take a *(photo|picture)", "!hold a *camera with ^both ^hands", "!take a *picture with a *camera"], _PHOTO, "arms"),
    "texting": Kind(0.6, ["!text on a *phone", "!look at a *phone in P ^hands", "!type on a *phone with ^both ^hands", "!use a *cellphone", "!look down at something in P ^hands"], _TEXT, "arms head", overlay=True),
    "tie": Kind(0.3, ["!(tie|adjust) a *(tie|scarf)", "!fix P *collar with ^both ^hands", "!button up a *shirt"], _TIE, "arms"),
    "carry": Kind(1.2, ["!(carry|hold) a *box", "!carry something in front of the *body with ^both ^hands", "!(carry|hold) something with ^both ^(hands|arms)", "!hold something *heavy in front"], _CARRY, "arms", overlay=True),
    "lift_box": Kind(2.5, _BOX_SAID, lift_box, "arms spine legs", "arm", sides="s", directions=("up", "up", "overhead", "aside", "down")),
    "place": Kind(1.5, _PLACE_SAID, place_high, "arm", sides="s", directions=("shelf", "side", "across")),
    "push": Kind(1.5, _PUSH_SAID, push, "arms spine", directions=("push", "push", "pull")),
}  # fmt: skip
