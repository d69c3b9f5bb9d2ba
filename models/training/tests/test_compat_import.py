"""Published weights from file to answer: names and shapes, refusals, and the whole way through importer, engine and command line."""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from motion_lens_training.__main__ import main
from motion_lens_training.compat.align import placed_tokens, scored_positions
from motion_lens_training.compat.angles import compat_angles, fit, load_statistics, standardised, statistics, to_file_columns
from motion_lens_training.compat.checkpoint import CheckpointError, load_published, published_shapes, published_state, recognise
from motion_lens_training.compat.model import SIZES, CompatModel
from motion_lens_training.compat.parity import REPOSITORY, find_node
from motion_lens_training.generator import generate
from motion_lens_training.text_model import minilm_folder

from .published_weights import BASE, LARGE, Sizes, random_state, shapes_of
from .test_compat_model import byte_level_tokenizer

CLI = REPOSITORY / "dist" / "cli.js"
TINY = Sizes(64, 2, "distilbert", 30522, 64, 64, 1, 96, 32)
TINY_ROBERTA = Sizes(64, 2, "roberta", 320, 66, 64, 1, 96, 32)
WORD_PIECES = minilm_folder() / "tokenizer.json"


@pytest.mark.parametrize(("sizes", "name"), [(BASE, "base"), (LARGE, "large")])
def test_names_and_shapes_are_the_published_ones(sizes: Sizes, name: str) -> None:
    assert published_shapes(SIZES[name]) == shapes_of(sizes)
    state = {key: torch.empty(shape, device="meta") for key, shape in shapes_of(sizes).items()}
    assert recognise(Path("x"), state) == SIZES[name]


def test_weights_come_back_as_they_were_saved(tmp_path: Path) -> None:
    state = random_state(TINY)
    file = tmp_path / "x.ckpt"
    wrapped = {"epoch": 3, "state_dict": {f"module.{k}": v for k, v in state.items()}}
    torch.save(wrapped, file)
    model = load_published(file)
    again = published_state(model)
    assert set(again) == set(state)
    assert all(torch.equal(again[k], v) for k, v in state.items() if k != "logit_scale")
    assert again["logit_scale"].item() == pytest.approx(np.log(1 / 0.07))
    # Old versions of transformers saved a table of positions; files without the second copy exist as well.
    slim = {k: v for k, v in state.items() if not k.startswith("text_encoder.base_model.")}
    slim["text_encoder.text_model.distilbert.embeddings.position_ids"] = torch.arange(64)[None]
    torch.save(slim, file)
    assert torch.equal(load_published(file).state_dict()["motion_projection.weight"], state["motion_projection.weight"])


Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("motion_encoder.embed_r_hip.bias"), "motion_encoder.embed_r_hip.bias is missing"),
        (lambda s: s.pop("text_encoder.base_model.embeddings.LayerNorm.bias"), "text_encoder.base_model.embeddings.LayerNorm.bias is missing"),
        (lambda s: s.pop("motion_encoder.model.pos_embed"), "motion_encoder.model.pos_embed is missing"),
        (lambda s: s.update({"motion_encoder.extra": torch.zeros(1)}), "motion_encoder.extra is not part of the published model"),
        (
            lambda s: s.update({"motion_encoder.embed_neck.weight": torch.zeros(16, 3)}),
            "motion_encoder.embed_neck.weight has shape (16, 3), expected (16, 2)",
        ),
        (lambda s: s["text_projection.bias"].fill_(np.nan), "text_projection.bias holds numbers that are not finite"),
        (
            lambda s: s.update({"text_encoder.base_model.embeddings.LayerNorm.bias": torch.ones(64)}),
            "text_encoder.base_model.embeddings.LayerNorm.bias differs from text_encoder.text_model.distilbert.embeddings.LayerNorm.bias",
        ),
        (lambda s: s.update({"logit_scale": 2.66}), "logit_scale: expected a tensor, found float"),
        (
            lambda s: [s.pop(k) for k in list(s) if "text_model" in k],
            "neither text_encoder.text_model.distilbert.* nor text_encoder.text_model.roberta.* is there",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: Change, message: str) -> None:
    state = random_state(TINY)
    change(state)
    file = tmp_path / "x.ckpt"
    torch.save(state, file)
    with pytest.raises(CheckpointError, match=re.escape(f"{file}: {message}")):
        load_published(file)


