from __future__ import annotations

from pathlib import Path

import pytest

import cli.reporting.command
from pipelines import get_pipeline
from shared.run.artefacts.report.verdict import Status
from shared.run.directory import RunDirectory
from tests.cli.mistakes import Call, refused
from tests.shared.verdicts.invented_reports import report_of


@pytest.fixture
def reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    """A run whose report is made already; the command's own stage is left out."""
    config = get_pipeline("sentiment").config_type(pipeline="sentiment", preset="smoke")
    run = RunDirectory(tmp_path / "run")
    run.write_text("config.json", config.to_json())
    monkeypatch.setattr(cli.reporting.command, "execute", lambda *_, **__: None)
    return run


@pytest.mark.parametrize(
    ("statuses", "code"), [(("shown", "care"), 0), (("shown", "contradicted"), 3)]
)
def test_a_contradicted_answer_breaks_the_gate(
    call: Call, reported: RunDirectory, statuses: tuple[Status, ...], code: int
) -> None:
    report_of(*statuses).write(reported)
    found, printed = call("report", "run", "--gate")
    assert found == code, printed
    assert ("1 of 2 rules are broken." if code else "All 2 rules are kept.") in printed


def test_rules_of_a_file_are_held_to_and_a_card_is_written(
    call: Call, reported: RunDirectory, tmp_path: Path
) -> None:
    report_of("shown", "care").write(reported)
    (tmp_path / "rules.yaml").write_text("otherwise: shown\n")
    code, printed = call("report", "run", "--gate", "rules.yaml", "--card", "card.md")
    assert code == 3, printed
    assert "✓ shown or better" in printed
    assert (tmp_path / "card.md").read_text().startswith("---\nlicense: ")


def test_rules_without_a_gate_and_rules_that_are_none_are_refused(
    call: Call, reported: RunDirectory, tmp_path: Path
) -> None:
    report_of("shown").write(reported)
    (tmp_path / "rules.yaml").write_text("verdict: {}\n")
    refused(call("report", "run", "rules.yaml"), "add --gate")
    refused(call("report", "run", "--gate", "rules.yaml"), "verdict: Extra inputs")
    refused(call("report", "run", "--gate", "none.yaml"), "none.yaml can't be read")
    refused(call("report", "run", "--card", "none/card.md"), "Choose another --card")
