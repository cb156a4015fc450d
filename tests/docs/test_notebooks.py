"""The notebooks: one for each pipeline, committed without output; the slow test runs their cells."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines import NAMES
from tests.architecture.source_tree import REPOSITORY

FOLDER = REPOSITORY / "docs" / "notebooks"
MOST_BYTES = 6000


def cells_of(path: Path) -> list[dict[str, Any]]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert document["nbformat"] == 4
    cells: list[dict[str, Any]] = document["cells"]
    return cells


def code_of(path: Path) -> str:
    """All cells as one program that shows the last expression of each, as a notebook does."""
    return "\n".join(
        _showing("".join(cell["source"])) for cell in cells_of(path) if cell["cell_type"] == "code"
    )


def _showing(code: str) -> str:
    tree = ast.parse(code)
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        return code
    lines = code.splitlines()[: last.lineno - 1]
    return "\n".join([*lines, f"shown.append(({ast.unparse(last)})._repr_html_())"])


def test_each_pipeline_has_a_notebook() -> None:
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_small_and_without_output(name: str) -> None:
    path = FOLDER / f"{name}.ipynb"
    assert path.stat().st_size < MOST_BYTES
    code = [cell for cell in cells_of(path) if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.slow
@pytest.mark.timeout(1000)
@pytest.mark.parametrize("name", NAMES)
def test_all_cells_run_and_show_something(name: str, tmp_path: Path) -> None:
    program = (
        f"shown = []\n{code_of(FOLDER / f'{name}.ipynb')}\nassert all(shown)\nprint(len(shown))"
    )
    # A plain interpreter, with a program from this repository.
    finished = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert int(finished.stdout.split()[-1]) >= 5
    assert (tmp_path / "runs" / name / "latest").is_symlink()
