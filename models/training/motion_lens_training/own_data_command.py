"""What `train` takes and does for folders in the HumanML3D layout, and for a start from a model package."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch

from .folder_data import is_motion_folder
from .own_data import Settings, read_start, train_on_folders

#: Options whose usual value depends on the layout: left open until the layout is known.
_OPEN = ("generated", "generated_share", "steps", "rate")


def add_own_data(parser: argparse.ArgumentParser, otherwise: Callable[[argparse.Namespace], None]) -> None:
    """Gives `train` its options for one's own folders; folders of the project's own layout go to `otherwise` as before."""
    usual = {name: parser.get_default(name) for name in _OPEN}
    parser.set_defaults(**dict.fromkeys(_OPEN))
    own = parser.add_argument_group(
        "folders in the HumanML3D layout (new_joints or new_joint_vecs, texts, split lists)",
        "--data may be such a folder, and --from a model package such as models/default: --out becomes a complete model package. "
        "Steps, rate and generated motions then default to what fits the data.",
    )
    own.add_argument("--also", type=Path, nargs="+", default=[], help="more such folders, trained on together (joint data sets)")
    own.add_argument("--name", help="name of the model in the editor")
    own.add_argument("--licence", default="not stated", help="licence of the data, for the model card")
    own.add_argument("--fps", type=float, help="frame rate of the files, in place of 20 (22 joints) or 12.5 (21 joints)")
    own.add_argument("--keep-leaks", action="store_true", help="train also on clips whose recording is in val or test")
    own.add_argument("--leave-out", metavar="SOURCE", help="a source that is tested on only (cross-dataset)")

    def run(a: argparse.Namespace) -> None:
        if is_motion_folder(a.data) or (a.data / "texts").is_dir():
            torch.set_num_threads(a.threads or torch.get_num_threads())
            train_on_folders(settings_of(a))
            return
        if a.also or a.leave_out:
            parser.error(f"--also and --leave-out need folders in the HumanML3D layout; {a.data} is none")
        for name in _OPEN:
            if getattr(a, name) is None:
                setattr(a, name, usual[name])
        if a.start is not None and (a.start / "model.json").is_file():
            # The usual way takes a run: the package's weights are put down as one.
            run_folder = a.out / "start"
            run_folder.mkdir(parents=True, exist_ok=True)
            read_start(a.start, run_folder, "best.pt")
            a.start = run_folder
        otherwise(a)

    parser.set_defaults(run_command=run)


def settings_of(a: argparse.Namespace) -> Settings:
    s = Settings([a.data, *a.also], a.out, a.start)
    for name in ("steps", "batch", "seed", "rate", "minutes", "fps", "generated", "keep_leaks", "leave_out", "name", "licence", "generated_folder"):
        setattr(s, name, getattr(a, name))
    if a.generated_share is not None:
        s.generated_share = a.generated_share
    return s
