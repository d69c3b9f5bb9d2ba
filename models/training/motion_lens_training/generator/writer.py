"""Writes one action into a timeline as if its named side were the left; the other side is the mirror image.

Times are nominal frames from the start of the action; the writer stretches them by the pace of the action.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from . import timeline as tl
from .curves import Array, ease, keys
from .script import Action
from .timeline import ArmLayer, HandTarget, Timeline, side_index

_LATERAL = {
    tl.SHIFT_LEFT, tl.PELVIS_ROLL, tl.PELVIS_YAW, tl.SPINE_ROLL, tl.SPINE_YAW, tl.HEAD_ROLL, tl.HEAD_YAW, tl.TUMBLE_ROLL,
}  # fmt: skip
_PER_SIDE = {tl.KNEE_OUT, tl.HEEL, tl.TUCK, tl.LEG_OUT}

Row = tuple[float, float, float, float]
Air = tuple[float, float, float, float]
Point = tuple[float, float, float]


class Writer:
    """near: the named side (a random one if none is named), far: the other; 0 left, 1 right."""

    def __init__(self, t: Timeline, a: Action, start: int, stretch: float | None = None) -> None:
        self.t, self.a, self.start, self.rng = t, a, start, t.rng
        self.near = side_index(a.side) if a.side else int(t.rng.integers(2))
        self.far = 1 - self.near
        self.s = 1.0 if self.near == 0 else -1.0
        self.k = a.pace * float(t.rng.uniform(0.9, 1.15)) if stretch is None else stretch
        self.x, self.z, self.yaw = t.root()
        self.reached = (0.0, 0.0, 0.0)

    def frames(self, times: Sequence[float]) -> list[float]:
        return [x * self.k for x in times]

    def length(self, nominal: float) -> int:
        return round(nominal * self.k) + 2

    def body(self, channel: int, times: Sequence[float], values: Sequence[float], spread: float = 0.08) -> None:
        """Adds key values to a channel, all scaled by about 1."""
        at = self.frames(times)
        n = round(at[-1]) + 1
        sign = self.s if channel in _LATERAL else 1.0
        gain = sign * (1.0 + spread * float(np.clip(self.rng.standard_normal(), -2, 2)))
        self.t.add(channel, self.start, gain * keys(at, values, n), keep=abs(values[-1]) > 0.0)

    def both(self, channel: int, times: Sequence[float], values: Sequence[float]) -> None:
        """A channel that each leg has (KNEE_OUT, HEEL, TUCK), for both."""
        at = self.frames(times)
        for side in (0, 1):
            self.t.add(channel + side, self.start, keys(at, values, round(at[-1]) + 1))

    def heel(self, which: int, times: Sequence[float], values: Sequence[float]) -> None:
        at = self.frames(times)
        self.t.add(tl.HEEL + which, self.start, keys(at, values, round(at[-1]) + 1))

    def _weight(self, n: int, fade_in: float, fade_out: float) -> Array:
        f = np.arange(n, dtype=np.float64)
        w = ease(f / max(fade_in, 1.0))
        return w * (1.0 - ease((f - (n - 1 - fade_out)) / fade_out)) if fade_out > 0 else w

    def arm(
        self, which: int, times: Sequence[float], poses: Sequence[Row], fade_in: float = 6, fade_out: float = 7,
        noise: float = 0.05, wrap: bool = False,
    ) -> None:  # fmt: skip
        """Arm angles (elevation, azimuth, bend, turn) at the key times."""
        at = self.frames(times)
        n = round(at[-1]) + 1
        p = np.array(poses) + noise * self.rng.standard_normal(4)
        curve = keys(at, p, n)
        weight = self._weight(n, fade_in, fade_out)
        if fade_out <= 0:  # stays so to the end of the sheet
            more = 420
            curve = np.concatenate([curve, np.repeat(curve[-1:], more, axis=0)])
            weight = np.concatenate([weight, np.ones(more)])
        self.t.arms.append(ArmLayer(self.start, which, curve, weight, wrap))

    def arms(self, times: Sequence[float], poses: Sequence[Row], fade_in: float = 6, fade_out: float = 7) -> None:
        for side in (0, 1):
            self.arm(side, times, poses, fade_in, fade_out)

    def hand(
        self, which: int, times: Sequence[float], points: Sequence[Point], fade_in: float = 7, fade_out: float = 8,
        space: str = "trunk", elbow: Row = (0.5, 0.6, 1.5, -0.2), noise: float = 0.012,
    ) -> None:  # fmt: skip
        """Places of the wrist (out to its own side, up, forward) at the key times."""
        at = self.frames(times)
        n = round(at[-1]) + 1
        p = np.array(points) + noise * self.rng.standard_normal(3)
        self.arm(which, times, [elbow] * len(times), fade_in, fade_out, 0.03)
        self.t.targets.append(HandTarget(self.start, which, keys(at, p, n), self._weight(n, fade_in, fade_out), space))

    def leg(
        self, which: int, times: Sequence[float], rows: Sequence[Air], fade_in: float = 5, fade_out: float = 5, begin: float = 0
    ) -> None:
        """A leg led from the hip: elevation, azimuth, knee bend, ankle stretch; `begin`: nominal time of leaving the floor."""
        at = self.frames(times)
        n = round(at[-1]) + 1
        c = tl.AIR + 5 * which
        f = np.arange(n, dtype=np.float64) - begin * self.k
        w = ease(f / max(fade_in, 1.0))
        if fade_out > 0:
            w = w * (1.0 - ease((f - (n - 1 - begin * self.k - fade_out)) / fade_out))
        part = slice(self.start, self.start + n)
        values = keys(at, np.array(rows), n)
        if fade_out <= 0:
            self.t.ch[self.start + n :, c] = w[-1]
            self.t.ch[self.start + n :, c + 1 : c + 5] = values[-1]
        self.t.ch[part, c] = w
        self.t.ch[part, c + 1 : c + 5] = values

    def one(self, channel: int, which: int, times: Sequence[float], values: Sequence[float]) -> None:
        """A channel that each leg has, for one leg."""
        at = self.frames(times)
        self.t.add(channel + which, self.start, keys(at, values, round(at[-1]) + 1))

    def fly(self, begin: float, end: float, height: float) -> None:
        """A flight between two nominal times."""
        a, b = begin * self.k, end * self.k
        u = np.clip((np.arange(round(b) + 2) - a) / max(b - a, 1.0), 0.0, 1.0)
        self.t.add(tl.FLY, self.start, 4.0 * height * u * (1.0 - u))

    def leap(self, which: int, off: float, on: float, left: float = 0.0, forward: float = 0.0, turn: float = 0.0, wide: float = 1.0) -> None:
        """A foot leaves the floor and lands with a flight."""
        self.step(which, off, on, left, forward, turn, wide=wide, clearance=0.0, push=0.0, strike=0.0)

    def support(self, up: int, times: Sequence[float], on: Sequence[float]) -> None:
        """Moves the pelvis over the standing leg while the leg `up` is in the air."""
        at = self.frames(times)
        curve = keys(at, on, round(at[-1]) + 1)
        s = 1.0 if up == 0 else -1.0
        self.t.add(tl.SHIFT_LEFT, self.start, -s * self.t.stance_width * 0.9 * curve)
        self.t.add(tl.PELVIS_ROLL, self.start, s * 0.05 * curve)
        self.t.add(tl.SPINE_ROLL, self.start, s * 0.06 * curve)
        self.t.add(tl.DY, self.start, -0.015 * curve)

    def place(self, which: int, left: float, forward: float, turn: float = 0.0, ahead: float = 0.0, wide: float = 1.0) -> tuple[float, float, float]:
        """Where a foot stands when the root is moved by (left, forward) of the starting heading and turned left by `turn`."""
        left, turn = left * self.s, turn * self.s
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        x, z = self.x + left * c + forward * s, self.z - left * s + forward * c
        return self.t.foot_place(which, x, z, self.yaw + turn, ahead=ahead, wide=wide)

    def step(
        self, which: int, lift: float, land: float, left: float = 0.0, forward: float = 0.0, turn: float = 0.0, ahead: float = 0.0,
        wide: float = 1.0, clearance: float = 0.05, push: float = 0.35, strike: float = -0.05,
    ) -> None:  # fmt: skip
        """A step of one foot to beside a moved root, see `place`."""
        place = self.place(which, left, forward, turn, ahead, wide)
        a = self.start + lift * self.k
        b = max(self.start + land * self.k, a + 3.0)
        self.t.step(which, a, b, place, clearance=clearance, push=push, strike=strike)

    def home(self, which: int, lift: float, land: float) -> None:
        """A step back beside the root as it stands then."""
        left, forward, turn = self.reached
        self.step(which, lift, land, left, forward, turn)

    def move(self, times: Sequence[float], left: Sequence[float], forward: Sequence[float], turn: Sequence[float] | None = None) -> None:
        """Path of the root from where it stands: to the left, forward, and turning to the left (rad)."""
        at = self.frames(times)
        n = round(at[-1]) + 1
        dl, df = keys(at, left, n) * self.s, keys(at, forward, n)
        dy = keys(at, turn, n) * self.s if turn is not None else np.zeros(n)
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        x, z, yaw = self.x + dl * c + df * s, self.z - dl * s + df * c, self.yaw + dy
        part = slice(self.start, self.start + n)
        self.t.ch[part, tl.X], self.t.ch[part, tl.Z], self.t.ch[part, tl.YAW] = x, z, yaw
        self.t.hold_root(float(x[-1]), float(z[-1]), float(yaw[-1]), self.start + n)
        self.reached = (left[-1], forward[-1], turn[-1] if turn is not None else 0.0)


@dataclass(frozen=True)
class Hand:
    """A hand going round and round: `at` (out, up, forward; metres from the upper chest) + sine and cosine amplitudes."""

    at: Point
    sin: Point = (0.0, 0.0, 0.0)
    cos: Point = (0.0, 0.0, 0.0)
    phase: float = 0.0  # share of a period
    elbow: Row = (0.5, 0.6, 1.5, -0.2)
    space: str = "trunk"


@dataclass(frozen=True)
class Gesture:
    """Something that hands do over and over, with what the trunk does meanwhile.

    near: hand of the named side, far: the other. hold: channels held at a value. sway: channel -> sine and cosine amplitude.
    """

    near: Hand | None = None
    far: Hand | None = None
    period: tuple[float, float] = (12.0, 18.0)
    cycles: tuple[int, int] = (3, 5)
    hold: dict[int, float] = field(default_factory=dict)
    sway: dict[int, tuple[float, float]] = field(default_factory=dict)
    rise: float = 10.0  # nominal frames to get there

    def __call__(self, t: Timeline, a: Action, start: int) -> int:
        """Plays it; returns the number of frames."""
        w = Writer(t, a, start)
        rng = t.rng
        period = float(rng.uniform(*self.period) * a.pace**0.7)
        cycles = a.count if a.count > 1 else int(rng.integers(self.cycles[0], self.cycles[1] + 1))
        up = float(self.rise * w.k)
        n = round(2 * up + cycles * period) + 2
        if a.frames:
            n = max(a.frames, round(2 * up) + 8)
        f = np.arange(n, dtype=np.float64)
        gate = ease((f - 0.4 * up) / (0.8 * up)) * (1.0 - ease((f - (n - 1.2 * up)) / (0.8 * up)))
        weight = ease(f / up) * (1.0 - ease((f - (n - 1 - up)) / up))
        theta = 2.0 * np.pi * (f - up) / period
        size = float(rng.uniform(0.8, 1.15)) * a.size
        # Hands whose named side carries the action alone leave the other one free.
        both = a.side is None and self.far is None
        for which, hand in ((w.near, self.near), (w.far, self.near if both else self.far)):
            if hand is None:
                continue
            th = (theta + 2.0 * np.pi * hand.phase)[:, None]
            p = np.array(hand.at) * (1.0 + 0.06 * rng.standard_normal(3)) + 0.012 * rng.standard_normal(3)
            path = p + size * gate[:, None] * (np.array(hand.sin) * np.sin(th) + np.array(hand.cos) * np.cos(th))
            t.targets.append(HandTarget(start, which, path, weight, hand.space))
            pose = np.array(hand.elbow) + 0.08 * rng.standard_normal(4)
            t.arms.append(ArmLayer(start, which, np.repeat(pose[None], n, axis=0), weight))
        for channel, value in self.hold.items():
            sign = w.s if channel in _LATERAL else 1.0
            v = sign * value * rng.uniform(0.75, 1.2) * weight
            for c in (channel, channel + 1) if channel in _PER_SIDE else (channel,):
                t.add(c, start, v)
        for channel, (si, co) in self.sway.items():
            sign = w.s if channel in _LATERAL else 1.0
            t.add(channel, start, sign * size * gate * (si * np.sin(theta) + co * np.cos(theta)))
        return n
