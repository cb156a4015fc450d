from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from pipelines.sentiment.models.layers import BranchDropout, MaskedPooling, NgramScore, WordDropout
from pipelines.sentiment.models.ngram_cnn import build_model
from pipelines.sentiment.preprocess import PAD, UNKNOWN_WORD
from shared.errors import ContractError
from shared.targets import Categories, Horizon
from tests.pipelines.sentiment import configure

_TWO = Categories(names=("negative", "positive"))


def _inputs(model: keras.Model, num_rows: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    words, ngrams, classes = (
        model.input[name].shape[1:] for name in ("word_ids", "ngram_ids", "ngram_ratios")
    )
    ids = generator.integers(0, 50, (num_rows, *words)).astype(np.int32)
    ids[:, words[0] // 2 :] = PAD
    return {
        "word_ids": ids,
        "ngram_ids": generator.integers(0, 100, (num_rows, *ngrams)).astype(np.int32),
        "ngram_ratios": generator.normal(size=(num_rows, *classes)).astype(np.float32),
    }


@pytest.mark.parametrize("names", [("negative", "positive"), ("negative", "neutral", "positive")])
@pytest.mark.parametrize("num_rows", [1, 7])
def test_scores_are_one_float32_logit_per_class(names: tuple[str, ...], num_rows: int) -> None:
    model = build_model(configure(), Categories(names=names))
    scores = model(_inputs(model, num_rows), training=False)
    assert (scores.shape, keras.backend.standardize_dtype(scores.dtype)) == (
        (num_rows, len(names)),
        "float32",
    )


def test_rows_do_not_depend_on_their_batch() -> None:
    model = build_model(configure(), _TWO)
    inputs = _inputs(model, 9)
    together = np.asarray(model(inputs, training=False))
    single = [{name: values[row : row + 1] for name, values in inputs.items()} for row in range(9)]
    alone = np.concatenate([np.asarray(model(one, training=False)) for one in single])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


def test_what_stands_behind_the_end_of_a_text_is_not_read() -> None:
    layer = MaskedPooling()
    features, mask = (
        np.ones((1, 4, 2), np.float32),
        np.array([[[1.0], [1.0], [0.0], [0.0]]], np.float32),
    )
    changed = features.copy()
    changed[:, 2:] = 99.0
    np.testing.assert_array_equal(
        np.asarray(layer(features, mask)), np.asarray(layer(changed, mask))
    )


def test_it_draws_nothing_when_not_training_and_draws_when_training() -> None:
    model = build_model(configure(), _TWO)
    inputs = _inputs(model, 4)
    np.testing.assert_array_equal(model(inputs, training=False), model(inputs, training=False))
    assert (
        np.abs(
            np.asarray(model(inputs, training=True)) - np.asarray(model(inputs, training=True))
        ).max()
        > 0
    )


def test_the_context_layer_can_be_left_out() -> None:
    names = [
        layer.name for layer in build_model(configure("model.num_context_filters=0"), _TWO).layers
    ]
    assert "context" not in names
    assert "context" in [layer.name for layer in build_model(configure(), _TWO).layers]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    def weights(seed: int) -> np.ndarray:
        keras.utils.set_random_seed(seed)
        return np.concatenate(
            [
                values.ravel()
                for values in build_model(configure(f"train.seed={seed}"), _TWO).get_weights()
            ]
        )

    np.testing.assert_array_equal(weights(3), weights(3))
    assert (weights(3) != weights(4)).any()


def test_it_saves_and_reloads_in_safe_mode(tmp_path: Path) -> None:
    model = build_model(configure(), _TWO)
    model.save(tmp_path / "model.keras")
    reloaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    inputs = _inputs(model, 5)
    np.testing.assert_array_equal(model(inputs, training=False), reloaded(inputs, training=False))


def test_forecasts_are_refused() -> None:
    horizon = Horizon(
        steps=2,
        channels=("load",),
        unit="kW",
        quantiles=(0.1, 0.9),
        step_seconds=3600,
        season_steps=24,
    )
    with pytest.raises(
        ContractError, match="Sentiment tells categories apart, received the target 'horizon'"
    ):
        build_model(configure(), horizon)


def test_word_dropout_makes_words_unknown_but_leaves_padding() -> None:
    layer = WordDropout(0.5, pad=PAD, unknown=UNKNOWN_WORD)
    ids = np.array([[5] * 200 + [PAD] * 50], np.int32)
    dropped = np.asarray(layer(ids, training=True))[0]
    assert set(dropped[:200].tolist()) == {5, UNKNOWN_WORD}
    assert set(dropped[200:].tolist()) == {PAD}


def test_the_linear_branch_begins_as_scaled_naive_bayes() -> None:
    layer = NgramScore(10, 2, dropout=0.5, scale=0.2)
    ratios = np.array([[[1.0, -1.0], [0.5, -0.5]]], np.float32)
    np.testing.assert_allclose(
        layer(np.array([[3, 4]], np.int32), ratios, training=False), [[0.3, -0.3]], rtol=1e-6
    )


def test_branches_are_added_and_while_training_left_out_one_at_a_time() -> None:
    layer = BranchDropout(0.4)
    first, second = np.full((500, 1), 1.0, np.float32), np.full((500, 1), 10.0, np.float32)
    assert set(np.asarray(layer(first, second, training=False)).ravel().tolist()) == {11.0}
    values, counts = np.unique(np.asarray(layer(first, second, training=True)), return_counts=True)
    assert values.tolist() == [1.0, 10.0, 11.0]
    np.testing.assert_allclose(counts / 500, [0.4, 0.4, 0.2], atol=0.08)


def test_layers_give_back_their_arguments() -> None:
    layers: list[keras.layers.Layer] = [
        WordDropout(0.2, pad=0, unknown=1, seed=3),
        NgramScore(10, 2, dropout=0.1),
        BranchDropout(0.3, seed=2),
        MaskedPooling(),
    ]
    for layer in layers:
        assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()
