"""A trained model as one LiteRT file: the widest part that converts and passes the gate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from shared.compression.gate import pass_gate
from shared.compression.lite.litert import LiteModel, Storage, convert
from shared.compression.scopes import SCOPES, ScopedModel
from shared.contract import Examples
from shared.errors import CompressionRefusedError
from shared.run.artefacts.compression.record import (
    SCOPES_SAID,
    ConvertedRecord,
    GateRecord,
    WiderScope,
)
from shared.run.progress import Progress
from shared.targets.predictions import Predictions, Scores

__all__ = ["Converted", "convert_widest", "score_examples"]


@dataclass(frozen=True)
class Converted:
    """A converted model that passed.

    Attributes:
        lite: The file and its interpreter.
        scoped: The part of the trained model that it is.
        record: What it is, and what was compared.
        val: Validation rows as it scores them.
    """

    lite: LiteModel
    scoped: ScopedModel
    record: ConvertedRecord
    val: Predictions


def convert_widest(
    scoped: ScopedModel,
    examples: Examples,
    expected: Predictions,
    storage: Storage,
    progress: Progress,
    *,
    against: str,
) -> Converted:
    """Convert as much of the way from input to scores as passes.

    Args:
        scoped: The trained model; where it begins is tried from the widest on.
        examples: The validation split.
        expected: As the trained model scores it.
        storage: Of weights.
        progress: Is told what is tried.
        against: What `expected` is of, for people.

    Raises:
        CompressionRefusedError: No part does; the message has each one's reason.
    """
    passed_over: list[WiderScope] = []
    for number, scope in enumerate(SCOPES):
        progress.update(number, len(SCOPES), f"converting from {SCOPES_SAID[scope]} on")
        here = replace(scoped, scope=scope)
        try:
            lite, val, gate = _convert(here, examples, expected, storage, against)
        except CompressionRefusedError as error:
            passed_over.append(WiderScope(scope=scope, reason=str(error)))
            continue
        record = ConvertedRecord(
            storage=storage, scope=scope, passed_over=tuple(passed_over), gate=gate
        )
        return Converted(lite, here, record, val)
    reasons = "\n".join(f"  from {SCOPES_SAID[one.scope]} on: {one.reason}" for one in passed_over)
    raise CompressionRefusedError(
        f"No part of this model becomes a LiteRT file with {storage} weights. Nothing was"
        f" written.\n{reasons}"
    )


def score_examples(lite: LiteModel, scoped: ScopedModel, examples: Examples) -> Scores:
    """Scores (n, *target.shape) of a split, batch by batch."""
    scores = np.concatenate([lite(batch) for batch in scoped.batches(examples)])
    return scores.astype(scoped.target.score_dtype)


def _convert(
    scoped: ScopedModel, examples: Examples, expected: Predictions, storage: Storage, against: str
) -> tuple[LiteModel, Predictions, GateRecord]:
    graph = scoped.graph
    texts = [name for name, spec in graph.inputs.items() if spec.dtype == tf.string]
    if texts:
        raise CompressionRefusedError(f"LiteRT reads no files or texts (input {texts[0]!r})")
    lite = convert(graph, storage)
    scores = score_examples(lite, scoped, examples)
    gate = pass_gate(scoped.target, expected, scores, storage, against=against)
    return lite, _scored(expected, scores), gate


def _scored(expected: Predictions, scores: Scores) -> Predictions:
    # Features are not answered by the file: without them the energy of scores tells OOD inputs.
    return replace(expected, scores=scores, distances=None, spreads=None)
