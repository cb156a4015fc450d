"""Excerpts of the toy pipeline in `pipelines/README.md`: `make docs` copies them from the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

__all__ = ["PAGE", "refresh_excerpts"]

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "pipelines" / "README.md"

_EXCERPT = re.compile(r"```python\n# (?P<path>\S+): (?P<name>\w+)\n.*?```", re.DOTALL)


def refresh_excerpts(page: str) -> str:
    """A page whose code blocks, each headed `# path: name`, show that definition as it is today."""
    return _EXCERPT.sub(_as_block, page)


def _as_block(match: re.Match[str]) -> str:
    path, name = match["path"], match["name"]
    return f"```python\n# {path}: {name}\n{_source_of(path, name)}\n```"


def _source_of(path: str, name: str) -> str:
    text = (REPOSITORY / path).read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if name in _names_defined(node):
            return ast.get_source_segment(text, node) or ""
    raise LookupError(f"{path} defines no {name!r}, of which {PAGE.name} shows the source")


def _names_defined(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
    return []


if __name__ == "__main__":
    PAGE.write_text(refresh_excerpts(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
