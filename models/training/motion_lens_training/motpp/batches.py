"""Batches of training pairs. What a step sees depends on the seed and its number only, so that a resumed run goes on as it would have."""

from __future__ import annotations

import numpy as np
import torch

from .frozen_text import TextStore
from .motions import Motion, Statistics
from .settings import FRAMES
from .system import Batch


class Pairs:
    """Motions with one caption each, drawn at random at every visit; a plain concatenation of the sources, shuffled."""

    def __init__(
        self, motions: list[Motion], statistics: dict[str, Statistics], texts: TextStore, stride: int, batch: int, seed: int
    ) -> None:
        if len(motions) < 2:
            raise ValueError(f"{len(motions)} motions are too few to train on")
        self.motions, self.statistics, self.texts = motions, statistics, texts
        self.stride, self.batch, self.seed = stride, min(batch, len(motions)), seed
        texts.prepare([c for m in motions for c in m.captions])
        self._order: tuple[int, torch.Tensor] | None = None

    @property
    def steps_per_epoch(self) -> int:
        return len(self.motions) // self.batch

    def order(self, epoch: int) -> torch.Tensor:
        """The shuffled motions of one pass over the data."""
        if self._order is None or self._order[0] != epoch:
            self._order = epoch, torch.randperm(len(self.motions), generator=_generator(self.seed, 1, epoch))
        return self._order[1]

    def at(self, step: int) -> Batch:
        epoch, place = divmod(step, self.steps_per_epoch)
        chosen = self.order(epoch)[place * self.batch : (place + 1) * self.batch].tolist()
        g = _generator(self.seed, 2, step)
        motions = [self.motions[i] for i in chosen]
        captions = [m.captions[int(torch.randint(len(m.captions), (), generator=g))] for m in motions]
        # With a stride, which of the frames are kept changes from visit to visit.
        phase = int(torch.randint(self.stride, (), generator=g))
        return collate(motions, captions, self.statistics, self.texts, self.stride, phase)


def collate(
    motions: list[Motion],
    captions: list[str],
    statistics: dict[str, Statistics],
    texts: TextStore,
    stride: int,
    phase: int = 0,
) -> Batch:
    """Standardises each motion by its own source's statistics, cuts it to 10 s, thins it and pads."""
    rows = [statistics[m.source](np.asarray(m.features[phase if phase < len(m.features) else 0 : FRAMES : stride])) for m in motions]
    features = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(r) for r in rows], batch_first=True)
    states, mask, sentences = texts.padded(captions)
    return Batch(features, torch.tensor([len(r) for r in rows]), states, mask, sentences, captions)


def _generator(*numbers: int) -> torch.Generator:
    """A generator for a place in the run, from a hash of its numbers."""
    state = 0
    for n in numbers:
        state = (state * 0x5851F42D4C957F2D + n + 0x14057B7EF767814F) % 2**63
    return torch.Generator().manual_seed(state)
