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

SEEDS = 300
SAMPLE = Path(__file__).resolve().parents[3] / "media" / "sample-dataset"


@pytest.fixture(scope="module")
def motions() -> list[GeneratedMotion]:
    return [generate(seed) for seed in range(SEEDS)]


def play(seed: int, *actions: Action) -> tuple[GeneratedMotion, list[slice]]:
    """A motion of a sequence of actions and the frames of each."""
    g = generate(seed, Script([Segment(a) for a in actions]))
    return g, [slice(start, end) for _, _, _, start, end in g.actions]


def heading(x: np.ndarray) -> np.ndarray:
    """Yaw per frame from hips and shoulders, rad, positive to the left, unwrapped."""
    a = (x[:, 1] - x[:, 2]) + (x[:, 16] - x[:, 17])
    return np.unwrap(np.arctan2(-a[:, 2], a[:, 0]))


def local(v: np.ndarray, yaw: float) -> np.ndarray:
    """World vectors (..., 3) as (left, up, forward) of a heading."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.stack([v[..., 0] * c - v[..., 2] * s, v[..., 1], v[..., 0] * s + v[..., 2] * c], axis=-1)


def peaks(signal: np.ndarray, low: float, high: float) -> int:
    """How often a signal rises above `high` after having been below `low`, as shares of its range."""
    s = (signal - signal.min()) / max(float(np.ptp(signal)), 1e-9)
    up, n = False, 0
    for value in s:
        if not up and value > high:
            up, n = True, n + 1
        elif up and value < low:
            up = False
    return n


def speed(x: np.ndarray, joint: int) -> np.ndarray:
    return np.linalg.norm(np.gradient(x[:, joint], axis=0), axis=-1) * 20.0


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
        assert x[0, 15, 1] > 1.1 and x[0, 1, 0] > x[0, 2, 0]


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
                assert (w.chars[0] == 0 or c.text[w.chars[0] - 1] == " ") and c.text[w.chars[1] : w.chars[1] + 1] in ("", " ", ",", ".")
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
            word = a.side or {"left": "left", "right": "right", "circle_left": "left", "circle_right": "right"}.get(a.direction or "")
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
            assert re.sub(r"\b(left|right|counterclockwise|clockwise)\b", lambda m: swap[m.group()], x.text) == y.text


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


# One check per kind of action: x is (T, 22, 3), w the frames of the action, i the named side (0 left, 1 right).


def check_kick(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert x[w, 10 + i, 1].max() > x[w, 11 - i, 1].max() + 0.2
    assert speed(x, 10 + i)[w].max() > 2 * speed(x, 11 - i)[w].max()
    leg = local(x[w, 7 + i] - x[w, 1 + i], heading(x)[w.start])
    sideways = leg[:, 0] * (1 if i == 0 else -1)
    out = sideways if a.direction == "side" else leg[:, 2]
    assert out.max() > 0.4
    assert peaks(out, 0.55, 0.8) == a.count


def check_lift_leg(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    joint = 7 if a.direction == "side" else 4
    assert x[w, joint + i, 1].max() > x[w, joint + 1 - i, 1].max() + 0.12
    assert peaks(x[w, joint + i, 1], 0.45, 0.75) == a.count


def check_balance(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    middle = slice(w.start + (w.stop - w.start) // 3, w.stop - (w.stop - w.start) // 3)
    assert x[middle, 7 + i, 1].min() > 0.25 and x[middle, 8 - i, 1].max() < 0.15


def check_hop(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert peaks(x[w, 10 + i, 1], 0.15, 0.35) == max(a.count, 2)
    middle = slice(w.start + (w.stop - w.start) // 3, w.start + (w.stop - w.start) // 2)
    assert x[middle, 8 - i, 1].mean() > x[middle, 7 + i, 1].mean() + 0.1
    move = local(x[w.stop - 1, 0] - x[w.start, 0], heading(x)[w.start])
    assert move[2] > 0.2 if a.direction == "forward" else abs(move[2]) < 0.15


def check_kneel(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert x[w, 4 + i, 1].min() < 0.2
    assert x[w, 5 - i, 1].min() > x[w, 4 + i, 1].min() + 0.1


def check_step(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    first = [int(np.argmax(speed(x, 10 + f)[w] > 0.25)) for f in (0, 1)]
    assert first[i] < first[1 - i]
    move = local(x[w.stop - 1, 0] - x[w.start, 0], heading(x)[w.start])
    if a.direction == "side":
        assert move[0] * (1 if i == 0 else -1) > 0.15
    else:
        assert move[2] * (1 if a.direction == "forward" else -1) > 0.15


def check_turn(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    turned = np.degrees(heading(x)[w.stop - 1] - heading(x)[w.start]) * (1 if i == 0 else -1)
    assert 140 < turned < 215 if a.direction == "around" else 55 < turned < 125


def going(x: np.ndarray, w: slice, a: Action) -> None:
    yaw = heading(x)
    move = local(x[w.stop - 1, 0] - x[w.start, 0], yaw[w.start])
    d = a.direction
    if d in ("circle_left", "circle_right"):
        assert (yaw[w.stop - 1] - yaw[w.start]) * (1 if d == "circle_left" else -1) > 4.0
        assert np.ptp(x[w, 0, 0]) > 0.5 and np.ptp(x[w, 0, 2]) > 0.5
    elif d in ("left", "right"):
        assert move[0] * (1 if d == "left" else -1) > max(0.4, 2 * abs(move[2]))
    elif d in ("diagonal_left", "diagonal_right"):
        assert move[2] > 0.5 and move[0] * (1 if d == "diagonal_left" else -1) > 0.3 * move[2]
    elif d == "place":
        assert np.hypot(move[0], move[2]) < 0.25
    else:
        assert move[2] * (-1 if d == "backward" else 1) > max(0.6, 2 * abs(move[0]))
    assert min(np.ptp(x[w, 10, 1]), np.ptp(x[w, 11, 1])) > 0.03


def check_walk(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    going(x, w, a)


def check_run(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    going(x, w, a)
    if a.direction == "forward" and a.speed != "slow":
        assert np.linalg.norm(np.diff(x[w, 0], axis=0), axis=-1).max() * 20 > 1.8
        assert np.minimum(x[w, 10, 1], x[w, 11, 1]).max() > 0.03


def check_jog(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    going(x, w, a)


def check_march(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    going(x, w, a)
    assert min(np.ptp(x[w, 4, 1]), np.ptp(x[w, 5, 1])) > 0.08


def check_jump(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    both = np.minimum(x[w, 10, 1], x[w, 11, 1]) > 0.06
    assert (np.diff(both.astype(int)) == 1).sum() == a.count
    move = local(x[w.stop - 1, 0] - x[w.start, 0], heading(x)[w.start])
    along = {"forward": move[2], "backward": -move[2], "left": move[0], "right": -move[0]}.get(a.direction or "")
    assert along > 0.15 * a.count if along is not None else np.hypot(move[0], move[2]) < 0.15


def check_squat(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert np.ptp(x[w, 0, 1]) > 0.2
    assert peaks(-x[w, 0, 1], 0.3, 0.7) == a.count


def check_sit(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert x[w.stop - 1, 0, 1] < x[w.start, 0, 1] - 0.3
    assert abs(x[w.stop - 1, 0, 1] - x[w.stop - 1, 4, 1]) < 0.25


def check_reach(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    for f in (i,) if a.side else (0, 1):
        if a.direction == "up":
            assert x[w, 20 + f, 1].max() > x[w, 15, 1].max() + 0.15
        else:
            assert local(x[w, 20 + f] - x[w, 16 + f], heading(x)[w.start])[:, 2].max() > 0.34
    if a.side:
        more = local(x[w, 20 + i] - x[w, 21 - i], heading(x)[w.start])
        assert more[:, 1 if a.direction == "up" else 2].max() > 0.1


def check_wave(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    for f in (i,) if a.side else (0, 1):
        up = x[w, 20 + f, 1] > x[w, 18 + f, 1]
        assert up.mean() > 0.3
        side = np.diff(local(x[w, 20 + f] - x[w, 16 + f], 0.0), axis=0)[up[1:]]
        axis = np.linalg.svd(side - side.mean(0), full_matrices=False)[2][0]
        assert (np.diff(np.sign(side @ axis)) != 0).sum() >= 2
    if a.side:
        assert speed(x, 20 + i)[w].mean() > 1.5 * speed(x, 21 - i)[w].mean()


def check_raise(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    for f in (i,) if a.side else (0, 1):
        height = x[w, 20 + f, 1] - x[w, 16 + f, 1]
        assert height.max() > (0.2 if a.direction == "up" else -0.2)
        assert peaks(height, 0.4, 0.75) == a.count
    if a.side:
        assert np.ptp(x[w, 20 + i, 1]) > np.ptp(x[w, 21 - i, 1])


def check_punch(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    hits = 0
    for f in (i,) if a.side else (0, 1):
        out = local(x[w, 20 + f] - x[w, 16 + f], heading(x)[w.start])[:, 2]
        assert out.max() > 0.33
        hits += peaks(out, 0.7, 0.88)
    assert hits == (a.count if a.side else max(a.count, 2))


def check_clap(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    gap = np.linalg.norm(x[w, 20] - x[w, 21], axis=-1)
    assert gap.min() < 0.14
    if a.count > 1:
        inner = gap[5:-5]
        together, claps = bool(inner[0] < 0.12), 0
        for value in inner:
            if not together and value < 0.12:
                together, claps = True, claps + 1
            elif value > 0.15:
                together = False
        assert claps == a.count


def check_throw(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert speed(x, 20 + i)[w].max() > 1.7 * speed(x, 21 - i)[w].max()
    assert x[w, 20 + i, 1].max() > x[w, 12, 1].max() - 0.05


def check_arm_circles(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    for f in (i,) if a.side else (0, 1):
        v = local(x[w, 20 + f] - x[w, 16 + f], heading(x)[w.start])
        angle = np.unwrap(np.arctan2(v[:, 1] - (0 if a.direction == "large" else v[:, 1].mean()), v[:, 2]))
        if a.direction == "large":
            assert abs(angle[-1] - angle[0]) > 2 * np.pi * (a.count if a.count > 1 else 2) * 0.8
        else:
            assert peaks(v[len(v) // 6 : -len(v) // 6, 2], 0.35, 0.65) >= 1
    if a.side:
        assert speed(x, 20 + i)[w].sum() > 1.7 * speed(x, 21 - i)[w].sum()


def check_stretch(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert min(x[w, 20, 1].max(), x[w, 21, 1].max()) > x[w, 15, 1].max()


def check_bow(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    lean = local(x[w, 12] - x[w, 0], heading(x)[w.start])[:, 2]
    assert np.ptp(lean) > 0.15 and lean[0] < lean.max() - 0.12
    assert peaks(lean, 0.35, 0.7) == a.count


def check_lean(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    d = local(x[w, 12] - x[w, 0], heading(x)[w.start])
    signal = {"left": d[:, 0], "right": -d[:, 0], "forward": d[:, 2], "backward": -d[:, 2]}[a.direction or ""]
    signal = signal - signal[0]
    assert signal.max() > 0.08 and signal.max() > -2 * signal.min()
    assert peaks(signal, 0.4, 0.7) == a.count


def trunk_twist(x: np.ndarray) -> np.ndarray:
    hips, shoulders = x[:, 1] - x[:, 2], x[:, 16] - x[:, 17]
    yaw = [np.arctan2(-v[:, 2], v[:, 0]) for v in (shoulders, hips)]
    return np.unwrap(yaw[0] - yaw[1])


def check_look(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    twist = trunk_twist(x)[w]
    twist = twist - twist[0]
    if a.direction == "around":
        assert twist.max() > 0.08 and twist.min() < -0.08
    else:
        assert (twist if a.direction == "left" else -twist).max() > 0.1


def check_head(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    head = x[w, 15] - x[w, 12]
    body = x[w, 15 - 6] - x[w, 6]
    assert np.linalg.norm(np.diff(head, axis=0), axis=-1).sum() > 1.5 * np.linalg.norm(np.diff(body, axis=0), axis=-1).sum()


def check_pick_up(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    for f in (i,) if a.side else (0, 1):
        assert x[w, 20 + f, 1].min() < 0.31
        assert local(x[w, 20 + f] - x[w, 0], heading(x)[w.start])[np.argmin(x[w, 20 + f, 1]), 2] > 0.1
    if a.side:
        assert x[w, 20 + i, 1].min() < x[w, 21 - i, 1].min()


def check_stumble(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert local(x[w.stop - 1, 0] - x[w.start, 0], heading(x)[w.start])[2] > 0.3
    lean = local(x[w, 12] - x[w, 0], heading(x)[w.start])[:, 2]
    assert lean.max() > lean[0] + 0.1


def check_lunge(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    ahead = local(x[w, 7 + i] - x[w, 8 - i], heading(x)[w.start])[:, 2]
    assert ahead.max() > 0.4 and peaks(ahead, 0.35, 0.7) == a.count
    assert np.ptp(x[w, 0, 1]) > 0.12


def check_jacks(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    apart = np.linalg.norm(x[w, 7] - x[w, 8], axis=-1)
    hands = np.minimum(x[w, 20, 1] - x[w, 15, 1], x[w, 21, 1] - x[w, 15, 1])
    assert np.ptp(apart) > 0.2 and hands.max() > 0.1
    times = peaks(apart, 0.4, 0.7)
    assert times == a.count if a.count > 1 else times >= 3
    assert peaks(hands, 0.4, 0.7) == times


def check_point(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    arm = local(x[w, 20 + i] - x[w, 16 + i], heading(x)[w.start])
    way = {"forward": arm[:, 2], "up": arm[:, 1], "side": arm[:, 0] * (1 if i == 0 else -1)}[a.direction or ""]
    assert way.max() > 0.33
    bend = np.linalg.norm(x[w, 20 + i] - x[w, 16 + i], axis=-1)
    assert bend.max() > 0.97 * (np.linalg.norm(x[0, 20] - x[0, 18]) + np.linalg.norm(x[0, 18] - x[0, 16]))


def check_to_head(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    near = [np.linalg.norm(x[w, 20 + f] - x[w, 15], axis=-1).min() for f in (0, 1)]
    assert near[i] < 0.3 and near[i] < near[1 - i]


def check_stand(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert np.ptp(x[w, 0], axis=0).max() < 0.08
    assert np.ptp(x[w, 10], axis=0).max() < 0.02


CHECKS = {name[len("check_") :]: f for name, f in list(globals().items()) if name.startswith("check_")}


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
        g, (walk, turn, _) = play(seed, Action("walk", None, "forward"), Action("turn", "right"), Action("walk", None, "forward"))
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
