"""Measures that matter when labels are checked: sides, order, and whether evidence points to the true time and limb.

Hits are 1, 0, or 0.5 on a tie. Which clips are joined and what is wiped out at random depends on the clips and the seed only, so that
all models and scores meet the same questions and may be compared pair by pair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import captions as cap
from ..data import Caption, Clip, concatenate
from ..features import FRAMES_PER_PATCH, PART_STARTS, clean_features, patches_of
from ..skeleton import GLOBAL, LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG, TORSO
from .encoders import PARTS, MotionVectors, TextVectors, motion_of
from .intervals import interval
from .scoring import Score

#: The regions of the body that the deletion measure wipes out.
REGIONS = (LEFT_ARM, RIGHT_ARM, LEFT_LEG, RIGHT_LEG, TORSO, GLOBAL)
#: Only clips of up to so many frames are joined.
SHORT = 130
JOINER = ", then "

_LIMB_SIDE = re.compile(r"\b(left|right)[- ](hand|arm)\b")
_STOP = set(
    "a an the this that one some someone somebody person individual figure human actor man woman he she they it is are was "
    "and or with of in on to at by for from as then while his her their its s up".split()
)


def won(a: float, b: float) -> float:
    """1 if `a` is above `b`, 0.5 on a tie."""
    return 1.0 if a > b else 0.5 if a == b else 0.0


def label_hits(scores: np.ndarray, clips: Sequence[Clip]) -> list[float]:
    """For each first caption, whether its best motion carries the same labels."""
    return [float(clips[int(j)].labels == c.labels) for c, j in zip(clips, scores.argmax(1), strict=True)]


def side_hits(encoder: Any, clips: Sequence[Clip], score: Score) -> list[float]:
    """For each caption that names one side only: does it score its motion above the mirrored one?"""
    hits = []
    for c in clips:
        named = [x.text for x in c.captions if cap.names_one_side(x.text)]
        if not named:
            continue
        own, mirrored = motion_of(encoder, c.joints), motion_of(encoder, c.joints, mirrored=True)
        for text in named:
            vectors = encoder.text(text)
            hits.append(won(score.pair(vectors, own), score.pair(vectors, mirrored)))
    return hits


# -- the named limb ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LimbCaption:
    """A caption of a one-sided clip that names the arm which acts, with the ranges of those words."""

    clip: Clip
    text: str
    words: tuple[tuple[int, int], ...]
    #: Drawn at random for the deletion measure: another region (counted without the lit one) and a moment.
    other: int
    moment: int

    def rows(self, vectors: TextVectors) -> list[int]:
        """Tokens that belong to the words."""
        return [k for k, (a, b) in enumerate(vectors.chars) if any(start <= a and b <= end for start, end in self.words)]


def _named(clip: Clip, caption: Caption) -> tuple[tuple[int, int], ...]:
    hits = list(_LIMB_SIDE.finditer(caption.text))
    # Captions that also speak of the quiet arm do not tell which limb a word should light.
    return () if any(h.group(1) != clip.arm_side for h in hits) else tuple(h.span() for h in hits)


def limb_captions(clips: Sequence[Clip], rng: np.random.Generator) -> list[LimbCaption]:
    """All captions with "left/right hand/arm" on clips whose acting arm is known."""
    out = []
    for c in clips:
        if c.arm_side not in ("left", "right"):
            continue
        for x in c.captions:
            if words := _named(c, x):
                other = int(rng.integers(len(REGIONS) - 1))
                out.append(LimbCaption(c, x.text, words, other, int(rng.integers(patches_of(len(c.joints))))))
    return out


def limb_hits(encoder: Any, captions: Sequence[LimbCaption], score: Score) -> list[float]:
    """For each token of the words: does its strongest patch lie in the named arm?"""
    hits = []
    for c in captions:
        vectors = encoder.text(c.text)
        strongest = score.grid(vectors, motion_of(encoder, c.clip.joints)).argmax(1)
        wanted = LEFT_ARM if c.clip.arm_side == "left" else RIGHT_ARM
        hits += [float(int(strongest[k]) % PARTS in wanted) for k in c.rows(vectors)]
    return hits


def deletion_hits(encoder: Any, captions: Sequence[LimbCaption], score: Score) -> list[float]:
    """For the first token of the words: does it lose more support when the limb lit, over the moment lit and its neighbours,
    is replaced by the mean pose than when a random other limb at a random moment is?"""
    forgetful = getattr(encoder, "inner", encoder)
    own = slice(0, encoder.grid_dim)
    hits = []
    for c in captions:
        vectors = encoder.text(c.text)
        if not (rows := c.rows(vectors)):
            continue
        lit = int(score.grid(vectors, motion_of(encoder, c.clip.joints))[rows[0]].argmax())
        time, part = divmod(lit, PARTS)
        features, token = clean_features(c.clip.joints), vectors.tokens[rows[0], own]

        def support(at: int, parts: tuple[int, ...], features: np.ndarray = features, token: np.ndarray = token) -> float:
            wiped = features.copy()
            frames = slice(max(0, (at - 1) * FRAMES_PER_PATCH), (at + 2) * FRAMES_PER_PATCH)
            for p in parts:
                columns = slice(PART_STARTS[p], PART_STARTS[p + 1])
                wiped[frames, columns] = encoder.mean[columns]
            return float((forgetful.motion(wiped)[0][:, own] @ token).max())

        region = next(r for r in REGIONS if part in r)
        other = [r for r in REGIONS if r != region][c.other]
        hits.append(won(support(c.moment, other), support(time, region)))
    return hits


# -- order and time ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """Two clips one after the other: "A, then B"."""

    first: Clip
    second: Clip

    @property
    def border(self) -> int:
        """Where A's words end."""
        return len(cap.bare(self.first.captions[0].text))

    @property
    def text(self) -> str:
        return f"{cap.bare(self.first.captions[0].text)}{JOINER}{cap.bare(self.second.captions[0].text)}."


