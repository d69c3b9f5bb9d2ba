"""A model of one vector a motion from random weights through PyTorch, ONNX and the built command line; the parity command itself."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from motion_lens_training.__main__ import main
from motion_lens_training.compat.parity import REPOSITORY, find_node
from motion_lens_training.data import load_clips
from motion_lens_training.evaluation.encoders import stored
from motion_lens_training.evaluation.packages import Features263Package
from motion_lens_training.motpp.export import export
from motion_lens_training.motpp.settings import SIZES, Size
from motion_lens_training.parity import ParityError, compare, largest_difference, recall_at_10

from .motpp_data import write_data, write_transformer

LIMIT = 1e-3
#: Trains in seconds, and has weights large enough for eight bits.
TINY = Size(64, 2, 128, 1, 1, 1, 1, 1, stride=4)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Data, a tiny run of the second system after a step, and its package in float32."""
    folder = tmp_path_factory.mktemp("parity")
    data, transformer = write_data(folder / "data"), write_transformer(folder / "transformer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "small", TINY)
        own = ["--text-model", str(transformer), "--teacher", str(transformer), "--threads", "1", "--device", "cpu"]
        main(["motpp", "train", "--data", str(data), *own, "--out", str(folder / "run"), "--steps", "2", "--batch", "8"])
    export(folder / "run", folder / "package", "Made", "1", "MIT", transformer)
    return {"data": data, "transformer": transformer, "run": folder / "run", "package": folder / "package"}


def cli(*arguments: str) -> str:
    program = REPOSITORY / "dist" / "cli.js"
    assert program.is_file(), f"{program} is missing: npm run build"
    done = subprocess.run([find_node(), str(program), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_all_pipelines_give_the_same_vectors(made: dict[str, Path]) -> None:
    clips = load_clips(made["data"], "test")
    rows = compare(made["package"], made["run"], clips, 6, made["transformer"])
    assert [r.name for r in rows] == ["PyTorch float32", "ONNX float32", "ONNX int8", "TypeScript, ONNX float32", "TypeScript, ONNX int8"]
    for row in rows:
        limit = LIMIT if "int8" not in row.name else 0.1
        assert row.motions <= limit and row.texts <= limit, row
    # Eight-bit weights move the vectors, the extension's own code does not.
    assert rows[3].motions > 0 and abs(rows[4].motions - rows[2].motions) < LIMIT


def test_the_engine_ranks_as_the_package_does(made: dict[str, Path], tmp_path: Path) -> None:
    clips = load_clips(made["data"], "test")
    folder = tmp_path / "data"
    (folder / "new_joints").mkdir(parents=True)
    (folder / "texts").mkdir()
    for clip in clips:
        np.save(folder / "new_joints" / f"{clip.id}.npy", clip.joints.astype(np.float32))
        (folder / "texts" / f"{clip.id}.txt").write_text(f"{clip.captions[0].text}#a/DET#0.0#0.0\n")
    own = ["--model", str(made["package"]), "--index-dir", str(tmp_path / "index"), "--provider", "cpu"]
    assert json.loads(cli("index", str(folder), *own))["encoded"] == len(clips)
    encoder = Features263Package(made["package"], 1)
    motions = {c.id: encoder.motion_of_joints(c.joints)[1] for c in clips}
    for text in ("a person raises the left hand.", "someone walks slowly"):
        found = json.loads(cli("search", str(folder), text, "--json", "--top", "99", *own))["results"]
        sentence = stored(encoder.text(text).sentence)
        expected = {i: float(m @ sentence) for i, m in motions.items()}
        assert {Path(r["path"]).stem for r in found} == set(expected)
        for r in found:
            # Texts are stored in 7 bits there.
            assert r["score"] == pytest.approx(expected[Path(r["path"]).stem], abs=0.02)
            assert r["evidence"] == []
    described = json.loads(cli("describe", str(folder), f"new_joints/{clips[0].id}.npy", "--json", *own))
    assert any(r["own"] for r in described["results"])
    aligned = cli("align", str(folder / "new_joints" / f"{clips[0].id}.npy"), "a person waves", *own)
    assert "one vector for a whole motion" in aligned


def test_differences_and_recall() -> None:
    a, b = np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)
    b[1, 2] = 0.25
    assert largest_difference([a, a], [a, b]) == 0.25
    with pytest.raises(ParityError, match="input 0 gives vectors of shape"):
        largest_difference([a], [a[:2]])
    rng = np.random.default_rng(0)
    motions = [x[None] / np.linalg.norm(x) for x in rng.normal(size=(40, 64))]
    captions = [str(i) for i in range(40)]
    assert recall_at_10(motions, motions, captions) == (100, 100)
    # All motions the same: every one stands in the middle of 40 for a text; texts still differ.
    assert recall_at_10([motions[0]] * 40, motions, captions) == (0, 25)


def test_the_command_says_what_is_wrong(made: dict[str, Path], tmp_path: Path) -> None:
    common = ["--run", str(made["run"]), "--data", str(made["data"])]
    with pytest.raises(SystemExit, match=re.escape(f"{tmp_path} is no model package")):
        main(["parity", "--model", str(tmp_path), *common])
    other = tmp_path / "other"
    other.mkdir()
    for file in made["package"].iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    manifest = json.loads((other / "model.json").read_text())
    manifest["motion"]["mean"][5] += 1
    (other / "model.json").write_text(json.dumps(manifest))
    with pytest.raises(SystemExit, match="was not exported from this run: motion.mean differs"):
        main(["parity", "--model", str(other), *common, "--text-model", str(made["transformer"])])
