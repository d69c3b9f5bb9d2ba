"""The generator is measured: what captions and truths say must be visible in the joints."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from motion_lens_training.generator import Action, GeneratedMotion, Script, Segment, generate
from motion_lens_training.generator.compose import mirror_script
from motion_lens_training.generator.library import KINDS, random_action, random_script
from motion_lens_training.generator.sample import FLAWS, MOTIONS, write
from motion_lens_training.generator.skeleton import LEG_LENGTH, MIRROR_JOINT, PARENTS, PART_NAMES

from .generator_checks import CHECKS as FIRST_CHECKS
from .generator_checks import heading
from .generator_checks_gaits import CHECKS as GAIT_CHECKS
from .generator_checks_more import CHECKS as MORE_CHECKS

CHECKS = FIRST_CHECKS | GAIT_CHECKS | MORE_CHECKS

SEEDS = 300
SAMPLE = Path(__file__).resolve().parents[3] / "media" / "sample-dataset"


@pytest.fixture(scope="module")
def motions() -> list[GeneratedMotion]:
    return [generate(seed) for seed in range(SEEDS)]


def play(seed: int, *actions: Action) -> tuple[GeneratedMotion, list[slice]]:
    """A motion of a sequence of actions and the frames of each."""
    g = generate(seed, Script([Segment(a) for a in actions]))
    return g, [slice(start, end) for _, _, _, start, end in g.actions]


def test_every_kind_has_a_check() -> None:
    assert set(CHECKS) == set(KINDS)


def test_shape_range_and_determinism(motions: list[GeneratedMotion]) -> None:
    for g in motions:
        t = len(g.joints)
        assert g.joints.dtype == np.float32 and g.joints.shape == (t, 22, 3) and 30 <= t <= 200
        assert np.isfinite(g.joints).all()
        assert 3 <= len(g.captions) <= 5 and len({c.text for c in g.captions}) == len(g.captions)
    for seed in range(0, SEEDS, 17):
        again = generate(seed)
        assert np.array_equal(again.joints, motions[seed].joints) and again.captions == motions[seed].captions
    assert len({g.joints.tobytes() for g in motions}) == SEEDS


def test_frame_zero_and_floor(motions: list[GeneratedMotion]) -> None:
    for g in motions:
        x = g.joints.astype(np.float64)
        assert np.abs(x[0, 0, [0, 2]]).max() < 1e-5
        assert abs(heading(x)[0]) < 1e-4
        assert abs(x[:, (7, 8, 10, 11), 1].min()) < 1e-5
        assert x[0, 1, 0] > x[0, 2, 0]
        assert x[0, 15, 1] > 0.95 or g.script.segments[0].main.kind == "get_up"


def test_bones_keep_their_length(motions: list[GeneratedMotion]) -> None:
    for g in motions:
        x = g.joints.astype(np.float64)
        for child, parent in enumerate(PARENTS):
            if parent >= 0:
                length = np.linalg.norm(x[:, child] - x[:, parent], axis=-1)
                assert length.max() / length.min() < 1.005
        leg = np.linalg.norm(x[:, 4] - x[:, 1], axis=-1) + np.linalg.norm(x[:, 7] - x[:, 4], axis=-1)
        assert np.abs(leg - LEG_LENGTH).max() < 1e-3


def test_planted_feet_do_not_slide(motions: list[GeneratedMotion]) -> None:
    for g in motions:
        for side in (0, 1):
            on = g.planted[:, side]
            foot = g.joints[:, 10 + side, [0, 2]].astype(np.float64)
            step = np.linalg.norm(np.diff(foot, axis=0), axis=-1) * 20.0
            held = on[1:] & on[:-1]
            assert not held.any() or np.percentile(step[held], 95) < 0.03
            assert not held.any() or step[held].max() < 0.12


def test_knees_bend_forward(motions: list[GeneratedMotion]) -> None:
    for g in motions:
        x = g.joints.astype(np.float64)
        left = x[:, 1] - x[:, 2]
        left /= np.linalg.norm(left, axis=-1, keepdims=True)
        up = x[:, 3] - 0.5 * (x[:, 1] + x[:, 2])
        up -= left * (up * left).sum(-1, keepdims=True)
        forward = np.cross(left, up / np.linalg.norm(up, axis=-1, keepdims=True))
        for side in (0, 1):
            line = x[:, 7 + side] - x[:, 1 + side]
            line /= np.linalg.norm(line, axis=-1, keepdims=True)
            knee = x[:, 4 + side] - x[:, 1 + side]
            knee = knee - line * (knee * line).sum(-1, keepdims=True)
            hanging = line[:, 1] < -0.6
            assert (knee * forward).sum(-1)[hanging].min(initial=1.0) > -0.02


def test_nothing_jumps(motions: list[GeneratedMotion]) -> None:
    for g in motions:
        step = np.linalg.norm(np.diff(g.joints.astype(np.float64), axis=0), axis=-1)
        assert step.max() < 0.75, g.labels  # 15 m/s: faster than any filtered punch
        assert step[:, 0].max() < 0.3


def test_words_point_at_text_parts_and_frames(motions: list[GeneratedMotion]) -> None:
    for g in motions:
        for c in g.captions:
            assert len(c.tags) == len(re.findall(r"[a-zA-Z]+", c.text))
            spans = [w.chars for w in c.words]
            assert spans == sorted(spans) and len(set(spans)) == len(spans)
            assert c.words, c.text
            for w in c.words:
                word = c.text[w.chars[0] : w.chars[1]]
                assert re.fullmatch(r"[a-zA-Z]+", word), (c.text, word)
                assert (w.chars[0] == 0 or c.text[w.chars[0] - 1] == " ") and c.text[w.chars[1] : w.chars[1] + 1] in (
                    "",
                    " ",
                    ",",
                    ".",
                )
                assert w.parts and set(w.parts) <= set(PART_NAMES)
                assert 0 <= w.frames[0] < w.frames[1] <= len(g.joints)
                assert word.lower() not in ("a", "the", "person", "then", "with", "and", "while")


def test_side_words_point_at_their_own_side(motions: list[GeneratedMotion]) -> None:
    seen = 0
    for g in motions:
        for c in g.captions:
            for m in re.finditer(r"(left|right) (leg|foot|knee|arm|hand|fist)\b", c.text):
                truths = [w for w in c.words if w.chars[0] == m.start(1)]
                assert len(truths) == 1, c.text
                assert all(p.startswith(m.group(1)) for p in truths[0].parts), c.text
                seen += 1
    assert seen > 100


def test_both_sides_are_equally_likely() -> None:
    sides: Counter[str] = Counter()
    for seed in range(4000):
        for a in random_script(np.random.default_rng(seed)).actions():
            word = a.side or {"left": "left", "right": "right", "circle_left": "left", "circle_right": "right"}.get(
                a.direction or ""
            )
            if word:
                sides[word] += 1
    n = sides["left"] + sides["right"]
    assert n > 2000 and abs(sides["left"] - n / 2) < 3.5 * np.sqrt(n) / 2


def test_mirrored_scripts_give_mirrored_motions() -> None:
    for seed in range(40):
        script = random_script(np.random.default_rng(seed + 900))
        a = generate(seed, script, mirror=False)
        b = generate(seed, mirror_script(script), mirror=True)
        assert np.allclose(b.joints, a.joints[:, MIRROR_JOINT] * (-1, 1, 1), atol=1e-6)
        swap = {"left": "right", "right": "left", "counterclockwise": "clockwise", "clockwise": "counterclockwise"}
        for x, y in zip(a.captions, b.captions):
            assert (
                re.sub(r"\b(left|right|counterclockwise|clockwise)\b", lambda m, swap=swap: swap[m.group()], x.text)
                == y.text
            )


def test_the_other_arm_tells_nothing() -> None:
    """The arm that is not named rests as it does when no arm is named at all."""

    def rest(script: Script, joint: int) -> np.ndarray:
        values = []
        for seed in range(160):
            x = generate(seed + 5000, script, captions=1).joints
            values.append(float((x[:, joint, 1] - x[:, joint - 4, 1]).mean()))
        return np.array(values)

    waving = rest(Script([Segment(Action("wave", "left"))]), 21)
    looking = rest(Script([Segment(Action("look", None, "around"))]), 21)
    error = np.sqrt(waving.var() / len(waving) + looking.var() / len(looking))
    assert abs(waving.mean() - looking.mean()) < 4 * error
    assert 0.5 < waving.std() / looking.std() < 2.0


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_motion_shows_what_the_script_says(kind: str) -> None:
    for seed in range(36):
        rng = np.random.default_rng((77, seed))
        action = random_action(rng, kind, (None, None, "energetic", "tired")[seed % 4])
        g = generate(seed * 31 + 5, Script([Segment(action)], action.style))
        (_, side, _, start, end) = g.actions[0]
        try:
            CHECKS[kind](g.joints.astype(np.float64), slice(start, end), action, 0 if side == "left" else 1)
        except AssertionError as error:
            raise AssertionError(f"{action} in frames {start}:{end} of seed {seed * 31 + 5}: {error}") from error


def test_sequences_happen_in_their_order() -> None:
    for seed in range(30):
        g, (first, second) = play(seed, Action("kick", "left", "front"), Action("raise", "right", "up"))
        x = g.joints.astype(np.float64)
        assert first.stop <= second.start
        assert x[first, 10, 1].max() > x[second, 10, 1].max() + 0.2
        assert x[second, 21, 1].max() > x[first, 21, 1].max() + 0.2
        g, (sit, stand) = play(seed, Action("sit"), Action("stand_up"))
        height = g.joints[:, 0, 1]
        assert height[sit.stop - 1] < height[sit.start] - 0.3 and height[stand.stop - 1] > height[stand.start] + 0.3
        g, (walk, turn, _) = play(
            seed, Action("walk", None, "forward"), Action("turn", "right"), Action("walk", None, "forward")
        )
        yaw = heading(g.joints.astype(np.float64))
        assert yaw[turn.stop - 1] - yaw[turn.start] < -0.9 and abs(yaw[walk.stop - 1] - yaw[walk.start]) < 0.6


def test_simultaneous_actions_overlap() -> None:
    for seed in range(30):
        walk, wave = Action("walk", None, "forward", frames=80), Action("wave", "right")
        g = generate(seed, Script([Segment(walk, wave)]))
        x = g.joints.astype(np.float64)
        (_, _, _, a, b), (_, _, _, c, d) = g.actions
        assert a <= c < d <= len(x) and c < b
        assert (x[c:d, 21, 1] > x[c:d, 19, 1]).mean() > 0.3
        assert x[c:d, 21, 1].max() > x[c:d, 20, 1].max() + 0.1
        assert np.linalg.norm(x[b - 1, 0] - x[a, 0]) > 0.6


def test_a_script_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        generate(1, Script([Segment(Action("walk", None, "forward", frames=260))]))


def test_sample_dataset_is_what_the_command_writes(tmp_path: Path) -> None:
    write(tmp_path)
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    kept = sorted(p.relative_to(SAMPLE) for p in SAMPLE.rglob("*") if p.is_file())
    assert made == kept
    for name in made:
        if name.suffix == ".npy":
            a, b = np.load(tmp_path / name), np.load(SAMPLE / name)
            assert a.dtype == b.dtype == np.float32 and a.shape == b.shape and 60 <= len(a) <= 140
            assert np.allclose(a, b, atol=1e-6), name
        else:
            assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), name


def test_sample_dataset_layout_and_flaws() -> None:
    ids = [line for split in ("train", "val", "test") for line in (SAMPLE / f"{split}.txt").read_text().split()]
    assert sorted(ids) == [f"{n:06d}" for n in range(1, len(MOTIONS) + 1)]
    for name in ids:
        frames = len(np.load(SAMPLE / "new_joints" / f"{name}.npy"))
        lines = (SAMPLE / "texts" / f"{name}.txt").read_text().splitlines()
        assert 2 <= len(lines) <= 4
        for line in lines:
            text, tags, start, end = line.split("#")
            assert len(tags.split()) == len(text.split())
            assert 0.0 <= float(start) <= float(end) <= frames / 20.0
    assert sorted(kind for kind, _, _ in FLAWS.values()) == ["clip", "count", "order", "side"]
    readme = (SAMPLE / "README.md").read_text()
    for n, (_, _, right) in FLAWS.items():
        assert f"`{n:06d}`" in readme and right in readme and MOTIONS[n - 1][2][0] in readme
