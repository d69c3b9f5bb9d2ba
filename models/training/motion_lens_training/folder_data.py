"""One's own data: a folder in the HumanML3D layout as clips with captions.

    new_joints/<id>.npy or new_joint_vecs/<id>.npy   motions (folder_motions.py says which arrays fit)
    texts/<id>.txt                                   captions (folder_captions.py)
    train.txt val.txt test.txt                       ids of each split, one a line
    index.csv or recordings.csv                      optional: which recording each id was cut from

An id with M before its number is the mirrored twin of the id without. Captions with a time range belong to that part of the motion
and make a clip of their own. The recordings' table has an id column (`id`, `name` or HumanML3D's `new_name`) and a column of the
recording (`recording`, `path` or HumanML3D's `source_path`), perhaps one named `source`; else the first folder that the paths of
recordings do not share names the source (AMASS: KIT, CMU, ...).
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from .data import Caption, Clip
from .features import FPS
from .features263 import features_from_joints
from .folder_captions import CaptionFileError, action_labels, frames_of, read_captions
from .folder_motions import MotionFileError, read_motion

MOTION_FOLDERS = ("new_joints", "new_joint_vecs")
SPLITS = ("train", "val", "test")
#: Shorter motions hold no action, longer ones no single caption; both are left out of training, with a note.
SHORTEST_FRAMES, LONGEST_FRAMES = 8, 60 * int(FPS)
#: Share of the recordings held out for validation where the folder has no list of its own for it.
HELD_OUT = 0.1


class FolderError(ValueError):
    """A folder that cannot be trained on; the message names it and says what is wrong."""


@dataclass
class FolderClip(Clip):
    """A motion of a folder, or the part of it that its captions speak of."""

    #: Joints of the whole motion, and the frames of it that the clip holds.
    whole: np.ndarray = field(default_factory=lambda: np.zeros((0, 22, 3), np.float32))
    frames: tuple[int, int] = (0, 0)

    @property
    def group(self) -> str:
        """Parts of one recording show the same people and things: never negatives of each other."""
        own = f"recording {self.source} {self.recording}"
        return f"mirrored {own}" if is_mirrored(self.id) else own

    def features263(self) -> np.ndarray:
        """Its HumanML3D features (rows, 263): computed on the whole motion, then cut, as the published ones are."""
        rows = features_from_joints(self.whole)
        start, end = self.frames
        return rows[min(start, len(rows) - 1) : max(min(end, len(rows)), start + 1)]


def is_mirrored(id: str) -> bool:
    return re.match(r"^M\d", PurePosixPath(id).name) is not None


def base_id(id: str) -> str:
    """The id without the M of a mirrored twin."""
    path = PurePosixPath(id)
    return str(path.with_name(path.name[1:])) if is_mirrored(id) else id


def is_motion_folder(path: Path) -> bool:
    return any((path / name).is_dir() for name in MOTION_FOLDERS)


class MotionFolder:
    """What a folder holds; motions are read when clips are asked for. `notes` says what was left out and why."""

    def __init__(self, path: Path, fps: float | None = None, source: str | None = None) -> None:
        if not is_motion_folder(path):
            raise FolderError(f"{path}: has neither new_joints nor new_joint_vecs; the folder needs one of them, and texts beside it")
        if not (path / "texts").is_dir():
            raise FolderError(f"{path}: has no folder texts with the captions (texts/<id>.txt)")
        self.path, self.fps = path, fps
        self.source = source or path.resolve().name
        self.notes: list[str] = []
        self.files: dict[str, Path] = {}
        for name in MOTION_FOLDERS:
            for file in sorted((path / name).rglob("*.npy")):
                self.files.setdefault(file.relative_to(path / name).with_suffix("").as_posix(), file)
        if not self.files:
            raise FolderError(f"{path}: no .npy file in {' or '.join(MOTION_FOLDERS)}")
        self.recordings = self._recordings()
        self.splits = self._splits()

    # -- lists ----------------------------------------------------------------------------------------------------

    def _list(self, name: str) -> list[str] | None:
        file = self.path / f"{name}.txt"
        if not file.is_file():
            return None
        try:
            lines = file.read_bytes().decode("utf-8-sig").split()
        except UnicodeDecodeError:
            raise FolderError(f"{file}: not UTF-8 text") from None
        ids = list(dict.fromkeys(line.removesuffix(".npy") for line in lines))
        known = [i for i in ids if i in self.files]
        if ids and not known:
            raise FolderError(f"{file}: none of its {len(ids)} ids has a motion here (the first is {ids[0]})")
        if len(known) < len(ids):
            missing = [i for i in ids if i not in self.files]
            self.notes.append(f"{file.name} lists {len(missing)} motions that are not here, such as {missing[0]}")
        return known

    def _splits(self) -> dict[str, list[str]]:
        found = {name: ids for name in SPLITS if (ids := self._list(name)) is not None}
        held = {i for name in ("val", "test") for i in found.get(name, [])}
        if "train" not in found:
            found["train"] = [i for i in self.files if i not in held]
            self.notes.append(f"no train.txt: the {len(found['train'])} motions of no other list are trained on")
        twice = held & set(found["train"])
        if twice:
            raise FolderError(f"{self.path}: {len(twice)} ids stand in train.txt and in val.txt or test.txt, such as {min(twice)}")
        if "val" not in found:
            found["val"] = self._held_out(found["train"])
            out = set(found["val"])
            found["train"] = [i for i in found["train"] if i not in out]
            self.notes.append(f"no val.txt: {len(out)} motions of train are held out for validation, by recording")
        return found

    def _held_out(self, ids: list[str]) -> list[str]:
        """Ids of about a tenth of the recordings, always the same ones: chosen by a hash of the recording."""
        names = sorted({self.recording(i) for i in ids}, key=lambda r: hashlib.sha256(r.encode()).digest())
        chosen = set(names[: min(len(names) // 2, max(2, round(len(names) * HELD_OUT)))])
        return [i for i in ids if self.recording(i) in chosen]

    def _recordings(self) -> dict[str, tuple[str, str]]:
        """Recording and source of each base id, from the table if there is one."""
        file = next((f for f in (self.path / "recordings.csv", self.path / "index.csv") if f.is_file()), None)
        if file is None:
            return {}
        try:
            with file.open(newline="", encoding="utf-8-sig") as f:
                rows = list(csv.DictReader(f))
        except (UnicodeDecodeError, csv.Error) as error:
            raise FolderError(f"{file}: not a table of comma-separated text ({error})") from None
        columns = list(rows[0]) if rows else []
        id_column = next((c for c in ("id", "name", "new_name") if c in columns), None)
        path_column = next((c for c in ("recording", "path", "source_path") if c in columns), None)
        if id_column is None or path_column is None:
            raise FolderError(
                f"{file}: needs a column id, name or new_name and a column recording, path or source_path; has {', '.join(columns) or 'none'}"
            )
        paths = [PurePosixPath((r[path_column] or "").replace("\\", "/")) for r in rows]
        folders = [p.parts[:-1] for p in paths]
        shared = 0
        while folders and all(len(p) > shared + 1 for p in folders) and len({p[shared] for p in folders}) == 1:
            shared += 1
        out = {}
        for row, recording in zip(rows, paths, strict=True):
            source = row.get("source") or (recording.parts[shared] if len(recording.parts) > shared + 1 else self.source)
            out[base_id((row[id_column] or "").removesuffix(".npy"))] = (str(recording), source)
        return out

    def recording(self, id: str) -> str:
        """Name of the recording that a motion was cut from; without a table, its id without M."""
        return self.recordings.get(base_id(id), (base_id(id), ""))[0]

    def source_of(self, id: str) -> str:
        return self.recordings.get(base_id(id), ("", self.source))[1]

    # -- clips ----------------------------------------------------------------------------------------------------

    def clips(self, split: str, mirrored: bool = True) -> list[FolderClip]:
        """Clips of a split. Without `mirrored`, twins whose base is in the split stay out (training mirrors by itself)."""
        ids = self.splits.get(split, [])
        here = set(ids)
        out = []
        for id in ids:
            if mirrored or not (is_mirrored(id) and base_id(id) in here):
                out += self._clips_of(id, split)
        return out

    def evaluation_clips(self, split: str | None) -> list[FolderClip]:
        """One clip a motion of a split (None: of all): the first caption with its part of the motion, as the protocols ask."""
        chosen = [split] if split else list(self.splits)
        found = [self._clips_of(id, name, all_lengths=True) for name in chosen for id in self.splits.get(name, [])]
        return [clips[0] for clips in found if clips]

    def _clips_of(self, id: str, split: str, all_lengths: bool = False) -> list[FolderClip]:
        """Clips of one motion, that of its first caption first; none, with a note, where something is wrong."""
        texts = self.path / "texts" / f"{id}.txt"
        if not texts.is_file():
            self.notes.append(f"{id}: no captions (texts/{id}.txt)")
            return []
        try:
            joints = read_motion(self.files[id], self.fps)
            lines = read_captions(texts, self.notes)
        except (MotionFileError, CaptionFileError) as error:
            self.notes.append(str(error))
            return []
        ranges: dict[tuple[int, int], list[Caption]] = {}
        for line in lines:
            frames = frames_of(line.seconds, len(joints), FPS)
            if frames is None:
                self.notes.append(f"{id}: a caption for {line.seconds} s of a motion of {len(joints) / FPS:.1f} s is left out")
                continue
            ranges.setdefault(frames, []).append(Caption(line.text))
        if not lines:
            self.notes.append(f"{id}: texts/{id}.txt holds no caption")
        out = []
        for (start, end), captions in ranges.items():
            if not all_lengths and not SHORTEST_FRAMES <= end - start <= LONGEST_FRAMES:
                self.notes.append(f"{id}: {(end - start) / FPS:.1f} s is too {'short' if end - start < 99 else 'long'} to train on")
                continue
            name = id if (start, end) == (0, len(joints)) else f"{id}@{start}-{end}"
            out.append(
                FolderClip(
                    id=name,
                    source=self.source_of(id),
                    recording=self.recording(id),
                    split=split,
                    # Without a known action the caption stands for the content.
                    labels=action_labels([c.text for c in captions]) or [captions[0].text.lower().rstrip(". ")],
                    joints=joints[start:end],
                    captions=captions,
                    whole=joints,
                    frames=(start, end),
                )
            )
        return out


# -- joint data sets ----------------------------------------------------------------------------------------------


def without_leaks(train: list[FolderClip], *held: list[FolderClip]) -> list[FolderClip]:
    """The training clips whose recording (mirrored or not) is in none of the held-out sets."""
    taken = {(c.source, c.recording) for clips in held for c in clips}
    return [c for c in train if (c.source, c.recording) not in taken]


def leave_one_source_out(clips: list[FolderClip]) -> Iterator[tuple[str, list[FolderClip], list[FolderClip]]]:
    """For each source: its name, the clips of all the others (to train on) and its own (to test on)."""
    for source in sorted({c.source for c in clips}):
        yield source, [c for c in clips if c.source != source], [c for c in clips if c.source == source]


def source_statistics(
    clips: list[FolderClip], features: Callable[[FolderClip], np.ndarray] = FolderClip.features263, floor: float = 1e-12
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Mean and deviation of each source's own features, over all its rows: in a joint set every member keeps its own."""
    rows: dict[str, list[np.ndarray]] = {}
    for clip in clips:
        rows.setdefault(clip.source, []).append(features(clip))
    out = {}
    for source, parts in rows.items():
        x = np.concatenate(parts).astype(np.float64)
        out[source] = x.mean(0).astype(np.float32), np.maximum(x.std(0), floor).astype(np.float32)
    return out
