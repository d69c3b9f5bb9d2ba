"""Writes the sample dataset: `python -m motion_lens_training.generator.sample --out <folder>`.

The folder has the HumanML3D layout: new_joints/<id>.npy (T, 22, 3) float32 metres at 20 fps,
texts/<id>.txt with lines `caption#word/POS ...#from#to` (seconds; 0.0 and 0.0: the whole motion),
train.txt, val.txt, test.txt. The same program always writes the same files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from . import lexicon
from .compose import GeneratedMotion, generate
from .sample_list import FLAWS, MOTIONS, SPLITS
from .script import Action, Script, Segment
from .skeleton import FPS

SHORTEST, LONGEST = 60, 140


def parse_action(text: str, style: str | None) -> Action:
    """An action in the notation of `sample_list`."""
    a = Action("", style=style)
    for mark, name in (("~", "frames"), ("@", "speed")):
        if mark in text:
            text, value = text.split(mark)
            setattr(a, name, int(value) if mark == "~" else value)
    fields = text.split(":") + ["", "", ""]
    a.kind, a.side, a.direction = fields[0], fields[1] or None, fields[2] or None
    a.count = int(fields[3] or 1)
    return a


def parse_script(text: str, style: str | None) -> Script:
    """A script in the notation of `sample_list`."""
    segments = []
    for part in text.split(" > "):
        main, _, over = part.partition("+")
        segments.append(Segment(parse_action(main, style), parse_action(over, style) if over else None))
    return Script(segments, style, SHORTEST + 2)


def sample_motion(number: int) -> GeneratedMotion:
    """Motion `number` (from 1) of the sample: the first seed whose length lies between SHORTEST and LONGEST."""
    text, style, _ = MOTIONS[number - 1]
    for k in range(200):
        g = generate(number * 1000 + k, parse_script(text, style), captions=1)
        if SHORTEST <= len(g.joints) <= LONGEST:
            return g
    raise ValueError(f"motion {number}: no seed gives {SHORTEST} to {LONGEST} frames")


def tagged(caption: str) -> str:
    """The words of a caption as `lemma/POS`, in lower case and without punctuation."""
    out, before, last = [], "", ""
    for raw in caption.lower().split():
        word = raw.strip(".,")
        base = lexicon.verb_base(word)
        # An uninflected form is a verb after "to", "they" or "and" only: "to catch", but "a side kick".
        verb = base is not None and before not in ("DET", "ADJ", "NUM")
        if verb and word == base:
            verb = before in ("PRON", "CCONJ") or last == "to"
        pos = "VERB" if verb else lexicon.tag(word)
        if word in ("left", "right") and before == "VERB":
            pos = "ADV"
        out.append(f"{base if verb else lexicon.lemma(word)}/{pos}")
        before, last = pos, word
    return " ".join(out)


def caption_lines(number: int, g: GeneratedMotion) -> list[str]:
    """Lines of the text file of a motion."""
    lines = []
    for caption in MOTIONS[number - 1][2]:
        start, end = 0.0, 0.0
        if caption.startswith("#"):
            which, _, caption = caption[1:].partition(": ")
            a = g.script.segments[int(which) - 1].main
            start, end = round(a.start / FPS, 2), round(a.end / FPS, 2)
        lines.append(f"{caption}#{tagged(caption)}#{start}#{end}")
    return lines


def readme() -> str:
    """README.md of the dataset."""
    rows = "\n".join(
        f"| `{n:06d}` | {kind} | {MOTIONS[n - 1][2][0]} | {wrong} | {right} |"
        for n, (kind, wrong, right) in sorted(FLAWS.items())
    )
    return f"""# Sample dataset

{len(MOTIONS)} motions of 3 to 7 seconds in the HumanML3D layout, to try Motion Lens on. Nobody was recorded: the motions come from the
kinematic generator of this project (`models/training/motion_lens_training/generator`) and the captions were written for them.

- `new_joints/<id>.npy`: float32 (frames, 22, 3), joint positions in metres at 20 frames a second, y up, HumanML3D joint order.
  Frame 0 has the pelvis over the origin and the body facing +z; the person's left is +x; the floor is y = 0.
- `texts/<id>.txt`: one caption a line, `caption#lemma/POS ...#from#to`. Times are seconds; `0.0` and `0.0` mean the whole motion,
  otherwise the caption belongs to that range.
- `train.txt`, `val.txt`, `test.txt`: ids of the splits.

The files are made by one command, run in `models/training`; it always writes the same ones:

    python -m motion_lens_training.generator.sample --out ../../media/sample-dataset

## Wrong on purpose

The first caption of four motions is wrong, so that one can see what the tool finds. Their second caption is right.

| motion | kind of error | caption as written | what is wrong | what would be right |
|---|---|---|---|---|
{rows}

## Licence

CC0 1.0 (public domain dedication): do with these files what you like.
"""


def write(out: Path) -> None:
    """Writes the whole dataset into a folder; files of the same names are replaced."""
    for sub in ("new_joints", "texts"):
        (out / sub).mkdir(parents=True, exist_ok=True)
    numbers = range(1, len(MOTIONS) + 1)
    for n in numbers:
        g = sample_motion(n)
        np.save(out / "new_joints" / f"{n:06d}.npy", g.joints)
        (out / "texts" / f"{n:06d}.txt").write_text(
            "\n".join(caption_lines(n, g)) + "\n", encoding="utf-8", newline="\n"
        )
    held = {n for ids in SPLITS.values() for n in ids}
    splits = {"train": tuple(n for n in numbers if n not in held), **SPLITS}
    for name, ids in splits.items():
        (out / f"{name}.txt").write_text("".join(f"{n:06d}\n" for n in ids), encoding="utf-8", newline="\n")
    (out / "README.md").write_text(readme(), encoding="utf-8", newline="\n")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the sample dataset of Motion Lens.")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder to write into, for example media/sample-dataset"
    )
    args = parser.parse_args()
    write(args.out)
    print(f"{len(MOTIONS)} motions in {args.out}")


if __name__ == "__main__":
    main()
