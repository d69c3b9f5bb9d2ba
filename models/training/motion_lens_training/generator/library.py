"""The kinds of actions and how scripts are drawn from them."""

from __future__ import annotations

import numpy as np

from .repertoire import REPERTOIRE
from .script import Action, Script, Segment
from .writer import Gesture

#: kind -> (weight, sides, directions, greatest count). Sides: "s" one side, "b" both or none, "sb" either.
KINDS: dict[str, tuple[float, str, tuple[str | None, ...], int]] = {
    "walk": (
        18.0,
        "b",
        (
            "forward",
            "forward",
            "forward",
            "backward",
            "left",
            "right",
            "circle_left",
            "circle_right",
            "diagonal_left",
            "diagonal_right",
            "place",
        ),
        1,
    ),
    "run": (4.0, "b", ("forward", "forward", "circle_left", "circle_right", "place"), 1),
    "jog": (3.0, "b", ("forward", "forward", "circle_left", "circle_right", "place"), 1),
    "march": (1.2, "b", ("forward", "place"), 1),
    "turn": (6.0, "s", (None, None, "around"), 1),
    "jump": (4.0, "b", ("up", "up", "forward", "forward", "backward", "left", "right"), 3),
    "hop": (1.5, "s", ("forward", "place"), 3),
    "squat": (3.0, "b", (None,), 3),
    "sit": (2.5, "b", (None,), 1),
    "reach": (4.0, "sb", ("up", "forward"), 1),
    "wave": (5.0, "ssb", (None,), 1),
    "raise": (5.0, "ssb", ("up", "front", "side"), 2),
    "kick": (8.0, "s", ("front", "front", "side"), 3),
    "lift_leg": (3.0, "s", ("front", "side"), 3),
    "balance": (1.5, "s", (None,), 1),
    "punch": (5.0, "ssb", (None,), 3),
    "step": (4.0, "s", ("forward", "backward", "side"), 1),
    "bow": (3.0, "b", (None,), 2),
    "kneel": (1.5, "s", (None,), 1),
    "clap": (2.5, "b", (None,), 3),
    "throw": (3.0, "s", (None,), 1),
    "pick_up": (3.0, "sb", (None,), 1),
    "lean": (3.0, "b", ("left", "right", "forward", "backward"), 2),
    "arm_circles": (1.5, "sb", ("large", "small"), 3),
    "stretch": (1.5, "b", (None,), 1),
    "look": (2.0, "b", ("left", "right", "around"), 1),
    "head": (1.5, "b", ("nod", "shake"), 3),
    "stumble": (1.2, "b", (None,), 1),
    "lunge": (1.5, "s", (None,), 2),
    "jacks": (1.5, "b", (None,), 4),
    "point": (2.0, "s", ("forward", "forward", "side", "up"), 1),
    "to_head": (2.5, "s", ("drink", "salute", "scratch"), 1),
    "stand": (1.2, "b", (None,), 1),
}

KINDS.update({name: (k.weight, k.sides, k.directions, k.most) for name, k in REPERTOIRE.items()})

#: Upper-body actions that can be done while going, standing or sitting.
OVERLAYS: tuple[str, ...] = ("wave", "raise", "clap", "hold", "arm_circles", "look", "punch", "point", "to_head")
_MORE_OVERLAYS = tuple(name for name, k in REPERTOIRE.items() if k.overlay)
#: Kinds whose words say how fast they are, or that have one natural speed.
_ONE_SPEED = ("stand", "stumble", "balance", "hurry", "run_stop", "stroll", "shiver", "fall", "fall_and_rise", "guard", "drunk", "high_knees")

_NAMES = tuple(KINDS)
_WEIGHTS = np.array([KINDS[k][0] for k in _NAMES])
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


#: Frames that a motion may fill in the mean, so that nearly every script fits into the longest motion.
_ROOM = 175
_LONG = {"figure_eight": 160, "pace": 140, "shadow_box": 135, "kata": 110, "dance": 110, "there_and_back": 110, "zigzag": 105, "push_up": 96,
         "to_floor_and_rise": 95, "sit_up": 95, "jump_rope": 90, "one_leg": 90, "crawl": 90, "handstand": 90, "climb": 88, "stairs": 86,
         "curve": 85, "kneel_both": 82, "fall_and_rise": 80, "swing_arms": 80, "lift_box": 80, "hopscotch": 76}  # fmt: skip


def typical_frames(a: Action) -> float:
    """About how long an action takes."""
    if a.frames is not None:
        return float(a.frames)
    usual = _LONG.get(a.kind) or (70 if a.kind in REPERTOIRE else 52)
    return usual * a.pace * (0.6 + 0.4 * a.count)


def random_action(rng: np.random.Generator, kind: str | None = None, style: str | None = None) -> Action:
    """An action with side, direction, count, speed and size drawn at random."""
    if kind is None:
        kind = _NAMES[int(rng.choice(len(_NAMES), p=_WEIGHTS))]
    if kind == "hold":
        return Action("hold", None, str(rng.choice(("hips", "out", "folded"))), style=style)
    _, sides, directions, most = KINDS[kind]
    side = None
    if sides[int(rng.integers(len(sides)))] == "s":
        side = "left" if rng.random() < 0.5 else "right"
    direction = directions[int(rng.integers(len(directions)))]
    if kind == "turn" and direction == "around" and side is None:
        side = "left"
    if kind == "step" and direction == "side" and side is None:
        side = "left"
    count = 1
    if most > 1 and rng.random() < 0.45:
        count = int(rng.integers(2, most + 1))
    speed = ("normal", "normal", "normal", "slow", "quick")[int(rng.integers(5))]
    if kind in _ONE_SPEED:
        speed = "normal"
    return Action(kind, side, direction, count, speed, style, float(rng.uniform(0.85, 1.15)))


def random_script(rng: np.random.Generator) -> Script:
    """One to three segments; some with an upper-body action at the same time."""
    style = (None, None, None, None, "energetic", "tired")[int(rng.integers(6))]
    many = int(rng.choice((1, 2, 3), p=(0.42, 0.43, 0.15)))
    segments: list[Segment] = []
    seated = False
    tries = 0
    while len(segments) < many:
        if seated:
            if len(segments) + 1 == many or rng.random() < 0.5:
                if rng.random() < 0.6:
                    segments.append(Segment(Action("stand_up", style=style)))
                    seated = False
                else:
                    kind = str(rng.choice(("wave", "clap", "raise", "head", "look", "reach")))
                    a = random_action(rng, kind, style)
                    if a.kind == "reach":
                        a.direction = "forward"
                    segments.append(Segment(a))
                continue
            segments.append(Segment(random_action(rng, str(rng.choice(("wave", "clap", "raise", "head"))), style)))
            continue
        a = random_action(rng, None, style)
        if segments and (segments[-1].main.kind == a.kind != "turn" or a.kind == "get_up"):
            continue
        if many == 3 and a.count > (2 if a.kind not in REPERTOIRE else 1):
            a.count = 2 if a.kind not in REPERTOIRE else 1
        if many > 1 and a.kind in REPERTOIRE and isinstance(REPERTOIRE[a.kind].play, Gesture):
            a.frames = int(rng.uniform(36, 66))
        if segments and sum(typical_frames(s.main) for s in segments) + typical_frames(a) > _ROOM:
            tries += 1
            if tries > 12:
                break
            continue
        s = Segment(a)
        overlay_ok = (a.kind in ("walk", "jog", "stand", "stroll") and rng.random() < 0.3) or (
            a.kind in ("squat", "march", "balance") and rng.random() < 0.12
        )
        if overlay_ok:
            kind = str(
                rng.choice(OVERLAYS if a.kind != "stand" else ("wave", "raise", "hold", "look", "point", "to_head"))
            )
            if a.kind in ("walk", "stroll", "stand") and rng.random() < 0.45:
                kind = str(rng.choice(_MORE_OVERLAYS))
            o = random_action(rng, kind, style)
            o.count = 1
            if a.kind in ("walk", "jog", "march", "stand", "stroll") and kind != "hold":
                a.frames = int(rng.uniform(66, 92))
            if a.kind in ("balance", "squat") and kind not in ("look", "hold", "clap"):
                o = random_action(rng, "look", style)
            s.overlay = o
        segments.append(s)
        if a.kind == "sit":
            seated = True
        if a.kind in REPERTOIRE and REPERTOIRE[a.kind].final:
            break
    least = int(rng.uniform(45, 95)) if len(segments) == 1 and rng.random() < 0.35 else 0
    return Script(segments, style, least)
