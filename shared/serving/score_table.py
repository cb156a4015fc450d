"""Answers of a deployed model as a table: one row for each input, whatever became of it.

Columns for categories: `id`, `decision` (class name), `set` (the classes of the conformal set,
joined by |), `abstain` (yes: hand the row to a person), `unfamiliar` (yes: unlike the training
data, so don't trust the answer), `ood_score` (larger is stranger), `probability_<class>` for
each class, `error`. A model without such rules lacks their columns. Columns for forecasts: `id`,
`unfamiliar`, `ood_score`, then for each channel `forecast_<channel>_<step>` and
`q<percent>_<channel>_<step>` for each quantile (as in `q10_load_3`; steps count from 1), `error`.
`pandas.wide_to_long(table, ["forecast_load", "q10_load"], "id", "step", sep="_")` turns them into
one row a step.

`error` says why an input could not be scored; then all other columns but `id` are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import RunDirectoryError, UserError
from shared.run.directory import RunDirectory
from shared.targets import Categories, Horizon, Target

__all__ = ["require_table_path", "score_table", "write_score_table"]

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
    table = pd.DataFrame({"id": pd.Series(ids.tolist(), dtype="str")})
    ood = _ood_columns(answers, len(ids))
    match target:
        case Categories():
            decisions = [
                answers[row]["class_name"] if row in answers else None for row in range(len(ids))
            ]
            table["decision"] = pd.Series(decisions, dtype="str")
            table = table.assign(**_rule_columns(target, answers, len(ids)), **ood)
            values = _stack(answers, "probabilities", len(ids), (len(target.names),))
            names = [f"probability_{name}" for name in target.names]
        case Horizon():
            table = table.assign(**ood)
            shape = (target.steps, len(target.channels))
            mean = _stack(answers, "forecast", len(ids), shape)[..., None]
            quantiles = _stack(answers, "quantiles", len(ids), (*shape, len(target.quantiles)))
            levels = np.concatenate([mean, quantiles], axis=-1)  # (n, steps, channels, levels)
            values = levels.transpose(0, 2, 3, 1).reshape(
                len(ids), -1
            )  # (n, channels · levels · steps)
            names = _forecast_columns(target)
        case _:
            assert_never(target)
    scores = pd.DataFrame(values, columns=pd.Index(names))
    reasons = pd.DataFrame(
        {"error": pd.Series([errors.get(row) for row in range(len(ids))], dtype="str")}
    )
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

    An older file there is replaced.

    Raises:
        UserError: `path` is not fit for a table, or can't be written.
    """
    require_table_path(path)
    try:
        with RunDirectory(path.parent).replacing(path.name) as temporary:
            if path.suffix.lower() == ".csv":
                table.to_csv(temporary, index=False, encoding="utf-8", lineterminator="\n")
            else:
                table.to_parquet(temporary, index=False)
    except (OSError, RunDirectoryError) as error:
        raise UserError(
            f"{path} can't be written ({_cause(error)}). Choose another place with --output, or"
            " free the disk."
        ) from error


def _forecast_columns(target: Horizon) -> list[str]:
    prefixes = ["forecast", *(f"q{100 * level:g}" for level in target.quantiles)]
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
        sets[row] = "|".join(
            name for name, inside in zip(target.names, answer["in_set"], strict=True) if inside
        )
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
) -> NDArray[np.float32]:
    """One output of all rows, NaN where there is no answer."""
    values = np.full((num_rows, *shape), np.nan, dtype=np.float32)
    for row, answer in answers.items():
        values[row] = answer[output]
    return values


def _cause(error: BaseException) -> str:
    inner = error.__cause__ if isinstance(error.__cause__, OSError) else error
    return getattr(inner, "strerror", None) or str(inner)
