"""The five protocols of text-motion retrieval in use, over one score matrix.

One caption (the first) a motion; scores (captions, motions) with caption i belonging to motion i. What counts as right differs, so that
figures of two protocols are never comparable:

(a) `all`: the same index only. (b) `threshold`: any motion whose caption is similar enough by a sentence model, rank of the best.
(c) `dissimilar`: a listed part of the gallery whose captions are mutually dissimilar. (d) `small batches`: batches of 32, averaged.
(e) `identical`: any motion whose caption is the identical string, best rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .metrics import rank_figures, ranks, recall_table

BATCH = 32


def check(scores: np.ndarray, captions: Sequence[str]) -> None:
    if scores.shape != (len(captions), len(captions)):
        raise ValueError(f"{len(captions)} captions need square scores, got {scores.shape}")
    if not np.isfinite(scores).all():
        raise ValueError("scores hold numbers that are not finite")


def same_index(count: int) -> np.ndarray:
    return np.eye(count, dtype=bool)


def identical(captions: Sequence[str]) -> np.ndarray:
    """(captions, captions): the identical string."""
    _, number = np.unique(np.asarray(captions), return_inverse=True)
    return number[:, None] == number[None, :]


def similar(similarity: np.ndarray, threshold: float) -> np.ndarray:
    """(captions, captions): cosine above the threshold; a caption is always similar to itself."""
    return (similarity > threshold) | same_index(len(similarity))


def both_ways(scores: np.ndarray, correct: np.ndarray, seed: int = 0) -> dict[str, Any]:
    return rank_figures(ranks(scores, correct), ranks(scores.T, correct.T), seed)


def all_protocol(scores: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """(a)"""
    return both_ways(scores, same_index(len(scores)), seed)


def threshold_protocol(scores: np.ndarray, similarity: np.ndarray, threshold: float, seed: int = 0) -> dict[str, Any]:
    """(b) `similarity`: cosines of the captions by a sentence model, whose own the threshold is."""
    return both_ways(scores, similar(similarity, threshold), seed)


def dissimilar_protocol(scores: np.ndarray, ids: Sequence[str], listed: Sequence[str], seed: int = 0) -> dict[str, Any]:
    """(c) The listed ids that the gallery has, in their order, as gallery of their own."""
    at = {name: i for i, name in enumerate(ids)}
    rows = np.array([at[name] for name in listed if name in at], dtype=int)
    if not len(rows):
        raise ValueError("none of the listed ids is in the gallery")
    return {"listed": len(listed), "gallery": len(rows), **all_protocol(scores[np.ix_(rows, rows)], seed)}


def small_batches(ids: Sequence[str], size: int = BATCH) -> np.ndarray:
    """(batches, size) numbers of the gallery: sorted ids, shuffled by numpy's legacy generator with seed 0, the remainder dropped."""
    order = np.array(sorted(range(len(ids)), key=lambda i: ids[i]), dtype=int)
    np.random.RandomState(0).shuffle(order)
    batches = len(order) // size
    return order[: batches * size].reshape(batches, size)


def small_batch_protocol(scores: np.ndarray, ids: Sequence[str], size: int = BATCH, seed: int = 0) -> dict[str, Any]:
    """(d) Figures of each batch as a gallery of its own, averaged over the batches."""
    batches = small_batches(ids, size)
    if not len(batches):
        raise ValueError(f"a gallery of {len(ids)} motions holds no batch of {size}")
    t2m, m2t = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    for rows in batches:
        part = scores[np.ix_(rows, rows)]
        t2m[rows] = ranks(part, same_index(size))
        m2t[rows] = ranks(part.T, same_index(size))
    return {"batches": len(batches), "dropped": len(ids) - batches.size, **rank_figures(t2m, m2t, seed, batches)}


def identical_protocol(scores: np.ndarray, captions: Sequence[str], seed: int = 0) -> dict[str, Any]:
    """(e)"""
    return both_ways(scores, identical(captions), seed)


def protocols(scores: np.ndarray, captions: Sequence[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Plain tables of (a) and (e) without intervals; both directions."""
    return {
        name: {"t2m": recall_table(ranks(scores, ok)), "m2t": recall_table(ranks(scores.T, ok.T))}
        for name, ok in (("a", same_index(len(captions))), ("e", identical(captions)))
    }


def all_protocols(
    scores: np.ndarray,
    ids: Sequence[str],
    captions: Sequence[str],
    similarity: np.ndarray | None = None,
    threshold: float | None = None,
    listed: Sequence[str] | None = None,
    sentence_model: str = "",
    seed: int = 0,
) -> dict[str, Any]:
    """(a) to (e) with intervals; (b) with a similarity and a threshold of the named model, (c) with a list, (d) with a gallery of a batch or more."""
    check(scores, captions)
    out: dict[str, Any] = {"a": all_protocol(scores, seed)}
    if similarity is not None and threshold is not None:
        out["b"] = {"sentence model": sentence_model, "threshold": threshold, **threshold_protocol(scores, similarity, threshold, seed)}
    if listed is not None:
        out["c"] = dissimilar_protocol(scores, ids, listed, seed)
    if len(ids) >= BATCH:
        out["d"] = small_batch_protocol(scores, ids, seed=seed)
    out["e"] = identical_protocol(scores, captions, seed)
    return out
