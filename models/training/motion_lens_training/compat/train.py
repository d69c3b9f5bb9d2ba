"""Trains the published system by its recipe: AdamW, half a cosine, masked words, the best epoch of the validation split.

Every step draws its random numbers from the seed and its own number alone, so that an interrupted run goes on as if nothing had been.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from .. import captions as cap
from ..data import Clip, load_clips
from ..evaluation.metrics import ranks
from ..evaluation.protocols import all_protocol, both_ways, identical
from ..folder_data import MotionFolder, is_motion_folder
from ..skeleton import mirror_joints
from .angles import IMAGE, compat_angles, fit, standardised, statistics, to_file_columns
from .checkpoint import published_state
from .model import CompatModel, losses, maxsim
from .start import new_model, open_tokenizer, tokenizer_file
from .text import score_mask

#: Texts side by side in the official evaluation; which of them keep a special token depends on it.
EVALUATION_BATCH = 128
Mode = Literal["official", "product"]


@dataclass(frozen=True)
class Recipe:
    """The published settings, by size and data set. Rates of the motion encoder, the text encoder and the projections."""

    epochs: int
    rates: tuple[float, float, float]
    seed: int = 42
    batch: int = 128
    weight_decay: float = 0.1
    #: Over which frames the angles are standardised: all splits with their mirrored copies, as published, or training alone.
    statistics: Literal["all", "train"] = "all"
    #: Split whose mean R@5 chooses the epoch. The published figures chose on test; val keeps test untouched.
    select: str = "val"


RECIPES: dict[tuple[str, str], Recipe] = {
    ("base", "humanml3d"): Recipe(60, (1e-4, 2e-5, 1e-4)),
    ("base", "kit"): Recipe(100, (1e-5, 1e-5, 1e-5)),
    # The configuration of the large model says seed 1, its description 42.
    ("large", "humanml3d"): Recipe(60, (1e-4, 2e-5, 1e-4), seed=1),
    ("large", "kit"): Recipe(60, (1e-5, 2e-5, 1e-5)),
    ("tiny", "humanml3d"): Recipe(4, (1e-3, 1e-3, 1e-3), batch=32),
    ("tiny", "kit"): Recipe(4, (1e-3, 1e-3, 1e-3), batch=32),
}


@dataclass
class Sample:
    """A motion's angles (T, 29), later standardised, with its captions; the first one is asked for in evaluation."""

    id: str
    angles: np.ndarray
    captions: list[str]


def _samples(clips: Sequence[Clip], twins: bool, texts_of: Any) -> tuple[list[Sample], int]:
    """Samples of clips, with mirrored copies where asked for; how many have an undefined angle and were dropped."""
    found, dropped = [], 0
    for clip in clips:
        texts = texts_of(clip)
        versions = [(clip.id, clip.joints, texts)]
        if twins:
            versions.append((f"M{clip.id}", mirror_joints(clip.joints), [cap.swap_sides(t) for t in texts]))
        for name, joints, captions in versions:
            angles = compat_angles(joints)
            if np.isnan(angles).any():
                dropped += 1
            elif captions:
                found.append(Sample(name, angles, captions))
    return found, dropped


def load_samples(folder: Path, split: str, mirrored: bool) -> tuple[list[Sample], int]:
    """Samples of a split of a data folder or a folder in HumanML3D's layout, which brings its mirrored copies along."""
    if is_motion_folder(folder):
        clips: Sequence[Clip] = MotionFolder(folder).clips(split, mirrored=mirrored)
        return _samples(clips, False, lambda clip: [c.text for c in clip.captions])
    clips = load_clips(folder, split)
    if mirrored:
        return _samples(clips, True, lambda clip: [c.text for c in clip.training_captions()])
    return _samples(clips, False, lambda clip: [c.text for c in clip.captions])


def schedule(step: int, steps: int) -> float:
    """Factor of the base rate: a cosine over twice the steps of the run, which therefore ends at half the rate."""
    return 0.5 * (1 + math.cos(math.pi * step / (2 * steps)))


def encode_texts(tokenizer: Tokenizer, texts: Sequence[str], device: torch.device) -> tuple[Tensor, Tensor]:
    """ids and attention (B, L), padded to the longest."""
    encodings = tokenizer.encode_batch(list(texts))
    ids, attention = [e.ids for e in encodings], [e.attention_mask for e in encodings]
    return torch.tensor(ids, device=device), torch.tensor(attention, device=device)


@torch.no_grad()
def scores_of(model: CompatModel, tokenizer: Tokenizer, samples: Sequence[Sample], mode: Mode) -> np.ndarray:
    """(texts, motions) scores of first captions, in batches of 128 in the order of the samples, as the official evaluation has them."""
    model.eval()
    device = model.motion_projection.weight.device
    parts = [samples[i : i + EVALUATION_BATCH] for i in range(0, len(samples), EVALUATION_BATCH)]
    patches = []
    for part in parts:
        for at in range(0, len(part), 32):
            images = torch.from_numpy(np.stack([fit(s.angles) for s in part[at : at + 32]]))
            patches.append(model.motion(images.to(device)))
    gallery = torch.cat(patches)
    rows = []
    for part in parts:
        ids, attention = encode_texts(tokenizer, [s.captions[0] for s in part], device)
        rows.append(maxsim(model.text(ids, attention), score_mask(attention, mode), gallery).cpu())
    return torch.cat(rows).double().numpy()


def mean_recall_at_5(scores: np.ndarray, captions: Sequence[str]) -> float:
    """Mean over both directions, per cent; identical captions are right."""
    right = identical(captions)
    return float(np.mean([(ranks(s, right) < 5).mean() for s in (scores, scores.T)]) * 100)


