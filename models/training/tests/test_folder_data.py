"""HumanML3D-layout folders: what is read, what is cut and mirrored, what is refused, leaks, sources and their statistics."""

from pathlib import Path

import numpy as np
import pytest

from motion_lens_training.data import Sampler, load_clips
from motion_lens_training.features import clean_features
from motion_lens_training.features263 import features_from_joints
from motion_lens_training.folder_captions import CaptionLine, action_labels, frames_of, parse_line
from motion_lens_training.folder_data import (
    FolderError,
    MotionFolder,
    base_id,
    is_mirrored,
    leave_one_source_out,
    source_statistics,
    without_leaks,
)
from motion_lens_training.folder_motions import MotionFileError, kit_to_22, read_motion
from motion_lens_training.skeleton import mirror_joints

from .test_features import random_motion, standing

SAMPLE = Path(__file__).parents[3] / "media" / "sample-dataset"


def caption(text: str, start: str = "0.0", end: str = "0.0") -> str:
    return f"{text}#{' '.join(w + '/X' for w in text.split())}#{start}#{end}\n"


def write(folder: Path, id: str, motion: np.ndarray, *lines: str, kind: str = "new_joints") -> None:
    for path in (folder / kind / f"{id}.npy", folder / "texts" / f"{id}.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
    np.save(folder / kind / f"{id}.npy", motion.astype(np.float32))
    (folder / "texts" / f"{id}.txt").write_text("".join(lines or [caption("a person stands")]), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight motions and the mirrored twin of one, in three lists."""
    for k in range(8):
        write(tmp_path, f"00000{k}", random_motion(k, 60 + k), caption(f"a person does thing {k}"), caption("someone moves"))
    write(tmp_path, "M000002", mirror_joints(random_motion(2, 62)), caption("a person does thing 2"))
    for name, ids in (("train", "000000 000001 000002 M000002 000003"), ("val", "000004 000005"), ("test", "000006 000007")):
        (tmp_path / f"{name}.txt").write_text("\n".join(ids.split()) + "\n")
    return tmp_path


# -- captions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a person walks.#a/DET person/NOUN walk/VERB#0.0#0.0", CaptionLine("a person walks.")),
        ("a person walks.#a/DET person/NOUN walk/VERB#1.5#3.0", CaptionLine("a person walks.", (1.5, 3.0))),
        ("a person walks.#a/DET person/NOUN#nan#nan", CaptionLine("a person walks.")),
        ("a person walks.#a/DET person/NOUN#nan#2", CaptionLine("a person walks.", (0.0, 2.0))),
        ("number # one walks#number/NOUN one/NUM#0.0#0.0", CaptionLine("number # one walks")),
        ("just words, no fields", CaptionLine("just words, no fields")),
        ("he is #1", CaptionLine("he is #1")),
        ("   ", None),
    ],
)
def test_lines_are_understood(line: str, expected: CaptionLine | None) -> None:
    assert parse_line(line) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a person walks.#a/DET#3.0#1.0", "ends at 1.0 s"),
        ("a person walks.#a/DET#-1.0#1.0", "is none"),
        ("a person walks.#a/DET#0.0#inf", "is none"),
        ("#a/DET#0.0#0.0", "no caption"),
        ("a person walks.#a/DET person/NOUN", "has not the fields"),
        ("a person walks.#0.0#0.0", "tagged words is missing"),
        ("a person\0walks", "NUL"),
    ],
)
def test_broken_lines_say_why(line: str, words: str) -> None:
    found = parse_line(line)
    assert isinstance(found, str) and words in found


def test_seconds_become_frames() -> None:
    assert frames_of((0.15, 3.0), 100, 20) == (3, 60)
    assert frames_of((1.0, 1.01), 100, 20) == (20, 21)
    assert frames_of((1.0, 99.0), 100, 20) == (20, 100)
    assert frames_of((5.0, 6.0), 100, 20) is None
    assert frames_of(None, 100, 20) == (0, 100)


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (["a person waves with the left hand.", "someone is waving his left arm"], ["wave", "left"]),
        (["a person raises both arms"], ["raise", "both"]),
        (["a person waves with the left hand.", "someone is waving his right arm"], []),
        (["a person walks while waving the left hand"], []),
        (["a man walks in a line", "someone walked ahead"], ["walk"]),
        (["a man walks and picks something up"], []),
        (["a person jogs forward"], ["run"]),
        (["a person does a handstand"], []),
        ([], []),
    ],
)
def test_only_what_is_sure_lends_its_limbs(texts: list[str], labels: list[str]) -> None:
    assert action_labels(texts) == labels


# -- motions ------------------------------------------------------------------------------------------------------


def test_vectors_and_joints_are_the_same_motion(tmp_path: Path) -> None:
    joints = random_motion(1, 50)
    np.save(tmp_path / "a.npy", features_from_joints(joints))
    np.save(tmp_path / "b.npy", joints.reshape(50, 66))
    a, b = read_motion(tmp_path / "a.npy"), read_motion(tmp_path / "b.npy")
    assert a.shape == (49, 22, 3) and b.shape == (50, 22, 3)
    np.testing.assert_allclose(clean_features(a), clean_features(b[:49]), atol=2e-3)


def test_kit_motions_get_22_joints_at_20_frames(tmp_path: Path) -> None:
    kit = np.zeros((26, 21, 3))
    body = standing(26)
    # Of the 22 joints, the one that stands at each of KIT-ML's 21.
    places = [0, 3, 12, 15, 15, 17, 19, 21, 16, 18, 20, 2, 5, 8, 11, 11, 1, 4, 7, 10, 10]
    kit[:] = body[:, places]
    # Knees and ankles of the figure hang straight: a leg of 0.83 m, here in millimetres.
    np.save(tmp_path / "k.npy", kit * 1000)
    found = read_motion(tmp_path / "k.npy")
    assert found.shape == (41, 22, 3)
    np.testing.assert_allclose(found[:, [1, 2, 4, 7, 12, 15, 16, 20]], np.repeat(body[:1, [1, 2, 4, 7, 12, 15, 16, 20]], 41, 0), atol=1e-3)
    np.testing.assert_allclose(kit_to_22(kit), kit_to_22(kit * 7), atol=1e-9)
    assert len(read_motion(tmp_path / "k.npy", fps=20)) == 26


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((10, 24, 3)), r"array\[:, :22\]"),
        (np.zeros((10, 5)), r"shape \(10, 5\)"),
        (np.zeros((0, 22, 3)), "no frames"),
        (np.where(np.arange(660).reshape(10, 22, 3) == 200, np.nan, 0), "not finite, first in frame 3"),
        (np.full((10, 263), 0.3), "standardised"),
        (np.array(["a", "b"]), "not numbers"),
    ],
)
def test_arrays_that_are_no_motion_are_refused_by_name(tmp_path: Path, array: np.ndarray, words: str) -> None:
    np.save(tmp_path / "m.npy", array)
    with pytest.raises(MotionFileError, match=r"m\.npy: .*" + words):
        read_motion(tmp_path / "m.npy")


def test_objects_and_damaged_files_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "o.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    whole = tmp_path / "w.npy"
    np.save(whole, standing(20))
    (tmp_path / "cut.npy").write_bytes(whole.read_bytes()[:500])
    (tmp_path / "text.npy").write_text("hello")
    (tmp_path / "empty.npy").write_bytes(b"")
    for name in ("o", "cut", "text", "empty"):
        with pytest.raises(MotionFileError, match=rf"{name}\.npy: not a \.npy file of numbers"):
            read_motion(tmp_path / f"{name}.npy")


# -- folders ------------------------------------------------------------------------------------------------------


def test_splits_captions_and_twins(folder: Path) -> None:
    f = MotionFolder(folder)
    assert f.notes == []
    train = f.clips("train")
    assert [c.id for c in train] == ["000000", "000001", "000002", "M000002", "000003"]
    assert [c.id for c in f.clips("train", mirrored=False)] == ["000000", "000001", "000002", "000003"]
    assert [c.text for c in train[0].captions] == ["a person does thing 0", "someone moves"]
    np.testing.assert_allclose(train[1].joints, random_motion(1, 61), atol=1e-6)
    assert (is_mirrored("M000002"), is_mirrored("sub/M12"), is_mirrored("Monday")) == (True, True, False)
    assert (base_id("sub/M12"), base_id("Monday")) == ("sub/12", "Monday")
    # A motion and its mirrored twin are neither each other's negatives by chance nor the same content.
    assert train[3].group == f"mirrored {train[2].group}"
    assert load_clips(folder, "test")[0].id == "000006"


def test_a_mirrored_item_changes_to_the_group_of_the_twin(folder: Path) -> None:
    from motion_lens_training.data import Item

    clips = MotionFolder(folder).clips("train")
    item = Item(clean_features(clips[2].joints), "a person waves the left hand", [], clips[2].group)
    mirrored = Sampler._mirrored(item)
    assert mirrored.group == clips[3].group and Sampler._mirrored(mirrored).group == clips[2].group
    assert mirrored.text == "a person waves the right hand"


def test_time_ranges_make_clips_of_their_own(tmp_path: Path) -> None:
    joints = random_motion(0, 100)
    write(tmp_path, "a", joints, caption("walks"), caption("kicks", "1.0", "3.0"), caption("kicks hard", "1.0", "3.0"), caption("late", "9", "10"))
    write(tmp_path, "b", random_motion(1, 40), caption("starts", "0.0", "1.0"), caption("does all"))
    for id in "cdef":
        write(tmp_path, id, random_motion(2, 40))
    (tmp_path / "train.txt").write_text("a\nb\n")
    (tmp_path / "val.txt").write_text("c\nd\n")
    f = MotionFolder(tmp_path)
    clips = f.clips("train")
    assert [(c.id, len(c.joints), [x.text for x in c.captions]) for c in clips] == [
        ("a", 100, ["walks"]),
        ("a@20-60", 40, ["kicks", "kicks hard"]),
        ("b@0-20", 20, ["starts"]),
        ("b", 40, ["does all"]),
    ]
    np.testing.assert_allclose(clips[1].joints, joints[20:60], atol=1e-6)
    assert clips[0].group == clips[1].group
    assert any("9.0" in n and "left out" in n for n in f.notes)
    # Protocols ask for the first caption, with its part of the motion.
    assert [c.id for c in f.evaluation_clips("train")] == ["a", "b@0-20"]
    # Features of a part are cut from those of the whole.
    np.testing.assert_array_equal(clips[1].features263(), features_from_joints(clips[0].joints)[20:60])
    assert len(clips[0].features263()) == 99


def test_without_lists_recordings_are_held_out(tmp_path: Path) -> None:
    for k in range(30):
        write(tmp_path, f"{k:03d}", standing(20))
        write(tmp_path, f"M{k:03d}", standing(20))
    f = MotionFolder(tmp_path)
    assert len(f.splits["val"]) == 6 and len(f.splits["train"]) == 54
    assert {base_id(i) for i in f.splits["val"]}.isdisjoint(base_id(i) for i in f.splits["train"])
    assert f.splits == MotionFolder(tmp_path).splits
    assert any("held out" in n for n in f.notes)


def test_what_is_wrong_in_a_folder_is_named(folder: Path) -> None:
    np.save(folder / "new_joints" / "000001.npy", np.zeros((10, 5)))
    (folder / "texts" / "000000.txt").unlink()
    (folder / "texts" / "000002.txt").write_text("a person walks.#a/DET#3.0#1.0\n" + caption("fine"))
    (folder / "texts" / "000003.txt").write_bytes(b"\xff\xfe\xfa")
    with (folder / "train.txt").open("a") as f:
        f.write("999999\n")
    found = MotionFolder(folder)
    assert [c.id for c in found.clips("train")] == ["000002", "M000002"]
    notes = "\n".join(found.notes)
    for words in ("such as 999999", "000001.npy: shape (10, 5)", "texts/000000.txt", "000002.txt, line 1", "000003.txt: not UTF-8"):
        assert words in notes


def test_folders_that_cannot_be_trained_on_are_refused(tmp_path: Path, folder: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FolderError, match="neither new_joints nor new_joint_vecs"):
        MotionFolder(empty)
    (empty / "new_joints").mkdir()
    with pytest.raises(FolderError, match="no folder texts"):
        MotionFolder(empty)
    (empty / "texts").mkdir()
    with pytest.raises(FolderError, match=r"no \.npy file"):
        MotionFolder(empty)
    (folder / "val.txt").write_text("000004\n000001\n")
    with pytest.raises(FolderError, match="1 ids stand in train.txt and in val.txt or test.txt, such as 000001"):
        MotionFolder(folder)
    (folder / "val.txt").write_text("x\ny\n")
    with pytest.raises(FolderError, match="none of its 2 ids"):
        MotionFolder(folder)


# -- recordings, sources ------------------------------------------------------------------------------------------


def test_leaks_and_sources_by_recording(folder: Path) -> None:
    rows = [f"./pose_data/{s}/{k}_poses.npy,0,60,00000{i}.npy" for i, (s, k) in enumerate(zip("KKCCKCCK", (1, 2, 3, 4, 5, 4, 3, 8), strict=True))]
    (folder / "index.csv").write_text("source_path,start_frame,end_frame,new_name\n" + "\n".join(rows) + "\n")
    f = MotionFolder(folder)
    train, val, test = (f.clips(s) for s in ("train", "val", "test"))
    assert [c.source for c in train] == ["K", "K", "C", "C", "C"]
    assert train[2].recording == train[3].recording == "pose_data/C/3_poses.npy"
    # 000002 and its twin come from the recording of 000006 (test), 000003 from that of 000005 (val).
    assert [c.id for c in without_leaks(train, val, test)] == ["000000", "000001"]
    left = {source: (len(others), len(own)) for source, others, own in leave_one_source_out(train)}
    assert left == {"C": (2, 3), "K": (3, 2)}


def test_a_mirrored_twin_leaks_without_any_table(folder: Path) -> None:
    (folder / "train.txt").write_text("000000\nM000002\n")
    (folder / "test.txt").write_text("000002\n000007\n")
    f = MotionFolder(folder)
    assert [c.id for c in without_leaks(f.clips("train"), f.clips("test"))] == ["000000"]


def test_a_table_without_its_columns_is_refused(folder: Path) -> None:
    (folder / "recordings.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FolderError, match=r"recordings\.csv: needs a column id"):
        MotionFolder(folder)


def test_each_source_has_its_own_statistics(folder: Path) -> None:
    rows = [f"00000{k},recording {k},{'one' if k < 2 else 'two'}" for k in range(8)]
    (folder / "recordings.csv").write_text("id,recording,source\n" + "\n".join(rows) + "\n")
    clips = MotionFolder(folder).clips("train", mirrored=False)
    statistics = source_statistics(clips)
    assert set(statistics) == {"one", "two"}
    mine = np.concatenate([features_from_joints(c.whole) for c in clips if c.source == "one"]).astype(np.float64)
    np.testing.assert_allclose(statistics["one"][0], mine.mean(0), atol=1e-5)
    np.testing.assert_allclose(statistics["one"][1], mine.std(0), atol=1e-5)
    assert not np.allclose(statistics["one"][0], statistics["two"][0], atol=1e-3)


def test_the_sample_dataset_is_whole() -> None:
    f = MotionFolder(SAMPLE)
    assert {k: len(v) for k, v in f.splits.items()} == {"train": 43, "val": 6, "test": 11}
    clips = f.clips("train")
    assert f.notes == [] and len({c.id.split("@")[0] for c in clips}) == 43
    assert any("@" in c.id for c in clips)
