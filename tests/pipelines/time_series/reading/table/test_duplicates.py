"""A repeated stamp is refused with its cause; merging is advised only where nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipelines.time_series.reading.series_table import read_series
from shared.errors import DataError
from tests.pipelines.time_series.tables import configure

_DAYS = pd.date_range("2020-01-01", periods=8).strftime("%Y-%m-%d")


def _why(table: pd.DataFrame, tmp_path: Path) -> str:
    path = tmp_path / "loads.csv"
    table.to_csv(path, index=False)
    try:
        found = read_series(path, configure(source=path).data)
    except DataError as error:
        return str(error)
    return "; ".join(problem.reason for problem in found.problems.values())


def _of_two_keys(first: str, second: str, values: tuple[str, str] = ("1", "2")) -> pd.DataFrame:
    rows = [
        {"date": day, first: store, second: item, "sales": place + 0.37 * len(item) * int(store)}
        for place, day in enumerate(_DAYS)
        for store in values
        for item in ("10", "200")
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("first", "second"), [("store", "item"), ("unique_id", "product_nbr")])
def test_a_second_key_column_is_named_and_merging_is_not_advised(
    tmp_path: Path, first: str, second: str
) -> None:
    reason = _why(_of_two_keys(first, second), tmp_path)

    assert f"The column {second!r} tells such rows apart" in reason
    assert f"({first}/{second})" in reason
    assert "duplicates" not in reason


def test_keys_of_names_that_nobody_knows_are_found_in_a_table_taken_for_wide(
    tmp_path: Path,
) -> None:
    reason = _why(_of_two_keys("left", "right"), tmp_path)

    assert "The columns 'left' and 'right' tell such rows apart" in reason


def test_merging_is_advised_where_copies_agree(tmp_path: Path) -> None:
    table = pd.DataFrame({"date": _DAYS, "load": range(8)})
    reason = _why(pd.concat([table, table.iloc[[3]]]), tmp_path)

    assert "--set data.duplicates=mean" in reason


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "America/Sao_Paulo"])
def test_an_hour_that_a_zone_repeats_asks_for_that_zone(tmp_path: Path, zone: str) -> None:
    start = {"America/Sao_Paulo": "2018-02-16", "Europe/Berlin": "2020-10-23"}
    utc = pd.date_range(start.get(zone, "2020-10-30"), periods=96, freq="h", tz="UTC")
    local = utc.tz_convert(zone).strftime("%Y-%m-%d %H:%M")
    reason = _why(pd.DataFrame({"date": local, "load": range(96)}), tmp_path)

    assert f"--set data.timezone={zone}" in reason
    assert "duplicates" not in reason
