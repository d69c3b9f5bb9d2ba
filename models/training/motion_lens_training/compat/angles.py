"""The 29 joint-angle numbers of MotionColBert (arXiv 2603.09930), oddities included, and its files of 41 columns.

Work in (z, y, -x) of the motion's frame: X forward, Y up, Z right for a person who faces +z. Degrees, except the pelvis position.
`src/core/motion/compat-angles.ts` computes the same; the command `compat angles-parity` compares the two.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

#: Numbers a frame.
COLUMNS = 29
#: Numbers of each of the 14 parts, in the order of `skeleton.PART_NAMES`.
PART_DIMS = (3, 3, 3, 3, 1, 1, 1, 1, 3, 2, 3, 3, 1, 1)
#: Column of the published files of 41 columns for each of the 29 numbers; 6 to 17 (hip and shoulder positions) are unused.
FILE_COLUMNS = np.array(
    [3, 4, 5, 0, 1, 2, 18, 19, 20, 23, 24, 25, 21, 26, 22, 27, 28, 29, 30, 39, 40, 31, 32, 33, 34, 35, 36, 37, 38]
)
FILE_WIDTH = 41
#: Rows and columns of the image; a patch is 16 x 16.
IMAGE = 224
PATCH = 16

_BODY = ("pelvis right_hip left_hip right_knee left_knee right_ankle left_ankle right_foot left_foot "
         "neck head right_shoulder left_shoulder right_elbow left_elbow right_wrist left_wrist").split()  # fmt: skip
#: Joint numbers in the order of `_BODY`, by how many joints a motion has. KIT-ML's pelvis is joint 1, not its root 0.
_JOINTS = {
    22: (0, 2, 1, 5, 4, 8, 7, 11, 10, 12, 15, 17, 16, 19, 18, 21, 20),
    21: (1, 11, 16, 12, 17, 13, 18, 15, 20, 2, 4, 5, 8, 6, 9, 7, 10),
}

Axes = tuple[np.ndarray, np.ndarray, np.ndarray]


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(-1)


def _norm(v: np.ndarray) -> np.ndarray:
    return np.sqrt(_dot(v, v))


def _unit(v: np.ndarray) -> np.ndarray:
    return v / _norm(v)[:, None]


def _mix(a: np.ndarray, x: np.ndarray, b: np.ndarray, y: np.ndarray) -> np.ndarray:
    """a x + b y with one weight a frame."""
    return a[:, None] * x + b[:, None] * y


def _elevation(v: np.ndarray, axes: Axes) -> np.ndarray:
    x, y, z = axes
    return np.arctan2(_dot(v, z), np.hypot(_dot(v, x), _dot(v, y)))


def _down_swing(v: np.ndarray, axes: Axes) -> np.ndarray:
    return np.arctan2(_dot(v, axes[0]), -_dot(v, axes[1]))


def _up_swing(v: np.ndarray, axes: Axes) -> np.ndarray:
    return np.arctan2(_dot(v, axes[0]), _dot(v, axes[1]))


def _twist(v: np.ndarray, w: np.ndarray, axes: Axes, s: np.ndarray) -> np.ndarray:
    """Out-of-plane angle of the next segment w on axes swung to v; `s` is the length left on one axis by the published code."""
    x, y, z = axes
    phi, e = _down_swing(v, axes), _elevation(v, axes)
    x1 = _mix(np.cos(phi), x, np.sin(phi), y)
    y1 = _mix(-np.sin(phi), x, np.cos(phi), y)
    y2 = _mix(np.cos(e), y1, -np.sin(e), z)
    z2 = _mix(np.sin(e), y1, np.cos(e), z)
    return np.arctan2(_dot(w, z2), np.hypot(_dot(w, x1), s * _dot(w, y2)))


def _between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angle between vectors, 0 where they are parallel."""
    return np.arccos(np.clip(_dot(a, b) / (_norm(a) * _norm(b)), -1.0, 1.0))


