"""Both encoders together, the late-interaction score and the losses."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from .data import Item
from .features import FRAMES_PER_PATCH, to_image
from .motion_model import PARTS, MotionEncoder
from .motpp.losses import FourScales, consistency, divergence
from .text_model import SentenceTeacher, TextEncoder, is_scored


@dataclass
class Config:
    """What is trained. `kind` "late" scores by MaxSim (with a global vector beside), "global" by the global vector only."""

    kind: str = "late"
    dim: int = 128
    width: int = 192
    layers: int = 4
    heads: int = 6
    ratio: float = 2.0
    #: 1 / 0.07 at the start, as published; learned from there.
    scale: float = 1 / 0.07
    global_weight: float = 0.5
    evidence_weight: float = 0.4
    mlm_weight: float = 0.2
    mlm_captions: int = 16
    #: Leave pairs of the same content in other words out of the negatives (no gain on the validation split so far).
    ignore_same_content: bool = False
    #: Captions with identical words are right for each other's motions; otherwise they are wrong, as published.
    identical_positive: bool = True
    #: Layers of the second, whole-body encoder of the global vector (0: none).
    whole_layers: int = 0
    #: Weight of the cross-consistency terms over late-interaction and global scores (arXiv 2407.02104); 0: plain contrast.
    consistency_weight: float = 0.0
    #: Weight of the divergence that teaches the global score the ranking of MaxSim.
    distil_weight: float = 0.0


class RetrievalModel(nn.Module):
    def __init__(self, config: Config, mean: np.ndarray, std: np.ndarray) -> None:
        super().__init__()
        self.config = config
        self.motion = MotionEncoder(config.dim, config.width, config.layers, config.heads, config.ratio, config.whole_layers)
        self.text = TextEncoder(config.dim, whole=config.whole_layers > 0)
        self.log_scale = nn.Parameter(torch.tensor(float(np.log(config.scale))))
        self.log_global_scale = nn.Parameter(torch.tensor(float(np.log(config.scale))))
        self.log_whole_scale = nn.Parameter(torch.tensor(float(np.log(config.scale)))) if config.whole_layers else None
        self.scales = FourScales() if config.consistency_weight else None
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("std", torch.from_numpy(std))

    def image(self, features: np.ndarray) -> np.ndarray:
        return to_image(features, self.mean.cpu().numpy(), self.std.cpu().numpy())


@dataclass
class Batch:
    """Items side by side: motions one after the other in time, captions padded with a mask."""

    image: Tensor  # (sum of times * 16, 94)
    times: list[int]
    starts: Tensor
    ends: Tensor
    lower: Tensor  # (B, L, 384) text states after the frozen layers
    mask: Tensor  # (B, L)
    kept: list[list[int]]  # positions of the scored tokens
    #: For each caption: (row among its kept tokens, allowed (times * 14) booleans)
    evidence: list[tuple[list[int], Tensor | None]]
    positive: Tensor  # (B, B)
    ignored: Tensor  # (B, B) pairs that are neither right nor wrong
    ids: list[list[int]]
    #: Unit vectors (B, 384) of the sentence teacher, where one is asked.
    sentences: Tensor | None = None
    #: Where training is in its schedule, from 0 to 1.
    progress: float = 0.0

    def to(self, device: torch.device) -> Batch:
        """The same batch with its tensors on another device."""
        moved = {f.name: v.to(device) for f in fields(self) if isinstance(v := getattr(self, f.name), Tensor)}
        evidence = [(rows, None if allowed is None else allowed.to(device)) for rows, allowed in self.evidence]
        return replace(self, **moved, evidence=evidence)


class Collator:
    """Turns items into a batch; keeps the frozen text states of captions that come again."""

    def __init__(self, model: RetrievalModel, tokenizer: Tokenizer, keep: int = 40_000) -> None:
        self.model, self.tokenizer, self.keep = model, tokenizer, keep
        self.states: dict[str, Tensor] = {}
        self.teacher = SentenceTeacher() if model.config.consistency_weight else None

    def lower_states(self, texts: list[str]) -> tuple[list[Tensor], list]:
        encodings = self.tokenizer.encode_batch(texts)
        missing = [i for i, t in enumerate(texts) if t not in self.states]
        # Texts of like length side by side, so that few positions are padding.
        missing.sort(key=lambda i: len(encodings[i].ids))
        fresh: dict[str, Tensor] = {}
        device = self.model.mean.device
        with torch.no_grad():
            for at in range(0, len(missing), 32):
                part = missing[at : at + 32]
                longest = max(len(encodings[i].ids) for i in part)
                ids = torch.zeros(len(part), longest, dtype=torch.long)
                mask = torch.zeros(len(part), longest, dtype=torch.long)
                for row, i in enumerate(part):
                    n = len(encodings[i].ids)
                    ids[row, :n] = torch.tensor(encodings[i].ids)
                    mask[row, :n] = 1
                hidden = self.model.text.lower(ids.to(device), mask.to(device)).cpu()
                for row, i in enumerate(part):
                    fresh[texts[i]] = hidden[row, : len(encodings[i].ids)].clone()
        if len(self.states) < self.keep:
            self.states.update({k: v.half() for k, v in fresh.items()})
        return [fresh[t] if t in fresh else self.states[t].float() for t in texts], encodings

    def __call__(self, items: list[Item]) -> Batch:
        images = [self.model.image(i.features) for i in items]
        times = [len(x) // FRAMES_PER_PATCH for x in images]
        total = sum(times)
        starts, ends = torch.zeros(total, dtype=torch.bool), torch.zeros(total, dtype=torch.bool)
        at = np.cumsum([0, *times])
        starts[at[:-1]] = True
        ends[at[1:] - 1] = True
        states, encodings = self.lower_states([i.text for i in items])
        longest = max(len(s) for s in states)
        lower = torch.zeros(len(items), longest, states[0].shape[-1])
        mask = torch.zeros(len(items), longest, dtype=torch.long)
        kept, evidence = [], []
        for row, (item, state, enc) in enumerate(zip(items, states, encodings, strict=True)):
            lower[row, : len(state)] = state
            mask[row, : len(state)] = 1
            keep = [k for k, token in enumerate(enc.tokens) if is_scored(token)] or list(range(1, len(enc.tokens) - 1))
            kept.append(keep)
            rows, allowed = [], []
            for r, k in enumerate(keep):
                a, b = enc.offsets[k]
                truth = next((t for t in item.truths if t.chars[0] < b and a < t.chars[1]), None)
                if truth is None:
                    continue
                grid = torch.ones(times[row], PARTS, dtype=torch.bool)
                if truth.frames is not None:
                    t0 = min(truth.frames[0] // FRAMES_PER_PATCH, times[row] - 1)
                    t1 = max(t0 + 1, -(-truth.frames[1] // FRAMES_PER_PATCH))
                    # A patch that holds only a sliver of the range is not asked to carry the word.
                    if t1 - t0 > 2:
                        if truth.frames[0] % FRAMES_PER_PATCH > 12:
                            t0 += 1
                        if 0 < truth.frames[1] % FRAMES_PER_PATCH < 4:
                            t1 -= 1
                    grid[:t0] = False
                    grid[t1:] = False
                if truth.parts is not None:
                    part = torch.zeros(PARTS, dtype=torch.bool)
                    part[list(truth.parts)] = True
                    grid &= part
                if grid.any() and not grid.all():
                    rows.append(r)
                    allowed.append(grid.flatten())
            evidence.append((rows, torch.stack(allowed) if allowed else None))
        texts = [i.text for i in items]
        positive = torch.tensor([[a == b for b in texts] for a in texts])
        if not self.model.config.identical_positive:
            positive = torch.eye(len(texts), dtype=torch.bool)
        groups = [i.group for i in items]
        same = torch.tensor([[a is not None and a == b for b in groups] for a in groups])
        return Batch(torch.from_numpy(np.concatenate(images)), times, starts, ends, lower, mask, kept, evidence, positive,
                     same & ~positive, [e.ids for e in encodings],
                     self.teacher(texts, states) if self.teacher else None)


def contrast(scores: Tensor, positive: Tensor, ignored: Tensor | None = None) -> Tensor:
    """Cross-entropy of (texts, motions) scores in both directions.

    Identical captions are positives of each other; `ignored` pairs (same content in other words) count neither way.
    """
    if ignored is not None:
        scores = scores.masked_fill(ignored, -1e4)
    hit = torch.where(positive, 0.0, -torch.inf)
    rows = torch.logsumexp(scores, 1) - torch.logsumexp(scores + hit, 1)
    columns = torch.logsumexp(scores, 0) - torch.logsumexp(scores + hit, 0)
    return (rows.mean() + columns.mean()) / 2


def losses(model: RetrievalModel, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
    """All loss terms of a batch; `total` is their weighted sum."""
    config = model.config
    hidden = model.motion.hidden(batch.image, model.motion.time_mask(batch.starts, batch.ends))
    patches, pool, contribution = model.motion.heads(hidden)
    last = model.text.upper_by_length(batch.lower, batch.mask)
    tokens, sentence = model.text.heads(last, batch.mask)
    out: dict[str, Tensor] = {}
    device = batch.image.device
    total = torch.zeros((), device=device)
    ignored = batch.ignored if config.ignore_same_content else None

    whole = []
    for w, c in zip(pool.split(batch.times), contribution.split(batch.times), strict=True):
        whole.append((w.flatten().softmax(0)[:, None] * c.flatten(0, 1)).sum(0))
    motion = nn.functional.normalize(torch.stack(whole), dim=-1)
    global_scale = model.log_global_scale.exp()
    if model.motion.whole is not None and model.log_whole_scale is not None:
        rows = batch.image.reshape(sum(batch.times), -1).split(batch.times)
        padded = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        present = nn.utils.rnn.pad_sequence([torch.ones(t, device=batch.image.device) for t in batch.times], batch_first=True)
        second = model.motion.whole(padded, present)
        # Each half learns by itself; together they are more than either because they see differently.
        one, two = (sentence * 2**0.5).chunk(2, -1)
        halves = contrast(global_scale * one @ motion.T, batch.positive, ignored)
        halves = halves + contrast(model.log_whole_scale.exp() * two @ second.T, batch.positive, ignored)
        motion = torch.cat([motion, second], -1) * 0.5**0.5
        out["global"] = halves
    else:
        out["global"] = contrast(global_scale * sentence @ motion.T, batch.positive, ignored)
    global_scores = sentence @ motion.T

    if config.kind == "late":
        scale = model.log_scale.exp()
        flat = torch.cat([tokens[i, k] for i, k in enumerate(batch.kept)])
        counts = [len(k) for k in batch.kept]
        similar = flat @ patches.flatten(0, 1).T
        blocks = similar.split([t * PARTS for t in batch.times], 1)
        best = torch.stack([b.amax(1) for b in blocks], 1)
        mean = torch.block_diag(*[torch.full((1, n), 1 / n, device=device) for n in counts])
        late_scores = mean @ best
        out["maxsim"] = contrast(scale * late_scores, batch.positive, ignored)
        if config.distil_weight > 0:
            teacher = scale.detach() * late_scores.detach()
            mine = global_scale * global_scores
            out["distil"] = (divergence(teacher, mine) + divergence(teacher.T, mine.T)) / 2
            total = total + config.distil_weight * out["distil"]
        terms = []
        at = 0
        for block, (rows, allowed), n in zip(blocks, batch.evidence, counts, strict=True):
            if allowed is not None:
                mine = scale * block[[at + r for r in rows]]
                terms.append(torch.logsumexp(mine, 1) - torch.logsumexp(mine.masked_fill(~allowed, -torch.inf), 1))
            at += n
        out["evidence"] = torch.cat(terms).mean() if terms else torch.zeros((), device=device)
        total = total + out["maxsim"] + config.evidence_weight * out["evidence"] + config.global_weight * out["global"]
    else:
        total = out["global"]
    if model.scales is not None and batch.sentences is not None:
        across, texts, motions, taught = model.scales(sentence, motion, batch.sentences)
        if config.kind == "late":
            # Late interaction stands for text to motion; the two within are those of the global vectors.
            across = model.scales.across(late_scores)
        # The published ramp, epochs 40 to 100 of 250, as shares of the schedule.
        lam = min(1.0, max(0.0, (batch.progress - 0.16) / 0.24))
        both = consistency(across, texts) + consistency(across, motions)
        teach = divergence(taught, texts) + divergence(taught, motions)
        out["consistency"] = lam * both + (1 - lam) * teach
        total = total + config.consistency_weight * out["consistency"]
    if config.mlm_weight > 0:
        out["mlm"] = masked_words(model, batch, generator)
        total = total + config.mlm_weight * out["mlm"]
    out["total"] = total
    return out


def masked_words(model: RetrievalModel, batch: Batch, generator: torch.Generator) -> Tensor:
    """Masked-language loss of the first captions: 15 % of tokens, of these 80 % [MASK], 10 % random, 10 % kept."""
    ids_list = batch.ids[: model.config.mlm_captions]
    longest = max(len(i) for i in ids_list)
    ids = torch.zeros(len(ids_list), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for r, i in enumerate(ids_list):
        ids[r, : len(i)] = torch.tensor(i)
        mask[r, : len(i)] = 1
    maskable = (mask == 1) & (ids != 101) & (ids != 102)
    chosen = maskable & (torch.rand(ids.shape, generator=generator) < 0.15)
    device = batch.image.device
    if not chosen.any():
        return torch.zeros((), device=device)
    kind = torch.rand(ids.shape, generator=generator)
    shown = ids.clone()
    shown[chosen & (kind < 0.8)] = 103
    random_ids = torch.randint(1000, model.text.bert.config.vocab_size, ids.shape, generator=generator)
    swap = chosen & (kind >= 0.8) & (kind < 0.9)
    shown[swap] = random_ids[swap]
    # Drawn on the CPU, so that a seed means the same everywhere.
    ids, mask, chosen, shown = (x.to(device) for x in (ids, mask, chosen, shown))
    with torch.no_grad():
        lower = model.text.lower(shown, mask)
    hidden = model.text.upper(lower, mask)
    return nn.functional.cross_entropy(model.text.mlm_logits(hidden[chosen]), ids[chosen])
