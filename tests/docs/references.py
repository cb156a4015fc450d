"""What documentation names: files, modules and their members, settings, links and headings.

A name that no longer exists is the commonest fault of documentation, and a program can find it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path

from cli.settings import setting_rows
from pipelines import NAMES, get_pipeline
from tests.architecture.source_tree import REPOSITORY, shipped_modules

__all__ = ["documentation_pages", "find_broken_references", "shipped_prose"]

ELSEWHERE = {
    "medmnist/info.py": "a file of the medmnist package, from which facts were taken",
    "metadata.py": "a file of the Free Spoken Digit Dataset",
    "model_card.md": "a file of a published version",
    "mine.yaml": "a preset that the reader writes",
    "photos.yaml": "a preset that the tutorial writes",
    "clinic.yaml": "a preset that the tutorial writes",
    "reviews.yaml": "a preset that the tutorial writes",
    "recordings.yaml": "a preset that the tutorial writes",
    "loads.yaml": "a preset that the tutorial writes",
}
"""Files that are named and are not ours: why."""

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FILE = re.compile(r"(?<![\w/.<>*{}:-])(?:[\w<>*{},-]+/)*[\w<>*{},-]+\.(?:py|md|yaml|sbatch)\b")
_FOLDER = re.compile(
    r"(?<![\w/.-])(?:shared|pipelines|cli|tests|benchmarks|deploy)/(?:[\w<>*{},-]+/)+(?![\w<*{])"
)
_MODULE = re.compile(
    r"(?<![\w/.:-])(?:shared|pipelines|cli|tests|benchmarks)(?!\.md)(?:\.\w+)+(?::\w+)?"
)
# `data.json` is a file, `data.fsdd` a module, `data.split` a setting.
_SETTING = re.compile(
    r"(?<![\w/.:])(?:data|model|train|calibrate|evaluate|explain)"
    r"\.(?!(?:py|json|keras|tsv|csv|weights)\b)[a-z_0-9]+\b(?![*(])"
)
_CODE = re.compile(r"^```python.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+?)\s*$", re.MULTILINE)
_BRACES = re.compile(r"\{([^{}]*)\}")


def documentation_pages() -> list[Path]:
    """Every Markdown page of the repository."""
    return [REPOSITORY / path for path in _files() if path.endswith(".md")]


def shipped_prose() -> Iterator[tuple[str, str]]:
    """`(place, text)` of every docstring, message and other text of the shipped modules."""
    for module in shipped_modules():
        for node in _texts(module.tree):
            yield f"{module.path}:{node.lineno}", _text_of(node)


def _texts(node: ast.AST) -> Iterator[ast.expr]:
    """The texts of a syntax tree; an f-string counts as one."""
    if isinstance(node, ast.Constant | ast.JoinedStr):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _text_of(node: ast.expr) -> str:
    """The text of a string; `<>` stands for each value that an f-string fills in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text_of(value) or "<>" for value in values)
    return ""


def find_broken_references(
    text: str, folder: Path = REPOSITORY, page: Path | None = None
) -> list[str]:
    """The references in a text that lead nowhere, each with the reason.

    Args:
        text: Markdown, or the text of a docstring.
        folder: Where relative links start.
        page: The page itself, for links to its own headings; None for a docstring.
    """
    checks: list[tuple[re.Pattern[str], Callable[[str], bool], str]] = [
        (_FILE, _file_exists, "no such file"),
        (_FOLDER, _folder_exists, "no such folder"),
        (_MODULE, _member_exists, "no such module or member"),
        (_SETTING, _setting_exists, "no such setting"),
    ]
    prose = _CODE.sub("", text)  # its names are held to the code by another test
    broken = [
        f"{found}: {reason}"
        for pattern, exists, reason in checks
        for found in _matches(pattern, prose)
        if not exists(found)
    ]
    if page is not None:
        targets = _matches(_LINK, text)
        broken += [
            f"{one}: no such place"
            for one in targets
            if not _link_leads_somewhere(one, folder, page)
        ]
    return broken


def _matches(pattern: re.Pattern[str], text: str) -> list[str]:
    """Each match once, braces written out: `a/{b,c}.py` names two files."""
    found = dict.fromkeys(match.group(match.lastindex or 0) for match in pattern.finditer(text))
    return [name for one in found for name in _write_out(one)]


def _write_out(name: str) -> list[str]:
    pieces = _BRACES.split(name)  # text, choices, text, choices, …, text
    choices = [piece.split(",") if index % 2 else [piece] for index, piece in enumerate(pieces)]
    return ["".join(one) for one in product(*choices)]


@cache
def _files() -> tuple[str, ...]:
    paths = (path for path in REPOSITORY.rglob("*") if path.is_file())
    relative = (path.relative_to(REPOSITORY) for path in paths)
    return tuple(sorted(str(path) for path in relative if not _is_of_a_tool(path)))


def _is_of_a_tool(path: Path) -> bool:
    return path.parts[0] == "runs" or any(part.startswith(".") for part in path.parts[:-1])


@cache
def _file_exists(name: str) -> bool:
    """Whether a file of the repository has this path, or ends in it; `<name>` and `*` stand for any part.

    A bare name is one of the library's files, unless it is that of a test.
    """
    ends_so = re.compile(rf"(?:.*/)?{_as_pattern(name)}")
    in_tests = "/" in name or name.startswith("test_")
    return name in ELSEWHERE or any(
        ends_so.fullmatch(path) for path in _files() if in_tests or not path.startswith("tests/")
    )


@cache
def _folder_exists(name: str) -> bool:
    begins_so = re.compile(_as_pattern(name))
    return any(begins_so.match(path) for path in _files())


def _as_pattern(name: str) -> str:
    pieces = re.split(r"(<[^>]*>|\*)", name)
    return "".join(
        "[^/]+" if piece.startswith("<") or piece == "*" else re.escape(piece) for piece in pieces
    )


@cache
def _member_exists(name: str) -> bool:
    """Whether a dotted name is a module, a name in it, or a member of a class in it."""
    parts = re.split(r"[.:]", name)
    for length in range(len(parts), 0, -1):
        path = REPOSITORY.joinpath(*parts[:length])
        if path.is_dir() and length == len(parts):
            return True
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if file.is_file():
            return _defines(file, parts[length:])
    return False


def _defines(file: Path, names: list[str]) -> bool:
    if not names:
        return True
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return set(names) <= {name for node in ast.walk(tree) for name in _names_of(node)}


def _names_of(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name):
            return [name]
        case ast.Attribute(attr=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [alias.asname or alias.name for alias in names]
    return []


@cache
def _settings() -> frozenset[str]:
    rows = [row for name in NAMES for row in setting_rows(get_pipeline(name).config_type)]
    return frozenset(row.name for row in rows)


def _setting_exists(name: str) -> bool:
    return name in _settings() or _member_exists(name)


def _link_leads_somewhere(target: str, folder: Path, page: Path) -> bool:
    if re.match(r"[a-z]+:", target):
        return True  # another site; tests use no network
    path, _, anchor = target.partition("#")
    file = (folder / path).resolve() if path else page
    return file.exists() and (not anchor or anchor in _anchors(file))


@cache
def _anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    plain = (re.sub(r"[^\w\- ]", "", heading.casefold()) for heading in headings)
    return frozenset(heading.replace(" ", "-") for heading in plain)
