from __future__ import annotations

import json
from pathlib import Path

from benchmarks.same_artefacts import differing_files


def _run(folder: Path, **files: object) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def test_times_do_not_count_and_numbers_do(tmp_path: Path) -> None:
    first = _run(tmp_path / "a", train={"seconds": 1}, metrics={"accuracy": 0.9}, data={"n": 3})
    second = _run(tmp_path / "b", train={"seconds": 2}, metrics={"accuracy": 0.8}, data={"n": 3})
    assert differing_files(first, second, {}) == ["metrics.json"]


def test_a_file_that_one_run_lacks_is_named(tmp_path: Path) -> None:
    first = _run(tmp_path / "a", metrics={})
    second = _run(tmp_path / "b", metrics={}, parity={})
    assert differing_files(first, second, {}) == ["parity.json"]


def test_a_key_that_was_renamed_on_purpose_is_the_same(tmp_path: Path) -> None:
    first = _run(tmp_path / "a", metrics={"trials": [1]})
    second = _run(tmp_path / "b", metrics={"perturbations": [1]})
    assert differing_files(first, second, {"trials": "perturbations"}) == []
    assert differing_files(first, second, {}) == ["metrics.json"]