class Unwelcome:
    """What a file that runs code when it is opened holds."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path(__file__).parent / "ran",))


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    file = tmp_path / "x.ckpt"
    for save in (torch.save, lambda value, path: path.write_bytes(pickle.dumps(value))):
        save({"state_dict": {"a": torch.zeros(1)}, "callbacks": Unwelcome()}, file)
        with pytest.raises(CheckpointError, match="refused, because it is not a file of weights alone"):
            load_published(file)
    assert not (Path(__file__).parent / "ran").exists()
    file.write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match=re.escape(str(file))):
        load_published(file)
    with pytest.raises(CheckpointError, match="there is no such file"):
        load_published(tmp_path / "y.ckpt")


# -- the whole way -------------------------------------------------------------------------------------------------------


def dataset(folder: Path, count: int, captions: list[str] | None = None) -> list[np.ndarray]:
    """A small folder in the layout of HumanML3D from generated motions; returns their joints."""
    (folder / "new_joints").mkdir(parents=True)
    (folder / "texts").mkdir()
    motions = []
    for i in range(count):
        made = generate(i)
        motions.append(np.asarray(made.joints, np.float32))
        np.save(folder / "new_joints" / f"{i:06d}.npy", motions[-1])
        text = captions[i] if captions else made.captions[0].text
        (folder / "texts" / f"{i:06d}.txt").write_text(f"{text}#a/DET#0.0#0.0\n", encoding="utf-8")
    return motions


def statistics_files(folder: Path, motions: list[np.ndarray]) -> tuple[Path, Path]:
    """`Mean_angle.npy` and `Std_angle.npy` in the published order of 41 columns."""
    mean, std = statistics([compat_angles(m) for m in motions])
    np.save(folder / "Mean_angle.npy", to_file_columns(mean, 0.5))
    np.save(folder / "Std_angle.npy", to_file_columns(std, 2.0))
    return folder / "Mean_angle.npy", folder / "Std_angle.npy"


def cli(folder: Path, *arguments: str) -> Any:
    """The built command line with the package in `folder/package`."""
    own = ["--model", str(folder / "package"), "--index-dir", str(folder / "index"), "--provider", "cpu", "--json"]
    assert CLI.is_file(), f"{CLI} is missing: npm run build"
    done = subprocess.run([find_node(), str(CLI), *arguments, *own], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def reference(folder: Path, model: CompatModel, joints: np.ndarray, text: str) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Cosines (scored tokens, 196) of a text and a motion by PyTorch, and the tokens' places."""
    rows = fit(standardised(compat_angles(joints), *load_statistics(folder / "Mean_angle.npy", folder / "Std_angle.npy")))
    tokenizer = Tokenizer.from_file(str(folder / "package" / "tokenizer.json"))
    encoding = tokenizer.encode(text)
    with torch.no_grad():
        patches = model.motion(torch.from_numpy(rows)[None])[0]
        tokens = model.text(torch.tensor([encoding.ids]), torch.ones(1, len(encoding.ids), dtype=torch.long))[0]
    cosines = (tokens[scored_positions(encoding)] @ patches.T).numpy()
    return cosines, [(t.start, t.end) for t in placed_tokens(tokenizer, text)]


def held_to(answer: dict[str, Any], cosines: np.ndarray, places: list[tuple[int, int]]) -> None:
    """The engine's alignment against PyTorch's: the difference is what int8 vectors in the index cost."""
    assert [tuple(t["chars"]) for t in answer["tokens"]] == places
    matrix = np.array(answer["matrix"]).reshape(len(places), -1)
    assert matrix.shape == cosines.shape
    # Far below what sets patches, tokens and motions apart.
    assert min(cosines.std(0).mean(), cosines.std(1).mean()) > 0.03
    np.testing.assert_allclose(matrix, cosines, atol=0.012)
    assert answer["score"] == pytest.approx(cosines.max(1).mean(), abs=0.005)


