"""A SavedModel with the same signatures, whose network has its weights in float16."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from shared.compression.gate import pass_gate
from shared.compression.sizes import measure_size
from shared.contract import Examples, Rows
from shared.errors import CompressionRefusedError
from shared.run.artefacts.compression.record import GateRecord, SizeRecord
from shared.run.context import StageContext
from shared.run.files import SAVED_MODEL
from shared.serving.export import VERSION, write_half_precision
from shared.serving.saved_model import WEIGHTS, SavedModel, load_saved_model
from shared.targets.predictions import Predictions, Scores

__all__ = ["HalfSavedModel", "write_half_saved_model"]

_BATCH_ROWS = 64


@dataclass(frozen=True)
class HalfSavedModel:
    """A SavedModel that passed the gate.

    Attributes:
        saved: Loaded again from its files.
        gate: What was compared.
        val: Validation rows as it scores them.
    """

    saved: SavedModel
    gate: GateRecord
    val: Predictions

    def size(self, *, beside: str) -> SizeRecord:
        """Of its folder, and of the weights of its network.

        Args:
            beside: Name of the full model's form that it is to be compared with.
        """
        weights = [np.asarray(weight) for weight in getattr(self.saved.loaded, WEIGHTS)]
        weights = [weight for weight in weights if weight.dtype == np.float16]
        return measure_size("SavedModel, float16", self.saved.path, weights, beside=beside)

    def score(self, examples: Examples) -> Scores:
        """Scores (n, *target.shape) of a split."""
        return _score(self.saved, examples)

    def __call__(self, wire: Rows) -> Scores:
        """Wire rows -> scores (n, *target.shape)."""
        return self.saved(wire, signature="scores")["scores"]


def write_half_saved_model(
    context: StageContext, folder: Path, expected: Predictions, *, against: str
) -> HalfSavedModel:
    """Write `saved_model/1/`, load it, and compare its scores.

    Args:
        context: A run with a calibration.
        folder: Where to.
        expected: Validation rows as the full model scores them.
        against: What `expected` is of.

    Raises:
        CompressionRefusedError: Its scores are too far away, or it answers with errors.
    """
    path = folder / SAVED_MODEL / str(VERSION)
    context.progress.update(0, 1, "tracing the graph with weights in half precision")
    write_half_precision(context, path)
    saved = load_saved_model(path)
    splits = context.splits()
    scores = _score(saved, splits.val)
    gate = pass_gate(splits.target, expected, scores, "float16", against=against)
    return HalfSavedModel(saved, gate, replace(expected, scores=scores, distances=None))


def _score(saved: SavedModel, examples: Examples) -> Scores:
    found = []
    for start in range(0, len(examples), _BATCH_ROWS):
        rows = np.arange(start, min(start + _BATCH_ROWS, len(examples)))
        answers = saved(examples.rows(rows), signature="scores")
        wrong = np.flatnonzero(answers["error"] != "")
        if len(wrong):
            row = rows[int(wrong[0])]
            raise CompressionRefusedError(
                f"the SavedModel refuses the row {str(examples.ids[row])!r}:"
                f" {answers['error'][int(wrong[0])]}"
            )
        found.append(answers["scores"])
    return np.concatenate(found)
