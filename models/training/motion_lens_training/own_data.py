"""Training on one's own folders, from a model package, a run or from scratch, up to a complete model package.

`--out` becomes the package; the run stands in its folder `training`: `start.pt`, `checkpoint.pt` (to go on from after a stop, removed
at the end), `best.pt`, `log.jsonl`, and `notes.txt` with everything that was left out of the data.
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from .data import Clip, generated_clips
from .evaluate import OnnxEncoder
from .evaluation.report import figures
from .export import export, global_basis
from .folder_data import FolderClip, FolderError, MotionFolder, without_leaks
from .model import Config
from .model_card import write_card, write_licence
from .restore import TOLERANCE, PackageError, check, restore
from .text_model import load_tokenizer
from .train import load_model, train

#: Motions that the epochs are compared on; more cost time without changing the choice.
VALIDATION = 400
#: Clips whose global vectors choose the directions kept of them; with fewer, those of the start are kept.
BASIS_CLIPS, FEWEST_BASIS_CLIPS = 1000, 200
NOTES_SHOWN = 8


@dataclass
class Settings:
    data: list[Path]
    out: Path
    #: Model package or run to start from; None: from scratch (the text encoder from MiniLM).
    start: Path | None = None
    steps: int | None = None
    batch: int = 64
    seed: int = 1
    rate: float | None = None
    minutes: float | None = None
    fps: float | None = None
    generated: int | None = None
    generated_share: float = 0.2
    generated_folder: Path | None = None
    keep_leaks: bool = False
    leave_out: str | None = None
    name: str | None = None
    licence: str = "not stated"


@dataclass
class Start:
    """What training begins with."""

    config: Config
    file: Path | None = None
    manifest: dict[str, Any] | None = None
    basis: torch.Tensor | None = None
    #: Largest difference between the vectors of the package and of the model taken from it.
    difference: float | None = None


def read_start(folder: Path | None, run: Path, name: str = "start.pt") -> Start:
    """The start in the form that `train` takes: the `best.pt` of a run; of a model package one is made in `run`, with that name."""
    if folder is None:
        return Start(Config(ignore_same_content=True))
    if not (folder / "model.json").is_file():
        if not (folder / "best.pt").is_file():
            raise PackageError(f"{folder}: holds neither model.json (a model package) nor best.pt (a run)")
        return Start(load_model(folder / "best.pt").config, folder / "best.pt")
    restored = restore(folder)
    difference = check(restored, folder)
    if difference > TOLERANCE:
        raise PackageError(f"{folder}: the model taken from the package differs from it by {difference:.2g} in a vector; no sound start")
    file = run / name
    torch.save({"config": asdict(restored.model.config), "model": restored.model.state_dict()}, file)
    return Start(restored.model.config, file, restored.manifest, restored.basis, difference)


@dataclass
class Data:
    train: list[FolderClip]
    val: list[FolderClip]
    test: list[FolderClip]
    #: Clips left out because their recording is in val or test, or their source is left out.
    leaks: int
    notes: list[str]


def read_data(folders: list[Path], fps: float | None = None, keep_leaks: bool = False, leave_out: str | None = None) -> Data:
    """All splits of one folder, or of several together. `leave_out`: a source that is only tested on."""
    out = Data([], [], [], 0, [])
    for path in folders:
        folder = MotionFolder(path, fps)
        out.train += folder.clips("train", mirrored=False)
        out.val += folder.evaluation_clips("val")
        out.test += folder.evaluation_clips("test")
        out.notes += [f"{path.name}: {n}" if len(folders) > 1 else n for n in folder.notes]
    if leave_out is not None:
        if leave_out not in {c.source for c in out.train + out.val + out.test}:
            raise FolderError(f"no clip is of the source {leave_out}; there are {', '.join(sorted({c.source for c in out.train}))}")
        out.train = [c for c in out.train if c.source != leave_out]
        out.val = [c for c in out.val if c.source != leave_out]
        out.test = [c for c in out.test if c.source == leave_out]
    if not keep_leaks:
        kept = without_leaks(out.train, out.val, out.test)
        out.leaks = len(out.train) - len(kept)
        out.train = kept
    names = ", ".join(str(p) for p in folders)
    if len(out.train) < 2:
        raise FolderError(f"{names}: {len(out.train)} clips to train on; {_first(out.notes)}")
    if len(out.val) < 2:
        raise FolderError(f"{names}: {len(out.val)} motions to validate on, two are needed; {_first(out.notes)}")
    return out


def _first(notes: list[str]) -> str:
    return f"first of {len(notes)} notes: {notes[0]}" if notes else "the lists are empty"


def default_steps(clips: int, batch: int, fine_tuning: bool) -> int:
    """Passes over the data that a start needs (10) or a model from scratch (40), within bounds."""
    passes, fewest, most = (10, 100, 4000) if fine_tuning else (40, 1000, 20000)
    return min(most, max(fewest, passes * clips // batch))


def train_on_folders(s: Settings) -> dict[str, Any]:
    """Trains, exports the package into `s.out`, evaluates it and returns its manifest."""
    run = s.out / "training"
    if (s.out / "model.json").exists() and not (run / "checkpoint.pt").is_file():
        raise FolderError(f"{s.out}: holds a finished model; choose another --out, or delete the folder to train anew")
    run.mkdir(parents=True, exist_ok=True)
    start = read_start(s.start, run)
    data = read_data(s.data, s.fps, s.keep_leaks, s.leave_out)
    (run / "notes.txt").write_text("".join(n + "\n" for n in data.notes))
    _say(start, data)
    clips: list[Clip] = list(data.train)
    count = 1000 if s.generated is None else s.generated
    if count:
        clips += generated_clips(s.generated_folder or run / "generated", count)
    steps = s.steps or default_steps(len(data.train), s.batch, s.start is not None)
    best = train(
        clips,
        random.Random(s.seed).sample(data.val, min(VALIDATION, len(data.val))),
        run,
        start.config,
        steps=steps,
        batch=s.batch,
        seed=s.seed,
        rate=s.rate or (3e-4 if s.start else 1e-3),
        minutes=s.minutes,
        start=start.file,
        generated_share=s.generated_share,
        # Members of a joint set are drawn as often as they have clips.
        source_weights={"generated": 1.0},
    )
    checkpoint = run / "checkpoint.pt"
    done = torch.load(checkpoint, map_location="cpu", weights_only=True)["step"]
    if done < steps:
        print(f"stopped after {done} of {steps} steps; the same command goes on and writes the package at the end", flush=True)
        return {}
    manifest = _export(s, start, data, best)
    report = _evaluate(s, data)
    manifest["metrics"] = report.get("summary", {})
    (s.out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")
    write_licence(s.out, manifest, start.manifest)
    write_card(s.out, manifest, start.manifest, data, report, steps=steps, batch=s.batch, seed=s.seed, generated=count, difference=start.difference)
    checkpoint.unlink()
    (run / "start.pt").unlink(missing_ok=True)
    return manifest


def _say(start: Start, data: Data) -> None:
    if start.difference is not None:
        print(f"starts from the package's weights (largest difference of a vector {start.difference:.1g})", flush=True)
    sources = ", ".join(sorted({c.source for c in data.train}))
    print(f"{len(data.train)} clips to train on, {len(data.val)} motions to validate and {len(data.test)} to test on ({sources})", flush=True)
    if data.leaks:
        print(f"{data.leaks} clips whose recording is in val or test are not trained on (--keep-leaks trains on them)", flush=True)
    for note in data.notes[:NOTES_SHOWN]:
        print(f"note: {note}", flush=True)
    if len(data.notes) > NOTES_SHOWN:
        print(f"... and {len(data.notes) - NOTES_SHOWN} more in training/notes.txt", flush=True)


def _export(s: Settings, start: Start, data: Data, model: Any) -> dict[str, Any]:
    basis, share = None, 0.6
    if model.config.kind == "late":
        before = start.manifest or {}
        dims = before.get("dim", 0) - before.get("gridDim", 0) if start.basis is not None else 64
        share = 1 - before.get("gridShare", 1 - share) if start.basis is not None else share
        if start.basis is not None and len(data.train) < FEWEST_BASIS_CLIPS:
            basis = start.basis
        else:
            some = random.Random(s.seed).sample(data.train, min(BASIS_CLIPS, len(data.train)))
            basis = global_basis(model, list(some), dims, load_tokenizer())
    mine = [{"name": f.resolve().name, "licence": s.licence, "credit": "as the data set asks"} for f in s.data]
    before_data = (start.manifest or {}).get("trainingData", [])
    licence = f"that of the training data ({s.licence})"
    if start.manifest is not None:
        licence = f"{start.manifest.get('licence', 'not stated')} (start weights) and {licence}"
    return export(
        model,
        s.out,
        {
            "name": s.name or _name(s, start),
            "version": "0.1.0",
            "licence": licence,
            "trainingData": before_data + mine,
        },
        basis=basis,
        global_weight=share,
    )


def _name(s: Settings, start: Start) -> str:
    mine = " + ".join(f.resolve().name for f in s.data)
    return f"{start.manifest['name']} on {mine}" if start.manifest is not None else mine


def _evaluate(s: Settings, data: Data) -> dict[str, Any]:
    """Figures of the package on test (val where there is no test), beside those of the package it started from."""
    split, clips = ("test", data.test) if len(data.test) > 1 else ("val", data.val)
    kind = "late" if json.loads((s.out / "model.json").read_text())["kind"] == "late-interaction" else "global"
    report: dict[str, Any] = {"split": split, "clips": len(clips), "after": figures(OnnxEncoder(s.out), clips, kind, fast=True)}
    if s.start is not None and (s.start / "model.json").is_file():
        report["before"] = figures(OnnxEncoder(s.start), clips, kind, fast=True)
    report["summary"] = {"split": split, "clips": len(clips), "retrieval": report["after"]["retrieval"]}
    return report
