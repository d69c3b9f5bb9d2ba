"""Actions of the trunk, the head and the whole body. Each writes channels and returns its length in frames."""

from __future__ import annotations

import numpy as np

from . import timeline as tl
from .arm_actions import layer
from .curves import ease, keys
from .script import Action
from .timeline import HandTarget, Timeline, side_index


def squat(t: Timeline, a: Action, start: int) -> int:
    """Knees bent deep and straightened again, count times."""
    rng = t.rng
    n0 = start
    arms = rng.random() < 0.4
    total = 0
    deep = rng.uniform(0.3, 0.48) * min(a.size, 1.1)
    down, hold, up = rng.uniform(10, 14) * a.pace, rng.uniform(1, 7), rng.uniform(10, 14) * a.pace
    for _ in range(a.count):
        n = int(down + hold + up) + 2
        on = keys([0, down, down + hold, n - 1], [0, 1, 1, 0], n)
        t.add(tl.DY, n0, -deep * on)
        t.add(tl.SHIFT_FWD, n0, -0.32 * deep * on)
        t.add(tl.PELVIS_PITCH, n0, 1.0 * deep * on)
        t.add(tl.SPINE_PITCH, n0, 0.7 * deep * on)
        t.add(tl.HEAD_PITCH, n0, -0.5 * deep * on)
        for side in (0, 1):
            t.add(tl.KNEE_OUT + side, n0, rng.uniform(0.1, 0.3) * on)
            t.add(tl.HEEL + side, n0, rng.uniform(0.0, 0.25) * (deep > 0.4) * on)
        n0 += n
        total += n
    if arms:
        for side in (0, 1):
            p = (rng.uniform(1.3, 1.6), rng.uniform(0.0, 0.2), 0.15, 0.0)
            layer(t, start, side, [0, total - 1.0], np.array([p, p]), down, up)
    return total


def sit(t: Timeline, a: Action, start: int) -> int:
    """Sits down on a seat of 0.4 to 0.5 m behind; stays seated."""
    rng = t.rng
    n = int(rng.uniform(20, 27) * a.pace)
    t.seat = (rng.uniform(0.36, 0.44), rng.uniform(0.3, 0.36))
    deep, behind = t.seat
    t.add(tl.DY, start, -deep * keys([0, 0.2 * n, 0.85 * n, n - 1], [0, 0.1, 1.0, 1.0], n), keep=True)
    t.add(tl.SHIFT_FWD, start, -behind * keys([0, 0.1 * n, 0.85 * n, n - 1], [0, 0.03, 1.0, 1.0], n), keep=True)
    bow = keys([0, 0.45 * n, n - 1], [0, 1, 0], n)
    t.add(tl.SPINE_PITCH, start, rng.uniform(0.25, 0.45) * bow)
    t.add(tl.PELVIS_PITCH, start, rng.uniform(0.35, 0.55) * bow)
    t.add(tl.HEAD_PITCH, start, -0.25 * bow)
    slump = rng.uniform(-0.05, 0.25)
    t.seat_slump = slump
    t.add(tl.SPINE_PITCH, start, slump * ease(np.arange(n) / n), keep=True)
    t.add(tl.PELVIS_PITCH, start, -0.4 * slump * ease(np.arange(n) / n), keep=True)
    t.posture = "sit"
    return n


def stand_up(t: Timeline, a: Action, start: int) -> int:
    """Rises from the seat."""
    rng = t.rng
    n = int(rng.uniform(20, 27) * a.pace)
    deep, behind = t.seat
    t.add(tl.DY, start, deep * keys([0, 0.3 * n, 0.95 * n, n - 1], [0, 0.04, 1.0, 1.0], n), keep=True)
    t.add(tl.SHIFT_FWD, start, behind * keys([0, 0.12 * n, 0.8 * n, n - 1], [0, 0.05, 1.0, 1.0], n), keep=True)
    bow = keys([0, 0.4 * n, n - 1], [0, 1, 0], n)
    t.add(tl.SPINE_PITCH, start, rng.uniform(0.25, 0.45) * bow)
    t.add(tl.PELVIS_PITCH, start, rng.uniform(0.4, 0.6) * bow)
    t.add(tl.HEAD_PITCH, start, -0.25 * bow)
    u = ease(np.arange(n) / n)
    t.add(tl.SPINE_PITCH, start, -t.seat_slump * u, keep=True)
    t.add(tl.PELVIS_PITCH, start, 0.4 * t.seat_slump * u, keep=True)
    t.posture = "stand"
    return n


