"""Clips with captions, real and generated, and how training items are made of them.

Layout of a data folder: `motions.npz` (joints_mm int16 (frames, 22, 3), offsets int64) with `clips.jsonl` (one clip a line:
id, source, recording, labels, split, captions with text and kind). Captions of the kind `human-kitml` are never trained on.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import captions as cap
from .features import PART_STARTS, clean_features, mirror_features
from .skeleton import LEFT_ARM, MIRROR_PART, PART_NAMES, RIGHT_ARM

EVALUATION_ONLY = {"human-kitml"}
LOWER_JOINTS = [0, 1, 2, 4, 5, 7, 8, 10, 11]
UPPER_JOINTS = [3, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]
UPPER_PARTS = (8, 9, 10, 11, 12, 13)
LOWER_PARTS = (0, 1, 2, 3, 4, 5, 6, 7)
UPPER_ONLY = {"wave", "raise", "bye", "guide", "respond", "call"}
LOWER_ONLY = {"walk", "run", "turn", "dash", "diagonal", "backward", "forward", "left", "right", "walk on the spot"}


@dataclass
class Caption:
    text: str
    kind: str = ""
    #: Known words, for generated motions; real captions get theirs from their limb words.
    truths: list[cap.Truth] | None = None


@dataclass
class Clip:
    """One motion: joints (T, 22, 3) float32 metres at 20 fps with its captions."""

    id: str
    source: str
    recording: str
    split: str
    labels: list[str]
    joints: np.ndarray
    captions: list[Caption]
    style: str | None = None
    subject: str = ""

    @property
    def arm_side(self) -> str | None:
        """The arm known to act: `left`, `right`, `both`, or None."""
        if not UPPER_ONLY & set(self.labels):
            return None
        return next((s for s in ("left", "right", "both") if s in self.labels), None)

    @property
    def group(self) -> str:
        """Clips of one group may all be described by the captions of each of them."""
        if self.source == "cmu":
            return f"{self.source} {self.recording}"
        return f"{self.source} {' '.join(self.labels).replace('_', ' ')} {self.style}"

    def training_captions(self) -> list[Caption]:
        return [c for c in self.captions if c.kind not in EVALUATION_ONLY]


def _caption(x: dict) -> Caption:
    words = x.get("words")
    truths = None
    if words is not None:
        truths = [cap.Truth(tuple(w["chars"]), tuple(w["parts"]), tuple(w["frames"])) for w in words]
    return Caption(x["text"], x["kind"], truths)


def load_clips(folder: Path, split: str | None = None, sources: set[str] | None = None) -> list[Clip]:
    """Clips of a data folder (see the module's text), of one split or all; of a HumanML3D-layout folder those to evaluate on."""
    if not (folder / "clips.jsonl").is_file() and (folder / "texts").is_dir():
        from .folder_data import MotionFolder

        return [c for c in MotionFolder(folder).evaluation_clips(split) if not sources or c.source in sources]
    for name in ("motions.npz", "clips.jsonl"):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder}: {name} is missing; the folder needs motions.npz and clips.jsonl")
    with np.load(folder / "motions.npz", allow_pickle=False) as z:
        joints, offsets = z["joints_mm"], z["offsets"]
    clips = []
    for i, line in enumerate((folder / "clips.jsonl").read_text().splitlines()):
        c = json.loads(line)
        if (split and c["split"] != split) or (sources and c["source"] not in sources):
            continue
        clips.append(
            Clip(
                id=c["id"],
                source=c["source"],
                recording=c["recording"],
                split=c["split"],
                labels=c["labels"],
                joints=joints[offsets[i] : offsets[i + 1]].astype(np.float32) / 1000,
                captions=[_caption(x) for x in c["captions"]],
                style=c.get("style"),
                subject=str(c.get("subject", "")),
            )
        )
    return clips


