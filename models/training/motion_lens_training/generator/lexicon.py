"""A small English lexicon for generated captions: verb forms and part-of-speech tags."""

from __future__ import annotations

_DOUBLE = {
    "run", "jog", "step", "hop", "squat", "sit", "clap", "stop", "put", "get", "nod", "spin", "bob", "drop",
    "dip", "swim", "stir", "drum", "chop", "hug", "skip", "mop", "dig", "slap", "tap", "flap", "shrug", "bat", "rub", "scrub",
    "strum", "plod", "stab", "tug", "wrap", "spar", "pet", "sob", "strut", "tip", "swat", "beg", "wag", "begin", "pat", "trot", "cut", "let", "hit", "slip", "trip", "jab", "rap", "set", "grab",
}  # fmt: skip
_PARTICIPLE = {"lie": "lying", "tie": "tying"}
_THIRD = {"do": "does", "go": "goes", "have": "has", "be": "is"}


def third(verb: str) -> str:
    """kick -> kicks, reach -> reaches, carry -> carries."""
    if verb in _THIRD:
        return _THIRD[verb]
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def participle(verb: str) -> str:
    """kick -> kicking, run -> running, raise -> raising."""
    if verb in _PARTICIPLE:
        return _PARTICIPLE[verb]
    if verb in _DOUBLE:
        return verb + verb[-1] + "ing"
    if verb.endswith("e") and not verb.endswith(("ee", "oe")) and verb != "be":
        return verb[:-1] + "ing"
    return verb + "ing"


_TAGS: dict[str, str] = {}
for _tag, _words in {
    "DET": "a an the both one each this that another all",
    "PRON": "he she it they him her them his their someone somebody itself themselves",
    "ADP": "with to in on of from at for by into over above before after behind beside between while as up off around "
    "toward towards along across like down without against through out",
    "CCONJ": "and or but",
    "ADV": "then again forward forwards backward backwards back twice once slowly quickly afterwards finally first "
    "upward upwards downward downwards sideways ahead straight together away still deeply high overhead energetically "
    "tiredly lazily briskly rapidly gently fast there later about home apart down deep low steadily place",
    "NUM": "two three four",
    "ADJ": "left right tired energetic lively large small big full deep straight quick slow other weary exhausted same front",
    "AUX": "is are be",
    "VERB": "held opening closing spreading jumping",
}.items():
    for _w in _words.split():
        _TAGS.setdefault(_w, _tag)
_TAGS.update({"her": "PRON", "themselves": "PRON", "backwards": "ADV", "three": "NUM", "straight": "ADV", "seated": "ADJ", "sideways": "ADV", "easy": "ADJ",
              "clockwise": "ADJ", "overarm": "ADJ", "half": "ADJ", "upper": "ADJ", "several": "ADJ", "drooping": "ADJ", "onto": "ADP", "if": "SCONJ"})  # fmt: skip

_SINGULAR = {"feet": "foot", "knees": "knee", "arms": "arm", "hands": "hand", "hips": "hip", "legs": "leg", "circles": "circle",
             "sides": "side", "times": "time", "toes": "toe", "steps": "step", "punches": "punch", "kicks": "kick", "squats": "squat",
             "jumps": "jump", "hops": "hop", "bows": "bow", "fists": "fist", "shoulders": "shoulder"}  # fmt: skip


def tag(word: str) -> str:
    """Part of speech of a word that is not a verb; nouns are the rest."""
    w = word.lower()
    if w in _TAGS:
        return _TAGS[w]
    return "ADV" if w.endswith("ly") else "NOUN"


def lemma(word: str) -> str:
    """Dictionary form of a word that is not a verb."""
    return _SINGULAR.get(word.lower(), word.lower())


_VERBS = [
    "kick",
    "swing",
    "stand",
    "strike",
    "wave",
    "lift",
    "go",
    "walk",
    "turn",
    "take",
    "jump",
    "leap",
    "crouch",
    "squat",
    "bend",
    "rise",
    "do",
    "sit",
    "lower",
    "stay",
    "get",
    "punch",
    "throw",
    "box",
    "bow",
    "straighten",
    "run",
    "sprint",
    "jog",
    "trot",
    "trudge",
    "stride",
    "sidestep",
    "stop",
    "raise",
    "put",
    "ask",
    "reach",
    "stretch",
    "clap",
    "applaud",
    "pick",
    "grab",
    "step",
    "hurl",
    "make",
    "circle",
    "hop",
    "kneel",
    "lean",
    "balance",
    "hold",
    "look",
    "catch",
    "rest",
    "drop",
    "droop",
    "greet",
]
_FORMS: dict[str, str] = {form: v for v in _VERBS for form in (v, third(v), participle(v))}
del _FORMS["drooping"]
_FORMS["lifted"] = "lift"


def verb_base(word: str) -> str | None:
    """The base form of a known verb form (kicks, kicking, kick), else None."""
    return _FORMS.get(word)
