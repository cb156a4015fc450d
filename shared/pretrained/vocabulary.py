"""The WordPiece vocabulary of an encoder of texts, read from its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import ConfigError
from shared.pretrained.checkpoint import find_encoder

__all__ = ["PieceVocabulary", "read_vocabulary"]

_LARGEST_BYTES = 2**26
_KERAS_VOCABULARY = "assets/tokenizer/vocabulary.txt"
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


@dataclass(frozen=True)
class PieceVocabulary:
    """What splits a text as the encoder was pretrained on it.

    Attributes:
        pieces: Each once, in the order of their ids; those within a word begin with `##`.
        lower: Whether letters are read in lower case.
        strip_accents: Whether marks above and below letters are dropped.
        space_ideographs: Whether each Chinese character is a word of its own.
    """

    pieces: tuple[str, ...]
    lower: bool = True
    strip_accents: bool = True
    space_ideographs: bool = True


def read_vocabulary(source: str) -> PieceVocabulary:
    """The vocabulary in `tokenizer.json`, else in `vocab.txt`.

    Args:
        source: `model.encoder`.

    Raises:
        ConfigError: There is none, it is damaged, or it splits texts in another way.
    """
    folder = find_encoder(source)
    if (folder / _KERAS_VOCABULARY).is_file():
        rules = _read_json(folder / "tokenizer.json").get("config") or {}
        return _from_lines(folder / _KERAS_VOCABULARY, _rules_of_keras(rules))
    if (folder / "tokenizer.json").is_file():
        return _from_json(folder / "tokenizer.json")
    if (folder / "vocab.txt").is_file():
        settings = folder / "tokenizer_config.json"
        told = _read_json(settings) if settings.is_file() else {}
        return _from_lines(folder / "vocab.txt", _rules_of_bert(told))
    raise ConfigError(
        f"model.encoder: {folder} holds no vocabulary: expected tokenizer.json, vocab.txt or"
        f" {_KERAS_VOCABULARY}"
    )


def _rules_of_keras(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "lowercase": told.get("lowercase", False),
        "strip_accents": told.get("strip_accents", False),
        "handle_chinese_chars": told.get("split_on_cjk", True),
    }


def _rules_of_bert(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "lowercase": told.get("do_lower_case", True),
        "strip_accents": told.get("strip_accents"),
        "handle_chinese_chars": told.get("tokenize_chinese_chars", True),
    }


def _from_json(path: Path) -> PieceVocabulary:
    tree = _read_json(path)
    model = tree.get("model")
    ids = model.get("vocab") if isinstance(model, dict) else None
    if not isinstance(model, dict) or model.get("type", "WordPiece") != "WordPiece":
        kind = model.get("type") if isinstance(model, dict) else "none"
        raise ConfigError(
            f"model.encoder: {path} is a tokenizer of the kind {kind!r}; only WordPiece (BERT,"
            " MiniLM, DistilBERT, ELECTRA) is read, because other kinds need operations that a"
            " stock server lacks"
        )
    if not isinstance(ids, dict) or sorted(ids.values()) != list(range(len(ids))):
        raise ConfigError(f"model.encoder: {path} holds no vocabulary with ids from 0 without gaps")
    pieces = sorted(ids, key=lambda piece: int(ids[piece]))
    return _with_rules(pieces, tree.get("normalizer") or {}, path)


def _from_lines(path: Path, rules: Mapping[str, Any]) -> PieceVocabulary:
    text = _read(path).decode("utf-8", "replace").removesuffix("\n")
    return _with_rules([piece.removesuffix("\r") for piece in text.split("\n")], rules, path)


def _with_rules(pieces: list[str], rules: Mapping[str, Any], path: Path) -> PieceVocabulary:
    missing = [piece for piece in _SPECIAL if piece not in pieces]
    if missing or len(set(pieces)) < len(pieces):
        fault = f"lacks {', '.join(missing)}" if missing else "holds a piece twice"
        raise ConfigError(f"model.encoder: the vocabulary in {path} {fault}")
    lower = bool(rules.get("lowercase", True))
    strips = rules.get("strip_accents")
    return PieceVocabulary(
        tuple(pieces),
        lower=lower,
        strip_accents=lower if strips is None else bool(strips),  # as BERT's own code
        space_ideographs=bool(rules.get("handle_chinese_chars", True)),
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        tree = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"model.encoder: {path} is not JSON ({error})") from error
    if not isinstance(tree, dict):
        raise ConfigError(f"model.encoder: {path} holds no JSON object")
    return tree


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ConfigError(f"model.encoder: {path} has more than {_LARGEST_BYTES:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"model.encoder: {path} can't be read ({error.strerror})") from error
