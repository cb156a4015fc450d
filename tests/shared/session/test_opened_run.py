"""A run of invented artefacts, opened: nothing here starts TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shared.errors import MissingArtefactError, UserError
from shared.reporting.inline_brief import render_inline_brief
from shared.reporting.report import report_stage
from shared.run.artefacts.report.record import ReportRecord
from shared.run.directory import RunDirectory
from shared.session.opened_run import OpenedRun
from tests.shared.reporting.runs import make_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> OpenedRun:
    context = make_run(tmp_path_factory.mktemp("runs") / "words")
    report_stage(context)
    return OpenedRun(context.run, context.pipeline, lambda assignments: context.config)


def test_its_tables_are_those_of_the_run(run: OpenedRun) -> None:
    assert set(run.metrics["split"]) == {"test", "val"}
    assert list(run.groups.columns) == list(run.group_columns)
    assert all(run.group_columns.values())


def test_predictions_are_what_the_deployed_model_decides(run: OpenedRun) -> None:
    table = run.predictions()
    probabilities = table.filter(like="probability_")
    assert np.allclose(probabilities.sum(axis=1), 1.0)
    assert (table["right"] == (table["label"] == table["decision"])).all()
    accuracy = run.metrics.query("split == 'test' and metric == 'accuracy'")["value"].item()
    assert table["right"].mean() == pytest.approx(accuracy)
    assert len(run.predictions("val")) != 0
    with pytest.raises(UserError, match="not of 'train'"):
        run.predictions("train")


def test_a_cell_shows_the_brief_and_loads_nothing(run: OpenedRun) -> None:
    page = run._repr_html_()
    record = ReportRecord.read(run.directory)
    assert record.brief.decision.capitalize() in page
    assert all(verdict.question in page for verdict in record.verdicts)
    assert not [word for word in ("<script", "src=", "href=", "url(", "<style") if word in page]


def test_what_comes_from_the_data_is_only_text(run: OpenedRun) -> None:
    record = ReportRecord.read(run.directory)
    brief = record.brief.model_copy(update={"finding": "<img src=x onerror=alert(1)>"})
    page = render_inline_brief(record.model_copy(update={"brief": brief}))
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_a_run_without_a_report_says_so_in_the_cell(run: OpenedRun, tmp_path: Path) -> None:
    empty = OpenedRun(RunDirectory(tmp_path), run.pipeline, run.configure)
    assert "report" in empty._repr_html_()
    with pytest.raises(MissingArtefactError):
        _ = empty.metrics


def test_settings_of_training_come_too_late(run: OpenedRun) -> None:
    with pytest.raises(UserError, match="the model is trained"):
        run.predict(pd.DataFrame({"text": ["a"]}), train={"epochs": 3})
    with pytest.raises(UserError, match="the model is trained"):
        run.explain("row", train={"epochs": 3})
