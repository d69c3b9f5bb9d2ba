"""Dances: steps and sways to a beat with arms that go along."""

from __future__ import annotations

import numpy as np

from . import timeline as tl
from .catalogue import Kind
from .curves import ease, keys
from .script import Action
from .timeline import Timeline
from .writer import Air, Row, Writer

_STAND: Air = (0.03, 0.2, 0.12, 0.2)
_HIGH: Row = (2.7, 0.9, 0.4, 0.2)


def _poses(w: Writer, beats: int, manner: str) -> list[Row]:
    """Arm poses at the beats."""
    r = w.rng
    out: list[Row] = []
    for i in range(beats):
        if manner == "high":
            out.append((r.uniform(2.3, 2.95), r.uniform(0.5, 1.4), r.uniform(0.2, 0.9), r.uniform(-0.2, 0.5)))
        elif manner == "bent":
            out.append((r.uniform(0.3, 0.8), r.uniform(0.4, 1.2), r.uniform(1.3, 1.9), r.uniform(-0.5, 0.3)))
        elif manner == "wide":
            out.append((r.uniform(1.1, 1.7), r.uniform(1.0, 1.6), r.uniform(0.1, 0.6), r.uniform(-0.2, 0.5)))
        else:
            out.append((r.uniform(0.3, 2.8), r.uniform(0.0, 1.5), r.uniform(0.2, 1.8), r.uniform(-0.6, 0.6)))
    return out


