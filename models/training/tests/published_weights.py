"""State dicts with the names and shapes of the published MotionColBert weights and random values, written down by hand.

Names as `timm` and `transformers` 4 give them, so that they hold the package's own names to something outside it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

PART_EMBEDDINGS = {
    "global": 3,
    "pelvis": 3,
    "r_hip": 3,
    "l_hip": 3,
    "r_knee": 1,
    "l_knee": 1,
    "r_ankle": 1,
    "l_ankle": 1,
    "lumbar": 3,
    "neck": 2,
    "r_shoulder": 3,
    "l_shoulder": 3,
    "r_elbow": 1,
    "l_elbow": 1,
}


@dataclass
class Sizes:
    vit_width: int = 768
    vit_depth: int = 12
    family: str = "distilbert"
    vocabulary: int = 30522
    positions: int = 512
    width: int = 768
    depth: int = 6
    inner: int = 3072
    dim: int = 256


BASE = Sizes()
LARGE = Sizes(1024, 24, "roberta", 50265, 514, 1024, 24, 4096)


def linear(name: str, inside: int, outside: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outside, inside), f"{name}.bias": (outside,)}


def norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def vit(width: int, depth: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, width),
        "pos_embed": (1, 197, width),
        "patch_embed.proj.weight": (width, 3, 16, 16),
        "patch_embed.proj.bias": (width,),
    }
    for i in range(depth):
        block = f"blocks.{i}."
        shapes |= norm(block + "norm1", width) | norm(block + "norm2", width)
        shapes |= linear(block + "attn.qkv", width, 3 * width) | linear(block + "attn.proj", width, width)
        shapes |= linear(block + "mlp.fc1", width, 4 * width) | linear(block + "mlp.fc2", 4 * width, width)
    return shapes | norm("norm", width)


def distilbert(s: Sizes) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (s.vocabulary, s.width),
        "embeddings.position_embeddings.weight": (s.positions, s.width),
    } | norm("embeddings.LayerNorm", s.width)
    for i in range(s.depth):
        layer = f"transformer.layer.{i}."
        for name in ("q_lin", "k_lin", "v_lin", "out_lin"):
            shapes |= linear(f"{layer}attention.{name}", s.width, s.width)
        shapes |= norm(layer + "sa_layer_norm", s.width) | norm(layer + "output_layer_norm", s.width)
        shapes |= linear(layer + "ffn.lin1", s.width, s.inner) | linear(layer + "ffn.lin2", s.inner, s.width)
    return shapes


def roberta(s: Sizes) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (s.vocabulary, s.width),
        "embeddings.position_embeddings.weight": (s.positions, s.width),
        "embeddings.token_type_embeddings.weight": (1, s.width),
    } | norm("embeddings.LayerNorm", s.width)
    for i in range(s.depth):
        layer = f"encoder.layer.{i}."
        for name in ("query", "key", "value"):
            shapes |= linear(f"{layer}attention.self.{name}", s.width, s.width)
        shapes |= linear(layer + "attention.output.dense", s.width, s.width)
        shapes |= norm(layer + "attention.output.LayerNorm", s.width) | norm(layer + "output.LayerNorm", s.width)
        shapes |= linear(layer + "intermediate.dense", s.width, s.inner) | linear(layer + "output.dense", s.inner, s.width)
    return shapes


def head(s: Sizes) -> dict[str, tuple[int, ...]]:
    if s.family == "distilbert":
        return (
            linear("vocab_transform", s.width, s.width)
            | norm("vocab_layer_norm", s.width)
            | linear("vocab_projector", s.width, s.vocabulary)
        )
    shapes: dict[str, tuple[int, ...]] = {"lm_head.bias": (s.vocabulary,)}
    return shapes | linear("lm_head.dense", s.width, s.width) | norm("lm_head.layer_norm", s.width) | linear(
        "lm_head.decoder", s.width, s.vocabulary
    )  # fmt: skip


def shapes_of(s: Sizes) -> dict[str, tuple[int, ...]]:
    """Every name of the published state dict with its shape."""
    shapes: dict[str, tuple[int, ...]] = {"logit_scale": ()}
    shapes |= {f"motion_encoder.model.{k}": v for k, v in vit(s.vit_width, s.vit_depth).items()}
    for name, numbers in PART_EMBEDDINGS.items():
        shapes |= linear(f"motion_encoder.embed_{name}", numbers, 16)
    backbone = distilbert(s) if s.family == "distilbert" else roberta(s)
    shapes |= {f"text_encoder.text_model.{s.family}.{k}": v for k, v in backbone.items()}
    shapes |= {f"text_encoder.text_model.{k}": v for k, v in head(s).items()}
    shapes |= {f"text_encoder.base_model.{k}": v for k, v in backbone.items()}
    return shapes | linear("motion_projection", s.vit_width, s.dim) | linear("text_projection", s.width, s.dim)


def _spread(key: str) -> float:
    """So chosen that patches and tokens stay apart from each other: what all share (biases, attention's output) is kept small."""
    if any(name in key for name in ("attn.proj", "out_lin", "attention.output.dense")) or key.endswith("bias"):
        return 0.005
    return 0.3 if key.endswith(("pos_embed", "embeddings.weight")) or ".embed_" in key else 0.05


def random_state(s: Sizes, seed: int = 0) -> dict[str, Tensor]:
    """Random weights under the published names; tied weights share memory, as they do in a published file."""
    generator = torch.Generator().manual_seed(seed)
    state: dict[str, Tensor] = {}
    for key, shape in shapes_of(s).items():
        if key.startswith("text_encoder.base_model."):
            state[key] = state[f"text_encoder.text_model.{s.family}.{key.removeprefix('text_encoder.base_model.')}"]
        elif key in ("text_encoder.text_model.vocab_projector.weight", "text_encoder.text_model.lm_head.decoder.weight"):
            state[key] = state[f"text_encoder.text_model.{s.family}.embeddings.word_embeddings.weight"]
        elif key == "logit_scale":
            state[key] = torch.tensor(2.6593)
        else:
            value = torch.randn(shape, generator=generator) * _spread(key)
            state[key] = value + 1 if "norm" in key.lower() and key.endswith("weight") else value
    return state


if __name__ == "__main__":
    # In a process of its own, whose memory is given back: python -m tests.published_weights FILE base|large
    torch.save(random_state({"base": BASE, "large": LARGE}[sys.argv[2]]), Path(sys.argv[1]))
