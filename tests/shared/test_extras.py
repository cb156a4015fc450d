from __future__ import annotations

import shlex
import sys
import tomllib
from pathlib import Path

import pytest

from shared.extras import EXTRAS, install_command

_PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
_OPTIONAL = _PROJECT["project"]["optional-dependencies"]


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_is_advised_is_what_the_project_declares(extra: str) -> None:
    assert list(EXTRAS[extra]) == _OPTIONAL[extra]


def test_the_command_survives_a_folder_with_a_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/my files/bin/python")
    words = shlex.split(install_command("dicom"))
    assert words == ["/my files/bin/python", "-m", "pip", "install", "pydicom>=3.0"]
