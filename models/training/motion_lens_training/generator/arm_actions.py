"""Actions of the arms. Each writes arm layers (and a little trunk) and returns how many frames it takes.

An arm pose is (elevation, azimuth, bend, turn), see `solve.limb`. The arm that is not named is never
touched here, so that it tells nothing about the side.
"""

from __future__ import annotations

import numpy as np

from . import timeline as tl
from .curves import Array, ease, keys
from .script import Action
from .timeline import ArmLayer, HandTarget, Timeline, side_index


def sides_of(a: Action) -> tuple[int, ...]:
    """The arms an action uses."""
    return (side_index(a.side),) if a.side else (0, 1)


def layer(
    t: Timeline,
    start: int,
    side: int,
    times: list[float],
    poses: Array,
    fade_in: float,
    fade_out: float,
    wrap: bool = False,
) -> Array:
    """Adds an arm layer through key poses; returns its weight (n,)."""
    n = round(times[-1]) + 1
    f = np.arange(n, dtype=np.float64)
    w = ease(f / max(fade_in, 1.0)) * (1.0 - ease((f - (n - 1 - fade_out)) / max(fade_out, 1.0)))
    t.arms.append(ArmLayer(start, side, keys(times, poses, n), w, wrap))
    return w


def raise_arm(t: Timeline, a: Action, start: int) -> int:
    """Arm or arms up to the front or side, held, and (mostly) lowered; count times."""
    rng = t.rng
    up = rng.uniform(9, 14) * a.pace
    top = rng.uniform(2.5, 3.05) * min(a.size, 1.05)
    az = (
        rng.uniform(0.05, 0.35)
        if a.direction == "front"
        else rng.uniform(1.3, 1.6)
        if a.direction == "side"
        else rng.uniform(0.0, 1.5)
    )
    if a.direction in ("front", "side"):
        top = rng.uniform(1.45, 1.75) + (0.2 if a.style == "tired" else 0.0)  # against the stoop
    bend, turn = rng.uniform(0.05, 0.45), rng.uniform(-0.2, 0.5)
    hold = rng.uniform(3, 16)
    times, poses = [0.0], [(0.1, az, 0.25, 0.0)]
    for k in range(a.count):
        times += [times[-1] + up, times[-1] + up + hold]
        poses += [(top, az, bend, turn), (top * 0.99, az, bend * 1.1, turn)]
        if k + 1 < a.count:
            times.append(times[-1] + up)
            poses.append((0.25, az, 0.3, 0.0))
    times.append(times[-1] + up)
    poses.append((0.1, az, 0.3, 0.0))
    for side in sides_of(a):
        p = np.array(poses) * (1.0 + 0.03 * rng.standard_normal(4))
        lag = rng.uniform(0, 1.5)
        layer(t, start, side, [times[0]] + [x + lag for x in times[1:]], p, up * 0.6, up * 0.7)
    n = int(times[-1]) + 2
    curve = keys(times, [0.0] + [1.0 if p[0] > 1 else 0.2 for p in poses[1:-1]] + [0.0], n)
    t.add(tl.SPINE_PITCH, start, -0.07 * curve)
    if a.side:
        t.add(tl.SPINE_ROLL, start, (-0.06 if a.side == "right" else 0.06) * curve)
        t.add(tl.SHIFT_LEFT, start, (-0.01 if a.side == "right" else 0.01) * curve)
    return n


