"""The proof that a SavedModel answers as the Keras model does, for any batch, every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, assert_never

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Rows
from shared.serving.saved_model import SavedModel
from shared.targets import Categories, Horizon, Target

__all__ = ["BATCH_SIZES", "RELATIVE_TOLERANCE", "float32_arithmetic", "measure_parity", "outputs_of_scores"]

RELATIVE_TOLERANCE = 1e-4
"""Largest difference, as a share of an output's largest magnitude.

Float32 arithmetic in another order of summation, as another batch size brings it, stays below 1e-5 of the magnitude; half precision
lost by accident (2**-11 = 5e-4 a rounding), active augmentation or other weights are above.
"""

BATCH_SIZES = (1, 7)
"""Sizes in which the examples are sent, besides all at once: a single request, and a size that no buffer is tuned for."""

_SCORES = "scores"


def measure_parity(saved: SavedModel, target: Target, wire: Rows, scores: NDArray[np.float32]) -> dict[str, Any]:
    """Compare all outputs of a SavedModel with what the Keras path says.

    Args:
        saved: The reloaded SavedModel.
        target: How to read scores.
        wire: n rows as a client sends them.
        scores: (n, *target.shape) float32: the Keras path's scores of these rows.

    Returns:
        `num_examples`, `batch_sizes`, `relative_tolerance`, `deterministic` (two calls gave the same bits), `finite`, and for each of
        `outputs`: numbers as `max_abs_difference` and `tolerance`, classes as `num_different` among the `num_clear` rows whose two best
        classes are further apart than the tolerance. `passed` says whether all is well.
    """
    expected = outputs_of_scores(target, scores)
    sizes = sorted({size for size in BATCH_SIZES if size < len(scores)} | {len(scores)})
    answers = {size: _answer(saved, wire, size) for size in sizes}
    all_at_once = answers[len(scores)]
    report: dict[str, Any] = {
        "num_examples": len(scores),
        "batch_sizes": sizes,
        "relative_tolerance": RELATIVE_TOLERANCE,
        "deterministic": all(np.array_equal(all_at_once[name], again) for name, again in _answer(saved, wire, len(scores)).items()),
        "finite": all(np.isfinite(values).all() for values in all_at_once.values() if values.dtype.kind == "f"),
        "outputs": {name: _compare(name, expected, list(answers.values())) for name in sorted(expected)},
    }
    report["passed"] = bool(report["deterministic"] and report["finite"] and all(item["passed"] for item in report["outputs"].values()))
    return report


@contextmanager
def float32_arithmetic() -> Iterator[None]:
    """Compare in full float32: recent GPUs shorten products to 11 bits (TF32), for some batch sizes and not for others."""
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


def outputs_of_scores(target: Target, scores: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """What the deployed graph must answer for these scores, computed with NumPy and float64: the twin of its serving decoder."""
    match target:
        case Categories():
            index = target.decide(scores)
            names = np.asarray(target.names, dtype=object)[index]
            return {_SCORES: scores, "probabilities": target.probabilities(scores), "class_index": index, "class_name": names}
        case Horizon():
            return {_SCORES: scores, "forecast": target.decide(scores), "quantiles": np.sort(scores[..., 1:], axis=-1)}
        case _:
            assert_never(target)


def _answer(saved: SavedModel, wire: Rows, size: int) -> dict[str, NDArray[Any]]:
    """All outputs of both endpoints, asked in batches of `size`."""
    answers = [saved(batch) | saved(batch, signature="scores") for batch in _batches(wire, size)]
    return {name: np.concatenate([answer[name] for answer in answers]) for name in answers[0]}


def _batches(wire: Rows, size: int) -> Iterator[Rows]:
    for start in range(0, len(next(iter(wire.values()))), size):
        yield {name: values[start : start + size] for name, values in wire.items()}


def _compare(name: str, expected: Mapping[str, NDArray[Any]], answers: list[dict[str, NDArray[Any]]]) -> dict[str, Any]:
    if expected[name].dtype.kind == "f":
        return _compare_numbers(expected[name], [answer[name] for answer in answers])
    return _compare_classes(expected[name], [answer[name] for answer in answers], expected["probabilities"])


def _compare_numbers(expected: NDArray[Any], answers: list[NDArray[Any]]) -> dict[str, Any]:
    same_shape = all(answer.shape == expected.shape for answer in answers)
    # np.max, because max() would lose a NaN.
    difference = float(np.max([np.abs(answer.astype(np.float64) - expected).max() for answer in answers])) if same_shape else np.inf
    tolerance = RELATIVE_TOLERANCE * float(np.abs(expected).max())
    # Three digits: the rest is rounding noise of this machine.
    return {
        "max_abs_difference": float(f"{difference:.3g}"),
        "tolerance": float(f"{tolerance:.3g}"),
        "passed": bool(difference <= tolerance),
    }


def _compare_classes(expected: NDArray[Any], answers: list[NDArray[Any]], probabilities: NDArray[np.float64]) -> dict[str, Any]:
    """A tie may fall either way by rounding; where the two best classes are apart, the class must be the same."""
    second, best = np.sort(probabilities, axis=-1)[:, -2:].T
    clear = best - second > 2 * RELATIVE_TOLERANCE
    num_different = sum(int((answer[clear] != expected[clear]).sum()) for answer in answers)
    return {"num_clear": int(clear.sum()), "num_different": num_different, "passed": num_different == 0}
