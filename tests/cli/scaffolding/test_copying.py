from __future__ import annotations

import importlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import pipelines
from cli.scaffolding.copying import Pattern, add_pipeline
from shared.contract import Pipeline
from shared.errors import ConfigError, RunDirectoryError
from tests.architecture.source_tree import REPOSITORY
from tests.contract.case import Case
from tests.contract.checks import CHECKS

Make = Callable[[str, Pattern], Path]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes a pipeline in a copy of the folders that it is made from, and lets it be imported."""
    for folder in ("tests/contract/toy", "pipelines/tabular"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    shutil.copy(REPOSITORY / "pipelines/__init__.py", tmp_path / "pipelines")
    monkeypatch.setattr(pipelines, "__path__", [*pipelines.__path__, str(tmp_path / "pipelines")])
    return lambda name, like: add_pipeline(name, like, tmp_path)


def _case(folder: Path) -> Case:
    importlib.invalidate_caches()
    record: Pipeline = importlib.import_module(f"pipelines.{folder.name}").PIPELINE
    return Case(record, folder / "presets", folder.parent.parent / "scratch")


@pytest.mark.parametrize("like", Pattern)
def test_a_new_pipeline_meets_checks_at_once(like: Pattern, make: Make) -> None:
    case = _case(make(f"machine_states_{like}", like))
    assert case.pipeline.name == f"machine_states_{like}"
    assert type(case.config).__module__ == f"pipelines.machine_states_{like}.config"
    for check in ("config", "data", "shapes"):
        CHECKS[check](case)


@pytest.mark.slow
@pytest.mark.timeout(1000)
@pytest.mark.parametrize("like", Pattern)
def test_a_new_pipeline_meets_all_checks(like: Pattern, make: Make) -> None:
    case = _case(make(f"all_checks_{like}", like))
    for check in CHECKS.keys() - {"distributes"}:
        CHECKS[check](case)


def test_nothing_of_the_old_name_is_left_in_the_code(make: Make) -> None:
    for like in Pattern:
        folder = make(f"renamed_{like}", like)
        text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
        assert "tests.contract" not in text
        assert "pipelines.tabular" not in text
        assert not re.search(r"\b(Toy|Tabular)(Data)?Config\b", text)


def test_the_line_stands_in_the_order_of_names(make: Make, tmp_path: Path) -> None:
    for name in ("aviation", "radar", "zoology"):
        make(name, Pattern.TOY)
    text = (tmp_path / "pipelines" / "__init__.py").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if '": "pipelines.' in line]
    assert lines == sorted(lines)
    assert len(lines) == len(pipelines.NAMES) + 3


@pytest.mark.parametrize("name", ["tabular", "Radar", "1st", "a-b", "../a", "class", ""])
def test_a_name_that_is_none_or_taken_is_refused(name: str, make: Make) -> None:
    with pytest.raises(ConfigError, match=r"is no name of a pipeline|is there already"):
        make(name, Pattern.TOY)


def test_without_a_clone_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="clone of the repository"):
        add_pipeline("radar", Pattern.TOY, tmp_path)
