"""How far PyTorch, ONNX and the extension's own pipeline lie apart for one model: `parity --model PACKAGE --run RUN --data DATA`.

The same clips and captions go through PyTorch in float32 (the reference), the ONNX files in float32, those with int8 weights, and through
`dist/cli.js encode` with both: from the motion file and the text to vectors. One of the two is the package itself, the other is exported anew. Compared are vectors as the model gives them, before
the index stores them in few bits; a vector is that of a patch or token with what the model says of the whole behind it, or the only one
of a model of kind `global`. R@10 is that of all test clips and their first captions, by each row's own float vectors.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from torch import nn

from .compat.parity import REPOSITORY, ParityUnavailable, find_node
from .data import Clip, load_clips
from .evaluation.encoders import kept_positions
from .evaluation.metrics import ranks
from .evaluation.packages import leg_length
from .features import clean_features, to_image
from .features263 import features_from_joints

#: Vectors (count, dim) of a motion's patches or a text's scored tokens; one row for a model of kind `global`.
Vectors = np.ndarray


class ParityError(ValueError):
    """A model, run or data folder that cannot be compared."""


@dataclass
class Way:
    """One way from joints and texts to vectors."""

    name: str
    motion: Callable[[np.ndarray], Vectors]
    text: Callable[[str], Vectors]


@dataclass
class Row:
    """A way's largest differences from PyTorch, and its R@10 both ways in per cent where it was asked for."""

    name: str
    motions: float
    texts: float
    recall: tuple[float, float] | None = field(default=None)


def manifest_of(package: Path) -> dict[str, Any]:
    try:
        return json.loads((package / "model.json").read_text())
    except FileNotFoundError:
        raise ParityError(f"{package} is no model package: it has no model.json") from None
    except json.JSONDecodeError as error:
        raise ParityError(f"{package / 'model.json'} is not JSON: {error}") from None


class _Inputs:
    """What a package's networks take in, from joints and texts."""

    def __init__(self, package: Path, manifest: dict[str, Any]) -> None:
        self.manifest = manifest
        motion = manifest["motion"]
        self.mean, self.std = np.array(motion["mean"], np.float64), np.array(motion["std"], np.float64)
        self.whole = motion.get("features") == "hml263"
        self.tokenizer = Tokenizer.from_file(str(package / manifest["text"]["tokenizer"]))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(manifest["text"]["maxTokens"])

    def motion(self, joints: np.ndarray) -> np.ndarray:
        if not self.whole:
            # The extension runs a longer motion in windows; its patches see no further than their halos.
            return to_image(clean_features(joints), np.float32(self.mean), np.float32(self.std))
        leg = self.manifest["motion"].get("legMetres")
        rows = features_from_joints(joints if leg is None else joints * (leg / leg_length(joints)))
        return ((rows[: self.manifest["motion"]["frames"]] - self.mean) / self.std).astype(np.float32)

    def text(self, text: str) -> tuple[np.ndarray, list[int]]:
        """Ids (1, L) and which of them are scored."""
        encoding = self.tokenizer.encode(text)
        return np.array([encoding.ids], np.int64), kept_positions(encoding.tokens)


def torch_path(inputs: _Inputs, motion: nn.Module, text: nn.Module) -> Way:
    def of_motion(joints: np.ndarray) -> Vectors:
        with torch.no_grad():
            found = motion(torch.from_numpy(inputs.motion(joints)))
        return found.numpy()[None] if inputs.whole else found[0].numpy()

    def of_text(value: str) -> Vectors:
        ids, kept = inputs.text(value)
        with torch.no_grad():
            found = text(torch.from_numpy(ids))
        return found.numpy()[None] if inputs.whole else found[0].numpy()[kept]

    return Way("PyTorch float32", of_motion, of_text)


def onnx_path(name: str, inputs: _Inputs, package: Path) -> Way:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    files = inputs.manifest["motion"]["file"], inputs.manifest["text"]["file"]
    motion, text = (onnxruntime.InferenceSession(str(package / f), options) for f in files)

    def of_motion(joints: np.ndarray) -> Vectors:
        if inputs.whole:
            return motion.run(["global"], {"features": inputs.motion(joints)})[0][None]
        return motion.run(["patches"], {"image": inputs.motion(joints)})[0]

    def of_text(value: str) -> Vectors:
        ids, kept = inputs.text(value)
        if inputs.whole:
            return text.run(["global"], {"input_ids": ids})[0][None]
        return text.run(["tokens"], {"input_ids": ids})[0][kept]

    return Way(name, of_motion, of_text)


