from __future__ import annotations

from pathlib import Path

import pytest

from shared.run.artefacts.explanations.record import Explanations
from shared.run.directory import RunDirectory
from shared.session.explanation import Explanation
from tests.shared.reporting.runs import make_run


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Explanation:
    run: RunDirectory = make_run(tmp_path_factory.mktemp("runs") / "words").run
    return Explanation.read(Explanations.read(run), run.path)


def test_segments_stand_with_the_strongest_first(found: Explanation) -> None:
    assert set(found.table["id"]) == {example.id for example in found.record.examples}
    start = 0
    for arrays in found.arrays:
        part = found.table["value"][start : start + len(arrays["values"])]
        assert part.abs().is_monotonic_decreasing
        assert part.sum() == pytest.approx(arrays["values"].sum())
        start += len(part)
    assert start == len(found.table)


def test_a_cell_shows_a_chart_of_each_row(found: Explanation) -> None:
    page = found._repr_html_()
    assert page.count("<svg") == len(found.record.examples)
    assert "<script" not in page


def test_arrays_are_read_from_the_folder(found: Explanation, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Explanation.read(found.record, tmp_path)