def generated_clips(folder: Path, count: int, first_seed: int = 0) -> list[Clip]:
    """`count` motions of the kinematic generator, with the truth of their words; kept in `folder` in the layout of a data folder."""
    if not (folder / "clips.jsonl").is_file():
        from .generator import generate

        index = {name: i for i, name in enumerate(PART_NAMES)}
        folder.mkdir(parents=True, exist_ok=True)
        joints, lines, offsets = [], [], [0]
        for seed in range(first_seed, first_seed + count):
            g = generate(seed)
            joints.append(np.rint(np.asarray(g.joints) * 1000).astype(np.int16))
            offsets.append(offsets[-1] + len(joints[-1]))
            captions = [
                {
                    "text": c.text,
                    "kind": "generated",
                    "words": [
                        {"chars": list(w.chars), "parts": [index[p] for p in w.parts], "frames": list(w.frames)} for w in c.words
                    ],
                }
                for c in g.captions
            ]
            lines.append(
                json.dumps(
                    {
                        "id": f"g{seed:06d}",
                        "source": "generated",
                        "recording": f"g{seed:06d}",
                        "labels": list(g.labels),
                        "split": "train",
                        "captions": captions,
                    }
                )
            )
        np.savez_compressed(folder / "motions.npz", joints_mm=np.concatenate(joints), offsets=np.array(offsets, np.int64))
        # Written last: its presence says that the folder is complete.
        (folder / "clips.jsonl").write_text("\n".join(lines) + "\n")
    return load_clips(folder)


@dataclass
class Item:
    """One (motion, caption) pair of a batch."""

    features: np.ndarray
    text: str
    truths: list[cap.Truth] = field(default_factory=list)
    #: Items of one group show the same content (same labels and style, or windows of one recording): never negatives of each other.
    group: str | None = None


def _turned(joints: np.ndarray, angle: float) -> np.ndarray:
    """Joints turned about the vertical by `angle` radians (positive: towards the person's left)."""
    c, s = np.cos(angle), np.sin(angle)
    out = joints.copy()
    out[..., 0] = c * joints[..., 0] + s * joints[..., 2]
    out[..., 2] = -s * joints[..., 0] + c * joints[..., 2]
    return out


def heading(joints: np.ndarray) -> np.ndarray:
    """Heading angle (T,) of joints (T, 22, 3): 0 facing +z, positive to the person's left."""
    across = joints[:, 1] - joints[:, 2] + joints[:, 16] - joints[:, 17]
    return np.arctan2(-across[:, 2], across[:, 0])


def concatenate(first: np.ndarray, second: np.ndarray, blend: int = 4) -> tuple[np.ndarray, int]:
    """`second` after `first`, joined in place and heading, with `blend` frames between; and where it starts."""
    turn = heading(first[-1:])[0] - heading(second[:1])[0]
    b = _turned(second, turn)
    shift = first[-1, 0] - b[0, 0]
    shift[1] = 0
    b = b + shift
    w = (np.arange(1, blend + 1) / (blend + 1))[:, None, None]
    between = first[-1] * (1 - w) + b[0] * w
    return np.concatenate([first, between, b]).astype(np.float32), len(first) + blend


