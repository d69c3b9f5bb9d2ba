"""Commands of the second system: `motion_lens_training motpp train | evaluate | export | calibrate`."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..evaluation.table import append_row, row_of
from .calibrate import calibrate
from .frozen_text import MINILM, TextStore
from .losses import VARIANTS
from .motions import leg_metres, load, pooled, summary
from .report import clips_of, report
from .settings import CONFIGURATIONS, SIZES, settings_of
from .trainer import Plan, choose, device_of, open_run, train

#: Cosine for the filter with MiniLM as the teacher: what `motpp calibrate` finds (agreement of labels) on the Bandai and CMU
#: captions, to two digits the published number of mpnet.
THRESHOLDS = {MINILM: 0.6}


@dataclass(frozen=True)
class Recipe:
    """How a size is trained where the command line does not say otherwise."""

    rate: float
    schedule: str
    batch: int
    clip: float | None
    start_logvar: float


#: As published (for 250 epochs), and for short runs on a CPU, chosen on the validation split.
RECIPES = {"paper": Recipe(5e-5, "constant", 32, None, 0.0), "small": Recipe(1e-3, "cosine", 64, 1.0, -4.0)}


def _names(text: str | None) -> set[str]:
    return {x.strip() for x in (text or "").split(",") if x.strip()}


def _texts(a: argparse.Namespace, cache: Path) -> TextStore:
    return TextStore(cache, a.text_model, a.teacher)


def _train(a: argparse.Namespace) -> None:
    torch.set_num_threads(a.threads or torch.get_num_threads())
    cache = a.cache or a.out / "cache"
    data, texts = load(a.data, cache), _texts(a, cache)
    threshold = a.filter_threshold or (THRESHOLDS.get(texts.teacher_name, 0.6))
    recipe = RECIPES[a.size]
    changes: dict[str, Any] = {
        "filter_threshold": threshold,
        "identical_right": a.identical_right,
        "start_logvar": recipe.start_logvar if a.start_logvar is None else a.start_logvar,
    }
    if a.variant:
        changes["variant"] = a.variant
    settings = settings_of(a.configuration, a.size, **changes)
    if a.variant and settings.contrast != "cccl":
        raise SystemExit(f"--variant belongs to the cross-consistent loss, which {a.configuration} does not use")
    split = choose(data, _names(a.sources) or None, _names(a.leave_out), a.shortest, a.keep_shared)
    plan = Plan(
        a.steps,
        a.batch or recipe.batch,
        a.rate or recipe.rate,
        a.schedule or recipe.schedule,
        a.seed,
        a.evaluate_every,
        minutes=a.minutes,
        clip=recipe.clip,
    )
    device = device_of(a.device)
    print(
        f"{a.configuration}, {a.size}, on {device}: {len(split.train)} motions to train on {summary(split.train)}, "
        f"{len(split.validation)} to validate on, {len(split.dropped)} left out because val or test hold their recording; "
        f"texts read by {texts.name}"
        + (f", taught by {texts.teacher_name}" if settings.taught else ", no teacher")
        + (f", filtered above {threshold}" if settings.filtered else ""),
        flush=True,
    )
    about = {"configuration": a.configuration, "size": a.size, "leg_metres": leg_metres(split.train)}
    train(split, data.statistics, texts, a.out, settings, plan, about, device)


def _evaluate(a: argparse.Namespace) -> None:
    torch.set_num_threads(a.threads or torch.get_num_threads())
    system, statistics, about = open_run(a.run, a.checkpoint)
    cache = a.cache or a.run / "cache"
    data, texts = load(a.data, cache), _texts(a, cache)
    if texts.name != about["transformer"]:
        raise SystemExit(f"the run was trained over {about['transformer']}; give its folder with --text-model")
    if (a.row is None) != (a.append is None):
        raise SystemExit("--row and --append belong together: the row's name and the file it joins")
    sources = _names(a.sources) or None
    motions = data.of(a.split, sources)
    system.to(device_of(a.device))
    statistics = {**data.statistics, **statistics}
    whole = pooled([statistics[s] for s in about["train"]], list(about["train"].values()))
    clips = [] if a.fast else clips_of(a.data, a.split, data, sources)
    result = {
        "configuration": about["configuration"],
        "variant": about["settings"]["variant"] if about["settings"]["contrast"] == "cccl" else None,
        "size": about["size"],
        "trained on": about["train"],
        "step": about["step"],
        "seed": about["seed"],
        "transformer": about["transformer"],
        "teacher": about["teacher"],
        "split": a.split,
        **report(system, motions, statistics, texts, whole, clips),
    }
    if a.row:
        append_row(a.append, row_of(a.row, result, seed=about["seed"], steps=about["step"], split=a.split))
    print(json.dumps(result) if a.json else json.dumps(result, indent=1))


def _export(a: argparse.Namespace) -> None:
    from .export import export

    manifest = export(a.run, a.out, a.name, a.version, a.licence, a.text_model, a.statistics, a.checkpoint, a.int8)
    print(json.dumps({"id": manifest["id"], "folder": a.out.name}))


def _calibrate(a: argparse.Namespace) -> None:
    print(json.dumps(calibrate(a.data, a.teacher, a.reference), indent=1))


def _common(p: argparse.ArgumentParser) -> None:
    p.add_argument("--data", type=Path, action="append", required=True, help="data folder (clips.jsonl or HumanML3D's layout); repeat for several")
    p.add_argument("--cache", type=Path, help="folder for features and text states, shared between runs (default: in the run)")
    p.add_argument("--text-model", type=Path, help="folder of the frozen transformer, such as distilbert-base-uncased (default: MiniLM-L6)")
    p.add_argument("--teacher", type=Path, help="folder of the sentence teacher, such as all-mpnet-base-v2 (default: MiniLM-L6)")
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--device", default="auto", help="auto (a GPU when there is one), cpu or cuda")


def add_commands(commands: Any) -> None:
    """Adds `motpp` with its own commands to those of the package."""
    motpp = commands.add_parser("motpp", help="the second system: MoT++, MoT and TMR with cross-consistent, filtered or plain contrast")
    own = motpp.add_subparsers(required=True)
    t = own.add_parser("train", help="train from data folders; run again to resume")
    _common(t)
    t.add_argument("--out", type=Path, required=True, help="folder of the run")
    t.add_argument("--configuration", choices=CONFIGURATIONS, default="motpp-cccl")
    t.add_argument("--variant", choices=VARIANTS, help="ablation of the cross-consistent loss")
    t.add_argument("--size", choices=SIZES, default="small")
    t.add_argument("--sources", help="train on these sources only, comma separated")
    t.add_argument("--leave-out", help="train on all sources but these")
    t.add_argument("--keep-shared", action="store_true", help="keep training motions whose recording is also in val or test")
    t.add_argument("--shortest", type=float, default=2.0, help="seconds below which motions are not trained on")
    t.add_argument("--identical-right", action="store_true", help="identical captions count as right (not published)")
    t.add_argument("--filter-threshold", type=float, help="cosine of the teacher for filtered losses")
    t.add_argument("--steps", type=int, default=1000)
    t.add_argument("--batch", type=int)
    t.add_argument("--rate", type=float)
    t.add_argument("--schedule", choices=("constant", "cosine"))
    t.add_argument("--start-logvar", type=float, help="added to the log-variances (0 as published)")
    t.add_argument("--seed", type=int, default=1)
    t.add_argument("--evaluate-every", type=int, default=200)
    t.add_argument("--minutes", type=float, help="stop after so many minutes; the checkpoint stays")
    t.set_defaults(run_command=_train)
    e = own.add_parser("evaluate", help="retrieval figures of a run, per source and over all")
    _common(e)
    e.add_argument("--run", type=Path, required=True)
    e.add_argument("--checkpoint", choices=("best", "last"), default="best", help="best on validation, or the last as published")
    e.add_argument("--split", default="test")
    e.add_argument("--sources", help="only these sources, comma separated")
    e.add_argument("--fast", action="store_true", help="retrieval only, without sides, order and human captions")
    e.add_argument("--row", help="name of a row of a results table that the figures become")
    e.add_argument("--append", type=Path, help="file of rows that it joins (see `table`)")
    e.add_argument("--json", action="store_true", help="one line")
    e.set_defaults(run_command=_evaluate)
    x = own.add_parser("export", help="write a model package of kind global")
    x.add_argument("--run", type=Path, required=True)
    x.add_argument("--out", type=Path, required=True)
    x.add_argument("--checkpoint", choices=("best", "last"), default="best")
    x.add_argument("--name", default="MoT++")
    x.add_argument("--version", default="0.1.0")
    x.add_argument("--licence", default="CC-BY-NC-4.0")
    x.add_argument("--int8", action="store_true", help="store weights as int8 with a scale per channel")
    x.add_argument("--statistics", help="source whose mean and deviation the package standardises with (default: of all it was trained on)")
    x.add_argument("--text-model", type=Path, help="folder of the frozen transformer it was trained over")
    x.set_defaults(run_command=_export)
    c = own.add_parser("calibrate", help="find a teacher's threshold for filtered losses on the training captions")
    c.add_argument("--data", type=Path, required=True)
    c.add_argument("--teacher", type=Path, help="teacher to calibrate (default: MiniLM-L6)")
    c.add_argument("--reference", type=Path, help="folder of all-mpnet-base-v2, for the threshold of the same share")
    c.set_defaults(run_command=_calibrate)