def wave(t: Timeline, a: Action, start: int) -> int:
    """Hand up and swung from side to side."""
    rng = t.rng
    up = rng.uniform(8, 13) * a.pace
    swings = max(2, int(rng.integers(2, 6))) if a.count == 1 else 2 + a.count
    period = rng.uniform(6.5, 10.5) * a.pace**0.7
    span = swings * period
    manner = rng.random()
    high = manner < 0.35
    for side in sides_of(a):
        e = rng.uniform(2.2, 2.75) if high else rng.uniform(0.9, 1.7)
        az = rng.uniform(0.9, 1.5)
        k = rng.uniform(0.3, 0.8) if high else rng.uniform(1.3, 1.9)
        r = rng.uniform(1.2, 1.7)
        if manner > 0.75:  # elbow at the side, hand before the shoulder
            e, az, k, r = rng.uniform(0.35, 0.75), rng.uniform(0.5, 1.2), rng.uniform(1.9, 2.25), rng.uniform(0.1, 0.7)
        n = int(up + span + up) + 2
        f = np.arange(n, dtype=np.float64)
        swing = np.sin(2 * np.pi * (f - up) / period) * ease((f - up + 2) / 4) * (1 - ease((f - up - span + 2) / 4))
        angles = np.empty((n, 4))
        amp = rng.uniform(0.3, 0.55) * a.size
        angles[:, 0] = e + (0.35 * amp if high else 0.12 * amp) * swing
        angles[:, 1] = az
        angles[:, 2] = np.clip(
            k + (0.5 if high else 1.0) * amp * np.sin(2 * np.pi * (f - up - 0.8) / period) * np.abs(swing) ** 0.2,
            0.1,
            2.4,
        )
        angles[:, 3] = r + 0.25 * amp * swing
        w = ease(f / up) * (1 - ease((f - (n - 1 - up)) / up))
        t.arms.append(ArmLayer(start, side, angles, w))
    n = int(2 * up + span) + 2
    t.add(tl.HEAD_PITCH, start, -0.05 * keys([0, up, up + span, n - 1], [0, 1, 1, 0], n))
    return n


def reach(t: Timeline, a: Action, start: int) -> int:
    """One hand or both stretched up (on the toes) or forward."""
    rng = t.rng
    go, hold = rng.uniform(11, 16) * a.pace, rng.uniform(4, 12)
    n = int(2 * go + hold) + 2
    on = keys([0, go, go + hold, n - 1], [0, 1, 1, 0], n)
    for side in sides_of(a):
        if a.direction == "up":
            pose = (rng.uniform(2.75, 3.1), rng.uniform(0.0, 0.5), rng.uniform(0.03, 0.15), rng.uniform(-0.2, 0.3))
            via = (rng.uniform(0.7, 1.2), rng.uniform(0.0, 0.5), rng.uniform(1.0, 1.7), 0.0)
        else:
            pose = (
                rng.uniform(1.6, 1.95) + (0.25 if a.style == "tired" else 0.0),
                rng.uniform(-0.15, 0.25),
                rng.uniform(0.05, 0.25),
                rng.uniform(-0.3, 0.2),
            )
            via = (rng.uniform(0.1, 0.4), 0.2, rng.uniform(0.9, 1.5), -0.2)
        layer(t, start, side, [0, 0.45 * go, go, go + hold, n - 1 - 0.4 * go, n - 1],
              np.array([via, via, pose, pose, via, via]), 0.45 * go, 0.45 * go)  # fmt: skip
    if a.direction == "up":
        toes = rng.uniform(0.0, 0.45) * a.size
        for side in (0, 1):
            t.add(tl.HEEL + side, start, toes * on)
        t.add(tl.DY, start, (0.012 + 0.09 * toes) * on)
        t.add(tl.SPINE_PITCH, start, -0.1 * on)
        t.add(tl.HEAD_PITCH, start, -0.35 * on)
    else:
        t.add(tl.SPINE_PITCH, start, rng.uniform(0.15, 0.4) * on)
        t.add(tl.PELVIS_PITCH, start, rng.uniform(0.05, 0.2) * on)
        t.add(tl.SHIFT_FWD, start, rng.uniform(-0.02, 0.04) * on)
        if a.side:
            t.add(tl.SPINE_YAW, start, rng.uniform(0.15, 0.4) * (-1 if a.side == "left" else 1) * on)
    if a.side and a.direction == "up":
        t.add(tl.SPINE_ROLL, start, rng.uniform(0.05, 0.15) * (1 if a.side == "left" else -1) * on)
    return n


