"""Data, texts, training, evaluation and export of the second system, end to end on small made data."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from tokenizers import Tokenizer

from motion_lens_training.__main__ import main
from motion_lens_training.captions import swap_sides
from motion_lens_training.data import load_clips
from motion_lens_training.features263 import features_from_joints
from motion_lens_training.motpp import calibrate as calibration
from motion_lens_training.motpp.batches import Pairs, collate
from motion_lens_training.motpp.export import export
from motion_lens_training.motpp.figures import figures, rsum, vectors
from motion_lens_training.motpp.frozen_text import MINILM, TextStore, Transformer, sentence_vectors
from motion_lens_training.motpp.losses import PUBLISHED_EPOCHS
from motion_lens_training.motpp.motions import Data, Motion, Statistics, leg_metres, load, pooled, recording_key, shared_recordings
from motion_lens_training.motpp.report import SystemEncoder
from motion_lens_training.motpp.settings import SIZES, Settings, Size
from motion_lens_training.motpp.system import System
from motion_lens_training.motpp.trainer import Plan, Split, choose, open_run, train
from motion_lens_training.skeleton import mirror_joints

from .motpp_data import write_data, write_transformer

torch.set_num_threads(1)
TINY = Size(16, 2, 32, 1, 1, 1, 1, 1, stride=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_transformer(tmp_path_factory.mktemp("transformer"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def data(folder: Path, cache: Path) -> Data:
    return load([folder], cache)


@pytest.fixture
def texts(cache: Path, transformer: Path) -> TextStore:
    return TextStore(cache, transformer, transformer)


def motion(source: str, recording: str, split: str = "train", frames: int = 50) -> Motion:
    return Motion(f"{source} {recording}", source, recording, split, np.zeros((frames, 263), np.float32), ["a"], "a")


# -- data -------------------------------------------------------------------------------------------------------------


def test_clips_come_with_mirrored_copies_for_training_only(data: Data, folder: Path, cache: Path) -> None:
    assert data.sources == ["one", "two"]
    train, copies = data.of("train"), [m for m in data.of("train", mirrored=True) if m.mirrored]
    assert len(train) == len(copies) == 16 and not [m for m in data.of("test", mirrored=True) if m.mirrored]
    with np.load(folder / "motions.npz") as z:
        joints = z["joints_mm"][: z["offsets"][1]].astype(np.float32) / 1000
    np.testing.assert_array_equal(train[0].features, features_from_joints(joints))
    twin = next(m for m in copies if m.id == f"M{train[0].id}")
    np.testing.assert_array_equal(twin.features, features_from_joints(mirror_joints(joints)))
    assert twin.captions == [swap_sides(c) for c in train[0].captions] and twin.captions[0] == "a person raises the right hand."
    assert len(train[0].captions) == 2 and not any("evaluation" in c for m in data.motions for c in m.captions)
    # Read again, the features come from the file kept.
    kept = next(f for f in cache.glob("features-*.npy") if "offsets" not in f.name)
    written = kept.stat().st_mtime_ns
    again = load([folder], cache)
    assert kept.stat().st_mtime_ns == written
    np.testing.assert_array_equal(again.motions[-1].features, data.motions[-1].features)


def test_every_source_is_standardised_by_its_own_statistics(data: Data, texts: TextStore) -> None:
    for source in data.sources:
        own = [m for m in data.of("train", {source}, mirrored=True)]
        rows = np.concatenate([data.statistics[source](m.features) for m in own])
        moving = data.statistics[source].std > 1e-3
        np.testing.assert_allclose(rows[:, moving].mean(0), 0, atol=1e-3)
        np.testing.assert_allclose(rows[:, moving].std(0), 1, atol=1e-3)
    assert not np.allclose(data.statistics["one"].mean, data.statistics["two"].mean)
    some = [data.of("train", {s})[0] for s in data.sources]
    texts.prepare([m.first for m in some])
    batch = collate(some, [m.first for m in some], data.statistics, texts, 4, phase=1)
    for row, m in enumerate(some):
        expected = data.statistics[m.source](m.features[1:200:4])
        assert int(batch.lengths[row]) == len(expected)
        np.testing.assert_array_equal(batch.features[row, : len(expected)], expected)
        assert not batch.features[row, len(expected) :].any()
    # A feature that never moves stays at zero whatever its rounding.
    still = motion("s", "r")
    assert not Statistics.of([still])(still.features).any()


def test_recordings_that_val_or_test_hold_are_left_out() -> None:
    amass = "./pose_data/CMU/01/01_02_poses.npy"
    assert recording_key("humanml", amass) == recording_key("cmu", "01_02") == "cmu/01_02"
    assert recording_key("h", "pose_data/KIT/3/walk01_poses.npy") != recording_key("h", "pose_data/KIT/4/walk01_poses.npy")
    train = [motion("a", "x"), motion("a", "y"), motion("b", "x")]
    assert [m.id for m in shared_recordings(train, [motion("c", "x", "test")])] == ["a x", "b x"]
    data = Data([*train, motion("a", "y", "val"), motion("b", "z", "test"), motion("b", "q"), motion("b", "short", frames=20)])
    split = choose(data, None, set(), 2.0)
    assert [m.id for m in split.train] == ["a x", "b x", "b q"] and [m.id for m in split.dropped] == ["a y"]
    assert len(choose(data, None, set(), 2.0, keep_shared=True).train) == 4
    assert [m.id for m in choose(data, None, {"a"}, 2.0).train] == ["b x", "b q"]
    assert [m.id for m in choose(data, {"a"}, set(), 2.0).train] == ["a x"]
    with pytest.raises(ValueError, match="no source named z.*it has a, b"):
        choose(data, {"z"}, set(), 2.0)
    with pytest.raises(ValueError, match="no source is left"):
        choose(data, {"a"}, {"a"}, 2.0)
    with pytest.raises(ValueError, match="source c has no training motions"):
        Data([*train, motion("c", "only", "test")])


def test_folders_in_humanml3d_layout_are_one_source(tmp_path: Path, cache: Path, folder: Path) -> None:
    home = tmp_path / "own"
    with np.load(folder / "motions.npz") as z:
        joints, at = z["joints_mm"].astype(np.float32) / 1000, z["offsets"]
    for name in ("new_joints", "texts"):
        (home / name).mkdir(parents=True)
    for i, (name, split) in enumerate((("000001", "train"), ("M000001", "train"), ("000002", "val"), ("000003", "test"))):
        np.save(home / "new_joints" / f"{name}.npy", joints[at[i] : at[i + 1]])
        (home / "texts" / f"{name}.txt").write_text("a person walks.#a/DET#0.0#0.0\nsomeone waves.#x/NOUN#0.5#1.5\n")
        with (home / f"{split}.txt").open("a") as f:
            f.write(f"{name}\n")
    found = load([home, folder], cache)
    assert found.sources == ["one", "own", "two"]
    mine = found.of("train", {"own"})
    assert [(m.id, len(m.features), m.captions) for m in mine[:2]] == [
        ("000001", 40, ["a person walks."]),
        ("000001@10-30", 20, ["someone waves."]),
    ]
    assert len(mine) == 4 and [m.first for m in found.of("test", {"own"})] == ["a person walks."]
    with pytest.raises(ValueError, match="also that of another data folder"):
        load([folder, folder], cache)


def test_legs_are_measured_where_they_agree(data: Data) -> None:
    motions = [m for m in data.of("train") if len(m.features)]
    # Standing, hips to knee 0.41 m, knee to ankle 0.42 m; the noise of the made motions is small in the first frame.
    assert leg_metres(motions, spread=0.2) == pytest.approx(0.83, abs=0.02)
    taller = motion("t", "r")
    taller.features = motions[0].features * 1.5
    assert leg_metres([*motions[:2], taller]) is None


# -- texts ------------------------------------------------------------------------------------------------------------


def test_texts_are_read_once_and_depend_on_themselves(cache: Path, transformer: Path, tmp_path: Path) -> None:
    store = TextStore(tmp_path, transformer, transformer)
    store.prepare(["a person walks", "someone waves the left hand slowly"])
    states, mask, sentences = store.padded(["someone waves the left hand slowly", "a person walks"])
    assert states.shape == (2, 8, 16) and mask.sum(1).tolist() == [8, 5]
    one = Transformer(transformer)
    alone = one(torch.tensor([one.tokenizer.encode("a person walks").ids]), torch.ones(1, 5, dtype=torch.long))[0]
    torch.testing.assert_close(states[1, :5], alone, atol=2e-3, rtol=0)
    torch.testing.assert_close(sentences[1], torch.nn.functional.normalize(alone.mean(0), dim=0), atol=2e-3, rtol=0)
    # A second store finds what is kept, and only adds to it.
    again = TextStore(tmp_path, transformer, transformer)
    again.prepare(["a person walks", "a person waves"])
    assert torch.equal(again.states["a person walks"], store.states["a person walks"])
    assert len(list(tmp_path.glob("states-*.npz"))) == 1
    # Another teacher speaks of other sentences, of its own width.
    other = TextStore(tmp_path, transformer, write_transformer(tmp_path / "mpnet-like", 7, 12))
    other.prepare(["a person walks"])
    assert other.padded(["a person walks"])[2].shape == (1, 12) and other.teacher_name == "mpnet-like"
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="empty: config.json is missing"):
        Transformer(tmp_path / "empty")


def test_minilm_is_the_default_and_sees_meaning() -> None:
    model = Transformer()
    assert model.name == MINILM and model.width == 384
    a, b, c = sentence_vectors(model.states(["a person walks", "someone is walking", "a dog barks at night"]))
    assert float(a @ b) > 0.6 > float(a @ c)


def test_calibration_by_hand() -> None:
    cosines = np.array([0.9, 0.8, 0.55, 0.4, 0.1, 0.05])
    same = np.array([True, True, False, True, False, False])
    rows = {r["threshold"]: r for r in calibration.agreement(cosines, same)}
    assert rows[0.6] == {"threshold": 0.6, "share filtered": 33.333, "precision": 100.0, "recall": 66.7, "F1": 80.0}
    assert rows[0.3]["precision"] == 75.0 and rows[0.3]["recall"] == 100.0 and rows[0.95]["F1"] == 0.0
    assert calibration.same_share(np.linspace(0, 1, 1001), 0.25) == pytest.approx(0.75)


def test_calibrate_command(folder: Path, transformer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["motpp", "calibrate", "--data", str(folder), "--teacher", str(transformer), "--reference", str(transformer)])
    out = json.loads(capsys.readouterr().out)
    assert out["captions"] == 4 and out["pairs"] == 6 and out["pairs of the same labels"] == pytest.approx(33.33)
    assert out["share"]["reference"] == transformer.name and 0.3 <= out["agreement"]["threshold"] <= 0.95


# -- training ---------------------------------------------------------------------------------------------------------


def test_pairs_depend_on_seed_and_step_only(data: Data, texts: TextStore) -> None:
    motions = data.of("train")
    first, second = (Pairs(motions, data.statistics, texts, 4, 4, 5) for _ in range(2))
    for step in (9, 0, 2):
        a, b = first.at(step), second.at(step)
        assert a.captions == b.captions and torch.equal(a.features, b.features)
    assert sorted(first.order(0).tolist()) == list(range(16)) and not torch.equal(first.order(0), first.order(1))
    assert not torch.equal(first.order(0), Pairs(motions, data.statistics, texts, 4, 4, 6).order(0))
    drawn = {c for step in range(12) for c in first.at(step).captions}
    assert drawn == {c for m in motions for c in m.captions}
    assert first.steps_per_epoch == 4


def test_an_interrupted_run_ends_as_it_would_have(data: Data, texts: TextStore, tmp_path: Path) -> None:
    split = choose(data, None, set(), 2.0)
    settings = Settings(size=TINY, variant="filtered")
    plan = Plan(6, batch=8, rate=1e-3, schedule="cosine", evaluate_every=3, save_every=2)
    train(split, data.statistics, texts, tmp_path / "whole", settings, plan)
    plan.minutes = 0.0
    for _ in range(3):
        train(split, data.statistics, texts, tmp_path / "parts", settings, plan)
    plan.minutes = None
    train(split, data.statistics, texts, tmp_path / "parts", settings, plan)
    for which in ("last", "best"):
        a, b = (open_run(tmp_path / name, which) for name in ("whole", "parts"))
        assert a[2] == b[2]
        for k, v in a[0].state_dict().items():
            assert torch.equal(v, b[0].state_dict()[k]), k
    assert a[2]["train"] == {"one": 16, "two": 16} and set(a[1]) == {"one", "two"}
    np.testing.assert_array_equal(a[1]["one"].mean, data.statistics["one"].mean)
    log = [json.loads(line) for line in (tmp_path / "parts" / "log.jsonl").read_text().splitlines()]
    assert {"reconstruction", "divergence", "latent", "contrast", "nce", "consistency", "teacher", "total"} <= set(log[-2])
    assert log[-2]["epoch"] == round(PUBLISHED_EPOCHS * 5 / 6, 1)
    with pytest.raises(ValueError, match="another configuration"):
        train(split, data.statistics, texts, tmp_path / "whole", settings, Plan(7, batch=8, rate=1e-3, schedule="cosine"))
    with pytest.raises(FileNotFoundError, match="best.pt is missing"):
        open_run(tmp_path)


@pytest.mark.parametrize("settings", [Settings("motpp"), Settings("actor", "filtered"), Settings("mot", "infonce", temperature=0.07)])
def test_losses_fall_and_reach_every_weight(settings: Settings, data: Data, texts: TextStore) -> None:
    torch.manual_seed(0)
    settings = Settings(**{**vars(settings), "size": TINY})
    pairs = Pairs(data.of("train"), data.statistics, texts, TINY.stride, 8, 0)
    system = System(settings, texts.width)
    optimiser = torch.optim.AdamW(system.parameters(), 3e-3)
    totals = []
    for step in range(40):
        # In the middle of the ramp every term is on.
        terms = system.losses(pairs.at(step % 4), 70)
        optimiser.zero_grad()
        terms["total"].backward()
        if step == 3:
            still = [n for n, p in system.named_parameters() if p.grad is None or not p.grad.any()]
            assert not still
        optimiser.step()
        totals.append(float(terms["total"].detach()))
    assert np.mean(totals[-4:]) < 0.9 * np.mean(totals[:4])


def test_figures_by_source_and_over_all(data: Data, texts: TextStore) -> None:
    torch.manual_seed(1)
    system = System(Settings(size=TINY), 16)
    test = data.of("test")
    found = figures(system, test, data.statistics, texts)
    assert found["sources"] == ["one", "two"] and {k: v["motions"] for k, v in found["figures"].items()} == {"all": 8, "one": 4, "two": 4}
    every = found["figures"]["all"]
    # Two captions for eight motions: with identical captions counted, chance is high; without, ties share their places.
    assert every["e"]["t2m"]["R@10"] == 100.0 and every["e"]["Rsum"] >= every["a"]["Rsum"] and set(every["a"]["m2t"]) >= {"R@1", "MedR"}
    table = {d: dict.fromkeys(("R@1", "R@2", "R@3", "R@5", "R@10"), v) for d, v in (("t2m", 10.0), ("m2t", 5.0))}
    assert rsum(table) == 75.0
    # The order of the motions, and so what is encoded beside what, changes no vector.
    text, moved = vectors(system, test, data.statistics, texts, batch=3)
    text_back, moved_back = vectors(system, test[::-1], data.statistics, texts, batch=8)
    np.testing.assert_allclose(text, text_back[::-1], atol=1e-5)
    np.testing.assert_allclose(moved, moved_back[::-1], atol=1e-5)


def test_commands_from_training_to_a_package(
    folder: Path, transformer: Path, cache: Path, data: Data, texts: TextStore, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(SIZES, "small", TINY)
    run, out = tmp_path / "run", tmp_path / "package"
    both = ["--data", str(folder), "--cache", str(cache), "--text-model", str(transformer), "--teacher", str(transformer), "--threads", "1"]
    main(["motpp", "train", *both, "--out", str(run), "--steps", "3", "--batch", "8", "--leave-out", "two", "--variant", "self", "--device", "cpu"])
    said = capsys.readouterr().out
    assert '{"one": 16}, 4 to validate on, 0 left out' in said and f"taught by {transformer.name}" in said
    rows = tmp_path / "rows.jsonl"
    main(["motpp", "evaluate", *both, "--run", str(run), "--json", "--device", "cpu", "--row", "made", "--append", str(rows)])
    result = json.loads(capsys.readouterr().out)
    assert 0 <= result["annotator"]["side"]["value"] <= 100 and result["annotator"]["side"]["n"] == 16
    assert result["annotator"]["order"]["n"] == 200 and result["human captions"]["queries"] == 8
    assert result["figures"]["all"]["e"]["t2m"] == result["retrieval"]["e"]["t2m"]
    row = json.loads(rows.read_text())
    assert row["name"] == "made" and row["steps"] == 3 and row["figures"]["T2M R@5"]["value"] == result["retrieval"]["e"]["t2m"]["R@5"]
    assert result["variant"] == "self" and result["trained on"] == {"one": 16} and set(result["figures"]) == {"all", "one", "two"}
    manifest = export(run, out, "Made", "1", "MIT", transformer)
    assert manifest["kind"] == "global" and manifest["motion"]["features"] == "hml263" and "grid" not in manifest
    assert json.loads((out / "model.json").read_text()) == manifest
    # The package, from raw features and raw text, against PyTorch.
    system, _, _ = open_run(run)
    m = manifest["motion"]
    mean, std = (np.array(m[k], np.float32) for k in ("mean", "std"))
    sessions = [onnxruntime.InferenceSession(str(out / f)) for f in ("motion.onnx", "text.onnx")]
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    test = data.of("test")
    statistics = {s: Statistics(mean, std) for s in data.sources}
    text, moved = vectors(system, test, statistics, texts)
    for i, one in enumerate(test):
        rows = ((one.features - mean) / std).astype(np.float32)[:200]
        np.testing.assert_allclose(sessions[0].run(m["outputs"], {m["inputs"][0]: rows})[0], moved[i], atol=1e-4)
        ids = np.array([tokenizer.encode(one.first).ids])
        np.testing.assert_allclose(sessions[1].run(["global"], {"input_ids": ids})[0], text[i], atol=1e-3)
    for rows in (1, 2, 199, 200):
        found = sessions[0].run(None, {"features": np.zeros((rows, 263), np.float32)})[0]
        assert found.shape == (16,) and np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
    with pytest.raises(ValueError, match="no statistics of three"):
        export(run, out, "Made", "1", "MIT", transformer, "three")
    with pytest.raises(ValueError, match="not over all-MiniLM"):
        export(run, out, "Made", "1", "MIT")
    with pytest.raises(SystemExit, match="give its folder with --text-model"):
        main(["motpp", "evaluate", "--data", str(folder), "--run", str(run)])
    with pytest.raises(SystemExit, match="belongs to the cross-consistent loss"):
        main(["motpp", "train", *both, "--out", str(run), "--configuration", "tmr", "--variant", "self"])


def test_the_evaluation_s_encoder_gives_the_same_vectors(data: Data, texts: TextStore, transformer: Path, folder: Path) -> None:
    torch.manual_seed(2)
    system = System(Settings(size=TINY), 16).eval()
    test = data.of("test", {"one"})
    text, moved = vectors(system, test, data.statistics, texts)
    encoder = SystemEncoder(system, Transformer(transformer), data.statistics["one"])
    for i, clip in enumerate(load_clips(folder, "test", {"one"})):
        np.testing.assert_allclose(encoder.motion_of_joints(clip.joints)[1], moved[i], atol=1e-5)
        np.testing.assert_allclose(encoder.text(clip.captions[0].text).sentence, text[i], atol=1e-3)


def test_pooled_statistics_are_those_of_the_whole() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.normal(k, 1 + k, (100, 263)).astype(np.float32) for k in (0, 1))
    parts = [Statistics(x.mean(0), x.std(0)) for x in (a, b)]
    whole = np.concatenate([a, b])
    found = pooled(parts, [7, 7])
    np.testing.assert_allclose(found.mean, whole.mean(0), atol=1e-5)
    np.testing.assert_allclose(found.std, whole.std(0), atol=1e-5)


def test_empty_splits_are_refused(data: Data, texts: TextStore, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too few to train on"):
        train(Split(data.of("train")[:1], []), data.statistics, texts, tmp_path, Settings(size=TINY), Plan(1))
