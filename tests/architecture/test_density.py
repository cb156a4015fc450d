"""How much a line asks of its reader: the limits stand in `docs/architecture.md` with the sizes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source_tree import (
    IN_ONE_PROCESS,
    Module,
    definitions,
    parse,
    shipped_modules,
)

pytestmark = IN_ONE_PROCESS

MAX_EXPRESSIONS = 40
"""Expression nodes of one statement; ten well-read packages have 18 to 34 in the 99th percentile."""
EXCEPTIONS: dict[str, str] = {}
"""`path function` -> why one of its statements is denser, or assigns unrelated values at once."""


def find_dense_places(module: Module) -> set[str]:
    """Functions with a statement of too many expressions, or one that assigns several values.

    Literals count once, however long: a table is read line by line.
    """
    return {
        f"{module.path} {one.name}"
        for one in definitions(module)
        if not isinstance(one.node, ast.ClassDef)
        for statement in _statements(one.node)
        if _expressions(statement) > MAX_EXPRESSIONS or _is_parallel(statement)
    }


def test_statements_do_one_thing_but_for_listed_exceptions() -> None:
    places = {place for module in shipped_modules() for place in find_dense_places(module)}
    assert places <= EXCEPTIONS.keys(), f"too dense: {sorted(places - EXCEPTIONS.keys())}"


def test_listed_exceptions_are_still_needed() -> None:
    places = {place for module in shipped_modules() for place in find_dense_places(module)}
    assert EXCEPTIONS.keys() <= places, f"no longer dense: {sorted(EXCEPTIONS.keys() - places)}"


def test_a_dense_statement_and_a_parallel_assignment_are_found() -> None:
    dense = "def dense(a):\n    return [" + ", ".join(["a + 1"] * MAX_EXPRESSIONS) + "]"
    parallel = "def parallel(a):\n    b, c = f(a), g(a)"
    table = "def table():\n    return {" + ", ".join(f"{i}: 'x'" for i in range(99)) + "}"
    module = parse("module.py", "\n".join([dense, parallel, table]))
    assert find_dense_places(module) == {"module.py dense", "module.py parallel"}


def test_unpacking_one_value_is_no_parallel_assignment() -> None:
    module = parse("module.py", "def unpack(a):\n    b, c = a\n    b, c = f(a)\n    return b, c")
    assert not find_dense_places(module)


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    return (one for one in ast.walk(node) if isinstance(one, ast.stmt) and one is not node)


def _expressions(node: ast.AST) -> int:
    """Expression nodes of a statement, without those of the statements inside it."""
    if _is_literal(node):
        return 1
    inside = (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt))
    return isinstance(node, ast.expr) + sum(_expressions(child) for child in inside)


def _is_literal(node: ast.AST) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return all(_is_literal(item) for item in items)
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and _is_literal(key) for key in keys) and all(
                _is_literal(value) for value in values
            )
        case _:
            return False


def _is_parallel(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Tuple)
        and isinstance(statement.value, ast.Tuple)
    )