def punch(t: Timeline, a: Action, start: int) -> int:
    """Fist from a guard at the chin straight forward and back, count times, with a twist of the trunk."""
    rng = t.rng
    guard = (rng.uniform(0.15, 0.5), rng.uniform(0.3, 0.8), rng.uniform(2.0, 2.3), rng.uniform(-0.5, -0.1))
    # The trunk turns with the blow; the arm makes up for it and goes straight ahead.
    out = (rng.uniform(1.4, 1.65), rng.uniform(-0.2, 0.05) + 0.5 * a.size, rng.uniform(0.05, 0.2), rng.uniform(-0.4, 0.0))
    ready, hit, back, rest = rng.uniform(7, 10), 3.6 * a.pace**0.8, 5.0 * a.pace, rng.uniform(1, 5)
    order = sides_of(a)
    if len(order) == 2 and rng.random() < 0.5:
        order = order[::-1]
    hits = [order[i % len(order)] for i in range(a.count if a.side else max(a.count, 2))]
    n = int(ready + len(hits) * (hit + back + rest) + 9) + 1
    twist = np.zeros(n)
    drive = np.zeros(n)
    for side in order:
        times, poses = [0.0, ready], [guard, guard]
        for i, h in enumerate(hits):
            if h != side:
                continue
            s = ready + i * (hit + back + rest)
            times += [s + 0.01, s + hit, s + hit + 1.0, s + hit + back]
            poses += [guard, out, out, guard]
        times += [n - 1.0]
        poses += [guard]
        layer(t, start, side, times, np.array(poses), ready, 8.0)
    f = np.arange(n, dtype=np.float64)
    for i, h in enumerate(hits):
        s = ready + i * (hit + back + rest)
        pulse = ease((f - s + 1) / hit) * (1 - ease((f - s - hit) / back))
        twist += (-1 if h == 0 else 1) * pulse - 0.25 * (-1 if h == 0 else 1) * np.exp(-0.5 * ((f - s) / 1.8) ** 2)
        drive += pulse
    t.add(tl.SPINE_YAW, start, 0.4 * a.size * twist)
    t.add(tl.PELVIS_YAW, start, 0.2 * a.size * twist)
    t.add(tl.SHIFT_FWD, start, 0.03 * drive)
    t.add(tl.SPINE_PITCH, start, 0.08 * drive)
    t.add(tl.DY, start, -rng.uniform(0.01, 0.1) * keys([0, ready, n - 9, n - 1], [0, 1, 1, 0], n))
    return n


def clap(t: Timeline, a: Action, start: int) -> int:
    """Hands together before the chest, apart, together."""
    rng = t.rng
    claps = a.count if a.count > 1 else int(rng.integers(3, 7))
    up, period = rng.uniform(7, 11), max(rng.uniform(5.0, 8.0) * a.pace, 4.8)
    n = int(2 * up + claps * period) + 2
    f = np.arange(n, dtype=np.float64)
    apart = 0.5 + 0.5 * np.cos(2 * np.pi * (f - up + period / 2) / period + np.pi)
    apart = np.where((f < up) | (f > up + claps * period), 1.0, np.maximum(1.2 * apart - 0.2, 0.0))
    gap, high, ahead = rng.uniform(0.12, 0.22) * a.size, rng.uniform(0.0, 0.18), rng.uniform(0.3, 0.4)
    w = ease(f / up) * (1 - ease((f - (n - 1 - up)) / up))
    for side in (0, 1):
        p = np.stack([0.035 + gap * apart, high + 0.02 * apart, ahead - 0.03 * apart], axis=1)
        t.targets.append(HandTarget(start, side, p, w, "trunk"))
        layer(t, start, side, [0, n - 1.0], np.array([(0.5, 0.4, 1.6, -0.6)] * 2), up, up)
    return n


