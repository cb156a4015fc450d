from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from cli.reporting.summary import RunSummary, print_summaries, summary_fields
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.artefacts.report.brief import Brief
from tests.shared.changed import changed
from tests.shared.reporting.invented_records import TRAIN
from tests.shared.reporting.runs import make_run


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Metrics:
    return Metrics.read(make_run(tmp_path_factory.mktemp("runs") / "run").run)


def run_summary(metrics: Metrics) -> RunSummary:
    brief = Brief(decision="not yet", reason="", finding="Misses 1 of 2 [red]", statements=())
    cost = changed(TRAIN, seconds=50.0)
    return RunSummary("Toy", metrics, cost, 12.0, Path("runs/toy/report.html"), brief)


def summary(*metrics: Metrics, width: int = 120) -> str:
    output = io.StringIO()
    print_summaries(Console(file=output, width=width), [run_summary(one) for one in metrics])
    return output.getvalue()


def test_the_summary_tells_how_long_all_trainings_took_and_no_energy(metrics: Metrics) -> None:
    told = summary(metrics, metrics)
    assert "Training took 1 min 40 s; what it cost stands in the report." in told
    assert "Wh" not in told


def test_the_table_fits_into_80_columns(metrics: Metrics) -> None:
    table = summary(metrics, width=80).split("Training took")[0]
    assert max(map(len, table.splitlines())) <= 80
    assert "…" not in table


def test_as_json_it_has_the_figures_and_the_decision(metrics: Metrics) -> None:
    fields = json.loads(json.dumps(summary_fields(run_summary(metrics)), allow_nan=False))
    primary = metrics.metrics[metrics.primary_metric]
    assert (fields["value"], fields["ci_low"]) == (primary.value, primary.ci_low)
    assert (fields["run"], fields["decision"]) == ("runs/toy", "not yet")


def test_the_summary_says_what_the_report_opens_with(metrics: Metrics) -> None:
    assert "Not yet: Misses 1 of 2 [red]." in summary(metrics)


def test_the_summary_says_of_a_model_that_hands_on_every_input_why(metrics: Metrics) -> None:
    assert metrics.abstention is not None
    reason = "validation has too few rows"
    abstention = changed(metrics.abstention, threshold=None, why_always=reason)
    said = f"The deployed model hands on every input to a person: {reason}."
    assert said in summary(changed(metrics, abstention=abstention))
