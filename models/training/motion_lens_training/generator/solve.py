"""From a timeline to joints: feet between their stances, pelvis within reach, trunk, legs and arms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import timeline as tl
from .curves import Array, hold_max, smooth, soft
from .skeleton import LEG_LENGTH, Body
from .timeline import Timeline

#: How far above the floor a joint lies when the body rests on it, metres.
_FLESH = np.array([0.09, 0.08, 0.08, 0.08, 0.06, 0.06, 0.08, 0.04, 0.04, 0.08, 0.0, 0.0, 0.07, 0.07, 0.07, 0.1, 0.07, 0.07, 0.05,
                   0.05, 0.03, 0.03])  # fmt: skip


def rot_x(a: Array) -> Array:
    """(T,) -> (T, 3, 3) rotations that lean forward."""
    c, s, o, i = np.cos(a), np.sin(a), np.zeros_like(a), np.ones_like(a)
    return np.stack([i, o, o, o, c, -s, o, s, c], axis=-1).reshape(-1, 3, 3)


def rot_y(a: Array) -> Array:
    """(T,) -> (T, 3, 3) rotations that turn to the left."""
    c, s, o, i = np.cos(a), np.sin(a), np.zeros_like(a), np.ones_like(a)
    return np.stack([c, o, s, o, i, o, -s, o, c], axis=-1).reshape(-1, 3, 3)


def rot_z(a: Array) -> Array:
    """(T,) -> (T, 3, 3) rotations that lift the left side."""
    c, s, o, i = np.cos(a), np.sin(a), np.zeros_like(a), np.ones_like(a)
    return np.stack([c, -s, o, s, c, o, o, o, i], axis=-1).reshape(-1, 3, 3)


def apply(r: Array, v: Array) -> Array:
    """Rotates (3,) or (T, 3) vectors by (T, 3, 3)."""
    out: Array = r @ v if v.ndim == 1 else np.einsum("tij,tj->ti", r, v)
    return out


def apply_back(r: Array, v: Array) -> Array:
    """World (T, 3) vectors in the frame of (T, 3, 3)."""
    out: Array = np.einsum("tji,tj->ti", r, v)
    return out


def unit(v: Array) -> Array:
    """(T, 3) vectors at length 1."""
    length: Array = np.sqrt((v * v).sum(-1, keepdims=True))
    return v / np.maximum(length, 1e-9)


def cross(a: Array, b: Array) -> Array:
    """Cross product of (T, 3) vectors (np.cross is slow on small arrays)."""
    return np.stack(
        [
            a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1],
            a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2],
            a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0],
        ],
        axis=1,
    )


def limb(
    elevation: Array, azimuth: Array, bend: Array, turn: Array, sign: float, backward: bool
) -> tuple[Array, Array]:
    """Directions of the upper and lower segment of a limb, in the frame it hangs from.

    Elevation: 0 hanging, pi/2 level, pi straight up, towards azimuth (0 forward, pi/2 out to the
    side). Bend: 0 straight; the lower segment folds forward (arms) or backward (legs), turned about
    the upper one by `turn` (positive: outwards). sign: +1 left, -1 right. All (T,); results (T, 3).
    """
    se, ce, sa, ca = np.sin(elevation), np.cos(elevation), np.sin(azimuth), np.cos(azimuth)
    upper = np.stack([se * sa, -ce, se * ca], axis=1)
    # Images of "forward" and "out" under the swing that takes hanging to `upper`.
    fwd = np.stack([ca * ce * sa - ca * sa, ca * se, ca * ce * ca + sa * sa], axis=1)
    out = np.stack([sa * ce * sa + ca * ca, sa * se, sa * ce * ca - sa * ca], axis=1)
    fold = fwd * np.cos(turn)[:, None] + out * np.sin(turn)[:, None]
    if backward:
        fold = -fold
    lower = upper * np.cos(bend)[:, None] + fold * np.sin(bend)[:, None]
    if sign < 0:
        upper, lower = upper * (-1.0, 1.0, 1.0), lower * (-1.0, 1.0, 1.0)
    return upper, lower


def feet(timeline: Timeline, body: Body, side: int, n: int) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Track of one foot: ball of the foot (n, 3), yaw (n,), slope of the foot (n,), planted (n,) bool."""
    rest = float(np.arcsin(min(body.ankle_height / body.foot, 0.95)))
    frames = np.arange(n, dtype=np.float64)
    ball = np.zeros((n, 3))
    yaw = np.zeros(n)
    slope = np.zeros(n)  # against rest; positive: heel up
    planted = np.zeros(n, dtype=bool)
    stances = timeline.stances[side]
    for k, s in enumerate(stances):
        nxt = stances[k + 1] if k + 1 < len(stances) else None
        end = n + 1.0 if s.end is None else s.end
        a, b = max(int(np.ceil(s.start)), 0), min(int(np.floor(end)) + 1, n)
        if k == 0:
            a = 0
        if b > a:
            ball[a:b] = (s.x, s.y, s.z)
            yaw[a:b] = s.yaw
            planted[a:b] = True
            f = frames[a:b]
            if k > 0:
                strike = stances[k - 1].strike
                settle = min(3.0, max(0.3 * (end - s.start), 1.0))
                slope[a:b] += strike * (1.0 - soft((f - s.start) / settle))
            if nxt is not None:
                roll = min(6.0, 0.45 * (end - s.start))
                slope[a:b] += s.push * soft((f - (end - roll)) / max(roll, 1e-6)) * 0.7
        if nxt is not None:
            a, b = max(int(np.floor(end)) + 1, 0), min(int(np.ceil(nxt.start)), n)
            if b > a:
                u = (frames[a:b] - end) / max(nxt.start - end, 1e-6)
                m = soft(u)
                ball[a:b, 0] = s.x + (nxt.x - s.x) * m
                ball[a:b, 2] = s.z + (nxt.z - s.z) * m
                arch = 4.0 * u * (1.0 - u)
                # Up a stair the foot rises early, down it sinks late.
                climb = soft(u * 1.7) if nxt.y > s.y else soft(1.7 * u - 0.7)
                ball[a:b, 1] = s.y + (nxt.y - s.y) * climb + s.clearance * arch + s.kick_back * np.sin(np.pi * u**0.75) ** 2
                yaw[a:b] = s.yaw + (nxt.yaw - s.yaw) * m
                early = s.push * (0.7 + 0.5 * soft(u / 0.2)) * (1.0 - soft((u - 0.15) / 0.6))
                slope[a:b] += early + s.strike * soft((u - 0.45) / 0.45)
    slope += timeline.ch[:n, tl.HEEL + side]
    total = np.clip(rest + slope, -0.5, 1.45)
    # A toe-up foot stands on its heel: the ankle keeps its height, the ball rises.
    toe_up = np.maximum(body.foot * (np.sin(rest) - np.sin(total)), 0.0)
    ball[:, 1] += toe_up + timeline.ch[:n, tl.FLY] + timeline.ch[:n, tl.TUCK + side]
    planted &= timeline.ch[:n, tl.AIR + 5 * side] < 0.003
    planted &= timeline.ch[:n, tl.FLY] < 0.005
    return ball, yaw, total, planted


