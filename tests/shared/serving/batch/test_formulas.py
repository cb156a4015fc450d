from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from shared.serving.batch.table_bytes import TableBytes, without_formulas


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1+cmd", "-2+3", "@SUM(A1)", "\t=1"])
def test_text_that_a_spreadsheet_would_calculate_gets_an_apostrophe(text: str) -> None:
    table = pd.DataFrame({"id": ["a"], "decision": [text], f"probability_{text}": [0.5], text: [1]})
    safe = without_formulas(table)
    assert safe["decision"].tolist() == [f"'{text}"]
    assert list(safe.columns) == ["id", "decision", f"probability_{text}", f"'{text}"]


def test_numbers_missing_values_and_other_text_stay_as_they_are() -> None:
    table = pd.DataFrame({"id": ["-12", "+3.5", "a=b", "-1e5"], "error": [None, "x", None, ""]})
    table["ood_score"] = [-1.0, -0.5, 0.0, float("nan")]
    pd.testing.assert_frame_equal(without_formulas(table), table)


def test_only_csv_is_changed() -> None:
    table = pd.DataFrame({"id": ["=1+1"], "error": ["fine"]}, dtype="str")
    lines = TableBytes("csv", table.head(0)).rows(table)
    arrow = TableBytes("arrow", table.head(0))
    stream = pa.ipc.open_stream(arrow.head + arrow.rows(table))
    assert lines == b"'=1+1,fine\n"
    assert stream.read_all()["id"].to_pylist() == ["=1+1"]
