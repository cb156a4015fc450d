from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from shared.reporting.beside.index_page import render_index
from shared.reporting.beside.run_list import find_runs
from tests.shared.reporting.page_reader import read_page

HOSTILE = 'x"><script>alert(1)<_script>\u202ejavascript:'


def _write_run(place: Path, *, value: float | None = 0.8, source: str = "demo") -> None:
    place.mkdir(parents=True)
    config = {"pipeline": place.parent.name, "preset": "default", "data": {"source": source}}
    metric = {"value": value, "ci_low": 0.7, "ci_high": 0.9, "unit": "share", "better": "higher"}
    metrics = {"primary_metric": "accuracy", "metrics": {"accuracy": metric}, "n": 200}
    files: dict[str, Any] = {
        "config.json": config,
        "metrics.json": metrics,
    }
    for name, content in files.items():
        (place / name).write_text(json.dumps(content), encoding="utf-8")
    (place / "report.html").write_text("<!DOCTYPE html>", encoding="utf-8")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    _write_run(folder / "speech" / "20260102-030405-default", value=0.8)
    _write_run(folder / "speech" / "20260203-030405-default", value=0.9)
    _write_run(folder / "sentiment" / HOSTILE, source=HOSTILE)
    (folder / "speech" / "latest").symlink_to("20260203-030405-default")
    (folder / "speech" / "notes").mkdir()
    broken = folder / "speech" / "broken"
    broken.mkdir()
    (broken / "config.json").write_text("{", encoding="utf-8")
    return folder


def test_runs_are_listed_the_newest_first_and_links_are_not_followed(runs: Path) -> None:
    found = find_runs(runs)
    speech = [run for run in found.runs if run.pipeline == "speech"]
    assert [run.path for run in speech] == [
        "speech/20260203-030405-default",
        "speech/20260102-030405-default",
    ]
    assert [run.is_latest for run in speech] == [True, False]
    assert found.skipped == ("speech/broken", "speech/notes")


def test_a_run_that_has_no_result_yet_is_listed_without_one(runs: Path) -> None:
    (runs / "speech" / "20260203-030405-default" / "metrics.json").unlink()
    text = render_index(find_runs(runs), "runs")
    assert "not finished" in text
    assert "3 runs" in text


def test_hostile_names_are_shown_and_link_to_their_own_report(runs: Path) -> None:
    text = render_index(find_runs(runs), HOSTILE)
    page = read_page(text)
    assert len(page.tags("script")) == 1
    assert not page.faults
    assert "\u202e" not in text
    links = [link for link in page.attributes("href") if "report.html" in link]
    assert all(link.startswith("./") and '"' not in link for link in links)
    assert len(links) == 3


def test_the_only_script_is_the_one_that_the_policy_names_and_small(runs: Path) -> None:
    text = render_index(find_runs(runs), "runs")
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text
    assert len(script.encode()) <= 3000
    assert " on" not in re.sub(
        r">[^<]*<", "><", text.partition("<main")[2].partition("<script>")[0]
    )


def test_verdicts_have_a_column_only_where_a_run_has_one(runs: Path) -> None:
    assert ">verdict</th>" not in render_index(find_runs(runs), "runs")
    record = runs / "speech" / "20260102-030405-default" / "report.json"
    record.write_text(json.dumps({"verdict": "with care"}), encoding="utf-8")
    text = render_index(find_runs(runs), "runs")
    assert ">verdict</th>" in text and "with care" in text


def test_a_folder_without_runs_says_so(tmp_path: Path) -> None:
    assert "No run yet" in render_index(find_runs(tmp_path), "runs")
    assert find_runs(tmp_path / "nowhere").runs == ()


def test_names_tell_the_time_of_a_run_before_its_files_do(runs: Path) -> None:
    for file in (runs / "speech" / "20260102-030405-default").iterdir():
        os.utime(file, (0, 0))
    made = {run.path: run.made_at.year for run in find_runs(runs).runs}
    assert made["speech/20260102-030405-default"] == 2026
