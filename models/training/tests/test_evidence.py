"""The annotator's measures on encoders whose answers are known, and the scores they are taken with."""

import re

import numpy as np
import pytest

from motion_lens_training.data import Caption, Clip
from motion_lens_training.evaluation.annotator import (
    annotator_figures,
    best_monotone_split,
    deletion_hits,
    label_hits,
    limb_captions,
    limb_hits,
    order_hits,
    pairs_of,
    side_hits,
    split_hits,
    time_hits,
)
from motion_lens_training.evaluation.encoders import PARTS, ChanceEncoder, MotionVectors, Remembering, TextVectors, motion_of
from motion_lens_training.evaluation.scoring import Score
from motion_lens_training.features import COLUMNS, FRAMES_PER_PATCH, PART_STARTS, patches_of
from motion_lens_training.skeleton import LEFT_ARM, RIGHT_ARM
from motion_lens_training.text_model import load_tokenizer

from .test_features import standing

SIDES = ("left", "right")


def raised(side: str, frames: int) -> np.ndarray:
    joints = standing(frames)
    shoulder, elbow, wrist = (16, 18, 20) if side == "left" else (17, 19, 21)
    joints[:, elbow] = joints[:, shoulder] + [0, 0.28, 0]
    joints[:, wrist] = joints[:, elbow] + [0, 0.25, 0]
    return joints.astype(np.float32)


def clips(count: int = 12, frames: int = 40) -> list[Clip]:
    out = []
    for i in range(count):
        side = SIDES[i % 2]
        text = f"a person raises the {side} hand."
        out.append(Clip(f"{i:02d}", "made", str(i), "test", ["raise", side], raised(side, frames + i), [Caption(text)]))
    return out


