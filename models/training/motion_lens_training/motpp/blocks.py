"""Building stones: attention, pre-norm and post-norm transformer layers, stochastic depth, sine and cosine positions."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

EPSILON = 1e-6


def sine_positions(length: int, width: int) -> Tensor:
    """Fixed positions (length, width): sines in the even columns, cosines in the odd ones."""
    at = torch.arange(length, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * (-math.log(10_000.0) / width))
    out = torch.empty(length, width)
    out[:, 0::2] = torch.sin(at * rate)
    out[:, 1::2] = torch.cos(at * rate)[:, : width // 2]
    return out


class Dropout(nn.Module):
    """Dropout from 16 random bits a number: on a CPU many times faster than a random float for each, exact to 1/65536."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        words = torch.empty(-(-x.numel() // 4), dtype=torch.int64, device=x.device).random_(-(2**63), None)
        bits = words.view(torch.int16)[: x.numel()].view(x.shape)
        return x.masked_fill(bits < round(self.rate * 65536) - 32768, 0) / (1 - self.rate)


class StochasticDepth(nn.Module):
    """Leaves a residual branch out for a whole row of the batch with probability `rate`, in training."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        kept = torch.rand(x.shape[0], *[1] * (x.ndim - 1), device=x.device) >= self.rate
        return x * (kept / (1 - self.rate))


class Attention(nn.Module):
    """Self-attention with biases; `mask` (B, 1, 1, L) booleans says which keys may be looked at."""

    def __init__(self, width: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        b, length, width = x.shape
        q, k, v = self.qkv(x).reshape(b, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        drop = self.dropout if self.training else 0.0
        y = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=drop)
        return self.out(y.transpose(1, 2).reshape(b, length, width))


def feed_forward(width: int, hidden: int, dropout: float = 0.0) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), Dropout(dropout), nn.Linear(hidden, width))


class PreNorm(nn.Module):
    """Vision-transformer layer: norm before attention and feed-forward, no dropout, stochastic depth."""

    def __init__(self, width: int, heads: int, hidden: int, depth_rate: float = 0.0) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width, EPSILON), Attention(width, heads)
        self.norm2, self.feed_forward = nn.LayerNorm(width, EPSILON), feed_forward(width, hidden)
        self.depth = StochasticDepth(depth_rate)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = x + self.depth(self.attention(self.norm1(x), mask))
        return x + self.depth(self.feed_forward(self.norm2(x)))


class PostNorm(nn.Module):
    """Transformer layer of ACTOR and TMR: norm after attention and feed-forward, dropout everywhere."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float, attention_dropout: float) -> None:
        super().__init__()
        self.attention = Attention(width, heads, attention_dropout)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.feed_forward = feed_forward(width, hidden, dropout)
        self.drop = Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.norm1(x + self.drop(self.attention(x, mask)))
        return self.norm2(x + self.drop(self.feed_forward(x)))


def depth_rates(layers: int, last: float = 0.1) -> list[float]:
    """Rates of stochastic depth that grow from 0 in the first layer to `last` in the last."""
    return [last * k / max(1, layers - 1) for k in range(layers)]
