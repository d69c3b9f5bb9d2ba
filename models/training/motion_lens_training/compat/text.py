"""The masked-language models of the published system: DistilBERT and RoBERTa of `transformers`, of any size.

`transformers` builds masks in ways that do not export; the few lines of `hidden_states` do it here, and a test holds them to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import DistilBertConfig, DistilBertForMaskedLM, RobertaConfig, RobertaForMaskedLM

Family = Literal["distilbert", "roberta"]
HEAD_WIDTH = 64
#: Positions of RoBERTa start behind that of its padding token.
_ROBERTA_PADDING = 1


@dataclass(frozen=True)
class TextSize:
    """Everything that makes one text model differ from another."""

    family: Family
    vocabulary: int
    #: Rows of the table of positions: 512 tokens, and for RoBERTa two rows that stand before the first.
    positions: int
    width: int
    depth: int
    inner: int

    @property
    def max_tokens(self) -> int:
        return self.positions - (_ROBERTA_PADDING + 1 if self.family == "roberta" else 0)


DISTILBERT = TextSize("distilbert", 30522, 512, 768, 6, 3072)
ROBERTA_LARGE = TextSize("roberta", 50265, 514, 1024, 24, 4096)


def masked_language_model(size: TextSize) -> Any:
    """An untrained model (a module) of the size, under the weight names of `transformers`, whose classes are hardly typed."""
    if size.width % HEAD_WIDTH:
        raise ValueError(f"a text model of width {size.width} is not known: expected a multiple of {HEAD_WIDTH}")
    heads = size.width // HEAD_WIDTH
    if size.family == "distilbert":
        return DistilBertForMaskedLM(
            DistilBertConfig(  # type: ignore[call-arg]
                vocab_size=size.vocabulary,
                max_position_embeddings=size.positions,
                dim=size.width,
                n_layers=size.depth,
                n_heads=heads,
                hidden_dim=size.inner,
                attn_implementation="eager",
            )
        )
    return RobertaForMaskedLM(
        RobertaConfig(  # type: ignore[call-arg]
            vocab_size=size.vocabulary,
            max_position_embeddings=size.positions,
            hidden_size=size.width,
            num_hidden_layers=size.depth,
            num_attention_heads=heads,
            intermediate_size=size.inner,
            type_vocab_size=1,
            layer_norm_eps=1e-5,
            pad_token_id=_ROBERTA_PADDING,
            bos_token_id=0,
            eos_token_id=2,
            attn_implementation="eager",
        )
    )


def hidden_states(model: Any, ids: Tensor, attention: Tensor) -> Tensor:
    """Last hidden states (B, L, width) of ids (B, L); attention (B, L) is 1 for tokens and 0 for padding behind them."""
    backbone = model.base_model
    positions = torch.arange(ids.shape[1], device=ids.device)
    if hasattr(backbone, "transformer"):
        layers = backbone.transformer.layer
    else:
        layers = backbone.encoder.layer
        positions = positions + _ROBERTA_PADDING + 1
    hidden = backbone.embeddings.word_embeddings(ids) + backbone.embeddings.position_embeddings(positions)[None]
    if hasattr(backbone.embeddings, "token_type_embeddings"):
        hidden = hidden + backbone.embeddings.token_type_embeddings.weight[0]
    hidden = backbone.embeddings.dropout(backbone.embeddings.LayerNorm(hidden))
    mask = (1.0 - attention[:, None, None, :].to(hidden.dtype)) * torch.finfo(hidden.dtype).min
    for layer in layers:
        out = layer(hidden, mask)
        hidden = out[0] if isinstance(out, tuple) else out
    return hidden


def vocabulary_scores(model: Any, hidden: Tensor) -> Tensor:
    """Scores (N, V) of hidden states (N, width) by the model's own masked-language head."""
    if hasattr(model, "lm_head"):
        return model.lm_head(hidden)
    return model.vocab_projector(model.vocab_layer_norm(nn.functional.gelu(model.vocab_transform(hidden))))


def score_mask(attention: Tensor, mode: Literal["official", "product"]) -> Tensor:
    """Which tokens (B, L booleans) of a padded batch are scored.

    official: positions 1 to L - 2 of the padded length, as the published system trains and evaluates. The longest text loses both of
    its special tokens; a shorter one keeps its closing token, so that its score depends on what else is in the batch.
    product: the tokens of the text alone, never a special one.
    """
    place = torch.arange(attention.shape[1], device=attention.device)
    last = attention.shape[1] - 1 if mode == "official" else attention.sum(1, keepdim=True) - 1
    return attention.bool() & (place >= 1) & (place < last)
