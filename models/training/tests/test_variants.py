"""The switches of the ablations: the whole-body encoder, cross-consistency, distillation, and what a longer caption costs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from motion_lens_training.data import Sampler, load_clips
from motion_lens_training.evaluate import TorchEncoder
from motion_lens_training.features import COLUMNS, clean_features
from motion_lens_training.model import Collator, Config, RetrievalModel, losses
from motion_lens_training.text_model import SentenceTeacher, TextEncoder, load_tokenizer
from motion_lens_training.train import load_model, train
from motion_lens_training.whole_model import WholeEncoder

from .test_model import write_data

torch.set_num_threads(2)
SMALL = Config(width=48, layers=2, heads=4, dim=32)
MEAN, STD = np.zeros(COLUMNS, np.float32), np.ones(COLUMNS, np.float32)


def test_the_whole_body_encoder_ignores_padding() -> None:
    torch.manual_seed(0)
    encoder = WholeEncoder(24, width=32, layers=2).eval()
    rows = torch.randn(1, 5, 16 * COLUMNS)
    padded = torch.cat([rows, torch.randn(1, 4, 16 * COLUMNS)], 1)
    mask = torch.tensor([[1.0] * 5 + [0.0] * 4])
    with torch.no_grad():
        torch.testing.assert_close(encoder(padded, mask), encoder(rows, mask[:, :5]), atol=1e-5, rtol=1e-5)


def test_the_whole_body_encoder_sees_the_order_of_time() -> None:
    torch.manual_seed(1)
    encoder = WholeEncoder(24, width=32, layers=2).eval()
    rows = torch.randn(1, 6, 16 * COLUMNS)
    with torch.no_grad():
        assert not torch.allclose(encoder(rows, torch.ones(1, 6)), encoder(rows.flip(1), torch.ones(1, 6)), atol=1e-3)


def test_captions_of_like_length_together_give_the_same_states() -> None:
    text = TextEncoder(16).eval()
    torch.manual_seed(2)
    lengths = torch.tensor([3, 17, 5, 9, 4, 30])
    mask = (torch.arange(30)[None] < lengths[:, None]).long()
    hidden = torch.randn(6, 30, 384)
    with torch.no_grad():
        together, apart = text.upper(hidden, mask), text.upper_by_length(hidden, mask, 3)
    torch.testing.assert_close(apart[mask == 1], together[mask == 1], atol=1e-4, rtol=1e-4)


def test_kept_text_states_hold_no_dropout() -> None:
    texts = ["a person walks forward."]
    model = RetrievalModel(SMALL, MEAN, STD)
    model.train()
    trained = Collator(model, load_tokenizer()).lower_states(texts)[0][0]
    model.eval()
    torch.testing.assert_close(trained, Collator(model, load_tokenizer()).lower_states(texts)[0][0])


def test_the_sentence_teacher_knows_paraphrases() -> None:
    texts = ["a person walks forward.", "someone is walking ahead.", "a man plays the violin."]
    states = Collator(RetrievalModel(SMALL, MEAN, STD), load_tokenizer()).lower_states(texts)[0]
    teacher = SentenceTeacher()
    unit = teacher(texts, states)
    # What is padded beside longer texts is the same alone.
    torch.testing.assert_close(SentenceTeacher()(texts[:1], states[:1])[0], unit[0], atol=1e-5, rtol=0)
    close = unit @ unit.T
    torch.testing.assert_close(close.diagonal(), torch.ones(3), atol=1e-5, rtol=0)
    assert close[0, 1] > close[0, 2] + 0.2


@pytest.mark.parametrize(
    "change",
    [
        {"whole_layers": 1},
        {"consistency_weight": 0.1},
        {"distil_weight": 0.5},
        {"kind": "global", "consistency_weight": 0.1, "whole_layers": 1},
        {"identical_positive": False},
    ],
)
def test_every_switch_trains_what_it_adds(tmp_path: Path, change: dict) -> None:
    clips = load_clips(write_data(tmp_path), "train")
    model = RetrievalModel(replace(SMALL, **change), MEAN, STD)
    batch = Collator(model, load_tokenizer())(Sampler(clips, 0).batch(8))
    batch.progress = 0.3
    terms = losses(model, batch, torch.Generator().manual_seed(0))
    assert all(torch.isfinite(v) for v in terms.values())
    terms["total"].backward()
    added = [n for n, _ in model.named_parameters() if n.startswith(("motion.whole", "text.whole", "log_whole", "scales"))]
    assert bool(added) == bool({"whole_layers", "consistency_weight"} & change.keys())
    parameters = dict(model.named_parameters())
    assert all(parameters[n].grad is not None and parameters[n].grad.any() for n in added if "bias" not in n)
    if change.get("identical_positive") is False:
        assert torch.equal(batch.positive, torch.eye(len(batch.times), dtype=torch.bool))


def test_distillation_moves_the_global_score_only(tmp_path: Path) -> None:
    clips = load_clips(write_data(tmp_path), "train")
    model = RetrievalModel(replace(SMALL, distil_weight=1.0), MEAN, STD)
    batch = Collator(model, load_tokenizer())(Sampler(clips, 0).batch(8))
    terms = losses(model, batch, torch.Generator().manual_seed(0))
    terms["distil"].backward()
    assert model.motion.global_projection.weight.grad is not None
    assert model.motion.patch_projection.weight.grad is None and model.text.token_projection.weight.grad is None


def test_training_goes_on_from_a_run_without_the_added_part(tmp_path: Path) -> None:
    clips = load_clips(write_data(tmp_path / "data"))
    some, validation = [c for c in clips if c.split == "train"], [c for c in clips if c.split == "val"]
    train(some, validation, tmp_path / "plain", SMALL, steps=2, batch=4)
    train(some, validation, tmp_path / "wide", replace(SMALL, whole_layers=1), steps=2, batch=4, start=tmp_path / "plain" / "best.pt")
    encoder = TorchEncoder(load_model(tmp_path / "wide" / "best.pt"), load_tokenizer())
    assert encoder.motion(clean_features(clips[0].joints))[1].shape == (64,)
    assert np.linalg.norm(encoder.text("a person walks.").sentence) == pytest.approx(1, abs=2e-3)
    with pytest.raises(ValueError, match="do not fit"):
        train(some, validation, tmp_path / "narrow", SMALL, steps=2, batch=4, start=tmp_path / "wide" / "best.pt")
