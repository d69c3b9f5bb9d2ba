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

from .features import CLAMP, COLUMNS, FRAMES_PER_PATCH
from .model import RetrievalModel
from .skeleton import PART_NAMES
from .text_model import MAX_TOKENS, minilm_folder

SMALLEST_QUANTISED = 4096


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


def _write(module: torch.nn.Module, example: torch.Tensor, name: str, outputs: list[str], shapes: Any, path: Path, int8: bool) -> None:
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


def export(model: RetrievalModel, out: Path, description: dict[str, Any], int8: bool = True) -> dict[str, Any]:
    """Writes the package into `out` and returns its manifest. `description`: name, version, licence, trainingData, metrics."""
    out.mkdir(parents=True, exist_ok=True)
    model.eval()
    times = torch.export.Dim("times", min=1, max=4096)
    _write(
        model.motion,
        torch.randn(FRAMES_PER_PATCH * 5, COLUMNS),
        "image",
        ["patches", "global"],
        ({0: FRAMES_PER_PATCH * times},),
        out / "motion.onnx",
        int8,
    )
    length = torch.export.Dim("length", min=2, max=512)
    _write(
        model.text,
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
        "dim": model.config.dim,
        "quantisation": "int8 weights with a scale per channel, float32 arithmetic" if int8 else "none (float32)",
        "licence": description["licence"],
        "trainingData": description["trainingData"],
        "metrics": description.get("metrics", {}),
    }
    (out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest
