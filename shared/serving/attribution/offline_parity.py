"""The proof that the endpoint `explain` says what `shared.explain` finds for the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Rows
from shared.explain.methods.path_integral import integrate_path
from shared.explain.questions import ForecastQuestion, Question, answer, decided_question
from shared.loading.batches.preparation import as_tensors
from shared.model.trained_model import TrainedModel
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.parity_file import AttributionParity, NumberParity
from shared.serving.attribution.endpoint import (
    ATTRIBUTIONS,
    BASELINE,
    EXPLAIN,
    EXPLAINED,
    GAP,
    ServedAttributions,
)
from shared.serving.refused_answers import ERROR
from shared.serving.saved_model import SavedModel
from shared.targets import Horizon
from shared.targets.calibration import calibrate
from shared.targets.predictions import Scores

__all__ = ["attribution_faults", "measure_attributions"]

_TOLERANCE = 1e-4
"""Of answers, as a share of the largest number that the row's explanation holds."""
_SLOPE_TOLERANCE = 0.02
"""Of what slopes decide. At one of the eight points a unit may lie so near to its kink that
rounding, which differs between processors, chooses its slope, and with it a share of the integral.
Usual are 1e-6; another class, another row or a lost part are off by a third and more."""
_OF_SLOPES = frozenset({ATTRIBUTIONS, GAP})

_NUMBERS = (ATTRIBUTIONS, BASELINE, EXPLAINED, GAP)
_Numbers = Mapping[str, NDArray[np.float64]]


def measure_attributions(
    saved: SavedModel,
    served: ServedAttributions,
    model: TrainedModel,
    record: CalibrationRecord,
    wire: Rows,
) -> AttributionParity:
    """Ask for each row alone and for all at once, and compare with the offline explanation.

    Args:
        saved: The reloaded SavedModel.
        served: What its endpoint was made of.
        model: The Keras model.
        record: What validation chose.
        wire: A few rows, as a client sends them.
    """
    offline = _Offline(served, model, record)
    rows = model.decode_rows(wire)
    scores = calibrate(record.calibration, model.score_rows(rows))
    together, again = (saved(wire, signature=EXPLAIN) for _ in range(2))
    worst = dict.fromkeys(_NUMBERS, 0.0)
    for number in range(len(scores)):
        alone = saved(_one(wire, number), signature=EXPLAIN)
        for question, expected in offline.explain(_one(rows, number), scores[[number]]):
            for answers, place in ((together, number), (alone, 0)):
                found = {name: _asked(question, answers[name][place]) for name in _NUMBERS}
                for name, difference in _differences(expected, found).items():
                    worst[name] = float(np.max([worst[name], difference]))  # keeps a NaN
    is_repeated = [np.array_equal(values, again[name]) for name, values in together.items()]
    return AttributionParity(
        num_examples=len(scores),
        relative_tolerance=_TOLERANCE,
        slope_tolerance=_SLOPE_TOLERANCE,
        deterministic=all(is_repeated),
        without_error=not any(together[ERROR].tolist()),
        gap_share=_gap_share(together),
        outputs={name: _passed(name, difference) for name, difference in worst.items()},
    )


def attribution_faults(parity: AttributionParity) -> list[str]:
    """What must not be served, one sentence each."""
    faults = []
    if not parity.deterministic:
        faults.append(f"{EXPLAIN}: the same request got two different answers")
    if not parity.without_error:
        faults.append(f"{EXPLAIN}: a usable row got an error")
    if parity.gap_share == 1.0:
        faults.append(f"{EXPLAIN}: no gradient reaches the segments, all attributions are 0")
    for name, item in parity.outputs.items():
        if not item.passed:
            faults.append(
                f"{EXPLAIN}: {name!r} is {item.max_abs_difference:g} of its row's largest number"
                f" off the offline explanation; {item.tolerance:g} is allowed"
            )
    return faults


