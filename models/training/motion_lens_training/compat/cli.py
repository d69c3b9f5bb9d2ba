"""The commands `compat ...` and `import` of the package."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

#: Degrees, and units of the clean image and of the 263 features.
ANGLE_TOLERANCE = 1e-4
CLEAN_TOLERANCE = 1e-4


def _parity(a: argparse.Namespace) -> None:
    from ..data import load_clips
    from .parity import compare

    clips = load_clips(a.data)
    found = compare([c.joints for c in clips])
    limits = {"angles": ANGLE_TOLERANCE, "angles of 21 joints": ANGLE_TOLERANCE}
    limits |= {"clean image": CLEAN_TOLERANCE, "263 features": CLEAN_TOLERANCE}
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


def _leg_length(joints: Path) -> float:
    """Mean hip to knee to ankle of a KIT-ML file of joints (T, 21, 3), in its own units."""
    import numpy as np

    try:
        p = np.load(joints, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(f"{joints}: cannot be read as .npy file: {error}") from error
    if p.ndim != 3 or p.shape[1:] != (21, 3):
        raise ValueError(f"{joints}: expected joints of shape (frames, 21, 3), found {p.shape}")
    bones = ((11, 12), (12, 13), (16, 17), (17, 18))
    return float(sum(np.linalg.norm(p[:, a] - p[:, b], axis=-1).mean() for a, b in bones) / 2)


def _import(a: argparse.Namespace) -> None:
    from dataclasses import asdict

    from .angles import load_statistics
    from .checkpoint import load_published
    from .package import Description, write_package

    try:
        if a.skeleton == "kit21" and a.example_joints is None:
            raise ValueError("--skeleton kit21 needs --example-joints: a file of KIT-ML's new_joints, from which its units are read")
        leg = _leg_length(a.example_joints) if a.skeleton == "kit21" else None
        mean, std = load_statistics(a.mean, a.std)
        model = load_published(a.checkpoint)
        about = Description(a.name, a.licence, skeleton=a.skeleton, leg_length=leg, padding=a.padding)
        manifest, found = write_package(model, mean, std, a.tokenizer, a.out, about, a.int8)
    except (ValueError, OSError) as error:
        raise SystemExit(f"import: {error}") from error
    text = model.size.text
    report = {
        "id": manifest["id"],
        "folder": str(a.out),
        "motion encoder": f"ViT of width {model.size.vit_width}, {model.size.vit_depth} blocks",
        "text encoder": f"{text.family} of width {text.width}, {text.depth} layers",
        "largest difference between PyTorch and ONNX": asdict(found),
    }
    print(json.dumps(report, indent=1))


def _add_import(commands: Any) -> None:
    p = commands.add_parser("import", help="make a model package of a published checkpoint of MotionColBert")
    p.add_argument("--checkpoint", type=Path, required=True, help="the file of weights, read with weights_only=True")
    p.add_argument("--mean", type=Path, required=True, help="Mean_angle.npy of the published code")
    p.add_argument("--std", type=Path, required=True, help="Std_angle.npy of the published code")
    p.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json of distilbert-base-uncased or roberta-large")
    p.add_argument("--out", type=Path, required=True, help="folder of the model package")
    p.add_argument("--name", default="MotionColBert (published weights)")
    p.add_argument("--licence", default="not stated with the weights; the published code is CC-BY-NC-4.0")
    p.add_argument("--skeleton", choices=("humanml3d22", "kit21"), default="humanml3d22", help="what the checkpoint was trained on")
    p.add_argument("--example-joints", type=Path, help="one .npy of KIT-ML's new_joints, with --skeleton kit21")
    p.add_argument("--padding", choices=("keep", "drop"), default="keep", help="score the patches behind the end of short motions, as published")
    p.add_argument("--int8", action="store_true", help="store weights as int8: a quarter of the size")
    p.set_defaults(run_command=_import)


def _train(a: argparse.Namespace) -> None:
    from dataclasses import replace

    import torch

    from .train import RECIPES, Run, train

    torch.set_num_threads(a.threads or torch.get_num_threads())
    changes = {k: v for k in ("epochs", "batch", "seed", "statistics", "select") if (v := getattr(a, k)) is not None}
    recipe = replace(RECIPES[a.size, a.recipe], **changes)
    run = Run(a.size, a.recipe, a.data, a.out, a.text_model, a.vit_weights, a.minutes)
    try:
        train(run, recipe)
    except (ValueError, OSError) as error:
        raise SystemExit(f"compat train: {error}") from error
    own = [f"--{name} {a.out / file}" for name, file in
           (("checkpoint", "best.ckpt"), ("mean", "Mean_angle.npy"), ("std", "Std_angle.npy"), ("tokenizer", "tokenizer.json"))]  # fmt: skip
    print(f"model package: python -m motion_lens_training import {' '.join(own)} --out <model folder>", flush=True)


def _evaluate(a: argparse.Namespace) -> None:
    from .angles import load_statistics, standardised
    from .checkpoint import load_published
    from .start import open_tokenizer
    from .train import evaluate, load_samples

    try:
        model = load_published(a.checkpoint)
        mean, std = load_statistics(a.mean, a.std)
        tokenizer, _ = open_tokenizer(a.tokenizer, model.size.text)
        samples, dropped = load_samples(a.data, a.split, mirrored=False)
        if not samples:
            raise ValueError(f"{a.data}: no motion in {a.split}")
    except (ValueError, OSError) as error:
        raise SystemExit(f"compat evaluate: {error}") from error
    for sample in samples:
        sample.angles = standardised(sample.angles, mean, std)
    print(json.dumps({**evaluate(model, tokenizer, samples), "left out, angle undefined": dropped}, indent=1))


def _add_training(own: Any) -> None:
    t = own.add_parser("train", help="train by the published recipe; run again to resume")
    t.add_argument("--data", type=Path, required=True, help="data folder, or one in HumanML3D's layout")
    t.add_argument("--out", type=Path, required=True, help="folder of the run")
    t.add_argument("--size", choices=("base", "large", "tiny"), default="base", help="tiny is for tests")
    t.add_argument("--recipe", choices=("humanml3d", "kit"), default="humanml3d", help="published epochs, rates and seed of which data set")
    t.add_argument("--text-model", type=Path, help="folder of distilbert-base-uncased or roberta-large (random weights without)")
    t.add_argument("--vit-weights", type=Path, help="ImageNet weights of timm's ViT, .safetensors or .pth (random without)")
    t.add_argument("--epochs", type=int)
    t.add_argument("--batch", type=int)
    t.add_argument("--seed", type=int)
    t.add_argument("--statistics", choices=("all", "train"), help="frames the angles are standardised by (all, as published)")
    t.add_argument("--select", choices=("val", "test"), help="split whose mean R@5 chooses the epoch (val; the published figures chose on test)")
    t.add_argument("--minutes", type=float, help="stop after so many minutes; the checkpoint stays")
    t.add_argument("--threads", type=int, default=0)
    t.set_defaults(run_command=_train)
    e = own.add_parser("evaluate", help="R@k of a checkpoint as officially evaluated and as the product scores")
    for name, text in (("checkpoint", "best.ckpt or a published file"), ("mean", "Mean_angle.npy"), ("std", "Std_angle.npy"),
                       ("tokenizer", "tokenizer.json"), ("data", "data folder, or one in HumanML3D's layout")):  # fmt: skip
        e.add_argument(f"--{name}", type=Path, required=True, help=text)
    e.add_argument("--split", default="test")
    e.set_defaults(run_command=_evaluate)


def add_commands(commands: Any) -> None:
    """Adds `import`, and `compat` with its own commands, to the package's commands."""
    _add_import(commands)
    compat = commands.add_parser("compat", help="the published system MotionColBert: training, parity of angles")
    own = compat.add_subparsers(required=True)
    p = own.add_parser("angles-parity", help="largest difference between the Python and TypeScript numbers of a data folder")
    p.add_argument("--data", type=Path, required=True, help="folder with motions.npz and clips.jsonl")
    p.set_defaults(run_command=_parity)
    _add_training(own)
