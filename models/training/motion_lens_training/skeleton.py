"""Skeletons, body parts and the left/right exchange, as numbered in HumanML3D and KIT-ML."""

from __future__ import annotations

import numpy as np

JOINTS_22 = (
    "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot right_foot "
    "neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist"
).split()

#: Index of the joint on the other side, for the 22 joints.
MIRROR_22 = np.array([0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20])

#: The 14 body parts: columns of a motion image (MotionColBert, joint-angle table).
PART_NAMES = (
    "global pelvis right_hip left_hip right_knee left_knee right_ankle left_ankle lumbar neck "
    "right_shoulder left_shoulder right_elbow left_elbow"
).split()

#: Index of the part on the other side.
MIRROR_PART = np.array([0, 1, 3, 2, 5, 4, 7, 6, 8, 9, 11, 10, 13, 12])

RIGHT_ARM, LEFT_ARM = (10, 12), (11, 13)
RIGHT_LEG, LEFT_LEG = (2, 4, 6), (3, 5, 7)
TORSO = (1, 8, 9)
GLOBAL = (0,)


def mirror_joints(joints: np.ndarray) -> np.ndarray:
    """Mirror image of joints (T, 22, 3): x negated, left and right joints exchanged."""
    mirrored = joints[:, MIRROR_22].copy()
    mirrored[..., 0] *= -1
    return mirrored
