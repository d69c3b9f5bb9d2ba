"""Exports a run as a model package of kind `global` (docs/model-package.md of the project): both networks take raw input.

The motion network takes standardised feature rows at 20 frames a second as they are, thins and pads them itself; the text network
holds the frozen transformer, so that it starts from token ids. Weights are float32 unless int8 is asked for.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..export import write_onnx
from ..features263 import SIZE
from ..text_model import MAX_TOKENS
from .frozen_text import Transformer
from .motions import EPSILON, FPS, pooled
from .settings import FRAMES
from .system import System
from .trainer import open_run


class MotionNetwork(nn.Module):
    """Standardised rows (T, 263), T from 1 to 200 -> unit vector (width)."""

    def __init__(self, system: System) -> None:
        super().__init__()
        self.encoder, self.stride = system.motion, system.settings.size.stride

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.normalize(self.encoder.one(features[:: self.stride])[0], dim=-1)


class TextNetwork(nn.Module):
    """Token ids (1, L) -> unit vector (width)."""

    def __init__(self, system: System, transformer: Transformer) -> None:
        super().__init__()
        self.encoder, self.transformer = system.text, transformer

    def forward(self, input_ids: Tensor) -> Tensor:
        states = self.transformer(input_ids, torch.ones_like(input_ids))
        return nn.functional.normalize(self.encoder(states)[0][0], dim=-1)


def export(
    run: Path,
    out: Path,
    name: str,
    version: str,
    licence: str,
    text_model: Path | None = None,
    source: str | None = None,
    checkpoint: str = "best",
    int8: bool = False,
) -> dict[str, Any]:
    """Writes motion.onnx, text.onnx, tokenizer.json and model.json into `out`; returns the manifest.

    Rows are standardised with the statistics of `source`, or with those of all sources trained on, put together.
    """
    system, statistics, about = open_run(run, checkpoint)
    if system.settings.batch_leak:
        raise ValueError(f"{run}: a system whose vectors depend on their batch is not exported")
    transformer = Transformer(text_model)
    if transformer.name != about["transformer"]:
        raise ValueError(f"{run} was trained over {about['transformer']}, not over {transformer.name}: give its folder")
    if source is not None and source not in statistics:
        raise ValueError(f"{run} has no statistics of {source}; it has those of {', '.join(sorted(statistics))}")
    chosen = statistics[source] if source else pooled([statistics[s] for s in about["train"]], list(about["train"].values()))
    out.mkdir(parents=True, exist_ok=True)
    rows = torch.export.Dim("rows", min=2, max=FRAMES)
    write_onnx(MotionNetwork(system).eval(), torch.randn(57, SIZE), "features", ["global"], ({0: rows},), out / "motion.onnx", int8)
    tokens = torch.export.Dim("tokens", min=2, max=MAX_TOKENS)
    ids = torch.randint(5, 1000, (1, 9)).clamp(max=transformer.model.config.vocab_size - 1)
    write_onnx(TextNetwork(system, transformer).eval(), ids, "input_ids", ["global"], ({1: tokens},), out / "text.onnx", int8)
    shutil.copyfile(transformer.folder / "tokenizer.json", out / "tokenizer.json")
    hashes = {f: hashlib.sha256((out / f).read_bytes()).hexdigest() for f in ("motion.onnx", "text.onnx", "tokenizer.json")}
    motion: dict[str, Any] = {
        "file": "motion.onnx",
        "sha256": hashes["motion.onnx"],
        "features": "hml263",
        "skeleton": "humanml3d22",
        "fps": FPS,
        "frames": FRAMES,
        "mean": _numbers(chosen.mean),
        "std": _numbers(chosen.std + np.float32(EPSILON)),
        "statistics": {s: {"mean": _numbers(x.mean), "std": _numbers(x.std)} for s, x in sorted(statistics.items())},
        "inputs": ["features"],
        "outputs": ["global"],
    }
    if about.get("leg_metres"):
        motion["legMetres"] = about["leg_metres"]
    identity = hashlib.sha256("".join([*hashes.values(), json.dumps(motion, sort_keys=True)]).encode()).hexdigest()
    manifest = {
        "schema": 1,
        "id": identity,
        "name": name,
        "kind": "global",
        "version": version,
        "motion": motion,
        "text": {
            "file": "text.onnx",
            "sha256": hashes["text.onnx"],
            "tokenizer": "tokenizer.json",
            "tokenizerSha256": hashes["tokenizer.json"],
            "maxTokens": MAX_TOKENS,
            "specialTokens": "keep",
            "punctuation": "keep",
            "inputs": ["input_ids"],
            "outputs": ["global"],
        },
        "dim": system.settings.size.width,
        "quantisation": "int8 weights with a scale per channel, float32 arithmetic" if int8 else "none (float32)",
        "system": {
            "configuration": about["configuration"],
            "size": about["size"],
            "trainedOn": about["train"],
            "steps": about["step"],
            "seed": about["seed"],
            "transformer": about["transformer"],
            "sentenceTeacher": about["teacher"] if system.settings.taught else None,
        },
        "licence": licence,
    }
    (out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def _numbers(x: np.ndarray) -> list[float]:
    """Numbers that read back as the same float32."""
    return [float(str(np.float32(v))) for v in x]
