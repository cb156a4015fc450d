from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from cli.compare import _describe_overall, print_comparison
from shared.evaluation.comparison import compare_runs
from shared.statistics.bootstrap import Resampling
from tests.shared.evaluation.predicted_run import classified, forecast, run_context

_RESAMPLING = Resampling(100, 0.95, (0,))


def test_classes_stand_below_the_metrics_with_both_areas_and_forecasts_have_none(
    tmp_path: Path,
) -> None:
    printed = {}
    for name, predictions in (("classes", classified(0)), ("forecast", forecast(0))):
        runs = [run_context(tmp_path / name / side, predictions).run for side in ("a", "b")]
        console = Console(file=io.StringIO(), width=160)
        print_comparison(console, compare_runs(runs[0], runs[1], _RESAMPLING))
        printed[name] = console.file.getvalue()  # type: ignore[attr-defined]
    rows = [
        line.split()
        for line in printed["classes"].partition("Each class against the rest")[2].splitlines()
    ]
    assert [row[0] for row in rows if "(DeLong)" in row] == ["benign", "malignant", "other"]
    assert sum("precision" in row for row in rows) == 3
    assert "Each class against the rest" not in printed["forecast"]
    assert "Both runs give the same predictions." in printed["forecast"]


def test_metrics_that_disagree_are_named_in_place_of_a_better_run() -> None:
    overall = {
        "verdict": "mixed",
        "primary_metric": "mse_standardised",
        "for_first": ["mse_standardised"],
        "for_second": ["mase", "rmsse"],
    }
    said = _describe_overall(overall)
    assert said.endswith("for A speaks mse standardised, for B speaks mase, rmsse.")
