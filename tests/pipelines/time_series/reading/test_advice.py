"""Advice is followed: what a message tells to set is pasted into a shell, and then it works."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipelines.time_series.reading.series import SeriesFile
from pipelines.time_series.reading.series_table import read_series
from shared.errors import DataError
from tests.pipelines.advice import advised, pasted
from tests.pipelines.time_series.tables import configure

_HOURS = pd.date_range("2020-10-24", periods=60, freq="h")


def _days_at(zone: str) -> list[str]:
    return [day.isoformat() for day in pd.date_range("2020-01-01", periods=120, tz=zone)]


def _local(zone: str) -> list[str]:
    return _HOURS.tz_localize("UTC").tz_convert(zone).strftime("%Y-%m-%d %H:%M").tolist()


_MONDAYS = pd.date_range("2018-01-01", periods=30, freq="7D").strftime("%Y-%m-%d").tolist()

_CASES: dict[str, tuple[list[str], dict[str, object], tuple[str, ...]]] = {
    "digits": (_HOURS.strftime("%Y%m%d%H").tolist(), {}, ()),
    "epoch": ([str(int(hour.timestamp())) for hour in _HOURS], {}, ()),
    "milliseconds": ([str(int(hour.timestamp() * 1000)) for hour in _HOURS], {}, ()),
    "day or month": ([f"0{i}/02/2020" for i in range(1, 10)], {}, ()),
    "weeks": (_MONDAYS, {}, ("data.frequency=W",)),
    "hours called minutes": (_HOURS.astype(str).tolist(), {}, ("data.frequency=7h",)),
    "clocks set back": (_local("Europe/Berlin"), {}, ()),
    "days with offsets": (_days_at("America/New_York"), {}, ()),
    "texts": (_HOURS.astype(str).tolist(), {"note": "x", "with space": 1.0}, ()),
    "no such column": (_HOURS.astype(str).tolist(), {}, ("data.value_columns=[laod]",)),
    "no such time": (_HOURS.astype(str).tolist(), {}, ("data.time_column=dates",)),
    "unnamed": (_HOURS.astype(str).tolist(), {"": range(60)}, ()),
}


@pytest.mark.parametrize("case", list(_CASES))
def test_the_first_advice_works_when_pasted(tmp_path: Path, case: str) -> None:
    stamps, columns, assignments = _CASES[case]
    path = tmp_path / "loads.csv"
    load = [float(i % 24) for i in range(len(stamps))]
    pd.DataFrame({"date": stamps, "load": load, **columns}).to_csv(path, index=False)

    def read(*given: str) -> SeriesFile:
        return read_series(path, configure(*given, source=path).data)

    with pytest.raises(DataError) as caught:
        read(*assignments)

    assert read(*assignments, pasted(advised(str(caught.value))[0])).series
