"""The published system's joint angles: constructed poses, oddities, its files of 41 columns, and the extension's own code."""

from pathlib import Path

import numpy as np
import pytest

from motion_lens_training.compat.angles import (
    COLUMNS,
    FILE_COLUMNS,
    PART_DIMS,
    compat_angles,
    fit,
    from_file_columns,
    load_statistics,
    standardised,
    statistics,
    to_file_columns,
)
from motion_lens_training.compat.parity import KIT_FROM_22, compare
from motion_lens_training.generator import generate
from motion_lens_training.skeleton import mirror_joints

from .test_features import random_motion, standing

#: Places of some of the 29 numbers.
TILT, LIST, TURN = 3, 4, 5
RIGHT_HIP, LEFT_HIP, RIGHT_KNEE, RIGHT_ANKLE = slice(6, 9), slice(9, 12), 12, 14
EXTENSION, BENDING, ROTATION = 16, 17, 18
RIGHT_SHOULDER, LEFT_SHOULDER, RIGHT_ELBOW = slice(21, 24), slice(24, 27), 27


def pose() -> np.ndarray:
    """One frame of a person standing straight: feet pointing ahead, shoulders as high as the neck."""
    p = standing(1)
    p[:, [10, 11], 1] = p[:, [7, 8], 1]
    p[:, [16, 17, 18, 19, 20, 21], 1] += 0.05
    return p


def turned(joints: np.ndarray, which: list[int], centre: int, axis: int, degrees: float) -> np.ndarray:
    """Some joints turned about an axis through another joint, right-handed."""
    a, b = (axis + 1) % 3, (axis + 2) % 3
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    out = joints.copy()
    d = joints[:, which] - joints[:, centre : centre + 1]
    out[:, which, a] = joints[:, centre : centre + 1, a] + c * d[..., a] - s * d[..., b]
    out[:, which, b] = joints[:, centre : centre + 1, b] + s * d[..., a] + c * d[..., b]
    return out


UPPER = [3, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]


def test_signs_on_constructed_poses() -> None:
    still = compat_angles(pose())[0]
    np.testing.assert_allclose(still[:3], [0, 0.92, 0])
    np.testing.assert_allclose(still[3:], 0, atol=1e-9)
    leg = compat_angles(turned(pose(), [5, 8, 11], 2, 0, -30))[0]
    assert leg[RIGHT_HIP] == pytest.approx([30, 0, 0], abs=1e-9)
    for side, joints, hip, degrees in ((RIGHT_HIP, [5, 8, 11], 2, -20), (LEFT_HIP, [4, 7, 10], 1, 20)):
        assert compat_angles(turned(pose(), joints, hip, 2, degrees))[0][side][1] == pytest.approx(-20)
    bent = compat_angles(turned(pose(), [8, 11], 5, 0, 60))[0]
    assert bent[RIGHT_KNEE] == pytest.approx(60)
    assert compat_angles(turned(pose(), [11], 8, 0, 30))[0][RIGHT_ANKLE] == pytest.approx(-30)
    assert compat_angles(turned(pose(), UPPER, 0, 0, 30))[0][EXTENSION] == pytest.approx(-30)
    assert compat_angles(turned(pose(), UPPER, 0, 2, 30))[0][BENDING] == pytest.approx(30)
    assert compat_angles(turned(pose(), UPPER, 0, 1, 25))[0][ROTATION] == pytest.approx(25)
    assert compat_angles(turned(pose(), list(range(22)), 0, 1, 40))[0][TURN] == pytest.approx(40)
    arm = compat_angles(turned(pose(), [19, 21], 17, 0, -90))[0]
    assert arm[RIGHT_SHOULDER][0] == pytest.approx(90)
    # Both arms have the sign of the same turn: forearms turned outwards differ in it.
    right = compat_angles(turned(pose(), [21], 19, 2, -90))[0]
    left = compat_angles(turned(pose(), [20], 18, 2, 90))[0]
    assert (right[RIGHT_SHOULDER][2], left[LEFT_SHOULDER][2]) == pytest.approx((-90, 90))
    assert right[RIGHT_ELBOW] == pytest.approx(90)


