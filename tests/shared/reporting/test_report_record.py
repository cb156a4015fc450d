from __future__ import annotations

from pathlib import Path

from shared.reporting.report import report_stage
from shared.run.artefacts.report.record import ReportRecord
from tests.shared.reporting.runs import make_run


def test_the_record_says_what_the_page_says_and_twice_the_same(tmp_path: Path) -> None:
    context = make_run(tmp_path / "run")
    report_stage(context)
    first = (context.run / "report.json").read_bytes()
    report = ReportRecord.read(context.run)
    page = (context.run / "report.html").read_text(encoding="utf-8")
    assert f">{report.brief.finding}</h1>" in page
    assert all(f">{verdict.numbers}</td>" in page for verdict in report.verdicts)
    assert all(f'id="{entry.id}"' in page for entry in report.contents)
    entry = report.metrics[report.primary_metric]
    assert None not in (entry.value, entry.ci_low, entry.ci_high, entry.baseline)
    missing = {part.heading for part in report.card if not part.text}
    assert "5 Risk management" in missing
    assert len(report.card) == 23
    assert page.count("not measured") == len(missing)
    report_stage(context)
    assert (context.run / "report.json").read_bytes() == first
