"""Losses of the second system: contrast, cross-consistency, and those of the variational heads.

Sources: MoT++ and the cross-consistent contrastive loss (CCCL), arXiv 2407.02104; filtered InfoNCE: TMR, arXiv 2305.00976.
Score matrices are logits, that is, already multiplied by their scale (one over the temperature). Row i belongs to item i.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

#: Epochs of the published schedule. A shorter run maps its steps to these, so that ramps keep their place in training.
PUBLISHED_EPOCHS = 250
#: Temperature at which every learned scale starts, and TMR's fixed one.
TEMPERATURE = 0.1


# -- contrast ---------------------------------------------------------------------------------------------------------


def info_nce(scores: Tensor, ignored: Tensor | None = None, positive: Tensor | None = None) -> Tensor:
    """Mean cross-entropy of (B, B) scores in both directions, the diagonal being right.

    `ignored` (B, B) booleans: pairs off the diagonal that are neither right nor wrong (their score becomes -inf).
    `positive` (B, B) booleans: further right pairs, whose probability adds up (none as published).
    """
    own = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    right = own if positive is None else own | positive
    if ignored is not None:
        scores = scores.masked_fill(ignored & ~right, -torch.inf)
    hit = scores.masked_fill(~right, -torch.inf)
    rows = torch.logsumexp(scores, 1) - torch.logsumexp(hit, 1)
    columns = torch.logsumexp(scores, 0) - torch.logsumexp(hit, 0)
    return (rows.mean() + columns.mean()) / 2


def too_similar(sentences: Tensor, threshold: float) -> Tensor:
    """(B, B) booleans: captions of other items whose sentence vectors (unit, (B, S)) are closer than `threshold` (cosine).

    TMR states thresholds as t in 0..1 of a similarity (1 + cosine) / 2; its 0.8 is the cosine 2 * 0.8 - 1 = 0.6 of mpnet.
    """
    close = sentences @ sentences.T > threshold
    return close & ~torch.eye(len(sentences), dtype=torch.bool, device=sentences.device)


class Scale(nn.Module):
    """A learned factor of cosines: exp of a parameter that starts at -ln(temperature), never clamped."""

    def __init__(self, temperature: float = TEMPERATURE) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.tensor(-math.log(temperature)))

    def forward(self, cosines: Tensor) -> Tensor:
        return self.log.exp() * cosines


# -- cross-consistency ------------------------------------------------------------------------------------------------


def divergence(p: Tensor, r: Tensor) -> Tensor:
    """D(P -> R): mean over rows of KL(softmax(P_i) || softmax(R_i)). The gradient flows into both."""
    log_p, log_r = p.log_softmax(1), r.log_softmax(1)
    return (log_p.exp() * (log_p - log_r)).sum(1).mean()


def list_net(p: Tensor, r: Tensor) -> Tensor:
    """ListNet: mean over rows of the cross-entropy of softmax(R_i) under softmax(P_i); `divergence` plus P's entropy."""
    return -(p.softmax(1) * r.log_softmax(1)).sum(1).mean()


@dataclass(frozen=True)
class Ramp:
    """lam over the epochs of the published schedule: 0 up to `start`, 1 from `end` on, linear between."""

    start: float
    end: float

    def at(self, epoch: float) -> float:
        return min(1.0, max(0.0, (epoch - self.start) / (self.end - self.start)))


@dataclass(frozen=True)
class Variant:
    """What of the loss is on. The defaults are the published loss.

    The published code hands texts to an argument named motions, so that its switch "no teacher for motions" acts on the
    texts and the other way round; the two switches here are named after the matrix that they really touch.
    """

    ramp: Ramp = Ramp(40, 100)
    measure: str = "kl"  # or "listnet"
    filtered: bool = False
    teach_texts: bool = True
    teach_motions: bool = True


#: The published loss and its ablations by name.
VARIANTS: dict[str, Variant] = {
    "40-100": Variant(),
    "self": Variant(Ramp(0, 1)),
    "80-140": Variant(Ramp(80, 140)),
    "140-200": Variant(Ramp(140, 200)),
    # The ramp lies behind the last epoch: the teacher alone all the time.
    "supervised": Variant(Ramp(500, 600)),
    "listnet": Variant(measure="listnet"),
    "filtered": Variant(filtered=True),
    "no-text-teacher": Variant(teach_texts=False),
    "no-motion-teacher": Variant(teach_motions=False),
}


class CrossConsistent(NamedTuple):
    """Terms of the loss, unweighted, and their sum."""

    total: Tensor
    contrast: Tensor
    consistency: Tensor
    teacher: Tensor


def consistency(scores_tm: Tensor, within: Tensor, measure: str = "kl") -> Tensor:
    """Symmetrised divergence of one modality's own scores `within` from both retrieval directions."""
    d = divergence if measure == "kl" else list_net
    across, back = scores_tm, scores_tm.T
    return (d(within, across) + d(within, back) + d(across, within) + d(back, within)) / 4


