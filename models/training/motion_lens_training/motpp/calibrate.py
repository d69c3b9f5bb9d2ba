"""Finds the cosine of a sentence teacher above which captions are left out of the negatives.

The published 0.6 belongs to all-mpnet-base-v2. Two ways to another teacher's number, both on pairs of different training captions:

- share: where mpnet's folder is given, the cosine above which the same share of pairs lies as lies above 0.6 of mpnet;
- agreement: without it, the cosine that best tells pairs whose clips carry the same labels from pairs whose clips do not, by the
  F1 of "above the threshold" for "same labels".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..data import load_clips
from .frozen_text import MINILM, PUBLISHED_THRESHOLD, Transformer, sentence_vectors


def calibrate(folder: Path, teacher: Path | None, reference: Path | None, most: int = 3000, seed: int = 0) -> dict[str, Any]:
    """Both methods where they apply, with the table behind the second."""
    labels: dict[str, set[str]] = {}
    for clip in load_clips(folder, "train"):
        for caption in clip.training_captions():
            labels.setdefault(caption.text, set()).add(" ".join(sorted(clip.labels)))
    texts = sorted(labels)
    if len(texts) > most:
        texts = [texts[i] for i in sorted(np.random.default_rng(seed).choice(len(texts), most, replace=False))]
    if len(texts) < 3:
        raise ValueError(f"{folder}: {len(texts)} different training captions are too few to calibrate on")
    at = np.triu_indices(len(texts), 1)
    cosines = _cosines(texts, teacher)[at]
    same = np.array([[bool(labels[a] & labels[b]) for b in texts] for a in texts])[at]
    rows = agreement(cosines, same)
    best = max(rows, key=lambda r: r["F1"])
    out: dict[str, Any] = {
        "teacher": MINILM if teacher is None else teacher.name,
        "captions": len(texts),
        "pairs": len(cosines),
        "pairs of the same labels": round(100 * float(same.mean()), 2),
        "agreement": {"threshold": best["threshold"], "rows": rows},
    }
    if reference is not None:
        share = float((_cosines(texts, reference)[at] > PUBLISHED_THRESHOLD).mean())
        out["share"] = {"reference": reference.name, "share filtered": round(100 * share, 3), "threshold": same_share(cosines, share)}
    return out


def agreement(cosines: np.ndarray, same: np.ndarray) -> list[dict[str, float]]:
    """For thresholds from 0.30 to 0.95: share of pairs above, how many of these have the same labels, how many of those are found."""
    rows = []
    for hundredth in range(30, 96):
        above = cosines > hundredth / 100
        right, found = int((above & same).sum()), int(above.sum())
        precision, recall = right / max(1, found), right / max(1, int(same.sum()))
        rows.append(
            {
                "threshold": hundredth / 100,
                "share filtered": round(100 * found / len(above), 3),
                "precision": round(100 * precision, 1),
                "recall": round(100 * recall, 1),
                "F1": round(200 * precision * recall / max(1e-12, precision + recall), 1),
            }
        )
    return rows


def same_share(cosines: np.ndarray, share: float) -> float:
    """The threshold above which the given share of the cosines lies."""
    return round(float(np.quantile(cosines, 1 - share)), 3)


def _cosines(texts: list[str], folder: Path | None) -> np.ndarray:
    vectors = sentence_vectors(Transformer(folder).states(texts)).numpy()
    return vectors @ vectors.T
