"""Measurements of joints: does a motion show what its action says? Used by test_generator.py.

x is (T, 22, 3) metres, w the frames of the action, i the named side (0 left, 1 right).
"""

from __future__ import annotations

import numpy as np

from motion_lens_training.generator import Action


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
        reach = local(x[w, 20 + f] - x[w, 16 + f], heading(x)[w.start])
        away = {"up": height, "front": reach[:, 2], "side": reach[:, 0] * (1 if f == 0 else -1)}[a.direction or ""]
        # A hand that rests at the chest hides the first lift in its height, one on the hip in its distance.
        assert a.count in (peaks(height, 0.4, 0.75), peaks(away, 0.4, 0.75))
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
    assert (
        np.linalg.norm(np.diff(head, axis=0), axis=-1).sum()
        > 1.5 * np.linalg.norm(np.diff(body, axis=0), axis=-1).sum()
    )


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
