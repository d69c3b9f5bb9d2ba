"""What the body does when nobody asked it to: posture, sway, arms at rest, small fidgets."""

from __future__ import annotations

import numpy as np

from . import timeline as tl
from .curves import Array, ease, smooth, wander
from .timeline import Timeline

# Resting arm poses: elevation, azimuth, bend, turn (rad), spread of each, chance.
_REST: tuple[tuple[str, tuple[float, ...], tuple[float, ...], float], ...] = (
    ("hang", (0.27, 1.4, 0.25, -0.1), (0.12, 0.25, 0.12, 0.3), 0.44),
    ("loose", (0.3, 1.1, 0.6, -0.25), (0.13, 0.4, 0.25, 0.3), 0.2),
    ("hip", (0.75, 1.75, 1.75, -1.05), (0.06, 0.08, 0.1, 0.1), 0.08),
    ("belly", (0.3, 0.7, 1.5, -0.95), (0.08, 0.3, 0.2, 0.15), 0.08),
    ("ready", (0.4, 0.7, 1.6, -0.35), (0.12, 0.3, 0.25, 0.2), 0.08),
    ("back", (-0.35, 0.2, 0.6, -0.9), (0.08, 0.15, 0.15, 0.2), 0.05),
    ("chest", (0.55, 0.45, 2.05, -0.7), (0.12, 0.25, 0.15, 0.2), 0.04),
    ("out", (0.5, 1.5, 0.35, 0.0), (0.15, 0.2, 0.15, 0.2), 0.03),
)
_CHANCE = np.array([r[3] for r in _REST])
_CHANCE = _CHANCE / _CHANCE.sum()


def rest_pose(rng: np.random.Generator, style: str | None) -> Array:
    """A resting pose of one arm, (4,)."""
    i = int(rng.choice(len(_REST), p=_CHANCE))
    if style == "tired" and rng.random() < 0.6:
        i = 0
    _, mean, spread, _ = _REST[i]
    return np.array(mean) + np.array(spread) * rng.standard_normal(4)


def idle_arms(t: Timeline, n: int, style: str | None) -> tuple[Array, Array]:
    """Resting arms of both sides over n frames, (n, 4) each; both are drawn independently."""
    rng = t.rng
    out = []
    for _ in (0, 1):
        base = np.repeat(rest_pose(rng, style)[None], n, axis=0)
        f = np.arange(n, dtype=np.float64)
        changes = int(rng.random() < 0.35) + int(rng.random() < 0.2)
        for _ in range(changes):
            at, over = rng.uniform(0, n), rng.uniform(9, 18)
            base += (rest_pose(rng, style) - base) * ease((f - at) / over)[:, None]
        if rng.random() < 0.25:  # a fidget: the hand comes up a little and goes down again
            at, long = rng.uniform(0, n), rng.uniform(10, 22)
            there = np.array(
                (rng.uniform(0.1, 0.6), rng.uniform(0.2, 1.2), rng.uniform(0.9, 1.9), rng.uniform(-0.9, 0.1))
            )
            w = ease((f - at) / 9) * (1 - ease((f - at - long) / 10))
            base += (there - base) * w[:, None]
        base += wander(rng, n, (0.02, 0.03, 0.035, 0.03), 0.1, 0.8)
        out.append(base)
    return out[0], out[1]


def arms(t: Timeline, n: int, style: str | None) -> tuple[Array, Array]:
    """All layers of both arms on top of one another, (n, 4) each."""
    rng = t.rng
    result = list(idle_arms(t, n, style))
    keep = [rng.random() < 0.12 for _ in (0, 1)]  # an arm that stays at rest while walking
    for layers, scale in ((t.swing, None), (t.arms, 1.0)):
        for item in layers:
            a, b = item.start, min(item.start + len(item.angles), n)
            if b <= a:
                continue
            w = item.weight[: b - a, None]
            if scale is None and keep[item.side]:
                w = w * 0.25
            gap = item.angles[: b - a] - result[item.side][a:b]
            if item.wrap:
                gap[:, 0] = (gap[:, 0] + np.pi) % (2 * np.pi) - np.pi
            result[item.side][a:b] += w * gap
    for side in (0, 1):
        if not any(item.wrap and item.side == side for item in t.arms):
            result[side] = smooth(result[side], 0.8)
        result[side][:, tl.ARM_BEND] = np.clip(result[side][:, tl.ARM_BEND], 0.03, 2.55)
    return result[0], result[1]


