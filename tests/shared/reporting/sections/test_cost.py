from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.reporting.artefacts import read_artefacts
from shared.reporting.sections.cost import CostView, view_cost
from tests.shared.reporting.runs import make_run


def view(folder: Path, **changes: object) -> CostView:
    """The costs of a run, with some of `train.json` changed; what becomes `...` is left out."""
    context = make_run(folder)
    path = context.run / "train.json"
    train = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in train.items() if value is not ...}))
    return view_cost(read_artefacts(context))


def row(shown: CostView, title: str) -> tuple[str, ...]:
    return next(
        tuple(cell.text for cell in cells) for cells in shown.table.rows if cells[0].text == title
    )


def test_each_estimate_has_unit_limits_and_method(tmp_path: Path) -> None:
    shown = view(tmp_path / "run")
    assert row(shown, "Energy") == (
        "Energy",
        "210\xa0mWh",
        "60\xa0mWh to 810\xa0mWh",
        "found by a method of kWh",
    )
    assert row(shown, "Emissions")[2] == "5.9\xa0mg\xa0CO₂e to 580\xa0mg\xa0CO₂e"
    assert row(shown, "Operations, one example forward")[1:3] == ("658.5\xa0kFLOPs", "as counted")
    assert row(shown, "Peak memory, host")[2] == "at least 812.4\xa0MiB"


def test_what_is_measured_says_what_it_covers(tmp_path: Path) -> None:
    shown = view(tmp_path / "run")
    assert row(shown, "Waiting for data")[1] == "3.4\xa0%"
    assert row(shown, "Throughput")[1:3] == ("2,210 examples/s", "measured")
    assert row(shown, "Wall time")[1] == "41.2 s"


def test_without_a_gpu_no_device_memory_is_invented(tmp_path: Path) -> None:
    assert row(view(tmp_path / "run"), "Peak memory, device") == (
        "Peak memory, device",
        "–",
        "",
        "no GPU took part",
    )


@pytest.mark.parametrize(
    ("key", "title"), [("energy_kwh", "Energy"), ("wait_share", "Waiting for data")]
)
def test_what_an_older_version_did_not_record_is_said_to_be_missing(
    key: str, title: str, tmp_path: Path
) -> None:
    assert row(view(tmp_path / "run", **{key: ...}), title) == (title, "–", "", "not recorded")


def test_what_a_newer_version_adds_is_shown_too(tmp_path: Path) -> None:
    assert row(view(tmp_path / "run", num_resumptions=3), "num_resumptions")[1] == "3"


def test_what_was_done_for_groups_while_training_is_told(tmp_path: Path) -> None:
    groups = [
        {"group": "f", "n": 300, "counts_for": 450.0},
        {"group": "m", "n": 600, "counts_for": 450.0},
    ]
    record = {
        "method": "balanced_sampling",
        "attribute": "sex",
        "groups": groups,
        "num_left_as_they_are": 12,
    }
    fact = next(
        fact
        for fact in view(tmp_path / "run", mitigation=record).facts
        if fact.label == "Closing gaps"
    )
    assert fact.value == "Balanced sampling by Sex"
    assert (
        fact.note
        == "f: 300 rows count for 450; m: 600 rows count for 450; 12 rows of unknown or small"
        " groups left as they are"
    )
