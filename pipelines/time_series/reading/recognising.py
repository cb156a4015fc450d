"""Whether a source holds series: a table with a column of stamps and one of numbers."""

from __future__ import annotations

import pandas as pd

from pipelines.time_series.reading.clock.formats import advise_format, is_digits, looks_like_moments
from pipelines.time_series.reading.columns import TIME_NAMES
from pipelines.time_series.reading.table.number_marks import has_other_marks
from pipelines.time_series.reading.table.numbers import looks_numeric
from shared.contract import Recognition
from shared.loading.files.column_words import is_called
from shared.loading.recognition import find_tables, recognise_dataset, sample_rows

__all__ = ["recognise"]

_COARSE_TIME_NAMES = ("hour", "day")  # enough to recognise a table, too vague to choose a column


def recognise(source: str) -> Recognition | None:
    """A table with a column of times, or a public dataset of series."""
    tables = find_tables(source)
    if not tables:
        return recognise_dataset(source, "series")
    sample = sample_rows(tables[0])
    names = {str(name).strip().lower() for name in sample.columns}
    if not names.isdisjoint((*TIME_NAMES, *_COARSE_TIME_NAMES)):
        return Recognition(f"{tables[0].name} has a column of times", num_files=len(tables))
    times = [str(name) for name in sample.columns if _holds_times(sample[name])]
    if not times or not any(_holds_numbers(sample[name]) for name in sample if name not in times):
        return None
    called = [name for name in times if is_called(name, "time")]
    time = (*called, *times)[0]
    return Recognition(
        f"{tables[0].name} has times in {time!r}, beside numbers",
        num_files=len(tables) if called else 0,
    )


def _holds_times(column: pd.Series) -> bool:
    """Stamps; digits only where the column is called so, since they could be anything."""
    if looks_like_moments(column):
        return True
    texts = column.astype(str).str.strip().tolist()
    is_named = is_called(str(column.name), "time")
    return is_named and is_digits(texts) and advise_format(texts) is not None


def _holds_numbers(column: pd.Series) -> bool:
    return looks_numeric(column) or has_other_marks(column)