def kneel(t: Timeline, a: Action, start: int) -> int:
    """Down on the named knee and up again."""
    rng = t.rng
    side = side_index(a.side or "right")
    x, z, yaw = t.root()
    down, hold, up = 15 * a.pace, rng.uniform(8, 20), 15 * a.pace
    n = int(down + hold + up) + 4
    place = t.foot_place(side, x, z, yaw, ahead=-0.52)
    t.step(side, start + 2, start + 0.7 * down, place, clearance=0.05, push=0.5, strike=0.2)
    home = t.foot_place(side, x, z, yaw)
    t.step(side, start + down + hold + 0.45 * up, start + n - 3.0, home, clearance=0.05, push=0.5, strike=0.0)
    on = keys([0, 2, down, down + hold, n - 1], [0, 0, 1, 1, 0], n)
    t.add(tl.DY, start, -rng.uniform(0.38, 0.42) * on)
    t.add(tl.SHIFT_FWD, start, -0.12 * on)
    t.add(tl.HEEL + side, start, 0.85 * on)
    t.add(
        tl.SPINE_PITCH,
        start,
        0.25 * keys([0, 0.6 * down, down, down + hold, n - 0.5 * up, n - 1], [0, 1, 0.3, 0.3, 1, 0], n),
    )
    t.add(
        tl.PELVIS_PITCH,
        start,
        0.15 * keys([0, 0.6 * down, down, down + hold, n - 0.5 * up, n - 1], [0, 1, 0.0, 0.0, 1, 0], n),
    )
    return n


def bow(t: Timeline, a: Action, start: int) -> int:
    """Bends the trunk forward from the hips and rises; count times."""
    rng = t.rng
    total = 0
    deep = rng.uniform(0.55, 1.25) * a.size
    for _ in range(a.count):
        down, hold, up = rng.uniform(10, 14) * a.pace, rng.uniform(2, 12), rng.uniform(11, 15) * a.pace
        n = int(down + hold + up) + 2
        on = keys([0, down, down + hold, n - 1], [0, 1, 1, 0], n)
        t.add(tl.PELVIS_PITCH, start + total, 0.55 * deep * on)
        t.add(tl.SPINE_PITCH, start + total, 0.5 * deep * on)
        t.add(tl.HEAD_PITCH, start + total, rng.uniform(0.0, 0.25) * on)
        t.add(tl.SHIFT_FWD, start + total, -0.09 * deep * on)
        t.add(tl.DY, start + total, -0.02 * deep * on)
        total += n
    return total


def lean(t: Timeline, a: Action, start: int) -> int:
    """Leans the trunk to a side, forward or back, and returns; count times."""
    rng = t.rng
    total = 0
    far = rng.uniform(0.35, 0.6) * a.size
    for _ in range(a.count):
        go, hold = rng.uniform(9, 13) * a.pace, rng.uniform(3, 10)
        n = int(2 * go + hold) + 2
        on = keys([0, go, go + hold, n - 1], [0, 1, 1, 0], n)
        at = start + total
        if a.direction in ("left", "right"):
            s = 1.0 if a.direction == "left" else -1.0
            t.add(tl.SPINE_ROLL, at, -s * far * on)
            t.add(tl.PELVIS_ROLL, at, -s * 0.15 * far * on)
            t.add(tl.SHIFT_LEFT, at, -s * 0.05 * far * on)
            t.add(tl.HEAD_ROLL, at, -s * 0.2 * far * on)
        else:
            s = 1.0 if a.direction == "forward" else -0.9
            t.add(tl.SPINE_PITCH, at, s * 0.7 * far * on)
            t.add(tl.PELVIS_PITCH, at, s * 0.45 * far * on)
            t.add(tl.SHIFT_FWD, at, -s * 0.08 * far * on)
        total += n
    return total


def look(t: Timeline, a: Action, start: int) -> int:
    """Turns the head to one side, or to both in turn (direction "around")."""
    rng = t.rng
    far, go, hold = rng.uniform(0.8, 1.15), rng.uniform(7, 11) * a.pace, rng.uniform(4, 10)
    s = {"left": 1.0, "right": -1.0}.get(a.direction or "", float(rng.choice((-1, 1))))
    if a.direction == "around":
        times = [0, go, go + hold, 2.5 * go + hold, 2.5 * go + 2 * hold, 3.5 * go + 2 * hold]
        values = [0, s, s, -s, -s, 0.0]
    else:
        times, values = [0, go, go + hold, 2 * go + hold], [0, s, s, 0.0]
    n = int(times[-1]) + 2
    on = keys(times, values, n)
    t.add(tl.HEAD_YAW, start, far * on)
    t.add(tl.SPINE_YAW, start, 0.25 * far * on)
    t.add(tl.HEAD_PITCH, start, rng.uniform(-0.1, 0.1) * np.abs(on))
    return n


