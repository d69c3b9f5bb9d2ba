"""One record for everything about a kind of action: how it is played, how often, how it is said, what carries its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .script import Action
from .timeline import Timeline

ROOT = ("global", "pelvis")
LEGS = ("right_hip", "left_hip", "right_knee", "left_knee", "right_ankle", "left_ankle")
ARMS = ("right_shoulder", "left_shoulder", "right_elbow", "left_elbow")

Perform = Callable[[Timeline, Action, int], int]


@dataclass(frozen=True)
class Kind:
    """A kind of action.

    weight: how often it is drawn. sides: "s" one side, "b" both or none, several letters: either.
    said: phrases in the notation of `phrases`, per direction or (a plain sequence) for all of them.
    parts, limb: what carries the verb and the words of the limb, names of `resolve` joined by blanks.
    final: nothing can follow, as the person does not stand at the end. overlay: can be done while walking or standing.
    play is None for gaits, which `locomotion` plays.
    """

    weight: float
    said: Mapping[str, Sequence[str]] | Sequence[str]
    play: Perform | None = None
    parts: str = "arm"
    limb: str = "arm"
    sides: str = "b"
    directions: tuple[str | None, ...] = (None,)
    most: int = 1
    final: bool = False
    overlay: bool = False

    def phrases(self, direction: str | None) -> list[str]:
        """The phrases for a direction."""
        return list(self.said[direction or ""]) if isinstance(self.said, Mapping) else list(self.said)


def resolve(names: str, side: str | None) -> tuple[str, ...]:
    """Part names of "root", "spine", "head", "arm", "arms", "leg", "legs", "other_leg" (arm and leg: the named one, or both)."""
    other = {"left": "right", "right": "left"}.get(side or "")
    out: tuple[str, ...] = ()
    for name in names.split():
        out += {
            "root": ROOT,
            "spine": ("pelvis", "lumbar"),
            "head": ("neck",),
            "arm": (f"{side}_shoulder", f"{side}_elbow") if side else ARMS,
            "arms": ARMS,
            "leg": (f"{side}_hip", f"{side}_knee", f"{side}_ankle") if side else LEGS,
            "legs": LEGS,
            "other_leg": (f"{other}_hip", f"{other}_knee", f"{other}_ankle") if side else LEGS,
        }[name]
    return tuple(dict.fromkeys(out))
