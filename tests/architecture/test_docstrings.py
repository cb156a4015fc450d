from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.source_tree import (
    IN_ONE_PROCESS,
    Definition,
    Module,
    definitions,
    parse,
    shipped_modules,
)

pytestmark = IN_ONE_PROCESS

_SECTION = re.compile(
    r"^(Args|Attributes|Returns|Raises|Yields|Example|Examples|Note|Notes|Source|See):",
    re.MULTILINE,
)
_ENTRY = re.compile(r"^    \*{0,2}(\w+)(?: \([^)]*\))?:", re.MULTILINE)


def find_docstring_faults(module: Module) -> list[str]:
    faults = (
        [] if ast.get_docstring(module.tree) else [f"{module.path}: the module has no docstring"]
    )
    for one in definitions(module):
        text = ast.get_docstring(one.node)
        if text is None:
            if one.is_public and not _is_inner(one):
                faults.append(f"{one}: no docstring")
            continue
        faults += _compare(one, "Args", _documented(text, "Args"), _parameters(one))
        if isinstance(one.node, ast.ClassDef):
            faults += _compare(one, "Attributes", _documented(text, "Attributes"), None)
    return faults


def test_docstrings_exist_and_name_the_parameters_of_their_signatures() -> None:
    faults = [fault for module in shipped_modules() for fault in find_docstring_faults(module)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("def scale(): ...", "the module has no docstring"),
        ('"""Doc."""\ndef scale(): ...', "no docstring"),
        (
            '"""Doc."""\nclass Scale:\n    """Doc."""\n    def apply(self): ...',
            "Scale.apply: no docstring",
        ),
        (
            '"""Doc."""\ndef scale(rows):\n    """Doc.\n\n    Args:\n        row: One.\n    """',
            "'row', which is no parameter",
        ),
        (
            (
                '"""Doc."""\ndef scale(rows, by):\n    """Doc.\n\n    Args:\n        rows: Some.\n '
                '   """'
            ),
            "does not say what 'by' is",
        ),
        (
            (
                '"""Doc."""\nclass Scale:\n    """Doc.\n\n    Attributes:\n        by: How much.\n '
                '   """'
            ),
            "'by', which is no field",
        ),
    ],
)
def test_faulty_docstrings_are_found(text: str, fault: str) -> None:
    assert any(fault in found for found in find_docstring_faults(parse("module.py", text)))


def _is_inner(one: Definition) -> bool:
    # Members of private classes, and overrides whose contract stands in the base class (`call` and
    # the like on Keras layers).
    is_override = (
        one.parent is not None
        and bool(one.parent.bases)
        and one.node.name in {"call", "build", "get_config", "compute_output_shape"}
    )
    return is_override or _has_decorator(one.node, "overload")


def _documented(text: str, section: str) -> list[str]:
    parts = _SECTION.split(text)
    # split() gives: before, name, body, name, body, …
    bodies = dict(zip(parts[1::2], parts[2::2], strict=True))
    return _ENTRY.findall(bodies.get(section, ""))


def _parameters(one: Definition) -> list[str] | None:
    """Names in the signature; for a class, of what constructs it."""
    function = one.node
    if isinstance(function, ast.ClassDef):
        constructors = [
            node
            for node in function.body
            if isinstance(node, ast.FunctionDef) and node.name == "__init__"
        ]
        if not constructors:
            return _fields(function)
        function = constructors[0]
    arguments = function.args
    names = [
        argument.arg
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    ]
    # `*args` and `**options` may be documented; where a layer hands them to its base class, they
    # are documented there.
    names += [
        f"*{argument.arg}"
        for argument in (arguments.vararg, arguments.kwarg)
        if argument is not None
    ]
    is_method = one.parent is not None or isinstance(one.node, ast.ClassDef)
    return names[1:] if is_method and not _has_decorator(one.node, "staticmethod") else names


def _fields(node: ast.ClassDef) -> list[str]:
    return [
        item.target.id
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    ]


def _compare(
    one: Definition, section: str, documented: list[str], parameters: list[str] | None
) -> list[str]:
    if not documented:
        return []
    if section == "Attributes":
        members = _members(one.node)
        return [
            f"{one}: Attributes names {name!r}, which is no field"
            for name in documented
            if name not in members
        ]
    known = {name.lstrip("*") for name in parameters or []}
    faults = [
        f"{one}: Args names {name!r}, which is no parameter"
        for name in documented
        if name not in known
    ]
    undocumented = [
        name for name in parameters or [] if name not in documented and not name.startswith("*")
    ]
    return faults + [f"{one}: Args does not say what {name!r} is" for name in undocumented]


def _members(node: ast.AST) -> set[str]:
    names = {
        item.target.id
        for item in ast.walk(node)
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }
    names |= {item.attr for item in ast.walk(node) if isinstance(item, ast.Attribute)}
    return names | {item.name for item in ast.walk(node) if isinstance(item, ast.FunctionDef)}


def _has_decorator(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, name: str) -> bool:
    return any(isinstance(item, ast.Name) and item.id == name for item in node.decorator_list)
