from __future__ import annotations

import pytest

from shared.reporting.beside.monitor_page import render_monitor
from shared.run.artefacts.monitoring.record import MonitorRecord
from tests.shared.reporting.beside.invented_pages import monitored_batch
from tests.shared.reporting.page_reader import read_page


@pytest.fixture(scope="module")
def record() -> MonitorRecord:
    return monitored_batch()


def test_hostile_names_are_shown_and_nothing_of_them_runs(record: MonitorRecord) -> None:
    text = render_monitor(record)
    page = read_page(text)
    assert not page.tags("script") and not page.tags("img") and not page.faults
    assert "\x1b" not in text and "\u202e" not in text
    assert "\\x1b[31m\\u202eegap" in text
    assert "base-uri 'none'; form-action 'none'" in text


def test_the_page_says_what_differs_how_much_and_whether_the_model_is_still_right(
    record: MonitorRecord,
) -> None:
    text = render_monitor(record)
    assert "columns differ from the test split" in text
    assert text.count('<svg class="track') > 10
    for heading in ("Alarm", "Is it still right?", "All batches together", "How it is tested"):
        assert f">{heading}</h2>" in text
    assert "can&#39;t be seen without labels" in text


def test_without_labels_or_history_the_page_says_so(record: MonitorRecord) -> None:
    bare = record.model_copy(
        update={
            "alarm": False,
            "reasons": (),
            "sequence": None,
            "outcomes": (),
            "groups": (),
            "tests": tuple(t.model_copy(update={"drifted": False}) for t in record.tests),
        }
    )
    text = render_monitor(bare)
    assert "nothing is shown to differ" in text
    assert "No labels were given" in text
    assert "All batches together" not in text
    assert "For a daily look give --state" in text
