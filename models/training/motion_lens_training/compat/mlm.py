"""Masked-language loss (BERT, arXiv 1810.04805): 15 % of the tokens are to be guessed; of these 80 % are shown as the mask, 10 % as
a random token and 10 % as they are. Of any text model: it is handed over as a function.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import torch
from torch import Tensor, nn

SHARE = 0.15


def mask_tokens(
    ids: Tensor, maskable: Tensor, mask_id: int, random_ids: tuple[int, int], generator: torch.Generator, share: float = SHARE
) -> tuple[Tensor, Tensor]:
    """What is shown in place of ids (B, L), and which tokens (B, L booleans) are to be guessed.

    maskable: (B, L) booleans, false for padding and special tokens. random_ids: half-open range random tokens are drawn from.
    """
    chosen = maskable & (torch.rand(ids.shape, generator=generator) < share).to(ids.device)
    kind = torch.rand(ids.shape, generator=generator).to(ids.device)
    other = torch.randint(*random_ids, ids.shape, generator=generator).to(ids.device)
    shown = torch.where(chosen & (kind < 0.8), mask_id, ids)
    shown = torch.where(chosen & (kind >= 0.8) & (kind < 0.9), other, shown)
    return shown, chosen


def mlm_loss(
    logits_of: Callable[[Tensor, Tensor, Tensor], Tensor],
    ids: Tensor,
    attention: Tensor,
    *,
    mask_id: int,
    special_ids: Collection[int],
    random_ids: tuple[int, int],
    generator: torch.Generator,
    share: float = SHARE,
) -> Tensor:
    """Mean cross-entropy of the masked tokens of ids (B, L); zero where chance picked none.

    logits_of(shown, attention, chosen): vocabulary scores (N, V) of the N chosen tokens of the masked copy `shown` (B, L).
    attention: (B, L), 1 for tokens and 0 for padding. generator: of the CPU, so that a run can be repeated anywhere.
    """
    maskable = attention.bool()
    for special in special_ids:
        maskable = maskable & (ids != special)
    shown, chosen = mask_tokens(ids, maskable, mask_id, random_ids, generator, share)
    if not chosen.any():
        return torch.zeros((), device=ids.device)
    return nn.functional.cross_entropy(logits_of(shown, attention, chosen), ids[chosen])