def dance(t: Timeline, a: Action, start: int) -> int:
    """One of several dances, to a beat of 8 to 13 frames."""
    w = Writer(t, a, start, 1.0)
    r, d = w.rng, a.direction or "free"
    beat = r.uniform(8.5, 12.5) * a.pace**0.7 * {"waltz": 1.1, "ballet": 1.5, "contract": 1.6}.get(d, 1.0)
    beats = int(np.clip(round(r.uniform(60, 105) / beat), 4, 12))
    if d in ("waltz", "salsa"):
        beats = 6 if beats < 8 else (12 if d == "waltz" and beat < 9.5 else 8 if d == "salsa" else 6)
    lead = 8.0
    e = lead + beats * beat + 10
    n = int(e) + 1
    f = np.arange(n, dtype=np.float64)
    gate = ease((f - 2) / lead) * (1 - ease((f - e + 10) / 9))
    th = 2 * np.pi * (f - lead) / (2 * beat)  # one sway to each side in two beats
    marks = [0.0] + [lead + i * beat for i in range(beats + 1)] + [e]
    size = a.size * r.uniform(0.8, 1.2)
    s = w.s

    def add(channel: int, curve: np.ndarray) -> None:
        t.add(channel, start, size * gate * curve)

    def arms(manner: str, same: bool) -> None:
        first = _poses(w, beats + 1, manner)
        second = first if same else _poses(w, beats + 1, manner)
        for side, p in ((0, first), (1, second)):
            w.arm(side, marks, [p[0], *p, p[-1]], lead, 9)

    if d in ("free", "sway", "high", "disco", "twist"):
        add(tl.SHIFT_LEFT, s * r.uniform(0.05, 0.09) * np.sin(th))
        add(tl.PELVIS_ROLL, s * r.uniform(0.05, 0.14) * np.sin(th))
        add(tl.SPINE_ROLL, -s * r.uniform(0.08, 0.22) * np.sin(th))
        bob = {"sway": 0.02, "high": 0.04}.get(d, 0.06)
        add(tl.DY, -bob * (0.5 - 0.5 * np.cos(2 * th)) - 0.03)
        if d == "twist":
            add(tl.PELVIS_YAW, s * 0.45 * np.sin(th))
            add(tl.SPINE_YAW, -s * 0.7 * np.sin(th))
            add(tl.DY, np.full(n, -0.1))
        elif d == "disco":
            for side in (0, 1):  # the near arm points up and across down, the other hand on the hip
                if side == w.near:
                    p = [(2.5, 1.2, 0.15, 0.1) if i % 2 == 0 else (0.7, -0.6, 0.4, -0.3) for i in range(beats + 1)]
                    w.arm(side, marks, [p[0], *p, p[-1]], lead, 9)
                else:
                    w.arm(side, marks, [(0.75, 1.75, 1.75, -1.05)] * len(marks), lead, 9)
        if d != "disco":
            arms({"sway": "high" if r.random() < 0.4 else "wide", "high": "high", "twist": "bent"}.get(d, "bent" if r.random() < 0.4 else "any"), r.random() < 0.5)
        if d in ("free", "disco", "high") or r.random() < 0.4:
            for i in range(beats - 1):  # side steps: out with one foot, the other closes
                side = w.near if i % 2 == 0 else w.far
                wide = r.uniform(1.3, 2.0) if r.random() < 0.6 else 1.1
                b = lead + i * beat
                w.step(side, b, b + 0.7 * beat, wide=wide, ahead=r.uniform(-0.05, 0.08), clearance=0.06)
        if r.random() < 0.3 and d == "free":
            turn = 2 * np.pi * (1 if r.random() < 0.5 else -1)
            _turn(w, lead + beat, lead + 4 * beat, turn)
    elif d == "salsa":
        arms("bent", True)
        path_t, ahead = [0.0, lead], [0.0, 0.0]
        for i in range(beats):
            b = lead + i * beat
            side = w.near if i % 2 == 0 else w.far
            to = (0.3, 0.0, 0.0, -0.3)[i % 4] if side == w.near else (0.0, 0.0, -0.3, 0.0)[i % 4]
            w.step(side, b, b + 0.65 * beat, ahead=to, clearance=0.04)
            path_t.append(b + 0.8 * beat)
            ahead.append((0.13, 0.04, -0.13, -0.04)[i % 4])
        t.add(tl.SHIFT_FWD, start, keys([*path_t, e], [*ahead, 0], n))
        add(tl.PELVIS_ROLL, s * 0.16 * np.sin(th))
        add(tl.SPINE_ROLL, -s * 0.17 * np.sin(th))
        add(tl.SHIFT_LEFT, s * 0.05 * np.sin(th))
        add(tl.PELVIS_YAW, s * 0.2 * np.cos(th))
        add(tl.DY, np.full(n, -0.04))
    elif d == "waltz":
        hold: Row = (1.25, 0.75, 1.2, -0.3)
        out: Row = (1.35, 1.35, 0.5, 0.2)
        w.arm(w.near, [0, e], [out, out], lead, 9)
        w.arm(w.far, [0, e], [hold, hold], lead, 9)
        box = [(0, 0.35), (0.35, 0.35), (0.35, 0.35), (0.35, 0.0), (0, 0), (0, 0)]
        at, lx, fz = [0.0, lead], [0.0, 0.0], [0.0, 0.0]
        for i in range(beats):
            b = lead + i * beat
            side = w.near if i % 2 == 0 else w.far
            left, fwd = box[i % 6]
            w.step(side, b, b + 0.75 * beat, left, fwd, clearance=0.04)
            at.append(b + beat)
            lx.append(left)
            fz.append(fwd)
        w.move([*at, e], [*lx, lx[-1]], [*fz, fz[-1]])
        add(tl.DY, 0.03 * np.cos(2 * np.pi * (f - lead) / (3 * beat)) - 0.03)
    elif d == "ballet":
        round_low: Row = (0.4, 0.6, 0.6, -0.6)
        round_high: Row = (2.75, 0.6, 0.7, -0.7)
        second: Row = (1.3, 1.2, 0.35, -0.2)
        for side in (0, 1):
            p = [(round_low, second, round_high)[int(r.integers(3))] for _ in range(beats + 1)]
            w.arm(side, marks, [p[0], *p, p[-1]], lead, 9)
        up = (0.5 - 0.5 * np.cos(th)) ** 2
        for side in (0, 1):
            t.add(tl.HEEL + side, start, 0.6 * gate * up)
        t.add(tl.DY, start, gate * (0.06 * up - 0.06 * (0.5 + 0.5 * np.cos(th)) ** 3))
        add(tl.SPINE_ROLL, 0.12 * s * np.sin(th / 2))
        if r.random() < 0.6:
            pose = (r.uniform(0.7, 1.2), r.choice((0.0, 1.45)), 0.05, 0.8) if r.random() < 0.5 else (-0.8, 0.1, 0.1, 0.9)
            b = lead + beat
            w.leg(w.near, [0, b, b + beat, b + 2 * beat, b + 3 * beat], [_STAND, _STAND, pose, pose, _STAND], 6, 7, begin=b)
            w.support(w.near, [0, b, b + beat, b + 2 * beat, b + 3 * beat], [0, 0.3, 1, 1, 0])
    elif d == "contract":
        closed = 0.5 - 0.5 * np.cos(th / 1.0)
        add(tl.SPINE_PITCH, 0.95 * closed - 0.15)
        add(tl.PELVIS_PITCH, 0.35 * closed)
        add(tl.HEAD_PITCH, 0.4 * closed - 0.1)
        add(tl.DY, -0.16 * closed)
        add(tl.SHIFT_FWD, -0.06 * closed)
        inward: Row = (0.5, 0.2, 2.0, -0.9)
        for side in (0, 1):
            open_: Row = (r.uniform(1.4, 2.6), r.uniform(1.0, 1.5), 0.15, 0.2)
            p = [open_ if i % 2 == 0 else inward for i in range(beats + 1)]
            w.arm(side, marks, [p[0], *p, p[-1]], lead, 9)
    add(tl.HEAD_ROLL, 0.06 * np.sin(th))
    return n + 1


