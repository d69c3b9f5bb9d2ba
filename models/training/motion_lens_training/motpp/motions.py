"""Motions as 263 features with captions, from several sources, each with statistics of its own; leak control by recording.

A source is one `source` of a clips.jsonl folder, or one folder in HumanML3D's layout (`folder_data.py`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..captions import swap_sides
from ..data import Clip, load_clips
from ..features263 import POSITIONS, SIZE, features_from_joints
from ..folder_data import MotionFolder
from ..skeleton import mirror_joints

FPS = 20
#: Motions kept for training and validation, in seconds; the test part is not filtered (as published).
SHORTEST, LONGEST = 2.0, 10.0
#: Added to deviations before dividing, as published. Features that never move stay at zero, since their difference to the mean is zero
#: too; the floor keeps rounding errors of such features from being blown up.
EPSILON, FLOOR = 1e-12, 1e-4


@dataclass
class Motion:
    """Features (T, 263), not standardised, with captions. `captions` are those to train on; `first` is the one of the tests."""

    id: str
    source: str
    recording: str
    split: str
    features: np.ndarray
    captions: list[str]
    first: str
    mirrored: bool = False

    @property
    def seconds(self) -> float:
        return (len(self.features) + 1) / FPS


@dataclass
class Statistics:
    mean: np.ndarray
    std: np.ndarray

    @staticmethod
    def of(motions: list[Motion]) -> Statistics:
        """Per column over all frames."""
        count = sum(len(m.features) for m in motions)
        mean = sum(m.features.sum(0, dtype=np.float64) for m in motions) / count
        square = sum(((m.features - mean) ** 2).sum(0, dtype=np.float64) for m in motions) / count
        return Statistics(np.float32(mean), np.float32(np.maximum(np.sqrt(square), FLOOR)))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        return ((features - self.mean) / (self.std + EPSILON)).astype(np.float32)


def pooled(members: list[Statistics], counts: list[int]) -> Statistics:
    """Mean and deviation over several sources together, weighted by their number of motions."""
    weights = np.array(counts, np.float64) / sum(counts)
    mean = sum(w * m.mean.astype(np.float64) for w, m in zip(weights, members, strict=True))
    square = sum(w * (m.std.astype(np.float64) ** 2 + (m.mean - mean) ** 2) for w, m in zip(weights, members, strict=True))
    return Statistics(np.float32(mean), np.float32(np.sqrt(square)))


@dataclass
class Data:
    """All motions of the data folders and the statistics of each source's train part."""

    motions: list[Motion]
    statistics: dict[str, Statistics] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.statistics:
            for source in self.sources:
                own = [m for m in self.motions if m.source == source and m.split == "train"]
                if not own:
                    raise ValueError(f"the source {source} has no training motions to take its mean and deviation from")
                self.statistics[source] = Statistics.of(own)

    @property
    def sources(self) -> list[str]:
        return sorted({m.source for m in self.motions})

    def of(self, split: str, sources: set[str] | None = None, mirrored: bool = False) -> list[Motion]:
        """Motions of a split; without mirrored copies where those are this program's own."""
        return [
            m for m in self.motions if m.split == split and (sources is None or m.source in sources) and (mirrored or not m.mirrored)
        ]


def load(folders: list[Path], cache: Path) -> Data:
    """Reads data folders of either layout; features made from joints are kept in `cache`."""
    motions: list[Motion] = []
    for folder in folders:
        found = _from_clips(folder, cache) if (folder / "clips.jsonl").is_file() else _from_folder(folder, cache)
        taken = {m.source for m in motions} & {m.source for m in found}
        if taken:
            raise ValueError(f"{folder}: its source {', '.join(sorted(taken))} is also that of another data folder")
        motions += found
    return Data(motions)


def shared_recordings(train: list[Motion], others: list[Motion]) -> list[Motion]:
    """Motions of `train` cut from a recording that `others` hold too: to be left out, whatever the source calls itself."""
    held = {m.recording for m in others}
    return [m for m in train if m.recording in held]


def leg_metres(motions: list[Motion], spread: float = 0.03) -> float | None:
    """Length of a leg, hip to knee to ankle, where the motions agree on it (deviation below `spread` of the mean); else None."""
    places = np.stack([m.features[0, POSITIONS].reshape(21, 3) for m in motions if len(m.features)])
    chains = [(0, 3), (3, 6), (1, 4), (4, 7)]  # columns of joints 1-4-7 and 2-5-8, the root being left out
    legs = sum(np.linalg.norm(places[:, a] - places[:, b], axis=1) for a, b in chains) / 2
    return round(float(legs.mean()), 4) if legs.std() < spread * legs.mean() else None


