from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from pipelines import NAMES
from tests.architecture.source_tree import REPOSITORY

WITHOUT_TENSORFLOW = (
    "shared.errors",
    "shared.targets",
    "shared.config",
    "shared.config.sources",
    "shared.run.directory",
    "shared.contract",
    "shared.run.context",
    "shared.cluster.discovery",
    "shared.run.artefacts.prediction_files",
    "shared.stages.runner",
    "shared.evaluation.evaluate",
    "shared.fairness.stage",
    "shared.reporting.report",
    "shared.serving.batch.finishing",
    "shared.session.beginning",
    "shared.session.opened_run",
    "shared.session.explanation",
    "pipelines",
    "cli.__main__",
    *NAMES.values(),
)
"""Modules on the path of `--help`, and of the stages that work on tables alone, with the records of
the pipelines."""

HEAVY = ("tensorflow", "keras", "shap")
"""What no module above may load."""

HEAVY_FOR_HELP = (*HEAVY, "numpy", "scipy", "pandas", "sklearn", "pydantic", "matplotlib")
"""What `--help` does without: each takes a good part of a second."""

_SCRIPT = """
import importlib, sys
heavy_modules = sys.argv[1].split(",")
for name in sys.argv[2:]:
    importlib.import_module(name)
    loaded = [heavy for heavy in heavy_modules if heavy in sys.modules]
    if loaded:
        sys.exit(f"importing {name} loads {' and '.join(loaded)}")
"""


def import_in_fresh_process(*names: str, heavy: Sequence[str] = HEAVY) -> str:
    """What the process says; empty if none of the modules loads a heavy one."""
    # A plain `python -c` in this environment, with arguments written above.
    finished = subprocess.run(
        [sys.executable, "-c", _SCRIPT, ",".join(heavy), *names],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return finished.stderr


def test_tables_and_command_line_load_without_tensorflow() -> None:
    assert import_in_fresh_process(*WITHOUT_TENSORFLOW) == ""


def test_help_waits_for_nothing_heavy() -> None:
    assert import_in_fresh_process("cli.__main__", heavy=HEAVY_FOR_HELP) == ""


def test_a_module_that_makes_help_slow_is_found() -> None:
    said = import_in_fresh_process("shared.statistics.intervals", heavy=HEAVY_FOR_HELP)
    assert "numpy and scipy" in said


def test_heavy_modules_are_called_what_they_are_looked_for_as() -> None:
    assert all(find_spec(name) for name in {*HEAVY, *HEAVY_FOR_HELP})
