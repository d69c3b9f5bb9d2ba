"""The motion side: a small vision transformer over the patches of a motion image.

Patch = 16 frames of one of 14 body parts. Attention is local in time (one patch before and after) and follows the body:
a limb's patches see their own limb and the torso, the torso sees itself, and only the `global` row sees everything.
So a patch that lights up in the overlay can only speak of the limb and the moment it stands for; what needs several limbs
is carried by the `global` row, shown as the whole body. No position in time is absolute: motions of any length fit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .features import FRAMES_PER_PATCH, PART_DIMS, PART_STARTS
from .skeleton import GLOBAL, LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG, TORSO
from .whole_model import WholeEncoder

PARTS = len(PART_DIMS)


def sight() -> Tensor:
    """(14, 14) booleans: may the patches of part q look at those of part k?"""
    see = torch.zeros(PARTS, PARTS, dtype=torch.bool)
    for limb in (RIGHT_ARM, LEFT_ARM, RIGHT_LEG, LEFT_LEG):
        for q in limb:
            see[q, list(limb + TORSO)] = True
    for q in TORSO:
        see[q, list(TORSO)] = True
    see[list(GLOBAL)] = True
    return see


class Block(nn.Module):
    """Pre-norm transformer block whose attention reaches one patch before and after."""

    def __init__(self, width: int, heads: int, ratio: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, int(width * ratio))
        self.down = nn.Linear(int(width * ratio), width)
        self.drop = nn.Dropout(0.1)
        #: Learned preference for (offset in time, part looked at) of every part.
        self.bias = nn.Parameter(torch.zeros(heads, PARTS, 3 * PARTS))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x (T, 14, width); mask (T, 14, 42) additive: -inf where a patch must not look."""
        t, parts, width = x.shape
        h, d = self.heads, width // self.heads
        qkv = self.qkv(self.norm1(x)).reshape(t, parts, 3, h, d).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]  # (T, h, 14, d)
        k, v = _neighbours(k), _neighbours(v)  # (T, h, 42, d)
        scores = q @ k.transpose(-1, -2) * d**-0.5 + self.bias + mask[:, None]
        y = (scores.softmax(-1) @ v).permute(0, 2, 1, 3).reshape(t, parts, width)
        x = x + self.drop(self.out(y))
        return x + self.drop(self.down(nn.functional.gelu(self.up(self.norm2(x)))))


def _neighbours(x: Tensor) -> Tensor:
    """(T, h, 14, d) -> (T, h, 42, d): the patches before, at and after each time; zeros beyond the ends (masked)."""
    zero = torch.zeros_like(x[:1])
    before = torch.cat([zero, x[:-1]], 0)
    after = torch.cat([x[1:], zero], 0)
    return torch.cat([before, x, after], 2)


class MotionEncoder(nn.Module):
    """Image rows -> unit patch vectors (times * 14, dim) and a unit vector of the whole motion."""

    def __init__(
        self, dim: int = 128, width: int = 192, layers: int = 4, heads: int = 6, ratio: float = 2.0, whole_layers: int = 0
    ) -> None:
        super().__init__()
        self.whole = WholeEncoder(dim, layers=whole_layers) if whole_layers else None
        self.embed = nn.ModuleList(nn.Linear(FRAMES_PER_PATCH * n, width) for n in PART_DIMS)
        self.part = nn.Parameter(torch.randn(PARTS, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, heads, ratio) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.patch_projection = nn.Linear(width, dim)
        self.pool = nn.Linear(width, 1)
        self.global_projection = nn.Linear(width, dim)
        see = sight().repeat(1, 3)
        self.register_buffer("sight_mask", torch.where(see, 0.0, -1e9), persistent=False)

    def time_mask(self, starts: Tensor, ends: Tensor) -> Tensor:
        """(T, 14, 42) additive mask; starts/ends (T,) booleans mark the first and last patch of each motion."""
        t = starts.shape[0]
        before = (starts.float() * -1e9)[:, None].expand(t, PARTS)
        here = torch.zeros_like(before)
        after = (ends.float() * -1e9)[:, None].expand(t, PARTS)
        return self.sight_mask[None] + torch.cat([before, here, after], 1)[:, None, :]

    def hidden(self, image: Tensor, mask: Tensor) -> Tensor:
        """image (T * 16, 94) of one or more motions one after the other -> hidden states (T, 14, width)."""
        rows = image.reshape(-1, FRAMES_PER_PATCH, image.shape[-1])
        x = torch.stack(
            [
                layer(rows[:, :, PART_STARTS[i] : PART_STARTS[i + 1]].flatten(1))
                for i, layer in enumerate(self.embed)
            ],
            1,
        )
        x = x + self.part
        for block in self.blocks:
            x = block(x, mask)
        return self.norm(x)

    def heads(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Unit patch vectors (T, 14, dim), pooling scores (T, 14) and pooled-vector contributions (T, 14, dim)."""
        patches = nn.functional.normalize(self.patch_projection(hidden), dim=-1)
        return patches, self.pool(hidden)[..., 0], self.global_projection(hidden)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """One motion: image (16 * times, 94) -> patches (times * 14, dim), global (dim, or 2 dim with a whole-body encoder).

        This is what is exported.
        """
        times = image.shape[0] // FRAMES_PER_PATCH
        at = torch.arange(times, device=image.device)
        hidden = self.hidden(image, self.time_mask(at == 0, at == times - 1))
        patches, weight, contribution = self.heads(hidden)
        w = weight.flatten().softmax(0)
        whole = nn.functional.normalize((w[:, None] * contribution.flatten(0, 1)).sum(0), dim=-1)
        if self.whole is not None:
            second = self.whole(image.reshape(1, times, -1), torch.ones(1, times, device=image.device))[0]
            whole = torch.cat([whole, second]) * 0.5**0.5
        return patches.flatten(0, 1), whole
