"""Exports a trained model as a package: motion.onnx, text.onnx, tokenizer.json, model.json.

Weights are stored as int8 with a scale per output channel and computed in float32 (weight-only quantisation): activations are
never quantised, so a vector depends on nothing but its own input.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from tokenizers import Tokenizer

from .data import Clip
from .features import CLAMP, COLUMNS, FRAMES_PER_PATCH, clean_features
from .model import RetrievalModel
from .skeleton import PART_NAMES
from .text_model import MAX_TOKENS, minilm_folder

SMALLEST_QUANTISED = 4096


class WithWhole(torch.nn.Module):
    """An encoder whose token or patch vectors carry the vector of the whole behind their own numbers.

    The dot product of two such vectors is (1 - w) cos(token, patch) + w cos(text, motion): MaxSim over them is the weighted sum of
    MaxSim and of the global score, which ranks better than either, while which patch a token finds stays decided by the patches alone.
    `basis` (rest, dim) keeps the directions that global vectors really use.
    """

    def __init__(self, encoder: torch.nn.Module, basis: torch.Tensor, weight: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.own, self.whole = (1 - weight) ** 0.5, weight**0.5
        self.register_buffer("basis", basis)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        vectors, whole = self.encoder(x)
        kept = torch.nn.functional.normalize(self.basis @ whole, dim=-1)
        behind = kept[None].expand(vectors.shape[0], -1)
        padded = torch.cat([torch.zeros_like(vectors[0]), kept])
        return torch.cat([vectors * self.own, behind * self.whole], -1), padded


def global_basis(model: RetrievalModel, clips: list[Clip], size: int, tokenizer: Tokenizer) -> torch.Tensor:
    """The `size` directions (size, dim) that the global vectors of clips and captions use most; rows are orthonormal."""
    rows = []
    with torch.no_grad():
        for clip in clips:
            rows.append(model.motion(torch.from_numpy(model.image(clean_features(clip.joints))))[1])
            rows.append(model.text(torch.tensor([tokenizer.encode(clip.training_captions()[0].text).ids]))[1])
    return torch.linalg.svd(torch.stack(rows), full_matrices=False).Vh[:size].contiguous()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _quantise(graph: onnx.GraphProto) -> None:
    """Replaces float weights of MatMul, Gemm and Gather by int8 with scales, in place."""
    weights = {i.name: i for i in graph.initializer}
    uses: dict[str, list[tuple[onnx.NodeProto, int]]] = {}
    for node in graph.node:
        for k, name in enumerate(node.input):
            if name in weights:
                uses.setdefault(name, []).append((node, k))
    before: list[onnx.NodeProto] = []
    replaced: list[tuple[onnx.NodeProto, list[onnx.NodeProto]]] = []
    for name, places in uses.items():
        w = numpy_helper.to_array(weights[name])
        if w.dtype != np.float32 or w.ndim != 2 or w.size < SMALLEST_QUANTISED:
            continue
        kinds = {(n.op_type, k) for n, k in places}
        if kinds == {("Gather", 0)} and len(places) == 1:
            axis = 0
        elif kinds <= {("MatMul", 1), ("Gemm", 1)}:
            transposed = any(a.name == "transB" and a.i for n, _ in places for a in n.attribute)
            axis = 0 if transposed else 1
        else:
            continue
        scale = np.abs(w).max(1 - axis, keepdims=True) / 127
        scale = np.where(scale == 0, 1, scale).astype(np.float32)
        q = np.clip(np.rint(w / scale), -127, 127).astype(np.int8)
        graph.initializer.remove(weights[name])
        graph.initializer.append(numpy_helper.from_array(q, name + "_int8"))
        if kinds == {("Gather", 0)}:
            # The table stays int8 in memory: rows are picked first, then scaled.
            node = places[0][0]
            out, ids = node.output[0], node.input[1]
            graph.initializer.append(numpy_helper.from_array(scale, name + "_scale"))
            replaced.append(
                (
                    node,
                    [
                        helper.make_node("Gather", [name + "_int8", ids], [out + "_rows"], axis=0),
                        helper.make_node("Cast", [out + "_rows"], [out + "_float"], to=TensorProto.FLOAT),
                        helper.make_node("Gather", [name + "_scale", ids], [out + "_scales"], axis=0),
                        helper.make_node("Mul", [out + "_float", out + "_scales"], [out]),
                    ],
                )
            )
        else:
            graph.initializer.append(numpy_helper.from_array(scale.reshape(-1), name + "_scale"))
            before.append(
                helper.make_node("DequantizeLinear", [name + "_int8", name + "_scale"], [name], axis=axis)
            )
    nodes = before + list(graph.node)
    for old, new in replaced:
        at = next(i for i, n in enumerate(nodes) if n is old or n == old)
        nodes[at : at + 1] = new
    del graph.node[:]
    graph.node.extend(nodes)


def write_onnx(module: torch.nn.Module, example: torch.Tensor, name: str, outputs: list[str], shapes: Any, path: Path, int8: bool) -> None:
    """Writes a network with one named input as a checked ONNX file that says nothing of the machine; int8 weights if asked."""
    program = torch.onnx.export(
        module, (example,), input_names=[name], output_names=outputs, dynamic_shapes=shapes, dynamo=True, opset_version=20
    )
    model = program.model_proto
    if int8:
        _quantise(model.graph)
    # Names and docs of the exporting machine do not belong into the file.
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output]:
        del value.metadata_props[:]
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    for initializer in model.graph.initializer:
        del initializer.metadata_props[:]
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def export(
    model: RetrievalModel,
    out: Path,
    description: dict[str, Any],
    int8: bool = True,
    basis: torch.Tensor | None = None,
    global_weight: float = 0.6,
) -> dict[str, Any]:
    """Writes the package into `out` and returns its manifest. `description`: name, version, licence, trainingData, metrics.

    With a `basis` (see `global_basis`) every vector carries the whole's behind it, with `global_weight` of the score.
    """
    out.mkdir(parents=True, exist_ok=True)
    model.eval()
    motion_module = model.motion if basis is None else WithWhole(model.motion, basis, global_weight)
    text_module = model.text if basis is None else WithWhole(model.text, basis, global_weight)
    times = torch.export.Dim("times", min=1, max=4096)
    write_onnx(
        motion_module,
        torch.randn(FRAMES_PER_PATCH * 5, COLUMNS),
        "image",
        ["patches", "global"],
        ({0: FRAMES_PER_PATCH * times},),
        out / "motion.onnx",
        int8,
    )
    length = torch.export.Dim("length", min=2, max=512)
    write_onnx(
        text_module,
        torch.randint(1000, 20000, (1, 9)),
        "input_ids",
        ["tokens", "global"],
        ({1: length},),
        out / "text.onnx",
        int8,
    )
    shutil.copyfile(minilm_folder() / "tokenizer.json", out / "tokenizer.json")
    hashes = {f: _sha256(out / f) for f in ("motion.onnx", "text.onnx", "tokenizer.json")}
    motion = {
        "file": "motion.onnx",
        "sha256": hashes["motion.onnx"],
        "angles": "clean",
        "skeleton": "humanml3d22",
        "fps": 20,
        "framesPerPatch": FRAMES_PER_PATCH,
        "features": COLUMNS,
        "mean": [round(float(v), 6) for v in model.mean],
        "std": [round(float(v), 6) for v in model.std],
        "clamp": CLAMP,
        "windowPatches": 32,
        "haloPatches": model.config.layers,
    }
    identity = hashlib.sha256(
        "".join([*hashes.values(), json.dumps(motion, sort_keys=True)]).encode()
    ).hexdigest()
    manifest = {
        "schema": 1,
        "id": identity,
        "name": description["name"],
        "kind": "late-interaction" if model.config.kind == "late" else "global",
        "version": description["version"],
        "motion": motion,
        "grid": {"parts": PART_NAMES},
        "text": {
            "file": "text.onnx",
            "sha256": hashes["text.onnx"],
            "tokenizer": "tokenizer.json",
            "tokenizerSha256": hashes["tokenizer.json"],
            "maxTokens": MAX_TOKENS,
            "specialTokens": "drop",
            "punctuation": "drop",
        },
        "dim": model.config.dim + (0 if basis is None else len(basis)),
        # Numbers of a vector that belong to its token or patch; those behind them carry the whole text or motion.
        "gridDim": model.config.dim,
        # Share of the score that the token's or patch's own numbers make up.
        "gridShare": 1.0 if basis is None else round(1 - global_weight, 6),
        "quantisation": "int8 weights with a scale per channel, float32 arithmetic" if int8 else "none (float32)",
        "licence": description["licence"],
        "trainingData": description["trainingData"],
        "metrics": description.get("metrics", {}),
    }
    (out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest
