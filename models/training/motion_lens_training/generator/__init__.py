"""Kinematic generator of captioned motions: who moves what, when, and which words say so."""

from .captions import GeneratedCaption, WordTruth
from .compose import GeneratedMotion, generate
from .script import Action, Script, Segment

__all__ = ["Action", "GeneratedCaption", "GeneratedMotion", "Script", "Segment", "WordTruth", "generate"]
