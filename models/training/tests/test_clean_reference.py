"""The clean motion image here and in the extension: one file of joints and features holds both to the same numbers."""

import json
from pathlib import Path

import numpy as np

from motion_lens_training.features import clean_features

REFERENCE = Path(__file__).parents[3] / "test" / "fixtures" / "clean-reference.json"


def test_features_agree_with_the_extension() -> None:
    reference = json.loads(REFERENCE.read_text(encoding="utf-8"))
    joints = np.array(reference["joints"], dtype=np.float32).reshape(-1, 22, 3)
    np.testing.assert_allclose(clean_features(joints), np.array(reference["features"]), atol=5e-6)