def test_mirrored_motions_are_not_mirrored_angles() -> None:
    joints = np.asarray(generate(3).joints)
    a, b = compat_angles(joints), compat_angles(mirror_joints(joints))
    np.testing.assert_allclose(a[:, RIGHT_HIP], b[:, LEFT_HIP], atol=1e-6)
    assert np.abs(a[:, 21:27] - b[:, [24, 25, 26, 21, 22, 23]]).max() > 0.01


def test_undefined_angles_are_not_filled_in() -> None:
    p = pose()
    p[:, 19] = p[:, 17]
    found = compat_angles(p)[0]
    assert np.isnan(found[RIGHT_SHOULDER]).all() and np.isnan(found[RIGHT_ELBOW])
    assert np.isfinite(found[:21]).all() and np.isfinite(found[24:27]).all()
    with pytest.raises(ValueError, match="22, 3"):
        compat_angles(np.zeros((4, 24, 3)))


def test_kit_joints_give_the_same_angles() -> None:
    joints = np.asarray(generate(5).joints, np.float32)
    kit = joints[:, KIT_FROM_22].copy()
    # KIT-ML's pelvis is its joint 1.
    kit[:, 1] = joints[:, 0]
    np.testing.assert_allclose(compat_angles(kit), compat_angles(joints))


def test_the_extension_computes_the_same() -> None:
    motions = [np.asarray(generate(seed).joints, np.float32) for seed in range(6)]
    motions += [random_motion(seed, 40).astype(np.float32) for seed in range(3)]
    compared = compare(motions)
    assert "263 features" in compared
    for name, found in compared.items():
        assert found.undefined == 0, name
        assert found.largest < (1e-4 if "angles" in name else 1e-5), (name, found)


def test_files_of_41_columns(tmp_path: Path) -> None:
    assert sum(PART_DIMS) == COLUMNS == len(set(FILE_COLUMNS.tolist()))
    assert set(FILE_COLUMNS.tolist()) == set(range(41)) - set(range(6, 18))
    rows = np.arange(2.0 * COLUMNS).reshape(2, COLUMNS)
    np.testing.assert_array_equal(from_file_columns(to_file_columns(rows, 7.0)), rows)
    # The file begins with tilt, list and rotation; the model with the position.
    in_file = to_file_columns(rows[0], 7.0)
    assert in_file[:6].tolist() == [3, 4, 5, 0, 1, 2] and in_file[6] == 7
    mean, std = tmp_path / "Mean_angle.npy", tmp_path / "Std_angle.npy"
    np.save(mean, np.arange(41.0))
    np.save(std, np.where(np.arange(41) == 40, 0, np.arange(41.0) + 1))
    m, s = load_statistics(mean, std)
    assert m.tolist() == FILE_COLUMNS.tolist()
    assert s[20] == 1 and s[0] == 4
    np.save(mean, np.arange(29.0))
    with pytest.raises(ValueError, match=r"Mean_angle.npy: expected 41 decimal numbers, found float64 of shape \(29,\)"):
        load_statistics(mean, std)
    mean.write_bytes(b"\x93NUMPY nonsense")
    with pytest.raises(ValueError, match="Mean_angle.npy: cannot be read"):
        load_statistics(mean, std)
    np.save(mean, np.full(41, np.nan))
    with pytest.raises(ValueError, match="Mean_angle.npy: column 3 is not a finite number"):
        load_statistics(mean, std)


def test_standardised_rows_are_cut_or_filled_with_the_mean_pose() -> None:
    angles = [compat_angles(random_motion(seed, 300)) for seed in range(2)]
    mean, std = statistics(angles)
    rows = standardised(angles[0], mean, std)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(fit(rows), rows[:224])
    np.testing.assert_array_equal(fit(rows, 70), rows[70:294])
    short = fit(rows[:50])
    np.testing.assert_array_equal(short[:50], rows[:50])
    assert short.shape == (224, COLUMNS) and not short[50:].any()
