"""Measurements of the manners of going and of the dances, as in generator_checks."""

from __future__ import annotations

import numpy as np

from motion_lens_training.generator import Action, gaits

from .generator_checks import heading


def path_length(x: np.ndarray, w: slice) -> float:
    return float(np.linalg.norm(np.diff(x[w, 0][:, [0, 2]], axis=0), axis=-1).sum())


def check_going(x: np.ndarray, w: slice, a: Action, i: int, least: float = 0.5) -> None:
    assert path_length(x, w) > least
    assert min(np.ptp(x[w, 10, 1]), np.ptp(x[w, 11, 1])) > 0.03


def check_stairs(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    climbed = x[w.stop - 1, 0, 1] - x[w.start, 0, 1]
    assert climbed * (1 if a.direction == "up" else -1) > 0.25
    check_going(x, w, a, i)


def check_spin(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    turned = (heading(x)[w.stop - 1] - heading(x)[w.start]) * (1 if i == 0 else -1)
    assert abs(turned - 2 * np.pi * a.count) < 0.6
    assert np.ptp(x[w, 0][:, [0, 2]], axis=0).max() < 0.35


def check_curve(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    check_going(x, w, a, i)
    assert (heading(x)[w.stop - 1] - heading(x)[w.start]) * (1 if a.direction == "left" else -1) > 1.0


def check_zigzag(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    check_going(x, w, a, i)
    assert np.ptp(heading(x)[w]) > 0.6


def check_there_and_back(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    away = np.linalg.norm(x[w, 0][:, [0, 2]] - x[w.start, 0, [0, 2]], axis=-1)
    assert away.max() > 0.7 and away[int(away.argmax()) :].min() < 0.7 * away.max()
    assert abs(heading(x)[w.stop - 1] - heading(x)[w.start]) > 2.3


def check_pace(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    check_going(x, w, a, i)
    assert np.ptp(heading(x)[w]) > 2.3


def check_figure_eight(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    yaw = heading(x)[w] - heading(x)[w.start]
    assert np.abs(yaw).max() > 5.0 and abs(yaw[-1]) < 1.5


def check_limp(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    check_going(x, w, a, i, 0.4)
    slow = [(np.linalg.norm(np.diff(x[w, 10 + f][:, [0, 2]], axis=0), axis=-1) < 0.012).mean() for f in (0, 1)]
    assert slow[1 - i] > slow[i]  # the sound foot stands longer


def check_tiptoe(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    check_going(x, w, a, i, 0.4)
    m = slice(w.start + (w.stop - w.start) // 3, w.stop - (w.stop - w.start) // 3)
    assert (x[m, 7:9, 1] - x[m, 10:12, 1]).min(1).mean() > 0.06


def check_crouched(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    check_going(x, w, a, i, 0.4)
    m = slice(w.start + (w.stop - w.start) // 3, w.stop - (w.stop - w.start) // 3)
    assert x[m, 0, 1].mean() < 0.83


def check_beam(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    check_going(x, w, a, i, 0.4)
    m = slice(w.start + (w.stop - w.start) // 3, w.stop - (w.stop - w.start) // 3)
    assert np.linalg.norm(x[m, 20] - x[m, 21], axis=-1).min() > 0.9


def check_step_over(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert min(x[w, 10, 1].max(), x[w, 11, 1].max()) > 0.2


def check_in_place(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert min(np.ptp(x[w, 4, 1]), np.ptp(x[w, 5, 1])) > 0.1
    assert path_length(x, w) < 2.5


def check_dance(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    assert np.linalg.norm(np.diff(x[w, 20], axis=0), axis=-1).sum() + np.linalg.norm(np.diff(x[w, 21], axis=0), axis=-1).sum() > 0.6
    if a.direction == "contract":
        assert np.ptp(x[w, 15, 1]) > 0.2
    if a.direction == "waltz":
        assert min(np.ptp(x[w, 0, 0]), np.ptp(x[w, 0, 2])) > 0.15


def check_pirouette(x: np.ndarray, w: slice, a: Action, i: int) -> None:
    turned = (heading(x)[w.stop - 1] - heading(x)[w.start]) * (1 if i == 0 else -1)
    assert abs(turned - 2 * np.pi * a.count) < 0.5
    assert np.abs(x[w, 7, 1] - x[w, 8, 1]).max() > 0.2


CHECKS = {name[len("check_") :]: f for name, f in list(globals().items()) if name.startswith("check_")}
for _helper in ("going", "crouched", "in_place"):
    del CHECKS[_helper]
for _name in gaits.KINDS.keys() - CHECKS.keys():
    CHECKS[_name] = check_in_place if _name == "high_knees" else check_crouched if _name in ("crouch_walk", "ape") else check_going
