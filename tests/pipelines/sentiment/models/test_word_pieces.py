from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from pipelines.sentiment.models.word_pieces import WordPieces

SCRIPTS = {
    "Latin": "The café couldn't serve Crème brûlée; naïve Ñandú, İstanbul! 100 % déjà",
    "Greek": "Γειά σου Κόσμε, ο ΟΔΥΣΣΕΥΣ γύρισε; Ἀθῆναι",
    "Cyrillic": "Привет, мир! Ёлка и йод — всё",
    "Hebrew": "שלום עולם, בְּרֵאשִׁית בָּרָא",
    "Arabic": "مرحبا بالعالم، مُحَمَّد كتب؟",
    "Devanagari": "नमस्ते दुनिया। यह किताब अच्छी है",
    "Han": "你好,世界。我喜歡這本書",
    "Kana": "こんにちは カタカナ ガギグ です。",
    "Hangul": "안녕하세요 세계! 좋은 책",
    "Thai": "สวัสดีชาวโลก หนังสือดี",
    "Tamil": "வணக்கம் உலகம், நல்ல புத்தகம்",
    "Georgian": "გამარჯობა მსოფლიო, კარგი წიგნი",
}
ODDITIES = "a\u0301 e\u0323\u0302 x\u200dy\u00adz \ufffd \u0000\t\n\u3000\u00a0\u0085 😀👩‍👧 $5 <b>^_^`|~ ß ǅ ﬁ"
MOST = 48


def make_vocabulary() -> list[str]:
    """Runs of one to three letters of each script, plain and as in the middle of a word."""
    found = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *string.punctuation]
    draw = np.random.default_rng(0)
    for text in SCRIPTS.values():
        read = unicodedata.normalize("NFD", text)
        read = "".join(c for c in read if unicodedata.category(c) != "Mn").lower()
        for word in [*read.split(), *text.split()]:
            for start in range(len(word)):
                piece = word[start : start + int(draw.integers(1, 4))]
                found.append(piece if start == 0 else f"##{piece}")
    return list(dict.fromkeys(found))


def make_texts(count: int) -> list[str]:
    """Words and characters of all scripts, alone and mixed."""
    draw = np.random.default_rng(1)
    words = [word for text in (*SCRIPTS.values(), ODDITIES) for word in text.split()]
    letters = list("".join((*SCRIPTS.values(), ODDITIES)))
    texts = [*SCRIPTS.values(), ODDITIES, "", " ", "a" * 100, "a" * 101]
    while len(texts) < count:
        mixed = draw.choice(words, draw.integers(1, 13))
        noise = draw.choice(letters, draw.integers(1, 41))
        texts += [" ".join(mixed.tolist()), "".join(noise.tolist())]
    return texts[:count]


VOCABULARY = make_vocabulary()
TEXTS = make_texts(10_000)


def make_layer(*, lower: bool = True) -> WordPieces:
    return WordPieces(VOCABULARY, MOST, lower=lower, strip_accents=lower, space_ideographs=True)


def read_all(layer: Callable[[Any], Any], texts: list[str]) -> list[list[int]]:
    split = tf.function(layer, input_signature=(tf.TensorSpec((None,), tf.string),))
    rows = np.concatenate(
        [split(tf.constant(texts[i : i + 500])).numpy() for i in range(0, len(texts), 500)]
    )
    found: list[list[int]] = rows.tolist()
    return found


@pytest.mark.parametrize("lower", [True, False])
def test_ten_thousand_texts_of_twelve_scripts_are_cut_as_the_reference_cuts_them(
    lower: bool,
) -> None:
    from tokenizers import BertWordPieceTokenizer

    reference = BertWordPieceTokenizer(
        {piece: index for index, piece in enumerate(VOCABULARY)},
        lowercase=lower,
        strip_accents=lower,
    )
    reference.enable_truncation(MOST)
    reference.enable_padding(length=MOST)
    texts = TEXTS if lower else TEXTS[:2000]
    expected = [encoding.ids for encoding in reference.encode_batch(texts)]
    received = read_all(make_layer(lower=lower), texts)
    wrong = [
        text for text, is_, should in zip(texts, received, expected, strict=True) if is_ != should
    ]
    assert wrong == []
    unknown = VOCABULARY.index("[UNK]")
    num_known = sum(piece > unknown + 2 for row in expected for piece in row)
    assert num_known > 20 * len(texts) / 4  # else any tokenizer would agree


def test_the_longest_piece_is_taken_first_and_a_word_that_ends_in_none_is_unknown() -> None:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "ab", "##b", "##c", "##bc", "!"]
    layer = WordPieces(pieces, 8, lower=True, strip_accents=True, space_ideographs=True)
    rows = layer(tf.constant(["abc abbc! abd", "", "A b"]))
    ids = [[pieces[index] for index in row] for row in rows.numpy()]
    assert ids[0] == ["[CLS]", "ab", "##c", "ab", "##bc", "!", "[UNK]", "[SEP]"]
    assert ids[1] == ["[CLS]", "[SEP]", *["[PAD]"] * 6]
    assert ids[2] == ["[CLS]", "a", "[UNK]", "[SEP]", *["[PAD]"] * 4]


def test_of_a_long_text_the_end_is_cut_off() -> None:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"]
    layer = WordPieces(pieces, 5, lower=True, strip_accents=True, space_ideographs=True)
    assert layer(tf.constant(["a " * 9])).numpy().tolist() == [[2, 4, 4, 4, 3]]


def test_names_of_special_pieces_are_text() -> None:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[", "]", "sep"]
    layer = WordPieces(pieces, 6, lower=True, strip_accents=True, space_ideographs=True)
    assert layer(tf.constant(["[SEP]"])).numpy().tolist() == [[2, 4, 6, 5, 3, 0]]


def test_bytes_that_are_no_text_are_passed_over() -> None:
    layer = make_layer()
    rows = layer(tf.constant([b"The\xff mir", b"The mir"])).numpy()
    np.testing.assert_array_equal(rows[0], rows[1])