def leg(
    hip: Array, rp: Array, ankle: Array, body: Body, foot_turn: Array, sign: float
) -> tuple[Array, Array, Array, Array]:
    """Knee and ankle (T, 3) of a leg whose ankle should be at `ankle`; also shank direction and knee hinge."""
    v = ankle - hip
    d = np.sqrt((v * v).sum(1))
    q_world = v / np.maximum(d, 1e-6)[:, None]
    d = np.clip(d, 0.2, 0.9995 * LEG_LENGTH)
    q = apply_back(rp, q_world)
    c = np.maximum(1.0 - q[:, 1], 0.15)
    hinge = np.stack([1.0 - q[:, 0] ** 2 / c, q[:, 0], -q[:, 0] * q[:, 2] / c], axis=1)
    hinge = unit(hinge - q * (hinge * q).sum(1, keepdims=True))
    # Knees outwards: turn the hinge about the leg (which points down, hence the sign).
    a = -foot_turn[:, None]
    hinge = hinge * np.cos(a) + cross(q, hinge) * np.sin(a)
    hinge = apply(rp, hinge)
    fold = cross(q_world, hinge)
    along = (body.thigh**2 - body.shank**2 + d * d) / (2.0 * d)
    off = np.sqrt(np.maximum(body.thigh**2 - along**2, 1e-10))
    knee = hip + q_world * along[:, None] + fold * off[:, None]
    end = hip + q_world * d[:, None]
    return knee, end, unit(end - knee), hinge


