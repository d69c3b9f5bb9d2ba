"""All kinds that are described by a `Kind` record, by name."""

from __future__ import annotations

from . import chores, dancing, fighting, floor, gaits, gestures, leaps, sports, tumbling
from .catalogue import Kind

REPERTOIRE: dict[str, Kind] = {}
for _kinds in (gaits.KINDS, dancing.KINDS, fighting.KINDS, sports.KINDS, leaps.KINDS, floor.KINDS, tumbling.KINDS, chores.KINDS, gestures.KINDS):
    if REPERTOIRE.keys() & _kinds.keys():
        raise ValueError(f"kinds of the same name: {REPERTOIRE.keys() & _kinds.keys()}")
    REPERTOIRE.update(_kinds)
