"""How exact the 263 features are: joints -> features -> joints on every clip of a folder, and against published vectors.

python -m motion_lens_training.check263 --data DATA
python -m motion_lens_training.check263 --vectors new_joint_vecs/012314.npy
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from .data import load_clips
from .features263 import BLOCKS, canonical, features_from_joints, joints_from_features
from .folder_motions import read_array


def round_trip(motions: list[np.ndarray]) -> dict[str, Any]:
    """Distances of joints that went through the features and back from where they were."""
    errors = [np.linalg.norm(joints_from_features(features_from_joints(j), last=True) - canonical(j), axis=-1) for j in motions]
    return {
        "motions": len(errors),
        "frames": sum(len(e) for e in errors),
        "largest error, mm": float(max(e.max() for e in errors)) * 1000,
    }


def against_vectors(vectors: np.ndarray) -> dict[str, dict[str, float]]:
    """Published features beside ours of the joints that they hold, block by block."""
    found = features_from_joints(joints_from_features(vectors, last=True))
    out = {}
    for name, block in BLOCKS.items():
        difference = np.abs(found[:, block] - vectors[:, block])
        out[name] = {"largest": float(difference.max()), "mean": float(difference.mean()), "size": float(np.abs(vectors[:, block]).mean())}
    return out


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="motion_lens_training.check263", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="data folder, of this project's layout or HumanML3D's")
    parser.add_argument("--vectors", type=Path, help="a published (rows, 263) file")
    a = parser.parse_args(arguments)
    if a.data is None and a.vectors is None:
        parser.error("name --data or --vectors")
    if a.data is not None:
        clips = [c for c in load_clips(a.data) if len(c.joints) > 1]
        print(json.dumps(round_trip([c.joints for c in clips])))
    if a.vectors is not None:
        for name, figures in against_vectors(read_array(a.vectors)).items():
            print(json.dumps({"block": name, **figures}))


if __name__ == "__main__":
    main()
