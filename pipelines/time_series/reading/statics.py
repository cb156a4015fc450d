"""What does not change over time.

Numbers and categories of each series, from columns of a long table or from a table of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.columns import find_series_column
from pipelines.time_series.reading.series import Statics
from pipelines.time_series.reading.table.number_marks import with_plain_numbers
from pipelines.time_series.reading.table.numbers import is_blank, is_not_observed
from shared.config.setting_text import set_option
from shared.contract import Problem
from shared.errors import DataError
from shared.loading.columns.number_marks import marks_of
from shared.loading.files.tables import read_table, require_columns, require_unique
from shared.names import name_key

__all__ = ["read_statics"]


def read_statics(
    table: pd.DataFrame,
    series_column: str | None,
    names: Sequence[str],
    config: TimeSeriesDataConfig,
    path: Path,
) -> Mapping[str, Statics | Problem]:
    """The static covariates of each series, or why it has none.

    Args:
        table: The table of values, used if `data.static_table` is not set.
        series_column: Names of series in it; None in a wide table.
        names: All series.
        config: Which columns are static, and where they are.
        path: The file of `table`.

    Raises:
        DataError: The static table can't be read, lacks a column or names a series twice, or a wide
            table is to hold statics.
    """
    fields = (*config.static_numbers, *config.static_texts)
    if not fields:
        return dict.fromkeys(names, Statics())
    if config.static_table is None:
        if series_column is None:
            raise DataError(
                f"{path}: in a wide table there is no place for static covariates"
                f" ({', '.join(fields)}). Give them in a table of their own, one row per series,"
                f" with {set_option('data.static_table', 'statics.csv')}"
            )
        return {
            name: _of_rows(part, name, config, path)
            for name, part in _by_name(table, series_column)
        }
    return _from_own_table(Path(config.static_table), fields, names, config)


def _from_own_table(
    own_path: Path, fields: Sequence[str], names: Sequence[str], config: TimeSeriesDataConfig
) -> Mapping[str, Statics | Problem]:
    own = read_table(
        own_path, keep_types=True, encoding=config.encoding, separator=config.separator
    )
    key = find_series_column(own, config)
    require_columns(own, {"data.static_covariates": fields}, path=own_path)
    own = with_plain_numbers(own, config.static_numbers, marks_of(config), own_path).table
    own = own.assign(**{key: own[key].astype(str)})
    require_unique(own, key, path=own_path)
    found = {name: _of_rows(part, name, config, own_path) for name, part in _by_name(own, key)}
    missing = Problem(
        str(own_path),
        "the table of static covariates has no row for this series. Add one",
        field=key,
    )
    return {name: found.get(name, missing) for name in names}


def _by_name(table: pd.DataFrame, key: str) -> list[tuple[str, pd.DataFrame]]:
    return [
        (str(name), part)
        for name, part in table.groupby(table[key].astype(str).map(name_key), sort=True)
    ]


def _of_rows(
    part: pd.DataFrame, name: str, config: TimeSeriesDataConfig, path: Path
) -> Statics | Problem:
    texts: dict[str, str] = {}
    for field in (*config.static_numbers, *config.static_texts):
        cells = part[field]
        none = is_not_observed if field in config.static_numbers else is_blank
        values = [str(value) for value in cells[~none(cells)].unique()]
        if len(values) > 1:
            reason = (
                f"series {name!r} has both {values[0]!r} and {values[1]!r}, but a static covariate"
                " must be one for the whole series. Correct it, or list it under"
                " data.past_covariates"
            )
            return Problem(str(path), reason, field=field)
        texts[field] = values[0] if values else ""
    numbers = [_to_number(texts[field]) for field in config.static_numbers]
    for field, number in zip(config.static_numbers, numbers, strict=True):
        if number is None:
            reason = (
                f"series {name!r}: expected a finite number, received {texts[field]!r}. Categories"
                " go under data.static_categories"
            )
            return Problem(str(path), reason, field=field)
    return Statics(
        np.array(numbers, dtype=np.float64), tuple(texts[field] for field in config.static_texts)
    )


def _to_number(text: str) -> float | None:
    """NaN for an empty cell, None for what is no finite number."""
    if not text:
        return float("nan")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None
