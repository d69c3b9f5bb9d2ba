"""Encoder and decoder in the style of ACTOR, as TMR and MoT++ use them: a sequence to a normal distribution, and back."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .blocks import Dropout, PostNorm, sine_positions
from .settings import Size

#: Longest sequence: frames of a motion or tokens of a text.
LONGEST = 512


class ActorEncoder(nn.Module):
    """Sequences (B, L, inputs) with a mask (B, L) -> mu and log-variance (B, width), read from two learned tokens in front."""

    def __init__(self, inputs: int, size: Size, layers: int) -> None:
        super().__init__()
        width = size.width
        self.embed = nn.Linear(inputs, width)
        self.tokens = nn.Parameter(torch.randn(2, width))
        self.layers = nn.ModuleList(
            PostNorm(width, size.heads, size.feed_forward, size.dropout, size.attention_dropout) for _ in range(layers)
        )
        self.drop = Dropout(size.dropout)
        self.register_buffer("positions", sine_positions(LONGEST + 2, width), persistent=False)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        b, length, _ = x.shape
        h = torch.cat([self.tokens.expand(b, -1, -1), self.embed(x)], 1)
        h = self.drop(h + self.positions[: length + 2])
        keys = None
        if mask is not None:
            keys = torch.cat([mask.new_ones(b, 2), mask], 1)[:, None, None]
        for layer in self.layers:
            h = layer(h, keys)
        return h[:, 0], h[:, 1]


class DecoderLayer(nn.Module):
    """Post-norm decoder layer over a memory of one vector.

    Attention over a single key is that key's value whatever the query, so that no query or key projections are kept.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.first = PostNorm(width, size.heads, size.feed_forward, size.dropout, size.attention_dropout)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        layer = self.first
        x = layer.norm1(x + layer.drop(layer.attention(x, mask)))
        x = self.norm(x + layer.drop(self.out(self.value(memory)))[:, None])
        return layer.norm2(x + layer.drop(layer.feed_forward(x)))


class ActorDecoder(nn.Module):
    """Latent vectors (B, width) -> feature rows (B, T, outputs); zero where the mask (B, T) is False."""

    def __init__(self, outputs: int, size: Size) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(size) for _ in range(size.decoder_layers))
        self.out = nn.Linear(size.width, outputs)
        self.drop = Dropout(size.dropout)
        self.register_buffer("positions", sine_positions(LONGEST, size.width), persistent=False)

    def forward(self, z: Tensor, mask: Tensor) -> Tensor:
        b, length = mask.shape
        # The queries are the times alone.
        h = self.drop(self.positions[:length].expand(b, -1, -1))
        keys = mask[:, None, None]
        for layer in self.layers:
            h = layer(h, z, keys)
        return self.out(h) * mask[..., None]
