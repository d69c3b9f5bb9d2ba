"""Encoders of the other model packages: the published joint-angle system, and global systems over HumanML3D's 263 features.

Both take joints, standardise them by the package's own statistics and run its ONNX files as the product does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from ..compat.align import placed_tokens, scored_positions
from ..compat.angles import IMAGE, PATCH, compat_angles, fit, standardised
from ..data import heading
from ..features263 import features_from_joints
from .encoders import PARTS, MotionVectors, TextVectors, stored

#: A later window is moved to where motions start if it begins further from the origin (metres) or turned further from +z (radians).
FAR, TURNED = 0.5, np.pi / 4
#: Joints hip, knee, ankle of both legs.
LEGS = ((1, 4, 7), (2, 5, 8))


def leg_length(joints: np.ndarray) -> float:
    """Hip to knee to ankle of joints (T, 22, 3): mean over the frames and both legs."""
    bones = [np.linalg.norm(joints[:, a] - joints[:, b], axis=-1).mean() for leg in LEGS for a, b in zip(leg, leg[1:], strict=False)]
    return float(sum(bones) / 2)


def at_start(joints: np.ndarray) -> np.ndarray:
    """Joints (T, 22, 3) as they are where the first frame stands near the origin and faces about +z, else moved there."""
    angle = heading(joints[:1])[0]
    if np.hypot(*joints[0, 0, [0, 2]]) <= FAR and abs(angle) <= TURNED:
        return joints
    moved = joints.copy()
    x, z = joints[..., 0] - joints[0, 0, 0], joints[..., 2] - joints[0, 0, 2]
    moved[..., 0], moved[..., 2] = np.cos(angle) * x - np.sin(angle) * z, np.sin(angle) * x + np.cos(angle) * z
    return moved


class _Package:
    """A package's manifest, sessions and tokenizer."""

    grid_share = 1.0

    def __init__(self, folder: Path, threads: int) -> None:
        import onnxruntime

        self.manifest = json.loads((folder / "model.json").read_text())
        m, t = self.manifest["motion"], self.manifest["text"]
        if m["skeleton"] != "humanml3d22":
            raise ValueError(f"{folder / 'model.json'}: is for the skeleton {m['skeleton']}; the clips to evaluate on have HumanML3D's 22 joints")
        self.grid_dim = self.manifest["dim"]
        self.mean, self.std = np.array(m["mean"], np.float64), np.array(m["std"], np.float64)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.motion_session = onnxruntime.InferenceSession(str(folder / m["file"]), options)
        self.text_session = onnxruntime.InferenceSession(str(folder / t["file"]), options)
        self.tokenizer = Tokenizer.from_file(str(folder / t["tokenizer"]))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(t["maxTokens"])

    def _text(self, text: str, outputs: list[str]) -> list[np.ndarray]:
        return self.text_session.run(outputs, {"input_ids": np.array([self.tokenizer.encode(text).ids], np.int64)})


class JointAnglePackage(_Package):
    """The published joint-angle system (`angles: compat`): images of 224 frames, 14 patches of each of 14 parts."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        super().__init__(folder, threads)
        motion = self.manifest["motion"]
        self.padding, self.leg = motion["padding"], motion.get("legLength")

    def _window(self, joints: np.ndarray) -> np.ndarray:
        """Patches (14, 14, dim), time first, of up to 224 frames."""
        angles = compat_angles(joints)
        if np.isnan(angles).any():
            raise ValueError("a motion leaves a joint angle undefined (joints that coincide); the published system leaves such motions out")
        image = fit(standardised(angles, self.mean, self.std))
        patches = self.motion_session.run(["patches"], {"image": image.astype(np.float32)})[0]
        return patches.reshape(IMAGE // PATCH, PARTS, -1)

    def motion_of_joints(self, joints: np.ndarray) -> MotionVectors:
        """A longer motion is covered by several windows, the last of which ends with it."""
        joints = joints if self.leg is None else joints * (self.leg / leg_length(joints))
        whole, filled = IMAGE // PATCH, -(-len(joints) // PATCH)
        times = whole if filled <= whole and self.padding == "keep" else filled
        rows = []
        for done in range(0, times, whole):
            start = max(0, min(done, filled - whole))
            patches = self._window(at_start(joints[start * PATCH : start * PATCH + IMAGE]))
            rows.append(patches[done - start : min(times, done + whole) - start])
        vectors = np.concatenate(rows).reshape(times * PARTS, -1)
        mean = vectors.mean(0)
        return stored(vectors), stored(mean / np.linalg.norm(mean))

    def text(self, text: str) -> TextVectors:
        tokens, sentence = self._text(text, ["tokens", "global"])
        kept = scored_positions(self.tokenizer.encode(text))
        chars = [(t.start, t.end) for t in placed_tokens(self.tokenizer, text)]
        return TextVectors(stored(tokens[kept]), chars, stored(sentence))


class Features263Package(_Package):
    """A global system over the 263 features (`features: hml263`): one vector for a motion and one for a text."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        super().__init__(folder, threads)
        motion = self.manifest["motion"]
        self.frames, self.leg = motion["frames"], motion.get("legMetres")

    def motion_of_joints(self, joints: np.ndarray) -> MotionVectors:
        """The first `frames` rows of a longer motion are taken, as in the product."""
        joints = joints if self.leg is None else joints * (self.leg / leg_length(joints))
        rows = features_from_joints(joints)[: self.frames]
        whole = self.motion_session.run(["global"], {"features": ((rows - self.mean) / self.std).astype(np.float32)})[0]
        return np.zeros((0, len(whole)), np.float32), stored(whole)

    def text(self, text: str) -> TextVectors:
        sentence = self._text(text, ["global"])[0]
        return TextVectors(np.zeros((0, len(sentence)), np.float32), [], stored(sentence))


def open_package(folder: Path, threads: int = 0) -> tuple[Any, str]:
    """Encoder of a model package of any kind this project writes, and how it scores: `late` or `global`."""
    from .encoders import OnnxEncoder

    try:
        manifest = json.loads((folder / "model.json").read_text())
        motion, kind = manifest["motion"], "late" if manifest["kind"] == "late-interaction" else "global"
    except (json.JSONDecodeError, KeyError, TypeError) as problem:
        raise ValueError(f"{folder / 'model.json'}: is no description of a model package ({problem})") from None
    if motion.get("features") == "hml263":
        return Features263Package(folder, threads), kind
    if motion.get("angles") == "compat":
        return JointAnglePackage(folder, threads), kind
    return OnnxEncoder(folder, threads), kind
