"""The commands `compat ...` and `import` of the package."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

#: Degrees, and units of the clean image.
ANGLE_TOLERANCE = 1e-4
CLEAN_TOLERANCE = 1e-4


def _parity(a: argparse.Namespace) -> None:
    from ..data import load_clips
    from .parity import compare

    clips = load_clips(a.data)
    found = compare([c.joints for c in clips])
    limits = {"angles": ANGLE_TOLERANCE, "angles of 21 joints": ANGLE_TOLERANCE, "clean image": CLEAN_TOLERANCE}
    report = {
        name: {
            "largest difference": d.largest,
            "clip": clips[d.motion].id if d.motion >= 0 else None,
            "column": d.column,
            "undefined on one side only": d.undefined,
            "tolerance": limits[name],
        }
        for name, d in found.items()
    }
    print(json.dumps({"clips": len(clips), "frames": sum(len(c.joints) for c in clips), **report}, indent=1))
    if any(not d.largest <= limits[name] or d.undefined for name, d in found.items()):
        raise SystemExit("Python and TypeScript differ by more than the tolerance.")


def add_commands(commands: Any) -> None:
    """Adds `compat` with its own commands to the package's commands."""
    compat = commands.add_parser("compat", help="the published system MotionColBert: training, parity of angles")
    own = compat.add_subparsers(required=True)
    p = own.add_parser("angles-parity", help="largest difference between the Python and TypeScript numbers of a data folder")
    p.add_argument("--data", type=Path, required=True, help="folder with motions.npz and clips.jsonl")
    p.set_defaults(run_command=_parity)
