"""Measurements of the kinds of the repertoire, as in generator_checks: does a motion show what its action says?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from motion_lens_training.generator import Action, chores
from motion_lens_training.generator.repertoire import REPERTOIRE
from motion_lens_training.generator.writer import Gesture, Hand

from .generator_checks import heading, local, peaks, speed

Check = Callable[[np.ndarray, slice, Action, int], None]


def in_chest(x: np.ndarray, joint: int) -> np.ndarray:
    """Place of a joint (T, 3) as (left, up, forward) of the upper chest."""
    left = x[:, 16] - x[:, 17]
    left /= np.linalg.norm(left, axis=-1, keepdims=True)
    up = x[:, 12] - x[:, 6]
    up -= left * (up * left).sum(-1, keepdims=True)
    up /= np.linalg.norm(up, axis=-1, keepdims=True)
    v = x[:, joint] - x[:, 9]
    return np.stack([(v * a).sum(-1) for a in (left, up, np.cross(left, up))], axis=-1)


# -- gestures: the hand is where it is said to be, and moves there -----------------------------------------------------


def check_hand(x: np.ndarray, w: slice, i: int, hand: Hand, span: float = 0.24) -> None:
    n = w.stop - w.start
    middle = slice(w.start + n // 3, w.stop - n // 3)
    p = in_chest(x, 20 + i)[middle].copy()
    p[:, 0] *= 1 if i == 0 else -1
    at = np.array(hand.at) / max(1.0, np.linalg.norm(np.array(hand.at) - (0.17, 0.12, 0.0)) / 0.5)
    reach = np.linalg.norm(np.array(hand.sin)) + np.linalg.norm(np.array(hand.cos))
    assert np.linalg.norm(np.median(p, axis=0) - at) < span + 0.7 * reach, (np.median(p, axis=0), at)
    if reach > 0.12:
        assert np.ptp(p, axis=0).max() > 0.06


def check_gesture(gesture: Gesture, x: np.ndarray, w: slice, a: Action, i: int) -> None:
    if gesture.near is None:
        head = in_chest(x, 15)[w]
        assert np.ptp(head[:, 0]) > 0.04
        return
    if a.side is not None:
        check_hand(x, w, i, gesture.near)
        if gesture.far is not None:
            check_hand(x, w, 1 - i, gesture.far)
    elif gesture.far is None:
        check_hand(x, w, 0, gesture.near)
        check_hand(x, w, 1, gesture.near)


def check_scrub(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    if a.direction != "arm":
        check_gesture(chores._SCRUB[a.direction or ""], x, w, a, i)


def check_shrug(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    for f in (0, 1):
        assert np.ptp(x[w, 20 + f, 1]) > 0.05


def check_cross_arms(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    m = (w.start + w.stop) // 2
    left, right = in_chest(x, 20)[m], in_chest(x, 21)[m]
    assert left[0] < right[0] and max(left[1], right[1]) < 0.25


def check_hands_on_hips(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    m = (w.start + w.stop) // 2
    for f in (0, 1):
        assert np.linalg.norm(x[m, 20 + f] - x[m, 1 + f]) < 0.33
        assert abs(in_chest(x, 18 + f)[m, 0]) > abs(in_chest(x, 20 + f)[m, 0])


def check_beckon(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    bend = np.linalg.norm(x[w, 20 + i] - x[w, 16 + i], axis=-1)
    assert peaks(-bend, 0.4, 0.7) >= 2


def check_cough(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert np.linalg.norm(x[w, 20 + i] - x[w, 15], axis=-1).min() < 0.3


def check_hug(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    gap = np.linalg.norm(x[w, 20] - x[w, 21], axis=-1)
    assert gap.max() > 0.6 and gap[int(gap.argmax()) :].min() < 0.35


def check_cheer(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert min(x[w, 20, 1].max(), x[w, 21, 1].max()) > x[w, 15, 1].max()


def check_swing_arms(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    for f in (0, 1):
        swing = local(x[w, 20 + f] - x[w, 16 + f], heading(x)[w.start])[:, 2]
        assert np.ptp(swing) > 0.4 and peaks(swing, 0.35, 0.65) >= 2


def check_stretch_side(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert x[w, 20 + i, 1].max() > x[w, 15, 1].max()
    lean = local(x[w, 12] - x[w, 0], heading(x)[w.start])[:, 0] * (1 if i == 0 else -1)
    assert lean.min() < lean[0] - 0.1


def check_stretch_arm(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    m = (w.start + w.stop) // 2
    assert in_chest(x, 20 + i)[m, 0] * (1 if i == 0 else -1) < 0.02


# -- work, sports ------------------------------------------------------------------------------------------------------


def check_lift_box(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    low = np.maximum(x[w, 20, 1], x[w, 21, 1])
    assert low.min() < 0.62
    assert np.ptp(x[w, 0, 1]) > 0.15
    if a.direction == "overhead":
        assert np.minimum(x[w, 20, 1], x[w, 21, 1]).max() > 1.5


def check_place(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    hand = local(x[w, 20 + i] - x[w, 0], heading(x)[w.start])
    if a.direction == "shelf":
        assert hand[:, 1].max() > hand[0, 1] + 0.3
    else:
        side = hand[:, 0] * (1 if i == 0 else -1)
        assert (side.max() > 0.35) if a.direction == "side" else (side.min() < 0.05)


def check_push(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    out = np.mean([in_chest(x, 20 + f)[w, 2] for f in (0, 1)], axis=0)
    first, second = out[: len(out) // 3 + 1].max(), out[len(out) // 2 : 3 * len(out) // 4].mean()
    assert second > 0.25 if a.direction == "push" else first > second + 0.05


def check_fast_hand(x: np.ndarray, w: slice, a: Action, i: int, least: float = 2.5) -> None:
    assert speed(x, 20 + i)[w].max() > least * (0.55 if a.speed == "slow" or a.style == "tired" else 1.0)


def check_throw_under(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    swing = local(x[w, 20 + i] - x[w, 16 + i], heading(x)[w.start])[:, 2]
    assert swing.min() < -0.15 and swing[int(swing.argmin()) :].max() > 0.25


def check_two_hands(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    out = np.minimum(in_chest(x, 20)[w], in_chest(x, 21)[w])
    assert out[:, 2].max() > 0.2
    if a.direction in ("overhead", "shot", "high"):
        assert np.minimum(x[w, 20, 1], x[w, 21, 1]).max() > x[w, 15, 1].mean()


def check_bat(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    side = in_chest(x, 20 + i)[w, 0] * (1 if i == 0 else -1)
    assert side[: len(side) // 2].max() > 0.15 and side[len(side) // 3 :].min() < -0.1
    gap = np.linalg.norm(x[w, 20] - x[w, 21], axis=-1)
    assert (gap < 0.2).mean() > 0.25


def check_kick_ball(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert local(x[w.stop - 1, 0] - x[w.start, 0], heading(x)[w.start])[2] > 0.4
    assert x[w, 10 + i, 1].max() > x[w, 11 - i, 1].max() + 0.1
    assert speed(x, 10 + i)[w].max() > 3.0


# -- fighting ----------------------------------------------------------------------------------------------------------


def check_block(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    m = w.start + int(0.45 * (w.stop - w.start))
    hand = x[m - 4 : m + 6, 20 + i, 1]
    assert hand.max() > x[m, 12, 1] - 0.1 if a.direction == "high" else hand.min() < x[m, 6, 1]


def check_lunge_punch(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    yaw = heading(x)[w.start]
    assert local(x[w, 20 + i] - x[w, 16 + i], yaw)[:, 2].max() > 0.33
    assert local(x[w, 7 + i] - x[w, 8 - i], yaw)[:, 2].max() > 0.3


def check_guard(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    m = (w.start + w.stop) // 2
    for f in (0, 1):
        assert x[m, 20 + f, 1] > x[m, 3, 1] and in_chest(x, 20 + f)[m, 2] > 0.1


def check_dodge(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    head = local(x[w, 15] - x[w.start, 15], heading(x)[w.start])
    if a.direction == "duck":
        assert head[:, 1].min() < -0.2
    else:
        assert (head[:, 0] * (1 if a.direction == "left" else -1)).max() > 0.12


def check_high_kick(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    joint = 4 if a.direction == "knee" else 10
    assert x[w, joint + i, 1].max() > x[w, joint + 1 - i, 1].max() + 0.2
    leg = local(x[w, 7 + i] - x[w, 1 + i], heading(x)[w.start])
    if a.direction == "back":
        assert leg[:, 2].min() < -0.4
    elif a.direction == "side":
        assert (leg[:, 0] * (1 if i == 0 else -1)).max() > 0.4


def check_kata(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert max(speed(x, 20)[w].max(), speed(x, 21)[w].max()) > 1.5
    assert max(np.ptp(x[w, 10], axis=0).max(), np.ptp(x[w, 11], axis=0).max()) > 0.3


def check_shadow_box(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    moved = [np.linalg.norm(np.diff(x[w, 20 + f], axis=0), axis=-1).sum() for f in (0, 1)]
    assert sum(moved) > 1.5


# -- legs, leaps, balance ----------------------------------------------------------------------------------------------


def check_leap(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert np.minimum(x[w, 10, 1], x[w, 11, 1]).max() > 0.08
    assert local(x[w.stop - 1, 0] - x[w.start, 0], heading(x)[w.start])[2] > 1.2


def check_climb(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert x[w.stop - 1, 0, 1] - x[w.start, 0, 1] > 0.5
    assert min(x[w.stop - 1, 10, 1] - x[w.start, 10, 1], x[w.stop - 1, 11, 1] - x[w.start, 11, 1]) > 0.4
    for f in (0, 1):
        assert in_chest(x, 20 + f)[w, 1].max() > 0.15


def check_jump_turn(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert np.minimum(x[w, 10, 1], x[w, 11, 1]).max() > 0.08
    turned = (heading(x)[w.stop - 1] - heading(x)[w.start]) * (1 if i == 0 else -1)
    wanted = {"quarter": 0.5, "around": 1.0, "full": 2.0}[a.direction or ""] * np.pi
    assert abs(turned - wanted) < 0.35


def check_jump_rope(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    both = np.minimum(x[w, 10, 1], x[w, 11, 1]) > 0.03
    assert (np.diff(both.astype(int)) == 1).sum() >= 4


def check_hopscotch(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert local(x[w.stop - 1, 0] - x[w.start, 0], heading(x)[w.start])[2] > 0.8
    assert np.abs(x[w, 7, 1] - x[w, 8, 1]).max() > 0.12


def check_one_leg(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    n = w.stop - w.start
    middle = slice(w.start + n // 3, w.stop - n // 3)
    assert x[middle, 7 + i, 1].min() > 0.2 and x[middle, 8 - i, 1].max() < 0.18
    if a.direction == "arabesque":
        assert local(x[middle, 7 + i] - x[middle, 1 + i], heading(x)[w.start])[:, 2].max() < -0.3


def check_swing_leg(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    legs = [np.linalg.norm(np.diff(x[w, 10 + f], axis=0), axis=-1).sum() for f in (0, 1)]
    assert legs[i] > 2.0 * legs[1 - i]


# -- the floor ---------------------------------------------------------------------------------------------------------


def check_cartwheel(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    hands, hips = x[w, 20:22, 1].max(1), x[w, 1:3, 1].min(1)
    upside = (hands < hips) & (x[w, 7:9, 1].min(1) > x[w, 15, 1])
    assert upside.sum() >= 4
    assert min(x[w, 20, 1].min(), x[w, 21, 1].min()) < 0.12
    # The hand of the named side is down first.
    down = [int(np.argmax(x[w, 20 + f, 1] < 0.3)) for f in (0, 1)]
    assert down[i] <= down[1 - i]
    assert abs(x[w.stop - 1, 15, 1] - x[w.start, 15, 1]) < 0.25


def check_roll(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert (x[w, 15, 1] < x[w, 0, 1]).sum() >= 3 and x[w, 0, 1].min() < 0.4
    move = local(x[w.stop - 1, 0] - x[w.start, 0], heading(x)[w.start])[2]
    assert move * (1 if a.direction == "forward" else -1) > 0.6
    assert x[w.stop - 1, 15, 1] > 1.1


def check_handstand(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    up = (x[w, 7:9, 1].min(1) > x[w, 0, 1] + 0.4) & (x[w, 20:22, 1].max(1) < 0.25)
    assert up.sum() >= 4


def check_touch_floor(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert np.maximum(x[w, 20, 1], x[w, 21, 1]).min() < 0.42
    assert x[w, 0, 1].min() > 0.6


def check_crawl(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    n = w.stop - w.start
    middle = slice(w.start + n // 2, w.start + 3 * n // 5)
    assert x[middle, 0, 1].max() < 0.7 and x[middle, 4:6, 1].min() < 0.2 and x[middle, 20:22, 1].min() < 0.2
    move = local(x[w.stop - 1, 0] - x[w.start, 0], heading(x)[w.start])[2]
    assert move * (-1 if a.direction == "backward" else 1) > 0.2


def check_kneel_both(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    n = w.stop - w.start
    middle = slice(w.start + 2 * n // 5, w.start + n // 2)
    assert x[middle, 4:6, 1].max() < 0.3
    if a.direction == "bow":
        assert x[w, 15, 1].min() < 0.8


def check_low(x: np.ndarray, w: slice, a: Action, i: int, deep: float = 0.35) -> None:
    assert x[w, 0, 1].min() < deep


def check_push_up(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    n = w.stop - w.start
    middle = slice(w.start + 2 * n // 5, w.start + n // 2)
    assert x[middle, 0, 1].max() < 0.6 and x[middle, 20:22, 1].max() < 0.25 and x[middle, 4:6, 1].min() > 0.02
    if a.direction == "push_up":
        assert np.ptp(x[middle.start : w.start + 2 * n // 3, 16, 1]) > 0.1


def check_sit_up(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    late = slice(w.start + (w.stop - w.start) // 2, w.stop)
    assert np.ptp(x[late, 15, 1]) > 0.2 and x[late, 0, 1].max() < 0.42


def check_crouch(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    drop = x[w.start, 0, 1] - x[w, 0, 1].min()
    assert 0.08 < drop < 0.26 if a.direction == "bit" else drop > 0.28


def check_get_up(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert x[w.start, 0, 1] < 0.35 and x[w.stop - 1, 15, 1] > 1.1


def check_to_floor(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert x[w.stop - 1, 0, 1] < 0.35
    assert x[w.stop - 1, 15, 1] > 0.45 if a.direction == "sit" else x[w.stop - 1, 15, 1] < 0.45


def check_to_floor_and_rise(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert x[w, 0, 1].min() < 0.35 and x[w.stop - 1, 15, 1] > 1.1


def check_fall(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert x[w.stop - 1, 0, 1] < 0.58 and x[w.stop - 1, 15, 1] < 0.6
    head = local(x[w, 15] - x[w.start, 15], heading(x)[w.start])
    if a.direction in ("forward", "backward"):
        assert head[-1, 2] * (1 if a.direction == "forward" else -1) > 0.3
    if a.direction == "side":
        assert head[-1, 0] * (1 if i == 0 else -1) > 0.3


CHECKS: dict[str, Check] = {name[len("check_") :]: f for name, f in list(globals().items()) if name.startswith("check_")}
for _helper in ("hand", "gesture", "fast_hand", "two_hands", "low"):
    del CHECKS[_helper]
for _name, _kind in REPERTOIRE.items():
    if isinstance(_kind.play, Gesture):
        CHECKS[_name] = partial(check_gesture, _kind.play)
CHECKS.update({
    "throw_two": check_two_hands, "catch": check_two_hands, "racket": check_fast_hand, "hook": partial(check_fast_hand, least=1.5),
    "slash": partial(check_fast_hand, least=2.0), "fence": partial(check_fast_hand, least=1.2), "fall_and_rise": partial(check_low, deep=0.6),
})  # fmt: skip