def throw(t: Timeline, a: Action, start: int) -> int:
    """Overarm throw: wind up behind the head, whip forward, follow through; the other foot may step."""
    rng = t.rng
    side = side_index(a.side or "right")
    s = 1.0 if side == 0 else -1.0
    wind, whip, follow, back = 11 * a.pace, max(4.5 * a.pace**0.7, 4.3), 5.0, 11.0
    marks = [0, wind, wind + whip, wind + whip + follow, wind + whip + follow + back]
    cocked = (rng.uniform(1.5, 1.9), rng.uniform(1.6, 1.9), rng.uniform(1.5, 1.9), rng.uniform(1.2, 1.5))
    release = (rng.uniform(1.9, 2.3), rng.uniform(0.1, 0.4), rng.uniform(0.15, 0.4), 0.8)
    after = (rng.uniform(0.5, 0.8), rng.uniform(-0.5, -0.2), rng.uniform(0.3, 0.6), -0.3)
    ease_in = (0.4, 0.8, 1.2, 0.3)
    layer(t, start, side, marks, np.array([ease_in, cocked, release, after, after]), 0.6 * wind, back * 0.9)
    n = int(marks[-1]) + 2
    twist = keys(marks, [0, 1, -0.8, -1.0, 0], n)
    t.add(tl.SPINE_YAW, start, s * 0.55 * twist)
    t.add(tl.PELVIS_YAW, start, s * 0.3 * twist)
    t.add(tl.SPINE_PITCH, start, keys(marks, [0, -0.12, 0.2, 0.35, 0], n))
    t.add(tl.SHIFT_FWD, start, keys(marks, [0, -0.05, 0.05, 0.07, 0], n))
    return n


def arm_circles(t: Timeline, a: Action, start: int) -> int:
    """Straight arms in circles: large ones at the sides of the body or small ones stretched out sideways."""
    rng = t.rng
    turns = a.count if a.count > 1 else int(rng.integers(2, 4))
    period = rng.uniform(15, 22) * a.pace
    sense = 1.0 if rng.random() < 0.5 else -1.0
    large = a.direction != "small"
    up = 9.0
    span = turns * period
    n = int(2 * up + span) + 2 if not large else int(span) + 6
    f = np.arange(n, dtype=np.float64)
    for side in sides_of(a):
        if large:
            u = np.clip(f / span, 0, 1)
            e = sense * 2 * np.pi * turns * (u - 0.12 * np.sin(2 * np.pi * u) / (2 * np.pi))
            angles = np.stack([e, np.full(n, 0.15), np.full(n, 0.12), np.full(n, 0.1)], axis=1)
            w = ease(f / 5) * (1 - ease((f - (n - 6)) / 5))
            t.arms.append(ArmLayer(start, side, angles, w, wrap=True))
        else:
            th = sense * 2 * np.pi * (f - up) / (period * 0.75)
            angles = np.stack(
                [1.5 + 0.25 * np.sin(th), 1.5 + 0.25 * np.cos(th), np.full(n, 0.08), np.full(n, 0.3)], axis=1
            )
            w = ease(f / up) * (1 - ease((f - (n - 1 - up)) / up))
            t.arms.append(ArmLayer(start, side, angles, w))
    return n


def hold_pose(t: Timeline, a: Action, start: int) -> int:
    """Arms kept in a pose: hands on the hips, arms out to the sides, arms folded."""
    rng = t.rng
    n = a.frames or int(rng.uniform(36, 60))
    poses = {
        "hips": (0.75, 1.75, 1.75, -1.05),
        "out": (1.5, 1.5, 0.1, 0.3),
        "folded": (0.35, 0.45, 1.75, -0.95),
    }
    pose = np.array(poses[a.direction or "hips"])
    if a.direction == "folded":  # each wrist on the other side, one forearm above the other
        high, over = rng.uniform(-0.1, 0.02), int(rng.integers(2))
        for side in (0, 1):
            p = np.array((rng.uniform(-0.13, -0.06), high + (0.035 if side == over else -0.02), rng.uniform(0.2, 0.26)))
            w = ease(np.arange(n) / 9.0) * (1.0 - ease((np.arange(n) - n + 10) / 9.0))
            t.targets.append(HandTarget(start, side, np.repeat(p[None], n, axis=0), w, "trunk"))
    for side in sides_of(a):
        p = pose + 0.04 * rng.standard_normal(4)
        layer(t, start, side, [0, n - 1.0], np.array([p, p]), 9, 9)
    return n


