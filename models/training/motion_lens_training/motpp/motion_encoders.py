"""Motion encoders over HumanML3D's 263 numbers: MoT++ (factorised, divided and joint attention), MoT, and TMR's.

Each takes standardised features (B, T, 263), zero where padded, with lengths (B,), and gives mu and log-variance (B, width).
`one` encodes a single unpadded motion (T, 263) to mu (1, width); this is what is exported.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from ..features263 import PART_ROWS, SIZE, structured_rows
from .actor import ActorEncoder
from .blocks import EPSILON, Attention, Dropout, PreNorm, StochasticDepth, depth_rates, feed_forward, sine_positions
from .settings import Settings, Size

#: Version 1: the trunk holds the root, the contacts are left out.
PART_ROWS_V1 = {
    "right_arm": PART_ROWS["right_arm"],
    "left_arm": PART_ROWS["left_arm"],
    "trunk": (0, *PART_ROWS["trunk"]),
    "right_leg": PART_ROWS["right_leg"],
    "left_leg": PART_ROWS["left_leg"],
}


class MotionEncoder(Protocol):
    def __call__(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]: ...

    def one(self, features: Tensor) -> Tensor: ...


def time_mask(lengths: Tensor, frames: int) -> Tensor:
    """(B, frames) booleans: which frames are real."""
    return torch.arange(frames, device=lengths.device)[None] < lengths[:, None]


class PartTokens(nn.Module):
    """Rows (..., 23, 12) -> one token for each part (..., parts, width)."""

    def __init__(self, parts: dict[str, tuple[int, ...]], width: int) -> None:
        super().__init__()
        self.rows = [list(r) for r in parts.values()]
        self.embed = nn.ModuleList(nn.Linear(12 * len(r), width) for r in self.rows)

    def forward(self, rows: Tensor) -> Tensor:
        return torch.stack([layer(rows[..., r, :].flatten(-2)) for r, layer in zip(self.rows, self.embed, strict=True)], -2)


class Head(nn.Module):
    """The one head of both class tokens (B, 2, width) -> mu, log-variance."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.LayerNorm(width, EPSILON), nn.ReLU(), Dropout(dropout), nn.Linear(width, width))

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        out = self.layers(tokens)
        return out[:, 0], out[:, 1]