def solve(timeline: Timeline, body: Body, arm_angles: tuple[Array, Array], n: int) -> tuple[Array, NDArray[np.bool_]]:
    """Joints (n, 22, 3) of frames 0 .. n-1, metres, and planted (n, 2) bool for the left and right foot."""
    ch = timeline.ch[:n]
    root = rot_y(ch[:, tl.YAW])
    pitch, roll = ch[:, tl.PELVIS_PITCH] + ch[:, tl.TUMBLE_PITCH], ch[:, tl.PELVIS_ROLL] + ch[:, tl.TUMBLE_ROLL]
    rp = rot_y(ch[:, tl.YAW] + ch[:, tl.PELVIS_YAW]) @ rot_x(pitch) @ rot_z(roll)
    pelvis = np.zeros((n, 3))
    shift = np.stack([ch[:, tl.SHIFT_LEFT], np.zeros(n), ch[:, tl.SHIFT_FWD]], axis=1)
    pelvis += apply(root, shift)
    pelvis[:, 0] += ch[:, tl.X]
    pelvis[:, 2] += ch[:, tl.Z]
    pelvis[:, 1] = body.pelvis_height + ch[:, tl.DY] + ch[:, tl.FLY] + ch[:, tl.RISE]

    hips: list[Array] = []
    ankles: list[Array] = []
    toes: list[Array] = []
    yaws: list[Array] = []
    planted: list[NDArray[np.bool_]] = []
    air: list[Array] = []
    lower = np.zeros(n)
    for side, sign in ((0, 1.0), (1, -1.0)):
        ball, yaw, slope, on = feet(timeline, body, side, n)
        fwd = np.stack([np.sin(yaw), np.zeros(n), np.cos(yaw)], axis=1)
        toe_dir = fwd * np.cos(slope)[:, None]
        toe_dir[:, 1] = -np.sin(slope)
        ankle = ball - toe_dir * body.foot
        hip = apply(rp, body.hip * (sign, 1.0, 1.0))
        w = ch[:, tl.AIR + 5 * side]
        d = ankle - (pelvis + hip)
        flat = d[:, 0] ** 2 + d[:, 2] ** 2
        reach = np.sqrt(np.maximum((0.998 * LEG_LENGTH) ** 2 - flat, 0.09))
        lower = np.maximum(lower, np.where(w < 0.02, -d[:, 1] - reach, 0.0))
        hips.append(hip)
        ankles.append(ankle)
        yaws.append(yaw)
        toes.append(toe_dir)
        planted.append(on)
        air.append(w)
    if lower.max() > 0.0:
        pelvis[:, 1] -= smooth(hold_max(lower, 4), 1.4)

    j = np.zeros((n, 22, 3))
    j[:, 0] = pelvis
    for side, sign in ((0, 1.0), (1, -1.0)):
        hip = pelvis + hips[side]
        ankle = ankles[side]
        w = air[side]
        knee_turn = ch[:, tl.KNEE_OUT + side] + 0.5 * sign * _wrap(yaws[side] - ch[:, tl.YAW] - ch[:, tl.PELVIS_YAW])
        if w.max() > 0.0:
            a = tl.AIR + 5 * side
            thigh, shank = limb(ch[:, a + 1], ch[:, a + 2], ch[:, a + 3], np.zeros(n), sign, True)
            led = hip + apply(rp, thigh * body.thigh + shank * body.shank)
            ankle = ankle + (led - ankle) * w[:, None]
            knee_turn = knee_turn * (1.0 - w) + ch[:, tl.LEG_OUT + side] * w
        knee, ankle, shank, hinge = leg(hip, rp, ankle, body, sign * knee_turn, sign)
        toe = toes[side]
        if w.max() > 0.0:
            stretch = ch[:, tl.AIR + 5 * side + 4][:, None]
            free = cross(shank, hinge) * np.cos(stretch) + shank * np.sin(stretch)
            toe = unit(toe + (free - toe) * w[:, None])
        j[:, 1 + side], j[:, 4 + side], j[:, 7 + side] = hip, knee, ankle
        j[:, 10 + side] = ankle + toe * body.foot

    third = ch[:, tl.SPINE_PITCH : tl.SPINE_YAW + 1] / 3.0
    bend = rot_y(third[:, 2]) @ rot_x(third[:, 0]) @ rot_z(third[:, 1])
    r1 = rp @ bend
    r2 = r1 @ bend
    chest = r2 @ bend
    head = chest @ rot_y(ch[:, tl.HEAD_YAW]) @ rot_x(ch[:, tl.HEAD_PITCH]) @ rot_z(ch[:, tl.HEAD_ROLL])
    half = chest @ rot_x(0.35 * ch[:, tl.HEAD_PITCH]) @ rot_z(0.35 * ch[:, tl.HEAD_ROLL])
    j[:, 3] = pelvis + apply(rp, body.spine1)
    j[:, 6] = j[:, 3] + apply(r1, body.spine2)
    j[:, 9] = j[:, 6] + apply(r2, body.spine3)
    j[:, 12] = j[:, 9] + apply(half, body.neck)
    j[:, 15] = j[:, 12] + apply(head, body.head)

    lean = ch[:, tl.PELVIS_PITCH] + ch[:, tl.SPINE_PITCH]
    for side, sign in ((0, 1.0), (1, -1.0)):
        e, a, k, r = arm_angles[side].T
        j[:, 13 + side] = j[:, 9] + apply(chest, body.collar * (sign, 1.0, 1.0))
        # The shoulder blade follows a raised arm.
        shrug = 0.55 * soft((e - 0.7) / 2.2)
        along = apply(rot_z(sign * shrug), body.shoulder * (sign, 1.0, 1.0))
        shoulder = j[:, 13 + side] + apply(chest, along)
        # A hanging arm obeys gravity more than the trunk.
        hang = chest @ rot_x(-0.7 * lean * (1.0 - soft((e - 0.2) / 0.9)))
        upper, fore = limb(e, a, np.clip(k, 0.03, 2.6), r, sign, False)
        elbow = shoulder + apply(hang, upper) * body.upper_arm
        wrist = elbow + apply(hang, fore) * body.forearm
        elbow, wrist = _hands(timeline, body, side, sign, shoulder, elbow, wrist, chest, j[:, 9], root, ch, n)
        j[:, 16 + side], j[:, 18 + side], j[:, 20 + side] = shoulder, elbow, wrist
    weight = ch[:, tl.GROUND]
    if weight.max() > 0.0:
        lowest = (j[:, :, 1] - _FLESH).min(1) - ch[:, tl.RISE]
        j[:, :, 1] -= smooth(lowest * np.clip(weight, 0.0, 1.0), 1.2)[:, None]
    return j, np.stack(planted, axis=1)


