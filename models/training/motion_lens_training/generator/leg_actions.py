"""Kicks, steps, jumps and what else the legs do. Each writes channels and stances and returns its length in frames."""

from __future__ import annotations

import numpy as np

from . import timeline as tl
from .arm_actions import layer
from .curves import Array, ease, keys, soft
from .script import Action
from .timeline import ArmLayer, Timeline, side_index


def _air(t: Timeline, side: int, start: int, times: list[float], rows: Array, weight: Array) -> None:
    n = len(weight)
    c = tl.AIR + 5 * side
    t.ch[start : start + n, c] = weight
    t.ch[start : start + n, c + 1 : c + 5] = keys(times, rows, n)


def _support(t: Timeline, side: int, start: int, on: Array, amount: float = 1.0) -> None:
    """Moves the pelvis over the standing foot while `side` is in the air; on: 0 .. 1 over time."""
    s = 1.0 if side == 0 else -1.0
    t.add(tl.SHIFT_LEFT, start, -s * (t.stance_width * 0.85) * amount * on)
    t.add(tl.SHIFT_FWD, start, 0.02 * on)
    t.add(tl.PELVIS_ROLL, start, s * 0.06 * on)
    t.add(tl.SPINE_ROLL, start, s * 0.07 * on)


def kick(t: Timeline, a: Action, start: int) -> int:
    """Kick to the front or the side, count times; the foot returns to its place."""
    rng = t.rng
    side = side_index(a.side or "right")
    s = 1.0 if side == 0 else -1.0
    shift, draw, hit, recover, down = 7 * a.pace, 5 * a.pace, max(3.6 * a.pace**0.8, 3.5), 5 * a.pace, 7 * a.pace
    high = rng.uniform(0.85, 1.6) * a.size
    if a.direction == "side":
        az = rng.uniform(1.35, 1.6)
        high = min(high, 1.35)
        cock = (rng.uniform(0.7, 1.0), rng.uniform(0.5, 0.9), rng.uniform(1.3, 1.7), 0.3)
        out = (high, az, rng.uniform(0.08, 0.3), rng.uniform(0.0, 0.3))
    else:
        az = rng.uniform(-0.1, 0.2)
        swing = rng.random() < 0.5
        cock = (
            (rng.uniform(-0.35, -0.1), 0.0, rng.uniform(0.7, 1.2), 0.6)
            if swing
            else (rng.uniform(0.9, 1.3), 0.1, rng.uniform(1.5, 1.9), 0.5)
        )
        out = (high, az, rng.uniform(0.08, 0.35), rng.uniform(0.4, 0.9))
    stand = (0.03, 0.3, 0.12, 0.2)
    times, rows, hit_marks = [0.0, shift], [stand, stand], []
    for _ in range(a.count):
        b = times[-1]
        times += [b + draw, b + draw + hit, b + draw + hit + 1.2, b + draw + hit + 1.2 + recover]
        rows += [cock, out, out, (0.25 * max(cock[0], 0.3), cock[1] * 0.5, 0.6, 0.3)]
        hit_marks.append(b + draw + hit)
    times += [times[-1] + down]
    rows += [stand]
    n = int(times[-1] + 5) + 1
    times += [float(n - 1)]
    rows += [stand]
    f = np.arange(n, dtype=np.float64)
    w = ease((f - shift + 2) / (draw + 1)) * (1 - ease((f - (n - 6 - down)) / down))
    _air(t, side, start, times, np.array(rows), w)
    on = ease(f / shift) * (1 - ease((f - (n - 7)) / 6))
    _support(t, side, start, on)
    effort = np.zeros(n)
    for m in hit_marks:
        effort += ease((f - m + hit + 1) / (hit + 1)) * (1 - ease((f - m - 1) / recover))
    if a.direction == "side":
        t.add(tl.SPINE_ROLL, start, s * rng.uniform(0.15, 0.35) * effort)
        t.add(tl.PELVIS_ROLL, start, s * rng.uniform(0.2, 0.4) * effort)
    else:
        t.add(tl.PELVIS_PITCH, start, -rng.uniform(0.1, 0.3) * effort)
        t.add(tl.SPINE_PITCH, start, rng.uniform(-0.1, 0.2) * effort)
        t.add(tl.PELVIS_YAW, start, -s * rng.uniform(0.05, 0.25) * effort)
    t.add(tl.DY, start, -0.025 * on)
    return n


