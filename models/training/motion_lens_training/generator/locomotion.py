"""Gaits: one planner for every way of going on two feet, turning on the spot and marching included.

Consecutive pieces ("walk forward, turn left, jog") are one continuous movement: speed, direction and
turning rate are profiles over time, the step phase is their integral, and a foot is planted where
the root will be in the middle of its stance. Feet therefore do not slide.
"""

from __future__ import annotations

import numpy as np

from . import timeline as tl
from .curves import Array, smooth, soft
from .gaits import KINDS as MANNERS
from .gaits import Piece, bearing, manner, pieces_of, warp
from .script import Action
from .timeline import ArmLayer, Timeline


def piece_of(a: Action, rng: np.random.Generator) -> Piece:
    """The numbers of a locomotion action."""
    quick = {"slow": 0.62, "normal": 1.0, "quick": 1.35}[a.speed]
    quick *= {None: 1.0, "energetic": 1.1, "tired": 0.8}[a.style]
    swing = {None: 1.0, "energetic": 1.4, "tired": 0.55}[a.style] * rng.uniform(0.7, 1.3)
    frames = a.frames or int(rng.uniform(44, 80))
    side = 1.0 if a.direction in ("left", "circle_left") else -1.0
    if a.kind == "walk":
        speed = rng.uniform(0.95, 1.4) * quick
        p = Piece(a, frames, speed, cadence=1.0 + 0.66 * speed, swing=0.38 * swing, elbow=rng.uniform(0.2, 0.6))
        if a.direction == "backward":
            p.course, p.speed, p.cadence, p.swing = np.pi, 0.72 * speed, 1.0 + 0.72 * speed, 0.2 * swing
        elif a.direction in ("diagonal_left", "diagonal_right"):
            p.course = (1.0 if a.direction == "diagonal_left" else -1.0) * rng.uniform(0.5, 0.8)
            p.speed, p.swing = 0.8 * speed, 0.25 * swing
        elif a.direction in ("left", "right"):
            p.course, p.speed, p.swing = side * np.pi / 2, 0.5 * speed, 0.08 * swing
            p.cadence = 1.0 + 0.62 * speed
        elif a.direction in ("circle_left", "circle_right"):
            p.frames = a.frames or int(rng.uniform(95, 125) / quick**0.5)
            p.turn = side * rng.uniform(5.2, 6.4)
            p.speed *= 0.85
        elif a.direction == "place":
            p.speed, p.cadence, p.swing = 0.0, 1.75 * quick, 0.25 * swing
            p.knees = 0.05
    elif a.kind == "march":
        p = Piece(a, frames, 0.0 if a.direction == "place" else 0.8 * quick, cadence=1.8 * quick, knees=0.22 * a.size,
                  swing=0.65 * swing, elbow=0.5)  # fmt: skip
    elif a.kind in ("run", "jog"):
        jog = a.kind == "jog"
        speed = (rng.uniform(1.7, 2.2) if jog else rng.uniform(2.4, 3.3)) * quick**0.7
        p = Piece(a, a.frames or int(rng.uniform(34, 60)), speed, cadence=2.25 + 0.12 * speed, running=0.75 if jog else 1.0,
                  swing=(0.5 if jog else 0.75) * swing**0.5, elbow=rng.uniform(1.3, 1.75), lean=0.06 if jog else 0.14)  # fmt: skip
        if a.direction in ("circle_left", "circle_right"):
            p.frames = a.frames or int(rng.uniform(75, 105))
            p.turn = side * rng.uniform(5.2, 6.4)
            p.speed = speed * 0.8
        elif a.direction == "place":
            p.speed, p.knees = 0.0, 0.1
    elif a.kind == "turn":
        angle = (
            {"around": np.pi}.get(a.direction or "", np.pi / 2)
            * rng.uniform(0.88, 1.12)
            * (a.size if a.direction != "around" else 1.0)
        )
        sign = 1.0 if a.side == "left" else -1.0
        frames = a.frames or int((12 + 11 * angle / (np.pi / 2)) * a.pace)
        p = Piece(
            a, frames, 0.0, turn=sign * angle, cadence=float(np.clip(1.9 * quick, 1.5, 2.4)), swing=0.06, elbow=0.3
        )
    else:
        raise ValueError(f"not a way of going: {a.kind}")
    return p


