"""Reads and writes weights under the published names, and says exactly what is wrong with a file that is not such weights.

Nothing is unpickled: files are read with `weights_only=True`, and whatever holds more than tensors and plain values is refused.
"""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import torch
from torch import Tensor

from .model import SCALE, CompatModel, CompatSize
from .text import Family, TextSize

TEXT = "text_encoder.text_model."
#: The published state dict holds the text backbone a second time under this prefix.
TWIN = "text_encoder.base_model."
LOGIT_SCALE = "logit_scale"
#: A table of numbers 0, 1, 2, ... that older versions of `transformers` saved with the weights.
_POSITION_IDS = re.compile(r"^text_encoder\.(text_model\.(distilbert|roberta)|base_model)\.embeddings\.position_ids$")
_NAMED_AT_MOST = 3


class CheckpointError(ValueError):
    """A file that is not a checkpoint of the published system; the message says what is wrong with it."""


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Named tensors of a file of `torch.save`, without a `state_dict` around them or `module.` before the names."""
    if not path.is_file():
        raise CheckpointError(f"{path}: there is no such file")
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        first = str(error).strip().splitlines()[0][:300]
        raise CheckpointError(
            f"{path}: refused, because it is not a file of weights alone. Other files can run code when they are opened, and are "
            f"never read here. Save the state dict by itself where you trust the file. (torch: {first})"
        ) from error
    except (RuntimeError, EOFError, OSError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise CheckpointError(f"{path}: is damaged or no checkpoint of PyTorch: {str(error).strip().splitlines()[:1]}") from error
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict) or not loaded:
        raise CheckpointError(f"{path}: expected named tensors, found {type(loaded).__name__}")
    for key, value in loaded.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise CheckpointError(f"{path}: {key}: expected a tensor, found {type(value).__name__}")
    if all(key.startswith("module.") for key in loaded):
        loaded = {key.removeprefix("module."): value for key, value in loaded.items()}
    return loaded


def _shape(path: Path, state: dict[str, Tensor], key: str, dims: int) -> tuple[int, ...]:
    if key not in state:
        raise CheckpointError(f"{path}: {key} is missing")
    if state[key].dim() != dims:
        raise CheckpointError(f"{path}: {key} has shape {tuple(state[key].shape)}, expected {dims} dimensions")
    return tuple(state[key].shape)


def _depth(path: Path, state: dict[str, Tensor], prefix: str) -> int:
    """Number of layers named `<prefix><number>.`."""
    found = {int(m[1]) for key in state if (m := re.match(re.escape(prefix) + r"(\d+)\.", key))}
    if not found:
        raise CheckpointError(f"{path}: {prefix}0 is missing")
    return max(found) + 1


def recognise(path: Path, state: dict[str, Tensor]) -> CompatSize:
    """Which of the published models the shapes are of, or another size of the same build."""
    width = _shape(path, state, "motion_encoder.model.pos_embed", 3)[2]
    families: tuple[Family, ...] = ("distilbert", "roberta")
    family = next((f for f in families if any(key.startswith(f"{TEXT}{f}.") for key in state)), None)
    if family is None:
        raise CheckpointError(f"{path}: neither {TEXT}distilbert.* nor {TEXT}roberta.* is there; no other text model is known")
    backbone = f"{TEXT}{family}."
    layers = backbone + ("transformer.layer." if family == "distilbert" else "encoder.layer.")
    vocabulary, text_width = _shape(path, state, f"{backbone}embeddings.word_embeddings.weight", 2)
    inner = f"{layers}0.ffn.lin1.weight" if family == "distilbert" else f"{layers}0.intermediate.dense.weight"
    text = TextSize(
        family=family,
        vocabulary=vocabulary,
        positions=_shape(path, state, f"{backbone}embeddings.position_embeddings.weight", 2)[0],
        width=text_width,
        depth=_depth(path, state, layers),
        inner=_shape(path, state, inner, 2)[0],
    )
    dim = _shape(path, state, "motion_projection.weight", 2)[0]
    return CompatSize(width, _depth(path, state, "motion_encoder.model.blocks."), text, dim)


def empty_model(size: CompatSize) -> CompatModel:
    """The model without memory behind its weights."""
    with torch.device("meta"):
        return CompatModel(size)


def published_shapes(size: CompatSize) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the published state dict of a size, the second copy of the text backbone included."""
    shapes: dict[str, tuple[int, ...]] = {LOGIT_SCALE: ()}
    for key, value in empty_model(size).state_dict().items():
        own = key.removeprefix("text_model.")
        if own == key:
            shapes[key] = tuple(value.shape)
            continue
        shapes[TEXT + own] = tuple(value.shape)
        if own.startswith(f"{size.text.family}."):
            shapes[TWIN + own.removeprefix(f"{size.text.family}.")] = tuple(value.shape)
    return shapes


