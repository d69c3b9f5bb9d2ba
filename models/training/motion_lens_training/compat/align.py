"""From tokens back to places in the text, for the tokenizers of both text models: WordPiece and byte-level BPE.

The engine does the same without a library's offsets (`src/core/captions`); a test holds both to each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

#: Tokens that are put around a text.
OPENING, CLOSING = ("[CLS]", "<s>"), ("[SEP]", "</s>")


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


def placed_tokens(tokenizer: Tokenizer, text: str) -> list[PlacedToken]:
    """The tokens of a text without special ones, in order.

    White space that a token begins with does not belong to it, unless it is nothing else. Tokens that share the bytes of one
    character all stand for that character. Byte-level tokens are shown as the characters they stand for.
    """
    encoding = tokenizer.encode(text)
    byte_level = type(tokenizer.model).__name__ == "BPE"
    placed = []
    for i in scored_positions(encoding):
        start, end = encoding.offsets[i]
        if byte_level:
            first = start
            while first < end and text[first] in " \t\n\r\v\f":
                first += 1
            start = start if first == end else first
        shown = text[start:end] if byte_level and end > start else encoding.tokens[i]
        placed.append(PlacedToken(shown, start, end))
    return placed
