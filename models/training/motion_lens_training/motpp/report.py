"""The full report of a run: retrieval as in `figures.py` with intervals, and the measures of sides, order and human captions.

Retrieval standardises every motion by its own source's statistics. Composed motions of several sources have no source: the measures
over all use the statistics of the training sources put together, as an exported package does; those of one source its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..data import Clip, load_clips
from ..evaluation.annotator import annotator_figures
from ..evaluation.encoders import MotionVectors, Remembering, TextVectors
from ..evaluation.report import SMALLEST_SOURCE, human_figures, scores_report
from ..evaluation.scoring import Score
from ..features263 import features_from_joints
from .figures import figures_of, vectors
from .frozen_text import TextStore, Transformer
from .motions import Data, Motion, Statistics
from .settings import FRAMES
from .system import System


@dataclass
class SystemEncoder:
    """A system as the evaluation's measures take encoders: one motion or text at a time, scored by the global vector."""

    system: System
    transformer: Transformer
    statistics: Statistics
    mean: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.mean = self.statistics.mean
        self.device = next(self.system.parameters()).device

    @torch.no_grad()
    def motion_of_joints(self, joints: np.ndarray) -> MotionVectors:
        rows = self.statistics(features_from_joints(joints))[: FRAMES : self.system.settings.size.stride]
        mu = self.system.motion.one(torch.from_numpy(rows).to(self.device))[0]
        whole = torch.nn.functional.normalize(mu, dim=-1).cpu().numpy()
        return whole[None, :0], whole

    @torch.no_grad()
    def text(self, text: str) -> TextVectors:
        states = self.transformer.states([text])[0][None].to(self.device)
        sentence = torch.nn.functional.normalize(self.system.text(states)[0][0], dim=-1).cpu().numpy()
        return TextVectors(sentence[None], [(0, len(text))], sentence)


def report(
    system: System, motions: list[Motion], statistics: dict[str, Statistics], texts: TextStore, whole: Statistics, clips: list[Clip]
) -> dict[str, Any]:
    """`clips`: the same motions with their joints, for the measures that make new motions; empty where only retrieval is asked for."""
    system.eval()
    text, motion = vectors(system, motions, statistics, texts)
    scores = text.astype(np.float64) @ motion.T.astype(np.float64)
    out = figures_of(scores, motions)
    out |= scores_report(scores, [m.id for m in motions], [m.first for m in motions], [m.source for m in motions])
    if not clips:
        return out
    transformer, score = Transformer(texts.transformer_folder), Score("global")
    encoder = Remembering(SystemEncoder(system, transformer, whole))
    out["annotator"] = annotator_figures(encoder, clips, score)
    out["human captions"] = human_figures(encoder, clips, score)
    for source in out["sources"]:
        own = [c for c in clips if c.source == source]
        if len(own) > SMALLEST_SOURCE:
            out[f"source {source}"]["annotator"] = annotator_figures(
                Remembering(SystemEncoder(system, transformer, statistics[source])), own, score
            )
    return out


def clips_of(folders: list[Path], split: str, data: Data, sources: set[str] | None) -> list[Clip]:
    """Clips with joints of the clips.jsonl folders among `folders`; other folders have no measures but retrieval."""
    found = [c for f in folders if (f / "clips.jsonl").is_file() for c in load_clips(f, split)]
    return [c for c in found if c.source in (sources or data.sources)]
