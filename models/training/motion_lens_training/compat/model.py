"""MotionColBert: joint-angle images and captions as sets of unit vectors, compared by MaxSim (arXiv 2603.09930)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from ..skeleton import PART_NAMES
from .angles import IMAGE, PART_DIMS
from .mlm import mlm_loss
from .text import DISTILBERT, ROBERTA_LARGE, TextSize, hidden_states, masked_language_model, score_mask, vocabulary_scores
from .vit import VisionTransformer

#: The scale of the scores; never trained, though the published optimiser holds it.
SCALE = 1 / 0.07
DIM = 256
BAND = IMAGE // len(PART_DIMS)


def _published_name(part: str) -> str:
    """`right_hip` is `r_hip` in the published weights."""
    return part.replace("right_", "r_").replace("left_", "l_")


#: Names of the 14 embeddings, in the order of the parts.
EMBEDDINGS = tuple(f"embed_{_published_name(part)}" for part in PART_NAMES)


@dataclass(frozen=True)
class CompatSize:
    vit_width: int
    vit_depth: int
    text: TextSize
    dim: int = DIM


SIZES: dict[str, CompatSize] = {
    "base": CompatSize(768, 12, DISTILBERT),
    "large": CompatSize(1024, 24, ROBERTA_LARGE),
    "tiny": CompatSize(64, 2, TextSize("distilbert", 30522, 128, 64, 1, 128)),
}


class MotionEncoder(nn.Module):
    """Standardised angles (B, T, 29) -> hidden states (B, 196, width) of the patches."""

    def __init__(self, width: int, depth: int, drop_path: float) -> None:
        super().__init__()
        self.model = VisionTransformer(width, depth, drop_path)
        for name, numbers in zip(EMBEDDINGS, PART_DIMS, strict=True):
            self.add_module(name, nn.Linear(numbers, BAND))

    def image(self, angles: Tensor) -> Tensor:
        """(B, T, 29) -> (B, 3, 224, 224): rows are frames (stretched to 224 where T differs), columns bands of the parts."""
        bands = [getattr(self, name)(x) for name, x in zip(EMBEDDINGS, angles.split(PART_DIMS, -1), strict=True)]
        x = torch.cat(bands, -1)
        if x.shape[1] != IMAGE:
            x = nn.functional.interpolate(x.transpose(1, 2), IMAGE, mode="linear").transpose(1, 2)
        return x[:, None].expand(-1, 3, -1, -1)

    def forward(self, angles: Tensor) -> Tensor:
        return self.model(self.image(angles))


class CompatModel(nn.Module):
    """Both encoders with their projections. Weight names differ from the published ones by `checkpoint.PUBLISHED`."""

    def __init__(self, size: CompatSize, drop_path: float = 0.2) -> None:
        super().__init__()
        self.size = size
        self.motion_encoder = MotionEncoder(size.vit_width, size.vit_depth, drop_path)
        self.text_model = masked_language_model(size.text)
        self.motion_projection = nn.Linear(size.vit_width, size.dim)
        self.text_projection = nn.Linear(size.text.width, size.dim)

    def motion(self, angles: Tensor) -> Tensor:
        """Standardised angles (B, 224, 29) -> unit patch vectors (B, 196, dim)."""
        return nn.functional.normalize(self.motion_projection(self.motion_encoder(angles)), dim=-1)

    def text(self, ids: Tensor, attention: Tensor) -> Tensor:
        """ids (B, L) -> unit token vectors (B, L, dim), those of special tokens and padding included."""
        return nn.functional.normalize(self.text_projection(hidden_states(self.text_model, ids, attention)), dim=-1)

    def masked_logits(self, shown: Tensor, attention: Tensor, chosen: Tensor) -> Tensor:
        return vocabulary_scores(self.text_model, hidden_states(self.text_model, shown, attention)[chosen])


def maxsim(tokens: Tensor, scored: Tensor, patches: Tensor) -> Tensor:
    """Scores (texts, motions): mean over scored tokens of the largest cosine with a patch; 0 for a text without tokens.

    tokens (B, L, dim) and patches (M, N, dim) unit vectors, scored (B, L) booleans.
    """
    flat = tokens[scored]
    best = torch.stack([(flat @ p.T).amax(1) for p in patches], 1)
    owner = scored.nonzero()[:, 0]
    sums = torch.zeros(len(tokens), len(patches), dtype=best.dtype, device=best.device).index_add(0, owner, best)
    return sums / scored.sum(1).clamp(min=1)[:, None]


@dataclass(frozen=True)
class Special:
    """The special tokens of a tokenizer that training needs to know."""

    mask: int
    pad: int
    all: frozenset[int]


def losses(
    model: CompatModel, angles: Tensor, ids: Tensor, attention: Tensor, special: Special, generator: torch.Generator,
    mlm_weight: float = 0.2, mlm_captions: int = 16, mode: Literal["official", "product"] = "official",
) -> dict[str, Tensor]:  # fmt: skip
    """Half the cross-entropy of each direction, and 0.2 times that of masked words of the batch's first 16 captions.

    Pair i of angles (B, 224, 29) and ids (B, L) belongs together; identical captions count as wrong for each other, as published.
    """
    scores = SCALE * maxsim(model.text(ids, attention), score_mask(attention, mode), model.motion(angles))
    right = torch.arange(len(ids), device=ids.device)
    match = 0.5 * nn.functional.cross_entropy(scores, right) + 0.5 * nn.functional.cross_entropy(scores.T, right)
    words = mlm_loss(
        model.masked_logits,
        ids[:mlm_captions],
        attention[:mlm_captions],
        mask_id=special.mask,
        special_ids=special.all,
        random_ids=(0, model.size.text.vocabulary),
        generator=generator,
    )
    return {"match": match, "mlm": words, "total": match + mlm_weight * words}
