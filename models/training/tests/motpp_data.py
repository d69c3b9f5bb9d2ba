"""Small data for the tests of the second system: motions of two sources with captions, and a tiny transformer with random weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from .test_features import random_motion

WORDS = "a person raises lowers the left right hand . someone waves walks slowly quickly".split()


def write_data(folder: Path, count: int = 32) -> Path:
    """Raised hands of two sources, 41 to 72 frames; the last train recording of each source is also one of its val recordings."""
    joints, lines, offsets = [], [], [0]
    for i in range(count):
        motion = random_motion(i, 41 + i)
        side = ("left", "right")[i % 2]
        shoulder, elbow, wrist = (16, 18, 20) if side == "left" else (17, 19, 21)
        motion[:, elbow] = motion[:, shoulder] + [0, 0.28, 0]
        motion[:, wrist] = motion[:, elbow] + [0, 0.25, 0]
        # Feet that stand for a while, so that the contacts change.
        motion[: 20 + i, [7, 8, 10, 11]] = motion[0, [7, 8, 10, 11]]
        source = ("one", "two")[i // 2 % 2]
        joints.append(np.rint(motion * 1000).astype(np.int16))
        offsets.append(offsets[-1] + len(motion))
        captions = [f"a person raises the {side} hand.", f"someone waves the {side} hand slowly"]
        line = {"id": f"{i:03d}", "source": source, "recording": str(i), "labels": ["raise", side]}
        line["split"] = ("train", "train", "val", "test")[i // 4 % 4]
        line["captions"] = [{"text": t, "kind": "paraphrase"} for t in captions]
        line["captions"].append({"text": "written for evaluation", "kind": "human-kitml"})
        lines.append(line)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "motions.npz", joints_mm=np.concatenate(joints), offsets=np.array(offsets, np.int64))
    (folder / "clips.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    return folder


def write_transformer(folder: Path, seed: int = 0, width: int = 16) -> Path:
    """A BERT of two layers over a handful of words, in the files of a published one."""
    vocabulary = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * width,
        max_position_embeddings=64,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
