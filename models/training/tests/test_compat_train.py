"""Training of the published system at a tiny size: schedule, samples, resuming, and the run's weights as a model package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from motion_lens_training.__main__ import main
from motion_lens_training.compat.angles import compat_angles, load_statistics
from motion_lens_training.compat.start import new_model, open_tokenizer
from motion_lens_training.compat.text import TextSize, masked_language_model
from motion_lens_training.compat.train import (
    RECIPES,
    Sample,
    encode_texts,
    load_samples,
    mean_recall_at_5,
    schedule,
    scores_of,
)
from motion_lens_training.skeleton import mirror_joints
from motion_lens_training.text_model import load_tokenizer, minilm_folder

from .published_weights import Sizes, random_state
from .test_compat_import import dataset
from .test_model import write_data


def test_the_rate_ends_at_half_its_base() -> None:
    rates = [schedule(step, 100) for step in range(101)]
    assert rates[0] == 1 and rates[100] == pytest.approx(0.5)
    assert all(a > b for a, b in zip(rates, rates[1:], strict=False))


def test_the_published_recipes() -> None:
    base = RECIPES["base", "humanml3d"]
    assert (base.epochs, base.rates, base.batch, base.weight_decay, base.seed) == (60, (1e-4, 2e-5, 1e-4), 128, 0.1, 42)
    assert RECIPES["base", "kit"].epochs == 100 and RECIPES["large", "kit"].rates == (1e-5, 2e-5, 1e-5)


def test_samples_have_mirrored_twins_with_their_own_angles(tmp_path: Path) -> None:
    write_data(tmp_path)
    train, dropped = load_samples(tmp_path, "train", mirrored=True)
    plain, _ = load_samples(tmp_path, "train", mirrored=False)
    assert dropped == 0 and len(train) == 2 * len(plain)
    by_id = {s.id: s for s in train}
    twin = next(s for s in train if s.id.startswith("M"))
    assert twin.angles.shape == by_id[twin.id[1:]].angles.shape
    assert not np.allclose(twin.angles, by_id[twin.id[1:]].angles)


def test_folders_bring_their_own_mirrored_motions(tmp_path: Path) -> None:
    motions = dataset(tmp_path / "data", 3)
    np.save(tmp_path / "data" / "new_joints" / "M000001.npy", mirror_joints(motions[1]))
    (tmp_path / "data" / "texts" / "M000001.txt").write_text("someone mirrored#a/DET#0.0#0.0\n")
    (tmp_path / "data" / "train.txt").write_text("000000\n000001\nM000001\n")
    (tmp_path / "data" / "val.txt").write_text("000002\n")
    train, _ = load_samples(tmp_path / "data", "train", mirrored=True)
    assert [s.id for s in train] == ["000000", "000001", "M000001"]
    np.testing.assert_allclose(train[2].angles, compat_angles(mirror_joints(motions[1])), atol=1e-3)


def test_official_scores_depend_on_the_batch_and_the_products_do_not() -> None:
    torch.manual_seed(0)
    model = new_model("tiny").eval()
    tokenizer, _ = open_tokenizer(minilm_folder() / "tokenizer.json", model.size.text)
    rng = np.random.default_rng(0)
    texts = ["a person walks", "a person walks forward and then turns around to wave"]
    samples = [Sample(str(i), rng.normal(size=(60, 29)).astype(np.float32), [t]) for i, t in enumerate(texts)]
    alone = {mode: scores_of(model, tokenizer, samples[:1], mode)[0, 0] for mode in ("official", "product")}
    together = {mode: scores_of(model, tokenizer, samples, mode) for mode in ("official", "product")}
    assert alone["official"] == pytest.approx(alone["product"]) == pytest.approx(together["product"][0, 0], abs=1e-5)
    assert together["official"][0, 0] != pytest.approx(alone["official"], abs=1e-5)
    assert together["official"][1] == pytest.approx(together["product"][1], abs=1e-5)
    ids, attention = encode_texts(tokenizer, texts, torch.device("cpu"))
    assert ids.shape == (2, len(load_tokenizer().encode(texts[1]).ids)) and attention.sum(1).tolist()[0] == 5


def test_recall_by_hand() -> None:
    scores = np.eye(12)
    assert mean_recall_at_5(scores, [str(i) for i in range(12)]) == 100
    assert mean_recall_at_5(1 - scores, [str(i) for i in range(12)]) == 0
    # Identical captions are right for each other.
    assert mean_recall_at_5(1 - scores, ["same"] * 12) == 100


def test_train_resume_evaluate_and_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_data(tmp_path / "data")
    common = ["compat", "train", "--data", str(data), "--size", "tiny", "--epochs", "2", "--batch", "4", "--threads", "1"]
    main([*common, "--out", str(tmp_path / "whole")])
    main([*common, "--out", str(tmp_path / "parts"), "--minutes", "0"])
    assert torch.load(tmp_path / "parts" / "checkpoint.pt", weights_only=True)["step"] == 1
    main([*common, "--out", str(tmp_path / "parts")])
    states = [torch.load(tmp_path / name / "checkpoint.pt", weights_only=True) for name in ("whole", "parts")]
    assert states[0]["step"] == states[1]["step"] > 2
    for key, value in states[0]["model"].items():
        torch.testing.assert_close(states[1]["model"][key], value, msg=key)
    lines = [json.loads(line) for line in (tmp_path / "whole" / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines if "epoch" in line] == [1, 2]
    assert all(line["total"] == pytest.approx(line["match"] + 0.2 * line["mlm"], abs=2e-4) for line in lines)
    with pytest.raises(SystemExit, match="belongs to another run"):
        main([*common, "--out", str(tmp_path / "parts"), "--seed", "7"])

    run = tmp_path / "whole"
    files = ["--mean", str(run / "Mean_angle.npy"), "--std", str(run / "Std_angle.npy"), "--tokenizer", str(run / "tokenizer.json")]
    assert np.isfinite(load_statistics(run / "Mean_angle.npy", run / "Std_angle.npy")).all()
    capsys.readouterr()
    main(["compat", "evaluate", "--checkpoint", str(run / "best.ckpt"), *files, "--data", str(data), "--split", "val"])
    figures = json.loads(capsys.readouterr().out)
    assert set(figures) >= {"motions", "official", "product"}
    main(["import", "--checkpoint", str(run / "best.ckpt"), *files, "--out", str(tmp_path / "package")])
    manifest = json.loads((tmp_path / "package" / "model.json").read_text())
    assert manifest["motion"]["angles"] == "compat" and manifest["text"]["specialTokens"] == "drop"


def test_starts_from_given_weights(tmp_path: Path) -> None:
    torch.manual_seed(1)
    text = masked_language_model(TextSize("distilbert", 30522, 40, 64, 1, 96))
    text.save_pretrained(tmp_path / "text")
    vit = {k.removeprefix("motion_encoder.model."): v for k, v in random_state(Sizes(64, 2)).items() if "motion_encoder.model" in k}
    save_file({**vit, "head.weight": torch.zeros(1000, 64), "head.bias": torch.zeros(1000)}, tmp_path / "vit.safetensors")
    model = new_model("tiny", tmp_path / "text", tmp_path / "vit.safetensors")
    assert model.size.text.positions == 40
    assert torch.equal(model.motion_encoder.model.pos_embed, vit["pos_embed"])
    theirs = text.state_dict()["distilbert.embeddings.word_embeddings.weight"]
    assert torch.equal(model.text_model.state_dict()["distilbert.embeddings.word_embeddings.weight"], theirs)
    torch.save({**vit, "blocks.0.norm1.weight": torch.zeros(65)}, tmp_path / "vit.pth")
    with pytest.raises(ValueError, match=r"blocks.0.norm1.weight has shape \(65,\), expected \(64,\)"):
        new_model("tiny", vit_weights=tmp_path / "vit.pth")
    with pytest.raises(FileNotFoundError, match="roberta-large"):
        from motion_lens_training.compat.start import tokenizer_file

        tokenizer_file("large", None)
