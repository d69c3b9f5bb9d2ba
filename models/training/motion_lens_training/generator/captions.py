"""Captions of a script, with the body parts and frames that carry each word."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from . import lexicon
from .phrases import leg_parts, limb_parts, main_parts, phrases
from .script import Action, Script, Segment, mirrored


@dataclass(frozen=True)
class WordTruth:
    """What carries a word: half-open code point range of the text, names of parts, half-open frames."""

    chars: tuple[int, int]
    parts: tuple[str, ...]
    frames: tuple[int, int]


@dataclass
class GeneratedCaption:
    """A caption; `tags` are (lemma, part of speech) of each word, `actions` the labels it tells in its order."""

    text: str
    words: list[WordTruth] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)


@dataclass
class Word:
    """A word before it is placed in a text."""

    text: str
    lemma: str
    pos: str
    parts: tuple[str, ...] = ()
    frames: tuple[int, int] = (0, 0)


_SUBJECTS = (
    ("a person", 8), ("the person", 3), ("someone", 3), ("a man", 2), ("a woman", 2), ("somebody", 1.5), ("this person", 1.5),
    ("the figure", 1.5), ("a human", 1), ("a figure", 1), ("one person", 0.6), ("an individual", 2), ("the individual", 0.7), ("a guy", 0.3), ("this man", 0.4), ("a character", 0.3), ("the man", 1), ("the woman", 0.7),
)  # fmt: skip
_SUBJECT_P = np.array([w for _, w in _SUBJECTS]) / sum(w for _, w in _SUBJECTS)
_SLOW = ("slowly", "slowly", "slowly", "at a slow pace", "in slow motion")
_QUICK = ("quickly", "quickly", "fast", "rapidly", "in a hurry")
_TIRED = ("in a tired way", "tiredly", "with drooping shoulders", "as if exhausted", "wearily")
_LIVELY = ("energetically", "with a lot of energy", "in a lively way", "full of energy")
_TIMES = {2: ("twice", "twice", "two times"), 3: ("three times",), 4: ("four times",)}


def _pick(rng: np.random.Generator, options: tuple[str, ...] | list[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _expand(phrase: str, rng: np.random.Generator) -> str:
    """Chooses among (a|b)."""
    return re.sub(r"\(([^()]*)\)", lambda m: _pick(rng, m.group(1).split("|")), phrase)


def _plain(text: str) -> list[Word]:
    return [Word(w, lexicon.lemma(w), lexicon.tag(w)) for w in text.split()]


def _marked(text: str, parts: tuple[str, ...], frames: tuple[int, int]) -> list[Word]:
    return [
        Word(w, lexicon.lemma(w), lexicon.tag(w), parts if lexicon.tag(w) not in ("DET", "ADP") else (), frames)
        for w in text.split()
    ]


def _verb(base: str, form: str) -> str:
    if form == "s":
        return lexicon.third(base)
    return lexicon.participle(base) if form == "ing" else base


def clause(a: Action, form: str, owner: str, rng: np.random.Generator, plain: bool = False) -> list[Word]:
    """One action in words; form "s" (kicks), "ing" (kicking) or "base" (kick). owner: the possessive word used."""
    options = phrases(a)
    phrase = _expand(options[int(len(options) * rng.random() ** 1.25)], rng)
    frames = (a.start, a.end)
    main, limb = main_parts(a), limb_parts(a)
    words: list[Word] = []
    count_said = "<X>" in phrase and a.count > 1
    phrase = phrase.replace("<X>", "")
    adverb: list[Word] = []
    before = False
    if a.speed != "normal" and not plain and rng.random() < 0.6:
        text = _pick(rng, _SLOW if a.speed == "slow" else _QUICK)
        adverb = _marked(text, main, frames)
        before = len(adverb) == 1 and text != "fast" and rng.random() < 0.5
    count: list[Word] = []
    if (
        a.count > 1
        and a.kind not in ("clap", "wave", "head", "arm_circles", "hop", "jacks")
        and not count_said
        and rng.random() < 0.75
        or a.count > 1
        and a.kind in ("clap", "head", "arm_circles", "hop", "jacks")
        and not count_said
        and rng.random() < 0.5
    ):
        count = _marked(_pick(rng, _TIMES[a.count]), main, frames)
    elif a.count == 1 and a.kind in ("kick", "jump", "squat", "bow", "punch") and not plain and rng.random() < 0.07:
        count = _marked("once", main, frames)
    placed = False
    for i, token in enumerate(phrase.split()):
        if token == "<C>":
            words += count
            placed = True
            continue
        mark, text = (token[0], token[1:]) if token[0] in "!*^>~=" else ("", token)
        if text == "S":
            text = a.side or ""
        if text == "O":
            text = mirrored(a.side) or ""
        if text == "P":
            text = owner
        if not text:
            continue
        if mark in ("!", "~"):
            if i == 0 and before:
                words += adverb
            parts = main if mark == "!" else ()
            shape = "base" if words and words[-1].text == "to" else form
            words.append(Word(_verb(text, shape), text, "VERB", parts, frames))
        elif not mark and text == "come":
            shape = "base" if words and words[-1].text == "to" else form
            words.append(Word(_verb(text, shape), text, "VERB"))
        elif not mark and text in ("moving", "lifting", "starting"):
            words.append(Word(text, {"moving": "move", "lifting": "lift", "starting": "start"}[text], "VERB"))
        else:
            parts = {
                "*": main,
                "^": limb,
                ">": ("global", "pelvis"),
                "=": leg_parts("left" if a.side == "right" else "right"),
                "": (),
            }[mark]
            words.append(Word(text, lexicon.lemma(text), lexicon.tag(text), parts, frames))
    if count and not placed:
        words += count
    if adverb and not before:
        words += adverb
    return words


def _segment(s: Segment, form: str, owner: str, rng: np.random.Generator) -> list[Word]:
    """A segment with its simultaneous action."""
    if s.overlay is None:
        return clause(s.main, form, owner, rng)
    draw = rng.random()
    main, over = s.main, s.overlay
    if main.kind == "stand" and draw < 0.35:
        return clause(over, form, owner, rng)
    if draw < 0.5:
        return clause(main, form, owner, rng) + _plain("while") + clause(over, "ing", owner, rng)
    if draw < 0.75:
        return clause(over, form, owner, rng) + _plain("while") + clause(main, "ing", owner, rng)
    if draw < 0.88:
        return (
            clause(main, form, owner, rng) + _plain("and") + clause(over, form, owner, rng) + _plain("at the same time")
        )
    return clause(main, form, owner, rng) + _plain(",") + clause(over, "ing", owner, rng)


def caption(script: Script, rng: np.random.Generator) -> GeneratedCaption:
    """One caption for the whole script."""
    subject = _SUBJECTS[int(rng.choice(len(_SUBJECTS), p=_SUBJECT_P))][0]
    gender = {"man": "his", "woman": "her"}.get(subject.split()[-1], "their")
    owner = gender if rng.random() < 0.4 else "the"
    again = {"his": "he", "her": "she"}.get(gender, "the person" if rng.random() < 0.6 else "they")
    segs = script.segments
    order = [a.label for s in segs for a in ([s.main] + ([s.overlay] if s.overlay else []))]
    s = [lambda form, q=q: _segment(q, form, owner, rng) for q in segs]
    head = _plain(subject)
    many = again == "they"
    fin = "base" if many else "s"
    r = rng.random()
    if len(segs) == 1:
        if r < 0.76:
            words = head + s[0]("s")
        elif r < 0.96:
            words = head + [Word("is", "be", "AUX")] + s[0]("ing")
        else:
            words = head + s[0]("ing")
    elif len(segs) == 2:
        joins = (
            ", then",
            "and then",
            "then",
            "and",
            "before",
            ", and after that",
            "after",
            ". then",
            "first",
            "followed",
        )
        j = str(rng.choice(joins, p=(0.22, 0.22, 0.08, 0.13, 0.09, 0.06, 0.07, 0.06, 0.04, 0.03)))
        if j == "before":
            words = head + s[0]("s") + _plain("before") + s[1]("ing")
        elif j == "after":
            words = _plain("after") + s[0]("ing") + _plain(",") + head + s[1]("s")
        elif j == ". then":
            words = head + s[0]("s") + _plain(". then " + again) + s[1](fin)
        elif j == "first":
            words = head + _plain("first") + s[0]("s") + _plain("and") + s[1]("s") + _plain("afterwards")
        elif j == "followed":
            words = head + _plain("begins by") + s[0]("ing") + _plain("and then") + s[1]("s")
            words[len(head)] = Word("begins", "begin", "VERB")
        else:
            words = head + s[0]("s") + _plain(j) + s[1]("s")
    else:
        if r < 0.55:
            words = (
                head
                + s[0]("s")
                + _plain(",")
                + s[1]("s")
                + _plain(_pick(rng, (", then", "and then", ", and finally", "and")))
                + s[2]("s")
            )
        elif r < 0.8:
            words = (
                head
                + s[0]("s")
                + _plain(_pick(rng, (", then", "and then", "and")))
                + s[1]("s")
                + _plain(". then " + again)
                + s[2](fin)
            )
        else:
            words = _plain("after") + s[0]("ing") + _plain(",") + head + s[1]("s") + _plain("and then") + s[2]("s")
    whole = (min(a.start for a in script.actions()), max(a.end for a in script.actions()))
    if script.style is not None and rng.random() < 0.55:
        text = _pick(rng, _TIRED if script.style == "tired" else _LIVELY)
        if len(text.split()) > 1 or len(segs) == 1:
            words += _plain(",") if len(segs) > 1 else []
            words += _marked(text, ("lumbar", "neck") if script.style == "tired" else (), whole)
    return assemble(words, order, rng)


def assemble(words: list[Word], order: list[str], rng: np.random.Generator) -> GeneratedCaption:
    """Joins words to a text, keeping where each one lies."""
    full_stop = rng.random() < 0.75
    upper = rng.random() < 0.06
    text = ""
    out = GeneratedCaption("", actions=order)
    sentence = True
    for w in words:
        if w.text in (",", "."):
            text += w.text
            sentence = w.text == "."
            continue
        shown = w.text[0].upper() + w.text[1:] if upper and sentence else w.text
        sentence = False
        text += (" " if text else "") + shown
        out.tags.append((w.lemma, w.pos))
        if w.parts:
            out.words.append(WordTruth((len(text) - len(shown), len(text)), w.parts, w.frames))
    out.text = text + ("." if full_stop else "")
    return out


def write_captions(script: Script, rng: np.random.Generator, number: int | None = None) -> list[GeneratedCaption]:
    """Three to five different captions (or `number`)."""
    wanted = number or int(rng.integers(3, 6))
    found: dict[str, GeneratedCaption] = {}
    for _ in range(wanted * 8):
        c = caption(script, rng)
        found.setdefault(c.text.lower().rstrip("."), c)
        if len(found) == wanted:
            break
    return list(found.values())
