from __future__ import annotations

import subprocess
import sys

import pytest

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
    "shared.session.beginning",
    "shared.session.opened_run",
    "shared.session.explanation",
    "pipelines",
    "cli.__main__",
    *NAMES.values(),
)
"""Modules on the path of `--help`, and of the stages that work on tables alone, with the records of
the pipelines."""

_SCRIPT = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    loaded = [heavy for heavy in ("tensorflow", "keras") if heavy in sys.modules]
    if loaded:
        sys.exit(f"importing {name} loads {' and '.join(loaded)}")
"""


def import_in_fresh_process(*names: str) -> str:
    """What the process says; empty if none of the modules loads TensorFlow or Keras."""
    # A plain `python -c` in this environment, with arguments written above.
    finished = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *names],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return finished.stderr


def test_tables_and_command_line_load_without_tensorflow() -> None:
    assert import_in_fresh_process(*WITHOUT_TENSORFLOW) == ""


@pytest.mark.parametrize("name", ["shared.model.target"])
def test_a_module_that_loads_keras_is_found(name: str) -> None:
    assert f"importing {name} loads" in import_in_fresh_process(name)