def _wrap(a: Array) -> Array:
    return (a + np.pi) % (2.0 * np.pi) - np.pi


def _hands(
    timeline: Timeline, body: Body, side: int, sign: float, shoulder: Array, elbow: Array, wrist: Array,
    chest: Array, spine3: Array, root: Array, ch: Array, n: int,
) -> tuple[Array, Array]:  # fmt: skip
    """Bends an arm so that its wrist follows the hand targets of the timeline."""
    goal = wrist
    for h in timeline.targets:
        if h.side != side:
            continue
        a, b = h.start, min(h.start + len(h.point), n)
        if b <= a:
            continue
        p = h.point[: b - a] * (sign, 1.0, 1.0)
        if h.space == "trunk":
            place = spine3[a:b] + apply(chest[a:b], p)
        else:
            place = apply(root[a:b], p)
            place[:, 0] += ch[a:b, tl.X]
            place[:, 2] += ch[a:b, tl.Z]
            place[:, 1] += ch[a:b, tl.RISE]
        if goal is wrist:
            goal = wrist.copy()
        goal[a:b] += (place - goal[a:b]) * h.weight[: b - a, None]
    if goal is wrist:
        return elbow, wrist
    v = goal - shoulder
    d = np.sqrt((v * v).sum(1))
    q = v / np.maximum(d, 1e-6)[:, None]
    l1, l2 = body.upper_arm, body.forearm
    d = np.clip(d, 0.25 * (l1 + l2), 0.999 * (l1 + l2))
    pole = elbow - shoulder
    # Mix in "down, out and back", so that the elbow of a moved hand never turns up.
    hint = apply(chest, np.array([0.25 * sign, -0.5, -0.35]))
    moved = np.minimum(np.sqrt(((goal - wrist) ** 2).sum(1)) / 0.15, 1.0)[:, None]
    pole = pole / l1 * (1.0 - 0.7 * moved) + hint * moved
    fold = unit(pole - q * (pole * q).sum(1, keepdims=True))
    along = (l1 * l1 - l2 * l2 + d * d) / (2.0 * d)
    off = np.sqrt(np.maximum(l1 * l1 - along**2, 1e-10))
    return shoulder + q * along[:, None] + fold * off[:, None], shoulder + q * d[:, None]
