"""The shipped source as syntax trees: read once, never imported."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

__all__ = [
    "IN_ONE_PROCESS",
    "REPOSITORY",
    "SHIPPED",
    "Definition",
    "Module",
    "all_modules",
    "definitions",
    "parse",
    "shipped_modules",
]

REPOSITORY = Path(__file__).resolve().parents[2]
SHIPPED = ("shared", "data", "pipelines", "cli")

IN_ONE_PROCESS = pytest.mark.xdist_group("source_tree")
"""Of whoever reads all trees, which then are made once."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file: its path relative to the repository, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module


@dataclass(frozen=True)
class Definition:
    """One function, method or class.

    Attributes:
        module: Where it is defined.
        name: Dotted name inside the module.
        node: Its syntax tree.
        parent: The class that it is a member of, if any.
    """

    module: Module
    name: str
    node: FunctionNode | ast.ClassDef
    parent: ast.ClassDef | None

    @property
    def is_public(self) -> bool:
        """Whether no part of the name begins with an underscore."""
        return not any(part.startswith("_") for part in self.name.split("."))

    def __str__(self) -> str:
        return f"{self.module.path}:{self.node.lineno} {self.name}"


def parse(path: str, text: str) -> Module:
    """A module from its text; saboteurs come in this way."""
    return Module(path, text, ast.parse(text))


def shipped_modules() -> tuple[Module, ...]:
    """All Python files of the shipped packages, in alphabetical order."""
    return _modules(SHIPPED)


def all_modules() -> tuple[Module, ...]:
    """Those, and the tests and benchmarks."""
    return _modules((*SHIPPED, "tests", "benchmarks"))


@cache
def _modules(folders: tuple[str, ...]) -> tuple[Module, ...]:
    files = sorted(file for folder in folders for file in (REPOSITORY / folder).rglob("*.py"))
    # Trees hold no cycles, and a collection would walk through all that there are, again and again.
    gc.disable()
    try:
        return tuple(_module(file) for file in files)
    finally:
        gc.enable()


@cache
def _module(file: Path) -> Module:
    return parse(str(file.relative_to(REPOSITORY)), file.read_text(encoding="utf-8"))


def definitions(module: Module) -> Iterator[Definition]:
    """Functions and classes at the top of a module, and the members of those classes.

    Not what is local to a function.
    """

    def walk(
        body: list[ast.stmt], prefix: str, parent: ast.ClassDef | None
    ) -> Iterator[Definition]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield Definition(module, f"{prefix}{node.name}", node, parent)
            if isinstance(node, ast.ClassDef):
                yield from walk(node.body, f"{prefix}{node.name}.", node)

    yield from walk(module.tree.body, "", None)
