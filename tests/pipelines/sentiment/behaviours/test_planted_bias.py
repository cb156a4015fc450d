"""The demo plants a spurious tie of one religion to blame.

Whether the behaviour tests find it, and find it only where it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines import get_pipeline
from shared.run.directory import RunDirectory
from shared.stages.runner import run_stages
from tests.pipelines.sentiment import configure

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

_STAGES = ["resolve", "data", "train", "predict", "calibrate", "evaluate"]


def _shifts(folder: Path, bias: float) -> dict[str, dict[str, Any]]:
    """Group -> its entry, of religions and control words, after a short training on the demo."""
    settings = (
        f"data.demo_group_bias={bias}",
        "data.num_demo_examples=2000",
        "train.epochs=5",
        "evaluate.resamples=200",
    )
    run = RunDirectory(folder)
    run_stages(
        get_pipeline("sentiment"), configure(*settings, preset="default"), run, stages=_STAGES
    )
    entries = run.read_json("metrics.json", maker="evaluate")["behaviours"]["fillers"]
    return {
        entry["group"]: entry
        for entry in entries
        if entry["test"] in ("identity_religion", "control_words")
    }


def test_the_planted_bias_is_found_and_larger_than_what_any_word_does(tmp_path: Path) -> None:
    biased, fair = _shifts(tmp_path / "biased", 1.0), _shifts(tmp_path / "fair", 0.0)
    assert biased["Muslim"]["verdict"] == "lowers"
    assert not biased["Muslim"]["within_margin"]
    others = [abs(entry["shift"]["value"]) for group, entry in biased.items() if group != "Muslim"]
    assert abs(biased["Muslim"]["shift"]["value"]) > 2.0 * max(others)
    # Not near 0: in so few reviews each religion goes with one label a little more often by chance.
    assert abs(fair["Muslim"]["shift"]["value"]) < 0.5 * abs(biased["Muslim"]["shift"]["value"])
