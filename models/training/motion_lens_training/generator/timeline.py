"""The score sheet of one motion: what the body is asked to do in every frame, before joints are solved.

Actions add to the channels; feet are written as stances (planted intervals); arm actions are layers
over an idle or swinging base. `solve.py` turns a finished timeline into joints.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .curves import Array

CAPACITY = 700

# Channels; angles in radians, lengths in metres. "Left" components are positive to the person's left.
X, Z, YAW = 0, 1, 2  # root on the floor (world), heading (positive: turned to the left)
DY, SHIFT_LEFT, SHIFT_FWD = 3, 4, 5  # pelvis against its standing place, in the heading frame
PELVIS_PITCH, PELVIS_ROLL, PELVIS_YAW = 6, 7, 8  # pitch: forward; roll: left side up; yaw: to the left
SPINE_PITCH, SPINE_ROLL, SPINE_YAW = 9, 10, 11  # bend forward, bend to the right, twist to the left (head alike)
HEAD_PITCH, HEAD_ROLL, HEAD_YAW = 12, 13, 14
KNEE_OUT = 15  # 15 left, 16 right: knees turned outwards
HEEL = 17  # 17 left, 18 right: extra heel rise of a planted foot
AIR = 19  # 19.. left, 24.. right: weight, elevation, azimuth, knee bend, ankle stretch of a leg led from the hip
FLY = 29  # height of the flight of a jump; lifts pelvis and both feet
TUCK = 30  # 30 left, 31 right: extra foot lift (ankle kept level)
TUMBLE_PITCH, TUMBLE_ROLL = 32, 33  # the whole body turned over: forward, left side up (unbounded)
GROUND = 34  # weight of lowering or raising the whole body until its lowest joint rests on the floor
RISE = 35  # height of the floor under the pelvis (stairs)
LEG_OUT = 36  # 36 left, 37 right: knee of a leg in the air turned outwards
CHANNELS = 38

ARM_ELEVATION, ARM_AZIMUTH, ARM_BEND, ARM_TURN = 0, 1, 2, 3

SIDES: tuple[str, str] = ("left", "right")


def side_index(side: str) -> int:
    """0 for left, 1 for right."""
    return 0 if side == "left" else 1


@dataclass
class Stance:
    """A planted foot: from frame `start` until it is lifted at `end` (open when None)."""

    start: float
    end: float | None
    x: float
    z: float
    yaw: float
    # How the foot travels to its next stance.
    clearance: float = 0.05
    push: float = 0.75  # heel-up angle at lift-off, rad
    strike: float = -0.25  # toe-up angle at landing, rad
    kick_back: float = 0.0  # heel pulled up behind in early swing, metres
    y: float = 0.0  # height of the floor under it, metres


@dataclass
class ArmLayer:
    """Arm angles of one side for frames start .. start+n, blended over what is below by `weight`."""

    start: int
    side: int
    angles: Array  # (n, 4) elevation, azimuth, bend, turn
    weight: Array  # (n,)
    wrap: bool = False


@dataclass
class HandTarget:
    """A place for a wrist. `space` trunk: from the upper chest; floor: from the root, heading frame, y from the floor."""

    start: int
    side: int
    point: Array  # (n, 3) out (to the hand's own side), up, forward; metres
    weight: Array  # (n,)
    space: str


@dataclass
class Timeline:
    """A motion being written. `t` is the next free frame."""

    rng: np.random.Generator
    stance_width: float
    ch: Array = field(default_factory=lambda: np.zeros((CAPACITY, CHANNELS)))
    t: int = 0
    stances: tuple[list[Stance], list[Stance]] = field(default_factory=lambda: ([], []))
    arms: list[ArmLayer] = field(default_factory=list)
    swing: list[ArmLayer] = field(default_factory=list)
    targets: list[HandTarget] = field(default_factory=list)
    posture: str = "stand"
    crop_start: int = 0
    crop_end: int | None = None
    toe_out: tuple[float, float] = (0.12, 0.12)
    seat: tuple[float, float] = (0.4, 0.33)  # how far below and behind the standing pelvis a seat is, metres
    seat_slump: float = 0.0
    floor: float = 0.0  # height of the floor that feet are planted on from now on

    def root(self) -> tuple[float, float, float]:
        """Place and heading of the root at the end of what is written: x, z, yaw."""
        i = max(self.t - 1, 0)
        return float(self.ch[i, X]), float(self.ch[i, Z]), float(self.ch[i, YAW])

    def hold_root(self, x: float, z: float, yaw: float, start: int) -> None:
        """Keeps the root where it is from `start` to the end of the sheet."""
        self.ch[start:, X] = x
        self.ch[start:, Z] = z
        self.ch[start:, YAW] = yaw

    def add(self, channel: int, start: int, curve: Array, keep: bool = False) -> None:
        """Adds a curve to a channel; `keep` holds its last value until the end of the sheet."""
        end = start + len(curve)
        self.ch[start:end, channel] += curve
        if keep:
            self.ch[end:, channel] += curve[-1]

    def foot_place(
        self, side: int, x: float, z: float, yaw: float, ahead: float = 0.0, wide: float = 1.0
    ) -> tuple[float, float, float]:
        """Where a foot stands beside a root at x, z, yaw: x, z, yaw of the ball of the foot."""
        out = self.stance_width * wide * (1.0 if side == 0 else -1.0)
        fwd = 0.07 + ahead
        c, s = np.cos(yaw), np.sin(yaw)
        turn = self.toe_out[side] * (1.0 if side == 0 else -1.0)
        return x + out * c + fwd * s, z - out * s + fwd * c, yaw + turn

    def lift(self, side: int, frame: float, **style: float) -> float:
        """Ends the current stance of a foot; returns the frame of the lift."""
        stance = self.stances[side][-1]
        end = max(frame, stance.start + 0.5)
        stance.end = end
        for name, value in style.items():
            setattr(stance, name, value)
        return end

    def plant(self, side: int, frame: float, place: tuple[float, float, float]) -> None:
        """Starts a stance of a foot."""
        self.stances[side].append(Stance(frame, None, *place, y=self.floor))

    def step(self, side: int, lift: float, land: float, place: tuple[float, float, float], **style: float) -> None:
        """One step of one foot."""
        self.lift(side, lift, **style)
        self.plant(side, land, place)
