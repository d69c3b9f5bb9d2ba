"""Trains a model from a data folder; resumes from its last checkpoint by itself."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from .data import Clip, Sampler
from .evaluate import TorchEncoder, retrieval_figures
from .features import clean_features, symmetric_statistics
from .model import Collator, Config, RetrievalModel, losses
from .text_model import load_tokenizer


def learning_rate(step: int, steps: int, warm_up: int) -> float:
    """Factor of the base rate: linear warm-up, then a cosine to 2 %."""
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))


def train(
    clips: list[Clip],
    validation: list[Clip],
    out: Path,
    config: Config,
    steps: int = 1000,
    batch: int = 64,
    seed: int = 1,
    rate: float = 1e-3,
    text_rate: float = 5e-5,
    evaluate_every: int = 200,
    minutes: float | None = None,
    start: Path | None = None,
    generated_share: float = 0.3,
    source_weights: dict[str, float] | None = None,
) -> RetrievalModel:
    """Trains for `steps` steps and returns the averaged model of the best validation figure.

    Writes `checkpoint.pt` (everything needed to resume), `best.pt` and `log.jsonl` into `out`.
    `minutes` stops early (the checkpoint stays, a later call goes on). `start` begins from the `best.pt` of another run,
    with that run's statistics of the motion image.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    mean, std = symmetric_statistics([clean_features(c.joints) for c in clips])
    model = RetrievalModel(config, mean, std)
    if start is not None:
        # A configuration with more in it than the start's begins with that part as it was made.
        missing, unexpected = model.load_state_dict(load_model(start).state_dict(), strict=False)
        new = {k.split(".")[0] + "." + k.split(".")[1] if "." in k else k for k in missing}
        if unexpected or not new <= {"motion.whole", "text.whole_projection", "log_whole_scale", "scales.across", "scales.texts",
                                     "scales.motions", "scales.teacher"}:
            raise ValueError(f"{start}: its weights do not fit this configuration: {[*missing, *unexpected][:5]}")
    average = RetrievalModel(config, model.mean.numpy(), model.std.numpy())
    average.load_state_dict(model.state_dict())
    average.eval()
    tokenizer = load_tokenizer()
    # The average stays on the CPU, where it is evaluated.
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device)
    collate = Collator(model, tokenizer)
    sampler = Sampler(clips, seed, generated_share, source_weights)
    text_parameters = [p for p in model.text.bert.parameters() if p.requires_grad]
    text_ids = {id(p) for p in text_parameters}
    others = [p for p in model.parameters() if p.requires_grad and id(p) not in text_ids]
    decayed = [p for p in others if p.ndim >= 2]
    plain = [p for p in others if p.ndim < 2]
    optimiser = torch.optim.AdamW(
        [
            {"params": decayed, "lr": rate, "base": rate, "weight_decay": 0.05},
            {"params": plain, "lr": rate, "base": rate, "weight_decay": 0.0},
            {"params": text_parameters, "lr": text_rate, "base": text_rate, "weight_decay": 0.05},
        ]
    )
    generator = torch.Generator().manual_seed(seed)
    first, best = 0, -1.0
    checkpoint = out / "checkpoint.pt"
    if checkpoint.is_file():
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        if state["config"] != asdict(config) or state["steps"] != steps:
            raise ValueError(f"{checkpoint} belongs to another configuration; choose another --out or delete it")
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        sampler.random.setstate(state["sampler"])
        generator.set_state(state["generator"])
        torch.set_rng_state(state["torch"])
        first, best = state["step"], state["best"]
        print(f"resumed at step {first}", flush=True)

    def save(step: int) -> None:
        temporary = checkpoint.with_suffix(".tmp")
        torch.save(
            {
                "config": asdict(config),
                "steps": steps,
                "step": step,
                "best": best,
                "model": model.state_dict(),
                "average": average.state_dict(),
                "optimiser": optimiser.state_dict(),
                "sampler": sampler.random.getstate(),
                "generator": generator.get_state(),
                "torch": torch.get_rng_state(),
            },
            temporary,
        )
        temporary.replace(checkpoint)

    began = time.time()
    averaged = list(zip(average.parameters(), model.parameters(), strict=True))
    sums: dict[str, float] = {}
    for step in range(first, steps):
        model.train()
        factor = learning_rate(step, steps, min(100, steps // 10 + 1))
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * factor
        terms = losses(model, collate(sampler.batch(batch)).to(device), generator)
        optimiser.zero_grad(set_to_none=True)
        terms["total"].backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            model.log_scale.clamp_(max=math.log(50))
            model.log_global_scale.clamp_(max=math.log(50))
            if model.log_whole_scale is not None:
                model.log_whole_scale.clamp_(max=math.log(50))
            decay = min(0.99, (1 + step) / (10 + step))
            for a, p in averaged:
                if p.requires_grad:
                    a.lerp_(p.to(a.device), 1 - decay)
        for k, v in terms.items():
            sums[k] = sums.get(k, 0.0) + float(v.detach())
        if (step + 1) % 20 == 0:
            line = {
                "step": step + 1,
                "seconds": round(time.time() - began, 1),
                **{k: round(v / 20, 4) for k, v in sums.items()},
                "scale": round(float(model.log_scale.exp()), 2),
            }
            sums = {}
            print(json.dumps(line), flush=True)
            with (out / "log.jsonl").open("a") as f:
                f.write(json.dumps(line) + "\n")
        late = minutes is not None and (time.time() - began) / 60 > minutes
        if (step + 1) % evaluate_every == 0 or step + 1 == steps:
            figures = retrieval_figures(TorchEncoder(average, tokenizer), validation, config.kind)
            value = float(np.mean([figures["e"][d][k] for d in ("t2m", "m2t") for k in ("R@5", "R@10")]))
            print(json.dumps({"step": step + 1, "validation": round(value, 2), **figures["e"]}), flush=True)
            if value >= best:
                best = value
                torch.save({"config": asdict(config), "model": average.state_dict(), "step": step + 1}, out / "best.pt")
        if (step + 1) % 50 == 0 or step + 1 == steps or late:
            save(step + 1)
        if late:
            print("time is up; run again to go on", flush=True)
            break
    return load_model(out / "best.pt") if (out / "best.pt").is_file() else average


def load_model(path: Path) -> RetrievalModel:
    """A trained model from `best.pt` of a run."""
    state = torch.load(path, weights_only=True)
    model = RetrievalModel(Config(**state["config"]), state["model"]["mean"].numpy(), state["model"]["std"].numpy())
    model.load_state_dict(state["model"])
    model.eval()
    return model


def load_average(run: Path) -> RetrievalModel:
    """The average of a run's last step, from its `checkpoint.pt`, whatever validation found best."""
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    weights = state["average"]
    model = RetrievalModel(Config(**state["config"]), weights["mean"].numpy(), weights["std"].numpy())
    model.load_state_dict(weights)
    model.eval()
    return model
