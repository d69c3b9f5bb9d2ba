"""Ranks, recalls, nDCG, protocols and intervals against cases computed by hand, and their properties."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_lens_training.evaluation.intervals import difference, interval, resampled
from motion_lens_training.evaluation.metrics import ndcg, ndcg_figures, rank_figures, ranks, recall_table
from motion_lens_training.evaluation.protocols import (
    all_protocols,
    dissimilar_protocol,
    identical,
    protocols,
    same_index,
    similar,
    small_batch_protocol,
    small_batches,
)

#: Scores, right answers and figures that the TypeScript metrics are tested with too.
SHARED = Path(__file__).parents[3] / "test" / "fixtures" / "retrieval-metrics.json"


def values(figures: dict, direction: str) -> list[float]:
    return [figures[direction][k]["value"] for k in ("R@1", "R@2", "R@3", "R@5", "R@10", "MedR")]


# -- ranks ------------------------------------------------------------------------------------------------------------


def test_ranks_by_hand() -> None:
    scores = np.array([[0.9, 0.5, 0.1], [0.7, 0.7, 0.2], [0.3, 0.2, 0.1]])
    r = ranks(scores, np.eye(3, dtype=bool))
    np.testing.assert_array_equal(r, [0, 0.5, 2])
    table = recall_table(r)
    assert table["R@1"] == pytest.approx(66.7) and table["MedR"] == 1.5
    both = protocols(np.array([[0.1, 0.9], [0.1, 0.9]]), ["same", "same"])
    assert both["a"]["t2m"]["R@1"] == 50 and both["e"]["t2m"]["R@1"] == 100


def test_ties_take_the_mean_of_their_places() -> None:
    # The right one ties with two wrong ones behind one better: places 1, 2, 3 from 0, so 2.
    assert ranks(np.array([[0.9, 0.5, 0.5, 0.5]]), np.array([[False, True, False, False]]))[0] == 2
    # Right ones that tie with each other share the first place of the two.
    assert ranks(np.array([[0.9, 0.5, 0.5, 0.1]]), np.array([[False, True, True, False]]))[0] == 1
    # The best right one counts, ties of a worse right one do not.
    assert ranks(np.array([[0.9, 0.5, 0.5]]), np.array([[True, False, True]]))[0] == 0
    # A model that says the same of everything is in the middle, never first.
    np.testing.assert_array_equal(ranks(np.zeros((5, 5)), np.eye(5, dtype=bool)), [2] * 5)


def test_the_same_figures_as_the_typescript_metrics() -> None:
    case = json.loads(SHARED.read_text())
    scores, captions = np.array(case["scores"]), case["captions"]
    for direction, s in (("t2m", scores), ("m2t", scores.T)):
        r = ranks(s, same_index(len(s)))
        np.testing.assert_array_equal(r + 1, case["ranks"][direction])
        table = recall_table(r)
        for name, expected in case["figures"][direction].items():
            assert table[name] == pytest.approx(expected, abs=0.05), (direction, name)
    np.testing.assert_array_equal(ranks(scores, identical(captions)) + 1, case["identicalRanks"])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_ranks_know_the_order_only(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    # Few different values, so that there are ties.
    scores = rng.integers(-3, 4, (count, count)).astype(float)
    correct = rng.random((count, count)) < 0.3
    correct[np.arange(count), np.arange(count)] = True
    r = ranks(scores, correct)
    np.testing.assert_array_equal(r, ranks(np.exp(scores) * 7 - 2, correct))
    moved = rng.permutation(count)
    np.testing.assert_array_equal(r, ranks(scores[:, moved], correct[:, moved]))
    assert ((r >= 0) & (r <= count - 1)).all()
    # A further right answer never makes a rank worse by more than the tie it may join.
    more = correct | (rng.random((count, count)) < 0.3)
    assert (ranks(scores, more) <= r).all()


def test_chance_level() -> None:
    rng = np.random.default_rng(3)
    count = 400
    figures = rank_figures(*(ranks(rng.random((count, count)), same_index(count)) for _ in range(2)))
    low, high = figures["t2m"]["R@10"]["ci95"]
    assert low <= 100 * 10 / count <= high
    assert figures["t2m"]["MedR"]["value"] == pytest.approx(count / 2, rel=0.2)


# -- figures ----------------------------------------------------------------------------------------------------------


def test_rank_figures_by_hand() -> None:
    figures = rank_figures(np.array([0, 1, 4, 12]), np.array([0, 0, 2, 9]))
    assert values(figures, "t2m") == [25, 50, 50, 75, 75, 3.5]
    assert values(figures, "m2t") == [50, 50, 75, 75, 100, 2]
    assert figures["Rsum"]["value"] == 25 + 50 + 50 + 75 + 75 + 50 + 50 + 75 + 75 + 100
    with pytest.raises(ValueError, match="no queries"):
        rank_figures(np.zeros(0), np.zeros(0))


def test_figures_without_doubt_have_no_width() -> None:
    figures = rank_figures(np.zeros(30), np.zeros(30))
    assert figures["Rsum"] == {"value": 1000.0, "ci95": [1000.0, 1000.0]}
    assert figures["t2m"]["MedR"] == {"value": 1.0, "ci95": [1.0, 1.0]}


def test_ndcg_by_hand() -> None:
    relevance = np.array([[1.0, 0.0, 0.5]])
    gains = 2**relevance[0] - 1
    best = gains[0] + gains[2] / np.log2(3)
    assert ndcg(np.array([[3.0, 1, 2]]), relevance)[0] == pytest.approx(1)
    assert ndcg(np.array([[1.0, 2, 3]]), relevance)[0] == pytest.approx((gains[2] + gains[0] / np.log2(4)) / best)
    # Cut off after one: the half relevant one against the whole.
    assert ndcg(np.array([[1.0, 2, 3]]), relevance, 1)[0] == pytest.approx(gains[2] / gains[0])
    # Tied: the mean over both orders of the two; negative relevance counts as none, none relevant as 0.
    either = [gains[0] + gains[2] / np.log2(3), gains[2] + gains[0] / np.log2(3)]
    assert ndcg(np.array([[2.0, 1, 2]]), relevance)[0] == pytest.approx(np.mean(either) / best)
    np.testing.assert_array_equal(ndcg(np.array([[1.0, 2]]), np.array([[-0.5, 0]])), [0])
    with pytest.raises(ValueError, match="differ in shape"):
        ndcg(np.zeros((2, 2)), np.zeros((2, 3)))
    assert ndcg_figures(np.array([[3.0, 1, 2]]), relevance)["nDCG@25"]["value"] == 100


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_ndcg_is_a_share_and_knows_the_order_only(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, relevance = rng.integers(0, 4, (3, 8)).astype(float), rng.random((3, 8))
    got = ndcg(scores, relevance, 5)
    assert ((got > 0) & (got <= 1 + 1e-12)).all()
    np.testing.assert_allclose(got, ndcg(scores**3 + 1, relevance, 5))
    np.testing.assert_allclose(ndcg(relevance, relevance, 5), 1)


# -- intervals --------------------------------------------------------------------------------------------------------


def test_intervals_hold_the_value_and_repeat() -> None:
    hits = np.r_[np.ones(70), np.zeros(30)]
    got = interval(hits)
    assert got["value"] == 70 and got["n"] == 100 and got == interval(hits)
    # Within a point of the normal approximation of a share.
    half = 1.96 * 100 * np.sqrt(0.7 * 0.3 / 100)
    assert got["ci95"] == pytest.approx([70 - half, 70 + half], abs=1.5)
    assert np.isnan(interval([])["value"]) and interval([])["n"] == 0


def test_a_paired_difference_sees_what_two_intervals_hide() -> None:
    rng = np.random.default_rng(0)
    base = (rng.random(300) < 0.5).astype(float)
    better = base.copy()
    better[np.flatnonzero(base == 0)[:15]] = 1
    got = difference(better, base)
    assert got["value"] == 5 and got["ci95"][0] > 0
    assert interval(better)["ci95"][0] < interval(base)["ci95"][1]
    with pytest.raises(ValueError, match="same queries"):
        difference(base, base[:-1])


def test_resampling_in_blocks_and_batches() -> None:
    x = np.arange(2400, dtype=float)
    draws = resampled(x, {"mean": lambda v: v.mean(-1)})["mean"]
    assert draws.shape == (2000,) and draws.mean() == pytest.approx(x.mean(), rel=0.01)
    assert draws.std() == pytest.approx(x.std() / np.sqrt(len(x)), rel=0.1)
    groups = np.array([[0, 1], [10, 11]])
    seen: set[float] = set()

    def batched(v: np.ndarray) -> np.ndarray:
        assert v.shape[-2:] == (2, 2)
        assert set(np.unique(v[..., 0, :])) <= {0, 1} and set(np.unique(v[..., 1, :])) <= {10, 11}
        seen.update(np.unique(v))
        return v.mean((-1, -2))

    resampled(x[:12], {"mean": batched}, groups=groups)
    assert seen == {0, 1, 10, 11}


# -- protocols --------------------------------------------------------------------------------------------------------

CAPTIONS = ["walks", "walks", "runs", "jogs"]
#: Caption 0 prefers motion 1 (the same caption) and is preferred by it; caption 3 ("jogs") prefers motion 2 ("runs").
SCORES = np.array([[0.8, 0.95, 0.1, 0.2], [0.3, 0.9, 0.2, 0.1], [0.1, 0.2, 0.9, 0.3], [0.2, 0.3, 0.8, 0.7]])


def test_protocols_differ_in_what_is_right() -> None:
    similarity = np.eye(4)
    similarity[0, 1] = similarity[1, 0] = 1
    similarity[2, 3] = similarity[3, 2] = 0.91
    got = all_protocols(SCORES, list("abcd"), CAPTIONS, similarity, 0.9, ["a", "c"], "by hand")
    assert [got[p]["t2m"]["R@1"]["value"] for p in "abe"] == [50, 100, 75]
    assert [got[p]["m2t"]["R@1"]["value"] for p in "abe"] == [75, 100, 100]
    assert got["b"]["sentence model"] == "by hand" and got["b"]["threshold"] == 0.9
    assert got["c"]["gallery"] == 2 and got["c"]["t2m"]["R@1"]["value"] == 100
    # The threshold itself is not enough, and four motions are no batch of 32.
    assert all_protocols(SCORES, list("abcd"), CAPTIONS, similarity, 0.91)["b"]["t2m"]["R@1"]["value"] == 75
    assert "d" not in got


def test_a_caption_is_similar_to_itself_whatever_the_threshold() -> None:
    assert similar(np.full((3, 3), 0.2), 0.9).tolist() == np.eye(3, dtype=bool).tolist()


def test_protocol_a_is_never_above_the_others() -> None:
    rng = np.random.default_rng(5)
    captions = [f"caption {i % 20}" for i in range(70)]
    got = all_protocols(rng.random((70, 70)), [f"{i}" for i in range(70)], captions, identical(captions) * 1.0, 0.9)
    for direction in ("t2m", "m2t"):
        for k in ("R@1", "R@5", "R@10"):
            assert got["a"][direction][k]["value"] <= got["e"][direction][k]["value"] == got["b"][direction][k]["value"]


def test_lists_take_the_ids_the_gallery_has() -> None:
    got = dissimilar_protocol(SCORES, list("abcd"), ["d", "x", "c"])
    assert (got["listed"], got["gallery"]) == (3, 2)
    # Of c and d alone, d prefers c's motion.
    assert got["t2m"]["R@1"]["value"] == 50 and got["m2t"]["R@1"]["value"] == 100
    with pytest.raises(ValueError, match="none of the listed"):
        dissimilar_protocol(SCORES, list("abcd"), ["x"])


def test_small_batches_drop_the_remainder() -> None:
    ids = [f"{i:03d}" for i in range(70)]
    batches = small_batches(ids)
    assert batches.shape == (2, 32) and len(set(batches.flatten())) == 64
    expected = sorted(ids)
    np.random.RandomState(0).shuffle(expected)
    assert [ids[i] for i in batches.flatten()] == expected[:64]
    # The order of the gallery does not matter, its ids do.
    turned = ids[::-1]
    assert [turned[i] for i in small_batches(turned).flatten()] == expected[:64]


def test_small_batches_are_averaged() -> None:
    ids = [f"{i:03d}" for i in range(9)]
    batches = small_batches(ids, 4)
    scores = np.zeros((9, 9))
    # First batch: everything right. Second: each caption prefers another motion of its batch.
    for rows, shift in zip(batches, (0, 1), strict=True):
        scores[rows, np.roll(rows, shift)] = 1
    # A dropped motion that everybody likes best changes nothing.
    dropped = next(i for i in range(9) if i not in batches)
    scores[:, dropped] = 9
    got = small_batch_protocol(scores, ids, 4)
    assert (got["batches"], got["dropped"], got["t2m"]["queries"]) == (2, 1, 8)
    assert got["t2m"]["R@1"]["value"] == 50
    # Ranks from 1: all 1 in the first batch; tied second to fourth, so 3, in the other.
    assert got["t2m"]["MedR"]["value"] == (1 + 3) / 2
    with pytest.raises(ValueError, match="no batch of 32"):
        small_batch_protocol(scores, ids)


def test_bad_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="square scores"):
        all_protocols(np.zeros((2, 3)), ["a", "b"], ["x", "y"])
    with pytest.raises(ValueError, match="not finite"):
        all_protocols(np.full((2, 2), np.nan), ["a", "b"], ["x", "y"])
