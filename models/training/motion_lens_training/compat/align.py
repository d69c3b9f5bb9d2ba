"""From tokens back to places in the text, for the tokenizers of both text models: WordPiece and byte-level BPE.

WordPiece changes the text before it cuts it, so the library's own offsets are taken. Byte-level tokens spell the text's UTF-8 bytes,
from which their places follow; the engine does the same (`src/core/captions/byte-level-alignment.ts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

#: Tokens that are put around a text.
OPENING, CLOSING = ("[CLS]", "<s>"), ("[SEP]", "</s>")
_WHITE_SPACE = b" \t\n\r\v\f"

_PLAIN = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_OTHERS = [b for b in range(256) if b not in _PLAIN]
#: The byte that each character of a byte-level token stands for.
BYTE_OF = {chr(b): b for b in _PLAIN} | {chr(0x100 + i): b for i, b in enumerate(_OTHERS)}


@dataclass(frozen=True)
class PlacedToken:
    """A token as it is shown, and its half-open range of code points."""

    text: str
    start: int
    end: int


def scored_positions(encoding: Encoding) -> list[int]:
    """Indices of the tokens that are the text's own: the added special ones at both ends are not."""
    tokens = encoding.tokens
    last = len(tokens) - 1
    return [i for i, t in enumerate(tokens) if not (i == 0 and t in OPENING) and not (i == last and t in CLOSING)]


def byte_level_ranges(text: str, tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Half-open ranges of code points of byte-level tokens, the added special ones left out before.

    White space that a token begins with does not belong to it, unless it is nothing else. Tokens that share the bytes of one
    character all stand for that character. A token that this text cannot have gets an empty range where it would stand.
    """
    data = text.encode("utf-8", "replace")
    point = [i for i, c in enumerate(text) for _ in c.encode("utf-8", "replace")]
    at, ranges = 0, []
    for token in tokens:
        spelled = bytes(BYTE_OF[c] for c in token) if all(c in BYTE_OF for c in token) else b""
        start = _found(data, at, spelled)
        if start is None:
            here = point[at] if at < len(data) else len(text)
            ranges.append((here, here))
            continue
        # A space that the tokenizer put before the text is not in it.
        at = start + len(spelled) - (start == 0 and not data.startswith(spelled))
        first = start
        while first < at and data[first] in _WHITE_SPACE:
            first += 1
        first = start if first == at else first
        ranges.append((point[first], point[at - 1] + 1))
    return ranges


def _found(data: bytes, at: int, spelled: bytes) -> int | None:
    """Where a token's bytes stand: here, without a space put before the text, or behind white space that another one swallowed."""
    if not spelled:
        return None
    if data.startswith(spelled, at) or (at == 0 and len(spelled) > 1 and spelled[:1] == b" " and data.startswith(spelled[1:])):
        return at
    behind = at + len(data[at:]) - len(data[at:].lstrip(_WHITE_SPACE))
    return behind if behind > at and data.startswith(spelled, behind) else None


def placed_tokens(tokenizer: Tokenizer, text: str) -> list[PlacedToken]:
    """The tokens of a text without special ones, in order. Byte-level tokens are shown as the characters they stand for."""
    encoding = tokenizer.encode(text)
    kept = scored_positions(encoding)
    tokens = [encoding.tokens[i] for i in kept]
    if type(tokenizer.model).__name__ != "BPE":
        return [PlacedToken(t, *encoding.offsets[i]) for t, i in zip(tokens, kept, strict=True)]
    ranges = byte_level_ranges(text, tokens)
    return [PlacedToken(text[start:end] or t, start, end) for t, (start, end) in zip(tokens, ranges, strict=True)]
