"""Holds the joint angles, the `clean` motion image and the 263 features of this package to those of the extension's TypeScript code."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..features import COLUMNS as CLEAN_COLUMNS
from ..features import clean_features
from ..features263 import SIZE, features_from_joints
from .angles import COLUMNS, compat_angles

#: For each of KIT-ML's 21 joints the one of the 22 that stands at its place, so that any motion can be read as one of KIT-ML.
KIT_FROM_22 = [0, 3, 12, 12, 15, 17, 19, 21, 16, 18, 20, 2, 5, 8, 11, 11, 1, 4, 7, 10, 10]

REPOSITORY = Path(__file__).resolve().parents[4]


class ParityUnavailable(RuntimeError):
    """The TypeScript side cannot run here."""


@dataclass
class Numbers:
    """What the TypeScript code makes of motions: one array a motion."""

    angles: list[np.ndarray]  # (T, 29) float64
    clean: list[np.ndarray]  # (T, 94) float32
    humanml: list[np.ndarray]  # (T - 1, 263) float32; none for 21 joints


def find_node() -> str:
    """The Node that `npm ci` installs with the project, or the one on the path."""
    for name in ("node.exe", "node"):
        brought = REPOSITORY / "node_modules" / "node" / "bin" / name
        if brought.is_file():
            return str(brought)
    found = shutil.which("node")
    if found is None:
        raise ParityUnavailable("Node was not found; run npm ci in the repository")
    return found


def typescript_numbers(motions: list[np.ndarray]) -> Numbers:
    """Runs the extension's code over motions (T, J, 3) float32 of one skeleton, taken as 20 frames a second."""
    joints = motions[0].shape[1]
    with tempfile.TemporaryDirectory(prefix="motion-lens-") as name:
        folder = Path(name)
        request = {"skeleton": "humanml3d22" if joints == 22 else "kit21", "fps": 20, "lengths": [len(m) for m in motions]}
        (folder / "request.json").write_text(json.dumps(request))
        np.concatenate(motions).astype("<f4").tofile(folder / "joints.f32")
        script = REPOSITORY / "scripts" / "motion-numbers.mjs"
        done = subprocess.run([find_node(), str(script), str(folder)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ParityUnavailable(f"{script.name} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        ends = np.cumsum([len(m) for m in motions])[:-1]
        angles = np.fromfile(folder / "angles.f64", "<f8").reshape(-1, COLUMNS)
        clean = np.fromfile(folder / "clean.f32", "<f4").reshape(-1, CLEAN_COLUMNS)
        humanml = np.fromfile(folder / "humanml.f32", "<f4").reshape(-1, SIZE)
        rows = np.cumsum([len(m) - 1 for m in motions])[:-1]
        return Numbers(np.split(angles, ends), np.split(clean, ends), np.split(humanml, rows) if joints == 22 else [])


@dataclass
class Difference:
    """The largest difference found, and where."""

    largest: float = 0.0
    motion: int = -1
    column: int = -1
    #: Values that one side calls undefined and the other does not.
    undefined: int = 0

    def add(self, motion: int, ours: np.ndarray, theirs: np.ndarray, turns: bool) -> None:
        """Compares two arrays (T, columns); with `turns`, columns behind the third are degrees that wrap at 180."""
        self.undefined += int((np.isnan(ours) != np.isnan(theirs)).sum())
        apart = np.abs(ours - theirs)
        if turns:
            apart[:, 3:] = np.minimum(apart[:, 3:], np.abs(360 - apart[:, 3:]))
        apart = np.nan_to_num(apart, nan=0.0)
        if apart.size and apart.max() > self.largest:
            self.largest, self.motion = float(apart.max()), motion
            self.column = int(np.unravel_index(apart.argmax(), apart.shape)[1])


def compare(motions: list[np.ndarray]) -> dict[str, Difference]:
    """Largest differences of angles (both skeletons, degrees) and of the clean image and the 263 features over motions (T, 22, 3) float32."""
    found = {name: Difference() for name in ("angles", "angles of 21 joints", "clean image", "263 features")}
    theirs = typescript_numbers(motions)
    kit = [m[:, KIT_FROM_22] for m in motions]
    theirs_kit = typescript_numbers(kit)
    for i, joints in enumerate(motions):
        found["angles"].add(i, compat_angles(joints), theirs.angles[i], turns=True)
        found["angles of 21 joints"].add(i, compat_angles(kit[i]), theirs_kit.angles[i], turns=True)
        found["clean image"].add(i, clean_features(joints), theirs.clean[i], turns=False)
        found["263 features"].add(i, features_from_joints(joints), theirs.humanml[i], turns=False)
    return found