def lift_leg(t: Timeline, a: Action, start: int) -> int:
    """Knee raised to the front, or straight leg lifted to the side; held, count times."""
    rng = t.rng
    side = side_index(a.side or "right")
    shift, up, down = 7 * a.pace, 8 * a.pace, 8 * a.pace
    hold = rng.uniform(2, 8) if a.kind != "balance" else (a.frames or rng.uniform(25, 45))
    if a.direction == "side":
        top = (rng.uniform(0.6, 0.95), rng.uniform(1.4, 1.6), rng.uniform(0.05, 0.2), 0.2)
    else:
        top = (rng.uniform(1.2, 1.7), rng.uniform(-0.05, 0.3), rng.uniform(1.3, 1.8), rng.uniform(0.2, 0.6))
    stand = (0.03, 0.3, 0.12, 0.2)
    times, rows = [0.0, shift], [stand, stand]
    for k in range(a.count):
        times += [times[-1] + up, times[-1] + up + hold]
        rows += [top, top]
        if k + 1 < a.count:
            times.append(times[-1] + down)
            rows.append((0.2, top[1], 0.45, 0.2))
    times.append(times[-1] + down)
    rows.append(stand)
    n = int(times[-1] + 5) + 1
    times.append(float(n - 1))
    rows.append(stand)
    f = np.arange(n, dtype=np.float64)
    w = ease((f - shift + 2) / (0.7 * up)) * (1 - ease((f - (n - 5 - 0.8 * down)) / (0.8 * down)))
    _air(t, side, start, times, np.array(rows), w)
    on = ease(f / shift) * (1 - ease((f - (n - 7)) / 6))
    _support(t, side, start, on, 1.05)
    wobble = 0.012 if a.kind == "balance" else 0.003
    t.add(tl.SHIFT_LEFT, start, wobble * on * np.sin(2 * np.pi * f / rng.uniform(13, 24)))
    t.add(tl.SPINE_ROLL, start, 3.0 * wobble * on * np.sin(2 * np.pi * f / rng.uniform(13, 24) + 1.0))
    t.add(tl.DY, start, -0.012 * on)
    if a.kind == "balance" and rng.random() < 0.7:
        for arm in (0, 1):
            p = (rng.uniform(1.1, 1.6), 1.4, rng.uniform(0.1, 0.4), 0.1)
            layer(t, start, arm, [0, n - 1.0], np.array([p, p]), 11, 10)
    return n


