"""Names of series and groups in a long table: what nobody can see makes no second series."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.time_series.config import TimeSeriesDataConfig
from pipelines.time_series.reading.columns import Columns
from pipelines.time_series.reading.table.numbers import is_blank
from shared.errors import DataError
from shared.loading.name_columns import find_unusable_names
from shared.loading.spellings import settle_entities
from shared.loading.splits.quarantine import describe_problem
from shared.names import name_key

__all__ = ["with_tidy_names"]


def with_tidy_names(
    table: pd.DataFrame, columns: Columns, config: TimeSeriesDataConfig, path: Path, *, asks: bool
) -> pd.DataFrame:
    """The table with the names of series and groups as `name_key` reads them.

    Args:
        table: As it was read; wide tables stay as they are.
        columns: Their roles.
        config: `entity_spellings` says what becomes of series that differ only in spelling.
        path: Of the table, for messages.
        asks: Whether such series stop the reading where nothing is said: in training, not in
            scoring.

    Raises:
        DataError: A name can't be shown; or series differ only in spelling.
    """
    if columns.series is None:
        return table
    fields = {name: name for name in (columns.series, *columns.groups)}
    texts = table.assign(**{name: _renamed(table[name], _tidy) for name in fields})
    problems = find_unusable_names(texts[list(fields)].astype(str), fields, file=str(path))
    if problems:
        raise DataError(describe_problem(problems[min(problems)]))
    if not asks and config.entity_spellings == "ask":
        return texts
    names = texts[columns.series]
    counts = names[~is_blank(names)].astype(str).value_counts()
    given = dict(zip(counts.index.astype(str), counts.tolist(), strict=True))
    spelling_of = settle_entities(given, config, where=f"{path}, column {columns.series!r}")
    settled = _renamed(names, lambda name: spelling_of.get(name, name))
    return texts.assign(**{columns.series: settled})


def _renamed(column: pd.Series, renamed: Callable[[Any], Any]) -> pd.Series:
    """What each value becomes; one object for all rows of a value."""
    codes, values = pd.factorize(column, use_na_sentinel=False)
    found = np.empty(len(values), dtype=object)
    found[:] = [renamed(value) for value in values]
    return pd.Series(found[codes], index=column.index, name=column.name, dtype=object)


def _tidy(name: Any) -> Any:
    return name_key(name) if isinstance(name, str) else name
