"""Rows of a results table: one model, one seed a row; rows of one name are put together as mean and spread over seeds."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

#: Columns of a row: name in the table -> where its figure stands in the report.
COLUMNS: dict[str, tuple[str, ...]] = {
    **{f"{d.upper()} R@{k}": ("protocols", "e", d, f"R@{k}") for d in ("t2m", "m2t") for k in (1, 5, 10)},
    "side": ("annotator", "side"),
    "order": ("annotator", "order"),
    "order split": ("annotator", "order_split"),
    "time": ("annotator", "pointing_time"),
    "limb": ("annotator", "pointing_limb"),
    "deletion": ("annotator", "deletion"),
    "CMU T2M R@10": ("source cmu", "protocols", "e", "t2m", "R@10"),
    "CMU M2T R@10": ("source cmu", "protocols", "e", "m2t", "R@10"),
    "CMU order": ("source cmu", "annotator", "order"),
    "CMU split": ("source cmu", "annotator", "order_split"),
    "CMU time": ("source cmu", "annotator", "pointing_time"),
    "human T2M R@10": ("human captions", "intervals", "R@10"),
}


def _at(report: dict[str, Any], path: Sequence[str]) -> dict[str, Any] | None:
    here: Any = report
    for key in path:
        if not isinstance(here, dict) or key not in here:
            return None
        here = here[key]
    return here


def row_of(name: str, report: dict[str, Any], **about: Any) -> dict[str, Any]:
    """One row: the report's figures of the table's columns with their intervals. `about`: seed, steps and the like."""
    found = {column: _at(report, path) for column, path in COLUMNS.items()}
    figures = {c: {"value": f["value"], "ci95": f["ci95"]} for c, f in found.items() if f is not None and f["value"] == f["value"]}
    return {"name": name, **about, "score": report["score"], "clips": report["clips"], "figures": figures}


def append_row(path: Path, row: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as f:
        f.write(json.dumps(row, allow_nan=False) + "\n")


def read_rows(paths: Iterable[Path]) -> list[dict[str, Any]]:
    rows = []
    for path in paths:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such results file")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                row["name"], row["figures"]  # noqa: B018 - both must be there
            except (json.JSONDecodeError, KeyError, TypeError) as problem:
                raise ValueError(f"{path}:{number}: not a row of results ({problem})") from None
            rows.append(row)
    return rows


def _steps(rows: Sequence[dict[str, Any]]) -> str:
    steps = sorted({r["steps"] for r in rows if r.get("steps") is not None})
    return "-" if not steps else f"{steps[0]:,}" if len(steps) == 1 else f"{steps[0]:,} to {steps[-1]:,}"


def _cell(rows: Sequence[dict[str, Any]], column: str, intervals: bool) -> str:
    found = [r["figures"][column] for r in rows if column in r["figures"]]
    if not found:
        return "-"
    values = [f["value"] for f in found]
    if len(values) > 1:
        return f"{statistics.mean(values):.1f} ± {statistics.stdev(values):.1f}"
    low, high = found[0]["ci95"]
    return f"{values[0]:.1f} ({low:.1f} to {high:.1f})" if intervals else f"{values[0]:.1f}"


def markdown_table(rows: Sequence[dict[str, Any]], columns: Sequence[str] | None = None, intervals: bool = False) -> str:
    """A markdown table, a line a name in the order of first appearance; several seeds as mean ± standard deviation.

    A name that comes twice with the same seed is the same row measured again: the last one counts. Columns that no row has are left out.
    """
    chosen = [c for c in columns or COLUMNS if columns or any(c in r["figures"] for r in rows)]
    if unknown := [c for c in chosen if c not in COLUMNS]:
        raise ValueError(f"no column {unknown[0]!r}; there are {', '.join(COLUMNS)}")
    groups: dict[str, dict[Any, dict[str, Any]]] = {}
    for r in rows:
        groups.setdefault(r["name"], {})[r.get("seed")] = r
    lines = ["| | seeds | steps | " + " | ".join(chosen) + " |", "|---" * (len(chosen) + 3) + "|"]
    for name, by_seed in groups.items():
        some = list(by_seed.values())
        cells = [str(len(some)), _steps(some), *[_cell(some, c, intervals) for c in chosen]]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
