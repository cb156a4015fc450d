"""What the pages beside the report show, invented; names would be markup, if they could."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shared.evaluation.comparison import compare_runs, read_pair
from shared.evaluation.run_differences import SettingDifference, find_one_sided_rows
from shared.monitoring.columns import paired_columns
from shared.monitoring.drift_tests import drift_tests
from shared.monitoring.expected import expected_outcomes
from shared.monitoring.outcomes import compare_groups, compare_outcomes, row_outcomes
from shared.monitoring.scored_rows import choose_one_each, score_columns
from shared.monitoring.sequence import Look, count_batch, describe_sequence
from shared.reporting.beside.comparison_page import AboutRuns, ComparedRuns
from shared.reporting.drawing.media import RowMedium
from shared.run.artefacts.monitoring.history import MonitorHistory
from shared.run.artefacts.monitoring.record import MonitorRecord
from shared.statistics.bootstrap import Resampling
from tests.shared.evaluation.predicted_run import classified, forecast, run_context
from tests.shared.monitoring.invented_record import batch_record, empty_record
from tests.shared.monitoring.invented_rows import CLASSES, scored_rows

__all__ = ["HOSTILE", "PAIRS", "compared_runs", "monitored_batch"]

HOSTILE = '</ul></style><script>alert(1)</script>"><img src=x onerror=alert(2)>\x1b[31m\u202eegap'

PAIRS = {
    "classes": (classified(0), classified(0, skill=0.3)),
    "forecast": (forecast(0), forecast(0, noise=2.0)),
}


def compared_runs(folder: Path, kind: str) -> ComparedRuns:
    """Two runs on the same rows, of which the first is better; `kind` is one of `PAIRS`."""
    first, second = PAIRS[kind]
    second = first.with_scores(second.scores)
    runs = [run_context(folder / name, of).run for name, of in (("a", first), ("b", second))]
    rows, counts = find_one_sided_rows(read_pair(*runs))
    return ComparedRuns(
        comparison=compare_runs(runs[0], runs[1], Resampling(100, 0.95, (0,))),
        rows=rows,
        counts=counts,
        groups=(),
        settings=(SettingDifference("train.seed", "0", HOSTILE),),
        about=AboutRuns(HOSTILE, "runs/b", "Invented", synthetic=True),
        is_forecast=kind == "forecast",
        explained={rows[0].id: [("explained in A", "./a/report.html#explanations")]},
        shown={rows[0].id: RowMedium("text", text=HOSTILE)},
    )


def monitored_batch() -> MonitorRecord:
    """A batch that drifted, with labels and names that would be markup."""
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