def posture(t: Timeline, n: int, style: str | None) -> None:
    """Posture of the person, slow sway, breathing and a trace of sensor noise."""
    rng = t.rng
    sl = slice(0, n)
    t.ch[sl, tl.SPINE_PITCH] += rng.normal(0.05, 0.05)
    t.ch[sl, tl.PELVIS_PITCH] += rng.normal(0.03, 0.04)
    t.ch[sl, tl.HEAD_PITCH] += rng.normal(-0.1, 0.11)
    t.ch[sl, tl.SPINE_ROLL] += rng.normal(0.0, 0.035)
    t.ch[sl, tl.SPINE_YAW] += rng.normal(0.0, 0.05)
    t.ch[sl, tl.PELVIS_ROLL] += rng.normal(0.0, 0.025)
    t.ch[sl, tl.PELVIS_YAW] += rng.normal(0.0, 0.03)
    t.ch[sl, tl.SHIFT_LEFT] += rng.normal(0.0, 0.008)
    if style == "tired":
        droop = rng.uniform(0.6, 1.3)
        t.ch[sl, tl.SPINE_PITCH] += 0.24 * droop
        t.ch[sl, tl.PELVIS_PITCH] += 0.06 * droop
        t.ch[sl, tl.HEAD_PITCH] += 0.22 * droop
        t.ch[sl, tl.DY] -= 0.02 * droop
    elif style == "energetic":
        t.ch[sl, tl.SPINE_PITCH] -= 0.03
        t.ch[sl, tl.HEAD_PITCH] -= 0.05
    slow = wander(rng, n, (0.008, 0.006, 0.008, 0.014, 0.016, 0.018, 0.012, 0.024, 0.03, 0.03, 0.05), 0.08, 0.45)
    for k, c in enumerate((tl.SHIFT_LEFT, tl.SHIFT_FWD, tl.PELVIS_PITCH, tl.PELVIS_ROLL, tl.PELVIS_YAW, tl.SPINE_ROLL,
                           tl.SPINE_PITCH, tl.SPINE_YAW, tl.HEAD_PITCH, tl.HEAD_ROLL, tl.HEAD_YAW)):  # fmt: skip
        t.ch[sl, c] += slow[:, k]
    fine = smooth(rng.standard_normal((n, 8)), 1.4) * (0.0022, 0.0022, 0.0022, 0.006, 0.006, 0.006, 0.008, 0.008)
    for k, c in enumerate(
        (tl.SHIFT_LEFT, tl.SHIFT_FWD, tl.DY, tl.SPINE_PITCH, tl.SPINE_ROLL, tl.SPINE_YAW, tl.HEAD_PITCH, tl.HEAD_YAW)
    ):
        t.ch[sl, c] += fine[:, k]
    breath = 0.008 * np.sin(2 * np.pi * (np.arange(n) / rng.uniform(55, 85) + rng.random()))
    t.ch[sl, tl.SPINE_PITCH] += breath


def shuffle(t: Timeline, start: int, end: int) -> None:
    """Small unasked changes of stance while the arms act: a foot is set a little aside, the weight goes over."""
    rng = t.rng
    if end - start < 24 or rng.random() < 0.55:
        return
    side = int(rng.integers(2))
    at = float(rng.uniform(start + 5, end - 14))
    last = t.stances[side][-1]
    if last.end is not None or last.start > at:
        return
    dx, dz = rng.normal(0.0, 0.04), rng.normal(0.0, 0.06)
    dx += 0.02 if (side == 0) == (dx > 0) else 0.0
    c, s = np.cos(last.yaw), np.sin(last.yaw)
    place = (last.x + dx * c + dz * s, last.z - dx * s + dz * c, last.yaw + rng.normal(0.0, 0.12))
    t.step(side, at, at + rng.uniform(6, 9), place, clearance=rng.uniform(0.02, 0.045), push=0.3, strike=-0.03)
    n = 22
    hump = np.sin(np.pi * np.arange(n) / (n - 1)) ** 2
    t.add(tl.SHIFT_LEFT, max(int(at) - 8, 0), (-0.035 if side == 0 else 0.035) * hump)