def pairs_of(clips: Sequence[Clip], count: int, rng: np.random.Generator) -> list[Pair]:
    """`count` pairs of short clips of different labels, drawn at random; none where all labels are the same."""
    short = [i for i, c in enumerate(clips) if len(c.joints) <= SHORT]
    if len({tuple(clips[i].labels) for i in short}) < 2:
        return []
    out: list[Pair] = []
    while len(out) < count:
        i, j = (int(k) for k in rng.choice(short, 2, replace=False))
        if clips[i].labels != clips[j].labels:
            out.append(Pair(clips[i], clips[j]))
    return out


def _encoded(encoder: Any, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, TextVectors, MotionVectors, MotionVectors, int]]:
    """Each pair with its text, A-B, B-A, and the frame where B starts in A-B."""
    for p in pairs:
        joined, start = concatenate(p.first.joints, p.second.joints)
        reverse, _ = concatenate(p.second.joints, p.first.joints)
        yield p, encoder.text(p.text), motion_of(encoder, joined), motion_of(encoder, reverse), start


def best_monotone_split(grid: np.ndarray, first: np.ndarray) -> float:
    """Score of "A then B" with A's tokens before and B's at or after the best split of time.

    `grid` (tokens, times * 14) similarities; `first` (tokens) says which tokens are A's. Where there is nothing to split: plain MaxSim.
    """
    best = grid.reshape(len(grid), -1, PARTS).max(2)
    times = best.shape[1]
    if times < 2 or first.all() or not first.any():
        return float(best.max(1).mean())
    # Best of A up to each cut, and of B from it on.
    a = np.maximum.accumulate(best[first], 1)[:, :-1].sum(0)
    b = np.maximum.accumulate(best[~first][:, ::-1], 1)[:, ::-1][:, 1:].sum(0)
    return float((a + b).max() / len(best))


def order_hits(encoder: Any, pairs: Sequence[Pair], score: Score) -> list[float]:
    """Does "A, then B" score A-B above B-A, by the plain score?"""
    return [won(score.pair(text, ab), score.pair(text, ba)) for _, text, ab, ba, _ in _encoded(encoder, pairs)]


def split_hits(encoder: Any, pairs: Sequence[Pair], score: Score) -> list[float]:
    """The same by the best monotone split of time."""
    hits = []
    for p, text, ab, ba, _ in _encoded(encoder, pairs):
        first = np.array([a < p.border for a, _ in text.chars])
        hits.append(won(best_monotone_split(score.grid(text, ab), first), best_monotone_split(score.grid(text, ba), first)))
    return hits


def time_hits(encoder: Any, pairs: Sequence[Pair], score: Score) -> list[float]:
    """For each content word (token) of "A, then B": does its strongest patch lie in its part of time?"""
    hits = []
    for p, text, ab, _, start in _encoded(encoder, pairs):
        times = score.grid(text, ab).argmax(1) // PARTS
        words = p.text
        for (a, b), t in zip(text.chars, times, strict=True):
            if words[a:b].lower() in _STOP or p.border <= a < p.border + len(JOINER):
                continue
            middle = (int(t) + 0.5) * FRAMES_PER_PATCH
            hits.append(float((middle < start) == (a < p.border)))
    return hits


def annotator_figures(
    encoder: Any, clips: Sequence[Clip], score: Score, pairs: int = 200, seed: int = 0, deletion: bool = True
) -> dict[str, Any]:
    """All of these measures over one set of clips, with intervals; those of evidence only where patches are compared.

    The best hit's labels (`labels`), `side`, `pointing_limb`, `deletion`, `order`, `order_split` and `pointing_time`.
    """
    rng = np.random.default_rng(seed)
    limbs = limb_captions(clips, rng)
    joined = pairs_of(clips, pairs, rng)
    motions = [motion_of(encoder, c.joints) for c in clips]
    scores = score.matrix([encoder.text(c.captions[0].text) for c in clips], motions)
    out = {"labels": interval(label_hits(scores, clips)), "side": interval(side_hits(encoder, clips, score))}
    if score.has_patches:
        out["pointing_limb"] = interval(limb_hits(encoder, limbs, score))
        if deletion and hasattr(getattr(encoder, "inner", encoder), "motion"):
            out["deletion"] = interval(deletion_hits(encoder, limbs, score))
    out["order"] = interval(order_hits(encoder, joined, score))
    if score.has_patches:
        out["order_split"] = interval(split_hits(encoder, joined, score))
        out["pointing_time"] = interval(time_hits(encoder, joined, score))
    return out
