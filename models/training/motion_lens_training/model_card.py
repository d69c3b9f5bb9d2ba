"""The words that go with a package trained on one's own data: MODEL_CARD.md and LICENSE.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .own_data import Data


def write_licence(out: Path, manifest: dict[str, Any], start: dict[str, Any] | None) -> None:
    """What the files inherit; nobody can give away more than the sources allow."""
    lines = ["# Licence of the model files\n"]
    if start is not None:
        licence = start.get("licence", "not stated")
        lines.append(f"The weights were trained on from the model package \"{start['name']}\" and inherit its licence: **{licence}**.")
        lines.append("They also learned from the data named last below and inherit the terms of that data. Of two licences the stricter binds.\n")
    else:
        lines.append("The weights learned from the data named below and inherit its terms. The text encoder started from all-MiniLM-L6-v2 (Apache-2.0).\n")
    lines += ["| source | licence | credit |", "|---|---|---|"]
    lines += [f"| {d.get('name', '')} | {d.get('licence', 'not stated')} | {d.get('credit', '')} |" for d in manifest["trainingData"]]
    lines.append("\n`tokenizer.json` is that of all-MiniLM-L6-v2, under Apache-2.0 (<https://www.apache.org/licenses/LICENSE-2.0>).")
    (out / "LICENSE.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_card(
    out: Path,
    manifest: dict[str, Any],
    start: dict[str, Any] | None,
    data: Data,
    report: dict[str, Any],
    *,
    steps: int,
    batch: int,
    seed: int,
    generated: int,
    difference: float | None,
) -> None:
    origin = "from scratch (text encoder from all-MiniLM-L6-v2)" if start is None else f"from \"{start['name']}\" (id {start['id'][:12]})"
    sources = ", ".join(sorted({c.source for c in data.train}))
    captions = sum(len(c.captions) for c in data.train)
    lines = [
        f"# Model card: {manifest['name']}\n",
        f"Trained {origin}. Licence: {manifest['licence']}; see LICENSE.md.\n",
        "| | |",
        "|---|---|",
        f"| trained on | {len(data.train)} clips with {captions} captions of {sources}; {generated} generated motions beside |",
        f"| left out | {data.leaks} clips that share a recording with val or test; {len(data.notes)} notes in training/notes.txt |",
        f"| chosen on | {len(data.val)} motions of val |",
        f"| recipe | {steps} steps of {batch} items and their hard negatives, seed {seed} |",
    ]
    if difference is not None:
        lines.append(f"| start | weights read back from the package's ONNX files; largest difference of a vector {difference:.1g} |")
    lines.append(f"\n## Figures\n\nOn {report['clips']} motions of {report['split']}, first captions, this folder's own gallery;")
    lines.append("percent with bootstrap 95 % intervals.")
    lines.append("They compare with nothing but each other: other galleries and captions give other figures.\n")
    columns = [c for c in ("before", "after") if c in report]
    named = {"before": "the start", "after": "this model"}
    lines.append("| | " + " | ".join(named[c] for c in columns) + " |")
    lines.append("|---" * (len(columns) + 1) + "|")
    for label, path in _ROWS:
        cells = [_cell(report[c], path) for c in columns]
        if any(cells):
            lines.append(f"| {label} | " + " | ".join(c or "-" for c in cells) + " |")
    chance = report["after"]["chance"]["e"]["t2m"]
    lines.append(f"\nChance, text to motion: R@1 {chance['R@1']}, R@10 {chance['R@10']}.")
    (out / "MODEL_CARD.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


_ROWS: list[tuple[str, tuple[str, ...]]] = [
    *[
        (f"{words}, {k}, protocol ({p})", ("protocols", p, d, k))
        for p in ("a", "e")
        for d, words in (("t2m", "text to motion"), ("m2t", "motion to text"))
        for k in ("R@1", "R@5", "R@10", "MedR")
    ],
    ("side: the caption fits its motion better than the mirrored one", ("annotator", "side")),
    ("order: \"A, then B\" fits A-B better than B-A", ("annotator", "order")),
    ("pointing in time: words of \"A, then B\" light their part of time", ("annotator", "pointing_time")),
    ("pointing in the limb: \"left/right hand/arm\" lights that arm", ("annotator", "pointing_limb")),
]


def _cell(figures: dict[str, Any], path: tuple[str, ...]) -> str | None:
    at: Any = figures
    for key in path:
        if not isinstance(at, dict) or key not in at:
            return None
        at = at[key]
    if at.get("n") == 0:
        return None
    low, high = at["ci95"]
    return f"{at['value']:g} ({low:g} to {high:g})"