def evaluate(model: CompatModel, tokenizer: Tokenizer, samples: Sequence[Sample]) -> dict[str, Any]:
    """Protocols (a) and (e) in both modes: official, whose scores depend on the batches, and as the product scores."""
    captions = [s.captions[0] for s in samples]
    out: dict[str, Any] = {"motions": len(samples)}
    modes: tuple[Mode, ...] = ("official", "product")
    for mode in modes:
        scores = scores_of(model, tokenizer, samples, mode)
        out[mode] = {"(a) same index": all_protocol(scores), "(e) identical captions": both_ways(scores, identical(captions))}
    return out


@dataclass(frozen=True)
class Run:
    """What is asked for; `minutes` stops early, a later call goes on."""

    size: str
    dataset: str
    data: Path
    out: Path
    text_model: Path | None = None
    vit_weights: Path | None = None
    minutes: float | None = None


def _prepared(run: Run, recipe: Recipe) -> tuple[list[Sample], list[Sample]]:
    """Standardised samples of train and of the selecting split; writes the files of means and deviations."""
    train, dropped = load_samples(run.data, "train", mirrored=True)
    chosen, lost = load_samples(run.data, recipe.select, mirrored=False)
    if not train or not chosen:
        raise ValueError(f"{run.data}: {len(train)} motions to train on and {len(chosen)} in {recipe.select}; both are needed")
    rows = [s.angles for s in train]
    if recipe.statistics == "all":
        rows += [s.angles for split in ("val", "test") for s in load_samples(run.data, split, mirrored=True)[0]]
    mean, std = statistics(rows)
    np.save(run.out / "Mean_angle.npy", to_file_columns(mean, 0.0))
    np.save(run.out / "Std_angle.npy", to_file_columns(std, 1.0))
    for sample in [*train, *chosen]:
        sample.angles = standardised(sample.angles, mean, std)
    print(f"{len(train)} motions to train on, {len(chosen)} to select by; {dropped + lost} with an undefined angle left out", flush=True)
    return train, chosen


def train(run: Run, recipe: Recipe) -> CompatModel:
    """Trains, resuming from `checkpoint.pt` by itself. Leaves `best.ckpt` under the published names, for `import`."""
    run.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    source = tokenizer_file(run.size, run.text_model)
    model = new_model(run.size, run.text_model, run.vit_weights)
    tokenizer, special = open_tokenizer(source, model.size.text)
    shutil.copyfile(source, run.out / "tokenizer.json")
    samples, chosen = _prepared(run, recipe)
    recipe = replace(recipe, batch=min(recipe.batch, len(samples)))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device)
    heads = [*model.motion_projection.parameters(), *model.text_projection.parameters()]
    groups = zip((model.motion_encoder.parameters(), model.text_model.parameters(), heads), recipe.rates, strict=True)
    parameters = [{"params": list(p), "lr": rate, "base": rate} for p, rate in groups]
    optimiser = torch.optim.AdamW(parameters, weight_decay=recipe.weight_decay)
    per_epoch = len(samples) // recipe.batch
    steps = recipe.epochs * per_epoch
    identity = json.loads(json.dumps({"size": run.size, "recipe": asdict(recipe), "motions": len(samples)}))
    first, best = 0, -1.0
    checkpoint = run.out / "checkpoint.pt"
    if checkpoint.is_file():
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        if state["identity"] != identity:
            raise ValueError(f"{checkpoint} belongs to another run: {state['identity']}; choose another --out or delete it")
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        first, best = state["step"], state["best"]
        print(f"resumed at step {first} of {steps}", flush=True)

    def save(step: int) -> None:
        temporary = checkpoint.with_suffix(".tmp")
        held = {"identity": identity, "step": step, "best": best, "model": model.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save(held, temporary)
        temporary.replace(checkpoint)

    began = time.monotonic()
    for step in range(first, steps):
        model.train()
        epoch, place = divmod(step, per_epoch)
        order = np.random.default_rng((recipe.seed, epoch)).permutation(len(samples))
        # The last, incomplete batch of an epoch is left out.
        picked = [samples[i] for i in order[place * recipe.batch : (place + 1) * recipe.batch]]
        random = np.random.default_rng((recipe.seed, epoch, place))
        generator = torch.manual_seed(int(random.integers(2**31)))
        crops = [fit(s.angles, int(random.integers(0, max(0, len(s.angles) - IMAGE) + 1))) for s in picked]
        texts = [s.captions[int(random.integers(len(s.captions)))] for s in picked]
        ids, attention = encode_texts(tokenizer, texts, device)
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * schedule(step, steps)
        terms = losses(model, torch.from_numpy(np.stack(crops)).to(device), ids, attention, special, generator)
        optimiser.zero_grad(set_to_none=True)
        terms["total"].backward()
        optimiser.step()
        line: dict[str, Any] = {"step": step + 1, **{k: round(float(v.detach()), 4) for k, v in terms.items()}}
        if place == per_epoch - 1:
            figure = mean_recall_at_5(scores_of(model, tokenizer, chosen, "official"), [s.captions[0] for s in chosen])
            line |= {"epoch": epoch + 1, f"{recipe.select} mean R@5": round(figure, 2)}
            if figure > best:
                best = figure
                torch.save({k: v.cpu() for k, v in published_state(model).items()}, run.out / "best.ckpt")
            save(step + 1)
        with (run.out / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)
        if run.minutes is not None and time.monotonic() - began > run.minutes * 60:
            save(step + 1)
            print(f"stopped after {run.minutes} minutes at step {step + 1} of {steps}", flush=True)
            break
    return model