class Factorised(nn.Module):
    """MoT++: attention among the parts of a frame first, then among the frames.

    Padded frames take part in the second step, as published. In the first they are all alike, so one of them is computed and stands
    for all (in training they therefore share what is dropped).
    The class tokens of the second step are the mean of the sample's own over its real frames. The published code takes the first
    rows of the flattened batch instead and so mixes samples; `leak` repeats that, for checking published checkpoints only.
    """

    def __init__(self, size: Size, leak: bool = False) -> None:
        super().__init__()
        width, self.frames, self.leak = size.width, size.frames, leak
        self.tokens = PartTokens(PART_ROWS, width)
        self.class_tokens = nn.Parameter(torch.zeros(2, width))
        self.position = nn.Parameter(torch.zeros(2 + len(PART_ROWS), width))
        self.drop = Dropout(size.dropout)
        self.spatial = nn.ModuleList(PreNorm(width, size.heads, size.feed_forward, r) for r in depth_rates(size.spatial_layers))
        self.temporal = nn.ModuleList(PreNorm(width, size.heads, size.feed_forward, r) for r in depth_rates(size.temporal_layers))
        self.register_buffer("times", sine_positions(2 + self.frames, width), persistent=False)
        self.head = Head(width, size.dropout)

    def within_frames(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (N, 263), and a padded one behind them -> tokens (N + 1, width) and class tokens (N + 1, 2, width)."""
        rows = structured_rows(torch.cat([features, features.new_zeros(1, SIZE)]))
        h = torch.cat([self.class_tokens.expand(rows.shape[0], -1, -1), self.tokens(rows)], 1)
        h = self.drop(h + self.position)
        for layer in self.spatial:
            h = layer(h)
        return h[:, 2:].mean(1), h[:, :2]

    def over_time(self, class_tokens: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Class tokens (B, 2, width) and tokens (B, frames, width) -> mu, log-variance."""
        h = self.drop(torch.cat([class_tokens, tokens], 1) + self.times)
        for layer in self.temporal:
            h = layer(h)
        return self.head(h[:, :2])

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        b = len(features)
        features, lengths = features[:, : self.frames], lengths.clamp(max=self.frames)
        mask = time_mask(lengths, features.shape[1])
        tokens, own = self.within_frames(features[mask])
        count = len(tokens) - 1
        # Where each frame of the padded (B, frames) array stands among the computed ones; the last is the padded frame.
        index = torch.full((b, self.frames), count, device=features.device)
        index[:, : features.shape[1]][mask] = torch.arange(count, device=features.device)
        if self.leak:
            class_tokens = own[index.flatten()[:b]]
        else:
            owner = torch.arange(b, device=features.device).repeat_interleave(lengths)
            sums = own.new_zeros(b, 2 * own.shape[-1]).index_add(0, owner, own[:-1].flatten(1))
            class_tokens = (sums / lengths[:, None]).unflatten(1, (2, -1))
        return self.over_time(class_tokens, nn.functional.embedding(index, tokens))

    def one(self, features: Tensor) -> Tensor:
        features = features[: self.frames]
        tokens, own = self.within_frames(features)
        index = torch.arange(self.frames, device=features.device).clamp(max=features.shape[0])
        class_tokens = own[:1] if self.leak else own[:-1].mean(0, keepdim=True)
        return self.over_time(class_tokens, tokens[index][None])[0]


class Joint(nn.Module):
    """Joint space-time attention: the class tokens and every part of every frame in one sequence; padded frames take part."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width, self.frames = size.width, size.frames
        layers = size.spatial_layers + size.temporal_layers
        self.tokens = PartTokens(PART_ROWS, width)
        self.class_tokens = nn.Parameter(torch.zeros(2, width))
        self.position = nn.Parameter(torch.zeros(2 + len(PART_ROWS), width))
        self.drop = Dropout(size.dropout)
        self.layers = nn.ModuleList(PreNorm(width, size.heads, size.feed_forward, r) for r in depth_rates(layers))
        self.register_buffer("times", sine_positions(self.frames, width), persistent=False)
        self.head = Head(width, size.dropout)

    def padded(self, features: Tensor) -> tuple[Tensor, Tensor]:
        b = len(features)
        h = self.drop(self.tokens(structured_rows(features)) + self.position[2:])
        h = self.drop(h + self.times[:, None])
        h = torch.cat([self.drop(self.class_tokens + self.position[:2]).expand(b, -1, -1), h.flatten(1, 2)], 1)
        for layer in self.layers:
            h = layer(h)
        return self.head(h[:, :2])

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        features = features[:, : self.frames]
        return self.padded(nn.functional.pad(features, (0, 0, 0, self.frames - features.shape[1])))

    def one(self, features: Tensor) -> Tensor:
        features = features[: self.frames]
        rows = torch.cat([features, features.new_zeros(1, SIZE)])
        index = torch.arange(self.frames, device=features.device).clamp(max=features.shape[0])
        return self.padded(rows[index][None])[0]


class DividedLayer(nn.Module):
    """Attention over time in each part, then among class tokens and parts of each frame, then feed-forward."""

    def __init__(self, width: int, heads: int, hidden: int, depth_rate: float) -> None:
        super().__init__()
        self.norm_time, self.time = nn.LayerNorm(width, EPSILON), Attention(width, heads)
        self.norm_space, self.space = nn.LayerNorm(width, EPSILON), Attention(width, heads)
        self.norm, self.feed_forward = nn.LayerNorm(width, EPSILON), feed_forward(width, hidden)
        self.depth = StochasticDepth(depth_rate)

    def forward(self, class_tokens: Tensor, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """class_tokens (B, 2, width), x (B, T, parts, width), mask (B, T) of real frames."""
        b, t, parts, width = x.shape
        keys = mask.repeat_interleave(parts, 0)[:, None, None]
        by_part = x.transpose(1, 2).reshape(b * parts, t, width)
        y = self.time(self.norm_time(by_part), keys).reshape(b, parts, t, width).transpose(1, 2)
        x = x + self.depth(y)
        everywhere = class_tokens[:, None].expand(b, t, 2, width)
        frames = torch.cat([everywhere, x], 2).reshape(b * t, 2 + parts, width)
        y = self.space(self.norm_space(frames)).reshape(b, t, 2 + parts, width)
        weight = mask / mask.sum(1, keepdim=True)
        seen = (y[:, :, :2] * weight[..., None, None]).sum(1)
        h = torch.cat([class_tokens + self.depth(seen), (x + self.depth(y[:, :, 2:])).flatten(1, 2)], 1)
        h = h + self.depth(self.feed_forward(self.norm(h)))
        return h[:, :2], h[:, 2:].reshape(b, t, parts, width)


def world_root(features: Tensor) -> Tensor:
    """Row 0 of version 1, (B, T, 12): the root's rotation (two columns), place and local velocity.

    The rotation is the one that turns the body to face +z, as HumanML3D reads it from these numbers. As published, it and the place
    are sums of the *standardised* velocities.
    """
    turn, speed = features[..., 0], features[..., 1:3]
    yaw = torch.cat([torch.zeros_like(turn[:, :1]), turn[:, :-1]], 1).cumsum(1) * -2
    s, c = yaw.sin(), yaw.cos()
    zero, one = torch.zeros_like(s), torch.ones_like(s)
    # Velocities are given in the heading of the frame that they lead to.
    vx = torch.cat([zero[:, :1], speed[:, :-1, 0]], 1)
    vz = torch.cat([zero[:, :1], speed[:, :-1, 1]], 1)
    x, z = (c * vx + s * vz).cumsum(1), (c * vz - s * vx).cumsum(1)
    columns = [c, zero, s, zero, one, zero, x, features[..., 3], z]
    return torch.cat([torch.stack(columns, -1), features[..., 193:196]], -1)


class Divided(nn.Module):
    """Divided space-time attention. As `MoT` (version 1) over five parts, with the root in world coordinates in the trunk.

    Padded frames are masked out everywhere.
    """

    def __init__(self, size: Size, layers: int, heads: int, hidden: int, first_version: bool) -> None:
        super().__init__()
        width, self.frames, self.first_version = size.width, size.frames, first_version
        parts = PART_ROWS_V1 if first_version else PART_ROWS
        self.tokens = PartTokens(parts, width)
        self.class_tokens = nn.Parameter(torch.zeros(2, width))
        self.position = nn.Parameter(torch.zeros(2 + len(parts), width))
        self.drop = Dropout(size.dropout)
        self.layers = nn.ModuleList(DividedLayer(width, heads, hidden, r) for r in depth_rates(layers))
        self.register_buffer("times", sine_positions(self.frames, width), persistent=False)
        self.head = Head(width, size.dropout)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        features = features[:, : self.frames]
        b, t, _ = features.shape
        mask = time_mask(lengths, t)
        rows = structured_rows(features)
        if self.first_version:
            rows = torch.cat([world_root(features)[:, :, None], rows[:, :, 1:]], 2)
        h = self.drop(self.tokens(rows) + self.position[2:])
        h = self.drop(h + self.times[:t, None])
        class_tokens = self.drop(self.class_tokens + self.position[:2]).expand(b, -1, -1)
        for layer in self.layers:
            class_tokens, h = layer(class_tokens, h, mask)
        return self.head(class_tokens)

    def one(self, features: Tensor) -> Tensor:
        features = features[None, : self.frames]
        return self(features, torch.full((1,), features.shape[1], device=features.device))[0]


class Actor(nn.Module):
    """TMR's motion encoder: a frame is one token."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.frames = size.frames
        self.encoder = ActorEncoder(SIZE, size, size.actor_layers)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        features = features[:, : self.frames]
        return self.encoder(features, time_mask(lengths, features.shape[1]))

    def one(self, features: Tensor) -> Tensor:
        return self.encoder(features[None, : self.frames])[0]


def motion_encoder(settings: Settings) -> nn.Module:
    """The encoder that the settings name. Depth of the divided and joint ones: that of MoT++'s two steps together."""
    size = settings.size
    if settings.batch_leak and settings.encoder != "motpp":
        raise ValueError("the published batch leak exists in the motpp encoder only")
    match settings.encoder:
        case "motpp":
            return Factorised(size, settings.batch_leak)
        case "joint":
            return Joint(size)
        case "divided":
            return Divided(size, size.spatial_layers + size.temporal_layers, size.heads, size.feed_forward, first_version=False)
        case "mot":
            return Divided(size, 3, 1, size.width, first_version=True)
        case _:
            return Actor(size)
