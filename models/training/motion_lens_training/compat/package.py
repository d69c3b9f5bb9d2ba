"""Writes a model package of the published system: two ONNX files, tokenizer.json, model.json with `angles: compat`."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from ..export import write_onnx
from ..skeleton import PART_NAMES
from .angles import COLUMNS, IMAGE, PATCH
from .model import CompatModel
from .text import Family

#: Largest difference between PyTorch and ONNX on unit vectors.
TOLERANCE = 1e-3
PROBE_TEXTS = ("a person walks forward, then raises the left hand.", "someone jumps")


class MotionExport(nn.Module):
    """One standardised image (224, 29) -> patch vectors (196, dim) and one unit vector of the whole, their mean."""

    def __init__(self, model: CompatModel) -> None:
        super().__init__()
        self.motion_encoder, self.projection = model.motion_encoder, model.motion_projection

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        patches = nn.functional.normalize(self.projection(self.motion_encoder(image[None])[0]), dim=-1)
        return patches, nn.functional.normalize(patches.mean(0), dim=-1)


class TextExport(nn.Module):
    """One text, ids (1, L) -> token vectors (L, dim) and one unit vector of the whole: the mean of all but the two special tokens."""

    def __init__(self, model: CompatModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        tokens = self.model.text(input_ids, torch.ones_like(input_ids))[0]
        return tokens, nn.functional.normalize(tokens[1:-1].sum(0), dim=-1)


@dataclass(frozen=True)
class Description:
    name: str
    licence: str
    version: str = "1"
    skeleton: str = "humanml3d22"
    #: Hip to knee to ankle in the units of the pelvis position, where these are not metres (KIT-ML).
    leg_length: float | None = None
    #: Whether patches behind the end of a short motion are scored, as published ("keep"), or not ("drop").
    padding: str = "keep"


class TokenizerError(ValueError):
    """A tokenizer.json that does not belong to the text model."""


def read_tokenizer(path: Path, family: Family, vocabulary: int) -> str:
    """The text of a tokenizer.json that fits a text model, padding and cutting taken out: the engine does neither by it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["padding"] = content["truncation"] = None
        text = json.dumps(content, ensure_ascii=False)
        tokenizer = Tokenizer.from_str(text)
    except Exception as error:  # tokenizers raises bare exceptions
        raise TokenizerError(f"{path}: is no tokenizer.json: {error}") from error
    kind = content["model"].get("type")
    byte_level = "ByteLevel" in json.dumps(content.get("pre_tokenizer"))
    if family == "distilbert" and kind != "WordPiece":
        raise TokenizerError(f"{path}: is a {kind} tokenizer; the checkpoint's DistilBERT needs the WordPiece one it was trained with")
    if family == "roberta" and not (kind == "BPE" and byte_level):
        raise TokenizerError(f"{path}: is a {kind} tokenizer; the checkpoint's RoBERTa needs the byte-level BPE one it was trained with")
    size = tokenizer.get_vocab_size()
    if size != vocabulary:
        raise TokenizerError(f"{path}: has {size} tokens, the checkpoint's text model has {vocabulary}")
    ends = {"distilbert": ("[CLS]", "[SEP]"), "roberta": ("<s>", "</s>")}[family]
    tokens = tokenizer.encode("a").tokens
    if (tokens[0], tokens[-1]) != ends:
        raise TokenizerError(f"{path}: does not put {ends[0]} and {ends[1]} around a text: {tokens}")
    return text


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class Agreement:
    """Largest differences of single numbers of unit vectors between PyTorch and ONNX."""

    patches: float
    tokens: float
    wholes: float