def cli_vectors(package: Path, motions: list[np.ndarray], texts: list[str]) -> tuple[list[Vectors], list[Vectors]]:
    """What the built command line makes of motion files and texts."""
    program = REPOSITORY / "dist" / "cli.js"
    if not program.is_file():
        raise ParityUnavailable(f"{program} is missing; run npm run build in the repository")
    with tempfile.TemporaryDirectory(prefix="motion-lens-") as name:
        folder = Path(name)
        files = [folder / f"{i:06d}.npy" for i in range(len(motions))]
        for file, joints in zip(files, motions, strict=True):
            np.save(file, np.asarray(joints, np.float32))
        (folder / "motions.txt").write_text("".join(f"{f}\n" for f in files))
        (folder / "texts.txt").write_text("".join(f"{t}\n" for t in texts), encoding="utf-8")
        command = [find_node(), str(program), "encode", "--model", str(package), "--provider", "cpu"]
        lists = ["--motions", str(folder / "motions.txt"), "--queries", str(folder / "texts.txt")]
        done = subprocess.run([*command, *lists], capture_output=True, text=True, check=False, encoding="utf-8")
    if done.returncode != 0:
        raise ParityUnavailable(f"{program.name} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    found = [_joined(json.loads(line)) for line in done.stdout.splitlines()]
    if len(found) != len(motions) + len(texts):
        raise ParityUnavailable(f"{program.name} gave {len(found)} answers for {len(motions)} motions and {len(texts)} texts")
    return found[: len(motions)], found[len(motions) :]


def _joined(answer: dict[str, Any]) -> Vectors:
    whole = np.array(answer["whole"], np.float32)
    if not answer["grid"]:
        return whole[None]
    grid = np.array(answer["grid"], np.float32)
    return np.concatenate([grid, np.broadcast_to(whole, (len(grid), len(whole)))], 1)


def largest_difference(ours: list[Vectors], theirs: list[Vectors]) -> float:
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if a.shape != b.shape:
            raise ParityError(f"input {i} gives vectors of shape {a.shape} here and {b.shape} there")
    return max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))


def recall_at_10(motions: list[Vectors], texts: list[Vectors], captions: list[str]) -> tuple[float, float]:
    """R@10 in per cent, text to motion and motion to text; motions of one caption all answer it."""
    rows = [[float((t @ m.T).max(1).mean()) for m in motions] for t in texts]
    scores, names = np.array(rows), np.array(captions)
    correct = names[:, None] == names[None]
    both = (ranks(scores, correct), ranks(scores.T, correct.T))
    return tuple(100 * float((r < 10).mean()) for r in both)  # type: ignore[return-value]


# -- the two kinds of packages --------------------------------------------------------------------------------------------


def late_interaction(package: Path, manifest: dict[str, Any], run: Path, out: Path, int8: bool) -> tuple[nn.Module, nn.Module]:
    """Networks of a run (folder with best.pt, or that file); exports it to `out` with the directions of `package`."""
    from .export import WithWhole, export
    from .train import load_model

    model = load_model(run if run.is_file() else run / "best.pt").eval()
    share = manifest.get("gridShare", 1.0)
    basis = basis_of(package / manifest["motion"]["file"]) if share < 1 else None
    about = {"name": manifest["name"], "version": "parity", "licence": manifest["licence"], "trainingData": []}
    export(model, out, about, int8=int8, basis=basis, global_weight=1 - share)
    if basis is None:
        return model.motion, model.text
    return WithWhole(model.motion, basis, 1 - share).eval(), WithWhole(model.text, basis, 1 - share).eval()


def basis_of(motion: Path) -> torch.Tensor:
    """The directions (rest, dim) of the whole that a package was exported with; they stay in float32."""
    for constant in onnx.load(str(motion)).graph.initializer:
        if constant.name.split(".")[-1] == "basis":
            return torch.from_numpy(numpy_helper.to_array(constant).copy())
    raise ParityError(f"{motion} carries the whole behind its patches, but not the directions it is written in")


def one_vector(manifest: dict[str, Any], run: Path, out: Path, int8: bool, text_model: Path | None) -> tuple[nn.Module, nn.Module]:
    """As `late_interaction`, for a run of the second system."""
    from .motpp.export import MotionNetwork, TextNetwork, export
    from .motpp.frozen_text import Transformer
    from .motpp.trainer import open_run

    system, _, _ = open_run(run)
    export(run, out, manifest["name"], "parity", manifest["licence"], text_model, int8=int8)
    return MotionNetwork(system).eval(), TextNetwork(system, Transformer(text_model)).eval()


