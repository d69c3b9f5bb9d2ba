"""The `clean` motion image: 94 mirror-consistent numbers a frame (docs/motion-image.md of the project)."""

from __future__ import annotations

import numpy as np

from .skeleton import MIRROR_PART

FPS = 20.0
LEG_METRES = 0.83
FRAMES_PER_PATCH = 16
CLAMP = 6.0

_SIGNS: list[list[int]] = [
    [-1, 1, 1, -1, 1, 1, -1, 1, -1],
    [-1, 1, 1, 1, -1, 1, 1, -1],
    [-1, 1, 1, 1],
    [-1, 1, 1, 1],
    [-1, 1, 1, 1, 1, -1, 1, 1],
    [-1, 1, 1, 1, 1, -1, 1, 1],
    [-1, 1, 1, 1, 1],
    [-1, 1, 1, 1, 1],
    [-1, 1, 1, 1, -1, -1, -1, 1, 1],
    [-1, 1, 1, 1],
    [-1, 1, 1, 1],
    [-1, 1, 1, 1],
    [-1, 1, 1, 1, 1, -1, 1, 1, -1, 1, 1],
    [-1, 1, 1, 1, 1, -1, 1, 1, -1, 1, 1],
]
#: Columns of each of the 14 parts.
PART_DIMS = [len(s) for s in _SIGNS]
PART_STARTS = np.concatenate([[0], np.cumsum(PART_DIMS)]).tolist()
COLUMNS = PART_STARTS[-1]
#: Sign of each column in a mirrored motion, before the bands are exchanged.
MIRROR_SIGNS = np.array([s for part in _SIGNS for s in part], dtype=np.float32)
#: Where each column of a mirrored image comes from.
MIRROR_COLUMNS = np.concatenate([np.arange(PART_STARTS[p], PART_STARTS[p + 1]) for p in MIRROR_PART])


def _unit(v: np.ndarray, fallback: tuple[float, float, float]) -> np.ndarray:
    """Unit vectors of v (T, 3); where v vanishes the previous frame's (at frame 0: `fallback`) is kept."""
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    good = length[:, 0] >= 1e-8
    out = v / np.where(length < 1e-8, 1.0, length)
    if not good.all():
        last = np.array(fallback, dtype=np.float64)
        for t in range(len(v)):
            if good[t]:
                last = out[t]
            else:
                out[t] = last
    return out


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(-1)


def _velocity(p: np.ndarray) -> np.ndarray:
    """Central differences in units per second; one-sided at the ends, zero for a single frame."""
    if len(p) < 2:
        return np.zeros_like(p)
    v = np.empty_like(p)
    v[1:-1] = (p[2:] - p[:-2]) / 2
    v[0] = p[1] - p[0]
    v[-1] = p[-1] - p[-2]
    return v * FPS


def _wrap(a: np.ndarray) -> np.ndarray:
    """Angles wrapped to (-pi, pi]."""
    return np.pi - np.mod(np.pi - a, 2 * np.pi)


