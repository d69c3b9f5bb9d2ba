"""HumanML3D's 263 numbers a frame, from joints and back, and MoT++'s arrangement of them as 23 rows of 12.

A row of J joints (22: 263 numbers; 21 of KIT-ML: 251) holds, in this order:

| columns (J = 22) | numbers |
|---|---|
| 0 | turning of the root until the next frame: half the yaw angle, radians |
| 1, 2 | velocity of the root in x and z, metres a frame, in the heading of the next frame |
| 3 | height of the root, metres |
| 4..66 | 3 x (J - 1) joint positions, x and z relative to the root, turned to face +z; height absolute |
| 67..192 | 6 x (J - 1) rotations: first two columns of each joint's rotation matrix relative to its parent along the chains |
| 193..258 | 3 x J velocities of the joints, metres a frame, in the heading of this frame |
| 259..262 | contacts of left ankle, left foot, right ankle, right foot |

Definition: Guo et al., "Generating Diverse and Natural 3D Human Motions from Text", CVPR 2022. Joints are (T, 22, 3), 20 frames a
second, y up; a person facing +z has the left at +x. The heading is smoothed over time, as there. T frames of joints give T - 1 rows.

The published files hold a heading of their own making: the hips are subtracted from the shoulders where they were meant to be added
(found by comparing with published vectors, which then agree to rounding). `published`, the default, does as the files do, so that
vectors, means and deviations of both makes mix; `published=False` takes the heading of hips and shoulders together.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .skeleton import MIRROR_22

SIZE = 263
ROOT = slice(0, 4)
POSITIONS = slice(4, 67)
ROTATIONS = slice(67, 193)
VELOCITIES = slice(193, 259)
CONTACTS = slice(259, 263)
BLOCKS = {"root": ROOT, "positions": POSITIONS, "rotations": ROTATIONS, "velocities": VELOCITIES, "contacts": CONTACTS}

#: Chains of joints from the root (legs, spine) and from the chest (arms); rotations run along them.
CHAINS = ((0, 2, 5, 8, 11), (0, 1, 4, 7, 10), (0, 3, 6, 9, 12, 15), (9, 14, 17, 19, 21), (9, 13, 16, 18, 20))
#: Direction of the bone that ends in each joint, in the rest pose: arms and legs hang, feet and head point ahead.
_X, _UP, _DOWN, _AHEAD = (1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1)
REST_DIRECTIONS = np.array(
    [(0, 0, 0), _X, (-1, 0, 0), _UP, _DOWN, _DOWN, _UP, _DOWN, _DOWN, _UP, _AHEAD, _AHEAD, _UP, _X, (-1, 0, 0), _AHEAD]
    + [_DOWN] * 6,
    dtype=np.float64,
)
#: Standard deviation, in frames, of the smoothing of the heading; the filter ends at four of them.
HEADING_SIGMA = 20
#: Squared movement of a foot joint, m^2 a frame, below which it counts as standing.
CONTACT_THRESHOLD = 0.002
CONTACT_JOINTS = (7, 10, 8, 11)


# -- preprocessing ------------------------------------------------------------------------------------------------


def bone_lengths(joints: np.ndarray) -> np.ndarray:
    """Length (22,) of the bone that ends in each joint in the first frame of joints (T, 22, 3); 0 for the root."""
    out = np.zeros(22)
    for chain in CHAINS:
        for parent, child in zip(chain, chain[1:], strict=False):
            out[child] = np.linalg.norm(joints[0, child] - joints[0, parent])
    return out


def with_bone_lengths(joints: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The same motion on a skeleton of other bone lengths (22,): bones keep their directions, the root's path grows with the legs."""
    legs = [5, 8]
    ratio = lengths[legs].sum() / max(bone_lengths(joints)[legs].sum(), 1e-8)
    out = np.empty(joints.shape, np.float64)
    out[:, 0] = joints[:, 0] * ratio
    for chain in CHAINS:
        for parent, child in zip(chain, chain[1:], strict=False):
            out[:, child] = out[:, parent] + _unit(joints[:, child] - joints[:, parent]) * lengths[child]
    return out


def canonical(joints: np.ndarray) -> np.ndarray:
    """Joints (T, 22, 3) with their lowest point at y = 0, the first root over the origin and the first frame facing +z."""
    p = np.array(joints, np.float64)
    p[..., 1] -= p[..., 1].min()
    p[..., [0, 2]] -= p[0, 0, [0, 2]]
    return _turned(p, -_facing(p[:1])[0])


# -- joints -> features -------------------------------------------------------------------------------------------


