"""Packages of the other systems in the evaluation: what reaches their networks, how long motions are covered, what is refused.

The networks are small graphs made here whose answers say what came in.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from motion_lens_training.compat.angles import compat_angles, standardised
from motion_lens_training.data import heading
from motion_lens_training.evaluation.encoders import PARTS, OnnxEncoder, motion_of, stored
from motion_lens_training.evaluation.packages import Features263Package, JointAnglePackage, at_start, leg_length, open_package
from motion_lens_training.evaluation.report import figures
from motion_lens_training.features263 import features_from_joints
from motion_lens_training.skeleton import mirror_joints
from motion_lens_training.text_model import minilm_folder

from .test_evidence import clips
from .test_features import random_motion, standing


def graph(path: Path, nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: dict[str, np.ndarray]) -> None:
    held = [numpy_helper.from_array(v, k) for k, v in constants.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "g", inputs, outputs, held), opset_imports=[helper.make_opsetid("", 20)], ir_version=10
    )
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def value(name: str, *shape: Any, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, list(shape))


def text_network(path: Path, dim: int, late: bool) -> None:
    """Tokens: the id in every number. The whole: ones."""
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["ids"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["ids", "column"], ["column_ids"]),
        helper.make_node("Mul", ["column_ids", "ones"], ["tokens"]),
        helper.make_node("Identity", ["ones"], ["global"]),
    ]
    outputs = [value("global", dim)] + ([value("tokens", "n", dim)] if late else [])
    graph(path, nodes, [value("input_ids", 1, "n", kind=TensorProto.INT64)], outputs,
          {"column": np.array([-1, 1]), "ones": np.ones(dim, np.float32)})  # fmt: skip


def package(folder: Path, motion: dict[str, Any], kind: str, dim: int) -> Path:
    folder.mkdir(exist_ok=True)
    shutil.copy(minilm_folder() / "tokenizer.json", folder / "tokenizer.json")
    text_network(folder / "text.onnx", dim, kind == "late-interaction")
    text = {"file": "text.onnx", "tokenizer": "tokenizer.json", "maxTokens": 64}
    motion = {"file": "motion.onnx", "skeleton": "humanml3d22", "fps": 20, **motion}
    (folder / "model.json").write_text(json.dumps({"kind": kind, "dim": dim, "motion": motion, "text": text}))
    return folder


def angle_package(folder: Path, **more: Any) -> Path:
    """Patches: the mean of the rows over the patch's frames, the same for each part."""
    mean, std = list(np.linspace(-5, 5, 29)), list(np.linspace(10, 40, 29))
    made = package(folder, {"angles": "compat", "features": 29, "mean": mean, "std": std, "padding": "keep", **more}, "late-interaction", 29)
    nodes = [
        helper.make_node("Reshape", ["image", "in_time"], ["rows"]),
        helper.make_node("ReduceMean", ["rows", "axis"], ["means"], keepdims=1),
        helper.make_node("Tile", ["means", "parts"], ["tiled"]),
        helper.make_node("Reshape", ["tiled", "flat"], ["patches"]),
        helper.make_node("ReduceMean", ["patches", "first"], ["global"], keepdims=0),
    ]
    constants = {k: np.array(v) for k, v in {"in_time": [14, 16, 29], "axis": [1], "parts": [1, PARTS, 1], "flat": [-1, 29], "first": [0]}.items()}
    graph(made / "motion.onnx", nodes, [value("image", 224, 29)], [value("patches", 196, 29), value("global", 29)], constants)
    return made


def features_package(folder: Path, **more: Any) -> Path:
    """The whole: mean of the rows."""
    made = package(folder, {"features": "hml263", "frames": 200, "mean": [0.5] * 263, "std": [2.0] * 263, **more}, "global", 263)
    node = helper.make_node("ReduceMean", ["features", "first"], ["global"], keepdims=0)
    graph(made / "motion.onnx", [node], [value("features", "t", 263)], [value("global", 263)], {"first": np.array([0])})
    return made


def rows_of(encoder: JointAnglePackage, joints: np.ndarray) -> np.ndarray:
    return standardised(compat_angles(joints), encoder.mean, encoder.std)


