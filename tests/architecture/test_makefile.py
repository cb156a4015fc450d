"""`make` finds a Python that fits, and says what to install if there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_MAKEFILE = Path(__file__).parents[2] / "Makefile"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copy(_MAKEFILE, tmp_path)
    return tmp_path


def _make_environment(checkout: Path, pythons: str) -> subprocess.CompletedProcess[str]:
    command = ["make", ".venv/bin/python", f"PYTHON={pythons}"]
    # `make test` runs this below another make, whose level and flags would change what is said.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        command, cwd=checkout, env=alone, capture_output=True, text=True, check=False
    )


def _python(checkout: Path, name: str, script: str) -> str:
    path = checkout / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_pythons_that_fail_are_passed_over(checkout: Path) -> None:
    not_activated = _python(checkout, "shim", "echo 'command not found' >&2; exit 127")
    fitting = _python(checkout, "fits", '[ "$1" = -m ] && echo "$@"; exit 0')
    done = _make_environment(checkout, f"missing-python {not_activated} {fitting}")
    assert (done.stdout, done.stderr) == ("-m venv .venv\n", "")


def test_none_that_fits_ends_in_one_line_that_says_what_to_install(checkout: Path) -> None:
    done = _make_environment(checkout, "missing-python")
    said = done.stderr.splitlines()
    assert said[0].startswith("No Python 3.11, 3.12 or 3.13 with venv under: missing-python.")
    assert "sudo apt install python3-venv" in said[0]
    assert done.returncode == 2


@pytest.mark.parametrize(("version", "fits"), [((3, 10), 0), ((3, 13), 1), ((3, 14), 0)])
def test_only_versions_with_wheels_of_tensorflow_fit(
    checkout: Path, version: tuple[int, int], fits: int
) -> None:
    question = f"import sys; sys.version_info = {(*version, 0)}; exec(sys.argv[1])"
    asking = f'[ "$1" = -m ] && exit 0; exec {sys.executable} -c "{question}" "$2"'
    done = _make_environment(checkout, _python(checkout, "asked", asking))
    assert (done.returncode == 0) == bool(fits)
