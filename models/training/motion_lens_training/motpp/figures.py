"""Retrieval figures of a system: every test source with its own statistics, and all of them as one gallery."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..evaluation.protocols import protocols
from .batches import collate
from .frozen_text import TextStore
from .motions import Motion, Statistics
from .system import System

RECALLS = ("R@1", "R@2", "R@3", "R@5", "R@10")


def vectors(
    system: System, motions: list[Motion], statistics: dict[str, Statistics], texts: TextStore, batch: int = 64
) -> tuple[np.ndarray, np.ndarray]:
    """Unit text and motion vectors (N, width) of the first captions and the motions, in their order.

    Motions of like length are encoded together; what a motion is encoded beside does not change its vector (the published batch leak
    apart).
    """
    system.eval()
    device = next(system.parameters()).device
    texts.prepare([m.first for m in motions])
    order = sorted(range(len(motions)), key=lambda i: len(motions[i].features))
    width = system.settings.size.width
    text, motion = np.empty((len(motions), width), np.float32), np.empty((len(motions), width), np.float32)
    for at in range(0, len(order), batch):
        some = order[at : at + batch]
        chosen = [motions[i] for i in some]
        made = system.vectors(
            collate(chosen, [m.first for m in chosen], statistics, texts, system.settings.size.stride).to(device)
        )
        text[some], motion[some] = made[0].cpu().numpy(), made[1].cpu().numpy()
    return text, motion


def rsum(table: dict[str, dict[str, float]]) -> float:
    """Sum of the ten recalls of both directions."""
    return round(sum(table[d][k] for d in ("t2m", "m2t") for k in RECALLS), 2)


def figures(system: System, motions: list[Motion], statistics: dict[str, Statistics], texts: TextStore) -> dict[str, Any]:
    """Protocols (a) and (e) of each source in its own gallery and of all together."""
    text, motion = vectors(system, motions, statistics, texts)
    return figures_of(text.astype(np.float64) @ motion.T.astype(np.float64), motions)


def figures_of(scores: np.ndarray, motions: list[Motion]) -> dict[str, Any]:
    """The same from (texts, motions) scores in the order of the motions."""
    if not motions:
        raise ValueError("there is nothing to evaluate on: no motion of this split and these sources")
    out: dict[str, Any] = {}
    sources = sorted({m.source for m in motions})
    for name in ["all", *sources] if len(sources) > 1 else ["all"]:
        at = [i for i, m in enumerate(motions) if name in ("all", m.source)]
        tables = protocols(scores[np.ix_(at, at)], [motions[i].first for i in at])
        out[name] = {"motions": len(at), **{p: {**t, "Rsum": rsum(t)} for p, t in tables.items()}}
    return {"sources": sources, "figures": out}
