"""A message that advises a setting writes it by `set_option`, or a shell might not pass it on."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.source_tree import Module, shipped_modules

_OPTION = re.compile(r"--set\s+[a-z_]+\.[a-z_]+")


def find_written_options(module: Module) -> list[str]:
    """Texts in code, docstrings aside, that hold `--set section.key`."""
    strings = [
        node for node in ast.walk(module.tree) if isinstance(node, ast.Constant | ast.JoinedStr)
    ]
    documentation = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    texts = [ast.unparse(node) for node in strings if id(node) not in documentation]
    return [text for text in texts if _OPTION.search(text)]


@pytest.mark.parametrize(
    "source",
    [
        'x = "Name it with --set data.unit=kW"',
        'x = f"Name it with --set data.unit={unit}"',
        'x = f"{path}: name it with" " --set data.unit=…."',
    ],
)
def test_a_written_option_is_found(source: str) -> None:
    assert find_written_options(Module("x.py", source, ast.parse(source)))


def test_no_message_writes_an_option_by_hand() -> None:
    found = {
        module.path: texts
        for module in shipped_modules()
        if not module.path.startswith("cli/")  # whose pages describe the option itself
        if (texts := find_written_options(module))
    }
    assert found == {}