def point(t: Timeline, a: Action, start: int) -> int:
    """Straight arm pointing forward, to its own side or up, held."""
    rng = t.rng
    go, hold = rng.uniform(8, 12) * a.pace, rng.uniform(8, 22)
    n = int(2 * go + hold) + 2
    az = rng.uniform(1.35, 1.65) if a.direction == "side" else rng.uniform(-0.15, 0.3)
    e = rng.uniform(2.5, 2.9) if a.direction == "up" else rng.uniform(1.35, 1.65)
    e += 0.2 if a.style == "tired" and a.direction != "side" else 0.0
    out = (e, az, rng.uniform(0.05, 0.2), rng.uniform(-0.3, 0.3))
    via = (0.5 * e, 0.6 * az, rng.uniform(0.6, 1.2), 0.0)
    for side in sides_of(a):
        layer(
            t,
            start,
            side,
            [0, 0.5 * go, go, go + hold, n - 1.0],
            np.array([via, via, out, out, (0.3, az, 0.4, 0.0)]),
            0.5 * go,
            0.6 * go,
        )
    if a.direction == "side":
        on = keys([0, go, go + hold, n - 1], [0, 1, 1, 0], n)
        t.add(tl.HEAD_YAW, start, rng.uniform(0.3, 0.7) * (1 if a.side == "left" else -1) * on)
    return n


def to_head(t: Timeline, a: Action, start: int) -> int:
    """One hand to the head: drinking (mouth), a salute (forehead), scratching (top of the head)."""
    rng = t.rng
    go, hold = rng.uniform(9, 13) * a.pace, rng.uniform(10, 22)
    n = int(2 * go + hold) + 2
    f = np.arange(n, dtype=np.float64)
    on = keys([0, go, go + hold, n - 1], [0, 1, 1, 0], n)
    place = {"drink": (0.02, 0.16, 0.2), "salute": (0.15, 0.27, 0.11), "scratch": (0.07, 0.36, 0.05)}[
        a.direction or "drink"
    ]
    p = np.repeat(np.array([place]) + 0.012 * rng.standard_normal(3), n, axis=0)
    if a.direction == "scratch":
        period = rng.uniform(4.5, 7.0)
        p[:, 0] += 0.025 * np.sin(2 * np.pi * f / period) * on
        p[:, 2] += 0.02 * np.cos(2 * np.pi * f / period) * on
    w = ease(f / go) * (1 - ease((f - go - hold) / go))
    for side in sides_of(a):
        t.targets.append(HandTarget(start, side, p, w, "trunk"))
        layer(
            t,
            start,
            side,
            [0, go, n - 1.0],
            np.array([(0.4, 0.6, 1.4, -0.2), (0.9, 0.9, 2.2, 0.2), (0.4, 0.6, 1.2, -0.2)]),
            go * 0.8,
            go * 0.8,
        )
    if a.direction == "drink":
        t.add(
            tl.HEAD_PITCH, start, -rng.uniform(0.15, 0.4) * keys([0, go, go + 4, go + hold, n - 1], [0, 0, 1, 1, 0], n)
        )
    elif a.direction == "scratch":
        t.add(tl.HEAD_PITCH, start, rng.uniform(0.0, 0.3) * on)
    return n


def stretch(t: Timeline, a: Action, start: int) -> int:
    """Both arms overhead, back arched, perhaps leaning to one side and the other."""
    rng = t.rng
    up, hold = 15 * a.pace, rng.uniform(8, 22)
    n = int(2 * up + hold) + 2
    on = keys([0, up, up + hold, n - 1], [0, 1, 1, 0], n)
    for side in (0, 1):
        p = np.array((rng.uniform(2.8, 3.05), rng.uniform(0.5, 1.3), rng.uniform(0.1, 0.5), rng.uniform(0.0, 0.6)))
        layer(
            t,
            start,
            side,
            [0, up, up + hold, n - 1.0],
            np.array([(0.3, 0.9, 0.6, 0.0), p, p, (0.3, 1.1, 0.4, 0.0)]),
            up * 0.6,
            up * 0.6,
        )
    t.add(tl.SPINE_PITCH, start, -rng.uniform(0.1, 0.22) * on)
    t.add(tl.HEAD_PITCH, start, -rng.uniform(0.1, 0.35) * on)
    t.add(tl.DY, start, 0.01 * on)
    if rng.random() < 0.5:
        f = np.arange(n) - up
        t.add(
            tl.SPINE_ROLL, start, rng.uniform(0.2, 0.4) * on * np.sin(2 * np.pi * f / (hold + up)) * rng.choice((-1, 1))
        )
    return n
