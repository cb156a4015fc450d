from __future__ import annotations

from dataclasses import replace

import pytest

from shared.reporting.artefacts import Artefacts, read_artefacts
from shared.reporting.sections.cost import CostView, view_cost
from tests.shared.changed import changed
from tests.shared.reporting.runs import make_run


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    return read_artefacts(make_run(tmp_path_factory.mktemp("runs") / "run"))


def view(artefacts: Artefacts, **changes: object) -> CostView:
    """The costs of a run, with some of `train.json` changed."""
    return view_cost(replace(artefacts, train=changed(artefacts.train, **changes)))


def row(shown: CostView, title: str) -> tuple[str, ...]:
    return next(
        tuple(cell.text for cell in cells) for cells in shown.table.rows if cells[0].text == title
    )


def test_each_estimate_has_unit_limits_and_method(artefacts: Artefacts) -> None:
    shown = view(artefacts)
    assert row(shown, "Energy") == (
        "Energy",
        "210\xa0mWh",
        "60\xa0mWh to 810\xa0mWh",
        "found by a method of kWh",
    )
    assert row(shown, "Emissions")[2] == "5.9\xa0mg\xa0CO₂e to 580\xa0mg\xa0CO₂e"
    assert row(shown, "Operations, one example forward")[1:3] == ("658.5\xa0kFLOPs", "as counted")
    assert row(shown, "Peak memory, host")[2] == "at least 812.4\xa0MiB"


def test_what_is_measured_says_what_it_covers(artefacts: Artefacts) -> None:
    shown = view(artefacts)
    assert row(shown, "Waiting for data")[1] == "3.4\xa0%"
    assert row(shown, "Throughput")[1:3] == ("2,210 examples/s", "measured")
    assert row(shown, "Wall time")[1] == "41.2 s"


def test_without_a_gpu_no_device_memory_is_invented(artefacts: Artefacts) -> None:
    assert row(view(artefacts), "Peak memory, device") == (
        "Peak memory, device",
        "–",
        "",
        "no GPU took part",
    )


@pytest.mark.parametrize(
    ("key", "title"),
    [("examples_per_second", "Throughput"), ("wait_share", "Waiting for data")],
)
def test_what_a_single_step_can_not_tell_is_said_to_be_missing(
    key: str, title: str, artefacts: Artefacts
) -> None:
    assert row(view(artefacts, **{key: None}), title) == (title, "–", "", "not recorded")


def test_what_was_done_for_groups_while_training_is_told(artefacts: Artefacts) -> None:
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
        fact for fact in view(artefacts, mitigation=record).facts if fact.label == "Closing gaps"
    )
    assert fact.value == "Balanced sampling by Sex"
    assert (
        fact.note
        == "f: 300 rows count for 450; m: 600 rows count for 450; 12 rows of unknown or small"
        " groups left as they are"
    )
