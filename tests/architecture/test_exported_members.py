from __future__ import annotations

import ast

import pytest

from tests.architecture.source_tree import (
    IN_ONE_PROCESS,
    Module,
    definitions,
    parse,
    shipped_modules,
)

pytestmark = IN_ONE_PROCESS


def find_export_faults(module: Module) -> list[str]:
    exported = _exported(module)
    if exported is None:
        # A file that only documents its folder exports nothing.
        return (
            []
            if all(isinstance(node, ast.Expr) for node in module.tree.body)
            else [f"{module.path}: no __all__"]
        )
    bound = _bound_names(module.tree)
    faults = [
        f"{module.path}: __all__ names {name!r}, which does not exist"
        for name in exported
        if name not in bound
    ]
    faults += [
        f"{module.path}: __all__ names {name!r} twice"
        for name in sorted(set(exported))
        if exported.count(name) > 1
    ]
    public = [
        one.name
        for one in definitions(module)
        if one.parent is None and one.is_public and not _is_command(one.node)
    ]
    return faults + [
        f"{module.path}: {name!r} is public but not in __all__"
        for name in public
        if name not in exported
    ]


def test_every_module_exports_what_it_defines_and_nothing_else() -> None:
    faults = [fault for module in shipped_modules() for fault in find_export_faults(module)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("def open(): ...", "no __all__"),
        ('__all__ = ["gone"]', "'gone', which does not exist"),
        ('__all__ = ["one", "one"]\none = 1', "twice"),
        ("__all__: list[str] = []\nclass Hidden: ...", "'Hidden' is public but not in __all__"),
    ],
)
def test_faulty_exports_are_found(text: str, fault: str) -> None:
    (found,) = find_export_faults(parse("module.py", text))
    assert fault in found


def _exported(module: Module) -> list[str] | None:
    for node in module.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                names: list[str] = ast.literal_eval(node.value)
                return names
    return None


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether a function is called from the command line, where its decorator registers it, and from nowhere else."""
    called = [item.func for item in node.decorator_list if isinstance(item, ast.Call)]
    return any(
        isinstance(function, ast.Attribute) and function.attr in {"command", "callback"}
        for function in called
    )


def _bound_names(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {
                name.id
                for target in node.targets
                for name in ast.walk(target)
                if isinstance(name, ast.Name)
            }
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return names
