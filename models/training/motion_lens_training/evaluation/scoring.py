"""Scores of texts and motions: late interaction, its own MaxSim, its own global twin, and weighted sums of both.

`late`: what the product computes, MaxSim over whole vectors (of a package whose vectors carry the global vector behind their own numbers, that is
the weighted sum already). `maxsim`: MaxSim over the own numbers, as cosines. `global`: the vectors of the whole. `sum`: (1 - w) maxsim + w global.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .encoders import MotionVectors, TextVectors

KINDS = ("late", "maxsim", "global", "sum")
#: Share of the global score in `sum` unless told otherwise: that of the shipped model.
GLOBAL_SHARE = 0.6


def mean_of_maxima(texts: Sequence[TextVectors], motions: Sequence[MotionVectors], own: int | None = None) -> np.ndarray:
    """(texts, motions): mean over tokens of the maximum over patches of the dot product, over the first `own` numbers."""
    tokens = np.concatenate([t.tokens[:, :own] for t in texts])
    bounds = np.cumsum([0, *[len(t.tokens) for t in texts]])[:-1]
    counts = np.array([len(t.tokens) for t in texts])
    out = np.empty((len(texts), len(motions)), np.float64)
    for j, (patches, _) in enumerate(motions):
        out[:, j] = np.add.reduceat((tokens @ patches[:, :own].T).max(1).astype(np.float64), bounds) / counts
    return out


@dataclass(frozen=True)
class Score:
    """One way to score; `grid_dim` and `grid_share` are those of the encoder whose vectors it gets."""

    kind: str = "late"
    grid_dim: int | None = None
    grid_share: float = 1.0
    global_share: float = GLOBAL_SHARE

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a score is one of {', '.join(KINDS)}, got {self.kind!r}")

    @classmethod
    def of(cls, kind: str, encoder: Any, global_share: float = GLOBAL_SHARE) -> Score:
        return cls(kind, getattr(encoder, "grid_dim", None), getattr(encoder, "grid_share", 1.0), global_share)

    @property
    def has_patches(self) -> bool:
        """Does it compare tokens with patches, so that evidence can be asked for?"""
        return self.kind != "global"

    def matrix(self, texts: Sequence[TextVectors], motions: Sequence[MotionVectors]) -> np.ndarray:
        """(texts, motions)"""
        if self.kind == "late":
            return mean_of_maxima(texts, motions)
        whole = np.stack([t.sentence for t in texts]) @ np.stack([m[1] for m in motions]).T if self.kind != "maxsim" else 0.0
        if self.kind == "global":
            return np.asarray(whole)
        own = mean_of_maxima(texts, motions, self.grid_dim) / self.grid_share
        return own if self.kind == "maxsim" else (1 - self.global_share) * own + self.global_share * whole

    def pair(self, text: TextVectors, motion: MotionVectors) -> float:
        """One text against one motion."""
        if self.kind == "late":
            return float((text.tokens @ motion[0].T).max(1).mean())
        return float(self.matrix([text], [motion])[0, 0])

    def grid(self, text: TextVectors, motion: MotionVectors) -> np.ndarray:
        """(tokens, patches) similarities whose row means of maxima are the score; for `global` there is none."""
        if self.kind == "late":
            return text.tokens @ motion[0].T
        if self.kind == "global":
            raise ValueError("the global score compares no patches")
        own = text.tokens[:, : self.grid_dim] @ motion[0][:, : self.grid_dim].T / self.grid_share
        return own if self.kind == "maxsim" else (1 - self.global_share) * own + self.global_share * float(text.sentence @ motion[1])