def step(t: Timeline, a: Action, start: int) -> int:
    """One step with the named foot; the other follows or the feet stay apart and return."""
    rng = t.rng
    n0 = start
    length = rng.uniform(0.28, 0.5) * a.size
    for k in range(a.count):
        side = side_index(a.side or "right") if a.side else k % 2
        s = 1.0 if side == 0 else -1.0
        x, z, yaw = t.root()
        dx, dz = {"forward": (0.0, length), "backward": (0.0, -0.8 * length)}.get(
            a.direction or "forward", (s * length, 0.0)
        )
        nx, nz = x + dx * np.cos(yaw) + dz * np.sin(yaw), z - dx * np.sin(yaw) + dz * np.cos(yaw)
        one, gap, two = 9 * a.pace, 2.0 * a.pace, 9 * a.pace
        shift = 4.0
        lift, land = n0 + shift, n0 + shift + one
        t.step(
            side, lift, land, t.foot_place(side, nx, nz, yaw), clearance=0.06, push=0.4, strike=-0.2 if dz > 0 else 0.1
        )
        lift2 = land + gap
        t.step(
            1 - side, lift2, lift2 + two, t.foot_place(1 - side, nx, nz, yaw), clearance=0.05, push=0.5, strike=-0.05
        )
        n = int(lift2 + two + 3 - n0)
        u = keys([0, shift + 0.3 * one, shift + one + gap + 0.6 * two, n - 1], [0, 0.12, 0.95, 1], n)
        t.ch[n0 : n0 + n, tl.X] = x + (nx - x) * u
        t.ch[n0 : n0 + n, tl.Z] = z + (nz - z) * u
        t.hold_root(nx, nz, yaw, n0 + n)
        f = np.arange(n, dtype=np.float64)
        lean = -s * np.exp(-0.5 * ((f - shift - 0.4 * one) / 4) ** 2) + s * np.exp(
            -0.5 * ((f - shift - one - gap - 0.5 * two) / 4) ** 2
        )
        t.add(tl.SHIFT_LEFT, n0, 0.04 * lean)
        t.add(tl.PELVIS_ROLL, n0, -0.04 * lean)
        t.add(tl.DY, n0, -0.03 * keys([0, shift + one, n - 1], [0, 1, 0], n))
        n0 += n
        t.t = n0
    return n0 - start


def jump(t: Timeline, a: Action, start: int) -> int:
    """Jumps on both feet: up, forward, backward or to a side; count times."""
    rng = t.rng
    n0 = start
    for k in range(a.count):
        height = rng.uniform(0.16, 0.34) * a.size
        flight = 20 * 2 * np.sqrt(2 * height / 9.81)
        crouch, push, land, rise = 7 * a.pace, 4.0, 3.5, 8 * a.pace
        if k > 0:
            crouch *= 0.7
        x, z, yaw = t.root()
        length = {"forward": rng.uniform(0.45, 1.0), "backward": -rng.uniform(0.25, 0.5)}.get(
            a.direction or "up", 0.0
        ) * a.size
        across = {"left": 1.0, "right": -1.0}.get(a.direction or "", 0.0) * rng.uniform(0.35, 0.6)
        nx = x + length * np.sin(yaw) + across * np.cos(yaw)
        nz = z + length * np.cos(yaw) - across * np.sin(yaw)
        off, on = crouch + push, crouch + push + flight
        n = int(on + land + rise) + 2
        f = np.arange(n, dtype=np.float64)
        u = np.clip((f - off) / flight, 0, 1)
        t.add(tl.FLY, n0, 4 * height * u * (1 - u))
        deep = rng.uniform(0.16, 0.28)
        soft_land = rng.uniform(0.1, 0.22)
        t.add(tl.DY, n0, keys([0, crouch, off, on - 1, on + land, n - 1], [0, -deep, 0.03, 0.0, -soft_land, 0], n))
        t.add(tl.SPINE_PITCH, n0, keys([0, crouch, off, on - 1, on + land, n - 1], [0, 0.4, -0.05, 0.08, 0.3, 0], n))
        t.add(tl.PELVIS_PITCH, n0, keys([0, crouch, off, on - 1, on + land, n - 1], [0, 0.3, 0.0, 0.0, 0.25, 0], n))
        t.add(tl.SHIFT_FWD, n0, keys([0, crouch, off, on - 1, on + land, n - 1], [0, -0.06, 0.03, 0.0, -0.05, 0], n))
        tuck = rng.uniform(0.02, 0.16)
        for side in (0, 1):
            t.add(tl.TUCK + side, n0, tuck * rng.uniform(0.85, 1.15) * np.sin(np.pi * u) ** 2)
            t.add(
                tl.HEEL + side,
                n0,
                0.7 * ease((f - off + 3.5) / 3.5) * (1 - ease((f - off - 0.6 * flight) / (0.4 * flight))),
            )
            t.lift(side, n0 + off, clearance=0.0, push=0.0, strike=0.0)
            t.plant(side, n0 + on, t.foot_place(side, nx, nz, yaw, wide=rng.uniform(0.95, 1.15)))
        m = np.clip((f - off + 2) / (flight + 2), 0, 1)
        m = 0.5 * m + 0.5 * soft(m)
        t.ch[n0 : n0 + n, tl.X] = x + (nx - x) * m
        t.ch[n0 : n0 + n, tl.Z] = z + (nz - z) * m
        t.hold_root(nx, nz, yaw, n0 + n)
        up = rng.uniform(0.6, 2.4)
        for side in (0, 1):
            back = (rng.uniform(-0.8, -0.3), 0.2, 0.3, 0.0)
            top = (up * rng.uniform(0.9, 1.1), rng.uniform(0.1, 0.6), rng.uniform(0.4, 0.9), 0.0)
            rest = (0.35, 0.3, 0.5, -0.1)
            layer(
                t,
                n0,
                side,
                [0, crouch, off + 1, on, on + land + 3, n - 1.0],
                np.array([rest, back, top, rest, rest, rest]),
                5,
                7,
            )
        n0 += n
        t.t = n0
    return n0 - start


