from __future__ import annotations

import ast

from tests.architecture.source_tree import Module, definitions, parse, shipped_modules

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 400
EXCEPTIONS: dict[str, str] = {}
"""`path` or `path function` -> why it is longer. Aim lower: functions of 30 lines, files of 300."""


def find_long_places(module: Module) -> dict[str, int]:
    lines = module.text.count("\n") + 1
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
        for module in shipped_modules()
        for place, lines in find_long_places(module).items()
    }
    assert places.keys() <= EXCEPTIONS.keys(), (
        f"too long: { {place: places[place] for place in places.keys() - EXCEPTIONS.keys()} }"
    )


def test_listed_exceptions_are_still_needed() -> None:
    places = {place for module in shipped_modules() for place in find_long_places(module)}
    assert EXCEPTIONS.keys() <= places, f"no longer too long: {sorted(EXCEPTIONS.keys() - places)}"


def test_a_long_function_and_a_long_file_are_found() -> None:
    body = "\n".join(["def long():"] + ["    step()"] * MAX_FUNCTION_LINES + ["#"] * MAX_FILE_LINES)
    assert set(find_long_places(parse("module.py", body))) == {"module.py", "module.py long"}


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = ast.get_docstring(node, clean=False)
    return (
        (node.end_lineno or node.lineno)
        - node.lineno
        + 1
        - (docstring.count("\n") + 1 if docstring else 0)
    )
