"""The vision transformer ViT of timm (`vit_base_patch16_224` and larger) as plain torch modules under timm's weight names.

timm itself is no dependency: it would bring torchvision along for about a hundred lines of modules. Formulas: Dosovitskiy et al.,
arXiv 2010.11929, pre-norm blocks; LayerNorm with 1e-6 and exact GELU, as timm has them; stochastic depth after Huang et al.,
arXiv 1603.09382, its rate growing linearly from block to block.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .angles import IMAGE, PATCH

#: Patches of an image; index 14 * time + part.
PATCHES = (IMAGE // PATCH) ** 2
HEAD_WIDTH = 64


class _Embedding(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, PATCH, PATCH)

    def forward(self, image: Tensor) -> Tensor:
        return self.proj(image).flatten(2).transpose(1, 2)


class _Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = width // HEAD_WIDTH
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        b, n, width = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, HEAD_WIDTH).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q * HEAD_WIDTH**-0.5) @ k.transpose(-1, -2)
        return self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(b, n, width))


class _Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class _Block(nn.Module):
    def __init__(self, width: int, drop: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = _Attention(width)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = _Mlp(width)
        self.drop = drop

    def _kept(self, x: Tensor) -> Tensor:
        """Leaves a branch out for some samples in training, and makes up for it in the others."""
        if not self.training or self.drop == 0:
            return x
        keep = torch.rand(len(x), 1, 1, device=x.device) >= self.drop
        return x * keep / (1 - self.drop)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._kept(self.attn(self.norm1(x)))
        return x + self._kept(self.mlp(self.norm2(x)))


class VisionTransformer(nn.Module):
    """Image (B, 3, 224, 224) -> patch tokens (B, 196, width): the last block's output before the final norm, class token removed."""

    def __init__(self, width: int, depth: int, drop_path: float = 0.0) -> None:
        super().__init__()
        if width % HEAD_WIDTH:
            raise ValueError(f"a width of {width} is no multiple of {HEAD_WIDTH}, the width of a head")
        self.patch_embed = _Embedding(width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, PATCHES + 1, width))
        rates = [drop_path * i / max(1, depth - 1) for i in range(depth)]
        self.blocks = nn.Sequential(*(_Block(width, rate) for rate in rates))
        # Part of the published weights, though the patch tokens are taken before it.
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def reset(self) -> None:
        """Random weights to start from where no ImageNet weights are given."""
        nn.init.normal_(self.cls_token, std=1e-6)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def forward(self, image: Tensor) -> Tensor:
        x = self.patch_embed(image)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        return self.blocks(x)[:, 1:]
