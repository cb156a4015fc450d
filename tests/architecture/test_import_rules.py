from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source_tree import REPOSITORY, SHIPPED

# Contract id in pyproject.toml -> (file, the import that the contract must refuse there).
VIOLATIONS: dict[str, tuple[str, str]] = {
    "packages": ("shared/run/progress.py", "import pipelines"),
    "library": ("shared/errors.py", "import shared.config"),
    # Indirectly: fairness -> a new module -> shared.model.target -> keras.
    "tables": ("shared/fairness/__init__.py", "import shared.fairness.fresh_detour"),
    "vocabulary": ("pipelines/sentiment/config.py", "import shared.model.target"),
    "independent": ("pipelines/speech/config.py", "import pipelines.sentiment.config"),
}


def lint_imports(folder: Path) -> tuple[int, str]:
    """Exit code and output of import-linter in a folder that holds the packages and `pyproject.toml`."""
    # A plain run of the installed linter; nothing comes from outside.
    finished = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
            "--no-logo",
        ],
        cwd=folder,
        env={"PATH": "", "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return finished.returncode, finished.stdout + finished.stderr


def test_the_import_rules_hold() -> None:
    code, output = lint_imports(REPOSITORY)
    assert code == 0, output


def test_each_rule_refuses_a_violation(tmp_path: Path) -> None:
    for folder in SHIPPED:
        shutil.copytree(
            REPOSITORY / folder,
            tmp_path / folder,
            ignore=lambda _, names: [name for name in names if name == "__pycache__"],
        )
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    (tmp_path / "shared/fairness/fresh_detour.py").write_text(
        "import shared.model.target\n", encoding="utf-8"
    )
    for path, line in VIOLATIONS.values():
        with (tmp_path / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    code, output = lint_imports(tmp_path)
    assert code == 1, output
    kept = [line for line in output.splitlines() if line.rstrip().endswith("KEPT")]
    assert not kept, f"these rules let their violation pass: {kept}"


@pytest.mark.parametrize(
    "contract",
    tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"],
)
def test_each_rule_has_a_violation(contract: dict[str, object]) -> None:
    assert contract["id"] in VIOLATIONS
