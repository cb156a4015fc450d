from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from shared.datasheet.datasheet import make_datasheet
from shared.reporting.datasheet_page import render_datasheet
from shared.reporting.report import report_stage
from shared.reporting.tables.datasheet import view_datasheet
from shared.run.artefacts.data.datasheet import Datasheet
from shared.run.artefacts.data.record import DataRecord
from tests.shared.changed import changed
from tests.shared.datasheet.invented import Part, forecast_splits, make_splits
from tests.shared.reporting.page_reader import read_page
from tests.shared.reporting.runs import make_run

HOSTILE = "<script>alert(1)</script>"
LONG = (
    "nobody could have guessed that this long and winding film would end in such a bright and"
    " happy way"
)


def datasheet(*, leak: bool = False, allowed: bool = False) -> Datasheet:
    train = Part([LONG, "b", "b", "c"], [0, 0, 1, 1], groups={"place": [HOSTILE, "a", "a", "a"]})
    val = Part(["d", "e"], [0, 1], groups={"place": ["a", "a"]})
    test = Part([LONG if leak else LONG.upper(), "f"], [0, 1], groups={"place": ["a", "unknown"]})
    return make_datasheet(make_splits(train, val, test), allow_leakage=allowed)


@pytest.mark.parametrize(
    "made", [datasheet(), datasheet(leak=True), make_datasheet(forecast_splits(missing_at=[5]))]
)
def test_the_page_needs_nothing_else_and_is_well_formed(made: Datasheet) -> None:
    html = render_datasheet(made, title="Invented")
    page = read_page(html)
    assert page.faults == []
    assert all(link.startswith("#") for link in [*page.attributes("href"), *page.attributes("src")])
    assert not page.tags("script")
    assert html == render_datasheet(made, title="Invented")


@pytest.mark.parametrize("made", [datasheet(), make_datasheet(forecast_splits())])
def test_parts_keep_their_order_after_a_round_trip_through_a_file(made: Datasheet) -> None:
    text = json.dumps(made.model_dump(mode="json"), sort_keys=True)
    read: Datasheet = TypeAdapter(Datasheet).validate_json(text)
    assert view_datasheet(read) == view_datasheet(made)
    assert [row[0].text for row in view_datasheet(read).basics[0].rows] == ["train", "val", "test"]


def test_remarks_name_conflicts_and_near_copies_in_other_splits() -> None:
    remarks = view_datasheet(datasheet()).remarks
    assert "Equal content with different labels: 1 group." in remarks
    assert (
        "1 example is almost the same as one of another split: results may be a little too good."
        in remarks
    )


def test_a_leak_is_a_banner_on_the_page() -> None:
    text = read_page(render_datasheet(datasheet(leak=True), title="Invented")).text
    assert "LEAKAGE 1 example of 'test' also in 'train'" in text


def test_how_far_windows_cover_a_series_is_no_share_of_missing_data() -> None:
    tables = view_datasheet(make_datasheet(forecast_splits(missing_at=[5]))).findings
    (series,) = [table for table in tables if table.caption.startswith("Series")]
    assert [cell.text for cell in series.rows[0][:4]] == [
        "s0",
        "train",
        "40",
        "40",
    ]


def test_the_report_is_stamped_where_a_leak_was_accepted(tmp_path: Path) -> None:
    context = make_run(tmp_path / "run")
    leaking = datasheet(leak=True, allowed=True)
    changed(DataRecord.read(context.run), datasheet=leaking).write(context.run)
    report_stage(context)
    page = read_page((context.run / "report.html").read_text(encoding="utf-8"))
    assert page.faults == []
    assert "LEAKAGE ACCEPTED 1 example of 'test' also in 'train'" in page.text
    assert "What the data is like" in page.text
    assert len(page.tags("script")) == 2  # the one that moves the threshold, and its numbers
