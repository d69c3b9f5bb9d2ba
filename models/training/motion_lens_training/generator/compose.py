"""`generate`: a whole motion with captions that are true, from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import arm_actions, body_actions, idle, leg_actions
from .captions import GeneratedCaption, write_captions
from .curves import Array, smooth
from .library import random_script
from .locomotion import LOCOMOTION, locomote
from .repertoire import REPERTOIRE
from .script import Action, Script, Segment, mirrored
from .skeleton import MIRROR_JOINT, sample_body
from .solve import solve
from .timeline import Timeline
from .writer import Gesture

MIN_FRAMES, MAX_FRAMES = 30, 200

PERFORM = {
    "raise": arm_actions.raise_arm, "wave": arm_actions.wave, "reach": arm_actions.reach, "punch": arm_actions.punch,
    "clap": arm_actions.clap, "throw": arm_actions.throw, "arm_circles": arm_actions.arm_circles,
    "hold": arm_actions.hold_pose, "stretch": arm_actions.stretch, "kick": leg_actions.kick,
    "lift_leg": leg_actions.lift_leg, "balance": leg_actions.lift_leg, "step": leg_actions.step,
    "jump": leg_actions.jump, "hop": leg_actions.hop, "squat": body_actions.squat, "sit": body_actions.sit,
    "stand_up": body_actions.stand_up, "kneel": body_actions.kneel, "bow": body_actions.bow, "lean": body_actions.lean,
    "look": body_actions.look, "head": body_actions.head_signal, "pick_up": body_actions.pick_up,
    "stumble": body_actions.stumble, "lunge": leg_actions.lunge, "jacks": leg_actions.jumping_jacks,
    "point": arm_actions.point, "to_head": arm_actions.to_head, "stand": body_actions.stand_still,
    **{name: k.play for name, k in REPERTOIRE.items() if k.play is not None},
}  # fmt: skip

_OTHER_WAY = {f"{k}_{s}": f"{k}_{o}" for k in ("circle", "diagonal") for s, o in (("left", "right"), ("right", "left"))}
_ARM_KINDS = ("raise", "wave", "punch", "clap", "throw", "arm_circles", "stretch", "point", "to_head")


@dataclass
class GeneratedMotion:
    """A motion and what is true about it.

    joints: float32 (T, 22, 3), metres, y up, 20 fps, frame 0 with the pelvis at x = z = 0 facing +z,
    floor at y = 0. planted: bool (T, 2), whether the left and right foot stands still on the floor.
    actions: (label, side or None, count, start, end), frames half-open.
    """

    joints: NDArray[np.float32]
    planted: NDArray[np.bool_]
    captions: list[GeneratedCaption]
    labels: list[str]
    actions: list[tuple[str, str | None, int, int, int]]
    script: Script
    seed: int


def generate(
    seed: int, script: Script | None = None, captions: int | None = None, mirror: bool | None = None
) -> GeneratedMotion:
    """The motion of a seed; with a script, that script's motion in the seed's manner.

    Left and right are exchanged in half of the motions at the very end (in the script at the very
    beginning), so that both sides have exactly mirrored distributions. `mirror` fixes that choice:
    a script with mirror=False and the mirrored script with mirror=True give exactly mirrored motions.
    `captions` fixes the number of captions (three to five otherwise). Raises ValueError if the script
    does not fit into 30 to 200 frames.
    """
    for attempt in range(20):
        rng = np.random.default_rng((seed, attempt))
        wanted = script if script is not None else random_script(rng)
        coin = bool(rng.random() < 0.5)
        flip = coin if mirror is None else mirror
        played = mirror_script(wanted) if flip else _copy_script(wanted)
        joints, planted = _perform(played, rng)
        if MIN_FRAMES <= len(joints) <= MAX_FRAMES:
            break
    else:
        raise ValueError(f"seed {seed}: the script does not fit into {MIN_FRAMES} to {MAX_FRAMES} frames")
    shown = played
    if flip:
        joints = joints[:, MIRROR_JOINT] * np.array((-1.0, 1.0, 1.0))
        planted = planted[:, ::-1]
        shown = mirror_script(played)
    acts = shown.actions()
    return GeneratedMotion(
        joints=np.ascontiguousarray(joints, dtype=np.float32),
        planted=np.ascontiguousarray(planted),
        captions=write_captions(shown, rng, captions),
        labels=[a.label for a in acts],
        actions=[(a.label, a.side, a.count, a.start, a.end) for a in acts],
        script=shown,
        seed=seed,
    )


def _copy_action(a: Action, flip: bool) -> Action:
    b = Action(**vars(a))
    if flip:
        b.side = mirrored(a.side)
        d = a.direction
        if d is not None:
            b.direction = _OTHER_WAY.get(d, mirrored(d))
    return b


def _copy_script(s: Script, flip: bool = False) -> Script:
    return Script(
        [Segment(_copy_action(g.main, flip), _copy_action(g.overlay, flip) if g.overlay else None) for g in s.segments],
        s.style,
        s.least,
    )


def mirror_script(s: Script) -> Script:
    """The script with left and right exchanged."""
    return _copy_script(s, True)


def _moves(a: Action) -> bool:
    if a.kind in REPERTOIRE:
        return a.kind in LOCOMOTION and a.kind not in ("spin", "high_knees", "stairs", "step_over", "run_stop")
    return a.kind in ("walk", "run", "jog", "march") and a.direction != "place"


def _perform(script: Script, rng: np.random.Generator) -> tuple[Array, NDArray[np.bool_]]:
    """Plays the script; sets start and end of its actions; joints (T, 22, 3) and planted (T, 2)."""
    body = sample_body(rng)
    t = Timeline(rng, stance_width=float(body.hip[0] + rng.uniform(0.0, 0.055)))
    t.toe_out = (rng.uniform(0.03, 0.28), rng.uniform(0.03, 0.28))
    # Some stand with one foot forward, as fighters and waiting people do.
    stagger = float(rng.uniform(-0.17, 0.17)) if rng.random() < 0.3 else float(rng.uniform(-0.04, 0.04))
    wide = float(rng.uniform(0.9, 1.35))
    for side, sign in ((0, 1.0), (1, -1.0)):
        t.plant(side, -1.0, t.foot_place(side, 0.0, 0.0, 0.0, ahead=sign * stagger, wide=wide))
    segments = script.segments
    i = 0
    if not _moves(segments[0].main) and rng.random() < 0.7:
        t.t += int(rng.uniform(2, 10) + rng.uniform(0.0, 0.3) * max(script.least - 25, 0))
    if segments[0].main.kind == "get_up":
        t.t = 0
    while i < len(segments):
        k = i
        while k < len(segments) and segments[k].main.kind in LOCOMOTION:
            k += 1
        if k > i:
            group = [s.main for s in segments[i:k]]
            moving_in = i == 0 and _moves(group[0]) and rng.random() < 0.6
            moving_out = k == len(segments) and _moves(group[-1]) and rng.random() < 0.55
            locomote(t, group, moving_in, moving_out)
            for s in segments[i:k]:
                _overlay(t, s)
            i = k
        else:
            s = segments[i]
            start = t.t
            n = PERFORM[s.main.kind](t, s.main, start)
            t.t = start + n
            s.main.start, s.main.end = start, start + n
            if (s.main.kind in _ARM_KINDS or isinstance(PERFORM[s.main.kind], Gesture)) and t.posture == "stand":
                idle.shuffle(t, start, start + n)
            _overlay(t, s)
            i += 1
        if i < len(segments):
            t.t += int(rng.uniform(0, 5))
    end = t.crop_end if t.crop_end is not None else t.t + int(rng.uniform(1, 9))
    start = t.crop_start
    if t.crop_end is None:
        end = max(end, start + max(script.least, MIN_FRAMES + int(rng.integers(8))))
    n = end
    t.ch[:n, 3:] = smooth(t.ch[:n, 3:], 0.8)
    idle.posture(t, n, script.style)
    angles = idle.arms(t, n, script.style)
    joints, planted = solve(t, body, angles, n)
    joints, planted = joints[start:], planted[start:]
    for a in script.actions():
        a.start = int(np.clip(a.start - start, 0, len(joints) - 1))
        a.end = int(np.clip(a.end - start, a.start + 1, len(joints)))
    return _canonical(joints), planted


def _overlay(t: Timeline, s: Segment) -> None:
    """Performs the second action of a segment within the span of the first."""
    o = s.overlay
    if o is None:
        return
    a, b = s.main.start, s.main.end
    if o.kind == "hold":
        o.frames = b - a
        PERFORM["hold"](t, o, a)
        o.start, o.end = a, b
        return
    before = t.t
    at = a + int(t.rng.uniform(0.05, 0.3) * (b - a))
    n = PERFORM[o.kind](t, o, at)
    t.t = max(before, at + n)
    o.start, o.end = at, at + n


def _canonical(j: Array) -> Array:
    """Pelvis of frame 0 to x = z = 0, facing +z, lowest foot of the motion on the floor."""
    j = j - j[0, 0] * (1.0, 0.0, 1.0)
    a = (j[0, 1] - j[0, 2]) + (j[0, 16] - j[0, 17])
    th = np.arctan2(-a[2], a[0])
    c, s = np.cos(th), np.sin(th)
    j = j @ np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]]).T
    j[:, :, 1] -= j[:, (7, 8, 10, 11), 1].min()
    return j
