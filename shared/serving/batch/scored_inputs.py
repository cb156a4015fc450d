"""Inputs with all their answers at once, for whoever needs both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shared.contract import Inputs
from shared.errors import DataError
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.serving.batch.answers import answer_inputs
from shared.serving.batch.served_model import load_described_model, read_as_trained
from shared.serving.batch.shards import BATCH_ROWS

__all__ = ["ScoredInputs", "score_at_once"]


@dataclass(frozen=True)
class ScoredInputs:
    """Raw inputs with what the deployed model says of them.

    Attributes:
        inputs: All inputs found.
        signature: Of the model.
        answers: Position among the inputs -> that row's outputs of `serving_default`, without a
            batch axis.
        errors: Position -> why there is no answer.
    """

    inputs: Inputs
    signature: SignatureRecord
    answers: Mapping[int, Mapping[str, Any]]
    errors: Mapping[int, str]


def score_at_once(context: StageContext, input_path: Path) -> ScoredInputs:
    """Ask the newest exported SavedModel about raw files; inputs and answers stay in memory.

    Args:
        context: A run with a finished export.
        input_path: A file or folder that the pipeline can read.

    Raises:
        DataError: There is nothing to score.
        MissingArtefactError: Nothing was exported, or not what signature.json describes.
    """
    saved, signature = load_described_model(context)
    inputs = read_as_trained(context, input_path)
    if len(inputs.ids) == 0:
        raise DataError(f"{input_path}: nothing to score was found.")
    for sentence in inputs.warnings:
        context.progress.log(sentence)
    answers: dict[int, dict[str, Any]] = {}
    errors: dict[int, str] = {}
    for start in range(0, len(inputs.ids), BATCH_ROWS):
        context.progress.update(start, len(inputs.ids), "scoring")
        found = answer_inputs(saved, inputs.between(start, start + BATCH_ROWS))
        errors |= {start + row: why for row, why in found.errors.items()}
        for place, row in enumerate(np.add(found.rows, start).tolist()):
            answers[row] = {name: values[place] for name, values in found.outputs.items()}
    context.progress.update(len(inputs.ids), len(inputs.ids))
    return ScoredInputs(inputs, signature, answers, errors)