def features_from_joints(joints: np.ndarray, lengths: np.ndarray | None = None, published: bool = True) -> np.ndarray:
    """Features (T - 1, 263) float32 of joints (T, 22, 3) in metres at 20 frames a second.

    `lengths` (22,): bone lengths of the skeleton to bring the motion to first (`bone_lengths` of a clip of the data set). Without
    them the motion keeps its proportions and the features give its joints back.
    """
    if joints.ndim != 3 or joints.shape[1:] != (22, 3):
        raise ValueError(f"joints have shape {joints.shape}; the 263 features need (frames, 22, 3)")
    if len(joints) < 2:
        raise ValueError("the 263 features need two frames at least: each row also speaks of the next frame")
    if not np.isfinite(joints).all():
        raise ValueError("joints hold values that are not finite")
    p = np.asarray(joints, np.float64)
    p = canonical(p if lengths is None else with_bone_lengths(p, lengths))
    step = p[1:] - p[:-1]
    yaw = smooth_heading(p, published)
    # The shorter way round, so that a heading that passes the back keeps its side and the joints come back.
    half_turn = -_wrap(yaw[1:] - yaw[:-1]) / 2
    root_velocity = _turned(step[:, :1], -yaw[1:])[:, 0, [0, 2]]
    relative = p.copy()
    relative[..., [0, 2]] -= p[:, :1, [0, 2]]
    positions = _turned(relative, -yaw)
    rotations = _rotation_columns(p, yaw)
    contacts = ((step[:, CONTACT_JOINTS] ** 2).sum(-1) < CONTACT_THRESHOLD).astype(np.float64)
    n = len(p) - 1
    return np.concatenate(
        [
            half_turn[:, None],
            root_velocity,
            p[:-1, 0, 1:2],
            positions[:-1, 1:].reshape(n, -1),
            rotations[:-1, 1:].reshape(n, -1),
            _turned(step, -yaw[:-1]).reshape(n, -1),
            contacts,
        ],
        -1,
    ).astype(np.float32)


def smooth_heading(joints: np.ndarray, published: bool = True) -> np.ndarray:
    """Heading (T,) in radians (0 facing +z, positive to the left) of canonical joints, smoothed in time; frame 0 counts as 0."""
    across = _across(joints, -1 if published else 1)
    forward = np.stack([-across[:, 2], across[:, 0]], -1)
    reach = 4 * HEADING_SIGMA
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / HEADING_SIGMA) ** 2)
    kernel /= kernel.sum()
    padded = np.concatenate([np.repeat(forward[:1], reach, 0), forward, np.repeat(forward[-1:], reach, 0)])
    smooth = np.stack([np.convolve(padded[:, k], kernel, "valid") for k in (0, 1)], -1)
    yaw = np.arctan2(smooth[:, 0], smooth[:, 1])
    yaw[0] = 0.0
    return yaw