def kept_for_training(motions: list[Motion], shortest: float = SHORTEST) -> list[Motion]:
    return [m for m in motions if shortest <= m.seconds <= LONGEST + 1 / FPS and m.captions]


# -- reading ----------------------------------------------------------------------------------------------------------


def _from_clips(folder: Path, cache: Path) -> list[Motion]:
    """A clips.jsonl folder; train clips also come mirrored, with the sides in their words exchanged."""
    digest = hashlib.sha256((folder / "clips.jsonl").read_bytes())
    with (folder / "motions.npz").open("rb") as f:
        digest.update(hashlib.file_digest(f, "sha256").digest())
    clips = load_clips(folder)
    mirrored = [c for c in clips if c.split == "train"]
    makers = [partial(features_from_joints, c.joints) for c in clips]
    makers += [partial(_mirrored_features, c) for c in mirrored]
    rows = _stored(cache, digest.hexdigest(), makers)
    out = []
    for c, features in zip(clips + mirrored, rows, strict=True):
        captions, first = [x.text for x in c.training_captions()], c.captions[0].text
        key = recording_key(c.source, c.recording)
        if len(out) < len(clips):
            out.append(Motion(c.id, c.source, key, c.split, features, captions, first))
        else:
            swapped = [swap_sides(t) for t in captions]
            out.append(Motion(f"M{c.id}", c.source, key, c.split, features, swapped, swap_sides(first), mirrored=True))
    return out


def _mirrored_features(clip: Clip) -> np.ndarray:
    return features_from_joints(mirror_joints(clip.joints))


def _from_folder(folder: Path, cache: Path) -> list[Motion]:
    """A folder in HumanML3D's layout, mirrored twins as it lists them. The whole folder is one source with one set of statistics."""
    found = MotionFolder(folder)
    clips = found.clips("train") + found.evaluation_clips("val") + found.evaluation_clips("test")
    for note in found.notes:
        print(f"{folder}: {note}", flush=True)
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            about = file.stat()
            digest.update(f"{file.relative_to(folder).as_posix()} {about.st_size} {about.st_mtime_ns}\n".encode())
    rows = _stored(cache, digest.hexdigest(), [c.features263 for c in clips])
    return [
        Motion(
            c.id,
            found.source,
            recording_key(c.source, c.recording),
            c.split,
            features,
            [x.text for x in c.training_captions()],
            c.captions[0].text,
            # Listed copies belong to the published test sets: only copies made here are kept out of tests.
            mirrored=False,
        )
        for c, features in zip(clips, rows, strict=True)
    ]


def _stored(cache: Path, identity: str, makers: Sequence[Callable[[], np.ndarray]]) -> list[np.ndarray]:
    """Features of all clips, made once and kept in one array on disk that is read in place."""
    cache.mkdir(parents=True, exist_ok=True)
    rows_file, offsets_file = (cache / f"features-{identity[:16]}{end}.npy" for end in ("", "-offsets"))
    if not offsets_file.is_file():
        parts = [make() for make in makers]
        np.save(rows_file, np.concatenate([*parts, np.zeros((0, SIZE), np.float32)]))
        # Written last: its presence says that the rows are complete.
        np.save(offsets_file, np.cumsum([0, *[len(p) for p in parts]]))
    offsets = np.load(offsets_file, allow_pickle=False)
    rows = np.load(rows_file, mmap_mode="r", allow_pickle=False)
    return [rows[a:b] for a, b in pairwise(offsets)]


def recording_key(source: str, name: str) -> str:
    """One name for all copies of a recording, whatever data set holds them.

    Paths of AMASS (`.../KIT/3/walk_01_poses.npy`) keep data set, subject and take. CMU's takes carry their subject in the name.
    """
    parts = name.replace("\\", "/").lower().split("/")
    stem = parts[-1]
    if len(parts) > 1:
        stem = re.sub(r"(_poses|_stageii)?(\.(npz|npy))?$", "", stem)
    if "cmu" in parts[:-1]:
        return f"cmu/{stem}"
    return "/".join([*parts[-3:-1], stem]) if len(parts) > 1 else f"{source.lower()}/{stem}"


def summary(motions: list[Motion]) -> str:
    counts: dict[str, int] = {}
    for m in motions:
        counts[m.source] = counts.get(m.source, 0) + 1
    return json.dumps(counts)