class Knowing:
    """Knows which hand is up at each moment, and for each word which hand its half of the text speaks of."""

    grid_dim, grid_share = 3, 1.0

    def __init__(self, mistaken: bool = False) -> None:
        self.mistaken = mistaken

    def motion_of_joints(self, joints: np.ndarray) -> MotionVectors:
        patches = np.zeros((patches_of(len(joints)), PARTS, 3), np.float32)
        patches[..., 2] = 1
        for t in range(len(patches)):
            frame = joints[min(t * FRAMES_PER_PATCH + FRAMES_PER_PATCH // 2, len(joints) - 1)]
            for k, (shoulder, wrist, arm) in enumerate(((16, 20, LEFT_ARM), (17, 21, RIGHT_ARM))):
                if frame[wrist, 1] > frame[shoulder, 1]:
                    patches[t, list(RIGHT_ARM if self.mistaken and k == 0 else LEFT_ARM if self.mistaken else arm)] = np.eye(3)[k]
        whole = patches.max((0, 1))
        return patches.reshape(-1, 3), whole / np.linalg.norm(whole)

    def text(self, text: str) -> TextVectors:
        words = list(re.finditer(r"[a-z]+", text))
        cut = text.index("then") if "then" in text else len(text)
        vectors = np.zeros((len(words), 3), np.float32)
        for k, w in enumerate(words):
            half = text[:cut] if w.start() < cut else text[cut:]
            vectors[k] = np.eye(3)[0 if "left" in half else 1]
        whole = vectors.sum(0)
        return TextVectors(vectors, [w.span() for w in words], whole / np.linalg.norm(whole))


LATE = Score("late")


def test_a_knowing_encoder_passes_every_measure() -> None:
    got = annotator_figures(Knowing(), clips(), LATE, pairs=30)
    assert {k: v["value"] for k, v in got.items()} == {
        "labels": 100, "side": 100, "pointing_limb": 100, "order": 50, "order_split": 100, "pointing_time": pytest.approx(100, abs=6),
    }  # fmt: skip
    assert got["side"]["n"] == 12 and got["pointing_limb"]["n"] == 24 and got["order"]["n"] == 30


def test_plain_maxsim_ties_on_order_and_the_split_tells() -> None:
    pairs = pairs_of(clips(), 20, np.random.default_rng(1))
    assert order_hits(Knowing(), pairs, LATE) == [0.5] * 20
    assert split_hits(Knowing(), pairs, LATE) == [1.0] * 20
    assert order_hits(Knowing(), pairs, Score("global")) == [0.5] * 20


def test_evidence_may_be_false_where_retrieval_is_right() -> None:
    some = clips()
    limbs = limb_captions(some, np.random.default_rng(0))
    assert side_hits(Knowing(mistaken=True), some, LATE) == [1.0] * 12
    assert set(limb_hits(Knowing(), limbs, LATE)) == {1.0}
    assert set(limb_hits(Knowing(mistaken=True), limbs, LATE)) == {0.0}


def test_captions_of_the_quiet_arm_tell_no_limb() -> None:
    some = clips(2)
    some[0].captions.append(Caption("a person raises the left hand and keeps the right hand down."))
    some[1].labels = ["walk", "right"]
    limbs = limb_captions(some, np.random.default_rng(0))
    assert [(c.clip.id, c.text[slice(*c.words[0])]) for c in limbs] == [("00", "left hand")]


def test_time_counts_content_words_only() -> None:
    pairs = pairs_of(clips(), 1, np.random.default_rng(1))
    # "raises", the side and "hand" of both halves; not "a", "person", "the" and "then".
    assert len(time_hits(Knowing(), pairs, LATE)) == 6


def test_pairs_depend_on_the_clips_only_and_differ_in_labels() -> None:
    some = clips()
    one, two = (pairs_of(some, 25, np.random.default_rng(4)) for _ in range(2))
    assert [(p.first.id, p.second.id) for p in one] == [(p.first.id, p.second.id) for p in two]
    assert all(p.first.labels != p.second.labels for p in one)
    assert one[0].text.count("then") == 1 and one[0].text[: one[0].border].endswith("hand")
    assert pairs_of([c for c in some if "left" in c.labels], 5, np.random.default_rng(0)) == []
    assert pairs_of(clips(frames=200), 5, np.random.default_rng(0)) == []


def test_labels_of_the_best_hit() -> None:
    some = clips(3)
    scores = np.array([[0.1, 0.2, 0.9], [0.9, 0.5, 0.1], [0.1, 0.9, 0.8]])
    # left finds the other left, right finds a left, left finds a right.
    assert label_hits(scores, some) == [1, 0, 0]


class Present:
    """Patches that say only whether their part is there (differs from the mean); "left" and "right" ask for an elbow each."""

    grid_dim, grid_share = PARTS, 1.0
    mean = np.zeros(COLUMNS, np.float32)

    def motion(self, features: np.ndarray) -> MotionVectors:
        patches = np.zeros((patches_of(len(features)), PARTS, PARTS), np.float32)
        for t in range(len(patches)):
            rows = features[t * FRAMES_PER_PATCH : (t + 1) * FRAMES_PER_PATCH]
            for p in range(PARTS):
                patches[t, p, p] = float(np.any(rows[:, PART_STARTS[p] : PART_STARTS[p + 1]] != 0))
        return patches.reshape(-1, PARTS), np.ones(PARTS, np.float32)

    def text(self, text: str) -> TextVectors:
        m = re.search("left|right", text)
        token = np.eye(PARTS, dtype=np.float32)[[max(LEFT_ARM if m.group() == "left" else RIGHT_ARM)]]
        return TextVectors(token, [m.span()], np.ones(PARTS, np.float32))


def test_deletion_by_hand() -> None:
    # Three patches or fewer: wiping the lit arm over the moment and its neighbours leaves nothing, another limb leaves all.
    short = limb_captions(clips(frames=20), np.random.default_rng(0))
    assert deletion_hits(Present(), short, LATE) == [1.0] * 12
    # Five patches: the arm lit at the start is still there at the end, and costs nothing either way.
    long = limb_captions(clips(frames=68), np.random.default_rng(0))
    assert deletion_hits(Present(), long, LATE) == [0.5] * 12


def test_best_monotone_split_by_hand() -> None:
    # Two words, three times, one part in use: "A" fits the start, "B" the end.
    grid = np.zeros((2, 3 * PARTS))
    grid[0, 0] = grid[1, 2 * PARTS] = 1
    first = np.array([True, False])
    assert best_monotone_split(grid, first) == 1
    assert best_monotone_split(grid[:, ::-1], first) < 1
    # Nothing to split: plain MaxSim.
    assert best_monotone_split(grid, np.array([True, True])) == 1
    assert best_monotone_split(grid[:, :PARTS], first) == 0.5


def test_best_monotone_split_tries_every_cut() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        grid, first = rng.normal(size=(5, 6 * PARTS)), np.array([True, True, False, True, False])
        best = grid.reshape(5, 6, PARTS).max(2)
        tried = [(best[first][:, :c].max(1).sum() + best[~first][:, c:].max(1).sum()) / 5 for c in range(1, 6)]
        assert best_monotone_split(grid, first) == pytest.approx(max(tried))
        assert best_monotone_split(grid, first) <= grid.max(1).mean() + 1e-12


def joined_vectors(rng: np.random.Generator, share: float) -> tuple[list[TextVectors], list[MotionVectors], np.ndarray, np.ndarray]:
    """Texts and motions whose vectors carry the whole behind their own numbers, and their plain MaxSim and global scores."""

    def unit(*shape: int) -> np.ndarray:
        x = rng.normal(size=shape)
        return x / np.linalg.norm(x, axis=-1, keepdims=True)

    own, whole = np.sqrt(share), np.sqrt(1 - share)
    tokens, patches = [unit(n, 8) for n in (3, 5)], [unit(PARTS * n, 8) for n in (2, 4, 1)]
    said, moved = unit(2, 6), unit(3, 6)
    texts = [TextVectors(np.c_[own * t, np.tile(whole * s, (len(t), 1))], [(0, 1)] * len(t), s) for t, s in zip(tokens, said, strict=True)]
    motions = [(np.c_[own * p, np.tile(whole * m, (len(p), 1))], m) for p, m in zip(patches, moved, strict=True)]
    maxsim = np.array([[(t @ p.T).max(1).mean() for p in patches] for t in tokens])
    return texts, motions, maxsim, said @ moved.T


def test_a_joined_score_comes_apart_into_maxsim_and_its_global_twin() -> None:
    texts, motions, maxsim, whole = joined_vectors(np.random.default_rng(0), 0.4)

    def score(kind: str, share: float = 0.6) -> np.ndarray:
        return Score(kind, 8, 0.4, share).matrix(texts, motions)

    np.testing.assert_allclose(score("maxsim"), maxsim)
    np.testing.assert_allclose(score("global"), whole)
    np.testing.assert_allclose(score("late"), 0.4 * maxsim + 0.6 * whole)
    np.testing.assert_allclose(score("sum"), score("late"))
    np.testing.assert_allclose(score("sum", 0.25), 0.75 * maxsim + 0.25 * whole)
    for kind in ("late", "maxsim", "sum"):
        s = Score(kind, 8, 0.4)
        assert s.pair(texts[1], motions[1]) == pytest.approx(s.matrix(texts, motions)[1, 1])
        assert s.grid(texts[1], motions[1]).max(1).mean() == pytest.approx(s.matrix(texts, motions)[1, 1])
    with pytest.raises(ValueError, match="compares no patches"):
        Score("global").grid(texts[0], motions[0])
    with pytest.raises(ValueError, match="one of late, maxsim"):
        Score("cosine")


def test_remembering_changes_nothing_and_encodes_once() -> None:
    calls = []

    class Counting(Knowing):
        def motion_of_joints(self, joints: np.ndarray) -> MotionVectors:
            calls.append(len(joints))
            return super().motion_of_joints(joints)

    some = clips(4)
    remembering = Remembering(Counting())
    for mirrored in (False, True, False):
        for c in some:
            np.testing.assert_array_equal(motion_of(remembering, c.joints, mirrored)[0], motion_of(Knowing(), c.joints, mirrored)[0])
    assert len(calls) == 8
    assert remembering.text("left") is remembering.text("left")


def test_chance_repeats_and_knows_nothing() -> None:
    encoder = ChanceEncoder(load_tokenizer(), seed=1)
    some = clips(50, 20)
    one, two = (annotator_figures(encoder, some, LATE, pairs=60, deletion=False) for _ in range(2))
    assert one == two
    for measure in ("side", "order", "order_split"):
        low, high = one[measure]["ci95"]
        assert low <= 50 <= high, measure
    low, high = one["pointing_limb"]["ci95"]
    assert low <= 100 * len(LEFT_ARM) / PARTS <= high
