from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from shared.reporting.answered_rows import AnsweredRows
from shared.reporting.reader.threshold_data import (
    PARTS,
    json_block,
    sampled_rows,
    threshold_data,
)
from shared.reporting.templates import page_templates, read_script
from shared.statistics.shares import column_shares
from shared.targets import Categories
from shared.targets.predictions import Predictions

TARGET = Categories(names=("</script><b>", "=sick", "other"))
SERVED = {1: 0.30517}
THRESHOLDS = (0.05, 0.2, 0.5, 0.7, 0.95)
CHROMIUM = shutil.which("chromium")


def invented_rows(num_rows: int = 300) -> AnsweredRows:
    generator = np.random.default_rng(4)
    truth = generator.integers(0, 3, num_rows)
    scores = (1.5 * np.eye(3)[truth] + generator.normal(size=(num_rows, 3))).astype(np.float32)
    ids = np.array([f"row {row}" for row in range(num_rows)])
    entities = np.array([f"person {row // 3}" for row in range(num_rows)])
    groups = {"site <b>": generator.choice(["<i>a</i>", "b\u202e"], num_rows)}
    return AnsweredRows(TARGET, Predictions(ids, entities, truth, scores), groups, is_finite=True)


def data_of(tested: AnsweredRows, *, with_groups: bool = True) -> dict[str, Any]:
    return threshold_data(tested, TARGET, SERVED, confidence=0.95, with_groups=with_groups)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_counts_at_every_threshold_are_those_of_scikit_learn(threshold: float) -> None:
    tested = invented_rows()
    data = data_of(tested)
    probabilities = TARGET.probabilities(tested.predictions.scores)
    for place, scores in enumerate(data["scores"]):
        alarms = np.array(scores) >= threshold * PARTS
        expected = confusion_matrix(
            tested.predictions.targets == place, probabilities[:, place] >= threshold
        )
        found = confusion_matrix(np.array(data["truth"]) == place, alarms)
        np.testing.assert_array_equal(found, expected)


def test_a_served_threshold_between_two_steps_keeps_its_counts() -> None:
    tested = invented_rows()
    data = data_of(tested)
    at = data["classes"][1]["served"]
    exact = TARGET.probabilities(tested.predictions.scores)[:, 1] >= SERVED[1]
    np.testing.assert_array_equal(np.array(data["scores"][1]) >= at, exact)


def test_no_name_ends_the_block_of_data() -> None:
    block = json_block(data_of(invented_rows()))
    assert "<" not in block
    assert json.loads(block)["classes"][0]["name"] == "</script><b>"


def test_groups_are_left_out_where_single_rows_may_not_be_shown() -> None:
    assert data_of(invented_rows(), with_groups=False)["groups"] == []


def test_many_rows_are_sampled_within_a_budget() -> None:
    assert len(sampled_rows(100, 3)) == 100
    assert len(sampled_rows(10_000, 3)) == 5_000
    assert len(sampled_rows(10_000, 60)) == 1_000
    assert len(np.unique(sampled_rows(10_000, 3))) == 5_000


_DRIVER = """<pre id="log"></pre><script>
const log = [];
const slider = document.getElementById("decide-threshold");
for (const value of THRESHOLDS) {
  slider.value = value;
  slider.dispatchEvent(new Event("input"));
  log.push(document.getElementById("decide-said").textContent);
}
document.getElementById("log").textContent = log.join("|");
</script>"""
"""Moves the slider, as a hand does, and writes down what is said."""


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_the_explorer_says_what_scikit_learn_counts_and_our_intervals(tmp_path: Path) -> None:
    tested = invented_rows()
    data = data_of(tested) | {"first": 1}
    template = page_templates().from_string(
        "{% import 'parts.html' as parts with context %}{% include 'reader/decide.html' %}"
    )
    view = {"finding": "", "table": None, "figure": _figure(), "data": json_block(data)}
    page = template.render(view=view, page={"synthetic": False})
    values = str([round(threshold * PARTS) for threshold in THRESHOLDS])
    driver = _DRIVER.replace("THRESHOLDS", values)
    file = tmp_path / "page.html"
    file.write_text(f"{page}<script>{read_script()}</script>{driver}", encoding="utf-8")
    said = _dumped(file, tmp_path).split("|")
    assert said == [_expected(tested, threshold) for threshold in THRESHOLDS]


def _figure() -> dict[str, Any]:
    return {"title": "", "download": {"name": "a.csv", "address": "data:text/csv,"}}


def _dumped(file: Path, folder: Path) -> str:
    command = [
        str(CHROMIUM),
        *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
        *("--disable-background-networking", f"--user-data-dir={folder / 'profile'}"),
        *("--dump-dom", file.as_uri()),
    ]
    found = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    log = re.search(r'<pre id="log">(.*?)</pre>', found.stdout, re.DOTALL)
    assert log is not None
    return log.group(1).replace("&nbsp;", "\N{NO-BREAK SPACE}")


def _expected(tested: AnsweredRows, threshold: float) -> str:
    """The sentences by scikit-learn's counts and the intervals of `column_shares`."""
    test = tested.predictions
    alarms = TARGET.probabilities(test.scores)[:, 1] >= threshold
    own = test.targets == 1
    (_, wrong), (missed, hits) = confusion_matrix(own, alarms).tolist()
    columns = np.where(np.stack([own, ~own], axis=1), alarms[:, None], np.nan)
    found, false_alarms = column_shares(columns.astype(np.float64), test.entities, 0.95)
    space = "\N{NO-BREAK SPACE}"
    ends = [
        f"({100 * (one.ci_low or 0):.1f} to {100 * (one.ci_high or 0):.1f}{space}%)"
        for one in (found, false_alarms)
    ]
    return (
        f"Finds {hits} of {hits + missed} {ends[0]} and misses {missed}. False alarms: {wrong} of"
        f" {int((~own).sum())} others {ends[1]}. {hits} of {hits + wrong} alarms are right."
    )