def _angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angle between unit vectors, radians."""
    return np.arccos(np.clip(_dot(a, b), -1.0, 1.0))


def clean_features(joints: np.ndarray) -> np.ndarray:
    """Motion image before standardisation.

    joints: (T, 22, 3) metres, 20 fps, y up, a person facing +z has the left at +x. Returns (T, 94) float32.
    """
    p = joints.astype(np.float64)
    legs = sum(
        np.linalg.norm(p[:, a] - p[:, b], axis=-1) for a, b in ((1, 4), (4, 7), (2, 5), (5, 8))
    )
    p = p * (LEG_METRES / max(float(np.mean(legs)) / 2, 1e-8))
    p[..., 1] -= p[:, [7, 8, 10, 11], 1].min()

    hips = (p[:, 1] + p[:, 2]) / 2
    left = _unit(p[:, 1] - p[:, 2], (1, 0, 0))
    w = p[:, 3] - hips
    up = _unit(w - _dot(w, left)[:, None] * left, (0, 1, 0))
    forward = np.cross(left, up)
    trunk_up = _unit(p[:, 12] - hips, (0, 1, 0))
    s = p[:, 16] - p[:, 17]
    trunk_left = _unit(s - _dot(s, trunk_up)[:, None] * trunk_up, (1, 0, 0))
    trunk_forward = np.cross(trunk_left, trunk_up)
    across = (p[:, 1] - p[:, 2]) + s
    across[:, 1] = 0
    head_left = _unit(across, (1, 0, 0))
    head_forward = np.stack([-head_left[:, 2], np.zeros(len(p)), head_left[:, 0]], -1)
    theta = np.arctan2(head_forward[:, 0], head_forward[:, 2])
    y = np.zeros_like(left)
    y[:, 1] = 1

    def in_pelvis(v: np.ndarray) -> np.ndarray:
        return np.stack([_dot(v, left), _dot(v, up), _dot(v, forward)], -1)

    def in_trunk(v: np.ndarray) -> np.ndarray:
        return np.stack([_dot(v, trunk_left), _dot(v, trunk_up), _dot(v, trunk_forward)], -1)

    def in_heading(v: np.ndarray) -> np.ndarray:
        return np.stack([_dot(v, head_left), v[:, 1], _dot(v, head_forward)], -1)

    def col(v: np.ndarray) -> np.ndarray:
        return v[:, None]

    root = p[:, 0]
    v = _velocity(root)
    vh = in_heading(v)
    if len(p) < 2:
        rate = np.zeros(len(p))
    else:
        rate = np.empty(len(p))
        rate[1:-1] = _wrap(theta[2:] - theta[:-2]) / 2
        rate[0] = _wrap(theta[1] - theta[0])
        rate[-1] = _wrap(theta[-1] - theta[-2])
        rate = rate * FPS
    d = root - root[0]
    turned = theta - theta[0]
    bands: list[np.ndarray] = [
        np.concatenate(
            [
                col(d @ head_left[0]),
                col(root[:, 1]),
                col(d @ head_forward[0]),
                vh,
                col(np.sin(turned)),
                col(np.cos(turned)),
                col(rate),
            ],
            -1,
        ),
        np.concatenate([in_pelvis(y), col(root[:, 1]), vh, col(rate)], -1),
    ]
    thigh, shank = {}, {}
    for side, (hip, knee, ankle) in {"r": (2, 5, 8), "l": (1, 4, 7)}.items():
        thigh[side] = _unit(p[:, knee] - p[:, hip], (0, -1, 0))
        shank[side] = _unit(p[:, ankle] - p[:, knee], (0, -1, 0))
        bands.append(np.concatenate([in_pelvis(thigh[side]), col(p[:, knee, 1])], -1))
    for side, ankle in {"r": 8, "l": 7}.items():
        bands.append(
            np.concatenate(
                [
                    in_pelvis(shank[side]),
                    col(_angle(thigh[side], shank[side])),
                    col(p[:, ankle, 1]),
                    in_heading(_velocity(p[:, ankle])),
                ],
                -1,
            )
        )
    for ankle, foot in ((8, 11), (7, 10)):
        direction = _unit(p[:, foot] - p[:, ankle], (0, 0, 1))
        speed = np.linalg.norm(_velocity(p[:, foot]), axis=-1)
        bands.append(np.concatenate([in_heading(direction), col(p[:, foot, 1]), col(speed)], -1))
    bands.append(np.concatenate([in_pelvis(trunk_up), in_pelvis(trunk_left), in_trunk(y)], -1))
    bands.append(np.concatenate([in_trunk(_unit(p[:, 15] - p[:, 12], (0, 1, 0))), col(p[:, 15, 1])], -1))
    upper = {}
    for side, (shoulder, elbow) in {"r": (17, 19), "l": (16, 18)}.items():
        upper[side] = _unit(p[:, elbow] - p[:, shoulder], (0, -1, 0))
        bands.append(np.concatenate([in_trunk(upper[side]), col(p[:, elbow, 1])], -1))
    for side, (elbow, wrist) in {"r": (19, 21), "l": (18, 20)}.items():
        fore = _unit(p[:, wrist] - p[:, elbow], (0, -1, 0))
        bands.append(
            np.concatenate(
                [
                    in_trunk(fore),
                    col(_angle(upper[side], fore)),
                    col(p[:, wrist, 1]),
                    in_trunk(p[:, wrist] - p[:, 12]),
                    in_heading(_velocity(p[:, wrist]) - v),
                ],
                -1,
            )
        )
    return np.concatenate(bands, -1).astype(np.float32)


def mirror_features(features: np.ndarray) -> np.ndarray:
    """Image of the mirrored motion, exactly: features (T, 94) -> (T, 94)."""
    return (features * MIRROR_SIGNS)[:, MIRROR_COLUMNS]


def resample(joints: np.ndarray, fps: float) -> np.ndarray:
    """Joints (T, J, 3) at `fps` resampled to 20 fps by linear interpolation of positions."""
    if abs(fps - FPS) < 1e-9:
        return joints
    count = int(np.floor((len(joints) - 1) / fps * FPS + 1e-6)) + 1
    at = np.arange(count) / FPS * fps
    low = np.minimum(np.floor(at).astype(int), len(joints) - 1)
    high = np.minimum(low + 1, len(joints) - 1)
    f = (at - low)[:, None, None]
    return joints[low] * (1 - f) + joints[high] * f


def patches_of(frames: int) -> int:
    """Number of patches in time of a motion of `frames` frames."""
    return max(1, -(-frames // FRAMES_PER_PATCH))


def to_image(features: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Standardised, clamped and filled up to whole patches: (16 * times, 94) float32."""
    x = np.clip((features - mean) / std, -CLAMP, CLAMP)
    rest = patches_of(len(x)) * FRAMES_PER_PATCH - len(x)
    return np.concatenate([x, np.repeat(x[-1:], rest, 0)]).astype(np.float32)


def symmetric_statistics(features: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation (94,) over the frames of all motions and their mirror images."""
    x = np.concatenate(features).astype(np.float64)
    m, m2 = x.mean(0), (x**2).mean(0)
    mm = (m * MIRROR_SIGNS)[MIRROR_COLUMNS]
    mm2 = m2[MIRROR_COLUMNS]
    mean, square = (m + mm) / 2, (m2 + mm2) / 2
    std = np.sqrt(np.maximum(square - mean**2, 0))
    return mean.astype(np.float32), np.maximum(std, 1e-3).astype(np.float32)
