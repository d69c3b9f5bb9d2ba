"""The evaluation's names in one place, for those who train, restore and export."""

from __future__ import annotations

from .evaluation.encoders import Encoder, OnnxEncoder, TextVectors, TorchEncoder, kept_positions, stored
from .evaluation.protocols import protocols
from .evaluation.report import retrieval_figures

__all__ = ["Encoder", "OnnxEncoder", "TextVectors", "TorchEncoder", "kept_positions", "protocols", "retrieval_figures", "stored"]