def hop(t: Timeline, a: Action, start: int) -> int:
    """Hops on one leg; the named foot carries, the other is held up. At least two hops."""
    rng = t.rng
    side = side_index(a.side or "right")
    free = 1 - side
    shift = 8.0
    hops = max(2, a.count)
    per, n = [], shift
    base = rng.uniform(0.06, 0.13) * a.size
    for _ in range(hops):
        h = base * rng.uniform(0.85, 1.15)
        flight = 20 * 2 * np.sqrt(2 * h / 9.81)
        per.append((n, h, flight))
        n += 4 + flight + 3 * a.pace
    n = int(n + 14) + 1
    f = np.arange(n, dtype=np.float64)
    hold = (rng.uniform(0.1, 0.9), 0.1, rng.uniform(1.4, 1.9), 0.5)
    stand = (0.03, 0.2, 0.15, 0.2)
    w = ease((f - 4) / 5) * (1 - ease((f - n + 12) / 8))
    _air(t, free, start, [0, 4, 10, n - 12, n - 4, n - 1.0], np.array([stand, stand, hold, hold, stand, stand]), w)
    on = ease(f / 8) * (1 - ease((f - n + 8) / 7))
    _support(t, free, start, on)
    x, z, yaw = t.root()
    length = rng.uniform(0.15, 0.3) if a.direction == "forward" else 0.0
    px, pz = x, z
    t.ch[start : start + n, tl.X] = x
    t.ch[start : start + n, tl.Z] = z
    for i, (b, h, flight) in enumerate(per):
        off, land = b + 4, b + 4 + flight
        u = np.clip((f - off) / flight, 0, 1)
        t.add(tl.FLY, start, 4 * h * u * (1 - u))
        t.add(
            tl.DY,
            start,
            -0.07 * np.exp(-0.5 * ((f - b - 1) / 2) ** 2) - 0.06 * np.exp(-0.5 * ((f - land - 1.5) / 1.8) ** 2),
        )
        t.add(tl.SPINE_PITCH, start, 0.15 * np.exp(-0.5 * ((f - b - 1) / 2.5) ** 2))
        t.add(
            tl.HEEL + side, start, 0.6 * ease((f - off + 3) / 3) * (1 - ease((f - off - 0.5 * flight) / (0.5 * flight)))
        )
        qx, qz = px + length * np.sin(yaw), pz + length * np.cos(yaw)
        t.lift(side, start + off, clearance=0.0, push=0.0, strike=0.0)
        t.plant(side, start + land, t.foot_place(side, qx, qz, yaw))
        t.ch[start : start + n, tl.X] += (qx - px) * ease((f - off + 2) / (flight + 3))
        t.ch[start : start + n, tl.Z] += (qz - pz) * ease((f - off + 2) / (flight + 3))
        px, pz = qx, qz
    t.hold_root(px, pz, yaw, start + n)
    if length > 0:  # the free foot comes down beside the other
        t.step(
            free, start + n * 0.4, start + n * 0.5, t.foot_place(free, px, pz, yaw), clearance=0.0, push=0.0, strike=0.0
        )
    return n


