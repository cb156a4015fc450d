"""The files of a pretrained encoder: found or fetched, checked, and identified by their hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from shared.config.setting_text import set_option
from shared.errors import ConfigError
from shared.pretrained.hubs import download, is_address
from shared.pretrained.layouts import CONFIG_FILE, WEIGHTS, read_layout
from shared.pretrained.weight_files import check_weights
from shared.run.artefacts.data.encoder import EncoderRecord

__all__ = ["describe_encoder", "find_encoder", "require_unchanged"]

_HASHED = (
    CONFIG_FILE,
    *WEIGHTS,
    "vocab.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "assets/tokenizer/*",
)
_CHUNK_BYTES = 2**20
_LARGEST_LICENCE_BYTES = 2**18

_LICENCES = (
    ("apache", "Apache-2.0"),
    ("mit license", "MIT"),
    ("redistribution and use in source and binary", "BSD"),
    ("openrail", "OpenRAIL"),
)
"""What the text of a licence holds, in lower case, and its name."""


def find_encoder(source: str) -> Path:
    """The folder with the files of an encoder, fetched if they are not on this machine.

    Args:
        source: `model.encoder`.

    Raises:
        ConfigError: Nothing is named, it can't be found or fetched, or it holds no weights.
    """
    if not source:
        raise ConfigError(
            "model.encoder names no encoder, and the family 'pretrained' needs one: a folder with"
            " config.json and weights, a KerasHub preset, hf://… or kaggle://…:"
            f" {set_option('model.encoder', 'FOLDER')}"
        )
    folder = Path(source).expanduser()
    if is_address(source) or not (folder.exists() or "/" in source):
        folder = download(source)
    if not folder.is_dir():
        raise ConfigError(
            f"model.encoder: {str(folder)!r} is not a folder. Give one with config.json and"
            f" weights: {set_option('model.encoder', 'FOLDER')}"
        )
    check_weights(folder)
    return folder


def describe_encoder(source: str) -> EncoderRecord:
    """What the files of an encoder are.

    Raises:
        ConfigError: As `find_encoder`, or `config.json` is damaged.
    """
    try:
        return _describe(source, find_encoder(source))
    except OSError as error:
        raise ConfigError(
            f"model.encoder: {error.filename or source} can't be read ({error.strerror})"
        ) from error


def _describe(source: str, folder: Path) -> EncoderRecord:
    layout, architecture = read_layout(folder)
    digest = hashlib.sha256()
    size_bytes = 0
    for path in _files(folder, _HASHED):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        size_bytes += path.stat().st_size
        with path.open("rb") as content:
            while chunk := content.read(_CHUNK_BYTES):
                digest.update(chunk)
    return EncoderRecord(
        name=folder.resolve().name if Path(source).expanduser().is_dir() else source,
        layout=layout,
        architecture=architecture,
        size_bytes=size_bytes,
        sha256=digest.hexdigest(),
        licence=_licence(folder),
    )


def require_unchanged(source: str, recorded: EncoderRecord) -> None:
    """Refuse to train from other weights than the data stage recorded.

    Raises:
        ConfigError: They are others, or gone.
    """
    found = describe_encoder(source)
    if found.sha256 != recorded.sha256:
        raise ConfigError(
            f"model.encoder: the files of {recorded.name!r} have changed since the data stage read"
            f" them (SHA-256 {found.sha256[:16]}…, then {recorded.sha256[:16]}…). Start a new run."
        )


def _files(folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(path for path in folder.glob(pattern) if path.is_file())


def _licence(folder: Path) -> str | None:
    """By the licence's text, else by the front matter of the model card, else None."""
    for path in _files(folder, ("LICENSE*",)):
        text = _beginning(path)
        known = [name for mark, name in _LICENCES if mark in text.lower()]
        return known[0] if known else next(iter(text.strip().splitlines()), path.name)[:80]
    for path in _files(folder, ("README.md",)):
        said = re.search(r"^license:\s*([\w.+-]+)\s*$", _beginning(path), re.MULTILINE)
        if said:
            return said.group(1)
    return None


def _beginning(path: Path) -> str:
    with path.open("rb") as content:
        return content.read(_LARGEST_LICENCE_BYTES).decode("utf-8", "replace")
