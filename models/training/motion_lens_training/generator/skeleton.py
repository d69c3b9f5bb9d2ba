"""The 22-joint HumanML3D skeleton and bodies with plausible proportions.

Frame of reference everywhere in this package: right-handed, metres, y up, floor at y = 0; a person
who faces +z has their left at +x. Time is counted in frames of 1/20 s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FPS = 20

JOINT_NAMES: tuple[str, ...] = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip

PARENTS: tuple[int, ...] = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)

#: Joint index after exchanging left and right.
MIRROR_JOINT: tuple[int, ...] = (0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20)

PART_NAMES: tuple[str, ...] = (
    "global", "pelvis", "right_hip", "left_hip", "right_knee", "left_knee", "right_ankle", "left_ankle", "lumbar",
    "neck", "right_shoulder", "left_shoulder", "right_elbow", "left_elbow",
)  # fmt: skip

#: Hip-knee-ankle length of every body, metres.
LEG_LENGTH = 0.83


@dataclass(frozen=True)
class Body:
    """Bone lengths and offsets of one person, metres. Offsets are (left, up, forward) for the left side."""

    hip: NDArray[np.float64]
    spine1: NDArray[np.float64]
    spine2: NDArray[np.float64]
    spine3: NDArray[np.float64]
    neck: NDArray[np.float64]
    head: NDArray[np.float64]
    collar: NDArray[np.float64]
    shoulder: NDArray[np.float64]
    thigh: float
    shank: float
    foot: float
    ankle_height: float
    upper_arm: float
    forearm: float
    stand: float
    """Share of the full leg length between hip and ankle when standing at ease."""

    @property
    def pelvis_height(self) -> float:
        """Height of the pelvis joint when standing at ease, metres."""
        return self.ankle_height - float(self.hip[1]) + self.stand * LEG_LENGTH


# Three kinds of rigs differ in where they put hips, collars and neck; a body is a random mixture of
# them. Rows: values of one rig. Columns: hip xyz, spine1 yz, spine2 yz, spine3 yz, neck yz, head yz,
# collar xyz, shoulder xyz, thigh, foot, ankle height, upper arm, forearm.
_RIGS = np.array(
    [
        [0.068, -0.024, 0.000, 0.113, -0.008, 0.141, -0.008, 0.056, 0.000, 0.113, 0.000, 0.068, 0.008,
         0.052, 0.077, -0.003, 0.052, 0.004, -0.016, 0.405, 0.122, 0.076, 0.252, 0.232],
        [0.092, -0.098, 0.006, 0.114, 0.004, 0.114, 0.010, 0.067, 0.008, 0.135, 0.014, 0.116, 0.020,
         0.082, 0.072, 0.006, 0.098, 0.032, 0.002, 0.398, 0.124, 0.045, 0.290, 0.272],
        [0.062, -0.086, -0.008, 0.112, -0.024, 0.132, 0.002, 0.054, 0.020, 0.205, -0.030, 0.095, 0.045,
         0.076, 0.115, -0.022, 0.108, 0.038, -0.010, 0.392, 0.134, 0.062, 0.258, 0.250],
    ]
)  # fmt: skip


def sample_body(rng: np.random.Generator) -> Body:
    """Draws a person. Hip-knee-ankle is always LEG_LENGTH; left and right are alike."""
    mix = rng.dirichlet((0.7, 0.7, 0.7))
    values = mix @ _RIGS
    values = values * (1.0 + 0.035 * rng.standard_normal(values.shape))

    def flat(i: int) -> NDArray[np.float64]:
        return np.array([0.0, values[i], values[i + 1]])

    thigh = float(np.clip(values[19], 0.37, 0.43))
    return Body(
        hip=values[0:3].copy(),
        spine1=flat(3),
        spine2=flat(5),
        spine3=flat(7),
        neck=flat(9),
        head=flat(11),
        collar=values[13:16].copy(),
        shoulder=values[16:19].copy(),
        thigh=thigh,
        shank=LEG_LENGTH - thigh,
        foot=float(values[20]),
        ankle_height=float(np.clip(values[21], 0.035, 0.085)),
        upper_arm=float(values[22]),
        forearm=float(values[23]),
        stand=float(rng.uniform(0.975, 0.994)),
    )
