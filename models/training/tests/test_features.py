"""The clean motion image: exact mirror, invariances, known values on constructed poses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_lens_training.features import (
    COLUMNS,
    FRAMES_PER_PATCH,
    PART_STARTS,
    clean_features,
    mirror_features,
    resample,
    symmetric_statistics,
    to_image,
)
from motion_lens_training.skeleton import mirror_joints


def standing(frames: int = 20) -> np.ndarray:
    """A person standing upright, arms hanging, facing +z."""
    pose = np.zeros((22, 3))
    for left, right, x, y in ((1, 2, 0.1, 0.88), (4, 5, 0.1, 0.47), (7, 8, 0.1, 0.05), (10, 11, 0.1, 0.0)):
        pose[left], pose[right] = (x, y, 0), (-x, y, 0)
    pose[10, 2] = pose[11, 2] = 0.12
    for joint, y in ((0, 0.92), (3, 1.02), (6, 1.15), (9, 1.25), (12, 1.45), (15, 1.6)):
        pose[joint] = (0, y, 0)
    for left, right, x, y in ((13, 14, 0.08, 1.4), (16, 17, 0.18, 1.4), (18, 19, 0.18, 1.12), (20, 21, 0.18, 0.87)):
        pose[left], pose[right] = (x, y, 0), (-x, y, 0)
    return np.repeat(pose[None], frames, 0)


def random_motion(seed: int, frames: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return standing(frames) + np.cumsum(rng.normal(0, 0.01, (frames, 22, 3)), 0)


def part(features: np.ndarray, index: int) -> np.ndarray:
    return features[:, PART_STARTS[index] : PART_STARTS[index + 1]]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 70))
def test_mirror_is_exact(seed: int, frames: int) -> None:
    joints = random_motion(seed, frames)
    np.testing.assert_allclose(
        clean_features(mirror_joints(joints)), mirror_features(clean_features(joints)), atol=1e-5
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(-3, 3), st.floats(-5, 5), st.floats(0.3, 30))
def test_place_heading_and_size_do_not_matter(seed: int, turn: float, shift: float, size: float) -> None:
    joints = random_motion(seed, 30)
    c, s = np.cos(turn), np.sin(turn)
    moved = joints.copy()
    moved[..., 0] = c * joints[..., 0] + s * joints[..., 2]
    moved[..., 2] = -s * joints[..., 0] + c * joints[..., 2]
    moved = (moved + [shift, -shift, shift / 2]) * size
    np.testing.assert_allclose(clean_features(moved), clean_features(joints), atol=2e-3)


def test_raising_the_left_arm_forward_shows_in_the_left_arm_only() -> None:
    still = standing()
    raised = still.copy()
    raised[:, 18] = raised[:, 16] + [0, 0, 0.28]
    raised[:, 20] = raised[:, 18] + [0, 0, 0.25]
    a, b = clean_features(still), clean_features(raised)
    np.testing.assert_allclose(part(a, 10), part(b, 10))
    np.testing.assert_allclose(part(a, 12), part(b, 12))
    np.testing.assert_allclose(part(b, 11)[0, :3], [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(part(a, 11)[0, :3], [0, -1, 0], atol=1e-6)


def test_turning_left_raises_the_heading() -> None:
    joints = standing(21)
    angle = np.linspace(0, np.pi / 2, 21)[:, None]
    x, z = joints[..., 0].copy(), joints[..., 2].copy()
    joints[..., 0] = np.cos(angle) * x + np.sin(angle) * z
    joints[..., 2] = -np.sin(angle) * x + np.cos(angle) * z
    glob = part(clean_features(joints), 0)
    assert glob[-1, 6] == pytest.approx(1, abs=1e-6)
    assert glob[5, 8] == pytest.approx(np.pi / 2, rel=1e-3)


def test_knee_angle() -> None:
    joints = standing()
    joints[:, 8] = joints[:, 5] + [0, 0, -0.42]
    f = clean_features(joints)
    assert part(f, 4)[0, 3] == pytest.approx(np.pi / 2, abs=1e-6)
    assert part(f, 5)[0, 3] == pytest.approx(0, abs=1e-6)


def test_image_is_whole_patches_and_clamped() -> None:
    features = clean_features(random_motion(0, 37))
    mean, std = symmetric_statistics([features])
    image = to_image(features * 100, mean, std)
    assert image.shape == (48, COLUMNS) and image.shape[0] % FRAMES_PER_PATCH == 0
    assert np.abs(image).max() <= 6
    np.testing.assert_array_equal(image[37:], np.repeat(image[36:37], 11, 0))


def test_resampling_keeps_time() -> None:
    seconds = np.arange(26) / 12.5
    joints = np.repeat(seconds[:, None, None], 22, 1).repeat(3, 2)
    out = resample(joints, 12.5)
    np.testing.assert_allclose(out[:, 0, 0], np.arange(len(out)) / 20, atol=1e-9)
    assert len(out) == 41