def cross_consistent(
    scores_tm: Tensor,
    scores_tt: Tensor,
    scores_mm: Tensor,
    teacher: Tensor,
    lam: float,
    variant: Variant | None = None,
    ignored: Tensor | None = None,
    positive: Tensor | None = None,
) -> CrossConsistent:
    """NCE + lam (Cons(TT) + Cons(MM)) + (1 - lam) (D(Q -> TT) + D(Q -> MM)) on any four (B, B) matrices of logits.

    Text-to-motion, text-to-text and motion-to-motion scores may come from global vectors or from late interaction; `teacher` is
    that of the sentence teacher, diagonals included. `ignored` (see `too_similar`) acts in a filtered variant only, `positive` as
    in `info_nce`.
    """
    variant = variant or Variant()
    shape = scores_tm.shape
    if len(shape) != 2 or shape[0] != shape[1] or any(x.shape != shape for x in (scores_tt, scores_mm, teacher)):
        raise ValueError(
            "cross-consistency needs four square matrices of one size, not "
            + ", ".join(str(tuple(x.shape)) for x in (scores_tm, scores_tt, scores_mm, teacher))
        )
    if variant.measure not in ("kl", "listnet"):
        raise ValueError(f"the measure is kl or listnet, not {variant.measure}")
    if variant.filtered and ignored is None:
        raise ValueError("the filtered variant needs the pairs to ignore")
    d = divergence if variant.measure == "kl" else list_net
    contrast = info_nce(scores_tm, ignored if variant.filtered else None, positive)
    both = consistency(scores_tm, scores_tt, variant.measure) + consistency(scores_tm, scores_mm, variant.measure)
    taught = scores_tm.new_zeros(())
    if variant.teach_texts:
        taught = taught + d(teacher, scores_tt)
    if variant.teach_motions:
        taught = taught + d(teacher, scores_mm)
    return CrossConsistent(contrast + lam * both + (1 - lam) * taught, contrast, both, taught)


class FourScales(nn.Module):
    """The learned scales of text-motion, text-text, motion-motion and teacher scores; each temperature starts at 0.1."""

    def __init__(self) -> None:
        super().__init__()
        self.across, self.texts, self.motions, self.teacher = Scale(), Scale(), Scale(), Scale()

    def forward(self, texts: Tensor, motions: Tensor, sentences: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits (text-motion, text-text, motion-motion, teacher) of unit vectors (B, D), (B, D) and (B, S)."""
        return (
            self.across(texts @ motions.T),
            self.texts(texts @ texts.T),
            self.motions(motions @ motions.T),
            self.teacher(sentences @ sentences.T),
        )


def same_length(scores: Tensor, lengths: Tensor, weight: float = 0.2, spread: float = 10.0) -> Tensor:
    """Ablation: motions of like length (frames (B,)) attract; weight * D(softmax(-|difference| / spread) -> scores)."""
    lengths = lengths.to(scores.dtype)
    return weight * divergence(-(lengths[:, None] - lengths[None]).abs() / spread, scores)


# -- variational heads ------------------------------------------------------------------------------------------------


def normal_divergence(mu: Tensor, logvar: Tensor, other_mu: Tensor | None = None, other_logvar: Tensor | None = None) -> Tensor:
    """KL of diagonal normals (B, D) to others (to the standard normal where none is given), mean over batch and dimensions."""
    if other_mu is None or other_logvar is None:
        other_mu, other_logvar = torch.zeros_like(mu), torch.zeros_like(logvar)
    log_ratio = logvar - other_logvar
    distance = (mu - other_mu) ** 2 / other_logvar.exp()
    return 0.5 * (log_ratio.exp() + distance - 1 - log_ratio).mean()


def latent_divergences(text: tuple[Tensor, Tensor], motion: tuple[Tensor, Tensor]) -> Tensor:
    """L_KL of (mu, logvar) pairs: both against each other and both against the standard normal."""
    return (
        normal_divergence(*text, *motion) + normal_divergence(*motion, *text) + normal_divergence(*motion) + normal_divergence(*text)
    )


def smooth_l1(a: Tensor, b: Tensor, mask: Tensor | None = None) -> Tensor:
    """Smooth L1 distance, mean of all numbers. With a mask (B, T) both sides count as zero where it is False, as published."""
    if mask is not None:
        a, b = a * mask[..., None], b * mask[..., None]
    return nn.functional.smooth_l1_loss(a, b)


@dataclass(frozen=True)
class Weights:
    """Weights of the terms as published."""

    reconstruction: float = 1.0
    divergence: float = 1e-5
    latent: float = 1e-5
    contrast: float = 0.1
