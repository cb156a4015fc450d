"""What the deployed graph answers for an item that it refuses.

An `error` for people, and numbers that no client can take for a good answer: every value is finite,
because JSON has no word for others, and every rule says that the answer must not be trusted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import tensorflow as tf

from shared.contract import Refusal, ServedSegments, ServedTensor
from shared.serving.attribution.endpoint import ATTRIBUTIONS, BASELINE, EXPLAINED, GAP
from shared.targets import Categories, Target
from shared.targets.ood import OodRule

__all__ = [
    "ERROR",
    "SPREAD",
    "also_refuse",
    "find_errors",
    "finite_rows",
    "refuse",
    "refused_values",
]

ERROR = "error"
"""The output that says why an item was refused; "" for one that was not."""

SPREAD = "member_spread"
"""The output that says how far the members of an average are apart."""


def refused_values(
    target: Target,
    ood: OodRule | None,
    segments: ServedSegments | None = None,
    tensors: Mapping[str, ServedTensor] = MappingProxyType({}),
) -> dict[str, Any]:
    """Output -> its one value for a refused item.

    No class (index -1, name ""), none of them more probable than another and all in the set,
    members as far apart as they can be; a forecast of 0; abstained from, and out-of-distribution by
    a score above the threshold. Nothing is attributed to anything.
    """
    values: dict[str, Any] = {"scores": 0.0, "forecast": 0.0, "quantiles": 0.0, SPREAD: 0.0}
    if isinstance(target, Categories):
        values |= {"probabilities": 1.0 / len(target.names), "class_index": -1, "class_name": ""}
        values |= {"in_set": 1, "abstain": 1, SPREAD: math.log(len(target.names))}
    if ood is not None:
        values |= {"ood_score": 2.0 * abs(ood.threshold) + 1.0, "is_ood": 1}
    nothing_made = {tensor.output: 0.0 for tensor in tensors.values()}
    return values | nothing_made | _nothing_explained(segments)


def _nothing_explained(segments: ServedSegments | None) -> dict[str, Any]:
    if segments is None:
        return {}
    numbers = dict.fromkeys((ATTRIBUTIONS, BASELINE, EXPLAINED, GAP), 0.0)
    return numbers | {name: "" if one.is_text else 0.0 for name, one in segments.described.items()}


def find_errors(refusals: Sequence[Refusal], wire: Mapping[str, Any]) -> Any:
    """(batch,) string: what the first rule with words says of each item, "" if none has any."""
    num_items = tf.shape(next(iter(wire.values())))[0]
    errors = tf.fill([num_items], "")
    for refusal in refusals:
        errors = tf.where(errors == "", tf.reshape(refusal(wire), [num_items]), errors)
    return errors


def also_refuse(errors: Any, is_bad: Any, words: str) -> Any:
    """`errors`, with `words` for each bad item that has none yet."""
    return tf.where(tf.logical_and(errors == "", is_bad), words, errors)


def finite_rows(outputs: Mapping[str, Any]) -> Any:
    """(batch,) bool: whether all numbers of a row are finite."""
    floats = [values for values in outputs.values() if values.dtype.is_floating]
    flat = [tf.reshape(tf.math.is_finite(values), [tf.shape(values)[0], -1]) for values in floats]
    return tf.reduce_all(tf.concat(flat, axis=1), axis=1)


def refuse(outputs: Mapping[str, Any], errors: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """`outputs` with what stands for a refused answer where there is an error, and the errors.

    Args:
        outputs: Each with a batch axis.
        errors: (batch,) string.
        values: As `refused_values`.
    """
    replaced = {name: _replaced(output, errors, values[name]) for name, output in outputs.items()}
    return {**replaced, ERROR: errors}


def _replaced(output: Any, errors: Any, value: Any) -> Any:
    is_refused = tf.reshape(errors != "", [-1] + [1] * (output.shape.rank - 1))
    return tf.where(is_refused, tf.constant(value, output.dtype), output)
