"""Text encoder, motion encoder and motion decoder together, and the weighted sum of their losses."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..features263 import SIZE
from .actor import ActorDecoder, ActorEncoder
from .losses import (
    TEMPERATURE,
    VARIANTS,
    FourScales,
    Scale,
    Weights,
    cross_consistent,
    info_nce,
    latent_divergences,
    smooth_l1,
    too_similar,
)
from .motion_encoders import motion_encoder, time_mask
from .settings import Settings


@dataclass
class Batch:
    """Pairs of a motion and a caption, side by side."""

    features: Tensor  # (B, T, 263) standardised, thinned to the size's stride, zero where padded
    lengths: Tensor  # (B,)
    states: Tensor  # (B, L, S) token states of the frozen transformer
    text_mask: Tensor  # (B, L) booleans
    sentences: Tensor  # (B, K) unit vectors of the sentence teacher
    captions: list[str]

    def to(self, device: torch.device) -> Batch:
        moved = [x.to(device) for x in (self.features, self.lengths, self.states, self.text_mask, self.sentences)]
        return Batch(*moved, self.captions)


class System(nn.Module):
    def __init__(self, settings: Settings, text_width: int) -> None:
        super().__init__()
        self.settings, self.text_width = settings, text_width
        s = settings.size
        self.text = ActorEncoder(text_width, s, s.text_layers)
        self.motion = motion_encoder(settings)
        self.decoder = ActorDecoder(SIZE, s)
        self.scales: nn.Module | None = None
        if settings.contrast == "cccl":
            self.scales = FourScales()
        elif settings.contrast == "infonce":
            self.scales = Scale(settings.temperature)
        self.weights = Weights()

    def contrast(self, texts: Tensor, motions: Tensor, batch: Batch, epoch: float) -> dict[str, Tensor]:
        """Contrastive terms of unit latents (B, width); `contrast` is what enters the sum of losses."""
        settings = self.settings
        ignored = too_similar(batch.sentences, settings.filter_threshold) if settings.filtered else None
        positive = None
        if settings.identical_right:
            positive = torch.tensor([[a == b for b in batch.captions] for a in batch.captions], device=texts.device)
        if settings.contrast == "cccl":
            assert self.scales is not None
            variant = VARIANTS[settings.variant]
            terms = cross_consistent(
                *self.scales(texts, motions, batch.sentences), variant.ramp.at(epoch), variant, ignored, positive
            )
            return {
                "contrast": terms.total,
                "nce": terms.contrast.detach(),
                "consistency": terms.consistency.detach(),
                "teacher": terms.teacher.detach(),
            }
        similar = texts @ motions.T
        scores = similar / TEMPERATURE if self.scales is None else self.scales(similar)
        return {"contrast": info_nce(scores, ignored, positive)}

    def losses(self, batch: Batch, epoch: float) -> dict[str, Tensor]:
        """All terms and their weighted `total`; `epoch` counts in those of the published schedule."""
        start = self.settings.start_logvar
        text, motion = (
            (mu, logvar + start)
            for mu, logvar in (self.text(batch.states, batch.text_mask), self.motion(batch.features, batch.lengths))
        )
        z_text, z_motion = (mu + (logvar / 2).exp() * torch.randn_like(mu) for mu, logvar in (text, motion))
        mask = time_mask(batch.lengths, batch.features.shape[1])
        made = self.decoder(torch.cat([z_text, z_motion]), torch.cat([mask, mask]))
        from_text, from_motion = made.chunk(2)
        out = {
            "reconstruction": smooth_l1(from_text, batch.features, mask) + smooth_l1(from_motion, batch.features, mask),
            "divergence": latent_divergences(text, motion),
            "latent": smooth_l1(z_text, z_motion),
            **self.contrast(nn.functional.normalize(z_text, dim=-1), nn.functional.normalize(z_motion, dim=-1), batch, epoch),
        }
        w = self.weights
        out["total"] = (
            w.reconstruction * out["reconstruction"]
            + w.divergence * out["divergence"]
            + w.latent * out["latent"]
            + w.contrast * out["contrast"]
        )
        return out

    @torch.no_grad()
    def vectors(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Unit means (B, width) of texts and motions, what is compared at test."""
        text = self.text(batch.states, batch.text_mask)[0]
        motion = self.motion(batch.features, batch.lengths)[0]
        return nn.functional.normalize(text, dim=-1), nn.functional.normalize(motion, dim=-1)
