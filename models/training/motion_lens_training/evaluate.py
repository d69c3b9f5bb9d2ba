"""Figures of a model: retrieval by protocol, sides, order, and whether evidence points to the true time and limb.

Scores follow the product: token vectors and patches are stored as int8 with a scale per vector and compared so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from tokenizers import Tokenizer

from . import captions as cap
from .data import Clip, concatenate
from .features import FRAMES_PER_PATCH, PART_STARTS, clean_features, mirror_features, to_image
from .skeleton import GLOBAL, LEFT_ARM, LEFT_LEG, PART_NAMES, RIGHT_ARM, RIGHT_LEG, TORSO
from .text_model import is_scored

PARTS = len(PART_NAMES)
#: The regions of the body that the deletion measure wipes out.
REGIONS = (LEFT_ARM, RIGHT_ARM, LEFT_LEG, RIGHT_LEG, TORSO, GLOBAL)


@dataclass
class TextVectors:
    tokens: np.ndarray  # (kept, dim)
    chars: list[tuple[int, int]]
    sentence: np.ndarray


class Encoder(Protocol):
    mean: np.ndarray
    #: Numbers of a vector that are its token's or patch's own (the rest carries the whole).
    grid_dim: int

    def motion(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features (T, 94) -> patches (times * 14, dim), global (dim)."""

    def text(self, text: str) -> TextVectors: ...


def stored(vectors: np.ndarray) -> np.ndarray:
    """Vectors as the index stores them: int8 with one scale each (rounded half away from zero), back in floats."""
    scale = np.abs(vectors).max(-1, keepdims=True) / 127
    scale = np.where(scale == 0, 1, scale)
    x = vectors / scale
    return (np.sign(x) * np.floor(np.abs(x) + 0.5) * scale).astype(np.float32)


def kept_positions(tokens: list[str]) -> list[int]:
    return [k for k, t in enumerate(tokens) if is_scored(t)] or list(range(1, len(tokens) - 1))


