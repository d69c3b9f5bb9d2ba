"""A PyTorch model from a model package, to train on from it.

A package holds ONNX graphs, with int8 weights or float ones, and no PyTorch file. Parameters that the exporter kept by name are
taken by name. It renames those that it transposed for a MatMul: they are found by the bias that is added to the product, which keeps
its name. Parameters that no graph holds, because only training uses them (the masked-language head, the learned scales), start anew.
`check` compares the vectors of both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper

from .export import WithWhole
from .features import COLUMNS, FRAMES_PER_PATCH
from .model import Config, RetrievalModel
from .text_model import load_tokenizer

#: What an exported graph does not hold; all else must be there.
NOT_EXPORTED = ("text.mlm_", "log_scale", "log_global_scale", "log_whole_scale", "scales.")
#: Largest difference of a number of a unit vector between the package and the restored model.
TOLERANCE = 1e-4
#: What the check encodes.
CAPTIONS = ("a person kicks with the left leg", "Someone, slowly: walks in a circle and waves both hands.")


class PackageError(ValueError):
    """A model package that cannot be trained on from; the message names it and says why."""


def _arrays(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Every constant float array of a graph by name; int8 weights under the name of the float array they stand for."""
    stored = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    out = {name: a for name, a in stored.items() if a.dtype == np.float32}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in stored:
            axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
            shape = [1, 1]
            shape[axis] = -1
            out[node.output[0]] = stored[node.input[0]].astype(np.float32) * stored[node.input[1]].reshape(shape)
    for name, a in stored.items():
        # Tables that rows are gathered from stay int8 in the graph; their scales stand beside.
        if name.endswith("_int8") and name.removesuffix("_int8") not in out:
            out[name.removesuffix("_int8")] = a.astype(np.float32) * stored[name.removesuffix("_int8") + "_scale"]
    return out


def _parameters(file: Path) -> dict[str, np.ndarray]:
    """Parameters of the exported encoder by their PyTorch names."""
    graph = onnx.load(str(file)).graph
    arrays = _arrays(graph)
    # Where vectors carry the whole's behind their own numbers, the encoder sits in a module of its own.
    whole = any(name.startswith("encoder.") for name in arrays)
    out = {name: a for name, a in arrays.items() if not name.startswith("val_")}
    products = {n.output[0]: n.input[1] for n in graph.node if n.op_type == "MatMul" and n.input[1] in arrays}
    for node in graph.node:
        if node.op_type != "Add":
            continue
        for product, bias in (tuple(node.input), tuple(reversed(node.input))):
            if product in products and bias.endswith(".bias"):
                out.setdefault(bias.removesuffix("bias") + "weight", arrays[products[product]].T)
    return {name.removeprefix("encoder.") if whole else name: a for name, a in out.items()}


@dataclass
class Restored:
    model: RetrievalModel  # in evaluation mode
    manifest: dict[str, Any]
    #: Directions (rest, dim) in which vectors carry the whole's; None where they do not.
    basis: torch.Tensor | None


def restore(folder: Path) -> Restored:
    """The model of a package, with what else training on needs of it."""
    for name in ("model.json", "motion.onnx", "text.onnx"):
        if not (folder / name).is_file():
            raise PackageError(f"{folder}: {name} is missing; training starts from a model package (or from a run, which holds best.pt)")
    try:
        manifest = json.loads((folder / "model.json").read_text())
        motion = _parameters(folder / manifest["motion"]["file"])
        text = _parameters(folder / manifest["text"]["file"])
        mean, std = (np.array(manifest["motion"][k], np.float32) for k in ("mean", "std"))
        config = _config(manifest, motion)
    except KeyError as error:
        raise PackageError(f"{folder}: a model of another make; {error.args[0]} is not there") from None
    except ValueError as error:
        raise PackageError(f"{folder}: {error}") from None
    model = RetrievalModel(config, mean, std)
    state = model.state_dict()
    found = {**{f"motion.{k}": v for k, v in motion.items()}, **{f"text.{k}": v for k, v in text.items()}}
    missing = []
    for name, value in state.items():
        array = found.get(name)
        if array is None:
            if name not in ("mean", "std") and not name.startswith(NOT_EXPORTED):
                missing.append(name)
        elif array.shape != tuple(value.shape):
            raise PackageError(f"{folder}: {name} has shape {array.shape} where this version trains {tuple(value.shape)}")
        else:
            state[name] = torch.tensor(array, dtype=value.dtype)
    if missing:
        raise PackageError(f"{folder}: {len(missing)} parameters of this version are not in the package, such as {missing[0]}")
    model.load_state_dict(state)
    model.eval()
    return Restored(model, manifest, torch.tensor(motion["basis"]) if "basis" in motion else None)


def _config(manifest: dict[str, Any], motion: dict[str, np.ndarray]) -> Config:
    """Sizes of the model, read from its parameters."""
    width = motion["part"].shape[1]

    def layers(prefix: str) -> int:
        return len({name.removeprefix(prefix).split(".")[0] for name in motion if name.startswith(prefix)})

    return Config(
        kind="late" if manifest["kind"] == "late-interaction" else "global",
        dim=len(motion["patch_projection.bias"]),
        width=width,
        layers=layers("blocks."),
        whole_layers=layers("whole.blocks."),
        heads=motion["blocks.0.bias"].shape[0],
        ratio=len(motion["blocks.0.up.bias"]) / width,
        # The head of the masked words is not in the package: untrained, it would pull the text encoder off.
        mlm_weight=0.0,
        ignore_same_content=True,
    )


def check(restored: Restored, folder: Path, seed: int = 0) -> float:
    """Largest difference between the package's vectors (tokens, patches and wholes) and those of the restored model."""
    model, manifest = restored.model, restored.manifest
    modules: dict[str, torch.nn.Module] = {"motion": model.motion, "text": model.text}
    if restored.basis is not None:
        weight = 1 - manifest.get("gridShare", 1.0)
        modules = {k: WithWhole(m, restored.basis, weight) for k, m in modules.items()}
    tokenizer = load_tokenizer()
    rng = np.random.default_rng(seed)
    inputs: dict[str, list[torch.Tensor]] = {
        "motion": [torch.from_numpy(rng.normal(0, 1, (n * FRAMES_PER_PATCH, COLUMNS)).astype(np.float32)) for n in (1, 4)],
        "text": [torch.tensor([tokenizer.encode(caption).ids]) for caption in CAPTIONS],
    }
    options = onnxruntime.SessionOptions()
    # As the package says: float32 arithmetic. ONNX Runtime's default rounds activations to int8 beside int8 weights.
    options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "0")
    worst = 0.0
    for side, module in modules.items():
        session = onnxruntime.InferenceSession(str(folder / manifest[side]["file"]), options)
        for x in inputs[side]:
            with torch.no_grad():
                mine = module(x)
            for a, b in zip(session.run(None, {session.get_inputs()[0].name: x.numpy()}), mine, strict=True):
                worst = max(worst, float(np.abs(a - b.numpy()).max()))
    return worst
