"""Small time-curve helpers, all vectorised over frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def ease(u: Array | float) -> Array:
    """Minimum-jerk step: 0 at u <= 0, 1 at u >= 1, flat at both ends."""
    c = np.minimum(np.maximum(u, 0.0), 1.0)
    return c * c * c * (10.0 - 15.0 * c + 6.0 * c * c)


def soft(u: Array | float) -> Array:
    """Cubic step: like `ease` with a gentler middle."""
    c = np.minimum(np.maximum(u, 0.0), 1.0)
    return c * c * (3.0 - 2.0 * c)


def keys(times: Sequence[float], values: Sequence[float] | Array, n: int) -> Array:
    """Values at frames 0 .. n-1 between key frames, each stretch a minimum-jerk movement.

    `times` rise; `values` has one row per key, (K,) or (K, D). The result is (n,) or (n, D).
    """
    t = np.asarray(times, dtype=np.float64)
    v = np.asarray(values, dtype=np.float64)
    f = np.arange(n, dtype=np.float64)
    i = np.clip(np.searchsorted(t, f, side="right") - 1, 0, len(t) - 2)
    u = ease((f - t[i]) / np.maximum(t[i + 1] - t[i], 1e-6))
    if v.ndim == 2:
        u = u[:, None]
    return np.asarray(v[i] + (v[i + 1] - v[i]) * u)


def smooth(x: Array, sigma: float) -> Array:
    """Gaussian low-pass along axis 0 with the ends held; sigma in frames."""
    r = max(1, round(2.5 * sigma))
    k = np.exp(-0.5 * (np.arange(-r, r + 1) / sigma) ** 2)
    k /= k.sum()
    n = len(x)
    pad = np.concatenate([np.repeat(x[:1], r, axis=0), x, np.repeat(x[-1:], r, axis=0)])
    out: Array = k[0] * pad[:n]
    for j in range(1, 2 * r + 1):
        out += k[j] * pad[j : j + n]
    return out


def hold_max(x: Array, r: int) -> Array:
    """Largest value within r frames to either side, per frame; x is (n,)."""
    n = len(x)
    pad = np.concatenate([np.full(r, x[0]), x, np.full(r, x[-1])])
    out = pad[:n].copy()
    for j in range(1, 2 * r + 1):
        np.maximum(out, pad[j : j + n], out=out)
    return out


def wander(rng: np.random.Generator, n: int, scales: Sequence[float], low: float, high: float) -> Array:
    """Slow random drift, (n, D) for D scales: sums of sines between `low` and `high` hertz, rms = scale."""
    d = len(scales)
    freq = rng.uniform(low, high, size=(4, d))
    phase = rng.uniform(0.0, 2.0 * np.pi, size=(4, d))
    t = np.arange(n)[:, None, None] / 20.0
    waves: Array = np.sin(2.0 * np.pi * freq * t + phase).sum(axis=1)
    return np.asarray(waves * (np.asarray(scales) / np.sqrt(2.0)))
