"""Caption files of a HumanML3D-layout folder: lines `caption#word/TAG word/TAG#from#to`, or plain text, one caption a line.

Lines are understood as the editor understands them (`src/core/captions/line.ts`): a line with some but not all of the four fields is
broken and left out, a line without any is a plain caption.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from . import captions as cap

_TAGGED = re.compile(r"^.+/[^/\s]+$")
_CAPITAL_TAG = re.compile(r"^.+/[A-Z][A-Z$_-]*$")


class CaptionFileError(ValueError):
    """A caption file that cannot be read; the message names it."""


@dataclass(frozen=True)
class CaptionLine:
    text: str
    #: Seconds of the motion that the caption speaks of; None means all of it.
    seconds: tuple[float, float] | None = None


def _number(field: str) -> float | None:
    text = field.strip()
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?nan|[+-]?inf(inity)?", text, re.IGNORECASE):
        return None
    return float(text)


def _all(pattern: re.Pattern[str], field: str) -> bool:
    words = field.split()
    return bool(words) and all(pattern.match(w) for w in words)


def parse_line(line: str) -> CaptionLine | str | None:
    """A caption, None for a blank line, or what is wrong with a broken one."""
    if not line.strip():
        return None
    if "\0" in line:
        return "the line holds NUL characters; the file may be damaged"
    fields = line.split("#")
    numbers = [_number(f) for f in fields[-2:]]
    if len(fields) >= 4 and None not in numbers:
        times = len(fields) - 2
        # Captions and words may hold a # of their own: the words are the shortest run of fields in which each has a tag.
        first = next((k for k in range(times - 1, 0, -1) if _all(_TAGGED, "#".join(fields[k:times]))), times - 1)
        text = "#".join(fields[:first]).strip()
        if not text:
            return "there is no caption before the first #"
        return _with_range(text, *(n or 0.0 for n in numbers))
    if any(_all(_CAPITAL_TAG, f) for f in fields[1:]):
        return "the line has not the fields caption#words#start#end, start and end in seconds"
    if len(fields) == 3 and None not in numbers:
        return "the field of tagged words is missing: caption#words#start#end"
    return CaptionLine(line.strip())


def _with_range(text: str, start: float, end: float) -> CaptionLine | str:
    # Not a number counts as 0, as everybody reads these files.
    start, end = (0.0 if math.isnan(x) else x for x in (start, end))
    if math.isinf(start) or math.isinf(end) or start < 0 or end < 0:
        return f"the time range {start} to {end} is none"
    if start == 0 and end == 0:
        return CaptionLine(text)
    if end <= start:
        return f"the time range ends at {end} s, which is not after its start at {start} s"
    return CaptionLine(text, (start, end))


def read_captions(file: Path, notes: list[str]) -> list[CaptionLine]:
    """Captions of a file in its order; broken lines are named in `notes`."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaptionFileError(f"{file}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    out = []
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        parsed = parse_line(line)
        if isinstance(parsed, str):
            notes.append(f"{file.name}, line {number} is left out: {parsed}")
        elif parsed is not None:
            out.append(parsed)
    return out


def frames_of(seconds: tuple[float, float] | None, frames: int, fps: float) -> tuple[int, int] | None:
    """Frames floor(start * fps) to floor(end * fps) within a motion, one at least; None where the range lies outside."""
    if seconds is None:
        return 0, frames
    start, end = (math.floor(s * fps + 1e-6) for s in seconds)
    return None if start >= frames else (start, min(frames, max(start + 1, end)))


# -- what a caption says of arms and legs -------------------------------------------------------------------------

_LOWER = re.compile(
    r"\b(walk|step|run|jog|kick|jump|hop|skip|march|crawl|climb|stumbl|limp|pac|sprint|danc|turn|spin|rotat|sit|sat|squat|crouch|kneel"
    r"|knelt|bend|bent|bow|lean|lie|lay|lunge|circle|forward|backward|sideway|leg|foot|feet|knee|ankle|toe|balanc|stretch|swim|cartwheel)",
    re.IGNORECASE,
)
_UPPER = re.compile(
    r"\b(arm|hand|elbow|fist|wrist|palm|finger|shoulder|wav|rais|lift|throw|catch|pick|grab|reach|hold|carr|punch|box|clap|point|push|pull"
    r"|drink|eat|wash|wip|open|clos|play|phone|swing|swung|stretch|put|plac|head|look|bow|bend|bent|lean|sit|sat|kneel|squat|crouch|jump"
    r"|kick|danc|turn|stop|stand)",
    re.IGNORECASE,
)
_WAVE = re.compile(r"\bwav(e|es|ed|ing)\b", re.IGNORECASE)
_RAISE = re.compile(r"\b(rais|lift)(e|es|ed|ing|s)?\b", re.IGNORECASE)
_WALK = re.compile(r"\bwalk(s|ed|ing)?\b", re.IGNORECASE)
_RUN = re.compile(r"\b(run|runs|ran|running|jog|jogs|jogged|jogging)\b", re.IGNORECASE)
_ARMS = re.compile(rf"\b(left|right|both)\b[^.]*?\b({cap._ARM})\b", re.IGNORECASE)


def action_labels(texts: list[str]) -> list[str]:
    """Action words of a motion whose captions all speak of one arm action only, or all of walking or running only.

    Such motions may lend their upper or lower body to "A while B" (the sampler's `uppers` and `lowers`). All others give none: a
    wrong guess would teach a wrong limb, so a caption that names anything else rules the motion out.
    """
    if not texts:
        return []
    if not any(_LOWER.search(t) for t in texts):
        action = "wave" if all(_WAVE.search(t) for t in texts) else "raise" if all(_RAISE.search(t) for t in texts) else None
        sides = {m.group(1).lower() for t in texts for m in _ARMS.finditer(t)}
        if action and len(sides) == 1:
            return [action, sides.pop()]
    if not any(_UPPER.search(t) for t in texts):
        for action, pattern in (("walk", _WALK), ("run", _RUN)):
            if all(pattern.search(t) for t in texts):
                return [action]
    return []
