"""One's own data from end to end: trained on from the shipped package, stopped, taken up again, exported, run by the engine."""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from motion_lens_training.__main__ import main
from motion_lens_training.data import Sampler
from motion_lens_training.evaluate import OnnxEncoder
from motion_lens_training.export import export
from motion_lens_training.features import COLUMNS, clean_features, symmetric_statistics
from motion_lens_training.folder_data import FolderError, MotionFolder
from motion_lens_training.model import Collator, Config, RetrievalModel, losses
from motion_lens_training.own_data import Settings, default_steps, read_data, train_on_folders
from motion_lens_training.own_data_command import add_own_data
from motion_lens_training.restore import TOLERANCE, PackageError, check, restore
from motion_lens_training.text_model import load_tokenizer
from motion_lens_training.train import load_model

ROOT = Path(__file__).parents[3]
SAMPLE, DEFAULT, CLI = ROOT / "media" / "sample-dataset", ROOT / "models" / "default", ROOT / "dist" / "cli.js"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the sample dataset: eight motions to train on, two to validate and three to test on."""
    folder = tmp_path_factory.mktemp("own") / "takes"
    for split, count in (("train", 8), ("val", 2), ("test", 3)):
        ids = (SAMPLE / f"{split}.txt").read_text().split()[:count]
        for id in ids:
            for name in (f"new_joints/{id}.npy", f"texts/{id}.txt"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(SAMPLE / name, folder / name)
        (folder / f"{split}.txt").write_text("\n".join(ids) + "\n")
    return folder


@pytest.fixture(scope="module")
def package(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package after three steps, the first of them in a run that was stopped."""
    out = tmp_path_factory.mktemp("own") / "model"
    command = ["train", "--data", str(small), "--from", str(DEFAULT), "--out", str(out), "--steps", "3", "--batch", "4"]
    command += ["--generated", "0", "--licence", "CC0-1.0", "--threads", "1"]
    main([*command, "--minutes", "0"])
    assert not (out / "model.json").exists() and (out / "training" / "checkpoint.pt").is_file()
    main(command)
    return out


def test_the_package_is_complete(package: Path) -> None:
    manifest = json.loads((package / "model.json").read_text())
    for part, name in (("motion", "file"), ("text", "file")):
        assert manifest[part]["sha256"] == hashlib.sha256((package / manifest[part][name]).read_bytes()).hexdigest()
    default = json.loads((DEFAULT / "model.json").read_text())
    assert manifest["id"] != default["id"] and manifest["name"] == f"{default['name']} on takes"
    assert {k: manifest[k] for k in ("kind", "dim", "gridDim", "gridShare")} == {k: default[k] for k in ("kind", "dim", "gridDim", "gridShare")}
    # The start's statistics belong to its weights.
    np.testing.assert_allclose(manifest["motion"]["mean"], default["motion"]["mean"])
    assert default["licence"] in manifest["licence"] and "CC0-1.0" in manifest["licence"]
    assert manifest["trainingData"][:-1] == default["trainingData"] and manifest["trainingData"][-1]["name"] == "takes"
    licence, card = (package / "LICENSE.md").read_text(), (package / "MODEL_CARD.md").read_text()
    assert default["licence"] in licence and "CC0-1.0" in licence
    assert manifest["metrics"]["split"] == "test" and manifest["metrics"]["clips"] == 3
    assert "On 3 motions of test" in card and "text to motion, R@1, protocol (a)" in card and "3 steps of 4 items" in card
    assert not (package / "training" / "checkpoint.pt").exists()


def test_it_learned_a_little_and_forgot_nothing(package: Path) -> None:
    before, after = OnnxEncoder(DEFAULT), OnnxEncoder(package)
    image = clean_features(np.load(SAMPLE / "new_joints" / "000001.npy"))
    text = "a person kicks with the left leg"
    for a, b in ((before.motion(image)[0], after.motion(image)[0]), (before.text(text).tokens, after.text(text).tokens)):
        likeness = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
        assert likeness.min() < 0.9999 and np.median(likeness) > 0.8


def test_it_can_be_trained_on_again(package: Path) -> None:
    again = restore(package)
    assert check(again, package) < TOLERANCE
    assert again.basis is not None


def test_a_finished_model_is_not_written_over(small: Path, package: Path) -> None:
    with pytest.raises(FolderError, match="holds a finished model"):
        train_on_folders(Settings([small], package, DEFAULT))


def test_the_engine_runs_it(small: Path, package: Path, tmp_path: Path) -> None:
    assert CLI.is_file(), "dist/cli.js is needed: npm run build"
    node = ROOT / "node_modules" / ".bin" / "node"
    program = str(node) if node.exists() else shutil.which("node")
    assert program, "Node is needed to run dist/cli.js"

    def cli(*arguments: str) -> list[dict]:
        command = [program, str(CLI), *arguments, "--model", str(package), "--index-dir", str(tmp_path), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "NO_COLOR": "1"})
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    motion = small / "new_joints" / ((small / "test.txt").read_text().split()[0] + ".npy")
    text = "a person kicks with the left leg"
    (found,) = cli("search", str(small), text, "--top", "3")
    assert len(found["results"]) == 3
    (aligned,) = cli("align", str(motion), text)
    # The same package in Python gives the same score, but for how each build of ONNX Runtime rounds beside int8 weights.
    encoder = OnnxEncoder(package)
    vectors = encoder.text(text)
    mine = float((vectors.tokens @ encoder.motion(clean_features(np.load(motion)))[0].T).max(1).mean())
    assert aligned["score"] == pytest.approx(mine, abs=2e-3)


# -- the weights of a package -------------------------------------------------------------------------------------


