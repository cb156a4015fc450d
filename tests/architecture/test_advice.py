"""What a message advises is written by the functions that quote it, or a shell might not pass it on."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from tests.architecture.source_tree import IN_ONE_PROCESS, Module, shipped_modules

pytestmark = IN_ONE_PROCESS

_BY_HAND = re.compile(r"--set\s+[a-z_]+\.[a-z_]+|--stages\s+[a-z{]|--run-dir\s+\{")
_WRITERS = ("set_option", "rerun_command")
_PUNCTUATION = (".", ",", ";", ":", ")")


def find_written_options(module: Module) -> list[str]:
    """Texts in code, docstrings aside, that hold an option with its value."""
    if "--" not in module.text:
        return []
    strings = [
        node for node in ast.walk(module.tree) if isinstance(node, ast.Constant | ast.JoinedStr)
    ]
    documentation = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    texts = [ast.unparse(node) for node in strings if id(node) not in documentation]
    return [text for text in texts if _BY_HAND.search(text)]


def find_punctuated_options(module: Module) -> list[str]:
    """Messages in which punctuation follows an option: people paste up to the next space."""
    return [
        ast.unparse(text)
        for text in _texts(module)
        if any(map(_is_punctuated, pairwise(text.values)))
    ]


def _texts(module: Module) -> Iterator[ast.JoinedStr]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.JoinedStr))


def _is_punctuated(pair: tuple[ast.expr, ast.expr]) -> bool:
    before, after = pair
    return (
        isinstance(before, ast.FormattedValue)
        and ast.unparse(before.value).partition("(")[0].endswith(_WRITERS)
        and isinstance(after, ast.Constant)
        and str(after.value).startswith(_PUNCTUATION)
    )


@pytest.mark.parametrize(
    ("find", "source"),
    [
        (find_written_options, 'x = "Name it with --set data.unit=kW"'),
        (find_written_options, 'x = f"Name it with --set data.unit={unit}"'),
        (find_written_options, 'x = f"{path}: name it with" " --set data.unit=…."'),
        (find_written_options, 'x = f"run with --stages {maker} first"'),
        (find_written_options, 'x = f"run with --run-dir {run.path}"'),
        (find_punctuated_options, 'x = f"use {set_option(key, value)}."'),
        (find_punctuated_options, 'x = f"use {self.rerun_command(maker)}" ", then go on"'),
    ],
)
def test_advice_that_no_shell_passes_on_is_found(
    find: Callable[[Module], list[str]], source: str
) -> None:
    assert find(Module("x.py", source, ast.parse(source)))


@pytest.mark.parametrize("find", [find_written_options, find_punctuated_options])
def test_every_message_writes_options_so_that_they_can_be_pasted(
    find: Callable[[Module], list[str]],
) -> None:
    found = {
        module.path: texts
        for module in shipped_modules()
        if not module.path.startswith("cli/")  # whose pages describe the options themselves
        and module.path != "shared/run/rerun_command.py"
        if (texts := find(module))
    }
    assert found == {}
