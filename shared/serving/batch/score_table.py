"""Answers of a deployed model as a table: one row for each input, whatever became of it.

| column | of | meaning |
|---|---|---|
| `id` | all | the input, as the pipeline names it |
| `decision` | categories | name of the decided class |
| `set` | categories | the classes of the conformal set, joined by a bar |
| `alarm_<class>_<goal>_<percent>` | categories | yes: its probability reaches the operating point |
| `abstain` | categories | yes: not sure enough, hand the row to a person |
| `unfamiliar` | all | yes: unlike the training data, so don't trust the answer |
| `ood_score` | all | how unlike; larger is stranger |
| `member_spread` | categories | mutual information of class and member of an average, nats |
| `probability_<class>` | categories | calibrated, for each class |
| `forecast_<channel>_<step>` | forecasts | expected value; steps count from 1 |
| `q<percent>_<channel>_<step>` | forecasts | each quantile, calibrated, as in `q10_value_3` |
| `member_spread_<channel>_<step>` | forecasts | standard deviation of members' expected values |
| `error` | all | why it could not be scored; then all other columns but `id` are empty |

`decision` follows `calibrate.decide_for`. An alarm, as in `alarm_melanoma_sensitivity_95`, is one
class against the rest, whatever the decision: there is a column for each operating point that
validation could choose.

In CSV, text that a spreadsheet would calculate (`=`, `+`, `-`, `@`) has an apostrophe in front.

A model without the rule lacks the columns `set`, `abstain`, `unfamiliar` and `ood_score`; one that
is no average (`train.members`) those of its members.
`pandas.wide_to_long(table, ["forecast_value", "q10_value"], "id", "step", sep="_")` turns forecasts
into one row a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import UserError
from shared.run.artefacts.calibration_file import OperatingPoint
from shared.serving.batch.answers import Answers
from shared.serving.refused_answers import SPREAD
from shared.targets import Categories, Horizon, Target

__all__ = ["require_table_path", "score_table"]

_SUFFIXES = (".csv", ".parquet")


def score_table(
    target: Target, answers: Answers, points: Sequence[OperatingPoint] = ()
) -> pd.DataFrame:
    """Lay answers out as the table that the module describes.

    Args:
        target: How to read answers.
        answers: Of n inputs.
        points: Operating points of the model.
    """
    columns = _Columns(answers)
    table = {"id": pd.Series(answers.ids.tolist(), dtype="str")}
    match target:
        case Categories():
            table |= _decision_columns(target, columns, points)
            values = columns.spread("probabilities")
            names = [f"probability_{name}" for name in target.names]
        case Horizon():
            table |= _ood_columns(columns)
            values = _forecast_values(columns)
            names = _forecast_columns(target, has_members=columns.has(SPREAD))
        case _:
            assert_never(target)
    scores = pd.DataFrame(values, columns=pd.Index(names))
    reasons = [answers.errors.get(row) for row in range(len(answers.ids))]
    error = pd.Series(reasons, dtype="str", name="error")
    return pd.concat([pd.DataFrame(table), scores, error], axis=1)


def require_table_path(path: Path) -> None:
    """Refuse, before any work is done, a path that no table can be written to.

    Raises:
        UserError: It has another suffix, or is a folder.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise UserError(
            f"--output {path}: expected a file ending in {' or '.join(_SUFFIXES)}, received"
            f" {path.suffix!r}."
        )
    if path.is_dir():
        raise UserError(f"--output {path} is a folder. Give it the name of a file.")


class _Columns:
    """Outputs as columns of all inputs: nothing stands where there is no answer."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def has(self, output: str) -> bool:
        """Whether the model gives it."""
        return output in self._answers.outputs

    def of(self, output: str) -> NDArray[Any]:
        """(m, …): of the rows that were answered."""
        return self._answers.outputs[output]

    def spread(self, output: str) -> NDArray[Any]:
        """(n, …): NaN where there is no answer."""
        values = self.of(output)
        spread = np.full((len(self._answers.ids), *values.shape[1:]), np.nan, dtype=values.dtype)
        spread[self._answers.rows] = values
        return spread

    def texts(self, values: Sequence[str]) -> pd.Series:
        """(n,): None where there is no answer."""
        spread: list[str | None] = [None] * len(self._answers.ids)
        for row, text in zip(self._answers.rows.tolist(), values, strict=True):
            spread[row] = text
        return pd.Series(spread, dtype="str")

    def flags(self, values: NDArray[Any]) -> pd.Series:
        """(n,): yes or no."""
        return self.texts(["yes" if value else "no" for value in values.tolist()])


def _decision_columns(
    target: Categories, columns: _Columns, points: Sequence[OperatingPoint]
) -> dict[str, pd.Series]:
    found = {"decision": columns.texts(columns.of("class_name").tolist())}
    if columns.has("in_set"):
        inside = columns.of("in_set").astype(np.bool_)
        found["set"] = columns.texts(["|".join(np.compress(row, target.names)) for row in inside])
        found["abstain"] = columns.flags(columns.of("abstain"))
    found |= _alarm_columns(target, columns, points) | _ood_columns(columns)
    if columns.has(SPREAD):
        found["member_spread"] = pd.Series(columns.spread(SPREAD))
    return found


def _alarm_columns(
    target: Categories, columns: _Columns, points: Sequence[OperatingPoint]
) -> dict[str, pd.Series]:
    found = {}
    for point in points:
        if point.threshold is not None:
            goal = f"{point.goal.replace(' ', '_')}_{100 * point.requested:g}"
            # A threshold is the probability of some validation row, and served with 32 bits.
            reached = columns.of("probabilities")[:, point.class_index] >= np.float32(
                point.threshold
            )
            found[f"alarm_{target.names[point.class_index]}_{goal}"] = columns.flags(reached)
    return found


def _ood_columns(columns: _Columns) -> dict[str, pd.Series]:
    if not columns.has("is_ood"):
        return {}
    return {
        "unfamiliar": columns.flags(columns.of("is_ood")),
        "ood_score": pd.Series(columns.spread("ood_score")),
    }


def _forecast_values(columns: _Columns) -> NDArray[np.float64]:
    """(n, channels · levels · steps), in the order of `_forecast_columns`."""
    parts = [columns.spread("forecast")[..., None], columns.spread("quantiles")]
    if columns.has(SPREAD):
        parts.append(columns.spread(SPREAD)[..., None])
    levels = np.concatenate(parts, axis=-1, dtype=np.float64)  # (n, steps, channels, levels)
    return levels.transpose(0, 2, 3, 1).reshape(len(levels), int(np.prod(levels.shape[1:])))


def _forecast_columns(target: Horizon, *, has_members: bool) -> list[str]:
    prefixes = ["forecast", *(f"q{100 * level:g}" for level in target.quantiles)]
    if has_members:
        prefixes.append(SPREAD)
    return [
        f"{prefix}_{channel}_{step}"
        for channel in target.channels
        for prefix in prefixes
        for step in range(1, target.steps + 1)
    ]