@dataclass(frozen=True)
class _Offline:
    """Explanations of the same rows without the served graph."""

    served: ServedAttributions
    model: TrainedModel
    record: CalibrationRecord

    def explain(self, row: Rows, calibrated: Scores) -> Iterator[tuple[Question, _Numbers]]:
        """What the endpoint must say of one row, for each question that is compared."""
        for question in self._questions(calibrated):
            yield question, self._answer(question, row, calibrated)

    def _questions(self, calibrated: Scores) -> list[Question]:
        target = self.record.deciding(self.served.target)
        if isinstance(target, Horizon):
            # First, middle and last step: each costs a row's gradients.
            steps = sorted({0, target.steps // 2, target.steps - 1})
            return [ForecastQuestion(step) for step in steps]
        return [decided_question(target, calibrated)]

    def _answer(self, question: Question, row: Rows, calibrated: Scores) -> _Numbers:
        opened = self.served.model
        segments = self.served.segments
        rows = as_tensors(row)
        tensors = dict(self.model.preprocess(rows, training=False))
        starts = self.served.baselines
        if starts is None and segments.emptied is not None:
            starts = [np.asarray(part) for part in opened.read(*segments.emptied(rows, tensors))]
        whole = [np.asarray(part) for part in opened.read(rows, tensors)]

        def scores(values: Any) -> Any:
            count = len(values[0])
            return opened.scores(values, _times(rows, count), _times(tensors, count))

        cells, empty = integrate_path(
            scores, self.record.calibration, question, whole, starts or ()
        )
        named: dict[str, Any] = {}
        for name, values, own in zip(opened.places, cells, whole, strict=True):
            named[name] = named.get(name, 0.0) + tf.constant(values[None], own.dtype)
        shared = np.asarray(segments.share(named, rows, tensors)[0], dtype=np.float64)
        explained = answer(question, calibrated)[0]
        gap = shared.sum() - (explained - empty)
        numbers = {ATTRIBUTIONS: shared, BASELINE: empty, EXPLAINED: explained, GAP: gap}
        return {name: np.asarray(number) for name, number in numbers.items()}


def _asked(question: Question, values: NDArray[Any]) -> NDArray[np.float64]:
    """Of one row's output what answers the question: of a step the mean over channels."""
    numbers = values.astype(np.float64)
    if not isinstance(question, ForecastQuestion):
        return numbers
    return np.asarray(numbers[question.step].mean(axis=0))


def _differences(expected: _Numbers, found: _Numbers) -> dict[str, float]:
    effect = abs(float(expected[EXPLAINED] - expected[BASELINE]))
    scale = max(float(np.abs(expected[ATTRIBUTIONS]).max()), effect)
    # Log-odds are float32: they have no more digits than their own size lets them.
    return {
        name: float(np.abs(found[name] - numbers).max()) / max(scale, _size(numbers), 1e-12)
        for name, numbers in expected.items()
    }


def _size(numbers: NDArray[np.float64]) -> float:
    return float(np.abs(numbers).max())


def _gap_share(answers: Mapping[str, NDArray[Any]]) -> float:
    """The median over rows (and steps) of |gap| / |explained − baseline|."""
    effect = np.abs(answers[EXPLAINED] - answers[BASELINE])
    shares = np.abs(answers[GAP]) / np.maximum(effect, np.finfo(np.float32).tiny)
    return float(f"{np.median(shares):.3g}")


def _passed(name: str, difference: float) -> NumberParity:
    tolerance = _SLOPE_TOLERANCE if name in _OF_SLOPES else _TOLERANCE
    return NumberParity(
        max_abs_difference=float(f"{difference:.3g}"),
        tolerance=tolerance,
        passed=bool(difference <= tolerance),
    )


def _one(rows: Rows, number: int) -> Rows:
    return {name: values[number : number + 1] for name, values in rows.items()}


def _times(given: Mapping[str, Any], count: int) -> dict[str, Any]:
    return {name: tf.repeat(values, count, axis=0) for name, values in given.items()}