def _named(keys: list[str]) -> str:
    rest = len(keys) - _NAMED_AT_MOST
    return ", ".join(keys[:_NAMED_AT_MOST]) + (f" and {rest} more" if rest > 0 else "")


def check(path: Path, state: dict[str, Tensor], size: CompatSize) -> None:
    """Holds a state dict to the names and shapes of its size."""
    expected = published_shapes(size)
    found = [key for key in state if not _POSITION_IDS.match(key)]
    # A checkpoint that leaves the second copy out altogether is complete without it.
    if not any(key.startswith(TWIN) for key in found):
        expected = {key: shape for key, shape in expected.items() if not key.startswith(TWIN)}
    missing = sorted(set(expected) - set(found))
    extra = sorted(set(found) - set(expected))
    if missing:
        also = f"; not expected: {_named(extra)}" if extra else ""
        raise CheckpointError(f"{path}: {_named(missing)} {'is' if len(missing) == 1 else 'are'} missing{also}")
    if extra:
        raise CheckpointError(f"{path}: {_named(extra)} {'is' if len(extra) == 1 else 'are'} not part of the published model")
    for key, shape in expected.items():
        there = tuple(state[key].shape)
        if there != shape and not (key == LOGIT_SCALE and state[key].numel() == 1):
            raise CheckpointError(f"{path}: {key} has shape {there}, expected {shape}")
        if not state[key].is_floating_point():
            raise CheckpointError(f"{path}: {key} holds {state[key].dtype}, expected decimal numbers")
        if not bool(torch.isfinite(state[key]).all()):
            raise CheckpointError(f"{path}: {key} holds numbers that are not finite")
        twin = TWIN + key.removeprefix(f"{TEXT}{size.text.family}.")
        if key.startswith(f"{TEXT}{size.text.family}.") and twin in state:
            same = state[key].data_ptr() == state[twin].data_ptr() or torch.equal(state[key], state[twin])
            if state[twin].shape == state[key].shape and not same:
                raise CheckpointError(f"{path}: {twin} differs from {key}, of which it should be a copy")


def load_published(path: Path) -> CompatModel:
    """The model of a published checkpoint, in evaluation mode. Raises CheckpointError."""
    state = read_checkpoint(path)
    size = recognise(path, state)
    check(path, state, size)
    model = empty_model(size)
    weights = {}
    for key in model.state_dict():
        own = key.removeprefix("text_model.")
        weights[key] = state[key if own == key else TEXT + own].float()
    model.load_state_dict(weights, assign=True)
    # Tables that are made, not saved, have no memory yet either.
    for module in model.modules():
        for name, buffer in module.named_buffers(recurse=False):
            if buffer.is_meta:
                module.register_buffer(name, torch.empty(0), persistent=False)
    return model.eval()


def published_state(model: CompatModel) -> dict[str, Tensor]:
    """The state dict of a model under the published names, the copy of the text backbone included."""
    state = {LOGIT_SCALE: torch.tensor(float(torch.log(torch.tensor(SCALE))))}
    family = model.size.text.family
    for key, value in model.state_dict().items():
        own = key.removeprefix("text_model.")
        if own == key:
            state[key] = value
            continue
        state[TEXT + own] = value
        if own.startswith(f"{family}."):
            state[TWIN + own.removeprefix(f"{family}.")] = value
    return state