def head_signal(t: Timeline, a: Action, start: int) -> int:
    """Nods (direction "nod") or shakes the head ("shake")."""
    rng = t.rng
    times = a.count if a.count > 1 else int(rng.integers(2, 5))
    period = rng.uniform(8, 12) * a.pace
    n = int(times * period) + 8
    f = np.arange(n, dtype=np.float64)
    gate = ease(f / 4) * (1 - ease((f - n + 6) / 5))
    wave = np.sin(2 * np.pi * f / period) * gate
    if a.direction == "nod":
        t.add(tl.HEAD_PITCH, start, 0.1 * gate + rng.uniform(0.25, 0.4) * wave)
    else:
        t.add(tl.HEAD_YAW, start, rng.uniform(0.4, 0.65) * wave)
    return n


def pick_up(t: Timeline, a: Action, start: int) -> int:
    """Bends down, one hand (or both) to the floor before the feet, and up again, perhaps holding the thing."""
    rng = t.rng
    down, hold, up = rng.uniform(14, 18) * a.pace, rng.uniform(2, 6), rng.uniform(14, 18) * a.pace
    n = int(down + hold + up) + 6
    on = keys([0, down, down + hold, down + hold + up, n - 1], [0, 1, 1, 0, 0], n)
    knees = rng.uniform(0.3, 0.47)
    trunk = 2.35 - 1.9 * knees
    t.add(tl.DY, start, -knees * on)
    t.add(tl.SHIFT_FWD, start, -(0.07 + 0.08 * trunk) * on)
    t.add(tl.PELVIS_PITCH, start, 0.5 * trunk * on)
    t.add(tl.SPINE_PITCH, start, 0.45 * trunk * on)
    for side in (0, 1):
        t.add(tl.KNEE_OUT + side, start, rng.uniform(0.05, 0.3) * on)
    sides = (side_index(a.side),) if a.side else (0, 1)
    f = np.arange(n, dtype=np.float64)
    for side in sides:
        place = np.array((rng.uniform(0.06, 0.14), rng.uniform(0.06, 0.14), rng.uniform(0.2, 0.32)))
        w = ease((f - 0.35 * down) / (0.65 * down)) * (1 - ease((f - down - hold) / (0.55 * up)))
        t.targets.append(HandTarget(start, side, np.repeat(place[None], n, axis=0), w, "floor"))
        reach_pose, carry = (0.75, 0.15, 0.35, 0.0), (rng.uniform(0.1, 0.5), 0.2, rng.uniform(0.9, 1.7), -0.2)
        layer(t, start, side, [0, down, down + hold, down + hold + up, n - 1.0],
              np.array([(0.2, 0.3, 0.4, 0.0), reach_pose, reach_pose, carry, carry]), 0.5 * down, 8)  # fmt: skip
    if a.side:
        s = 1.0 if a.side == "left" else -1.0
        t.add(tl.SPINE_YAW, start, -s * rng.uniform(0.1, 0.3) * on)
    return n


def stumble(t: Timeline, a: Action, start: int) -> int:
    """Tips forward, catches the balance with quick steps, arms thrown out."""
    rng = t.rng
    x, z, yaw = t.root()
    side = int(rng.integers(2))
    far = rng.uniform(0.45, 0.8)
    nx, nz = x + far * np.sin(yaw), z + far * np.cos(yaw)
    mx, mz = x + 0.6 * far * np.sin(yaw), z + 0.6 * far * np.cos(yaw)
    t.step(
        side, start + 3, start + 9, t.foot_place(side, mx, mz, yaw, ahead=0.1), clearance=0.07, push=0.6, strike=-0.1
    )
    t.step(
        1 - side,
        start + 9,
        start + 15,
        t.foot_place(1 - side, nx, nz, yaw, ahead=0.06),
        clearance=0.06,
        push=0.7,
        strike=-0.1,
    )
    t.step(side, start + 17, start + 26, t.foot_place(side, nx, nz, yaw), clearance=0.05, push=0.5, strike=0.0)
    n = 34
    u = keys([0, 2, 17, n - 1], [0, 0.03, 0.97, 1], n)
    t.ch[start : start + n, tl.X] = x + (nx - x) * u
    t.ch[start : start + n, tl.Z] = z + (nz - z) * u
    t.hold_root(nx, nz, yaw, start + n)
    tip = keys([0, 7, 18, n - 1], [0, 1, 0.5, 0], n)
    t.add(tl.SPINE_PITCH, start, rng.uniform(0.35, 0.6) * tip)
    t.add(tl.PELVIS_PITCH, start, rng.uniform(0.15, 0.3) * tip)
    t.add(tl.SHIFT_FWD, start, 0.05 * tip)
    t.add(tl.DY, start, -0.06 * tip)
    for arm in (0, 1):
        p = (rng.uniform(0.8, 1.5), rng.uniform(0.5, 1.4), rng.uniform(0.3, 0.9), 0.1)
        layer(t, start, arm, [0, n - 1.0], np.array([p, p]), 7, 14)
    return n


def stand_still(t: Timeline, a: Action, start: int) -> int:
    """Nothing but breathing and swaying."""
    return a.frames or int(t.rng.uniform(26, 50))
