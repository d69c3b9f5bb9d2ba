"""A second, cheap view of a motion: one token per 0.8 s of the whole body, seen by all others.

The grid's patches know their limb and their moment only, so that evidence stays true. What a motion is as a whole, who does what
at the same time and in which order, is easier to see for an encoder without those limits; it makes a global vector only and
no evidence.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .features import COLUMNS, FRAMES_PER_PATCH, PART_DIMS


class WholeBlock(nn.Module):
    """Pre-norm transformer block with a convolution over neighbouring times in place of positions."""

    def __init__(self, width: int, heads: int, drop: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm0 = nn.LayerNorm(width)
        self.near = nn.Conv1d(width, width, 3, padding=1, groups=width)
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x (B, T, width), mask (B, T) of ones where a motion is."""
        b, t, width = x.shape
        near = (self.norm0(x) * mask[..., None]).transpose(1, 2)
        x = x + self.near(near).transpose(1, 2)
        qkv = self.qkv(self.norm1(x)).reshape(b, t, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5 + (1 - mask[:, None, None, :]) * -1e9
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, width)
        x = x + self.drop(self.out(y))
        return x + self.drop(self.down(nn.functional.gelu(self.up(self.norm2(x)))))


class WholeEncoder(nn.Module):
    """Patches of all parts together -> a unit vector of the motion."""

    def __init__(self, dim: int, width: int = 256, layers: int = 3, heads: int = 4, drop: float = 0.15, part_drop: float = 0.15) -> None:
        super().__init__()
        self.embed = nn.Linear(FRAMES_PER_PATCH * COLUMNS, width)
        self.blocks = nn.ModuleList(WholeBlock(width, heads, drop) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.pool = nn.Linear(width, 1)
        self.projection = nn.Linear(width, dim)
        self.drop = nn.Dropout(drop)
        self.part_drop = part_drop

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """rows (B, T, 16 * 94), mask (B, T) -> (B, dim) unit vectors."""
        if self.training and self.part_drop > 0:
            # A part that is missing now and then teaches not to lean on one habit of the few people recorded.
            keep = (torch.rand(rows.shape[0], len(PART_DIMS), device=rows.device) > self.part_drop).to(rows.dtype)
            columns = torch.repeat_interleave(keep, torch.tensor(PART_DIMS, device=rows.device), 1)
            rows = (rows.unflatten(-1, (FRAMES_PER_PATCH, COLUMNS)) * columns[:, None, None, :]).flatten(-2)
        x = self.drop(self.embed(rows))
        for block in self.blocks:
            x = block(x, mask)
        x = self.norm(x)
        weight = (self.pool(x)[..., 0] + (1 - mask) * -1e9).softmax(-1)
        mean = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return nn.functional.normalize(self.projection((weight[..., None] * x).sum(1) + mean), dim=-1)
