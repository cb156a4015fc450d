"""The whole way of a planted bias.

A run, its mitigated trainings, and the report that weighs them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cli.__main__ import main

SETTINGS = (
    "data.num_demo_examples=600",
    "data.demo_group_bias=1.0",
    "evaluate.min_group_size=5",
    "explain.num_examples=1",
)
METHODS = ("trained with reweighing", "trained with balanced sampling", "trained with group DRO")


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["pipelines", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.slow
def test_all_methods_are_weighed_for_a_planted_bias(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    run = str(tmp_path / "run")
    given = [part for setting in SETTINGS for part in ("--set", setting)]
    assert call(monkeypatch, "run", "sentiment", "--preset", "smoke", "--run-dir", run, *given) == 0
    assert call(monkeypatch, "mitigate", run, "--attribute", "identity_term") == 0
    printed = capsys.readouterr().out
    record = json.loads((tmp_path / "run" / "fairness.json").read_text())
    (entry,) = (entry for entry in record["attributes"] if entry["attribute"] == "identity_term")
    assert [mitigation["method"] for mitigation in entry["mitigations"]][-3:] == list(METHODS)
    page = (tmp_path / "run" / "report.html").read_text()
    for method in METHODS:
        assert method in printed and method in page
    assert f"--run-dir '{run}/mitigation/identity_term/METHOD' --resume" in printed.replace(
        "\n", ""
    )
    reweighing = tmp_path / "run" / "mitigation" / "identity_term" / "reweighing"
    assert not (reweighing / "report.html").exists()
    assert call(monkeypatch, "run", "sentiment", "--run-dir", str(reweighing), "--resume") == 0
    trained = json.loads((reweighing / "train.json").read_text())
    assert trained["mitigation"]["method"] == "reweighing"