def compare(package: Path, run: Path, clips: list[Clip], sample: int, text_model: Path | None = None, recall: bool = True) -> list[Row]:
    """Rows of the table. `sample` clips, spread over all, are compared; all of them make up the gallery of R@10."""
    manifest = manifest_of(package)
    motion = manifest["motion"]
    whole = motion.get("features") == "hml263"
    if not whole and motion.get("angles") != "clean":
        raise ParityError(f"{package}: packages of the published system are compared with PyTorch when they are imported")
    if not clips:
        raise ParityError("there are no clips to compare with")
    captions = [c.captions[0].text for c in clips]
    chosen = sorted({int(i) for i in np.linspace(0, len(clips) - 1, min(sample, len(clips)))})
    joints, texts = [clips[i].joints for i in chosen], [captions[i] for i in chosen]
    with tempfile.TemporaryDirectory(prefix="motion-lens-") as name:
        other, is_int8 = Path(name), manifest.get("quantisation", "").startswith("int8")
        made = one_vector(manifest, run, other, not is_int8, text_model) if whole else late_interaction(package, manifest, run, other, not is_int8)
        check_same(package, other)
        float32, int8 = (other, package) if is_int8 else (package, other)
        inputs = _Inputs(package, manifest)
        ways = [
            torch_path(inputs, *made),
            onnx_path("ONNX float32", inputs, float32),
            onnx_path("ONNX int8", inputs, int8),
        ]
        reference = [ways[0].motion(j) for j in joints], [ways[0].text(t) for t in texts]
        rows = []
        for way in ways:
            found = [way.motion(j) for j in joints], [way.text(t) for t in texts]
            row = Row(way.name, *(largest_difference(a, b) for a, b in zip(reference, found, strict=True)))
            if recall:
                row.recall = recall_at_10([way.motion(c.joints) for c in clips], [way.text(t) for t in captions], captions)
            rows.append(row)
        for label, folder in (("float32", float32), ("int8", int8)):
            found = cli_vectors(folder, joints, texts)
            rows.append(Row(f"TypeScript, ONNX {label}", *(largest_difference(a, b) for a, b in zip(reference, found, strict=True))))
    return rows


def check_same(package: Path, other: Path) -> None:
    """Does the package have the size and statistics of its run's other export?"""
    given, made = manifest_of(package), manifest_of(other)
    fields = [("dim", given["dim"], made["dim"])]
    fields += [(f"motion.{k}", given["motion"][k], made["motion"][k]) for k in ("mean", "std")]
    for name, a, b in fields:
        if np.shape(a) != np.shape(b) or not np.allclose(a, b, atol=1e-5):
            raise ParityError(f"{package}: was not exported from this run: {name} differs")


def markdown(rows: list[Row]) -> str:
    lines = ["| pipeline | motion vectors | text vectors | R@10 T2M | R@10 M2T |", "|---|---|---|---|---|"]
    for row in rows:
        recall = ("", "") if row.recall is None else tuple(f"{r:.1f}" for r in row.recall)
        lines.append(f"| {row.name} | {row.motions:.1e} | {row.texts:.1e} | {recall[0]} | {recall[1]} |")
    return "\n".join(lines)


def _parity(a: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    clips = [c for c in load_clips(a.data, a.split) if c.captions]
    try:
        rows = compare(a.model, a.run, clips, a.clips, a.text_model, recall=not a.no_recall)
    except (ParityError, ParityUnavailable, FileNotFoundError) as error:
        raise SystemExit(str(error)) from None
    print(f"Largest differences from PyTorch over {min(a.clips, len(clips))} clips and captions; R@10 over {len(clips)}.\n")
    print(markdown(rows))


def add_commands(commands: Any) -> None:
    """Adds `parity` to the package's commands."""
    p = commands.add_parser("parity", help="how far PyTorch, ONNX, int8 and the extension's pipeline lie apart for one model")
    p.add_argument("--model", type=Path, required=True, help="model package")
    p.add_argument("--run", type=Path, required=True, help="the run it was exported from")
    p.add_argument("--data", type=Path, required=True, help="data folder whose clips and captions are encoded")
    p.add_argument("--split", default="test")
    p.add_argument("--clips", type=int, default=64, help="clips and captions whose vectors are compared")
    p.add_argument("--no-recall", action="store_true", help="leave R@10 out")
    p.add_argument("--text-model", type=Path, help="folder of the frozen transformer, for a run of the second system over another one")
    p.set_defaults(run_command=_parity)
