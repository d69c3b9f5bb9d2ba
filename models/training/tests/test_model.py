"""What the encoders can and cannot see, the losses, metrics checked by hand, a tiny training run, resuming and export."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from motion_lens_training import data as data_module
from motion_lens_training.data import Clip, Sampler, concatenate, heading, layer, load_clips
from motion_lens_training.evaluate import OnnxEncoder, TorchEncoder, stored
from motion_lens_training.export import WithWhole, export, global_basis
from motion_lens_training.features import COLUMNS, PART_STARTS, clean_features
from motion_lens_training.model import Collator, Config, RetrievalModel, contrast, losses
from motion_lens_training.motion_model import PARTS, MotionEncoder
from motion_lens_training.skeleton import GLOBAL, LEFT_ARM, LEFT_LEG, RIGHT_ARM, TORSO
from motion_lens_training.text_model import is_scored, load_tokenizer
from motion_lens_training.train import load_model, train

from .test_features import random_motion, standing

torch.set_num_threads(2)


@pytest.fixture(scope="module")
def encoder() -> MotionEncoder:
    torch.manual_seed(0)
    model = MotionEncoder(dim=32, width=48, layers=3, heads=4)
    for block in model.blocks:
        torch.nn.init.normal_(block.bias, std=0.5)
    return model.eval()


def encode(model: MotionEncoder, image: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(image)[0].reshape(-1, PARTS, 32)


def test_a_limb_sees_itself_and_the_torso_only(encoder: MotionEncoder) -> None:
    torch.manual_seed(1)
    image = torch.randn(16 * 6, COLUMNS)
    before = encode(encoder, image)
    other = image.clone()
    for p in RIGHT_ARM:
        other[:, PART_STARTS[p] : PART_STARTS[p + 1]] += 1
    after = encode(encoder, other)
    same = [p for p in range(PARTS) if p not in RIGHT_ARM + GLOBAL]
    assert torch.equal(before[:, same], after[:, same])
    assert not torch.allclose(before[:, list(RIGHT_ARM)], after[:, list(RIGHT_ARM)])
    assert not torch.allclose(before[:, 0], after[:, 0])
    # The torso reaches every limb, no limb reaches the torso.
    torso = image.clone()
    torso[:, PART_STARTS[TORSO[0]] : PART_STARTS[TORSO[0] + 1]] += 1
    moved = encode(encoder, torso)
    for limb in (LEFT_ARM, RIGHT_ARM, LEFT_LEG):
        assert not torch.allclose(before[:, list(limb)], moved[:, list(limb)])


def test_attention_is_local_and_position_free(encoder: MotionEncoder) -> None:
    torch.manual_seed(2)
    image = torch.randn(16 * 20, COLUMNS)
    before = encode(encoder, image)
    changed = image.clone()
    changed[16 * 10 : 16 * 11] += 1
    after = encode(encoder, changed)
    reach = len(encoder.blocks)
    far = [t for t in range(20) if abs(t - 10) > reach]
    assert torch.equal(before[far], after[far])
    assert not torch.allclose(before[10 - reach], after[10 - reach])
    # A window with a halo as deep as the encoder gives the same patches as the whole motion.
    window = encode(encoder, image[16 * 4 : 16 * 16])
    torch.testing.assert_close(window[reach : 12 - reach], before[4 + reach : 16 - reach], atol=1e-5, rtol=1e-5)


def test_packed_motions_do_not_mix(encoder: MotionEncoder) -> None:
    torch.manual_seed(3)
    a, b = torch.randn(16 * 4, COLUMNS), torch.randn(16 * 7, COLUMNS)
    starts, ends = torch.zeros(11, dtype=torch.bool), torch.zeros(11, dtype=torch.bool)
    starts[[0, 4]] = True
    ends[[3, 10]] = True
    with torch.no_grad():
        both = encoder.heads(encoder.hidden(torch.cat([a, b]), encoder.time_mask(starts, ends)))[0]
    torch.testing.assert_close(both[:4], encode(encoder, a), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(both[4:], encode(encoder, b), atol=1e-5, rtol=1e-5)


def test_contrast_counts_identical_captions_as_right() -> None:
    scores = torch.tensor([[5.0, 5.0, 0.0], [5.0, 5.0, 0.0], [0.0, 0.0, 5.0]])
    same = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=torch.bool)
    assert contrast(scores, same) < contrast(scores, torch.eye(3, dtype=torch.bool))
    hand = torch.log(torch.tensor([2 * np.e**5 + 1, 2 * np.e**5 + 1, np.e**5 + 2])).sum() - (
        2 * np.log(2 * np.e**5) + 5
    )
    assert float(contrast(scores, same)) == pytest.approx(float(hand) / 3, abs=1e-5)


def test_contrast_leaves_ignored_pairs_out() -> None:
    scores = torch.tensor([[3.0, 9.0, 1.0], [9.0, 3.0, 1.0], [1.0, 1.0, 3.0]])
    same = torch.eye(3, dtype=torch.bool)
    ignored = torch.tensor([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=torch.bool)
    pair, three = np.log(1 + np.e**-2), np.log(1 + 2 * np.e**-2)
    assert float(contrast(scores, same, ignored)) == pytest.approx((2 * pair + three) / 3, abs=1e-5)


def test_groups_of_the_same_content(tmp_path: Path) -> None:
    clips = load_clips(write_data(tmp_path), "train")
    assert clips[0].group == clips[2].group != clips[1].group
    sampler = Sampler(clips, 0)
    groups = {(i.group, i.text) for _ in range(20) for i in sampler.batch(8) if i.group}
    # The mirrored clip of a left hand belongs to the clips of right hands.
    assert groups == {(f"made raise {side} None", f"a person raises the {side} hand.") for side in ("left", "right")}


def test_stored_vectors_round_half_away_from_zero() -> None:
    v = np.array([[127.0, 0.5, -0.5, 1.49]], np.float32)
    np.testing.assert_array_equal(stored(v), [[127, 1, -1, 1]])


def test_scored_tokens() -> None:
    tokens = load_tokenizer().encode("A person, then kicks!").tokens
    assert [t for t in tokens if is_scored(t)] == ["a", "person", "then", "kicks"]


def test_concatenation_continues_place_and_heading() -> None:
    a, b = random_motion(1, 30), random_motion(2, 25)
    joined, start = concatenate(a, b)
    assert start == 34 and len(joined) == 59
    assert heading(joined[start : start + 1])[0] == pytest.approx(heading(a[-1:])[0], abs=1e-5)
    np.testing.assert_allclose(joined[start, 0, [0, 2]], a[-1, 0, [0, 2]], atol=1e-5)


def test_layering_keeps_each_half() -> None:
    upper, lower = standing(20), random_motion(3, 30)
    out = layer(upper, lower)
    assert len(out) == 20
    np.testing.assert_array_equal(out[:, 8], lower[:20, 8])
    np.testing.assert_allclose(
        np.linalg.norm(out[:, 20] - out[:, 18], axis=-1), np.linalg.norm(upper[:, 20] - upper[:, 18], axis=-1), atol=1e-6
    )


def write_data(folder: Path, count: int = 24) -> Path:
    """A small data folder of two kinds of constructed motions."""
    joints, lines, offsets = [], [], [0]
    for i in range(count):
        motion = random_motion(i, 40 + i)
        side = ("left", "right")[i % 2]
        shoulder, elbow, wrist = (16, 18, 20) if side == "left" else (17, 19, 21)
        motion[:, elbow] = motion[:, shoulder] + [0, 0.28, 0]
        motion[:, wrist] = motion[:, elbow] + [0, 0.25, 0]
        joints.append(np.rint(motion * 1000).astype(np.int16))
        offsets.append(offsets[-1] + len(motion))
        captions = [
            {"text": f"a person raises the {side} hand.", "kind": "paraphrase"},
            {"text": "written by a person for evaluation", "kind": "human-kitml"},
        ]
        lines.append(
            {
                "id": f"{i:03d}", "source": "made", "recording": str(i), "labels": ["raise", side],
                "split": ("train", "train", "val", "test")[i // 2 % 4], "captions": captions,
            }
        )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "motions.npz", joints_mm=np.concatenate(joints), offsets=np.array(offsets, np.int64))
    (folder / "clips.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    return folder


def test_human_captions_are_never_trained_on(tmp_path: Path) -> None:
    clips = load_clips(write_data(tmp_path), "train")
    sampler = Sampler(clips, 0)
    texts = {item.text for _ in range(10) for item in sampler.batch(8)}
    assert texts and not any("evaluation" in t for t in texts)


def test_mirrored_items_have_mirrored_truth(tmp_path: Path) -> None:
    sampler = Sampler(load_clips(write_data(tmp_path), "train"), 0)
    for _ in range(20):
        for item in sampler.batch(4):
            for t in item.truths:
                word = item.text[slice(*t.chars)]
                if word in ("left", "right") and t.parts:
                    assert set(t.parts) == set(LEFT_ARM if word == "left" else RIGHT_ARM)


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="motions.npz"):
        load_clips(tmp_path)


def test_train_resume_export(tmp_path: Path) -> None:
    clips = load_clips(write_data(tmp_path / "data"))
    some, validation = [c for c in clips if c.split == "train"], [c for c in clips if c.split == "val"]
    config = Config(width=48, layers=2, heads=4, dim=32)
    out = tmp_path / "run"
    train(some, validation, out, config, steps=4, batch=6, evaluate_every=2, minutes=0)
    assert torch.load(out / "checkpoint.pt", weights_only=False)["step"] == 1
    train(some, validation, out, config, steps=4, batch=6, evaluate_every=2)
    assert torch.load(out / "checkpoint.pt", weights_only=False)["step"] == 4
    with pytest.raises(ValueError, match="another configuration"):
        train(some, validation, out, Config(width=96, layers=2, heads=4, dim=32), steps=4, batch=6)

    model = load_model(out / "best.pt")
    description = {"name": "test", "version": "0", "licence": "MIT", "trainingData": []}
    manifest = export(model, tmp_path / "float", description, int8=False)
    assert manifest["kind"] == "late-interaction" and len(manifest["motion"]["mean"]) == COLUMNS
    torch_side, onnx_side = TorchEncoder(model, load_tokenizer()), OnnxEncoder(tmp_path / "float")
    features = clean_features(clips[0].joints)
    image = model.image(features)
    with torch.no_grad():
        patches, whole = model.motion(torch.from_numpy(image))
        ids = torch.tensor([load_tokenizer().encode("a person raises the left hand").ids])
        tokens, sentence = model.text(ids)
    got = onnx_side.motion_session.run(None, {"image": image})
    np.testing.assert_allclose(got[0], patches.numpy(), atol=1e-4)
    np.testing.assert_allclose(got[1], whole.numpy(), atol=1e-4)
    got = onnx_side.text_session.run(None, {"input_ids": ids.numpy()})
    np.testing.assert_allclose(got[0], tokens.numpy(), atol=1e-4)
    assert torch_side.text("a person.").chars == onnx_side.text("a person.").chars == [(0, 1), (2, 8)]

    export(model, tmp_path / "int8", description)
    small = OnnxEncoder(tmp_path / "int8")
    assert (tmp_path / "int8" / "text.onnx").stat().st_size < 0.3 * (tmp_path / "float" / "text.onnx").stat().st_size
    cosine = (small.text_session.run(None, {"input_ids": ids.numpy()})[0] * tokens.numpy()).sum(-1)
    assert cosine.min() > 0.98
    # A vector never depends on what was encoded before it: bit for bit.
    alone = small.motion_session.run(None, {"image": image})[0]
    for clip in clips[1:4]:
        small.motion(clean_features(clip.joints))
    np.testing.assert_array_equal(alone, small.motion_session.run(None, {"image": image})[0])


def test_the_whole_joins_the_score_and_leaves_the_evidence(tmp_path: Path) -> None:
    clips = load_clips(write_data(tmp_path), "train")
    torch.manual_seed(5)
    mean, std = np.zeros(COLUMNS, np.float32), np.ones(COLUMNS, np.float32)
    model = RetrievalModel(Config(width=48, layers=2, heads=4, dim=32), mean, std).eval()
    basis = global_basis(model, clips, 32, load_tokenizer())
    torch.testing.assert_close(basis @ basis.T, torch.eye(len(basis)), atol=1e-4, rtol=0)
    image = torch.from_numpy(model.image(clean_features(clips[0].joints)))
    ids = torch.tensor([load_tokenizer().encode("a person raises the left hand").ids])
    with torch.no_grad():
        patches, motion = model.motion(image)
        tokens, text = model.text(ids)
        joined_patches, whole_motion = WithWhole(model.motion, basis, 0.6)(image)
        joined_tokens, whole_text = WithWhole(model.text, basis, 0.6)(ids)
    torch.testing.assert_close(joined_patches.norm(dim=-1), torch.ones(len(patches)), atol=1e-5, rtol=0)
    kept = torch.nn.functional.normalize(basis @ motion, dim=0) @ torch.nn.functional.normalize(basis @ text, dim=0)
    torch.testing.assert_close(
        joined_tokens @ joined_patches.T, 0.4 * tokens @ patches.T + 0.6 * kept, atol=1e-5, rtol=0
    )
    torch.testing.assert_close(whole_text @ whole_motion, kept, atol=1e-5, rtol=0)
    assert torch.equal((tokens @ patches.T).argmax(1), (joined_tokens[:, :32] @ joined_patches[:, :32].T).argmax(1))


def test_losses_are_finite_and_reach_every_part(tmp_path: Path) -> None:
    clips: list[Clip] = load_clips(write_data(tmp_path), "train")
    mean, std = np.zeros(COLUMNS, np.float32), np.ones(COLUMNS, np.float32)
    model = RetrievalModel(Config(width=48, layers=2, heads=4, dim=32), mean, std)
    batch = Collator(model, load_tokenizer())(Sampler(clips, 0).batch(8))
    terms = losses(model, batch, torch.Generator().manual_seed(0))
    assert all(torch.isfinite(v) for v in terms.values())
    terms["total"].backward()
    trained = [n for n, p in model.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.any())]
    assert not [n for n in trained if "bias" not in n], trained
    assert data_module.EVALUATION_ONLY == {"human-kitml"}
