"""What a motion should show: actions in sequence, each perhaps with a second one done at the same time."""

from __future__ import annotations

from dataclasses import dataclass, field

SPEEDS = ("slow", "normal", "quick")
STYLES = (None, "energetic", "tired")


@dataclass
class Action:
    """One action of a script.

    kind: a name of `library.KINDS`; side: "left", "right" or None (both, or sideless); direction:
    depends on the kind ("forward", "backward", "left", "right", "up", "side", "circle", "around", ...);
    count: repetitions; size: 1 is ordinary. start, end: half-open frame range, set when performed.
    """

    kind: str
    side: str | None = None
    direction: str | None = None
    count: int = 1
    speed: str = "normal"
    style: str | None = None
    size: float = 1.0
    frames: int | None = None
    start: int = 0
    end: int = 0

    @property
    def label(self) -> str:
        """For example "kick_left" or "walk_backward"."""
        words = [self.kind]
        if self.direction is not None:
            words.append(self.direction)
        if self.side is not None:
            words.append(self.side)
        return "_".join(words)

    @property
    def pace(self) -> float:
        """Factor on durations."""
        slow = {"slow": 1.55, "normal": 1.0, "quick": 0.68}[self.speed]
        return slow * {None: 1.0, "energetic": 0.9, "tired": 1.2}[self.style]


@dataclass
class Segment:
    """An action and what is done at the same time, if anything."""

    main: Action
    overlay: Action | None = None


@dataclass
class Script:
    """A whole motion: one to three segments."""

    segments: list[Segment] = field(default_factory=list)
    style: str | None = None
    least: int = 0  # frames that the motion lasts at least, filled up by standing before and after

    def actions(self) -> list[Action]:
        """All actions in time order, an overlay after its main action."""
        out: list[Action] = []
        for s in self.segments:
            out.append(s.main)
            if s.overlay is not None:
                out.append(s.overlay)
        return out


def mirrored(word: str | None) -> str | None:
    """Left for right; anything else as it is."""
    return {"left": "right", "right": "left"}.get(word or "", word)
