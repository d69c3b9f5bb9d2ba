"""What is trained: sizes, encoders and losses by name. Everything here is written into a run's checkpoint."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from .losses import VARIANTS

#: Longest motion, in frames at 20 a second; longer ones are cut, as published.
FRAMES = 200
ENCODERS = ("motpp", "divided", "joint", "mot", "actor")
CONTRASTS = ("infonce", "filtered", "cccl")


@dataclass(frozen=True)
class Size:
    """Widths and depths of the networks; `stride` keeps every so many frames of a motion."""

    width: int = 256
    heads: int = 4
    feed_forward: int = 1024
    spatial_layers: int = 2
    temporal_layers: int = 2
    #: Layers of TMR's motion encoder, of the text encoder and of the motion decoder.
    actor_layers: int = 6
    text_layers: int = 6
    decoder_layers: int = 6
    stride: int = 1
    dropout: float = 0.1
    #: Of the attention weights, in the ACTOR-style networks (the others have none).
    attention_dropout: float = 0.1

    @property
    def frames(self) -> int:
        """Frames that the motion encoders see."""
        return -(-FRAMES // self.stride)


SIZES = {
    "paper": Size(),
    # For one CPU core: half the width, a quarter of the feed-forward, every second frame, fewer layers, and no dropout
    # of attention weights (which costs as much as the attention).
    "small": Size(128, 4, 256, 2, 2, 4, 2, 2, 2, attention_dropout=0.0),
}


@dataclass(frozen=True)
class Settings:
    """One system. The published MoT++ is `motpp` with `cccl`; TMR is `actor` with `filtered`."""

    encoder: str = "motpp"
    contrast: str = "cccl"
    #: Name of the loss's variant, for `cccl`.
    variant: str = "40-100"
    #: Temperature of InfoNCE at the start (learned); filtered InfoNCE keeps 0.1.
    temperature: float = 0.1
    #: Cosine of the sentence teacher above which other captions are no negatives (filtered losses).
    filter_threshold: float = 0.6
    #: Identical captions count as right in the contrast (not published).
    identical_right: bool = False
    #: The class tokens mix up the samples of a batch as in the published code: for checking a published checkpoint only.
    batch_leak: bool = False
    #: Added to both encoders' log-variances: 0 as published. A training of a few thousand steps has not the time to get from the
    #: variance of 1 that untrained networks give, whose samples are nearly all noise, to one that lets captions and motions meet.
    start_logvar: float = 0.0
    size: Size = Size()

    def __post_init__(self) -> None:
        for name, value, known in (
            ("encoder", self.encoder, ENCODERS),
            ("contrast", self.contrast, CONTRASTS),
            ("variant", self.variant, tuple(VARIANTS)),
        ):
            if value not in known:
                raise ValueError(f"{name} is one of {', '.join(known)}, not {value}")

    @property
    def filtered(self) -> bool:
        return self.contrast == "filtered" or (self.contrast == "cccl" and VARIANTS[self.variant].filtered)

    @property
    def taught(self) -> bool:
        """Does the loss look at the sentence teacher at all?"""
        return self.filtered or self.contrast == "cccl"

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def of(plain: dict[str, Any]) -> Settings:
        return Settings(**{**plain, "size": Size(**plain["size"])})


CONFIGURATIONS: dict[str, Settings] = {
    "motpp-cccl": Settings(),
    "motpp-infonce": Settings(contrast="infonce"),
    "motpp-filtered": Settings(contrast="filtered"),
    "tmr": Settings("actor", "filtered"),
    "tmr-infonce": Settings("actor", "infonce"),
    "tmr-cccl": Settings("actor"),
    "divided": Settings("divided"),
    "joint": Settings("joint"),
    # Version 1 as published at SIGIR'23: InfoNCE whose learned temperature starts at 0.07.
    "mot": Settings("mot", "infonce", temperature=0.07),
    "mot-cccl": Settings("mot"),
}


def settings_of(configuration: str, size: str, **changes: Any) -> Settings:
    """The named configuration in the named size, with single settings changed."""
    return replace(CONFIGURATIONS[configuration], size=SIZES[size], **changes)
