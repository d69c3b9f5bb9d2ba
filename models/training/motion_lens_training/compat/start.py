"""Where a training run begins: the sizes, and weights of other models given as files (nothing is downloaded)."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoConfig, DistilBertForMaskedLM, RobertaForMaskedLM

from ..text_model import minilm_folder
from .model import SIZES, CompatModel, CompatSize, Special
from .text import TextSize


def text_size(folder: Path) -> TextSize:
    """The size of the masked-language model in a folder of `transformers`."""
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"{folder}: config.json is missing; expected the files of distilbert-base-uncased or roberta-large")
    c = AutoConfig.from_pretrained(str(folder), local_files_only=True)
    if c.model_type == "distilbert":
        return TextSize("distilbert", c.vocab_size, c.max_position_embeddings, c.dim, c.n_layers, c.hidden_dim)
    if c.model_type == "roberta":
        return TextSize("roberta", c.vocab_size, c.max_position_embeddings, c.hidden_size, c.num_hidden_layers, c.intermediate_size)
    raise ValueError(f"{folder}: holds a {c.model_type} model; only DistilBERT and RoBERTa are known here")


def tokenizer_file(size: str, text_model: Path | None) -> Path:
    """The tokenizer.json to train with. DistilBERT's is that of the MiniLM package: both are BERT's uncased one."""
    if text_model is not None:
        file = text_model / "tokenizer.json"
        if not file.is_file():
            raise FileNotFoundError(f"{file} is missing")
        return file
    if SIZES[size].text.family == "roberta":
        raise FileNotFoundError("--size large needs --text-model: a folder with roberta-large's config.json, tokenizer.json and weights")
    return minilm_folder() / "tokenizer.json"


def open_tokenizer(file: Path, size: TextSize) -> tuple[Tokenizer, Special]:
    """The tokenizer, padding and cutting as the published system does, and its special tokens."""
    tokenizer = Tokenizer.from_file(str(file))
    opening, closing, pad, mask = (
        ("[CLS]", "[SEP]", "[PAD]", "[MASK]") if size.family == "distilbert" else ("<s>", "</s>", "<pad>", "<mask>")
    )
    names = (opening, closing, pad, mask)
    ids = {name: number for name in names if (number := tokenizer.token_to_id(name)) is not None}
    absent = [name for name in names if name not in ids]
    if absent or tokenizer.get_vocab_size() != size.vocabulary:
        found = f"{', '.join(absent)} missing" if absent else f"{tokenizer.get_vocab_size()} tokens"
        raise ValueError(f"{file}: does not fit a {size.family} model of {size.vocabulary} tokens: {found}")
    tokenizer.enable_truncation(size.max_tokens)
    tokenizer.enable_padding(pad_id=ids[pad], pad_token=pad)
    return tokenizer, Special(ids[mask], ids[pad], frozenset({ids[opening], ids[closing], ids[pad]}))


def _vit_state(file: Path) -> dict[str, Tensor]:
    """Weights of a ViT under timm's names; the classifier's are left out."""
    try:
        if file.suffix == ".safetensors":
            from safetensors.torch import load_file

            state = load_file(str(file))
        else:
            state = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(f"{file}: refused, because it is not a file of weights alone") from error
    return {key: value.float() for key, value in state.items() if not key.startswith(("head.", "fc_norm."))}


def new_model(size: str, text_model: Path | None = None, vit_weights: Path | None = None) -> CompatModel:
    """The model that training starts from; random where no weights are given."""
    chosen: CompatSize = SIZES[size]
    if text_model is not None:
        chosen = replace(chosen, text=text_size(text_model))
    model = CompatModel(chosen)
    model.motion_encoder.model.reset()
    if text_model is not None:
        kind = DistilBertForMaskedLM if chosen.text.family == "distilbert" else RobertaForMaskedLM
        loaded = kind.from_pretrained(str(text_model), local_files_only=True)
        model.text_model.load_state_dict(loaded.state_dict())
    if vit_weights is not None:
        vit = model.motion_encoder.model
        state = _vit_state(vit_weights)
        expected = {key: tuple(value.shape) for key, value in vit.state_dict().items()}
        for key in [*expected, *state]:
            there = tuple(state[key].shape) if key in state else None
            if there != expected.get(key):
                raise ValueError(f"{vit_weights}: {key} has shape {there}, expected {expected.get(key)}")
        vit.load_state_dict(state)
    return model
