"""Sentence similarity, lists and thresholds; reports, rows and tables; and the commands end to end on generated data."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import MPNetConfig, MPNetModel

from motion_lens_training.__main__ import main
from motion_lens_training.data import Caption, load_clips
from motion_lens_training.evaluation.encoders import ChanceEncoder, Remembering
from motion_lens_training.evaluation.report import Sentences, human_figures, scores_report, side_by_side
from motion_lens_training.evaluation.scoring import Score
from motion_lens_training.evaluation.sentences import (
    MINILM,
    MINILM_THRESHOLD,
    MPNET_THRESHOLD,
    SentenceModel,
    calibrate,
    most_dissimilar,
    read_list,
)
from motion_lens_training.evaluation.table import append_row, markdown_table, read_rows, row_of
from motion_lens_training.text_model import load_tokenizer, minilm_folder

from .test_evidence import Knowing, clips
from .test_model import write_data


@pytest.fixture(scope="module")
def sentences() -> SentenceModel:
    return SentenceModel()


# -- sentence similarity ----------------------------------------------------------------------------------------------


def test_similar_sentences_are_near_and_order_does_not_matter(sentences: SentenceModel) -> None:
    texts = ["a person walks forward.", "someone is walking ahead.", "a person plays the violin.", "a person walks forward."]
    v = sentences(texts)
    np.testing.assert_allclose(np.linalg.norm(v, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(v[0], v[3])
    assert v[0] @ v[1] > v[0] @ v[2] + 0.2
    np.testing.assert_allclose(sentences(texts[::-1])[::-1], v, atol=1e-6)
    assert sentences.name == MINILM and sentences.default_threshold == MINILM_THRESHOLD


def small_mpnet(folder: Path) -> Path:
    """A folder in the layout of all-mpnet-base-v2, with a small untrained model of its kind in it."""
    torch.manual_seed(0)
    config = MPNetConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, vocab_size=30527)
    MPNetModel(config).save_pretrained(folder)
    shutil.copy(minilm_folder() / "tokenizer.json", folder / "tokenizer.json")
    return folder


def test_another_model_is_named_by_its_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="config.json is missing"):
        SentenceModel(tmp_path)
    model = SentenceModel(small_mpnet(tmp_path / "all-mpnet-base-v2"))
    assert model(["a person walks.", "a person runs and stops."]).shape == (2, 16)
    scores = np.eye(3)
    some = clips(3)
    got = Sentences(model).protocols(scores, some)["b"]
    assert (got["sentence model"], got["threshold"]) == ("all-mpnet-base-v2", MPNET_THRESHOLD) == ("all-mpnet-base-v2", 0.9)
    # The published threshold goes with the published model's name: another one needs its own.
    other = (tmp_path / "all-mpnet-base-v2").rename(tmp_path / "mine")
    assert SentenceModel(other).default_threshold is None
    with pytest.raises(SystemExit, match="no threshold of protocol .b. is known for mine"):
        main(["evaluate", "--chance", "--data", str(write_data(tmp_path / "data")), "--sentence-model", str(other)])


def test_most_dissimilar_by_hand() -> None:
    angles = np.radians([0, 5, 90, 180, 185])
    v = np.stack([np.cos(angles), np.sin(angles)], 1)
    # e is least like the others on average (the sum of its cosines is -0.087), b is its opposite, and c lies between the two.
    chosen = most_dissimilar(v, list("abcde"), 3)
    assert chosen == ["e", "b", "c"]
    moved = [3, 0, 4, 2, 1]
    assert most_dissimilar(v[moved], ["abcde"[i] for i in moved], 3) == chosen
    # Of two identical captions the id that sorts first.
    assert most_dissimilar(np.array([[1.0, 0], [1, 0], [0, 1]]), ["z", "y", "x"], 2) == ["x", "y"]
    with pytest.raises(ValueError, match="6 dissimilar captions asked for"):
        most_dissimilar(v, list("abcde"), 6)


def test_lists_are_read_and_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("# made here\n000021\n\nM000022  # a mirrored one\n")
    assert read_list(file) == ["000021", "M000022"]
    file.write_text("a\nb\na\n")
    with pytest.raises(ValueError, match="list.txt: a is listed twice"):
        read_list(file)
    file.write_text("# nothing\n")
    with pytest.raises(ValueError, match="holds no ids"):
        read_list(file)
    with pytest.raises(FileNotFoundError, match="none.txt"):
        read_list(tmp_path / "none.txt")


def test_calibration_by_hand() -> None:
    # Two pairs of the same content at 0.9 and 0.7; four of different content at 0.8, 0.6, 0.6, 0.6.
    similarity = np.array([[1, 0.9, 0.8, 0.6], [0.9, 1, 0.6, 0.6], [0.8, 0.6, 1, 0.7], [0.6, 0.6, 0.7, 1]])
    same = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]], bool)
    assert calibrate(similarity, same, 0.0)["threshold"] == 0.8
    got = calibrate(similarity, same, 0.25)
    assert got["threshold"] == 0.6
    row = next(r for r in got["rows"] if r["threshold"] == 0.75)
    assert (row["pairs"], row["different content above"], row["same content above"]) == (2, 0.25, 0.5)
    with pytest.raises(ValueError, match="different content"):
        calibrate(similarity, np.ones((4, 4), bool))


def test_ndcg_knows_what_motions_are_about(sentences: SentenceModel) -> None:
    some = clips(8)
    for i, c in enumerate(some):
        c.captions[0].text = ["a person waves.", "a person kicks a ball."][i % 2]
        c.captions[1:] = []
    alike = np.array([[float(i % 2 == j % 2) for j in range(8)] for i in range(8)])
    good, bad = (Sentences(sentences).ndcg(s, some) for s in (alike, 1 - alike))
    assert good["sentence model"] == MINILM
    # Queries are the two distinct captions; of the right ones all are equally relevant.
    assert good["t2m"]["nDCG@25"] == {"value": 100.0, "ci95": [100.0, 100.0], "n": 2}
    assert bad["t2m"]["nDCG@25"]["value"] < 80 and bad["m2t"]["nDCG@25"]["value"] < good["m2t"]["nDCG@25"]["value"]


# -- reports ----------------------------------------------------------------------------------------------------------


def test_maxsim_is_set_against_its_global_twin() -> None:
    got = side_by_side(Remembering(Knowing()), clips(12), pairs=20, shares=(0.0, 1.0))
    assert got["brings"]["maxsim"]["order_split"] == {"value": 50.0, "ci95": [50.0, 50.0], "n": 20}
    assert got["brings"]["late"]["t2m R@1"]["value"] == 0
    assert set(got["scores"]["maxsim"]) - set(got["scores"]["global"]) == {"order_split", "pointing_time", "pointing_limb"}
    ends = {s["global share"]: s for s in got["weighted sums"]}
    assert ends[0.0]["order_split"] == 100 and ends[1.0]["order_split"] == 50


def test_captions_written_by_people_are_figures_of_their_own() -> None:
    some = clips(4)
    assert human_figures(Knowing(), some, Score("late")) == {"queries": 0}
    some[0].captions.append(Caption("somebody holds up the left one", "human-kitml"))
    some[3].captions.append(Caption("somebody holds up the right one", "human-kitml"))
    got = human_figures(Knowing(), some, Score("late"))
    # Each ties with the other clip of its side: rank 1 or 2 of 4, so 1.5; of the two captions the right one is first.
    assert got["queries"] == 2 and got["t2m"]["MedR"] == 1.5 and got["intervals"]["gallery"] == 4
    assert got["m2t"]["gallery"] == 2 and got["m2t"]["MedR"]["value"] == 1


def test_a_score_matrix_of_another_system_makes_a_row() -> None:
    scores = np.eye(40)
    sources = ["cmu"] * 15 + ["bandai2"] * 20 + ["rare"] * 5
    report = scores_report(scores, [f"{i:02d}" for i in range(40)], [f"caption {i}" for i in range(40)], sources)
    assert report["protocols"]["d"]["batches"] == 1 and "source rare" not in report
    row = row_of("other", report, seed=2, steps=100)
    assert row["figures"]["T2M R@1"]["value"] == 100 == row["figures"]["CMU M2T R@10"]["value"]
    assert "side" not in row["figures"] and row["score"] == "global"


# -- tables -----------------------------------------------------------------------------------------------------------


def row(name: str, seed: int, value: float, steps: int = 500) -> dict:
    return {"name": name, "seed": seed, "steps": steps, "figures": {"side": {"value": value, "ci95": [value - 1, value + 1]}}}


def test_seeds_come_together_as_mean_and_deviation() -> None:
    rows = [row("b", 1, 50), row("a", 1, 90), row("a", 2, 96), row("a", 3, 93), row("b", 1, 60, 1500)]
    lines = markdown_table(rows).splitlines()
    assert lines[0] == "| | seeds | steps | side |"
    # The same seed measured again replaces its row; 90, 96 and 93 have the deviation 3.
    assert lines[2:] == ["| b | 1 | 1,500 | 60.0 |", "| a | 3 | 500 | 93.0 ± 3.0 |"]
    assert "60.0 (59.0 to 61.0)" in markdown_table(rows, intervals=True)
    assert "| - |" in markdown_table(rows, ["side", "limb"])
    with pytest.raises(ValueError, match="no column 'sides'"):
        markdown_table(rows, ["sides"])


def test_bad_rows_are_named(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    append_row(file, row("a", 1, 1))
    with file.open("a") as f:
        f.write('{"name": "b"}\n')
    with pytest.raises(ValueError, match=r"results.jsonl:2: not a row"):
        read_rows([file])
    with pytest.raises(FileNotFoundError, match="none.jsonl"):
        read_rows([tmp_path / "none.jsonl"])


# -- commands ---------------------------------------------------------------------------------------------------------


def test_commands_from_data_to_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, results, listed = write_data(tmp_path / "data", 144), tmp_path / "rows" / "results.jsonl", tmp_path / "list.txt"
    test = load_clips(data, "test")
    main(["dissimilar", "--data", str(data), "--count", "2", "--out", str(listed)])
    # Two captions there are; one clip of each, ids in order.
    assert len(ids := read_list(listed)) == 2 and set(ids) <= {c.id for c in test}
    for seed in ("1", "2"):
        main(["evaluate", "--chance", "--seed", seed, "--data", str(data), "--fast", "--json", "--dissimilar", str(listed),
              "--row", "chance", "--append", str(results)])  # fmt: skip
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["clips"] == len(test) == 36 and report["score"] == "late"
    assert set(report["protocols"]) == {"a", "b", "c", "d", "e"} and report["protocols"]["c"]["list"] == "given"
    assert report["protocols"]["d"]["dropped"] == 4
    # Keys the model card quotes.
    assert set(report["retrieval"]) == {"a", "e"} and set(report["retrieval"]["e"]["t2m"]) == {"R@1", "R@2", "R@3", "R@5", "R@10", "MedR"}
    assert {"labels", "side", "pointing_limb", "order", "order_split", "pointing_time"} == set(report["annotator"])
    assert report["source made"]["retrieval"]["t2m"] == report["retrieval"]["e"]["t2m"]
    assert report["human captions"]["queries"] == 36 and "chance" in report
    main(["table", "--from", str(results), "--columns", "T2M R@10,side"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| | seeds | steps | T2M R@10 | side |" and lines[2].startswith("| chance | 2 | 0 | ") and lines[2].count("±") == 2


def test_commands_refuse_what_is_not_there(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    with pytest.raises(FileNotFoundError, match="neither a model package"):
        main(["evaluate", "--run", str(tmp_path), "--data", str(data)])
    with pytest.raises(SystemExit, match="--row and --append"):
        main(["evaluate", "--chance", "--data", str(data), "--row", "x"])
    with pytest.raises(ValueError, match="no clips to evaluate"):
        main(["evaluate", "--chance", "--data", str(data), "--source", "elsewhere"])


def test_thresholds_are_calibrated_on_training_captions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["thresholds", "--data", str(write_data(tmp_path))])
    got = json.loads(capsys.readouterr().out)
    # "Left" and "right" differ in content and are near in every sentence model: the threshold lies above their cosine.
    assert got["captions"] == 2 and got["sentence model"] == MINILM
    assert got["threshold"] > 0.8 and got["rows"][0]["different content above"] == 1


def test_chance_covers_every_measure() -> None:
    encoder = ChanceEncoder(load_tokenizer(), seed=3)
    got = side_by_side(Remembering(encoder), clips(30, 20), pairs=60, shares=(0.6,))
    low, high = got["brings"]["maxsim"]["order"]["ci95"]
    assert low <= 0 <= high
