from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from tests.architecture.source_tree import IN_ONE_PROCESS, Module, all_modules, definitions, parse

pytestmark = IN_ONE_PROCESS

MAX_FUNCTION_LINES = 30
MAX_FILE_LINES = 300
MAX_FILES_OF_A_FOLDER = 14
_ONE_RUN = "one invented run, whose artefacts must fit together"
_ONE_STORY = "one story from the run to what is read of it"
EXCEPTIONS = {
    "tests/shared/evaluation/predicted_run.py run_context": _ONE_RUN,
    "tests/shared/evaluation/test_evaluate.py": "one stage, all that it writes",
    "tests/shared/fairness/mitigation/test_trained_decisions.py"
    " test_a_training_stands_beside_the_mitigations_after_training": _ONE_STORY,
    "tests/shared/reporting/test_report.py": "one page, asked in all its parts",
}
"""`path` or `path function` -> why it is longer; all of them are tests."""


def find_long_places(module: Module) -> dict[str, int]:
    lines = len(module.text.splitlines())
    places = {module.path: lines} if lines > MAX_FILE_LINES else {}
    for one in definitions(module):
        if not isinstance(one.node, ast.ClassDef):
            length = _code_lines(one.node)
            if length > MAX_FUNCTION_LINES:
                places[f"{module.path} {one.name}"] = length
    return places


def test_functions_and_files_are_short_but_for_listed_exceptions() -> None:
    places = {
        place: lines
        for module in all_modules()
        for place, lines in find_long_places(module).items()
    }
    assert places.keys() <= EXCEPTIONS.keys(), (
        f"too long: { {place: places[place] for place in places.keys() - EXCEPTIONS.keys()} }"
    )


def test_listed_exceptions_are_still_needed() -> None:
    places = {place for module in all_modules() for place in find_long_places(module)}
    assert EXCEPTIONS.keys() <= places, f"no longer too long: {sorted(EXCEPTIONS.keys() - places)}"


def test_only_tests_are_excepted() -> None:
    assert all(place.startswith("tests/") for place in EXCEPTIONS)


def test_a_long_function_and_a_long_file_are_found() -> None:
    body = "\n".join(["def long():"] + ["    step()"] * MAX_FUNCTION_LINES + ["#"] * MAX_FILE_LINES)
    assert set(find_long_places(parse("module.py", body))) == {"module.py", "module.py long"}


def find_wide_folders(paths: list[str]) -> dict[str, int]:
    """Folders with more modules than one glance takes in; `__init__` does not count."""
    modules = [Path(path) for path in paths if not path.endswith("__init__.py")]
    files = Counter(str(module.parent) for module in modules)
    return {folder: number for folder, number in files.items() if number > MAX_FILES_OF_A_FOLDER}


def test_no_folder_is_wider_than_one_glance() -> None:
    assert not find_wide_folders([module.path for module in all_modules()])


def test_a_wide_folder_is_found() -> None:
    paths = [f"shared/wide/file_{i}.py" for i in range(MAX_FILES_OF_A_FOLDER + 1)]
    assert find_wide_folders([*paths, "shared/narrow/file.py"]) == {"shared/wide": len(paths)}


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = ast.get_docstring(node, clean=False)
    return (
        (node.end_lineno or node.lineno)
        - node.lineno
        + 1
        - (docstring.count("\n") + 1 if docstring else 0)
    )
