from __future__ import annotations

from pathlib import Path

from shared.reporting.inline_brief import render_inline_brief
from shared.reporting.report import report_stage
from shared.run.artefacts.report.record import ReportRecord
from tests.shared.reporting.runs import make_run


def test_synthetic_data_is_said_and_names_are_only_text(tmp_path: Path) -> None:
    context = make_run(tmp_path / "words")
    report_stage(context)
    record = ReportRecord.read(context.run)
    for is_synthetic in (True, False):
        facts = record.facts.model_copy(update={"synthetic": is_synthetic})
        page = render_inline_brief(record.model_copy(update={"facts": facts, "title": "<b>x"}))
        assert ("<strong>SYNTHETIC DATA</strong>" in page) is is_synthetic
        assert "<b>x" not in page