def layer(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """The upper body of one motion on the lower body of another, over their common length."""
    n = min(len(upper), len(lower))
    u, low = upper[:n], lower[:n]
    out = low.copy()
    angle = heading(low) - heading(u)
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    rel = u[:, UPPER_JOINTS] - u[:, :1]
    x = c * rel[..., 0] + s * rel[..., 2]
    z = -s * rel[..., 0] + c * rel[..., 2]
    out[:, UPPER_JOINTS] = np.stack([x, rel[..., 1], z], -1) + low[:, :1]
    return out


class Sampler:
    """Draws batches of items: mirrored copies, compositions, exchanged limbs, and hard negatives for sides and order."""

    def __init__(self, clips: list[Clip], seed: int, generated_share: float = 0.3, source_weights: dict[str, float] | None = None) -> None:
        self.real = [c for c in clips if c.source != "generated" and c.training_captions()]
        self.generated = [c for c in clips if c.source == "generated"]
        self.random = random.Random(seed)
        self.generated_share = generated_share if self.generated else 0.0
        if not self.real:
            self.generated_share = 1.0
        weight = source_weights or {"cmu": 2.0}
        self.weights = [weight.get(c.source, 1.0) for c in self.real]
        self.short = [c for c in self.real if len(c.joints) <= 120]
        self.short_generated = [c for c in self.generated if len(c.joints) <= 120]
        self.uppers = [c for c in self.real if set(c.labels) <= UPPER_ONLY | {"left", "right", "both"} and c.arm_side]
        self.lowers = [c for c in self.real if c.labels and set(c.labels) <= LOWER_ONLY and {"walk", "run"} & set(c.labels)]

    # -- single motions -------------------------------------------------------------------------------------------

    def _clip(self) -> Clip:
        if self.random.random() < self.generated_share:
            return self.random.choice(self.generated)
        return self.random.choices(self.real, self.weights)[0]

    def _pair(self, clip: Clip) -> tuple[np.ndarray, str, list[cap.Truth], list[int] | None]:
        """Augmented joints of a clip, one of its captions with truths, and the quiet arm that may be exchanged."""
        caption = self.random.choice(clip.training_captions())
        joints = clip.joints
        cut = self.random.randint(0, min(12, len(joints) // 6))
        speed = self.random.uniform(0.9, 1.1) if self.random.random() < 0.7 else 1.0
        kept = joints[cut:]
        at = np.arange(0, len(kept) - 1e-6, speed)
        low = np.minimum(at.astype(int), len(kept) - 1)
        high = np.minimum(low + 1, len(kept) - 1)
        f = (at - low)[:, None, None].astype(np.float32)
        out = kept[low] * (1 - f) + kept[high] * f
        whole = (0, len(out))
        if caption.truths is None:
            truths = [cap.Truth(t.chars, t.parts, None) for t in cap.limb_truths(caption.text, clip.arm_side)]
        else:
            truths = []
            for t in caption.truths:
                frames = None
                if t.frames is not None:
                    a = max(0, int((t.frames[0] - cut) / speed))
                    b = min(whole[1], int(np.ceil((t.frames[1] - cut) / speed)))
                    if b - a < 1:
                        continue
                    frames = (a, b)
                truths.append(cap.Truth(t.chars, t.parts, frames))
        quiet = None
        if clip.source != "generated" and clip.arm_side in ("left", "right") and "both" not in caption.text:
            quiet = list(RIGHT_ARM if clip.arm_side == "left" else LEFT_ARM)
        return out, caption.text, truths, quiet

    def _exchange(self, features: np.ndarray, parts: list[int]) -> np.ndarray:
        """The named parts replaced by those of another motion: what the caption does not name must not matter."""
        other = clean_features(self.random.choice(self.real).joints)
        if self.random.random() < 0.5:
            other = mirror_features(other)
        rows = (np.arange(len(features)) + self.random.randrange(len(other))) % len(other)
        out = features.copy()
        for p in parts:
            columns = slice(PART_STARTS[p], PART_STARTS[p + 1])
            out[:, columns] = other[rows][:, columns]
        return out

    @staticmethod
    def _mirrored(item: Item) -> Item:
        """The mirror image: sides exchanged in the words, in the features and in the truths (chars are found again)."""
        text = cap.swap_sides(item.text)
        truths = []
        for t in item.truths:
            a = len(cap.swap_sides(item.text[: t.chars[0]]))
            b = a + len(cap.swap_sides(item.text[t.chars[0] : t.chars[1]]))
            parts = None if t.parts is None else tuple(int(MIRROR_PART[p]) for p in t.parts)
            truths.append(cap.Truth((a, b), parts, t.frames))
        return Item(mirror_features(item.features), text, truths, item.group and _mirrored_group(item.group))

    # -- batches --------------------------------------------------------------------------------------------------

    def batch(self, size: int) -> list[Item]:
        """About `size` items and their hard negatives."""
        items: list[Item] = []
        for _ in range(size):
            r = self.random.random()
            if r < 0.25 and self.short:
                new = self._sequence()
            elif r < 0.33 and self.uppers and self.lowers:
                new = [self._layered()]
            else:
                clip = self._clip()
                joints, text, truths, quiet = self._pair(clip)
                features = clean_features(joints)
                if quiet and self.random.random() < 0.5:
                    features = self._exchange(features, quiet)
                new = [Item(features, text, truths, clip.group)]
            if self.random.random() < 0.5:
                new = [self._mirrored(i) for i in new]
            items += new
            if len(new) == 1 and cap.names_side(new[0].text) and self.random.random() < 0.5:
                items.append(self._mirrored(new[0]))
        return items

    def _short(self) -> Clip:
        pool = self.short_generated if self.short_generated and self.random.random() < self.generated_share else self.short
        return self.random.choice(pool)

    def _sequence(self) -> list[Item]:
        """"A, then B" with the frames of each known; half of the time with "B, then A" beside it."""
        one, two = self._pair(self._short()), self._pair(self._short())
        joiner = self.random.choice(cap.JOINERS[:6])
        keep = self.random.random() < 0.5
        out = [self._sequenced(one, two, joiner, keep)]
        if self.random.random() < 0.5:
            out.append(self._sequenced(two, one, joiner, keep))
        return out

    @staticmethod
    def _sequenced(one: tuple, two: tuple, joiner: str, keep_subject: bool) -> Item:
        joints, start = concatenate(one[0], two[0])
        spans = []
        for (j, text, truths, _), frames in ((one, (0, len(one[0]))), (two, (0, len(two[0])))):
            known = [cap.Truth(t.chars, t.parts, t.frames or frames) for t in truths]
            covered = {k for t in known for k in range(*t.chars)}
            # Every other word of a caption belongs to its time too; which part carries it is not known.
            words = [m for m in _words(text) if not covered & set(range(*m))]
            spans.append(known + [cap.Truth(m, None, frames) for m in words])
        text, truths = cap.join(one[1], joiner, two[1], spans[0], spans[1], start, keep_subject)
        return Item(clean_features(joints), text, truths)

    def _layered(self) -> Item:
        """"A while B": the upper body of one motion on the lower body of another."""
        up, low = self._pair(self.random.choice(self.uppers)), self._pair(self.random.choice(self.lowers))
        spans = []
        for (_, text, truths, _), parts in ((up, UPPER_PARTS), (low, LOWER_PARTS)):
            known = [t for t in truths if t.parts]
            covered = {k for t in known for k in range(*t.chars)}
            spans.append(known + [cap.Truth(m, parts, None) for m in _words(text) if not covered & set(range(*m))])
        text, truths = cap.join(up[1], self.random.choice(cap.WHILES), low[1], spans[0], spans[1], 0, True)
        return Item(clean_features(layer(up[0], low[0])), text, truths)


def _mirrored_group(group: str) -> str:
    """The group of the mirrored clips: by labels for those whose labels name the content, of its own for recordings."""
    return f"mirrored {group}".removeprefix("mirrored mirrored ") if group.startswith(("cmu ", "recording ", "mirrored ")) else cap.swap_sides(group)


_EMPTY_WORDS = set("a an the this one some someone somebody person individual figure human actor man woman is are and with to of in at "
                   "his her their its by as it them while then".split())


def _words(text: str) -> list[tuple[int, int]]:
    """Ranges of the words of a caption that carry content."""
    return [m.span() for m in re.finditer(r"[\w'-]+", text) if m.group(0).lower() not in _EMPTY_WORDS]
