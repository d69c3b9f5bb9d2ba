"""Bootstrap 95 % intervals: queries are drawn again with replacement, with a fixed seed, all draws at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

RESAMPLES = 2000
#: Draws of a rank statistic are made in blocks of about this many numbers, so that thousands of queries fit in memory.
BLOCK = 4_000_000
PERCENTILES = (2.5, 97.5)

#: (draws, queries) ranks -> (draws) values.
Statistic = Callable[[np.ndarray], np.ndarray]


def interval(hits: Sequence[float] | np.ndarray, seed: int = 0) -> dict[str, Any]:
    """Mean of hits (0 to 1, one a query) in per cent with its bootstrap 95 % interval."""
    x = np.asarray(hits, dtype=float)
    if not len(x):
        return {"value": float("nan"), "ci95": [float("nan")] * 2, "n": 0}
    rng = np.random.default_rng(seed)
    means = x[rng.integers(0, len(x), (RESAMPLES, len(x)))].mean(1) * 100
    return {
        "value": round(100 * float(x.mean()), 1),
        "ci95": [round(float(v), 1) for v in np.percentile(means, PERCENTILES)],
        "n": len(x),
    }


def difference(hits: Sequence[float] | np.ndarray, others: Sequence[float] | np.ndarray, seed: int = 0) -> dict[str, Any]:
    """Mean of `hits` minus mean of `others` in points, for the same queries, with the paired bootstrap's 95 % interval."""
    x, y = np.asarray(hits, dtype=float), np.asarray(others, dtype=float)
    if x.shape != y.shape:
        raise ValueError(f"a paired difference needs the same queries on both sides, got {len(x)} and {len(y)}")
    return interval(x - y, seed)


def resampled(values: np.ndarray, statistics: dict[str, Statistic], seed: int = 0, groups: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Each statistic's values (RESAMPLES) over bootstrap draws of the last axis of `values` (..., queries).

    All statistics and all leading rows see the same draws. With `groups` (batches, size) of query numbers, queries are drawn within each batch
    and the statistics get (..., draws, batches, size).
    """
    rng = np.random.default_rng(seed)
    count = values.shape[-1]
    block = max(1, BLOCK // max(1, values.size))
    out: dict[str, list[np.ndarray]] = {name: [] for name in statistics}
    for start in range(0, RESAMPLES, block):
        draws = min(block, RESAMPLES - start)
        if groups is None:
            at = rng.integers(0, count, (draws, count))
        else:
            batches, size = groups.shape
            at = groups[np.arange(batches)[None, :, None], rng.integers(0, size, (draws, batches, size))]
        some = values[..., at]
        for name, statistic in statistics.items():
            out[name].append(statistic(some))
    return {name: np.concatenate(parts) for name, parts in out.items()}


def with_interval(value: float, draws: np.ndarray, digits: int = 1) -> dict[str, Any]:
    """One value with the 95 % interval of its bootstrap draws."""
    return {
        "value": round(float(value), digits),
        "ci95": [round(float(v), digits) for v in np.percentile(draws, PERCENTILES)],
    }
