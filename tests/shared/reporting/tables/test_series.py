from __future__ import annotations

from dataclasses import replace

from shared.contract import Splits
from shared.contract.series_facts import ForecastFacts, SeriesFacts, WindowCounts
from shared.datasheet.datasheet import make_datasheet
from shared.reporting.datasheet_page import render_datasheet
from shared.reporting.page import Table
from shared.reporting.tables.series import series_remarks, series_tables
from shared.run.artefacts.data.datasheet import HorizonDatasheet
from shared.run.artefacts.data.series import SeriesRecord
from tests.shared.datasheet.invented import forecast_splits
from tests.shared.reporting.page_reader import read_page

_CHANGE = "The hour from 2024-03-31T02:00 is missing, as when clocks are set forward."
_HOSTILE = "<script>alert(1)</script>"
_FACTS = ForecastFacts(
    series=(
        SeriesFacts(
            "s0", "2024-01-01T00:00:00", "2024-01-04T07:00:00", 80, 72, 5, 2, 6, 3, 1, (_CHANGE,)
        ),
        SeriesFacts(_HOSTILE, "2024-01-01T00:00:00", "2024-01-04T07:00:00", 80, 80),
    ),
    windows=tuple(WindowCounts(part, 40, 37, 1, 1, 1) for part in ("train", "val", "test")),
    rule="Half must be observed.",
)


_SPLITS = replace(forecast_splits(missing_at=[5]), forecast_facts=_FACTS)


def _series(splits: Splits) -> SeriesRecord:
    datasheet = make_datasheet(splits)
    assert isinstance(datasheet, HorizonDatasheet)
    return datasheet.series


def _table(series: SeriesRecord, caption: str) -> Table:
    (found,) = [table for table in series_tables(series) if caption in table.caption]
    return found


def test_what_is_masked_and_left_out_is_shown_with_the_rule() -> None:
    table = _table(
        _series(_SPLITS),
        "they have no weight and count nowhere. Half must be observed.",
    )
    assert [cell.text for cell in table.rows[0]] == ["train", "296", "8", "40", "37", "1", "1", "1"]


def test_each_series_is_shown_as_its_source_has_it() -> None:
    table = _table(_series(_SPLITS), "as their source has them")
    assert [cell.text for cell in table.rows[0]] == [
        "s0",
        "80",
        "10.0\N{NO-BREAK SPACE}%",
        "2",
        "6",
        "5",
        "3",
        "1",
    ]


def test_one_table_alone_says_a_share_of_missing_data() -> None:
    tables = series_tables(_series(_SPLITS))
    having = [
        table.caption
        for table in tables
        if any("%" in cell.text + cell.note for row in table.rows for cell in row)
    ]
    assert [caption.split(";")[0] for caption in having] == ["Series as their source has them"]


def test_clock_changes_merged_and_sorted_rows_are_remarked() -> None:
    remarks = series_remarks(_series(_SPLITS))
    assert _CHANGE in remarks
    assert (
        "Rows with the same stamp were merged as data.duplicates says: up to 3 rows of a series."
        in remarks
    )
    assert "Rows that were out of order were sorted: up to 1 row of a series." in remarks


def test_an_hour_that_few_series_lack_is_no_clock_change() -> None:
    others = tuple(
        SeriesFacts(f"s{number}", "2024-01-01T00:00:00", "2024-01-04T07:00:00", 80, 80)
        for number in range(2)
    )
    facts = replace(_FACTS, series=(_FACTS.series[0], *others))
    series = _series(replace(forecast_splits(), forecast_facts=facts))
    assert not any("clocks" in remark for remark in series_remarks(series))


def test_without_facts_there_is_what_the_windows_tell() -> None:
    series = _series(forecast_splits())
    assert series_remarks(series) == []
    assert len(series_tables(series)) == 2


def test_names_of_series_are_escaped() -> None:
    html = render_datasheet(make_datasheet(_SPLITS), title="Invented")
    assert _HOSTILE not in html
    assert read_page(html).faults == []