def agreement(model: CompatModel, folder: Path, tokenizer: Tokenizer) -> Agreement:
    """Runs probe motions and texts through both."""
    import onnxruntime

    found = Agreement(0.0, 0.0, 0.0)
    noise = np.random.default_rng(0).standard_normal((2, IMAGE, COLUMNS)).astype(np.float32)
    noise[1, 60:] = 0
    session = onnxruntime.InferenceSession(str(folder / "motion.onnx"))
    for image in noise:
        with torch.no_grad():
            patches, whole = MotionExport(model)(torch.from_numpy(image))
        got = session.run(["patches", "global"], {"image": image})
        found.patches = max(found.patches, float(np.abs(got[0] - patches.numpy()).max()))
        found.wholes = max(found.wholes, float(np.abs(got[1] - whole.numpy()).max()))
    del session
    session = onnxruntime.InferenceSession(str(folder / "text.onnx"))
    for text in PROBE_TEXTS:
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            tokens, whole = TextExport(model)(ids)
        got = session.run(["tokens", "global"], {"input_ids": ids.numpy()})
        found.tokens = max(found.tokens, float(np.abs(got[0] - tokens.numpy()).max()))
        found.wholes = max(found.wholes, float(np.abs(got[1] - whole.numpy()).max()))
    return found


def write_package(
    model: CompatModel, mean: np.ndarray, std: np.ndarray, tokenizer: Path, out: Path, about: Description, int8: bool = False
) -> tuple[dict[str, Any], Agreement]:
    """Writes the package into `out`; returns its manifest and how far ONNX is from PyTorch. Raises where that is too far.

    mean, std: (29,) of the angles. int8: weights stored as int8 (a quarter of the size; not held to the tolerance).
    """
    text_size = model.size.text
    content = read_tokenizer(tokenizer, text_size.family, text_size.vocabulary)
    out.mkdir(parents=True, exist_ok=True)
    # The old manifest would speak of files that are about to change.
    (out / "model.json").unlink(missing_ok=True)
    (out / "tokenizer.json").write_text(content, encoding="utf-8")
    model.eval()
    # The exporter tells of its steps on standard output, where this package's commands put their answer.
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        write_onnx(MotionExport(model).eval(), torch.zeros(IMAGE, COLUMNS), "image", ["patches", "global"], None, out / "motion.onnx", int8)
        length = torch.export.Dim("length", min=2, max=text_size.max_tokens)
        example = torch.arange(9)[None] % text_size.vocabulary
        write_onnx(TextExport(model).eval(), example, "input_ids", ["tokens", "global"], ({1: length},), out / "text.onnx", int8)
    found = agreement(model, out, Tokenizer.from_str(content))
    if not int8 and not max(asdict(found).values()) <= TOLERANCE:
        raise ValueError(f"{out}: ONNX and PyTorch differ by more than {TOLERANCE}: {found}")
    hashes = {name: _sha256(out / name) for name in ("motion.onnx", "text.onnx", "tokenizer.json")}
    motion: dict[str, Any] = {
        "file": "motion.onnx",
        "sha256": hashes["motion.onnx"],
        "angles": "compat",
        "skeleton": about.skeleton,
        "fps": 12.5 if about.skeleton == "kit21" else 20,
        "framesPerPatch": PATCH,
        "features": COLUMNS,
        "mean": [float(v) for v in mean],
        "std": [float(v) for v in std],
        "frames": IMAGE,
        "padding": about.padding,
    }
    if about.leg_length is not None:
        motion["legLength"] = about.leg_length
    identity = hashlib.sha256("".join([*hashes.values(), json.dumps(motion, sort_keys=True)]).encode()).hexdigest()
    manifest = {
        "schema": 1,
        "id": identity,
        "name": about.name,
        "kind": "late-interaction",
        "version": about.version,
        "motion": motion,
        "grid": {"parts": PART_NAMES},
        "text": {
            "file": "text.onnx",
            "sha256": hashes["text.onnx"],
            "tokenizer": "tokenizer.json",
            "tokenizerSha256": hashes["tokenizer.json"],
            "maxTokens": text_size.max_tokens,
            "specialTokens": "drop",
            "punctuation": "keep",
        },
        "dim": model.size.dim,
        "quantisation": "int8 weights with a scale per channel, float32 arithmetic" if int8 else "none (float32)",
        "licence": about.licence,
        "trainingData": [],
        "metrics": {},
    }
    (out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest, found
