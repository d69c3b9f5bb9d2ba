"""All figures of one model over one set of clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data import EVALUATION_ONLY, Clip
from .annotator import (
    LimbCaption,
    Pair,
    annotator_figures,
    limb_captions,
    limb_hits,
    order_hits,
    pairs_of,
    side_hits,
    split_hits,
    time_hits,
)
from .encoders import Remembering, motion_of
from .generated import generated_figures
from .intervals import difference, interval
from .metrics import RECALLS, ndcg_figures, rank_figures, ranks, recall_table
from .protocols import all_protocols, identical, identical_protocol, protocols
from .scoring import GLOBAL_SHARE, Score
from .sentences import SentenceModel, most_dissimilar

#: A source needs more clips than this for a gallery of its own.
SMALLEST_SOURCE = 10
#: Motions in the list of protocol (c).
DISSIMILAR = 100
#: Shares of the global score that the weighted sums are shown for.
SHARES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)


def first_captions(clips: Sequence[Clip]) -> list[str]:
    return [c.captions[0].text for c in clips]


def score_matrix(encoder: Any, clips: Sequence[Clip], score: Score) -> np.ndarray:
    """(clips, clips) scores of first captions and motions."""
    return score.matrix([encoder.text(t) for t in first_captions(clips)], [motion_of(encoder, c.joints) for c in clips])


def retrieval_figures(encoder: Any, clips: Sequence[Clip], kind: str) -> dict[str, Any]:
    """Plain tables of protocols (a) and (e) with the clips as gallery: what training watches."""
    return protocols(score_matrix(encoder, clips, Score.of(kind, encoder)), first_captions(clips))


@dataclass
class Sentences:
    """The sentence model of (b), (c) and nDCG, with the threshold of (b) and the list of (c) where they are given."""

    model: SentenceModel
    threshold: float | None = None
    listed: list[str] | None = None

    def protocols(self, scores: np.ndarray, clips: Sequence[Clip]) -> dict[str, Any]:
        """(a) to (e) of first captions. Without a list, (c) takes the most dissimilar captions of a large enough gallery."""
        texts, ids = first_captions(clips), [c.id for c in clips]
        vectors = self.model(texts)
        threshold = self.model.default_threshold if self.threshold is None else self.threshold
        listed = self.listed
        if listed is None and len(clips) >= 2 * DISSIMILAR:
            listed = most_dissimilar(vectors, ids, DISSIMILAR)
        out = all_protocols(scores, ids, texts, vectors @ vectors.T, threshold, listed, self.model.name)
        if "c" in out:
            out["c"]["list"] = "given" if self.listed is not None else f"the {DISSIMILAR} most dissimilar by {self.model.name}"
        return out

    def ndcg(self, scores: np.ndarray, clips: Sequence[Clip]) -> dict[str, Any]:
        """nDCG@25: queries are the distinct first captions (or the motions); relevance of a motion: its most similar caption, of all that it has."""
        texts = first_captions(clips)
        rows = [texts.index(t) for t in dict.fromkeys(texts)]
        queries = self.model([texts[i] for i in rows])
        captions = [x.text for c in clips for x in c.captions]
        starts = np.cumsum([0, *[len(c.captions) for c in clips]])[:-1]
        relevance = np.maximum.reduceat(queries @ self.model(captions).T, starts, axis=1)
        return {
            "sentence model": self.model.name,
            "t2m": ndcg_figures(scores[rows], relevance),
            "m2t": ndcg_figures(scores[rows].T, relevance.T),
        }


def human_figures(encoder: Any, clips: Sequence[Clip], score: Score) -> dict[str, Any]:
    """Captions written by people as queries over all the clips, and the other way round over those captions alone."""
    texts = [(x.text, j) for j, c in enumerate(clips) for x in c.captions if x.kind in EVALUATION_ONLY]
    if not texts:
        return {"queries": 0}
    owner = np.array([j for _, j in texts])
    scores = score.matrix([encoder.text(t) for t, _ in texts], [motion_of(encoder, c.joints) for c in clips])
    correct = owner[:, None] == np.arange(len(clips))[None, :]
    r = ranks(scores, correct)
    back = ranks(scores[:, owner].T, owner[:, None] == owner[None, :])
    figures = rank_figures(r, back)
    return {
        "queries": len(owner),
        "t2m": recall_table(r),
        "R@10": interval((r < 10).astype(float)),
        "intervals": {"gallery": len(clips), **figures["t2m"]},
        "m2t": {"gallery": len(owner), **figures["m2t"]},
    }


def scores_report(
    scores: np.ndarray, ids: Sequence[str], captions: Sequence[str], sources: Sequence[str], score: str = "global"
) -> dict[str, Any]:
    """Report of a plain score matrix (captions, motions), for systems that are no encoder of this package: a row of the results table can be made of it.

    Each source is its own gallery beside the whole one; `score` names what the scores are.
    """
    out: dict[str, Any] = {
        "clips": len(ids),
        "score": score,
        "retrieval": protocols(scores, captions),
        "protocols": all_protocols(scores, ids, captions),
    }
    for source in sorted(set(sources)):
        at = [i for i, s in enumerate(sources) if s == source]
        if len(at) > SMALLEST_SOURCE:
            own, texts = scores[np.ix_(at, at)], [captions[i] for i in at]
            out[f"source {source}"] = {
                "clips": len(at),
                "retrieval": protocols(own, texts)["e"],
                "protocols": {"e": identical_protocol(own, texts)},
            }
    return out


def source_figures(encoder: Any, clips: Sequence[Clip], score: Score) -> dict[str, Any]:
    """One source as its own gallery; its pairs are joined among themselves."""
    scores = score_matrix(encoder, clips, score)
    return {
        "clips": len(clips),
        "retrieval": protocols(scores, first_captions(clips))["e"],
        "protocols": {"e": identical_protocol(scores, first_captions(clips))},
        "annotator": annotator_figures(encoder, clips, score, deletion=False),
    }


def _hits(
    encoder: Any, clips: Sequence[Clip], score: Score, scores: np.ndarray, pairs: Sequence[Pair], limbs: Sequence[LimbCaption] | None = None
) -> dict[str, np.ndarray]:
    """Hits of one score, query by query, under names that say the measure; those of evidence where `limbs` are given.

    `scores`: its matrix over the clips.
    """
    correct = identical(first_captions(clips))
    out: dict[str, Any] = {}
    for direction, s in (("t2m", scores), ("m2t", scores.T)):
        r = ranks(s, correct)
        out.update({f"{direction} R@{k}": (r < k).astype(float) for k in RECALLS})
    out["side"], out["order"] = side_hits(encoder, clips, score), order_hits(encoder, pairs, score)
    if score.has_patches:
        out["order_split"] = split_hits(encoder, pairs, score)
    if score.has_patches and limbs is not None:
        out["pointing_time"] = time_hits(encoder, pairs, score)
        out["pointing_limb"] = limb_hits(encoder, limbs, score)
    return {k: np.asarray(v, dtype=float) for k, v in out.items()}


def side_by_side(
    encoder: Any,
    clips: Sequence[Clip],
    kind: str = "late",
    pairs: int = 200,
    seed: int = 0,
    shares: Sequence[float] = SHARES,
    global_share: float = GLOBAL_SHARE,
) -> dict[str, Any]:
    """MaxSim, its own global twin and the model's score over the same queries (protocol (e)), paired differences, and weighted sums.

    `brings`: what MaxSim and the model's score gain over the global twin; the order by the best split is set against the twin's plain order, as the
    twin has no tokens to split. Weighted sums are by share of the global score.
    """
    rng = np.random.default_rng(seed)
    limbs = limb_captions(clips, rng)
    joined = pairs_of(clips, pairs, rng)
    kinds = dict.fromkeys(("maxsim", "global", kind))
    by_kind = {k: Score.of(k, encoder, global_share) for k in kinds}
    matrices = {k: score_matrix(encoder, clips, s) for k, s in by_kind.items()}
    hits = {k: _hits(encoder, clips, by_kind[k], matrices[k], joined, limbs) for k in kinds}
    twin = hits["global"]
    brings = {}
    for k in kinds:
        if k != "global":
            shared = {name: difference(hits[k][name], twin[name]) for name in twin}
            brings[k] = {**shared, "order_split": difference(hits[k]["order_split"], twin["order"])}
    sums = []
    for share in shares:
        scores = (1 - share) * matrices["maxsim"] + share * matrices["global"]
        got = _hits(encoder, clips, Score.of("sum", encoder, share), scores, joined)
        sums.append({"global share": share, **{n: interval(h)["value"] for n, h in got.items()}})
    return {"scores": {k: {n: interval(h) for n, h in v.items()} for k, v in hits.items()}, "brings": brings, "weighted sums": sums}


def figures(
    encoder: Any,
    clips: Sequence[Clip],
    kind: str,
    sentences: Sentences | None = None,
    fast: bool = False,
    global_share: float = GLOBAL_SHARE,
) -> dict[str, Any]:
    """All measures of one model on one set of clips, with the same by source and on captions written by people.

    `fast` leaves out what wipes or generates motions, nDCG and the comparison of scores.
    """
    if not clips:
        raise ValueError("no clips to evaluate: check the split and the sources")
    encoder = Remembering(encoder)
    score = Score.of(kind, encoder, global_share)
    texts = first_captions(clips)
    scores = score_matrix(encoder, clips, score)
    out: dict[str, Any] = {"clips": len(clips), "score": kind, "retrieval": protocols(scores, texts)}
    if kind == "sum":
        out["global share"] = global_share
    if sentences is None:
        out["protocols"] = all_protocols(scores, [c.id for c in clips], texts)
    else:
        out["protocols"] = sentences.protocols(scores, clips)
        if not fast:
            out["nDCG"] = sentences.ndcg(scores, clips)
    out["annotator"] = annotator_figures(encoder, clips, score, deletion=not fast)
    out["human captions"] = human_figures(encoder, clips, score)
    if score.has_patches and not fast:
        out["generated"] = generated_figures(encoder, score)
        out["side by side"] = side_by_side(encoder, clips, kind, global_share=global_share)
    chance = np.random.default_rng(0).random((len(clips), len(clips)))
    out["chance"] = protocols(chance, texts)
    for source in sorted({c.source for c in clips}):
        some = [c for c in clips if c.source == source]
        if len(some) > SMALLEST_SOURCE:
            out[f"source {source}"] = source_figures(encoder, some, score)
    return out