def run_import(folder: Path, tokenizer: Path, *more: str) -> dict[str, Any]:
    """The command in a process of its own, whose memory is given back."""
    files = ["--checkpoint", "x.ckpt", "--mean", "Mean_angle.npy", "--std", "Std_angle.npy", "--tokenizer", str(tokenizer)]
    command = [sys.executable, "-m", "motion_lens_training", "import", *files, "--out", "package", *more]
    package = Path(__file__).parents[1]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(package)}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_full_size_weights_answer_in_the_engine(tmp_path: Path) -> None:
    motions = dataset(tmp_path / "data", 3)
    statistics_files(tmp_path, motions)
    weights = [sys.executable, "-m", "tests.published_weights", str(tmp_path / "x.ckpt"), "base"]
    subprocess.run(weights, cwd=Path(__file__).parents[1], check=True)
    assert (tmp_path / "x.ckpt").stat().st_size > 600_000_000
    report = run_import(tmp_path, WORD_PIECES)
    assert report["motion encoder"] == "ViT of width 768, 12 blocks"
    assert report["text encoder"] == "distilbert of width 768, 6 layers"
    assert max(report["largest difference between PyTorch and ONNX"].values()) <= 1e-3
    manifest = json.loads((tmp_path / "package" / "model.json").read_text())
    assert (manifest["motion"]["angles"], manifest["dim"], manifest["text"]["maxTokens"]) == ("compat", 256, 512)

    text = "a person waves with the left hand, slowly."
    model = load_published(tmp_path / "x.ckpt")
    expected = [reference(tmp_path, model, m, text) for m in motions]
    assert np.abs(expected[0][0] - expected[1][0]).mean() > 0.02
    del model
    (tmp_path / "x.ckpt").unlink()
    data = str(tmp_path / "data")
    assert cli(tmp_path, "index", data)["encoded"] == 3
    results = cli(tmp_path, "search", data, text)["results"]
    scores = {int(Path(r["path"]).stem): r["score"] for r in results}
    assert [scores[i] for i in range(3)] == pytest.approx([c.max(1).mean() for c, _ in expected], abs=0.005)
    held_to(cli(tmp_path, "align", str(tmp_path / "data" / "new_joints" / "000001.npy"), text), *expected[1])
    for file in (tmp_path / "package").glob("*.onnx"):
        file.unlink()


def test_byte_level_tokens_find_their_places_in_the_engine(tmp_path: Path) -> None:
    captions = ["a person walks forward", "une personne lève la main à côté", "人が歩く 👋🏽 and waves"]
    motions = dataset(tmp_path / "data", 3, captions)
    statistics_files(tmp_path, motions)
    torch.save(random_state(TINY_ROBERTA), tmp_path / "x.ckpt")
    byte_level_tokenizer().save(str(tmp_path / "bpe.json"))
    report = run_import(tmp_path, tmp_path / "bpe.json")
    assert report["text encoder"] == "roberta of width 64, 1 layers"
    model = load_published(tmp_path / "x.ckpt")
    assert cli(tmp_path, "index", str(tmp_path / "data"))["captions"] == 3
    for i, text in enumerate([captions[1], captions[2], " two  spaces, l'été — naïve"]):
        answer = cli(tmp_path, "align", str(tmp_path / "data" / "new_joints" / f"{i:06d}.npy"), text)
        held_to(answer, *reference(tmp_path, model, motions[i], text))
    found = cli(tmp_path, "describe", str(tmp_path / "data"), str(tmp_path / "data" / "new_joints" / "000002.npy"))
    assert {r["text"] for r in found["results"]} == set(captions)


def test_the_import_command_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    statistics_files(tmp_path, [np.asarray(generate(0).joints)])
    torch.save(random_state(TINY_ROBERTA), tmp_path / "x.ckpt")
    byte_level_tokenizer(300).save(str(tmp_path / "bpe.json"))

    def message(tokenizer: Path, *more: str) -> str:
        common = ["--checkpoint", "x.ckpt", "--mean", "Mean_angle.npy", "--std", "Std_angle.npy", "--out", "package"]
        with pytest.raises(SystemExit) as error:
            main(["import", *common, "--tokenizer", str(tokenizer), *more])
        assert not (tmp_path / "package" / "model.json").exists()
        return str(error.value)

    assert "is a WordPiece tokenizer; the checkpoint's RoBERTa needs the byte-level BPE" in message(WORD_PIECES)
    assert "has 300 tokens, the checkpoint's text model has 320" in message(tmp_path / "bpe.json")
    assert "is no tokenizer.json" in message(tmp_path / "Mean_angle.npy")
    assert "--skeleton kit21 needs --example-joints" in message(WORD_PIECES, "--skeleton", "kit21")
    np.save("kit.npy", np.zeros((4, 22, 3)))
    kit = ["--skeleton", "kit21", "--example-joints", "kit.npy"]
    assert "kit.npy: expected joints of shape (frames, 21, 3), found (4, 22, 3)" in message(WORD_PIECES, *kit)
