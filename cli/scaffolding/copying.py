"""A pipeline's folder from one that there is: copied, renamed, registered."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from shared.errors import ConfigError, RunDirectoryError

__all__ = ["Pattern", "add_pipeline"]


class Pattern(StrEnum):
    """What a new pipeline begins as."""

    TOY = "toy"
    TABULAR = "tabular"


_FOLDERS = {Pattern.TOY: "tests/contract/toy", Pattern.TABULAR: "pipelines/tabular"}
_SUFFIXES = (".py", ".yaml")
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_HEADER = re.compile(r"\A(#[^\n]*\n)+")
_DOCSTRING = re.compile(r'\A""".*?"""', re.DOTALL)
_LINE = re.compile(r'    "(\w+)": "pipelines\.\w+",\n')


def add_pipeline(name: str, like: Pattern, repository: Path) -> Path:
    """Write `pipelines/<name>/` and its line in `pipelines/__init__.py`; the folder.

    Args:
        name: Of the pipeline.
        like: What is copied.
        repository: A clone, with tests.

    Raises:
        ConfigError: The name is no name of a folder, or taken.
        RunDirectoryError: This is no clone, or it can't be written.
    """
    folder = repository / "pipelines" / name
    _require_fit(name, folder)
    source = repository / _FOLDERS[like]
    if not source.is_dir():
        raise RunDirectoryError(
            f"{source} is missing: a new pipeline is made in a clone of the repository, from what"
            " is there."
        )
    try:
        for path in _files(source):
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            target.write_text(_renamed(text, path.suffix, name, like), encoding="utf-8")
        (folder / "README.md").write_text(_card(name), encoding="utf-8")
        _register(name, repository / "pipelines" / "__init__.py")
    except OSError as error:
        raise RunDirectoryError(f"Can't write {folder} ({error.strerror}).") from error
    return folder


def _require_fit(name: str, folder: Path) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ConfigError(
            f"{name!r} is no name of a pipeline: lower case and digits, words joined by _, such as"
            " machine_states."
        )
    if folder.exists() or folder.with_suffix(".py").exists():
        raise ConfigError(f"{folder} is there already. Choose another name.")


def _files(source: Path) -> Iterator[Path]:
    return (path for path in sorted(source.rglob("*")) if path.suffix in _SUFFIXES)


def _renamed(text: str, suffix: str, name: str, like: Pattern) -> str:
    """A file's text under the new name; what it imports of other folders stays."""
    if suffix == ".yaml":
        return _HEADER.sub(f"# What differs from the defaults.\n#   {_command(name)}\n", text)
    module = _FOLDERS[like].replace("/", ".")
    kind = "".join(word.capitalize() for word in name.split("_"))
    old = like.capitalize()
    title = name.replace("_", " ").capitalize()
    if "PIPELINE = " in text:
        text = _DOCSTRING.sub(f'"""{title}."""', text)
    text = text.replace(f"{module}.", f"pipelines.{name}.")
    text = re.sub(rf'\bname="{like}"', f'name="{name}"', text)
    text = re.sub(r'\btitle="[^"]*"', f'title="{title}"', text)
    return re.sub(rf"\b{old}(?=(Data)?Config\b)", kind, text)


def _command(name: str) -> str:
    return f"python -m pipelines run {name} --preset smoke"


def _card(name: str) -> str:
    title = name.replace("_", " ")
    return (
        f"# Model card: {title}\n\n"
        "## What it is for, and not for\n\nNot stated.\n\n"
        "## Input and output\n\nNot stated.\n\n"
        f"## Results\n\n    {_command(name)}\n\n"
        "## Limits\n\nNot stated.\n"
    )


def _register(name: str, registry: Path) -> None:
    """Add the line of `NAMES`, in the order of names."""
    text = registry.read_text(encoding="utf-8")
    line = f'    "{name}": "pipelines.{name}",\n'
    later = next((match for match in _LINE.finditer(text) if match[1] > name), None)
    last = list(_LINE.finditer(text))[-1]
    place = last.end() if later is None else later.start()
    registry.write_text(text[:place] + line + text[place:], encoding="utf-8")
