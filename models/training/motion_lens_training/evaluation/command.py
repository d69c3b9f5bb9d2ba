"""Commands of the evaluation: evaluate, table, dissimilar, thresholds."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import torch

from ..data import load_clips
from ..text_model import load_tokenizer
from .encoders import ChanceEncoder, TorchEncoder
from .packages import open_package
from .protocols import identical
from .report import DISSIMILAR, Sentences, figures, first_captions
from .scoring import GLOBAL_SHARE, KINDS
from .sentences import ALLOWED, SentenceModel, calibrate, most_dissimilar, read_list
from .table import COLUMNS, append_row, markdown_table, read_rows, row_of


def open_model(folder: Path, threads: int = 0) -> tuple[Any, str, dict[str, Any]]:
    """Encoder of a model package or a run's best model, how it scores, and what is known of its training (steps, seed)."""
    if (folder / "model.json").is_file():
        return *open_package(folder, threads), {}
    if not (folder / "best.pt").is_file():
        raise FileNotFoundError(f"{folder}: neither a model package (model.json) nor a run (best.pt)")
    from ..train import load_model

    model = load_model(folder / "best.pt")
    return TorchEncoder(model, load_tokenizer()), model.config.kind, _about(folder)


def _about(run: Path) -> dict[str, Any]:
    """Seed and steps of a run: as asked for, or as far as its log goes."""
    about: dict[str, Any] = {}
    if (run / "configuration.json").is_file():
        told = json.loads((run / "configuration.json").read_text())
        about = {k: told[k] for k in ("seed", "steps") if k in told}
    if (run / "log.jsonl").is_file() and (lines := (run / "log.jsonl").read_text().splitlines()):
        about.setdefault("steps", json.loads(lines[-1])["step"])
    return about


def _threads(count: int) -> None:
    torch.set_num_threads(count or torch.get_num_threads())


def _sentence_model(folder: Path | None, threshold: float | None) -> SentenceModel:
    model = SentenceModel(folder)
    if threshold is None and model.default_threshold is None:
        raise SystemExit(f"{folder}: no threshold of protocol (b) is known for {model.name}; calibrate one with `thresholds` and give --threshold")
    return model


def _evaluate(a: argparse.Namespace) -> None:
    if (a.row is None) != (a.append is None):
        raise SystemExit("--row and --append belong together: the row's name and the file it joins")
    _threads(a.threads)
    if a.chance:
        encoder, kind, about = ChanceEncoder(load_tokenizer(), seed=a.seed or 0), "late", {"seed": a.seed or 0, "steps": 0}
    else:
        encoder, kind, about = open_model(a.model or a.run, a.threads)
    if kind == "global" and a.kind not in (None, "global"):
        raise SystemExit(f"--kind {a.kind} compares patches, which this model has none of")
    clips = load_clips(a.data, a.split, set(a.source.split(",")) if a.source else None)
    sentences = Sentences(_sentence_model(a.sentence_model, a.threshold), a.threshold, a.dissimilar and read_list(a.dissimilar))
    result = figures(encoder, clips, a.kind or kind, sentences, a.fast, a.global_share)
    if a.row:
        told = {k: v for k, v in (("seed", a.seed), ("steps", a.steps)) if v is not None}
        append_row(a.append, row_of(a.row, result, **{**about, **told}, split=a.split))
    print(json.dumps(_without_nan(result), indent=None if a.json else 1, allow_nan=False))


def _without_nan(x: Any) -> Any:
    """JSON knows no NaN: what nothing was measured of is null."""
    if isinstance(x, dict):
        return {k: _without_nan(v) for k, v in x.items()}
    if isinstance(x, list):
        return [_without_nan(v) for v in x]
    return None if isinstance(x, float) and math.isnan(x) else x


def _table(a: argparse.Namespace) -> None:
    columns = [c.strip() for c in a.columns.split(",")] if a.columns else None
    print(markdown_table(read_rows(a.rows), columns, a.intervals))


def _dissimilar(a: argparse.Namespace) -> None:
    _threads(a.threads)
    clips = load_clips(a.data, a.split)
    model = SentenceModel(a.sentence_model)
    ids = most_dissimilar(model(first_captions(clips)), [c.id for c in clips], a.count)
    head = f"# {len(ids)} of {len(clips)} clips ({a.split}) whose first captions are most dissimilar by {model.name}, chosen greedily\n"
    a.out.write_text(head + "".join(f"{i}\n" for i in ids))


def _thresholds(a: argparse.Namespace) -> None:
    _threads(a.threads)
    model = SentenceModel(a.sentence_model)
    # One clip a caption: captions of several clips keep the first.
    seen: dict[str, str] = {}
    for clip in load_clips(a.data, a.split):
        for caption in clip.training_captions()[:1]:
            seen.setdefault(caption.text, " ".join(sorted(clip.labels)))
    vectors = model(list(seen))
    result = calibrate(vectors @ vectors.T, identical(list(seen.values())), a.allowed)
    print(json.dumps({"sentence model": model.name, "captions": len(seen), **result}, indent=1))


def add_commands(commands: Any) -> None:
    """Adds the evaluation's commands to the package's."""
    v = commands.add_parser("evaluate", help="figures of a model package or a run")
    which = v.add_mutually_exclusive_group(required=True)
    which.add_argument("--model", type=Path, help="model package, or the folder of a run")
    which.add_argument("--run", type=Path, help="folder of a run (its best.pt)")
    which.add_argument("--chance", action="store_true", help="random vectors in place of a model: what chance reaches")
    v.add_argument("--data", type=Path, required=True)
    v.add_argument("--split", default="test")
    v.add_argument("--source", help="only these sources, comma separated")
    v.add_argument(
        "--kind", choices=KINDS, help="score by whole vectors, their own MaxSim, the global vector or a weighted sum (default: the model's)"
    )
    v.add_argument("--global-share", type=float, default=GLOBAL_SHARE, help="share of the global score in --kind sum")
    v.add_argument("--sentence-model", type=Path, help="folder of all-mpnet-base-v2 (or another) for (b), (c) and nDCG; default: MiniLM-L6")
    v.add_argument("--threshold", type=float, help="cosine of protocol (b) (default: 0.90 for mpnet, the calibrated one for MiniLM)")
    v.add_argument("--dissimilar", type=Path, help="list file of protocol (c), one id a line (default: made from the gallery)")
    v.add_argument("--fast", action="store_true", help="retrieval, side, order and pointing only")
    v.add_argument("--row", help="name of the row of a results table")
    v.add_argument("--append", type=Path, help="file of rows (JSON lines) that the row joins")
    v.add_argument("--seed", type=int, help="seed of the row (default: the run's)")
    v.add_argument("--steps", type=int, help="steps of the row (default: the run's)")
    v.add_argument("--json", action="store_true", help="one line")
    v.add_argument("--threads", type=int, default=0)
    v.set_defaults(run_command=_evaluate)

    t = commands.add_parser("table", help="markdown table of rows written by evaluate --row")
    t.add_argument("--from", dest="rows", type=Path, nargs="+", required=True, help="files of rows")
    t.add_argument("--columns", help=f"comma separated, of: {', '.join(COLUMNS)}")
    t.add_argument("--intervals", action="store_true", help="bootstrap intervals where a row has one seed")
    t.set_defaults(run_command=_table)

    d = commands.add_parser("dissimilar", help="list of the most mutually dissimilar captions, for protocol (c)")
    d.add_argument("--data", type=Path, required=True)
    d.add_argument("--split", default="test")
    d.add_argument("--count", type=int, default=DISSIMILAR)
    d.add_argument("--out", type=Path, required=True)
    d.set_defaults(run_command=_dissimilar)

    c = commands.add_parser("thresholds", help="calibrates the sentence threshold of protocol (b) on training captions")
    c.add_argument("--data", type=Path, required=True)
    c.add_argument("--split", default="train")
    c.add_argument("--allowed", type=float, default=ALLOWED, help="share of pairs of different content above the threshold")
    c.set_defaults(run_command=_thresholds)
    for p in (d, c):
        p.add_argument("--sentence-model", type=Path)
        p.add_argument("--threads", type=int, default=0)
