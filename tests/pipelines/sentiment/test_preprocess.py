from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from pipelines.sentiment.preprocess import (
    PAD,
    UNKNOWN_WORD,
    NgramFeatures,
    WordIds,
    build_decode,
    build_preprocess,
)
from pipelines.sentiment.reading.words import REMOVED
from shared.contract import Examples
from tests.pipelines.sentiment import configure, make_examples

_TEXTS = ["a good film", "a good , good plot", "a bad film", "a bad , bad plot", "good", "bad"]
_TARGETS = [1, 1, 0, 0, 1, 0]


def _train() -> Examples:
    return make_examples(_TEXTS, _TARGETS)


def _fitted(*assignments: str, train: Examples | None = None) -> keras.Model:
    return build_preprocess(
        configure("front_end.min_word_count=1", *assignments), train or _train()
    )


def _outputs(model: keras.Model, *texts: str) -> dict[str, np.ndarray]:
    return {
        name: tensor.numpy() for name, tensor in model({"text": tf.constant(list(texts))}).items()
    }


def test_decode_is_the_identity_even_on_bytes_that_are_not_utf8() -> None:
    texts = ["Good", b"\xff bad"]
    assert build_decode(configure())({"text": tf.constant(texts)})["text"].numpy().tolist() == [
        b"Good",
        b"\xff bad",
    ]


def test_outputs_have_fixed_shapes_and_types() -> None:
    outputs = _outputs(
        _fitted("front_end.max_words=6", "front_end.max_ngrams=16"), "a good film", ""
    )
    assert {name: (values.shape, values.dtype.name) for name, values in outputs.items()} == {
        "word_ids": ((2, 6), "int32"),
        "ngram_ids": ((2, 16), "int32"),
        "ngram_ratios": ((2, 16, 2), "float32"),
        "floor_logits": ((2, 2), "float32"),
        "floor_known": ((2, 4), "float32"),
    }


def test_frequent_words_come_first_and_others_are_unknown() -> None:
    outputs = _outputs(_fitted("front_end.max_words=6"), "a zebra , good")
    ids = outputs["word_ids"][0]
    assert ids[1] == UNKNOWN_WORD
    assert ids[4:].tolist() == [PAD, PAD]
    assert len({PAD, UNKNOWN_WORD, *ids.tolist()}) == 5


def test_rare_words_and_those_beyond_the_vocabulary_are_unknown() -> None:
    assert _outputs(_fitted("front_end.min_word_count=3"), "plot")["word_ids"][0, 0] == UNKNOWN_WORD
    train = make_examples([" ".join("abcdefghijkl"), "a"], [0, 1])
    model = _fitted("front_end.vocabulary_size=10", train=train)
    assert (_outputs(model, "a b k l")["word_ids"][0, :4] == UNKNOWN_WORD).tolist() == [
        False,
        False,
        True,
        True,
    ]


def test_a_removed_word_is_unknown_and_keeps_its_place() -> None:
    outputs = _outputs(_fitted(), f"a {REMOVED} film", "a good film")
    assert outputs["word_ids"][0, 1] == UNKNOWN_WORD
    assert outputs["word_ids"][0, 2] == outputs["word_ids"][1, 2]


def test_log_count_ratios_are_those_of_wang_and_manning() -> None:
    model = _fitted("front_end.word_ngram_order=1", "front_end.num_buckets=65536")
    ratios = _outputs(model, "good")["ngram_ratios"][0]
    # Texts that hold a, good, film, ",", plot, bad: 2 3 1 1 1 0 positive ones and 2 0 1 1 1 3
    # negative ones; each plus 1.
    inside, outside = (3 + 1) / (8 + 6), (0 + 1) / (8 + 6)
    assert ratios[0] == pytest.approx(
        [np.log(outside / inside), np.log(inside / outside)], rel=1e-5
    )
    assert (ratios[1:] == 0).all()


def test_ngrams_that_training_never_saw_weigh_nothing() -> None:
    outputs = _outputs(_fitted("front_end.num_buckets=65536"), "zebra crossing")
    assert (outputs["ngram_ratios"] == 0).all()
    assert (outputs["ngram_ids"] == 0).all()


def test_an_ngram_counts_once_a_text() -> None:
    outputs = _outputs(
        _fitted("front_end.word_ngram_order=1", "front_end.num_buckets=65536"),
        "good",
        "good good good",
    )
    np.testing.assert_array_equal(outputs["ngram_ratios"][0], outputs["ngram_ratios"][1])


def test_the_ngrams_that_tell_the_classes_apart_best_are_kept() -> None:
    train = make_examples(
        _TEXTS + [" ".join(f"w{number}" for number in range(30))] * 2, [*_TARGETS, 0, 1]
    )
    settings = (
        "front_end.word_ngram_order=1",
        "front_end.num_buckets=65536",
        "front_end.max_ngrams=16",
    )
    outputs = _outputs(
        _fitted(*settings, train=train), " ".join(f"w{number}" for number in range(30)) + " good"
    )
    assert (
        np.abs(outputs["ngram_ratios"][0]).max()
        == np.abs(outputs["ngram_ratios"][0, 0]).max()
        > 0.1
    )


def test_rows_do_not_depend_on_their_batch() -> None:
    model = _fitted("front_end.character_ngram_orders=[3, 4]")
    texts = ["a good film", "", "bad , bad , very bad plot " * 20, "a plot"]
    together = _outputs(model, *texts)
    for index, text in enumerate(texts):
        alone = _outputs(model, text)
        for name, values in together.items():
            np.testing.assert_array_equal(values[index], alone[name][0])


def test_only_the_first_words_are_read() -> None:
    model = _fitted("front_end.max_words=4")
    first, second = _outputs(model, "a good film ,"), _outputs(model, "a good film , bad bad")
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name])


def test_character_ngrams_know_misspelt_words() -> None:
    model = _fitted("front_end.character_ngram_orders=[3]", "front_end.num_buckets=65536")
    ratios = _outputs(model, "goodd")["ngram_ratios"][0].sum(axis=0)
    assert ratios[1] > ratios[0]


def test_it_saves_and_reloads_in_safe_mode(tmp_path: Path) -> None:
    model = _fitted("front_end.character_ngram_orders=[3]")
    model.save(tmp_path / "preprocess.keras")
    reloaded = keras.saving.load_model(tmp_path / "preprocess.keras", safe_mode=True)
    expected, found = (_outputs(item, "a good film", "zebra", "") for item in (model, reloaded))
    for name, values in expected.items():
        np.testing.assert_array_equal(values, found[name])


@pytest.mark.slow
def test_it_exports_with_stock_string_operations(tmp_path: Path) -> None:
    model = _fitted("front_end.character_ngram_orders=[3]")
    model.export(tmp_path / "saved", format="tf_saved_model", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    found = loaded.serve({"text": tf.constant(["a good film"])})
    np.testing.assert_array_equal(
        found["ngram_ratios"].numpy(), _outputs(model, "a good film")["ngram_ratios"]
    )


def test_layers_give_back_their_arguments() -> None:
    words = WordIds.from_config(WordIds(["good", "bad"], 7).get_config())
    assert (words.vocabulary, words.max_words) == (["good", "bad"], 7)
    settings: dict[str, Any] = {
        "num_classes": 3,
        "num_buckets": 256,
        "max_words": 5,
        "word_order": 2,
        "character_orders": (3,),
        "max_ngrams": 16,
    }
    ngrams = NgramFeatures.from_config(NgramFeatures(**settings).get_config())
    assert {name: getattr(ngrams, name) for name in settings} == settings
