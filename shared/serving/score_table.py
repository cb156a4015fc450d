"""Answers of a deployed model as a table: one row for each input, whatever became of it.

| column | of | meaning |
|---|---|---|
| `id` | all | the input, as the pipeline names it |
| `decision` | categories | name of the decided class |
| `set` | categories | the classes of the conformal set, joined by a bar |
| `abstain` | categories | yes: not sure enough, hand the row to a person |
| `unfamiliar` | all | yes: unlike the training data, so don't trust the answer |
| `ood_score` | all | how unlike; larger is stranger |
| `member_spread` | categories | mutual information of class and member of an average, nats |
| `probability_<class>` | categories | calibrated, for each class |
| `forecast_<channel>_<step>` | forecasts | expected value; steps count from 1 |
| `q<percent>_<channel>_<step>` | forecasts | each quantile, calibrated, as in `q10_value_3` |
| `member_spread_<channel>_<step>` | forecasts | standard deviation of members' expected values |
| `error` | all | why it could not be scored; then all other columns but `id` are empty |

In CSV, text that a spreadsheet would calculate (`=`, `+`, `-`, `@`) has an apostrophe in front.

A model without the rule lacks the columns `set`, `abstain`, `unfamiliar` and `ood_score`; one that
is no average (`train.members`) those of its members.
`pandas.wide_to_long(table, ["forecast_value", "q10_value"], "id", "step", sep="_")` turns forecasts
into one row a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import RunDirectoryError, UserError
from shared.names import without_formula
from shared.run.directory import RunDirectory
from shared.serving.refused_answers import SPREAD
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Scores

__all__ = ["require_table_path", "score_table", "without_formulas", "write_score_table"]

_SUFFIXES = (".csv", ".parquet")


def score_table(
    target: Target,
    ids: NDArray[np.str_],
    answers: Mapping[int, Mapping[str, Any]],
    errors: Mapping[int, str],
) -> pd.DataFrame:
    """Lay answers out as the table that the module describes.

    Args:
        target: How to read answers.
        ids: (n,) str.
        answers: Position in `ids` -> that row's outputs of `serving_default`, without a batch axis.
        errors: Position in `ids` -> why there is no answer.
    """
    num_rows = len(ids)
    table = pd.DataFrame({"id": pd.Series(ids.tolist(), dtype="str")})
    ood = _ood_columns(answers, num_rows)
    has_members = any(SPREAD in answer for answer in answers.values())
    match target:
        case Categories():
            decisions = [_class_name(answers.get(row)) for row in range(num_rows)]
            table["decision"] = pd.Series(decisions, dtype="str")
            table = table.assign(**_rule_columns(target, answers, num_rows), **ood)
            if has_members:
                table["member_spread"] = _stack(answers, SPREAD, num_rows, ())
            values = _stack(answers, "probabilities", num_rows, (len(target.names),))
            names = [f"probability_{name}" for name in target.names]
        case Horizon():
            table = table.assign(**ood)
            values = _forecast_values(target, answers, num_rows, has_members=has_members)
            names = _forecast_columns(target, has_members=has_members)
        case _:
            assert_never(target)
    scores = pd.DataFrame(values, columns=pd.Index(names))
    reasons = pd.Series([errors.get(row) for row in range(num_rows)], dtype="str", name="error")
    return pd.concat([table, scores, reasons], axis=1)


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


def write_score_table(table: pd.DataFrame, path: Path) -> None:
    """Write the table at once, as CSV or Parquet by the suffix of `path`.

    An older file there is replaced. Text that a spreadsheet would calculate is written to CSV with
    an apostrophe in front (`without_formulas`); Parquet holds it as it is.

    Raises:
        UserError: `path` is not fit for a table, or can't be written.
    """
    require_table_path(path)
    try:
        with RunDirectory(path.parent).replacing(path.name) as temporary:
            if path.suffix.lower() == ".csv":
                without_formulas(table).to_csv(
                    temporary, index=False, encoding="utf-8", lineterminator="\n"
                )
            else:
                table.to_parquet(temporary, index=False)
    except (OSError, RunDirectoryError) as error:
        raise UserError(
            f"{path} can't be written ({_cause(error)}). Choose another place with --output, or"
            " free the disk."
        ) from error


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """The same table, where no cell and no column title is a formula to a spreadsheet.

    `shared.names.without_formula` says how.
    """
    renamed = table.rename(columns=_without_formula)
    safe: pd.DataFrame = renamed.map(_without_formula, na_action="ignore")
    return safe


def _without_formula(text: object) -> object:
    return without_formula(text) if isinstance(text, str) else text


def _class_name(answer: Mapping[str, Any] | None) -> str | None:
    return None if answer is None else answer["class_name"]


def _forecast_values(
    target: Horizon,
    answers: Mapping[int, Mapping[str, Any]],
    num_rows: int,
    *,
    has_members: bool,
) -> NDArray[np.float64]:
    """(n, channels · levels · steps), in the order of `_forecast_columns`."""
    shape = (target.steps, len(target.channels))
    mean = _stack(answers, "forecast", num_rows, shape)[..., None]
    parts: list[Scores] = [
        mean,
        _stack(answers, "quantiles", num_rows, (*shape, len(target.quantiles))),
    ]
    if has_members:
        parts.append(_stack(answers, SPREAD, num_rows, shape)[..., None])
    levels = np.concatenate(parts, axis=-1, dtype=np.float64)  # (n, steps, channels, levels)
    return levels.transpose(0, 2, 3, 1).reshape(num_rows, -1)


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


def _rule_columns(
    target: Categories, answers: Mapping[int, Mapping[str, Any]], num_rows: int
) -> dict[str, pd.Series]:
    if not any("in_set" in answer for answer in answers.values()):
        return {}
    sets: list[str | None] = [None] * num_rows
    abstain: list[str | None] = [None] * num_rows
    for row, answer in answers.items():
        classes = zip(target.names, answer["in_set"], strict=True)
        sets[row] = "|".join(name for name, inside in classes if inside)
        abstain[row] = "yes" if answer["abstain"] else "no"
    return {"set": pd.Series(sets, dtype="str"), "abstain": pd.Series(abstain, dtype="str")}


def _ood_columns(answers: Mapping[int, Mapping[str, Any]], num_rows: int) -> dict[str, pd.Series]:
    if not any("is_ood" in answer for answer in answers.values()):
        return {}
    flags: list[str | None] = [None] * num_rows
    for row, answer in answers.items():
        flags[row] = "yes" if answer["is_ood"] else "no"
    return {
        "unfamiliar": pd.Series(flags, dtype="str"),
        "ood_score": pd.Series(_stack(answers, "ood_score", num_rows, ())),
    }


def _stack(
    answers: Mapping[int, Mapping[str, Any]], output: str, num_rows: int, shape: tuple[int, ...]
) -> Scores:
    """One output of all rows, NaN where there is no answer."""
    dtype = next((np.asarray(answer[output]).dtype for answer in answers.values()), np.float32)
    values = np.full((num_rows, *shape), np.nan, dtype=dtype)
    for row, answer in answers.items():
        values[row] = answer[output]
    return values


def _cause(error: BaseException) -> str:
    inner = error.__cause__ if isinstance(error.__cause__, OSError) else error
    return getattr(inner, "strerror", None) or str(inner)