def lunge(t: Timeline, a: Action, start: int) -> int:
    """A long step forward with the named foot, the body lowered over it, and back; count times."""
    rng = t.rng
    side = side_index(a.side or "right")
    x, z, yaw = t.root()
    far, deep = rng.uniform(0.6, 0.8) * a.size, rng.uniform(0.22, 0.34)
    go, hold, back = 13 * a.pace, rng.uniform(3, 8), 13 * a.pace
    total = 0
    for _ in range(a.count):
        at = start + total
        n = int(go + hold + back) + 5
        other = t.stances[1 - side][-1]
        lead = (other.x - x) * np.sin(yaw) + (other.z - z) * np.cos(yaw) - 0.07
        out = t.foot_place(side, x, z, yaw, ahead=far + max(float(lead), 0.0))
        t.step(side, at + 2, at + 0.75 * go, out, clearance=0.07, push=0.35, strike=-0.25)
        t.step(
            side,
            at + go + hold + 0.2 * back,
            at + n - 3.0,
            t.foot_place(side, x, z, yaw),
            clearance=0.06,
            push=0.1,
            strike=0.05,
        )
        on = keys([0, 1, go, go + hold, go + hold + back, n - 1], [0, 0, 1, 1, 0, 0], n)
        t.add(tl.DY, at, -deep * on)
        t.add(tl.SHIFT_FWD, at, 0.42 * far * on)
        t.add(tl.HEEL + 1 - side, at, rng.uniform(0.6, 0.9) * on)
        t.add(tl.SPINE_PITCH, at, rng.uniform(0.0, 0.2) * on)
        total += n
    return total


def jumping_jacks(t: Timeline, a: Action, start: int) -> int:
    """Jumps with the legs apart and the arms overhead, and back together; count times (three or more when 1)."""
    rng = t.rng
    times = a.count if a.count > 1 else int(rng.integers(3, 6))
    half = rng.uniform(7.5, 10.0) * a.pace**0.6
    lead = 4.0
    n = int(lead + 2 * times * half) + 8
    f = np.arange(n, dtype=np.float64)
    x, z, yaw = t.root()
    wide = rng.uniform(2.4, 3.4)
    height = rng.uniform(0.04, 0.08) * a.size
    opened = np.zeros(n)
    for k in range(2 * times):
        b = lead + k * half
        off, on = b, b + 0.62 * half
        u = np.clip((f - off) / (on - off), 0, 1)
        t.add(tl.FLY, start, 4 * height * u * (1 - u))
        t.add(tl.DY, start, -0.045 * np.exp(-0.5 * ((f - on - 0.2 * half) / 1.4) ** 2))
        for side in (0, 1):
            place = t.foot_place(side, x, z, yaw, wide=wide if k % 2 == 0 else 1.0)
            t.step(side, start + off, start + on, place, clearance=0.0, push=0.2, strike=0.0)
            t.add(tl.HEEL + side, start, 0.45 * np.exp(-0.5 * ((f - off) / 1.5) ** 2))
        opened += (1 if k % 2 == 0 else -1) * ease((f - off) / (0.8 * half))
    top = rng.uniform(2.5, 2.95)
    for arm in (0, 1):
        angles = np.stack(
            [0.15 + (top - 0.15) * opened, np.full(n, 1.45), np.full(n, 0.2) + 0.2 * opened, np.full(n, 0.2)], axis=1
        )
        t.arms.append(ArmLayer(start, arm, angles, ease(f / 5) * (1 - ease((f - n + 7) / 6))))
    return n
