"""Ranks and what is read off them: R@k, MedR, Rsum, nDCG@k, each with a bootstrap interval.

Scores are (queries, gallery), higher is better; `correct` marks the right answers in the same layout. Ranks count from 0 and are halves where a right
answer ties with wrong ones: the mean of the tied places (TMR's rule), so that a model that says the same of everything gets the middle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .intervals import Statistic, interval, resampled, with_interval

RECALLS = (1, 2, 3, 5, 10)


def ranks(scores: np.ndarray, correct: np.ndarray) -> np.ndarray:
    """Rank from 0 of the best correct column in each row; ties count as the mean of the tied places."""
    best = np.where(correct, scores, -np.inf).max(1, keepdims=True)
    better = (scores > best).sum(1)
    tied_wrong = ((scores == best) & ~correct).sum(1)
    return better + tied_wrong / 2


def recall_table(r: np.ndarray) -> dict[str, float]:
    """R@1/2/3/5/10 in per cent and the median rank (from 1) of ranks from 0."""
    table = {f"R@{k}": round(100 * float((r < k).mean()), 1) for k in RECALLS}
    table["MedR"] = float(np.median(r)) + 1
    return table


def _recall(k: int) -> Statistic:
    return lambda r: 100 * (r < k).mean(-1)


#: Figures of one direction: ranks (..., queries) -> (...).
ONE_WAY: dict[str, Statistic] = {**{f"R@{k}": _recall(k) for k in RECALLS}, "MedR": lambda r: np.median(r, -1) + 1}


def rsum(both: np.ndarray) -> np.ndarray:
    """Sum of the ten recalls of both directions: ranks (2, ..., queries) -> (...)."""
    return sum((100 * (both < k).mean(-1).sum(0) for k in RECALLS), np.zeros(both.shape[1:-1]))


def _in_batches(statistic: Statistic) -> Statistic:
    return lambda r: statistic(r).mean(-1)


def rank_figures(t2m: np.ndarray, m2t: np.ndarray, seed: int = 0, groups: np.ndarray | None = None) -> dict[str, Any]:
    """All rank figures of both directions with intervals.

    `t2m`, `m2t` (queries): ranks from 0 of caption i among the motions and of motion i among the captions. Both directions and Rsum resample the same pairs.
    `groups` (batches, size): the figures are computed in each batch and averaged, and pairs are drawn again within their batch.
    """
    both = np.stack([t2m, m2t]).astype(float)
    if both.shape[1] == 0:
        raise ValueError("no queries to evaluate")
    wrap = (lambda s: s) if groups is None else _in_batches
    statistics: dict[str, Statistic] = {}
    for at, direction in enumerate(("t2m", "m2t")):
        for name, statistic in ONE_WAY.items():
            statistics[f"{direction} {name}"] = wrap(lambda r, s=statistic, d=at: s(r[d]))
    statistics["Rsum"] = wrap(rsum)
    whole = both[:, None, :] if groups is None else both[:, groups][:, None]
    draws = resampled(both, statistics, seed, groups)
    figure = {name: with_interval(s(whole)[0], draws[name]) for name, s in statistics.items()}
    out: dict[str, Any] = {
        d: {"queries": both.shape[1] if groups is None else groups.size, **{n: figure[f"{d} {n}"] for n in ONE_WAY}} for d in ("t2m", "m2t")
    }
    out["Rsum"] = figure["Rsum"]
    return out


def _tied_mean(gains: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Gains of items in the order of their scores, each tied item getting the mean gain of its group (any order among them is as likely)."""
    order = np.argsort(-scores, kind="stable")
    sorted_scores, sorted_gains = scores[order], gains[order]
    starts = np.flatnonzero(np.r_[True, sorted_scores[1:] != sorted_scores[:-1]])
    sizes = np.diff(np.r_[starts, len(scores)])
    return np.repeat(np.add.reduceat(sorted_gains, starts) / sizes, sizes)


def ndcg(scores: np.ndarray, relevance: np.ndarray, k: int = 25) -> np.ndarray:
    """nDCG@k of each row: gains 2^relevance - 1, discount log2(rank + 1), against the best order; 0 where nothing is relevant.

    `relevance` (queries, gallery), from 0 (negative ones count as 0). Of tied scores the mean over their orders is taken.
    """
    if scores.shape != relevance.shape:
        raise ValueError(f"scores {scores.shape} and relevance {relevance.shape} differ in shape")
    gains = 2.0 ** np.maximum(relevance, 0) - 1
    k = min(k, scores.shape[1])
    discount = 1 / np.log2(np.arange(k) + 2)
    got = np.array([_tied_mean(g, s)[:k] @ discount for g, s in zip(gains, scores, strict=True)])
    ideal = -np.sort(-gains, 1)[:, :k] @ discount
    return np.divide(got, ideal, out=np.zeros(len(got)), where=ideal > 0)


def ndcg_figures(scores: np.ndarray, relevance: np.ndarray, k: int = 25, seed: int = 0) -> dict[str, Any]:
    """nDCG@k in per cent with its interval over the rows."""
    return {f"nDCG@{k}": interval(ndcg(scores, relevance, k), seed)}