def test_the_shipped_weights_come_back() -> None:
    restored = restore(DEFAULT)
    assert check(restored, DEFAULT) < TOLERANCE
    # The check sees a single wrong number in a deep layer.
    with torch.no_grad():
        restored.model.text.bert.encoder.layer[0].output.dense.weight[0, 0] += 0.5
    assert check(restored, DEFAULT) > TOLERANCE


def test_float_weights_and_a_whole_body_encoder_come_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    zeros, ones = np.zeros(COLUMNS, np.float32), np.ones(COLUMNS, np.float32)
    model = RetrievalModel(Config(dim=32, width=48, layers=1, heads=2, whole_layers=1), zeros, ones).eval()
    with torch.no_grad():
        # The exporter merges parameters of equal numbers, which trained ones never have.
        for p in model.motion.parameters():
            p += 0.05 * torch.randn_like(p)
    basis = torch.linalg.qr(torch.randn(64, 16)).Q.T.contiguous()
    about = {"name": "a", "version": "1", "licence": "MIT", "trainingData": []}
    export(model, tmp_path, about, int8=False, basis=basis)
    restored = restore(tmp_path)
    assert (restored.model.config.whole_layers, restored.model.config.dim) == (1, 32)
    assert check(restored, tmp_path) < TOLERANCE
    for name, value in restored.model.motion.state_dict().items():
        assert torch.equal(value, model.motion.state_dict()[name]), name


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="model.json is missing"):
        restore(tmp_path)
    for name in ("model.json", "motion.onnx", "text.onnx"):
        shutil.copy(DEFAULT / name, tmp_path / name)
    shutil.copy(DEFAULT / "text.onnx", tmp_path / "motion.onnx")
    with pytest.raises(PackageError, match="a model of another make"):
        restore(tmp_path)


# -- what is trained on -------------------------------------------------------------------------------------------


def test_steps_follow_the_data() -> None:
    assert default_steps(10, 64, True) == 100 and default_steps(12_000, 64, True) == 1875
    assert default_steps(12_000, 64, False) == 7500 and default_steps(10**6, 64, False) == 20_000


def test_two_folders_make_one_set_and_a_source_can_be_left_out(small: Path, tmp_path: Path) -> None:
    other = tmp_path / "others"
    shutil.copytree(small, other)
    # The same ids in another folder are other recordings.
    data = read_data([small, other])
    alone = read_data([small])
    assert len(data.train) == 2 * len(alone.train) and data.leaks == 0
    crossed = read_data([small, other], leave_out="others")
    assert {c.source for c in crossed.train + crossed.val} == {"takes"} and {c.source for c in crossed.test} == {"others"}
    with pytest.raises(FolderError, match="no clip is of the source nobody"):
        read_data([small, other], leave_out="nobody")


def test_shared_recordings_are_not_trained_on(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    shutil.copytree(small, folder)
    train, test = ((folder / f"{s}.txt").read_text().split()[0] for s in ("train", "test"))
    (folder / "recordings.csv").write_text(f"id,recording\n{train},a/take\n{test},a/take\n")
    kept, all_of_it = read_data([folder]), read_data([folder], keep_leaks=True)
    assert kept.leaks >= 1 and len(kept.train) == len(all_of_it.train) - kept.leaks
    assert not {c.recording for c in kept.train} & {c.recording for c in kept.test}


@pytest.mark.parametrize("whole_layers", [0, 1])
def test_losses_stay_on_one_device(whole_layers: int) -> None:
    """PyTorch's `meta` device stands in for a GPU: operations that mix it with the CPU are refused."""
    clips = MotionFolder(SAMPLE).clips("train", mirrored=False)[:8]
    mean, std = symmetric_statistics([clean_features(c.joints) for c in clips])
    # Which words are masked and how long captions are depends on values, which `meta` has none of.
    model = RetrievalModel(Config(mlm_weight=0.0, whole_layers=whole_layers), mean, std)
    model.text.upper_by_length = model.text.upper
    if model.motion.whole is not None:
        model.motion.whole.part_drop = 0.0
    batch = Collator(model, load_tokenizer())(Sampler(clips, 1, 0.0).batch(4))
    there = batch.to(torch.device("meta"))
    generator = torch.Generator().manual_seed(0)
    assert all(v.device.type == "meta" for v in losses(model.to("meta"), there, generator).values())
    with pytest.raises(RuntimeError):
        losses(model, replace(there, starts=batch.starts), generator)


def test_a_package_is_also_a_start_for_the_projects_own_layout(tmp_path: Path) -> None:
    """Of `train`, only what stands between the command line and the training itself."""
    (tmp_path / "data").mkdir()
    seen: list[argparse.Namespace] = []
    parser = argparse.ArgumentParser()
    for name in ("data", "out"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--from", dest="start", type=Path)
    for name in ("generated", "steps"):
        parser.add_argument(f"--{name}", type=int, default=4000)
    for name in ("generated-share", "rate"):
        parser.add_argument(f"--{name}", type=float, default=0.3)
    add_own_data(parser, seen.append)
    a = parser.parse_args(["--data", str(tmp_path / "data"), "--out", str(tmp_path / "run"), "--from", str(DEFAULT), "--steps", "7"])
    a.run_command(a)
    (taken,) = seen
    # What was not given keeps the project's own defaults.
    assert (taken.generated, taken.generated_share, taken.steps, taken.rate) == (4000, 0.3, 7, 0.3)
    assert load_model(taken.start / "best.pt").config.dim == json.loads((DEFAULT / "model.json").read_text())["gridDim"]
    a = parser.parse_args(["--data", str(tmp_path / "data"), "--also", str(tmp_path)])
    with pytest.raises(SystemExit):
        a.run_command(a)