def _turn(w: Writer, a: float, b: float, turn: float) -> None:
    """A turn on the spot in small steps."""
    last_lift = {s: w.t.stances[s][-1].start - w.start for s in (0, 1)}
    a = max(a, last_lift[0] + 2, last_lift[1] + 2)
    b = max(b, a + 20)
    w.move([0, a, b], [0] * 3, [0] * 3, [0, 0, turn])
    steps = 8
    for i in range(steps):
        u = a + (b - a) * (i + 0.2) / steps
        w.step(i % 2, u, u + 0.9 * (b - a) / steps, turn=turn * (i + 1.2) / (steps + 0.2), clearance=0.04)
    for side in (0, 1):
        w.step(side, b + 1 + 5 * side, b + 6 + 5 * side, turn=turn)


def pirouette(t: Timeline, a: Action, start: int) -> int:
    """A full turn (or two) on one leg, the other foot at the knee, arms rounded before the chest or overhead."""
    w = Writer(t, a, start, a.pace**0.4 * t.rng.uniform(0.9, 1.15))
    turn = 2 * np.pi * a.count
    b, long = 12.0, 14.0 * a.count + 4
    e = b + long
    times = [0, 7, b, e - 3, e + 2, e + 13]
    w.move([0, b - 3, e, e + 13], [0] * 4, [0] * 4, [0, 0.02 * turn, turn, turn])
    passe: Air = (1.05, 0.1, 2.0, 0.8)
    support: Air = (0.0, 0.1, 0.04, 0.75)
    w.leg(w.far, times, [_STAND, (0.3, 0.2, 0.6, 0.2), passe, passe, (0.3, 0.2, 0.6, 0.2), _STAND], 5, 6, begin=5)
    w.leg(w.near, times, [_STAND, (0.3, 0.1, 0.6, 0.0), support, support, (0.3, 0.1, 0.5, 0.1), _STAND], 5, 6, begin=5)
    w.one(tl.LEG_OUT, w.far, times, [0, 0.2, 1.0, 1.0, 0.2, 0])
    n = round(times[-1] * w.k) + 1
    f = np.arange(n, dtype=np.float64)
    t.add(tl.GROUND, start, ease((f - 5 * w.k) / 5) * (1 - ease((f - n + 7) / 6)))
    high = w.rng.random() < 0.4
    close: Row = (2.75, 0.6, 0.8, -0.7) if high else (0.95, 0.35, 1.1, -0.9)
    w.arms(times, [(0.6, 1.0, 0.6, 0.0), (1.2, 1.3, 0.3, 0.0), close, close, (1.2, 1.3, 0.3, 0.0), (0.4, 1.0, 0.5, 0.0)], 6, 8)
    for side in (0, 1):
        w.step(side, e - 4, e + 6 + side, turn=turn, clearance=0.0, push=0.0, strike=0.0)
    return w.length(times[-1])


_SAID = {
    "free": ["!dance", "!dance >around", "!dance *energetically", "!(do|perform) a *dance", "!dance in place", "!dance to *music", "!groove to the *music", "!dance from side to side"],
    "sway": ["!sway from side to side", "!sway to *music", "!sway P *hips from side to side", "!dance *slowly swaying side to side", "!rock the *body from side to side", "!sway with ^both ^arms moving"],
    "high": ["!dance with P ^arms *up", "!dance with ^both ^arms in the *air", "!sway with ^both ^arms above the *head", "!dance with ^hands *raised *high", "!wave ^both ^arms overhead while dancing"],
    "disco": ["!dance *disco", "!dance like in the *seventies", "!do a *disco *dance *pointing up and down", "!point up and down in a *dance"],
    "twist": ["!dance the *twist", "!do the *twist", "!twist P *hips in a *dance", "!dance *twisting the hips and bending the knees"],
    "salsa": ["!dance *salsa", "!do *salsa *steps", "!dance *salsa stepping forward and back", "!(do|dance) a *latin *dance", "!dance the *(mambo|salsa|cha cha)", "!step forward and back in a *dance"],
    "waltz": ["!dance a *waltz", "!waltz", "!waltz with an *imaginary *partner", "!dance with a *partner", "!do a *box *step", "!dance a *ballroom *dance"],
    "ballet": ["!dance *ballet", "!(do|perform) *ballet *moves", "!dance *gracefully", "!do a *ballet *dance on the toes", "!perform a *graceful *dance with flowing ^arms"],
    "contract": ["!contract the *torso and !open up again", "!curl in and !open ^both ^arms wide", "!fold the body in and !open out", "!do a *modern *dance", "!dance *expressively folding and opening the *body", "!curl up and !stretch out"],
}  # fmt: skip

KINDS: dict[str, Kind] = {
    "dance": Kind(7.0, _SAID, dance, "root legs arms", "arms", directions=("free", "free", "sway", "high", "disco", "twist", "salsa", "waltz", "ballet", "contract")),
    "pirouette": Kind(1.2, ["!(do|perform) a *pirouette", "!do a *ballet >spin", "!spin >around on one *leg", "!twirl >around like a *ballerina", "!pirouette to the >S", "!spin on one *foot"], pirouette, "root legs", "leg", sides="s", most=2),
}  # fmt: skip