LOCOMOTION = ("walk", "run", "jog", "march", "turn", *MANNERS)


def locomote(t: Timeline, actions: list[Action], moving_in: bool, moving_out: bool) -> None:
    """Writes consecutive locomotion actions.

    moving_in: the motion starts in full stride (the start is cropped away); moving_out: it ends so.
    """
    rng = t.rng
    pieces = [p for a in actions for p in (pieces_of(a, rng) if a.kind in MANNERS else [piece_of(a, rng)])]
    for i, p in enumerate(pieces):  # a turn between strides is walked, not stamped
        if p.action.kind == "turn":
            near = [
                q
                for q in pieces[max(i - 1, 0) : i + 2]
                if q.action.kind in ("walk", "jog", "run") and q.speed > 0 and abs(q.course) < 0.1
            ]
            if near and rng.random() < 0.75 and p.action.direction != "around":
                q = near[0]
                p.speed, p.cadence, p.running = 0.55 * q.speed, q.cadence, q.running
                p.swing, p.elbow, p.lean = 0.7 * q.swing, q.elbow, q.lean
                p.frames = max(p.frames, int(26 * p.action.pace))
    lead = 26 if moving_in else 0
    tail = 22 if moving_out else 0
    total = lead + sum(p.frames for p in pieces) + tail
    spans, f = [], lead
    for p in pieces:
        spans.append((f, f + p.frames))
        f += p.frames
    rows = np.zeros((total, 9))
    turn_rate = np.zeros(total)
    for k, (p, (a, b)) in enumerate(zip(pieces, spans)):
        a2 = 0 if k == 0 else a
        b2 = total if k == len(pieces) - 1 else b
        rows[a2:b2] = (
            p.speed * np.cos(p.course),
            p.speed * np.sin(p.course),
            p.cadence,
            p.running,
            p.knees,
            p.swing,
            p.elbow,
            p.lean,
            p.wide,
        )
        if abs(p.turn) > 0:
            u = (np.arange(a, b) - a + 0.5) / (b - a)
            shape = np.sin(np.pi * u) ** (1.0 if p.frames < 70 else 0.35)
            turn_rate[a:b] += p.turn * shape / shape.sum()
        turn_rate[a:b] += bearing(p, np.arange(b - a, dtype=np.float64))
    rows = smooth(rows, 4.0)
    ramp = np.ones(total)
    fade = 9 if not any(p.running for p in pieces) else 12
    if lead == 0:
        ramp *= soft((np.arange(total) + 0.5) / fade)
    if tail == 0:
        ramp *= soft((total - np.arange(total) - 0.5) / fade)
    forward, sideways = rows[:, 0] * ramp, rows[:, 1] * ramp
    turn_rate = smooth(turn_rate, 1.5)

    x0, z0, yaw0 = t.root()
    start = t.t
    yaw = yaw0 + np.cumsum(turn_rate)
    x = x0 + np.cumsum(forward * np.sin(yaw) + sideways * np.cos(yaw)) / 20.0
    z = z0 + np.cumsum(forward * np.cos(yaw) - sideways * np.sin(yaw)) / 20.0
    t.ch[start : start + total, tl.X] = x
    t.ch[start : start + total, tl.Z] = z
    t.ch[start : start + total, tl.YAW] = yaw
    t.hold_root(x[-1], z[-1], yaw[-1], start + total)

    running = rows[:, 3] * np.minimum(np.abs(forward) / 1.2 + (np.abs(rows[:, 0]) < 0.3), 1.0)
    duty = 0.61 - 0.25 * running
    # Phase in strides; left stance is centred on whole numbers, right on halves.
    first = 0 if rng.random() < 0.5 else 1
    if sideways[total // 2] > 0.05:
        first = 0
    elif sideways[total // 2] < -0.05:
        first = 1
    cadence = rows[:, 2]
    phase = np.cumsum(cadence / 2.0) / 20.0
    phase += (0.5 * first + duty[0] / 2.0 - 0.03) - phase[0]
    phase = warp(pieces, spans, phase)
    feet_of_gait(
        t, start, total, phase, duty, forward, sideways, cadence, running, rows[:, 4], rows[:, 8], yaw, x, z, x0, z0
    )
    sway_of_gait(t, start, total, phase, forward, running, rows, ramp, turn_rate)
    for k, (p, (a, b)) in enumerate(zip(pieces, spans)):
        if p.action.kind in MANNERS:
            window = np.zeros(total)
            window[0 if k == 0 else a : total if k == len(pieces) - 1 else b] = 1.0
            manner(t, p, start, (a, b), smooth(window, 3.0) * ramp, phase)
        if k == 0 or pieces[k - 1].action is not p.action:
            p.action.start = start + a
        p.action.end = start + b
    if moving_in:
        pieces[0].action.start = start + lead
        t.crop_start = start + lead
    t.t = start + total
    if moving_out:
        t.crop_end = start + total - tail
    else:
        close_feet(t)


def feet_of_gait(
    t: Timeline, start: int, total: int, phase: Array, duty: Array, forward: Array, sideways: Array, cadence: Array,
    running: Array, knees: Array, wide: Array, yaw: Array, x: Array, z: Array, x0: float, z0: float,
) -> None:  # fmt: skip
    """Turns the step phase into stances of both feet."""
    frames = np.arange(total, dtype=np.float64)
    for side in (0, 1):
        sign = 1.0 if side == 0 else -1.0
        k = np.ceil(phase[0] - 0.5 * side - 0.5)
        while True:
            centre_phase = k + 0.5 * side
            c = int(np.clip(np.interp(centre_phase, phase, frames), 0, total - 1))
            half = duty[c] / 2.0
            land, lift = centre_phase - half, centre_phase + half
            k += 1
            if land <= phase[0] + 0.02:
                if lift > phase[0] and lift < phase[-1]:
                    f = float(np.interp(lift, phase, frames))
                    t.lift(side, start + f, **_style(running[c], knees[c], forward[c]))
                continue
            if land >= phase[-1] - 0.02:
                lifted = t.stances[side][-1].end
                if lifted is not None:
                    place = t.foot_place(side, x[-1], z[-1], yaw[-1], wide=float(wide[-1]))
                    t.plant(side, max(start + total + 0.0, lifted + 4.0), place)
                break
            lifted = t.stances[side][-1].end
            if lifted is None:  # the first step comes before its regular lift
                lifted = t.lift(side, start + 0.5, **_style(running[c], knees[c], forward[c]))
            f_land = float(np.interp(land, phase, frames))
            # Walking sideways: the leading foot reaches out, the other closes up.
            spread = (
                (0.5 if abs(forward[c]) < 0.2 else 0.28)
                * abs(sideways[c])
                / max(cadence[c], 0.5)
                * np.sign(sideways[c])
                * (1.0 if sign * sideways[c] > 0 else -1.0)
            )
            px = x[c] + spread * np.cos(yaw[c])
            pz = z[c] - spread * np.sin(yaw[c])
            ahead = -0.03 * running[c]
            narrow = float(wide[c]) * (1.0 - 0.42 * min(abs(forward[c]), 1.4) / 1.4 - 0.15 * running[c])
            place = t.foot_place(side, px, pz, yaw[c], ahead=ahead, wide=narrow)
            t.plant(side, max(start + f_land, lifted + 3.0), place)
            if lift >= phase[-1]:
                break
            f_lift = float(np.interp(lift, phase, frames))
            t.lift(side, start + f_lift, **_style(running[c], knees[c], forward[c]))


def _style(running: float, knees: float, forward: float) -> dict[str, float]:
    go = min(abs(forward) / 1.2, 1.3)
    back = forward < -0.05
    return {
        "clearance": 0.05 + 0.015 * go * (1.0 - running) + knees * 1.3 + 0.03 * running,
        "push": (0.3 + 0.75 * go * (1.0 - 0.3 * running) + 0.2 * running) * (0.5 if back else 1.0),
        "strike": 0.25 if back else -0.55 * min(go, 1.0) * (1.0 - 0.75 * running),
        "kick_back": 0.23 * running * min(abs(forward) / 2.6, 1.2),
    }


def sway_of_gait(
    t: Timeline,
    start: int,
    total: int,
    phase: Array,
    forward: Array,
    running: Array,
    rows: Array,
    ramp: Array,
    turn_rate: Array,
) -> None:
    """Pelvis bob and sway, trunk counter-rotation and arm swing, in step with the feet."""
    rng = t.rng
    w = 2.0 * np.pi * phase
    go = np.minimum(np.abs(forward) / 1.2, 1.4)
    live = ramp * np.maximum(np.minimum(go + rows[:, 4] * 4.0, 1.2), 0.15)
    sl = slice(start, start + total)
    bob = (0.016 * (1.0 - running) * go - 0.045 * running) * ramp
    t.ch[sl, tl.DY] += bob * np.cos(2.0 * w) - (0.012 * go + 0.045 * running) * ramp
    t.ch[sl, tl.SHIFT_LEFT] += rng.uniform(0.012, 0.026) * live * (1.0 - 0.5 * running) * np.cos(w)
    t.ch[sl, tl.PELVIS_ROLL] += rng.uniform(0.03, 0.07) * live * np.cos(w)
    t.ch[sl, tl.SPINE_ROLL] -= rng.uniform(0.03, 0.08) * live * np.cos(w)
    twist = rng.uniform(0.07, 0.15) * live
    t.ch[sl, tl.PELVIS_YAW] += twist * np.sin(w) * np.sign(forward + 1e-3)
    t.ch[sl, tl.SPINE_YAW] -= rng.uniform(1.4, 2.2) * twist * np.sin(w) * np.sign(forward + 1e-3)
    t.ch[sl, tl.SPINE_PITCH] += rows[:, 7] * ramp
    t.ch[sl, tl.PELVIS_PITCH] += 0.4 * rows[:, 7] * ramp
    rate = smooth(turn_rate * 20.0, 3.0)
    t.ch[sl, tl.HEAD_YAW] += np.clip(0.18 * np.roll(rate, -4), -0.5, 0.5)
    t.ch[sl, tl.SPINE_YAW] += np.clip(0.06 * rate, -0.2, 0.2)
    lopsided = rng.uniform(0.75, 1.25, size=2)
    spread = float(np.clip(rng.normal(0.24, 0.1), 0.05, 0.5))
    for side, sign in ((0, 1.0), (1, -1.0)):
        angles = np.zeros((total, 4))
        wave = sign * np.sin(w - 0.15)
        amplitude = rows[:, 5] * lopsided[side]
        # Swing to and fro at a steady distance from the body.
        to_and_fro = np.tan(np.clip(amplitude * (wave - 0.08 + 0.12 * running), -1.2, 1.2))
        aside = np.tan(spread)
        angles[:, tl.ARM_ELEVATION] = np.arctan(np.hypot(to_and_fro, aside))
        angles[:, tl.ARM_AZIMUTH] = np.arctan2(aside, to_and_fro)
        angles[:, tl.ARM_BEND] = rows[:, 6] + 0.45 * amplitude * (sign * np.sin(w - 0.45) + 0.3)
        angles[:, tl.ARM_TURN] = -0.25 - 0.25 * running
        t.swing.append(ArmLayer(start, side, angles, ramp * np.minimum(0.35 + go + rows[:, 4] * 3.0, 1.0)))


def close_feet(t: Timeline) -> None:
    """After stopping: a foot left behind steps beside the root. Extends the timeline."""
    x, z, yaw = t.root()
    if max(s[-1].start for s in t.stances) > t.t:
        t.t = int(np.ceil(max(s[-1].start for s in t.stances)))
    order = sorted((0, 1), key=lambda side: t.stances[side][-1].start)
    free = float(t.t - 4)
    for side in order:
        place = t.foot_place(side, x, z, yaw, ahead=float(t.rng.uniform(-0.03, 0.03)))
        last = t.stances[side][-1]
        miss = np.hypot(last.x - place[0], last.z - place[1])
        other = t.stances[1 - side][-1]
        if miss > 0.09 or abs(last.yaw - place[2]) > 0.45:
            lift = max(free, last.start + 2.0, other.start + 0.5)
            land = lift + 5.0 + 10.0 * min(miss, 0.5)
            t.step(side, lift, land, place, clearance=0.04, push=0.35, strike=-0.05)
            free = land + 1.0
    t.t = max(t.t, int(np.ceil(free)))
