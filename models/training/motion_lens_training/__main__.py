"""Command line: train, export, evaluate.

python -m motion_lens_training train --data DATA --out runs/full
python -m motion_lens_training export --run runs/full --out ../default
python -m motion_lens_training evaluate --model ../default --data DATA --json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch

from .compat.cli import add_commands as add_compat_commands
from .data import generated_clips, load_clips
from .evaluation.command import add_commands as add_evaluation_commands
from .model import Config
from .motpp.command import add_commands as add_motpp_commands
from .own_data_command import add_own_data
from .parity import add_commands as add_parity_command
from .text_model import load_tokenizer
from .train import load_average, load_model, train

#: Sources of each configuration; None means all of the data folder. `free` avoids everything with a non-commercial licence.
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "full": {"sources": None, "kind": "late"},
    "free": {"sources": {"cmu"}, "kind": "late"},
    "global": {"sources": None, "kind": "global"},
}

TRAINING_DATA: dict[str, dict[str, str]] = {
    "bandai": {
        "name": "Bandai-Namco-Research-Motiondataset 1 and 2",
        "licence": "CC-BY-NC-4.0",
        "credit": "Bandai-Namco-Research-Motiondataset, (c) Bandai Namco Research Inc., CC BY-NC 4.0",
    },
    "cmu": {
        "name": "CMU Graphics Lab Motion Capture Database",
        "licence": "free to use with credit",
        "credit": "The data used in this project was obtained from mocap.cs.cmu.edu. "
        "The database was created with funding from NSF EIA-0196217.",
    },
    "generated": {"name": "Motions of this project's kinematic generator", "licence": "MIT", "credit": "Motion Lens"},
    "minilm": {
        "name": "all-MiniLM-L6-v2 (start of the text encoder)",
        "licence": "Apache-2.0",
        "credit": "sentence-transformers/all-MiniLM-L6-v2",
    },
}


def _licence(configuration: str) -> tuple[str, list[dict[str, str]]]:
    names = ["cmu", "generated", "minilm"] if configuration == "free" else ["bandai", "cmu", "generated", "minilm"]
    return ("MIT" if configuration == "free" else "CC-BY-NC-4.0"), [TRAINING_DATA[n] for n in names]


def _train(a: argparse.Namespace) -> None:
    torch.set_num_threads(a.threads or torch.get_num_threads())
    choice = CONFIGURATIONS[a.configuration]
    clips = load_clips(a.data, "train", choice["sources"])
    validation = load_clips(a.data, "val", choice["sources"])
    if a.generated:
        clips += generated_clips(a.generated_folder or a.out / "generated", a.generated)
    print(f"{len(clips)} motions to train on, {len(validation)} to validate on", flush=True)
    train(
        clips,
        validation,
        a.out,
        Config(
            kind=choice["kind"],
            ignore_same_content=a.ignore_same_content,
            identical_positive=not a.identical_negative,
            evidence_weight=a.evidence_weight,
            mlm_weight=a.mlm_weight,
            whole_layers=a.whole_layers,
            consistency_weight=a.consistency_weight,
            distil_weight=a.distil_weight,
        ),
        steps=a.steps,
        batch=a.batch,
        seed=a.seed,
        rate=a.rate,
        minutes=a.minutes,
        start=a.start and a.start / "best.pt",
        generated_share=a.generated_share,
        source_weights={"cmu": a.cmu_weight},
    )
    (a.out / "configuration.json").write_text(
        json.dumps({"configuration": a.configuration, "steps": a.steps, "seed": a.seed, "generated": a.generated}) + "\n"
    )


def _export(a: argparse.Namespace) -> None:
    from .export import export

    configuration = json.loads((a.run / "configuration.json").read_text())["configuration"]
    licence, data = _licence(configuration)
    metrics = json.loads(a.metrics.read_text()) if a.metrics else {}
    model = load_average(a.run) if a.last else load_model(a.run / "best.pt")
    basis = None
    if a.data:
        from .export import global_basis

        some = load_clips(a.data, "train", CONFIGURATIONS[configuration]["sources"])
        basis = global_basis(model, [c for c in some if c.training_captions()], a.global_dim, load_tokenizer())
    manifest = export(
        model,
        a.out,
        {"name": a.name, "version": a.version, "licence": licence, "trainingData": data, "metrics": metrics},
        int8=not a.float32,
        basis=basis,
        global_weight=a.global_weight,
    )
    print(json.dumps({"id": manifest["id"], "folder": a.out.name}))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="motion_lens_training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    t = commands.add_parser("train", help="train from a data folder; run again to resume")
    t.add_argument("--data", type=Path, required=True, help="folder with motions.npz and clips.jsonl, or one in the HumanML3D layout")
    t.add_argument("--out", type=Path, required=True, help="folder of the run, or of the model package made of a HumanML3D-layout folder")
    t.add_argument("--configuration", choices=CONFIGURATIONS, default="full")
    t.add_argument("--generated", type=int, default=4000, help="generated motions that join the training")
    t.add_argument("--generated-folder", type=Path, help="where they are kept (default: in the run)")
    t.add_argument("--generated-share", type=float, default=0.3, help="share of generated motions in a batch")
    t.add_argument("--cmu-weight", type=float, default=2.0, help="how much more often a CMU clip is drawn")
    t.add_argument("--ignore-same-content", action="store_true", help="clips of the same content are no negatives of each other")
    t.add_argument("--identical-negative", action="store_true", help="ablation: identical captions are negatives, as published")
    t.add_argument("--evidence-weight", type=float, default=0.4, help="weight of the truth of compositions and limbs")
    t.add_argument("--mlm-weight", type=float, default=0.2, help="weight of the masked-language loss")
    t.add_argument("--whole-layers", type=int, default=0, help="layers of the second, whole-body encoder of the global vector")
    t.add_argument("--consistency-weight", type=float, default=0.0, help="weight of the cross-consistency terms")
    t.add_argument("--distil-weight", type=float, default=0.0, help="weight of teaching the global score MaxSim's ranking")
    t.add_argument("--from", dest="start", type=Path, help="run or model package that training starts from")
    t.add_argument("--rate", type=float, default=1e-3, help="learning rate of the new layers")
    t.add_argument("--steps", type=int, default=1000)
    t.add_argument("--batch", type=int, default=64)
    t.add_argument("--seed", type=int, default=1)
    t.add_argument("--minutes", type=float, help="stop after so many minutes; the checkpoint stays")
    t.add_argument("--threads", type=int, default=0)
    add_own_data(t, _train)
    e = commands.add_parser("export", help="write a model package from a run")
    e.add_argument("--run", type=Path, required=True)
    e.add_argument("--out", type=Path, required=True)
    e.add_argument("--last", action="store_true", help="the average at the run's last step, not the best by MaxSim on validation")
    e.add_argument("--data", type=Path, help="data folder; with it the global score joins the vectors (a weighted sum with MaxSim)")
    e.add_argument("--global-weight", type=float, default=0.6, help="share of the global score")
    e.add_argument("--global-dim", type=int, default=64, help="numbers that carry the global vector")
    e.add_argument("--name", default="Motion Lens small")
    e.add_argument("--version", default="0.1.0")
    e.add_argument("--metrics", type=Path, help="JSON file of `evaluate --json` to put into model.json")
    e.add_argument("--float32", action="store_true", help="keep float32 weights")
    e.set_defaults(run_command=_export)
    add_evaluation_commands(commands)
    add_compat_commands(commands)
    add_motpp_commands(commands)
    add_parity_command(commands)
    a = parser.parse_args(arguments)
    a.run_command(a)


if __name__ == "__main__":
    main()
