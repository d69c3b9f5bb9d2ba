"""What the measures ask of a model, and the encoders that answer: a PyTorch run, a model package, and chance.

Scores follow the product: token vectors and patches are stored as int8 with a scale per vector and compared so.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from tokenizers import Tokenizer

from ..features import COLUMNS, clean_features, mirror_features, patches_of, to_image
from ..skeleton import PART_NAMES, mirror_joints
from ..text_model import is_scored

PARTS = len(PART_NAMES)

#: Patches (times * 14, dim) and the vector of the whole motion.
MotionVectors = tuple[np.ndarray, np.ndarray]


@dataclass
class TextVectors:
    tokens: np.ndarray  # (kept, dim)
    chars: list[tuple[int, int]]
    sentence: np.ndarray


class Encoder(Protocol):
    """A model of the clean motion image. A model of another input has `motion_of_joints` instead of `motion` (see `motion_of`)."""

    mean: np.ndarray
    #: Numbers of a vector that are its token's or patch's own (the rest carries the whole).
    grid_dim: int
    #: Share of MaxSim in the score of two whole vectors; 1 where nothing is behind the own numbers.
    grid_share: float

    def motion(self, features: np.ndarray) -> MotionVectors:
        """Features (T, 94) -> patches (times * 14, dim), global (dim)."""

    def text(self, text: str) -> TextVectors: ...


def motion_of(encoder: Any, joints: np.ndarray, mirrored: bool = False) -> MotionVectors:
    """Vectors of joints (T, 22, 3) or of their mirror image."""
    if isinstance(encoder, Remembering):
        return encoder.of_joints(joints, mirrored)
    if hasattr(encoder, "motion_of_joints"):
        return encoder.motion_of_joints(mirror_joints(joints) if mirrored else joints)
    features = clean_features(joints)
    return encoder.motion(mirror_features(features) if mirrored else features)


def stored(vectors: np.ndarray) -> np.ndarray:
    """Vectors as the index stores them: int8 with one scale each (rounded half away from zero), back in floats."""
    scale = np.abs(vectors).max(-1, keepdims=True) / 127
    scale = np.where(scale == 0, 1, scale)
    x = vectors / scale
    return (np.sign(x) * np.floor(np.abs(x) + 0.5) * scale).astype(np.float32)


def kept_positions(tokens: list[str]) -> list[int]:
    return [k for k, t in enumerate(tokens) if is_scored(t)] or list(range(1, len(tokens) - 1))


class TorchEncoder:
    """A trained model in PyTorch."""

    def __init__(self, model: Any, tokenizer: Tokenizer) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.mean = model.mean.numpy()
        self.grid_dim = model.config.dim
        self.grid_share = 1.0

    @torch.no_grad()
    def motion(self, features: np.ndarray) -> MotionVectors:
        patches, whole = self.model.motion(torch.from_numpy(self.model.image(features)))
        return stored(patches.numpy()), stored(whole.numpy())

    @torch.no_grad()
    def text(self, text: str) -> TextVectors:
        enc = self.tokenizer.encode(text)
        tokens, sentence = self.model.text(torch.tensor([enc.ids]))
        keep = kept_positions(enc.tokens)
        return TextVectors(stored(tokens.numpy()[keep]), [enc.offsets[k] for k in keep], stored(sentence.numpy()))


class OnnxEncoder:
    """A model package (model.json, motion.onnx, text.onnx, tokenizer.json), run as the product runs it."""

    def __init__(self, folder: Path | str, threads: int = 0) -> None:
        import onnxruntime

        folder = Path(folder)
        self.manifest = json.loads((folder / "model.json").read_text())
        m = self.manifest["motion"]
        if m.get("angles", "clean") != "clean" or m.get("features", COLUMNS) != COLUMNS:
            raise ValueError(f"{folder / 'model.json'}: made for the motion image {m.get('angles')!r} of {m.get('features')} numbers; "
                             f"this evaluation computes 'clean' of {COLUMNS}")  # fmt: skip
        self.grid_dim = self.manifest.get("gridDim", self.manifest["dim"])
        self.grid_share = self.manifest.get("gridShare", 1.0)
        self.mean, self.std = np.array(m["mean"], np.float32), np.array(m["std"], np.float32)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.motion_session = onnxruntime.InferenceSession(str(folder / m["file"]), options)
        self.text_session = onnxruntime.InferenceSession(str(folder / self.manifest["text"]["file"]), options)
        self.tokenizer = Tokenizer.from_file(str(folder / self.manifest["text"]["tokenizer"]))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.manifest["text"]["maxTokens"])

    def motion(self, features: np.ndarray) -> MotionVectors:
        patches, whole = self.motion_session.run(["patches", "global"], {"image": to_image(features, self.mean, self.std)})
        return stored(patches), stored(whole)

    def text(self, text: str) -> TextVectors:
        enc = self.tokenizer.encode(text)
        tokens, sentence = self.text_session.run(["tokens", "global"], {"input_ids": np.array([enc.ids], np.int64)})
        keep = kept_positions(enc.tokens)
        return TextVectors(stored(tokens[keep]), [enc.offsets[k] for k in keep], stored(sentence))


class ChanceEncoder:
    """Random unit vectors that depend on nothing but the input: what every measure says of a model that knows nothing."""

    def __init__(self, tokenizer: Tokenizer, dim: int = 16, seed: int = 0) -> None:
        self.tokenizer, self.dim, self.seed = tokenizer, dim, seed
        self.mean = np.zeros(COLUMNS, np.float32)
        self.grid_dim, self.grid_share = dim, 1.0

    def _vectors(self, key: bytes, count: int) -> np.ndarray:
        digest = hashlib.blake2b(key, digest_size=8, salt=self.seed.to_bytes(8, "little")).digest()
        x = np.random.default_rng(int.from_bytes(digest, "little")).normal(size=(count, self.dim))
        return stored((x / np.linalg.norm(x, axis=-1, keepdims=True)).astype(np.float32))

    def motion(self, features: np.ndarray) -> MotionVectors:
        vectors = self._vectors(np.ascontiguousarray(features).tobytes(), patches_of(len(features)) * PARTS + 1)
        return vectors[:-1], vectors[-1]

    def text(self, text: str) -> TextVectors:
        enc = self.tokenizer.encode(text)
        keep = kept_positions(enc.tokens)
        vectors = self._vectors(text.encode(), len(keep) + 1)
        return TextVectors(vectors[:-1], [enc.offsets[k] for k in keep], vectors[-1])


class Remembering:
    """An encoder that keeps what it encoded, so that measures share motions and texts. `inner` never remembers."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.mean, self.grid_dim = getattr(inner, "mean", None), getattr(inner, "grid_dim", None)
        self.grid_share = getattr(inner, "grid_share", 1.0)
        self._motions: dict[bytes, MotionVectors] = {}
        self._texts: dict[str, TextVectors] = {}

    def of_joints(self, joints: np.ndarray, mirrored: bool) -> MotionVectors:
        key = hashlib.blake2b(np.ascontiguousarray(joints).tobytes(), digest_size=16).digest() + bytes([mirrored])
        if key not in self._motions:
            self._motions[key] = motion_of(self.inner, joints, mirrored)
        return self._motions[key]

    def text(self, text: str) -> TextVectors:
        if text not in self._texts:
            self._texts[text] = self.inner.text(text)
        return self._texts[text]
