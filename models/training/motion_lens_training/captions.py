"""Words of captions: sides and their exchange, limbs that are named, joining of captions.

Ranges are half-open in code points of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .skeleton import LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG


@dataclass(frozen=True)
class Truth:
    """What is known of one stretch of a text: the parts and the frames of the motion that carry it."""

    chars: tuple[int, int]
    parts: tuple[int, ...] | None = None
    frames: tuple[int, int] | None = None

    def shifted(self, chars: int, frames: int) -> "Truth":
        f = None if self.frames is None else (self.frames[0] + frames, self.frames[1] + frames)
        return Truth((self.chars[0] + chars, self.chars[1] + chars), self.parts, f)


_SWAP = {
    "left": "right",
    "right": "left",
    "lefthand": "righthand",
    "righthand": "lefthand",
    "clockwise": "counterclockwise",
    "counterclockwise": "clockwise",
    "anticlockwise": "clockwise",
    "counter-clockwise": "clockwise",
    "anti-clockwise": "clockwise",
}
_SIDE = re.compile(
    r"(?<!all )\b(counter-clockwise|anti-clockwise|counterclockwise|anticlockwise|clockwise|lefthand|righthand|left|right)\b"
    r"(?! away| now|-angle| angle)",
    re.IGNORECASE,
)


def swap_sides(text: str) -> str:
    """The caption of the mirrored motion."""

    def swap(m: re.Match[str]) -> str:
        word = m.group(0)
        other = _SWAP[word.lower()]
        return other.capitalize() if word[0].isupper() else other

    return _SIDE.sub(swap, text)


def names_side(text: str) -> bool:
    return _SIDE.search(text) is not None


def names_one_side(text: str) -> bool:
    """Does the caption name one side only? ("the left and the right arm" says nothing about sides.)"""
    leftish = {"left", "lefthand", "counterclockwise", "anticlockwise", "counter-clockwise", "anti-clockwise"}
    return len({m.group(0).lower() in leftish for m in _SIDE.finditer(text)}) == 1


_ARM = r"hands?|arms?|elbows?|fists?|wrists?|forearms?|palms?|shoulders?|ones?"
_LEG = r"leg|legs|foot|feet|knees?|ankles?|thighs?|shins?"
_LIMB = re.compile(
    rf"\b(?:(left|right)(?:(?: and| or)(?: the)? (left|right))?[- ](?:\w+ )?({_ARM}|{_LEG})"
    rf"|(both|two)(?: the| his| her| their)? ({_ARM}|{_LEG}))\b",
    re.IGNORECASE,
)
_ARM_VERB = re.compile(
    r"\b(wav(?:e|es|ing)|rais(?:e|es|ing)|lift(?:s|ing)?|hold(?:s|ing)? up|throw(?:s|ing)? up|put(?:s|ting)? up|swing(?:s|ing)?)\b"
)
_STILL = re.compile(r"\b(keep|keeps|keeping|leave|leaves|leaving|without|still|down|idle)\b")


def limb_truths(text: str, arm_side: str | None = None) -> list[Truth]:
    """Words that name a limb or a side of one.

    `arm_side` ("left", "right", "both") says which arm is known to act; then arm verbs are carried by that arm,
    unless the caption also speaks of a quiet limb.
    """
    truths: list[Truth] = []
    for m in _LIMB.finditer(text):
        noun = (m.group(3) or m.group(5)).lower()
        is_leg = re.fullmatch(_LEG, noun) is not None
        sides = {"left": LEFT_LEG if is_leg else LEFT_ARM, "right": RIGHT_LEG if is_leg else RIGHT_ARM}
        named: list[int] = []
        if m.group(4):
            named = list(sides["left"] + sides["right"])
            truths.append(Truth(m.span(4), tuple(named)))
        for g in (1, 2):
            if m.group(g):
                parts = sides[m.group(g).lower()]
                named += parts
                truths.append(Truth(m.span(g), tuple(parts)))
        truths.append(Truth(m.span(3 if m.group(3) else 5), tuple(named)))
    if arm_side and not _STILL.search(text):
        arms = {"left": LEFT_ARM, "right": RIGHT_ARM, "both": LEFT_ARM + RIGHT_ARM}[arm_side]
        truths += [Truth(m.span(), tuple(arms)) for m in _ARM_VERB.finditer(text)]
    return truths


_SUBJECT = re.compile(
    r"^(?:(?:a|an|the|this|one|some)(?: [a-z-]+)? (?:person|individual|figure|human|actor|man|woman|character|guy|lady)"
    r"|someone|somebody|person)\s+(?=[a-z]+s\b|is )",
)


def without_subject(text: str) -> str:
    """Drops a leading "a person" so that two captions can be joined: "waves." after "a person walks"."""
    return _SUBJECT.sub("", text)


def bare(text: str) -> str:
    return text.strip().rstrip(".").strip()


JOINERS = (", then ", " and then ", ", and then ", ", after that ", ". then ", ", next ")
WHILES = (" while ", ", while ", " and at the same time ")


def join(first: str, joiner: str, second: str, first_truths: list[Truth], second_truths: list[Truth],
         first_frames: int, keep_subject: bool) -> tuple[str, list[Truth]]:
    """One caption of two; truths of the second are moved behind the first, in text and (by first_frames) in time."""
    a = bare(first)
    rest = second if keep_subject else without_subject(second)
    cut = len(second) - len(rest)
    b = bare(rest)
    text = a + joiner + b + "."
    at = len(a) + len(joiner)
    moved = [
        t.shifted(at - cut, first_frames)
        for t in second_truths
        if t.chars[0] >= cut and t.chars[1] <= cut + len(b)
    ]
    return text, [t for t in first_truths if t.chars[1] <= len(a)] + moved
