"""Trains a system; resumes by itself from the last checkpoint of its run."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from .batches import Pairs
from .figures import figures
from .frozen_text import TextStore
from .losses import PUBLISHED_EPOCHS
from .motions import Data, Motion, Statistics, kept_for_training, shared_recordings, summary
from .settings import Settings
from .system import System


@dataclass
class Plan:
    """How long and how fast. The published schedule is 250 epochs of batches of 32 at a constant 5e-5."""

    steps: int
    batch: int = 64
    rate: float = 5e-5
    #: "constant" as published, or "cosine" with a warm-up, for short runs.
    schedule: str = "constant"
    seed: int = 1234
    evaluate_every: int = 200
    save_every: int = 50
    minutes: float | None = None
    #: Largest norm of the gradient (none as published); keeps a fast short run from breaking down.
    clip: float | None = None

    def factor(self, step: int) -> float:
        """Of the learning rate."""
        if self.schedule == "constant":
            return 1.0
        warm_up = min(100, self.steps // 10 + 1)
        if step < warm_up:
            return (step + 1) / warm_up
        return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, self.steps - warm_up)))


@dataclass
class Split:
    """What a run trains and validates on."""

    train: list[Motion]
    validation: list[Motion]
    dropped: list[Motion] = field(default_factory=list)


def choose(data: Data, sources: set[str] | None, leave_out: set[str], shortest: float, keep_shared: bool = False) -> Split:
    """Training and validation motions of the chosen sources.

    Training motions that share their recording with any validation or test motion of any source are dropped.
    """
    unknown = ((sources or set()) | leave_out) - set(data.sources)
    if unknown:
        raise ValueError(f"no source named {', '.join(sorted(unknown))} in the data; it has {', '.join(data.sources)}")
    used = (sources or set(data.sources)) - leave_out
    if not used:
        raise ValueError("no source is left to train on")
    train = kept_for_training(data.of("train", used, mirrored=True), shortest)
    dropped = [] if keep_shared else shared_recordings(train, data.of("val") + data.of("test"))
    gone = {id(m) for m in dropped}
    validation = [m for m in data.of("val", used) if shortest <= m.seconds]
    return Split([m for m in train if id(m) not in gone], validation, dropped)


def device_of(choice: str = "auto") -> torch.device:
    if choice == "auto":
        choice = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(choice)


def train(
    split: Split,
    statistics: dict[str, Statistics],
    texts: TextStore,
    out: Path,
    settings: Settings,
    plan: Plan,
    about: dict[str, Any] | None = None,
    device: torch.device | None = None,
) -> System:
    """Trains up to `plan.steps` and returns the system of the best validation Rsum (protocol (e)); the last one stays beside it.

    Writes `checkpoint.pt`, `best.pt`, `last.pt` and `log.jsonl` into `out`. `about` is kept with the weights.
    """
    out.mkdir(parents=True, exist_ok=True)
    device = device or torch.device("cpu")
    # Before the seed is set: reading a transformer may draw random numbers, and only happens where texts are not kept yet.
    texts.prepare([c for m in split.train for c in m.captions] + [m.first for m in split.validation])
    torch.manual_seed(plan.seed)
    pairs = Pairs(split.train, statistics, texts, settings.size.stride, plan.batch, plan.seed)
    system = System(settings, texts.width).to(device)
    optimiser = torch.optim.AdamW(system.parameters(), plan.rate)
    about = {
        **(about or {}),
        "settings": settings.plain(),
        "text_width": texts.width,
        "transformer": texts.name,
        "teacher": texts.teacher_name,
        "steps": plan.steps,
        "batch": pairs.batch,
        "rate": plan.rate,
        "schedule": plan.schedule,
        "clip": plan.clip,
        "seed": plan.seed,
        "train": json.loads(summary(split.train)),
    }
    # What a checkpoint must agree on to be gone on with.
    identity = json.dumps(about, sort_keys=True)
    checkpoint = out / "checkpoint.pt"
    first, best = 0, -1.0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True, map_location=device)
        if state["identity"] != identity:
            raise ValueError(f"{checkpoint} belongs to another configuration, data or schedule; choose another --out or delete it")
        system.load_state_dict(state["system"])
        optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"].cpu())
        if device.type == "cuda" and "cuda_random" in state:
            torch.cuda.set_rng_state(state["cuda_random"].cpu(), device)
        first, best = state["step"], state["best"]
        print(f"resumed at step {first}", flush=True)

    def keep(name: str, step: int, figures: dict[str, Any] | None) -> None:
        plain = {k: {"mean": torch.from_numpy(v.mean), "std": torch.from_numpy(v.std)} for k, v in statistics.items()}
        kept = {"about": {**about, "step": step, "validation": figures}, "system": system.state_dict(), "statistics": plain}
        _save(kept, out / name)

    began, spent, worked = time.time(), 0.0, 0.0
    sums: dict[str, float] = {}
    counted = 0
    for step in range(first, plan.steps):
        system.train()
        started, cpu = time.perf_counter(), time.process_time()
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * plan.factor(step)
        epoch = PUBLISHED_EPOCHS * step / plan.steps
        terms = system.losses(pairs.at(step).to(device), epoch)
        if not torch.isfinite(terms["total"]):
            raise FloatingPointError(f"the loss is not finite at step {step + 1}; the last checkpoint stays, try a smaller --rate")
        optimiser.zero_grad(set_to_none=True)
        terms["total"].backward()
        if plan.clip:
            torch.nn.utils.clip_grad_norm_(system.parameters(), plan.clip)
        optimiser.step()
        spent += time.perf_counter() - started
        worked += time.process_time() - cpu
        counted += 1
        for k, v in terms.items():
            sums[k] = sums.get(k, 0.0) + float(v.detach())
        done = step + 1
        late = plan.minutes is not None and (time.time() - began) / 60 > plan.minutes
        if done % 20 == 0 or done == plan.steps:
            means = {k: round(v / counted, 5) for k, v in sums.items()}
            # Beside the clock, the time of the cores: what a step costs on a machine that has other work too.
            cost = {"seconds_a_step": round(spent / counted, 3), "core_seconds_a_step": round(worked / counted, 3)}
            _log(out, {"step": done, "epoch": round(epoch, 1), **cost, **means})
            sums, counted, spent, worked = {}, 0, 0.0, 0.0
        if split.validation and (done % plan.evaluate_every == 0 or done == plan.steps):
            found = figures(system, split.validation, statistics, texts)["figures"]["all"]
            value = found["e"]["Rsum"]
            _log(out, {"step": done, "validation": found})
            if value >= best:
                best = value
                keep("best.pt", done, found)
        if done == plan.steps:
            keep("last.pt", done, None)
            if not split.validation:
                keep("best.pt", done, None)
        if done % plan.save_every == 0 or done == plan.steps or late:
            state = {
                "identity": identity,
                "step": done,
                "best": best,
                "system": system.state_dict(),
                "optimiser": optimiser.state_dict(),
                "random": torch.get_rng_state(),
            }
            if device.type == "cuda":
                state["cuda_random"] = torch.cuda.get_rng_state(device)
            _save(state, checkpoint)
        if late:
            print("time is up; run again to go on", flush=True)
            break
    return open_run(out)[0] if (out / "best.pt").is_file() else system.eval()


def _save(state: dict[str, Any], file: Path) -> None:
    temporary = file.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(file)


def _log(out: Path, line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)
    with (out / "log.jsonl").open("a") as f:
        f.write(json.dumps(line) + "\n")


def open_run(run: Path, which: str = "best") -> tuple[System, dict[str, Statistics], dict[str, Any]]:
    """A trained system with the statistics of its sources and what is known about it."""
    file = run / f"{which}.pt"
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing; train first, up to a validation")
    state = torch.load(file, weights_only=True, map_location="cpu")
    about = state["about"]
    system = System(Settings.of(about["settings"]), about["text_width"])
    system.load_state_dict(state["system"])
    statistics = {k: Statistics(v["mean"].numpy(), v["std"].numpy()) for k, v in state["statistics"].items()}
    return system.eval(), statistics, about