def _rotation_columns(p: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """First two columns (T, 22, 6) of every joint's rotation relative to the joint before it in its chain.

    Each bone's rotation takes its rest direction to its direction by the shortest way; a chain starts from the root's rotation,
    the one that turns the body to face +z.
    """
    root = np.zeros((len(p), 4))
    root[:, 0], root[:, 2] = np.cos(-yaw / 2), np.sin(-yaw / 2)
    out = np.zeros((len(p), 22, 6))
    for chain in CHAINS:
        before = root
        for parent, child in zip(chain, chain[1:], strict=False):
            whole = _between(REST_DIRECTIONS[child], _unit(p[:, child] - p[:, parent]))
            out[:, child] = _two_columns(_times(_inverse(before), whole))
            before = whole
    return out


# -- features -> joints -------------------------------------------------------------------------------------------


def joints_from_features(features: np.ndarray, last: bool = False) -> np.ndarray:
    """Joints (rows, J, 3) float32 of features (rows, 12 J - 1) that are not standardised: 263 for 22 joints, 251 for 21.

    Positions only, as everybody's reading of these files; with `last` the frame after the last row is put back from the velocities.
    """
    if features.ndim != 2 or features.shape[1] not in (263, 251):
        raise ValueError(f"features have shape {features.shape}; expected (rows, 263) or (rows, 251)")
    f = np.asarray(features, np.float64)
    count = (f.shape[1] + 1) // 12
    yaw = -2 * np.concatenate([[0.0], np.cumsum(f[:, 0])])
    step = np.zeros((len(f), 1, 3))
    step[:, 0, [0, 2]] = f[:, 1:3]
    root = np.concatenate([np.zeros((1, 3)), np.cumsum(_turned(step, yaw[1:])[:, 0], 0)])
    joints = np.zeros((len(f), count, 3))
    joints[:, 0, 1] = f[:, 3]
    joints[:, 1:] = f[:, 4 : 4 + 3 * (count - 1)].reshape(len(f), -1, 3)
    joints = _turned(joints, yaw[:-1]) + root[:-1, None]
    if last and len(f):
        velocity = f[-1:, -4 - 3 * count : -4].reshape(1, count, 3)
        joints = np.concatenate([joints, joints[-1:] + _turned(velocity, yaw[-2:-1])])
    return joints.astype(np.float32)


# -- MoT++: 23 rows of 12 -----------------------------------------------------------------------------------------


def _structured_columns() -> np.ndarray:
    """Column (23, 12) of the 263 that stands at each place; -1 for the zeros that fill up."""
    out = np.full((23, 12), -1)
    out[0, :7] = [0, 1, 2, 3, *range(193, 196)]
    for j in range(1, 22):
        out[j] = [*range(67 + 6 * (j - 1), 67 + 6 * j), *range(4 + 3 * (j - 1), 4 + 3 * j), *range(193 + 3 * j, 196 + 3 * j)]
    out[22, :4] = range(259, 263)
    return out


STRUCTURED_COLUMNS = _structured_columns()

#: Rows of the seven part tokens, in the order of the tokens: row 0 is the root, row 22 the feet's contacts, the rest the joints.
PART_ROWS: dict[str, tuple[int, ...]] = {
    "root": (0,),
    "feet": (22,),
    "right_arm": (14, 17, 19, 21),
    "left_arm": (13, 16, 18, 20),
    "trunk": (3, 6, 9, 12, 15),
    "right_leg": (2, 5, 8, 11),
    "left_leg": (1, 4, 7, 10),
}


def structured_rows(features: Any) -> Any:
    """Features (..., 263) as rows (..., 23, 12): the root, 21 joints of rotation, position and velocity, the feet.

    Takes a NumPy array or a torch tensor and returns its kind. Standardise the features before: the places filled up stay zero.
    """
    if features.shape[-1] != SIZE:
        raise ValueError(f"features have {features.shape[-1]} columns, not {SIZE}")
    rows = features[..., np.maximum(STRUCTURED_COLUMNS, 0)]
    filled = STRUCTURED_COLUMNS >= 0
    if isinstance(features, np.ndarray):
        return np.where(filled, rows, 0).astype(features.dtype)
    import torch

    return rows * torch.from_numpy(filled).to(rows)


# -- mirror -------------------------------------------------------------------------------------------------------


def mirror_features263(features: np.ndarray) -> np.ndarray:
    """Features (rows, 263) of the mirrored motion: turning, x and sides exchanged, rotations seen in the mirror."""
    out = np.empty_like(features)
    out[:, ROOT] = features[:, ROOT] * np.array([-1, -1, 1, 1], features.dtype)
    flip = np.array([-1, 1, 1], features.dtype)
    places = features[:, POSITIONS].reshape(-1, 21, 3) * flip
    out[:, POSITIONS] = places[:, MIRROR_22[1:] - 1].reshape(len(features), -1)
    turns = features[:, ROTATIONS].reshape(-1, 21, 6) * np.array([1, -1, -1, -1, 1, 1], features.dtype)
    out[:, ROTATIONS] = turns[:, MIRROR_22[1:] - 1].reshape(len(features), -1)
    speeds = features[:, VELOCITIES].reshape(-1, 22, 3) * flip
    out[:, VELOCITIES] = speeds[:, MIRROR_22].reshape(len(features), -1)
    out[:, CONTACTS] = features[:, CONTACTS][:, [2, 3, 0, 1]]
    return out


# -- geometry -----------------------------------------------------------------------------------------------------


def _across(p: np.ndarray, hips: int = 1) -> np.ndarray:
    """Unit vectors (T, 3) from the right side of the body to the left, of the shoulders and `hips` times the hips."""
    return _unit((p[:, 16] - p[:, 17]) + hips * (p[:, 1] - p[:, 2]))


def _facing(p: np.ndarray) -> np.ndarray:
    """Heading (T,) of joints (T, 22, 3): 0 facing +z, positive to the left."""
    across = _across(p)
    return np.arctan2(-across[:, 2], across[:, 0])


def _wrap(a: np.ndarray) -> np.ndarray:
    """Angles wrapped to (-pi, pi]."""
    return np.pi - np.mod(np.pi - a, 2 * np.pi)


def _turned(p: np.ndarray, yaw: np.ndarray | float) -> np.ndarray:
    """Vectors (T, J, 3) turned about the vertical by yaw (T,) radians, positive to the left."""
    angle = np.broadcast_to(np.asarray(yaw, np.float64), (len(p),))[:, None]
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * p[..., 0] + s * p[..., 2], p[..., 1], c * p[..., 2] - s * p[..., 0]], -1)


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


# Quaternions are (..., 4) with the real part first.


def _between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Rotation (T, 4) that takes the unit vector `start` (3,) to the unit vectors `end` (T, 3) by the shortest way."""
    real = 1 + end @ start
    opposite = real < 1e-9
    axis = np.cross(start, end)
    # Half a turn has no shortest way: any axis across will do.
    axis[opposite] = np.cross(start, (0, 0, 1) if abs(start[2]) < 0.9 else (0, 1, 0))
    return _unit(np.concatenate([np.where(opposite, 0, real)[:, None], axis], -1))


def _inverse(q: np.ndarray) -> np.ndarray:
    return q * np.array([1, -1, -1, -1])


def _times(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Product of quaternions: first b, then a."""
    w = a[..., :1] * b[..., :1] - (a[..., 1:] * b[..., 1:]).sum(-1, keepdims=True)
    return np.concatenate([w, a[..., :1] * b[..., 1:] + b[..., :1] * a[..., 1:] + np.cross(a[..., 1:], b[..., 1:])], -1)


def _two_columns(q: np.ndarray) -> np.ndarray:
    """The first two columns (T, 6) of the rotation matrices of quaternions (T, 4)."""
    w, x, y, z = q.T
    first = (1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y))
    second = (2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x))
    return np.stack([*first, *second], -1)
