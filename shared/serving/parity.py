"""The proof that a SavedModel answers as the Keras model does, for any batch, every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, assert_never

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.calibration.conformal import class_sets
from shared.contract import NOT_FINITE, Rows
from shared.errors import ContractError
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.parity_file import AnswersParity, DecisionParity, NumberParity
from shared.serving.refused_answers import ERROR, SPREAD
from shared.serving.saved_model import SavedModel
from shared.targets import Categories, Horizon, Target
from shared.targets.calibration import calibrate
from shared.targets.decision import decide, decision_margins
from shared.targets.ood import energy
from shared.targets.predictions import Scores

__all__ = [
    "BATCH_SIZES",
    "DEFAULT",
    "RELATIVE_TOLERANCE",
    "SCORES",
    "Answers",
    "Reference",
    "clear_rows",
    "float32_arithmetic",
    "measure_parity",
    "outputs_of_scores",
]

RELATIVE_TOLERANCE = 1e-4
"""Largest difference, as a share of an output's largest magnitude; of forecasts, as a share of the
widest span of one row, because a level that all of them share says nothing of their digits.

Float32 arithmetic in another order of summation, as another batch size brings it, stays below 1e-5
of the magnitude; half precision lost by accident (2**-11 = 5e-4 a rounding), active augmentation or
other weights are above.
"""

BATCH_SIZES = (1, 7)
"""Sizes in which the examples are sent, besides all at once: a single request, and a size that no
buffer is tuned for."""

DEFAULT = "serving_default"
"""The endpoint of decoded answers."""

SCORES = "scores"
"""The endpoint of what the network emits."""

Answers = dict[str, dict[str, NDArray[Any]]]
"""Endpoint -> output -> (n, …). Kept apart, so that outputs of one name can't hide each other."""


@dataclass(frozen=True)
class Reference:
    """What the Keras path says of n rows.

    Attributes:
        scores: (n, *target.shape).
        distances: (n,) float32: of features from the training split's; None if no rule needs them.
        spreads: (n, …): how far the members of an average are apart; None without members.
        others: What further endpoints must answer.
    """

    scores: Scores
    distances: NDArray[np.float32] | None = None
    spreads: Scores | None = None
    others: Answers = field(default_factory=dict)


def measure_parity(
    saved: SavedModel, target: Target, record: CalibrationRecord, wire: Rows, reference: Reference
) -> AnswersParity:
    """Compare all outputs of a SavedModel with what the Keras path says.

    Numbers must be within a tolerance; decisions must be the same for the rows that lie further
    from their threshold than that.

    Args:
        saved: The reloaded SavedModel.
        target: How to read scores.
        record: What validation chose.
        wire: n rows as a client sends them.
        reference: What the Keras path says of them.

    Raises:
        ContractError: The graph answers with other outputs than these.
    """
    scores = reference.scores
    expected = outputs_of_scores(target, record, reference) | reference.others
    clear = clear_rows(target, record, expected[DEFAULT])
    *answers, again = [_answer(saved, wire, n, expected) for n in (*_sizes(scores), len(scores))]
    outputs: dict[str, NumberParity | DecisionParity] = {}
    deterministic = finite = True
    for (endpoint, name), most in _tolerances(target, scores, expected).items():
        received = [answer[endpoint][name] for answer in answers]
        deterministic &= np.array_equal(received[-1], again[endpoint][name])
        finite &= _is_finite(received[-1])
        is_clear = clear.get(name) if endpoint == DEFAULT or name == ERROR else None
        outputs[f"{endpoint}/{name}"] = _compare(expected[endpoint][name], received, is_clear, most)
    return AnswersParity(
        num_examples=len(scores),
        batch_sizes=_sizes(scores),
        relative_tolerance=RELATIVE_TOLERANCE,
        deterministic=deterministic,
        finite=finite,
        outputs=outputs,
        passed=deterministic and finite and all(item.passed for item in outputs.values()),
    )


@contextmanager
def float32_arithmetic() -> Iterator[None]:
    """Compare in full float32.

    Recent GPUs shorten products to 11 bits (TF32), for some batch sizes and not for others.
    """
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


def outputs_of_scores(target: Target, record: CalibrationRecord, reference: Reference) -> Answers:
    """What the deployed graph must answer: NumPy's twin of its calibrator, decoder and rules."""
    scores = reference.scores
    decoded = _decoded(target, record, scores) | _ood(record, reference)
    decoded |= {} if reference.spreads is None else {SPREAD: reference.spreads}
    no_error = {ERROR: np.full(len(scores), "", dtype=object)}
    return {DEFAULT: decoded | no_error, SCORES: {"scores": scores} | no_error}


def _decoded(target: Target, record: CalibrationRecord, scores: Scores) -> dict[str, NDArray[Any]]:
    calibrated = calibrate(record.calibration, scores)
    match target:
        case Categories():
            index = decide(record.decision, calibrated)
            probabilities = target.probabilities(calibrated)
            return {
                "probabilities": probabilities,
                "class_index": index,
                "class_name": np.asarray(target.names, dtype=object)[index],
                **_rule_outputs(record, probabilities, index),
            }
        case Horizon():
            return {
                "forecast": target.decide(calibrated),
                "quantiles": np.sort(calibrated[..., 1:], axis=-1),
            }
        case _:
            assert_never(target)


