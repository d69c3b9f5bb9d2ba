"""Manners of going: large strides, tiptoe, limping, stairs, a beam, zigzag, there and back, ... Played by `locomotion`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import timeline as tl
from .catalogue import Kind
from .curves import Array, smooth, soft
from .script import Action
from .timeline import Timeline
from .writer import Row


@dataclass
class Piece:
    """A stretch of going. Speed in m/s along `course` (rad to the left of the heading), turn in rad to the left."""

    action: Action
    frames: int
    speed: float
    course: float = 0.0
    turn: float = 0.0
    cadence: float = 1.8  # steps a second
    running: float = 0.0  # 0 walking, 1 running
    knees: float = 0.0  # extra knee lift, metres
    swing: float = 0.4  # arm swing, rad
    elbow: float = 0.4  # elbow bend while swinging, rad
    lean: float = 0.02  # trunk pitch, rad
    wide: float = 1.0
    heel: float = 0.0  # heels off the floor, rad
    crouch: float = 0.0  # pelvis lowered, metres
    limp: float = 0.0  # lame leg: positive left, negative right
    weave: tuple[float, float] = (0.0, 0.0)  # swing of the heading, rad, and its period in frames
    arms: tuple[Row | None, Row | None] = (None, None)  # held arms, left and right
    sway: dict[int, tuple[float, float]] | None = None  # channel -> cosine and sine amplitude of the stride
    rock: dict[int, float] | None = None  # channel -> amplitude of a slow wobble
    finish: Callable[[Timeline, int, int], None] | None = None


def _stairs(up: bool) -> Callable[[Timeline, int, int], None]:
    """Puts the stances of a stretch onto stairs, one stair a step."""

    def climb(t: Timeline, a: int, b: int) -> None:
        height = float(t.rng.uniform(0.13, 0.19)) * (1.0 if up else -1.0)
        landed = sorted((s.start, side, i) for side in (0, 1) for i, s in enumerate(t.stances[side]) if s.start > a + 3)
        level, marks, values = t.floor, [float(a)], [0.0]
        last: dict[int, float] = {}
        for when, side, i in landed:
            if when < b - 4 and (not last or when > max(last.values()) + 1):
                level += height
                marks.append(when + 4.0)
                values.append(level - t.floor - (0.35 * height if up else 0.0))
            s = t.stances[side][i]
            s.y = level
            if i > 0:
                t.stances[side][i - 1].clearance += 0.05
            last[side] = when
        marks.append(marks[-1] + 8.0)
        values.append(level - t.floor)
        n = len(t.ch) - a
        rise = np.interp(np.arange(a, a + n), marks, values)
        t.ch[a:, tl.RISE] += smooth(rise, 2.5)
        t.floor = level

    return climb


def _step_over(t: Timeline, a: int, b: int) -> None:
    """The swings around the middle of a stretch go high, one of each foot."""
    middle = 0.5 * (a + b)
    for side in (0, 1):
        swings = [(abs(0.5 * (s.end + n.start) - middle), s) for s, n in zip(t.stances[side], t.stances[side][1:]) if s.end is not None and a < s.end < b]
        if swings:
            s = min(swings, key=lambda x: x[0])[1]
            s.clearance += 0.3
            s.push *= 0.6


def pieces_of(a: Action, rng: np.random.Generator) -> list[Piece]:
    """The stretches of a manner of going."""
    quick = {"slow": 0.65, "normal": 1.0, "quick": 1.3}[a.speed] * {None: 1.0, "energetic": 1.1, "tired": 0.85}[a.style]
    swing = {None: 1.0, "energetic": 1.3, "tired": 0.6}[a.style] * rng.uniform(0.7, 1.3)
    frames = a.frames or int(rng.uniform(48, 90))
    k, d = a.kind, a.direction
    side = 1.0 if (a.side or d or "").endswith("left") else -1.0
    p = Piece(a, frames, 1.1 * quick, cadence=1.75 * quick**0.5, swing=0.35 * swing)
    if k == "stroll":
        p.speed, p.cadence, p.swing = rng.uniform(0.6, 0.8) * quick, 1.45 * quick**0.5, 0.25 * swing
        if rng.random() < 0.4:
            p.arms = ((-0.45, 0.15, 0.75, -0.9), (-0.45, 0.15, 0.75, -0.9))
    elif k == "stride":
        p.speed, p.cadence, p.swing = rng.uniform(1.25, 1.5) * quick, rng.uniform(1.4, 1.55) * quick**0.7, 0.5 * swing
        p.crouch = 0.04
    elif k == "hurry":
        p.speed, p.cadence, p.swing, p.elbow, p.lean = rng.uniform(1.6, 1.95), rng.uniform(2.2, 2.5), 0.55 * swing, 0.9, 0.1
        p.frames = a.frames or int(rng.uniform(38, 62))
    elif k == "tiptoe":
        p.speed, p.cadence, p.heel, p.swing = rng.uniform(0.45, 0.7) * quick, 1.6 * quick**0.5, rng.uniform(0.5, 0.75), 0.1
        if rng.random() < 0.5:
            p.arms = ((0.9, 1.4, 0.5, 0.1), (0.9, 1.4, 0.5, 0.1))
    elif k == "sneak":
        p.speed, p.cadence, p.crouch, p.knees, p.lean = rng.uniform(0.4, 0.6) * quick, 1.25 * quick**0.5, rng.uniform(0.1, 0.2), 0.1, 0.35
        p.heel, p.swing = 0.25, 0.1
        p.arms = ((0.5, 0.3, 1.9, -0.2), (0.5, 0.3, 1.9, -0.2))
        p.rock = {tl.HEAD_YAW: 0.4}
    elif k == "crouch_walk":
        p.speed, p.cadence, p.crouch, p.lean = rng.uniform(0.5, 0.8) * quick, 1.6 * quick**0.5, rng.uniform(0.24, 0.36), 0.45
        p.swing, p.elbow = 0.2, 0.9
    elif k == "limp":
        p.speed, p.cadence, p.limp, p.swing = rng.uniform(0.55, 0.8) * quick, 1.45 * quick**0.5, side * rng.uniform(0.35, 0.55), 0.2
        if rng.random() < 0.35:  # a hand on the lame thigh
            hold = (0.55, 0.35, 0.7, -0.3)
            p.arms = (hold, None) if side > 0 else (None, hold)
    elif k == "stiff":
        p.speed, p.cadence, p.swing = rng.uniform(0.5, 0.75) * quick, 1.35 * quick**0.5, 0.05
        p.arms = {
            "zombie": ((1.5, -0.05, 0.12, -0.2), (1.4, 0.0, 0.15, -0.2)),
            "robot": ((0.15, 0.3, 1.55, 0.0), (0.15, 0.3, 1.55, 0.0)),
            "stiff": ((0.08, 1.4, 0.06, 0.0), (0.08, 1.4, 0.06, 0.0)),
        }[d or "stiff"]  # fmt: skip
        p.sway = {tl.SPINE_ROLL: (0.14 if d == "zombie" else 0.06, 0.0), tl.SPINE_YAW: (0.0, 0.25 if d == "robot" else 0.0)}
    elif k == "swagger":
        p.speed, p.cadence, p.swing, p.wide = rng.uniform(0.8, 1.1) * quick, 1.5 * quick**0.5, 0.45 * swing, 1.35
        p.sway = {tl.SPINE_ROLL: (-0.12, 0.0), tl.SHIFT_LEFT: (0.03, 0.0), tl.SPINE_YAW: (0.0, -0.2), tl.PELVIS_ROLL: (0.06, 0.0)}
    elif k == "model":
        p.speed, p.cadence, p.swing, p.wide = rng.uniform(0.9, 1.1) * quick, 1.7 * quick**0.5, 0.3 * swing, 0.1
        p.sway = {tl.PELVIS_ROLL: (0.13, 0.0), tl.SHIFT_LEFT: (0.03, 0.0), tl.PELVIS_YAW: (0.0, 0.15), tl.SPINE_ROLL: (-0.1, 0.0)}
        if rng.random() < 0.4:
            p.arms = ((0.75, 1.75, 1.75, -1.05), None)
    elif k == "old":
        p.speed, p.cadence, p.lean, p.crouch, p.swing = rng.uniform(0.35, 0.55) * quick, 1.5 * quick**0.5, rng.uniform(0.5, 0.75), 0.07, 0.1
        cane = (0.5, 0.25, 0.7, -0.1) if rng.random() < 0.6 else None
        p.arms = (cane, None) if rng.random() < 0.5 else (None, cane)
        p.rock = {tl.SPINE_ROLL: 0.04}
    elif k == "ape":
        p.speed, p.cadence, p.crouch, p.lean, p.wide = 0.7 * quick, 1.5 * quick**0.5, 0.22, 0.85, 1.9
        p.arms = ((0.55, 1.0, 0.5, -0.2), (0.55, 1.0, 0.5, -0.2))
        p.sway = {tl.SPINE_ROLL: (-0.2, 0.0), tl.SHIFT_LEFT: (0.06, 0.0)}
    elif k == "drunk":
        p.speed, p.cadence, p.swing, p.wide = rng.uniform(0.55, 0.85), 1.5, 0.25, 1.2
        p.weave = (rng.uniform(0.35, 0.6), rng.uniform(26, 38))
        p.rock = {tl.SPINE_ROLL: 0.22, tl.SPINE_PITCH: 0.18, tl.SHIFT_LEFT: 0.05, tl.HEAD_ROLL: 0.12}
    elif k == "beam":
        p.speed, p.cadence, p.wide = rng.uniform(0.45, 0.7) * quick, 1.4 * quick**0.5, 0.02
        arm = (rng.uniform(1.35, 1.6), 1.45, 0.12, 0.1)
        p.arms = (arm, arm)
        p.rock = {tl.SPINE_ROLL: 0.1, tl.SHIFT_LEFT: 0.02}
    elif k == "rail":
        p.speed, p.cadence = rng.uniform(0.6, 0.9) * quick, 1.5 * quick**0.5
        rail = (0.75, 0.75, 0.85, 0.0)
        p.arms = (rail, None) if side > 0 else (None, rail)
    elif k == "zigzag":
        p.frames = a.frames or int(rng.uniform(80, 120))
        p.weave = (rng.uniform(0.75, 1.05), rng.uniform(36, 50)) if d == "zigzag" else (rng.uniform(0.45, 0.65), rng.uniform(45, 60))
        p.speed, p.cadence = 1.05 * quick, 1.8 * quick**0.5
    elif k == "curve":
        p.frames = a.frames or int(rng.uniform(60, 95))
        p.turn = side * rng.uniform(1.5, 2.9)
    elif k == "stairs":
        p.frames = a.frames or int(rng.uniform(60, 100))
        p.speed, p.cadence, p.swing, p.knees = rng.uniform(0.4, 0.5) * quick, 1.55 * quick, 0.2 * swing, 0.04 if d == "up" else 0.0
        p.lean = 0.14 if d == "up" else 0.02
        p.finish = _stairs(d == "up")
        if rng.random() < 0.3:
            rail = (0.75, 0.75, 0.85, 0.0)
            p.arms = (rail, None) if rng.random() < 0.5 else (None, rail)
    elif k == "step_over":
        p.frames = a.frames or int(rng.uniform(56, 76))
        p.speed, p.cadence, p.finish = rng.uniform(0.75, 0.95) * quick, 1.4 * quick**0.5, _step_over
    elif k == "skip":
        p.speed, p.cadence, p.running, p.knees, p.swing, p.elbow = rng.uniform(1.4, 1.9) * quick, rng.uniform(1.8, 2.1), 1.0, rng.uniform(0.14, 0.22), 0.9 * swing, 0.8
        p.sway = {tl.FLY: (0.0, 0.0)}
    elif k == "high_knees":
        p.speed, p.cadence, p.running, p.knees, p.swing, p.elbow = 0.0, rng.uniform(2.5, 3.1), 0.8, rng.uniform(0.2, 0.28), 0.7, 1.5
        p.frames = a.frames or int(rng.uniform(45, 75))
    elif k == "run_stop":
        p.speed, p.cadence, p.running, p.swing, p.elbow, p.lean = rng.uniform(2.2, 2.9), 2.6, 1.0, 0.75, 1.5, 0.12
        p.frames = a.frames or int(rng.uniform(26, 40))
    elif k == "spin":
        turns = a.count
        p.frames = int((27 if d == "fast" else 36) * a.pace) * turns + 8
        p.speed, p.cadence, p.turn, p.swing = 0.0, 2.6 if d == "fast" else 2.2, side * 2 * np.pi * turns, 0.05
        if rng.random() < 0.45:
            out = (rng.uniform(1.2, 1.55), 1.45, 0.2, 0.1)
            p.arms = (out, out)
    elif k in ("there_and_back", "pace"):
        legs = 2 if k == "there_and_back" else 3
        run = d == "run"
        path: list[Piece] = []
        turn = 1.0 if rng.random() < 0.5 else -1.0
        each = int(rng.uniform(34, 48)) if legs == 2 else int(rng.uniform(26, 34))
        for i in range(legs):
            q = Piece(a, each, (1.1 if not run else 2.0) * quick, cadence=(1.75 if not run else 2.5) * quick**0.5, swing=0.35 * swing)
            if run:
                q.running, q.elbow, q.swing = 0.9, 1.5, 0.6
            path.append(q)
            if i + 1 < legs:
                path.append(Piece(a, 26, 0.25 * quick, turn=turn * np.pi, cadence=2.0, swing=0.15))
        return path
    elif k == "figure_eight":
        each = int(rng.uniform(72, 84))
        return [Piece(a, each, 1.25, turn=s * side * 2 * np.pi, cadence=1.9, swing=0.35 * swing) for s in (1.0, -1.0)]
    else:
        raise ValueError(f"not a manner of going: {k}")
    if k in ("curve", "stroll", "stride", "hurry") and d and d.startswith("run"):
        p.running, p.speed, p.cadence, p.elbow = 0.9, 2.3 * quick, 2.5, 1.5
    return [p]


def warp(pieces: list[Piece], spans: list[tuple[int, int]], phase: Array) -> Array:
    """The step phase with the short steps of a lame leg."""
    out = phase
    for p, (a, b) in zip(pieces, spans):
        if p.limp:
            f = np.arange(len(phase), dtype=np.float64)
            gate = soft((f - a + 4) / 8) * soft((b + 4 - f) / 8)
            out = out + gate * p.limp * np.sin(2 * np.pi * phase) / (2 * np.pi)
    return out


def bearing(p: Piece, frames: Array) -> Array:
    """Turning rate (rad a frame) of a winding stretch; frames from its start."""
    far, period = p.weave
    if not far:
        return np.zeros(len(frames))
    sign = 1.0 if int(p.frames) % 2 else -1.0
    return sign * far * 2 * np.pi / period * np.cos(2 * np.pi * frames / period) * soft(frames / 4)


def manner(t: Timeline, p: Piece, start: int, span: tuple[int, int], window: Array, phase: Array) -> None:
    """Everything of a stretch beside its steps; `window` (total,): its weight over the whole movement that begins at `start`."""
    total = len(window)
    sl = slice(start, start + total)
    w = 2 * np.pi * phase
    if p.heel:
        for side in (0, 1):
            t.ch[sl, tl.HEEL + side] += p.heel * window
        t.ch[sl, tl.DY] += 0.085 * np.sin(p.heel) * window
    if p.crouch:
        t.ch[sl, tl.DY] -= p.crouch * window
        t.ch[sl, tl.SHIFT_FWD] -= 0.25 * p.crouch * window
        for side in (0, 1):
            t.ch[sl, tl.KNEE_OUT + side] += 0.1 * window
    if p.limp:
        lame = np.maximum(np.cos(w) * np.sign(p.limp), 0.0) ** 1.5
        t.ch[sl, tl.DY] -= 0.05 * lame * window
        t.ch[sl, tl.SPINE_ROLL] -= np.sign(p.limp) * 0.2 * lame * window
        t.ch[sl, tl.SPINE_PITCH] += 0.12 * lame * window
    for channel, (co, si) in (p.sway or {}).items():
        t.ch[sl, channel] += (co * np.cos(w) + si * np.sin(w)) * window
    for channel, amplitude in (p.rock or {}).items():
        f = np.arange(total)
        t.ch[sl, channel] += amplitude * window * np.sin(2 * np.pi * f / t.rng.uniform(24, 40) + t.rng.uniform(0, 6.28))
    for side, pose in enumerate(p.arms):
        if pose is not None:
            angles = np.repeat((np.array(pose) + 0.05 * t.rng.standard_normal(4))[None], total, axis=0)
            angles[:, 0] += 0.04 * np.sin(w)
            t.arms.append(tl.ArmLayer(start, side, angles, window))
    if p.finish is not None:
        p.finish(t, start + span[0], start + span[1])


KINDS: dict[str, Kind] = {
    "stroll": Kind(2.0, ["!stroll >(forward|along)", "!stroll casually", "!walk >forward at a *leisurely pace", "!take a *stroll", "!walk >forward *casually", "!(wander|amble) >(along|forward)", "!walk around *casually"], parts="root legs", limb="leg"),
    "stride": Kind(2.0, ["!walk >forward with *(large|big|long) *(steps|strides)", "!take *(large|big|long) *(steps|strides) >forward", "!stride >forward", "!walk with *(wide|long) *strides", "!step >forward in *giant *steps"], parts="root legs", limb="leg"),
    "hurry": Kind(1.8, ["!walk >forward very *(fast|quickly)", "!walk *(fast|quickly|briskly) >forward", "!hurry >forward", "!walk >forward at a *(fast|brisk) pace", "!rush >forward", "!walk *hurriedly >ahead"], parts="root legs", limb="leg"),
    "tiptoe": Kind(1.5, ["!tiptoe >forward", "!walk on P *(tiptoes|toes)", "!walk >forward on P *(tiptoes|toes)", "!tiptoe *quietly", "!walk with the *heels *raised"], parts="root legs", limb="leg"),
    "sneak": Kind(1.5, ["!sneak >(forward|around)", "!(sneak|creep) >forward *quietly", "!walk *stealthily", "!creep >forward", "!walk *cautiously as if *sneaking", "!sneak up on someone"], parts="root legs spine", limb="leg"),
    "crouch_walk": Kind(1.3, ["!walk >forward *crouched", "!walk in a *crouched position", "!walk >forward while *crouching", "!crouch and !walk >forward", "!walk *bent *low", "!walk >forward with bent *knees"], parts="root legs", limb="leg"),
    "limp": Kind(1.8, ["!limp >forward", "!walk with a *limp", "!limp on the ^S ^(leg|foot)", "!walk with a *limp on the ^S ^(side|leg)", "!walk >forward as if the ^S ^(leg|foot) is *hurt", "!hobble >forward", "!walk with an *injured ^S ^leg", "!walk >forward *dragging the ^S ^leg"], parts="root legs", limb="leg", sides="s"),
    "stiff": Kind(1.3, {
        "zombie": ["!walk like a *zombie", "!walk >forward with ^both ^arms stretched *out", "!walk like a *mummy", "!stagger >forward like a *zombie with the ^arms out"],
        "robot": ["!walk like a *robot", "!walk >forward *robotically", "!walk *stiffly like a *robot", "!move >forward like a *robot with bent ^arms"],
        "stiff": ["!walk *stiffly", "!walk >forward *stiffly", "!walk *stiffly with the ^arms at the sides", "!walk >forward without moving the ^arms"]},
        parts="root legs", limb="arms", directions=("zombie", "robot", "stiff")),
    "swagger": Kind(1.2, ["!swagger >forward", "!walk with a *swagger", "!walk *confidently >forward", "!strut >forward", "!walk >forward with *attitude", "!walk *proudly"], parts="root legs spine", limb="leg"),
    "model": Kind(0.8, ["!walk like a *model", "!walk on a *catwalk", "!walk *femininely swaying the *hips", "!strut down a *runway", "!walk >forward *swaying the *hips", "!walk *elegantly"], parts="root legs", limb="leg"),
    "old": Kind(1.2, ["!walk like an *old person", "!walk *hunched over", "!walk >forward *bent *over", "!walk with a *cane", "!shuffle >forward *slowly", "!walk *slowly and *stooped", "!hobble >forward like an *elder"], parts="root legs spine", limb="leg"),
    "ape": Kind(0.7, ["!walk like a *(monkey|gorilla|ape)", "!act like a *(monkey|gorilla)", "!walk >forward *hunched with hanging ^arms", "!imitate a *(monkey|gorilla)"], parts="root legs spine", limb="arms"),
    "drunk": Kind(1.4, ["!walk as if *drunk", "!stagger >forward", "!walk *drunkenly", "!stumble >around like a *drunk", "!walk *unsteadily", "!sway and !stagger while walking", "!wobble >forward"], parts="root legs spine", limb="leg"),
    "beam": Kind(1.8, ["!walk on a balance *beam", "!walk >forward with ^arms *out to the sides for balance", "!walk along a *(line|beam) with ^both ^arms out", "!balance while walking on a *(beam|tightrope|line)", "!walk a *tightrope", "!walk >forward heel to toe with the ^arms *spread"], parts="root legs arms", limb="arms"),
    "rail": Kind(1.2, ["!walk >forward holding a *(handrail|rail) with P ^S ^hand", "!walk >forward while holding on to something with the ^S ^hand", "!walk with the ^S ^hand on a *(wall|rail)", "!hold a *rail with the ^S ^hand and !walk"], parts="root legs", limb="arm", sides="s"),
    "zigzag": Kind(1.6, {
        "zigzag": ["!walk in a >zigzag", "!zigzag >forward", "!walk >forward in a >zigzag pattern", "!walk >forward changing >direction several times", "!weave from side to side while walking"],
        "weave": ["!walk in an >s shape", "!walk in a >curvy >line", "!weave >forward", "!walk >forward in a >snaking path", "!slalom >forward", "!walk in a >serpentine path"]},
        parts="root", limb="leg", directions=("zigzag", "weave")),
    "curve": Kind(3.0, {
        "left": ["!walk in a >curve to the >left", "!walk >forward and !curve to the >left", "!walk in a >half >circle to the >left", "!walk >forward veering to the >left", "!(walk|circle) around something to the >left", "!walk >counterclockwise in an >arc"],
        "right": ["!walk in a >curve to the >right", "!walk >forward and !curve to the >right", "!walk in a >half >circle to the >right", "!walk >forward veering to the >right", "!(walk|circle) around something to the >right", "!walk >clockwise in an >arc"]},
        parts="root legs", limb="leg", directions=("left", "right")),
    "stairs": Kind(3.5, {
        "up": ["!walk *up (the|some|a flight of) *stairs", "!climb *(up|) *stairs", "!go *up the *stairs", "!walk *upstairs", "!climb a few *steps", "!(step|walk) *up a set of *(steps|stairs)", "!climb a *staircase"],
        "down": ["!walk *down (the|some|a flight of) *stairs", "!go *down the *stairs", "!descend the *stairs", "!walk *downstairs", "!(step|walk) *down a set of *(steps|stairs)"]},
        parts="root legs", limb="leg", directions=("up", "down")),
    "step_over": Kind(1.8, ["!step over (something|an obstacle)", "!walk >forward and !step over something", "!walk >forward *stepping over an *obstacle", "!lift P *feet to !step over something", "!walk and !step *high over an object"], parts="root legs", limb="leg"),
    "skip": Kind(1.6, ["!skip >forward", "!skip", "!skip >along *happily", "!skip like a *child", "!(prance|skip) >forward", "!gallop >forward"], parts="root legs", limb="leg"),
    "high_knees": Kind(1.0, ["!do *high *knees", "!run in place with *high *knees", "!run on the spot *lifting the *knees *high", "!run in *place *raising P *knees"], parts="legs root", limb="leg"),
    "run_stop": Kind(1.0, ["!(run|sprint) >forward and !stop", "!dash >forward", "!sprint a short distance", "!run >forward *quickly and !stop", "!make a short *sprint"], parts="root legs", limb="leg"),
    "spin": Kind(2.4, {
        "slow": ["!spin >around", "!turn all the way >around to the >S", "!turn in a >circle on the spot", "!turn >around in place", "!make a full >turn to the >S", "!rotate on the spot", "!turn a full >circle"],
        "fast": ["!spin >around", "!twirl >around", "!spin *fast on the spot", "!twirl", "!spin in >circles", "!whirl >around to the >S", "!spin >around to the >S"]},
        parts="root", limb="leg", sides="s", directions=("slow", "fast"), most=2),
    "there_and_back": Kind(5.0, {
        "walk": ["!walk >forward , ~turn around and ~walk back", "!walk >forward then ~turn around and ~walk back", "!walk away and ~come back", "!walk in one >direction , ~turn around and ~return", "!walk >forward and then back to the start", "!walk to one place , ~turn and ~walk back to the start"],
        "run": ["!run >forward , ~turn around and ~run back", "!jog >forward , ~turn around and ~jog back", "!run away and ~come back", "!jog there and back"]},
        parts="root legs", limb="leg", directions=("walk", "walk", "walk", "run")),
    "pace": Kind(1.8, {"walk": ["!pace back and forth", "!walk back and forth", "!pace >around", "!walk to and fro", "!pace up and down"],
                       "run": ["!run back and forth", "!jog back and forth", "!jog to and fro", "!run to and fro"]},
        parts="root legs", limb="leg", directions=("walk", "walk", "run")),
    "figure_eight": Kind(0.6, ["!walk in a >figure >eight", "!walk a >figure >eight", "!walk in two >circles", "!walk >around in the shape of an >eight"], parts="root legs", limb="leg", sides="s"),
}  # fmt: skip
