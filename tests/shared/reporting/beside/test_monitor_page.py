from __future__ import annotations

from dataclasses import replace

import pytest

from shared.monitoring.columns import paired_columns
from shared.monitoring.drift_tests import drift_tests
from shared.monitoring.expected import expected_outcomes
from shared.monitoring.outcomes import (
    compare_groups,
    compare_outcomes,
    row_outcomes,
)
from shared.monitoring.scored_rows import choose_one_each, score_columns
from shared.monitoring.sequence import Look, count_batch, describe_sequence
from shared.reporting.beside.monitor_page import render_monitor
from shared.run.artefacts.monitoring.history import MonitorHistory
from shared.run.artefacts.monitoring.record import MonitorRecord
from tests.shared.monitoring.invented_record import batch_record, empty_record
from tests.shared.monitoring.invented_rows import CLASSES, scored_rows
from tests.shared.reporting.page_reader import read_page

HOSTILE = '</style><script>alert(1)</script>"><img src=x onerror=alert(2)>\x1b[31m\u202eegap'


@pytest.fixture(scope="module")
def record() -> MonitorRecord:
    reference = scored_rows(1)
    new = scored_rows(2, shift=2.0)
    groups = new.groups.replace({"female": HOSTILE})
    new = replace(new, groups=groups)
    sides = (new, reference)
    one_each = [rows.take(choose_one_each(rows.entities, 2000, 0)) for rows in sides]
    pairs = paired_columns(score_columns(CLASSES, one_each[1]), score_columns(CLASSES, one_each[0]))
    outcomes = [row_outcomes(CLASSES, rows) for rows in sides]
    look = Look("2026-01-01", "day", "first", 120)
    history = count_batch(MonitorHistory(weights_sha256="0" * 64), pairs, look)
    compared = compare_outcomes(outcomes[0], new.entities, outcomes[1], reference.entities, 0.95)
    accuracies = (outcomes[0][0], outcomes[1][0])
    return empty_record(
        run=f"runs/{HOSTILE}",
        alarm=True,
        reasons=(HOSTILE,),
        batch=batch_record(HOSTILE),
        tests=drift_tests(pairs, 0.005),
        sequence=describe_sequence(history, counted_before=False),
        outcomes=compared,
        groups=compare_groups(accuracies, sides, 0.95, least_rows=20, privacy_rows=0),
        expected=expected_outcomes(CLASSES, new, reference, 0.95),
        notes=(HOSTILE,),
    )


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
