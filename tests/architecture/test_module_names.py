from __future__ import annotations

import pytest

from tests.architecture.source_tree import REPOSITORY

FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "tools"}


def find_vague_names(paths: list[str]) -> list[str]:
    """Paths in which a folder or file is called after nothing in particular."""
    return [path for path in paths if FORBIDDEN & set(path.removesuffix(".py").split("/"))]


def test_no_module_is_called_after_nothing_in_particular() -> None:
    folders = ("shared", "data", "pipelines", "cli", "tests", "benchmarks", "deploy")
    paths = [
        str(file.relative_to(REPOSITORY))
        for folder in folders
        for file in (REPOSITORY / folder).rglob("*.py")
    ]
    assert not find_vague_names(paths)


@pytest.mark.parametrize("path", ["shared/utils.py", "shared/helpers/text.py", "data/common.py"])
def test_vague_names_are_found(path: str) -> None:
    assert find_vague_names([path, "shared/targets.py"]) == [path]