def test_joint_angles_of_a_short_motion(tmp_path: Path) -> None:
    encoder, kind = open_package(angle_package(tmp_path))
    assert isinstance(encoder, JointAnglePackage) and kind == "late"
    joints = random_motion(3, 40)
    patches = encoder.motion_of_joints(joints)[0].reshape(14, PARTS, 29)
    rows = rows_of(encoder, joints)
    np.testing.assert_allclose(patches[1, 5], stored(rows[16:32].mean(0)), rtol=1e-5)
    # Half of the third patch is the mean pose, and behind it all is.
    np.testing.assert_allclose(patches[2, 0], stored(rows[32:].sum(0) / 16), atol=1e-6)
    assert not patches[3:].any()
    dropped = JointAnglePackage(angle_package(tmp_path / "drop", padding="drop"))
    np.testing.assert_array_equal(dropped.motion_of_joints(joints)[0].reshape(3, PARTS, 29), patches[:3])
    # The mirrored motion is the motion of mirrored joints.
    np.testing.assert_array_equal(motion_of(encoder, joints, mirrored=True)[0], encoder.motion_of_joints(mirror_joints(joints))[0])


def test_a_long_motion_is_covered_by_windows(tmp_path: Path) -> None:
    encoder = JointAnglePackage(angle_package(tmp_path))
    joints = standing(300) + np.random.default_rng(0).normal(0, 0.02, (300, 22, 3))
    got = encoder.motion_of_joints(joints)[0].reshape(19, PARTS, 29)
    first, last = rows_of(encoder, joints[:224]), rows_of(encoder, at_start(joints[80:]))
    np.testing.assert_allclose(got[13, 0], stored(first[208:224].mean(0)), atol=1e-6)
    # The second window ends with the motion: frames 80 on, of which rows 9 and later are new.
    np.testing.assert_allclose(got[14, 0], stored(last[144:160].mean(0)), atol=1e-6)


def test_windows_start_where_motions_start() -> None:
    joints = standing(20)
    np.testing.assert_array_equal(at_start(joints), joints)
    angle = 2.0
    turned = joints.copy()
    turned[..., 0] = np.cos(angle) * joints[..., 0] + np.sin(angle) * joints[..., 2] + 3
    turned[..., 2] = -np.sin(angle) * joints[..., 0] + np.cos(angle) * joints[..., 2] - 2
    assert heading(turned[:1])[0] == pytest.approx(angle)
    np.testing.assert_allclose(at_start(turned), joints, atol=1e-9)


def test_tokens_of_the_joint_angle_system_have_places(tmp_path: Path) -> None:
    encoder = JointAnglePackage(angle_package(tmp_path))
    text = "He waves, twice."
    got = encoder.text(text)
    # Punctuation is scored in this system, the tokens put around the text are not.
    assert [text[a:b] for a, b in got.chars] == ["He", "waves", ",", "twice", "."]
    ids = encoder.tokenizer.encode(text).ids
    np.testing.assert_allclose(got.tokens[:, 0], ids[1:-1], rtol=1e-6)


def test_features_of_a_global_package(tmp_path: Path) -> None:
    encoder, kind = open_package(features_package(tmp_path))
    assert isinstance(encoder, Features263Package) and kind == "global"
    joints = random_motion(4, 230)
    rows = (features_from_joints(joints)[:200] - 0.5) / 2
    patches, whole = encoder.motion_of_joints(joints)
    np.testing.assert_allclose(whole, stored(rows.mean(0)), atol=2e-3)
    assert patches.shape == (0, 263) and encoder.text("waves").chars == []
    # With a leg's length, the size of the person does not matter.
    sized = Features263Package(features_package(tmp_path / "sized", legMetres=0.83))
    np.testing.assert_allclose(sized.motion_of_joints(joints)[1], sized.motion_of_joints(joints * 1.3)[1], atol=1e-4)
    assert leg_length(standing()) == pytest.approx(0.83)


def test_a_global_package_gets_every_figure_it_can_have(tmp_path: Path) -> None:
    report = figures(Features263Package(features_package(tmp_path)), clips(14), "global")
    assert set(report["annotator"]) == {"labels", "side", "order"} and "generated" not in report
    # All texts are the same to it: each is in the middle of the 14.
    assert report["protocols"]["a"]["m2t"]["MedR"]["value"] == 7.5


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="model.json: is for the skeleton kit21"):
        JointAnglePackage(angle_package(tmp_path / "kit", skeleton="kit21"))
    encoder = JointAnglePackage(angle_package(tmp_path / "angles"))
    with pytest.raises(ValueError, match="leaves a joint angle undefined"):
        encoder.motion_of_joints(np.zeros((20, 22, 3)))
    (tmp_path / "angles" / "model.json").write_text("[]")
    with pytest.raises(ValueError, match="is no description of a model package"):
        open_package(tmp_path / "angles")
    with pytest.raises(ValueError, match="made for the motion image 'compat'"):
        OnnxEncoder(angle_package(tmp_path / "other"))