class TorchEncoder:
    def __init__(self, model: Any, tokenizer: Tokenizer) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.mean = model.mean.numpy()
        self.grid_dim = model.config.dim

    @torch.no_grad()
    def motion(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        patches, whole = self.model.motion(torch.from_numpy(self.model.image(features)))
        return stored(patches.numpy()), whole.numpy()

    @torch.no_grad()
    def text(self, text: str) -> TextVectors:
        enc = self.tokenizer.encode(text)
        tokens, sentence = self.model.text(torch.tensor([enc.ids]))
        keep = kept_positions(enc.tokens)
        return TextVectors(stored(tokens.numpy()[keep]), [enc.offsets[k] for k in keep], sentence.numpy())


class OnnxEncoder:
    """A model package (model.json, motion.onnx, text.onnx, tokenizer.json), run as the product runs it."""

    def __init__(self, folder: Any) -> None:
        import json
        from pathlib import Path

        import onnxruntime

        folder = Path(folder)
        self.manifest = json.loads((folder / "model.json").read_text())
        m = self.manifest["motion"]
        self.grid_dim = self.manifest["gridDim"]
        self.mean, self.std = np.array(m["mean"], np.float32), np.array(m["std"], np.float32)
        self.motion_session = onnxruntime.InferenceSession(str(folder / m["file"]))
        self.text_session = onnxruntime.InferenceSession(str(folder / self.manifest["text"]["file"]))
        self.tokenizer = Tokenizer.from_file(str(folder / self.manifest["text"]["tokenizer"]))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.manifest["text"]["maxTokens"])

    def motion(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        patches, whole = self.motion_session.run(["patches", "global"], {"image": to_image(features, self.mean, self.std)})
        return stored(patches), whole

    def text(self, text: str) -> TextVectors:
        enc = self.tokenizer.encode(text)
        tokens, sentence = self.text_session.run(["tokens", "global"], {"input_ids": np.array([enc.ids], np.int64)})
        keep = kept_positions(enc.tokens)
        return TextVectors(stored(tokens[keep]), [enc.offsets[k] for k in keep], sentence)


def maxsim(text: TextVectors, patches: np.ndarray) -> float:
    return float((text.tokens @ patches.T).max(1).mean())


def score_matrix(texts: list[TextVectors], motions: list[tuple[np.ndarray, np.ndarray]], kind: str) -> np.ndarray:
    """(texts, motions) scores by MaxSim ("late") or by the global vectors ("global")."""
    if kind == "global":
        return np.stack([t.sentence for t in texts]) @ np.stack([m[1] for m in motions]).T
    tokens = np.concatenate([t.tokens for t in texts])
    bounds = np.cumsum([0, *[len(t.tokens) for t in texts]])[:-1]
    counts = np.array([len(t.tokens) for t in texts])
    out = np.empty((len(texts), len(motions)), np.float64)
    for j, (patches, _) in enumerate(motions):
        out[:, j] = np.add.reduceat((tokens @ patches.T).max(1).astype(np.float64), bounds) / counts
    return out


def ranks(scores: np.ndarray, correct: np.ndarray) -> np.ndarray:
    """Rank from 0 of the best correct column in each row; ties count as the mean of the tied places."""
    best = np.where(correct, scores, -np.inf).max(1, keepdims=True)
    better = (scores > best).sum(1)
    tied_wrong = ((scores == best) & ~correct).sum(1)
    return better + tied_wrong / 2


def recall_table(r: np.ndarray) -> dict[str, float]:
    table = {f"R@{k}": round(100 * float((r < k).mean()), 1) for k in (1, 2, 3, 5, 10)}
    table["MedR"] = float(np.median(r)) + 1
    return table


def protocols(scores: np.ndarray, captions: list[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Protocols (a) same index only, and (e) any motion with the identical first caption; both directions."""
    same = np.eye(len(captions), dtype=bool)
    identical = np.array([[a == b for b in captions] for a in captions])
    return {
        name: {"t2m": recall_table(ranks(scores, ok)), "m2t": recall_table(ranks(scores.T, ok.T))}
        for name, ok in (("a", same), ("e", identical))
    }


def retrieval_figures(encoder: Encoder, clips: list[Clip], kind: str) -> dict[str, Any]:
    """Protocol figures of the first captions over the clips as gallery."""
    texts = [encoder.text(c.captions[0].text) for c in clips]
    motions = [encoder.motion(clean_features(c.joints)) for c in clips]
    return protocols(score_matrix(texts, motions, kind), [c.captions[0].text for c in clips])


def score_of(kind: str) -> Callable[[TextVectors, tuple[np.ndarray, np.ndarray]], float]:
    if kind == "global":
        return lambda t, m: float(t.sentence @ m[1])
    return lambda t, m: maxsim(t, m[0])


def interval(hits: list[float] | np.ndarray, seed: int = 0) -> dict[str, float | list[float] | int]:
    """Percentage with its bootstrap 95 % interval."""
    x = np.asarray(hits, dtype=float)
    if not len(x):
        return {"value": float("nan"), "ci95": [float("nan")] * 2, "n": 0}
    rng = np.random.default_rng(seed)
    means = x[rng.integers(0, len(x), (2000, len(x)))].mean(1) * 100
    return {
        "value": round(100 * float(x.mean()), 1),
        "ci95": [round(float(v), 1) for v in np.percentile(means, [2.5, 97.5])],
        "n": len(x),
    }


def best_monotone_split(text: TextVectors, patches: np.ndarray, second_from: int) -> float:
    """Score of "A then B" with A's tokens before and B's at or after the best split of time."""
    grid = (text.tokens @ patches.T).reshape(len(text.tokens), -1, PARTS).max(2)
    first = np.array([c[0] < second_from for c in text.chars])
    times = grid.shape[1]
    if times < 2 or first.all() or not first.any():
        return float(grid.max(1).mean())
    best = -np.inf
    for cut in range(1, times):
        total = grid[first][:, :cut].max(1).sum() + grid[~first][:, cut:].max(1).sum()
        best = max(best, total / len(grid))
    return float(best)


_LIMB_SIDE = re.compile(r"\b(left|right)[- ](hand|arm)\b")


def _deletion(encoder: Encoder, features: np.ndarray, token: np.ndarray, time: int, part: int, rng: np.random.Generator) -> float:
    """1 if wiping out the lit region costs the token more support than wiping out a random one; 0.5 on a tie."""

    def support(at: int, parts: tuple[int, ...]) -> float:
        wiped = features.copy()
        rows = slice(max(0, (at - 1) * FRAMES_PER_PATCH), (at + 2) * FRAMES_PER_PATCH)
        for p in parts:
            columns = slice(PART_STARTS[p], PART_STARTS[p + 1])
            wiped[rows, columns] = encoder.mean[columns]
        own = slice(0, encoder.grid_dim)
        return float((encoder.motion(wiped)[0][:, own] @ token[own]).max())

    own = next(r for r in REGIONS if part in r)
    other = [r for r in REGIONS if r != own][int(rng.integers(len(REGIONS) - 1))]
    times = -(-len(features) // FRAMES_PER_PATCH)
    lit, random = support(time, own), support(int(rng.integers(times)), other)
    return 1.0 if lit < random else 0.5 if lit == random else 0.0


def annotator_figures(encoder: Encoder, clips: list[Clip], kind: str, pairs: int = 200, seed: int = 0) -> dict[str, Any]:
    """Measures that matter when labels are checked.

    labels: share of first captions whose best motion carries the same labels. side: a caption that names one side only scores its
    motion above the mirrored one. order: "A, then B" scores A-B above B-A (plain, and by the best monotone split).
    pointing_time: share of content words of "A, then B" whose strongest patch lies in the true part of time.
    pointing_limb: share of "left/right hand/arm" words on one-sided clips whose strongest patch lies in that arm.
    deletion: share of those words that lose more of their support when the lit limb, over the lit moment and its neighbours, is
    replaced by the mean pose than when a random other limb at a random moment is.
    """
    rng = np.random.default_rng(seed)
    score = score_of(kind)
    features = [clean_features(c.joints) for c in clips]
    motions = [encoder.motion(f) for f in features]
    texts = [encoder.text(c.captions[0].text) for c in clips]
    scores = score_matrix(texts, motions, kind)
    out: dict[str, Any] = {
        "labels": interval([float(clips[int(j)].labels == c.labels) for c, j in zip(clips, scores.argmax(1), strict=True)])
    }

    side = []
    limb: list[float] = []
    deletion: list[float] = []
    for c, f, m in zip(clips, features, motions, strict=True):
        named = [x.text for x in c.captions if cap.names_one_side(x.text)]
        if named:
            mirrored = encoder.motion(mirror_features(f))
            for text in named:
                vectors = encoder.text(text)
                a, b = score(vectors, m), score(vectors, mirrored)
                side.append(1.0 if a > b else 0.5 if a == b else 0.0)
        if kind != "late" or c.arm_side not in ("left", "right"):
            continue
        for x in c.captions:
            hits = list(_LIMB_SIDE.finditer(x.text))
            # Captions that also speak of the quiet arm do not tell which limb a word should light.
            if not hits or any(h.group(1) != c.arm_side for h in hits):
                continue
            vectors = encoder.text(x.text)
            similar = vectors.tokens @ m[0].T
            strongest = similar.argmax(1)
            wanted = set(LEFT_ARM if c.arm_side == "left" else RIGHT_ARM)
            rows = [
                k for k, (a, b) in enumerate(vectors.chars) if any(h.start() <= a and b <= h.end() for h in hits)
            ]
            limb += [float(int(strongest[k]) % PARTS in wanted) for k in rows]
            for k in rows[:1]:
                lit = int(strongest[k])
                deletion.append(_deletion(encoder, f, vectors.tokens[k], lit // PARTS, lit % PARTS, rng))
    out["side"] = interval(side)
    if kind == "late":
        out["pointing_limb"] = interval(limb)
        out["deletion"] = interval(deletion)

    order, split_order, pointing = [], [], []
    short = [i for i, c in enumerate(clips) if len(c.joints) <= 130]
    while len(order) < pairs and len(short) > 1:
        i, j = (int(k) for k in rng.choice(short, 2, replace=False))
        if clips[i].labels == clips[j].labels:
            continue
        first, second = clips[i].captions[0].text, clips[j].captions[0].text
        text = f"{cap.bare(first)}, then {cap.bare(second)}."
        joined, start = concatenate(clips[i].joints, clips[j].joints)
        reverse, _ = concatenate(clips[j].joints, clips[i].joints)
        vectors = encoder.text(text)
        ab, ba = encoder.motion(clean_features(joined)), encoder.motion(clean_features(reverse))
        order.append(float(score(vectors, ab) > score(vectors, ba)))
        if kind != "late":
            continue
        border = len(cap.bare(first))
        split_order.append(
            float(best_monotone_split(vectors, ab[0], border) > best_monotone_split(vectors, ba[0], border))
        )
        best = (vectors.tokens @ ab[0].T).argmax(1) // PARTS
        for (a, b), t in zip(vectors.chars, best, strict=True):
            word = text[a:b].lower()
            if word in _STOP or (a >= border and a < border + 7):
                continue
            middle = (int(t) + 0.5) * FRAMES_PER_PATCH
            pointing.append(float((middle < start) == (a < border)))
    out["order"] = interval(order)
    if kind == "late":
        out["order_split"] = interval(split_order)
        out["pointing_time"] = interval(pointing)
    return out


def generated_figures(encoder: Encoder, count: int = 200, first_seed: int = 1_000_000) -> dict[str, Any]:
    """Evidence on generated motions never trained on, where the truth of every word is known.

    limb: words that only one arm or one leg carries, share whose strongest patch lies in that limb. part: every known word.
    time: words of motions with several actions, share whose strongest patch overlaps the action by at least half a patch.
    """
    from .generator import generate

    index = {name: i for i, name in enumerate(PART_NAMES)}
    limbs = [set(x) for x in (LEFT_ARM, RIGHT_ARM, LEFT_LEG, RIGHT_LEG)]
    limb: list[float] = []
    part: list[float] = []
    time: list[float] = []
    for seed in range(first_seed, first_seed + count):
        g = generate(seed)
        patches, _ = encoder.motion(clean_features(g.joints))
        spans = {tuple(w.frames) for c in g.captions for w in c.words}
        for c in g.captions[:2]:
            vectors = encoder.text(c.text)
            strongest = (vectors.tokens @ patches.T).argmax(1)
            for w in c.words:
                wanted = {index[p] for p in w.parts}
                for (a, b), best in zip(vectors.chars, strongest, strict=True):
                    if not (w.chars[0] <= a and b <= w.chars[1]):
                        continue
                    hit = float(int(best) % PARTS in wanted)
                    part.append(hit)
                    if wanted in limbs:
                        limb.append(hit)
                    if len(spans) > 1:
                        t0 = int(best) // PARTS * FRAMES_PER_PATCH
                        t1 = min(t0 + FRAMES_PER_PATCH, len(g.joints))
                        overlap = min(t1, w.frames[1]) - max(t0, w.frames[0])
                        time.append(float(overlap >= (t1 - t0) / 2))
    return {"limb": interval(limb), "part": interval(part), "time": interval(time), "motions": count}


def human_figures(encoder: Encoder, clips: list[Clip], kind: str) -> dict[str, Any]:
    """Captions written by people (kind `human-kitml`) as queries over all the clips: text to motion, any of the clip's."""
    texts, owner = [], []
    for j, c in enumerate(clips):
        for x in c.captions:
            if x.kind == "human-kitml":
                texts.append(encoder.text(x.text))
                owner.append(j)
    if not texts:
        return {"queries": 0}
    scores = score_matrix(texts, [encoder.motion(clean_features(c.joints)) for c in clips], kind)
    correct = np.zeros_like(scores, dtype=bool)
    correct[np.arange(len(owner)), owner] = True
    r = ranks(scores, correct)
    return {"queries": len(owner), "t2m": recall_table(r), "R@10": interval((r < 10).astype(float))}


_STOP = set(
    "a an the this that one some someone somebody person individual figure human actor man woman he she they it is are was "
    "and or with of in on to at by for from as then while his her their its s up".split()
)