def clear_rows(
    target: Target, record: CalibrationRecord, expected: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[np.bool_]]:
    """For each output that is a decision, the rows where rounding can't turn it."""
    clear = {ERROR: np.ones(len(expected[ERROR]), dtype=bool)}
    # A number may be off by the tolerance on either side, so that two may come closer by twice it.
    reach = 2 * RELATIVE_TOLERANCE
    if record.ood is not None:
        values = expected["ood_score"]
        clear["is_ood"] = np.abs(values - record.ood.threshold) > reach * np.abs(values).max()
    if isinstance(target, Horizon):
        return clear
    probabilities = expected["probabilities"]
    is_certain = decision_margins(record.decision, probabilities) > reach
    clear |= {"class_index": is_certain, "class_name": is_certain}
    if record.sets is not None:
        distances = np.abs(probabilities - np.asarray(record.sets.thresholds))
        clear["in_set"] = (distances > reach).all(axis=-1) & is_certain
        confidence = probabilities[np.arange(len(probabilities)), expected["class_index"]]
        clear["abstain"] = is_certain & (np.abs(confidence - _abstain_below(record)) > reach)
    return clear


def _ood(record: CalibrationRecord, reference: Reference) -> dict[str, NDArray[Any]]:
    rule = record.ood
    if rule is None:
        return {}
    values = energy(reference.scores) if rule.score == "energy" else reference.distances
    if values is None:
        raise ContractError(
            "calibration.json calls rows OOD by their features, but nobody measured those."
        )
    return {"ood_score": values, "is_ood": (~(values <= rule.threshold)).astype(np.int64)}


def _rule_outputs(
    record: CalibrationRecord, probabilities: NDArray[np.float64], index: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    if record.sets is None:
        return {}
    inside = class_sets(probabilities, np.asarray(record.sets.thresholds), index)
    abstains = ~(probabilities[np.arange(len(index)), index] >= _abstain_below(record))
    return {"in_set": inside.astype(np.int64), "abstain": abstains.astype(np.int64)}


def _abstain_below(record: CalibrationRecord) -> float:
    return np.inf if record.abstain_below is None else record.abstain_below


def _sizes(scores: Scores) -> tuple[int, ...]:
    return tuple(sorted({size for size in BATCH_SIZES if size < len(scores)} | {len(scores)}))


def _is_finite(values: NDArray[Any]) -> bool:
    if values.dtype.kind == "O":  # the graph replaces such numbers, and says so
        return NOT_FINITE not in values.tolist()
    return values.dtype.kind != "f" or bool(np.isfinite(values).all())


def _answer(saved: SavedModel, wire: Rows, size: int, expected: Answers) -> Answers:
    """All outputs of all endpoints, asked in batches of `size`."""
    answers = {}
    for endpoint, outputs in expected.items():
        parts = [saved(batch, signature=endpoint) for batch in _batches(wire, size)]
        if parts[0].keys() != outputs.keys():
            raise ContractError(
                f"The endpoint {endpoint!r} answers with {sorted(parts[0])}; to be compared are"
                f" {sorted(outputs)}. Give shared/serving/parity.py what is missing."
            )
        answers[endpoint] = {
            name: np.concatenate([part[name] for part in parts]) for name in outputs
        }
    return answers


def _batches(wire: Rows, size: int) -> Iterator[Rows]:
    for start in range(0, len(next(iter(wire.values()))), size):
        yield {name: values[start : start + size] for name, values in wire.items()}


def _compare(
    expected: NDArray[Any],
    answers: list[NDArray[Any]],
    clear: NDArray[np.bool_] | None,
    tolerance: float,
) -> NumberParity | DecisionParity:
    if clear is None:
        return _compare_numbers(expected, answers, tolerance)
    return _compare_decisions(expected, answers, clear)


def _tolerances(target: Target, scores: Scores, expected: Answers) -> dict[tuple[str, str], float]:
    """Endpoint and output -> what a number of it may be off by; 0 for texts."""
    # The largest distance between two numbers of one row, over its steps and levels.
    span = float(np.ptp(scores.reshape(len(scores), -1), axis=1).max())
    sizes = dict.fromkeys(("forecast", "quantiles", "scores", SPREAD), span)
    if isinstance(target, Categories):
        # The largest that there can be: where members agree, their spread is mere rounding.
        sizes = {SPREAD: float(np.log(len(target.names)))}
    return {
        (endpoint, name): RELATIVE_TOLERANCE
        * (sizes.get(name) or _largest(expected[endpoint][name]))
        for endpoint, outputs in sorted(expected.items())
        for name in sorted(outputs)
    }


def _largest(values: NDArray[Any]) -> float:
    return float(np.abs(values).max()) if values.dtype.kind in "fiu" else 0.0


def _compare_numbers(
    expected: NDArray[Any], answers: list[NDArray[Any]], tolerance: float
) -> NumberParity:
    difference = np.inf
    if all(answer.shape == expected.shape for answer in answers):
        differences = [np.abs(answer.astype(np.float64) - expected).max() for answer in answers]
        difference = float(np.max(differences))  # max() would lose a NaN
    # Three digits: the rest is rounding noise of this machine.
    return NumberParity(
        max_abs_difference=float(f"{difference:.3g}"),
        tolerance=float(f"{tolerance:.3g}"),
        passed=bool(difference <= tolerance),
    )


def _compare_decisions(
    expected: NDArray[Any], answers: list[NDArray[Any]], clear: NDArray[np.bool_]
) -> DecisionParity:
    """A tie may fall either way by rounding; away from it, the decision must be the same."""
    num_different = sum(int((answer[clear] != expected[clear]).sum()) for answer in answers)
    return DecisionParity(
        num_clear=int(clear.sum()),
        num_different=num_different,
        passed=num_different == 0,
    )
