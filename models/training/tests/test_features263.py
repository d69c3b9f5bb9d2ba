"""HumanML3D's 263 numbers: there and back, hand-made cases, the mirror, the 23 rows, one file held against the extension's reader."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_lens_training.features263 import (
    BLOCKS,
    CHAINS,
    CONTACTS,
    PART_ROWS,
    POSITIONS,
    REST_DIRECTIONS,
    ROOT,
    ROTATIONS,
    SIZE,
    STRUCTURED_COLUMNS,
    VELOCITIES,
    bone_lengths,
    canonical,
    features_from_joints,
    joints_from_features,
    mirror_features263,
    structured_rows,
    with_bone_lengths,
)
from motion_lens_training.generator import generate
from motion_lens_training.skeleton import mirror_joints

from .test_features import random_motion, standing

REFERENCE = Path(__file__).parents[3] / "test" / "fixtures" / "features263-reference.json"


def rest_pose(frames: int = 30) -> np.ndarray:
    """Every bone 0.2 m along its rest direction; the left side at +x."""
    pose = np.zeros((22, 3))
    for chain in CHAINS:
        for parent, child in zip(chain, chain[1:], strict=False):
            pose[child] = pose[parent] + 0.2 * REST_DIRECTIONS[child]
    return np.repeat(pose[None], frames, 0)


def turned(pose: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """A pose (22, 3) turned to the left by each of the angles."""
    c, s = np.cos(angles)[:, None], np.sin(angles)[:, None]
    x, y, z = pose.T
    return np.stack([c * x + s * z, np.broadcast_to(y, (len(angles), 22)), c * z - s * x], -1)


def error(joints: np.ndarray, published: bool = True) -> float:
    """Largest distance of a joint that has been to the features and back, metres."""
    back = joints_from_features(features_from_joints(joints, published=published), last=True)
    return float(np.linalg.norm(back - canonical(joints), axis=-1).max())


@pytest.mark.parametrize("published", [True, False])
def test_joints_come_back_within_a_millimetre(published: bool) -> None:
    assert max(error(generate(seed).joints, published) for seed in range(12)) < 1e-3


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 120), st.floats(-3, 3), st.floats(-5, 5))
def test_any_motion_comes_back(seed: int, frames: int, turn: float, shift: float) -> None:
    joints = random_motion(seed, frames)
    moved = np.stack([turned(pose, np.array([turn]))[0] for pose in joints]) + [shift, -shift, shift / 2]
    assert error(moved) < 1e-4
    # Place and heading of the recording do not matter.
    np.testing.assert_allclose(features_from_joints(moved), features_from_joints(joints), atol=2e-5)


def test_turning_through_the_back_keeps_its_side() -> None:
    spin = turned(standing(1)[0], np.linspace(0, 9 * np.pi, 300))
    assert error(spin, published=False) < 1e-4
    rows = features_from_joints(spin, published=False)
    assert (rows[90:200, 0] < 0).all()


def test_the_rest_pose_has_no_rotation_and_does_not_move() -> None:
    f = features_from_joints(rest_pose())
    assert f.shape == (29, SIZE)
    np.testing.assert_allclose(f[:, ROTATIONS].reshape(29, 21, 6), np.broadcast_to([1, 0, 0, 0, 1, 0], (29, 21, 6)), atol=1e-6)
    np.testing.assert_allclose(f[:, ROOT], np.broadcast_to([0, 0, 0, 0.4], (29, 4)), atol=1e-6)
    np.testing.assert_allclose(f[:, VELOCITIES], 0, atol=1e-6)
    assert (f[:, CONTACTS] == 1).all()
    left_wrist = f[0, POSITIONS].reshape(21, 3)[20 - 1]
    np.testing.assert_allclose(left_wrist, [0.2, 0.4, 0], atol=1e-6)


def test_walking_ahead_is_velocity_along_z() -> None:
    walk = standing(60)
    walk[..., 2] += 0.05 * np.arange(60)[:, None]
    f = features_from_joints(walk)
    np.testing.assert_allclose(f[:, :3], np.broadcast_to([0, 0, 0.05], (59, 3)), atol=1e-6)
    np.testing.assert_allclose(f[:, VELOCITIES].reshape(59, 22, 3), np.broadcast_to([0, 0, 0.05], (59, 22, 3)), atol=1e-6)
    # 0.05 m a frame is more than a standing foot moves.
    assert (f[:, CONTACTS] == 0).all()


def test_turning_left_is_half_its_angle() -> None:
    f = features_from_joints(turned(standing(1)[0], np.arange(200) * 0.02))
    # Far from the ends smoothing leaves an even turn as it is.
    np.testing.assert_allclose(f[85:115, 0], -0.01, atol=1e-6)


def test_a_lifted_foot_loses_its_contact_only() -> None:
    steps = standing(20)
    steps[:, [8, 11], 1] += 0.06 * np.arange(20)[:, None]
    assert (features_from_joints(steps)[:, CONTACTS] == [1, 1, 0, 0]).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_mirrored_motion_has_mirrored_features(seed: int) -> None:
    joints = generate(seed).joints
    found, expected = features_from_joints(mirror_joints(joints)), mirror_features263(features_from_joints(joints))
    for name, block in BLOCKS.items():
        np.testing.assert_allclose(found[:, block], expected[:, block], atol=1e-4, err_msg=name)


def test_bone_lengths_change_and_directions_do_not() -> None:
    joints = generate(3).joints.astype(np.float64)
    lengths = bone_lengths(joints)
    np.testing.assert_allclose(bone_lengths(with_bone_lengths(joints, lengths * 1.3)), lengths * 1.3, atol=1e-9)
    before, after = features_from_joints(joints), features_from_joints(joints, lengths=lengths * 1.3)
    np.testing.assert_allclose(after[:, ROTATIONS], before[:, ROTATIONS], atol=1e-4)
    np.testing.assert_allclose(after[:, 1:3], before[:, 1:3] * 1.3, atol=1e-5)


def test_structured_rows_hold_every_number_once() -> None:
    used = STRUCTURED_COLUMNS[STRUCTURED_COLUMNS >= 0]
    assert sorted(used) == list(range(SIZE))
    assert sorted(r for rows in PART_ROWS.values() for r in rows) == list(range(23))
    f = np.arange(2 * 3 * SIZE, dtype=np.float32).reshape(2, 3, SIZE)
    rows = structured_rows(f)
    assert rows.shape == (2, 3, 23, 12)
    np.testing.assert_array_equal(rows[1, 2, 0], [*f[1, 2, :4], *f[1, 2, 193:196], 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(rows[1, 2, 21], [*f[1, 2, 187:193], *f[1, 2, 64:67], *f[1, 2, 256:259]])
    np.testing.assert_array_equal(rows[1, 2, 22], [*f[1, 2, 259:], *[0] * 8])
    np.testing.assert_array_equal(structured_rows(torch.from_numpy(f)).numpy(), rows)


@pytest.mark.parametrize(
    ("joints", "words"),
    [
        (np.zeros((5, 21, 3)), r"shape \(5, 21, 3\)"),
        (np.zeros((1, 22, 3)), "two frames"),
        (np.full((5, 22, 3), np.nan), "not finite"),
    ],
)
def test_what_is_no_motion_is_refused(joints: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        features_from_joints(joints)


def test_vectors_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(4, 262\)"):
        joints_from_features(np.zeros((4, 262)))
    with pytest.raises(ValueError, match="262 columns"):
        structured_rows(np.zeros((4, 262)))


def test_the_file_shared_with_the_extension() -> None:
    reference = json.loads(REFERENCE.read_text(encoding="utf-8"))
    joints, features = np.array(reference["joints"]).reshape(-1, 22, 3), np.array(reference["features"])
    np.testing.assert_allclose(features_from_joints(joints), features, atol=5e-5)
    np.testing.assert_allclose(joints_from_features(features), joints[:-1], atol=1e-5)