def compat_angles(joints: np.ndarray) -> np.ndarray:
    """The 29 numbers of every frame, float64: pelvis position (forward, up, right), then degrees.

    joints: (T, 22, 3) of HumanML3D or (T, 21, 3) of KIT-ML, y up, a person facing +z has the left at +x; any unit of length.
    NaN marks an undefined angle (a segment or hip line of length zero, a pelvis on the hip line); nothing is filled in.
    """
    if joints.ndim != 3 or joints.shape[1] not in _JOINTS or joints.shape[2] != 3:
        raise ValueError(f"expected joints of shape (frames, 22, 3) or (frames, 21, 3), found {joints.shape}")
    p = joints.astype(np.float64)
    p = np.stack([p[..., 2], p[..., 1], -p[..., 0]], -1)
    at = {name: p[:, joint] for name, joint in zip(_BODY, _JOINTS[joints.shape[1]], strict=True)}

    def segment(start: str, end: str) -> np.ndarray:
        v = at[end] - at[start]
        # arctan2(0, 0) is 0, which would pass for a measured angle.
        return np.where(_norm(v)[:, None] > 0, v, np.nan)

    with np.errstate(invalid="ignore", divide="ignore"):
        pelvis = at["pelvis"]
        c = _unit(at["right_hip"] - at["left_hip"])
        u0 = _unit(pelvis - (at["right_hip"] + at["left_hip"]) / 2)
        u1 = u0 - _dot(u0, c)[:, None] * c
        s = _norm(u1)
        u = u1 / s[:, None]
        f = _unit(np.cross(u1, c))
        hips: Axes = (f, u, c)

        trunk = at["neck"] - pelvis
        psi, bend = _up_swing(trunk, hips), _elevation(trunk, hips)
        x1 = _mix(np.cos(psi), f, -np.sin(psi), u)
        y1 = _mix(np.sin(psi), f, np.cos(psi), u)
        y2 = _mix(np.cos(bend), y1, np.sin(bend), c)
        z2 = _mix(-np.sin(bend), y1, np.cos(bend), c)
        # Only the right shoulder says how far the trunk is turned.
        n = at["right_shoulder"] - at["neck"]
        r = np.arctan2(_dot(n, x1), np.hypot(s * _dot(n, y2), _dot(n, z2)))
        shoulders: Axes = (_mix(np.cos(s * r), x1, -np.sin(s * r), z2), y2, _mix(np.sin(s * r), x1, np.cos(s * r), z2))

        thigh, shank, foot, upper, fore = {}, {}, {}, {}, {}
        for side in ("right", "left"):
            thigh[side] = segment(f"{side}_hip", f"{side}_knee")
            shank[side] = segment(f"{side}_knee", f"{side}_ankle")
            foot[side] = segment(f"{side}_ankle", f"{side}_foot")
            upper[side] = segment(f"{side}_shoulder", f"{side}_elbow")
            fore[side] = segment(f"{side}_elbow", f"{side}_wrist")
        neck = segment("neck", "head")
        radians = [
            np.arctan2(-u[:, 0], u[:, 1]),
            np.arcsin(np.clip(u[:, 2], -1.0, 1.0)),
            np.arctan2(-f[:, 2], c[:, 2]),
            _down_swing(thigh["right"], hips),
            -_elevation(thigh["right"], hips),
            _twist(thigh["right"], shank["right"], hips, s),
            _down_swing(thigh["left"], hips),
            _elevation(thigh["left"], hips),
            -_twist(thigh["left"], shank["left"], hips, s),
            _between(thigh["right"], shank["right"]),
            _between(thigh["left"], shank["left"]),
            _between(shank["right"], foot["right"]) - np.pi / 2,
            _between(shank["left"], foot["left"]) - np.pi / 2,
            -psi,
            bend,
            r,
            _up_swing(neck, shoulders),
            _elevation(neck, shoulders),
            _down_swing(upper["right"], shoulders),
            -_elevation(upper["right"], shoulders),
            -_twist(upper["right"], fore["right"], shoulders, s),
            _down_swing(upper["left"], shoulders),
            _elevation(upper["left"], shoulders),
            -_twist(upper["left"], fore["left"], shoulders, s),
            _between(upper["right"], fore["right"]),
            _between(upper["left"], fore["left"]),
        ]
    return np.concatenate([pelvis, np.degrees(np.stack(radians, -1))], -1)


def from_file_columns(values: np.ndarray) -> np.ndarray:
    """Of (..., 41) numbers in the published files' order the 29 used ones, in the order of the parts."""
    return values[..., FILE_COLUMNS]


def to_file_columns(values: np.ndarray, rest: float) -> np.ndarray:
    """(..., 29) numbers in the published files' order of 41 columns, the unused ones set to `rest`."""
    out = np.full((*values.shape[:-1], FILE_WIDTH), rest, dtype=values.dtype)
    out[..., FILE_COLUMNS] = values
    return out


def load_statistics(mean: Path, std: Path) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation (29,) float64 from the published `Mean_angle.npy` and `Std_angle.npy` of 41 values each.

    A deviation below 1e-8 becomes 1, as in the published system.
    """
    found = []
    for path in (mean, std):
        try:
            values = np.load(path, allow_pickle=False)
        except (ValueError, OSError, EOFError) as error:
            raise ValueError(f"{path}: cannot be read as .npy file: {error}") from error
        if not isinstance(values, np.ndarray) or values.shape != (FILE_WIDTH,) or values.dtype.kind != "f":
            there = f"{getattr(values, 'dtype', 'an archive')} of shape {getattr(values, 'shape', '?')}"
            raise ValueError(f"{path}: expected {FILE_WIDTH} decimal numbers, found {there}")
        used = from_file_columns(values.astype(np.float64))
        if not np.isfinite(used).all():
            raise ValueError(f"{path}: column {FILE_COLUMNS[~np.isfinite(used)][0]} is not a finite number")
        found.append(used)
    if (found[1] < 0).any():
        raise ValueError(f"{std}: column {FILE_COLUMNS[found[1] < 0][0]} is negative; a deviation never is")
    return found[0], np.where(found[1] < 1e-8, 1.0, found[1])


def statistics(angles: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and population deviation (29,) over all frames; a deviation below 1e-8 becomes 1."""
    rows = np.concatenate(angles)
    std = rows.std(0)
    return rows.mean(0), np.where(std < 1e-8, 1.0, std)


def standardised(angles: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Angles (T, 29) -> (T, 29) float32, as the published system divides."""
    return ((angles - mean) / (std + 1e-8)).astype(np.float32)


def fit(rows: np.ndarray, start: int = 0) -> np.ndarray:
    """Standardised rows (T, 29) cut to 224 from `start`, or filled up with zeros (the mean pose) behind."""
    cut = rows[start : start + IMAGE]
    return np.concatenate([cut, np.zeros((IMAGE - len(cut), rows.shape[1]), rows.dtype)])
