"""What the deployed model says of some inputs, column by column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Inputs
from shared.errors import UserError
from shared.serving.refused_answers import ERROR
from shared.serving.saved_model import SavedModel

__all__ = ["Answers", "answer_inputs", "join_answers", "no_answers"]

_LONGEST_REASON = 200


@dataclass(frozen=True)
class Answers:
    """Of n inputs, m of which have an answer.

    Attributes:
        ids: (n,) str.
        rows: (m,) int64: positions of those with an answer, increasing.
        outputs: Output of `serving_default` -> (m, …), without `error`.
        errors: Position -> why there is no answer.
    """

    ids: NDArray[np.str_]
    rows: NDArray[np.int64]
    outputs: Mapping[str, NDArray[Any]]
    errors: Mapping[int, str]


def answer_inputs(saved: SavedModel, inputs: Inputs) -> Answers:
    """Ask the model about inputs together, as one batch.

    Args:
        saved: The model.
        inputs: Few enough for one batch.
    """
    ids = inputs.ids.tolist()
    errors = {row: inputs.problems[name] for row, name in enumerate(ids) if name in inputs.problems}
    readable = np.asarray([row for row in range(len(ids)) if row not in errors], dtype=np.int64)
    found = _ask(saved, inputs, readable) if len(readable) else no_answers(saved, inputs.ids)
    return Answers(inputs.ids, found.rows, found.outputs, errors | dict(found.errors))


def join_answers(parts: Sequence[Answers]) -> Answers:
    """Answers one behind another, at least one part; positions count on."""
    starts = np.cumsum([0, *(len(part.ids) for part in parts)]).tolist()
    placed = list(zip(parts, starts, strict=False))
    outputs = {
        name: np.concatenate([part.outputs[name] for part in parts]) for name in parts[0].outputs
    }
    errors = {row + start: why for part, start in placed for row, why in part.errors.items()}
    rows = np.concatenate([part.rows + start for part, start in placed])
    return Answers(np.concatenate([part.ids for part in parts]), rows, outputs, errors)


def _ask(saved: SavedModel, inputs: Inputs, rows: NDArray[np.int64]) -> Answers:
    """Score rows together; if that fails, one by one, so that only those at fault get no answer."""
    try:
        outputs = saved(inputs.rows(rows))
    except (tf.errors.OpError, UserError, OSError) as error:
        if len(rows) == 1:
            nothing = no_answers(saved, inputs.ids)
            return Answers(
                inputs.ids, nothing.rows, nothing.outputs, {int(rows[0]): _reason(error)}
            )
        alone = [_ask(saved, inputs, rows[index : index + 1]) for index in range(len(rows))]
        return _together(inputs, alone)
    reasons = outputs.pop(ERROR).tolist()
    errors = {int(row): why for row, why in zip(rows, reasons, strict=True) if why}
    is_good = np.asarray([not why for why in reasons], dtype=np.bool_)
    good = {name: values[is_good] for name, values in outputs.items()}
    return Answers(inputs.ids, rows[is_good], good, errors)


def _together(inputs: Inputs, parts: Sequence[Answers]) -> Answers:
    """Parts whose positions are already those among `inputs`."""
    outputs = {
        name: np.concatenate([part.outputs[name] for part in parts]) for name in parts[0].outputs
    }
    errors = {row: why for part in parts for row, why in part.errors.items()}
    return Answers(inputs.ids, np.concatenate([part.rows for part in parts]), outputs, errors)


def no_answers(saved: SavedModel, ids: NDArray[np.str_]) -> Answers:
    """Every output, of no row."""
    outputs = {
        name: np.zeros(
            (0, *(size or 0 for size in spec.shape[1:])),
            object if spec.dtype == tf.string else spec.dtype.as_numpy_dtype,
        )
        for name, spec in saved.outputs()
        if name != ERROR
    }
    return Answers(ids, np.zeros(0, np.int64), outputs, {})


def _reason(error: Exception) -> str:
    """One line for people, without the names of nodes that TensorFlow wraps a message in."""
    text = error.message if isinstance(error, tf.errors.OpError) else str(error)
    text = re.sub(r"\[\[.*?\]\]|\[Op:[^\]]*\]|\{\{.*?\}\}", "", text)
    noise = ("Graph execution error", "Detected at node", "<stack traces", "File ")
    lines = [line.strip() for line in text.splitlines()]
    said = " ".join(line for line in lines if line and not line.startswith(noise))
    return (said or type(error).__name__)[:_LONGEST_REASON]
