from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.errors import ConfigError
from shared.pretrained.vocabulary import read_vocabulary
from tests.encoders import NO_TENSORS

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "word", "##s"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(NO_TENSORS)
    return tmp_path


def write_json(folder: Path, name: str, tree: object) -> None:
    (folder / name).write_text(json.dumps(tree), encoding="utf-8")


def tokenizer(**changes: object) -> dict[str, object]:
    ids = {piece: index for index, piece in reversed(list(enumerate(PIECES)))}
    rules = {"lowercase": True, "strip_accents": None, "handle_chinese_chars": False}
    model = {"type": "WordPiece", "vocab": ids, **changes}
    return {"model": model, "normalizer": {"type": "BertNormalizer", **rules}}


def test_a_folder_without_vocab_txt_has_its_vocabulary_in_tokenizer_json(folder: Path) -> None:
    write_json(folder, "tokenizer.json", tokenizer())
    known = read_vocabulary(str(folder))
    assert list(known.pieces) == PIECES
    assert (known.lower, known.strip_accents, known.space_ideographs) == (True, True, False)


def test_a_list_of_pieces_is_read_with_the_settings_beside_it(folder: Path) -> None:
    (folder / "vocab.txt").write_text("\r\n".join(PIECES) + "\r\n", encoding="utf-8")
    assert read_vocabulary(str(folder)).lower
    write_json(folder, "tokenizer_config.json", {"do_lower_case": False})
    known = read_vocabulary(str(folder))
    assert (list(known.pieces), known.lower, known.strip_accents) == (PIECES, False, False)


def test_a_preset_of_kerashub_has_its_list_among_its_assets(folder: Path) -> None:
    (folder / "assets" / "tokenizer").mkdir(parents=True)
    lines = "\n".join(PIECES) + "\n"
    (folder / "assets" / "tokenizer" / "vocabulary.txt").write_text(lines, encoding="utf-8")
    write_json(folder, "tokenizer.json", {"config": {"lowercase": True}})
    known = read_vocabulary(str(folder))
    assert (list(known.pieces), known.lower, known.strip_accents) == (PIECES, True, False)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (tokenizer(type="BPE"), "of the kind 'BPE'; only WordPiece"),
        (tokenizer(vocab={"[PAD]": 0, "[UNK]": 2}), "ids from 0 without gaps"),
        (tokenizer(vocab={"[PAD]": 0, "[UNK]": 1}), r"lacks \[CLS\], \[SEP\]"),
        ({"model": None}, "of the kind 'none'"),
        ([], "holds no JSON object"),
    ],
)
def test_another_kind_of_tokenizer_is_refused_in_words(
    folder: Path, tree: object, words: str
) -> None:
    write_json(folder, "tokenizer.json", tree)
    with pytest.raises(ConfigError, match=words):
        read_vocabulary(str(folder))


def test_a_folder_without_a_vocabulary_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"expected tokenizer\.json, vocab\.txt or assets"):
        read_vocabulary(str(folder))


def test_a_list_that_holds_a_piece_twice_is_refused(folder: Path) -> None:
    (folder / "vocab.txt").write_text("\n".join([*PIECES, "word"]), encoding="utf-8")
    with pytest.raises(ConfigError, match="holds a piece twice"):
        read_vocabulary(str(folder))
