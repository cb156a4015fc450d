"""Pipelines that break the contract: each function takes the honest toy and changes one member."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from shared.contract import Examples, Perturbation, Pipeline, Rows, Segments, Splits
from shared.contract.behaviours import BehaviourSuite
from shared.targets import Categories, Target
from shared.targets.predictions import Predictions
from tests.contract.saboteurs.layers import (
    ForgetsItsFactor,
    ForgetsItsState,
    RelativeToLoudest,
)
from tests.contract.toy.config import ToyConfig
from tests.contract.toy.preprocess import fit_preprocess

__all__ = [
    "add_a_dead_layer",
    "ask_of_another_shape",
    "ask_something_else_each_time",
    "call_a_row_ood",
    "call_errors_accuracy",
    "decode_by_batch",
    "draw_unseeded",
    "fit_on_all_splits",
    "forget_a_setting",
    "forget_what_was_fitted",
    "ignore_the_input",
    "mask_nothing",
    "normalise_by_replica",
    "put_an_entity_in_two_parts",
    "score_in_half_precision",
    "score_with_an_extra_axis",
    "show_off_against_an_untrained_baseline",
    "standardise_by_batch",
]


def put_an_entity_in_two_parts(honest: Pipeline) -> Pipeline:
    """The test holds a person that the model was trained on."""

    def synthesize(config: Any, n: int, seed: int) -> Splits:
        splits = honest.synthesize(config, n, seed)
        entities = np.concatenate([splits.train.entities[:1], splits.test.entities[1:]])
        return replace(splits, test=replace(splits.test, entities=entities))

    return replace(honest, synthesize=synthesize)


def draw_unseeded(honest: Pipeline) -> Pipeline:
    """Every call makes other data."""
    generator = np.random.default_rng(0)
    return replace(
        honest,
        synthesize=lambda config, n, seed: honest.synthesize(
            config, n, seed + int(generator.integers(1000))
        ),
    )


def fit_on_all_splits(honest: Pipeline) -> Pipeline:
    """Mean and variance come from validation and test as well."""

    def preprocess(config: ToyConfig, train: Examples) -> keras.Model:
        splits = honest.synthesize(config, config.data.num_demo_examples, config.train.seed)
        signals = np.concatenate(
            [part.rows(np.arange(len(part)))["signal"] for part in splits.by_split().values()]
        )
        own = train.rows(np.arange(len(train)))["signal"]
        # As many rows as have a label, with the mean and the spread of all.
        moved = (own - own.mean()) / own.std() * signals.std() + signals.mean()
        return fit_preprocess(
            config, replace(train, rows=lambda indices: {"signal": moved[indices]})
        )

    return replace(honest, preprocess=preprocess)


def standardise_by_batch(honest: Pipeline) -> Pipeline:
    """A quiet signal depends on its neighbours."""

    def preprocess(config: Any, train: Examples) -> keras.Model:
        base = honest.preprocess(config, train)
        changed = {"channels": RelativeToLoudest()(base.output["channels"])}
        return keras.Model(base.input, {**base.output, **changed})

    return replace(honest, preprocess=preprocess)


def decode_by_batch(honest: Pipeline) -> Pipeline:
    """What a client sends is scaled by what other clients send."""

    def decode(config: Any) -> keras.Model:
        base = honest.decode(config)
        return keras.Model(base.input, {"signal": RelativeToLoudest()(base.output["signal"])})

    return replace(honest, decode=decode)


def score_with_an_extra_axis(honest: Pipeline) -> Pipeline:
    """Scores (batch, classes, 1)."""
    return _with_scores(honest, lambda scores: scores[..., None])


def call_a_row_ood(honest: Pipeline) -> Pipeline:
    """What is called foreign is the row itself, which nobody should notice."""
    unchanged = Perturbation(
        "ood", "nothing is changed", (1,), lambda rows, _severity, _generator: rows
    )
    return replace(
        honest,
        perturbations=lambda config: {**honest.perturbations(config), "unchanged": unchanged},
    )


def show_off_against_an_untrained_baseline(honest: Pipeline) -> Pipeline:
    """A baseline that nobody fits is easy to beat."""
    return replace(
        honest, baselines=lambda config, target: {"straw_man": honest.model(config, target)}
    )


def score_in_half_precision(honest: Pipeline) -> Pipeline:
    """Scores that no server can write as JSON."""
    return _with_scores(honest, lambda scores: ops.cast(scores, "float16"))


def add_a_dead_layer(honest: Pipeline) -> Pipeline:
    """Weights that nothing ever moves."""
    return _with_scores(
        honest, lambda scores: scores + 0.0 * keras.layers.Dense(scores.shape[-1])(scores)
    )


def ignore_the_input(honest: Pipeline) -> Pipeline:
    """Learns how common each class is, and no more."""
    return _with_scores(
        honest,
        lambda scores: keras.layers.Dense(scores.shape[-1])(ops.ones_like(scores)),
        keep_weights=False,
    )


def forget_a_setting(honest: Pipeline) -> Pipeline:
    """A layer whose configuration is incomplete."""
    return _with_scores(honest, lambda scores: ForgetsItsFactor(3.0)(scores))


def forget_what_was_fitted(honest: Pipeline) -> Pipeline:
    """Fitted numbers that are not in the file."""

    def preprocess(config: Any, train: Examples) -> keras.Model:
        base = honest.preprocess(config, train)
        layer = ForgetsItsState()
        layer.fitted = float(train.rows(np.arange(len(train)))["signal"].max())
        return keras.Model(base.input, {**base.output, "channels": layer(base.output["channels"])})

    return replace(honest, preprocess=preprocess)


def normalise_by_replica(honest: Pipeline) -> Pipeline:
    """Batch statistics of each replica's own rows."""

    def model(config: Any, target: Target) -> keras.Model:
        base = honest.model(config, target)
        channels = keras.Input(base.inputs[0].shape[1:], name="channels")
        return keras.Model(
            {"channels": channels}, base({"channels": keras.layers.BatchNormalization()(channels)})
        )

    return replace(honest, model=model)


def call_errors_accuracy(honest: Pipeline) -> Pipeline:
    """A metric that rewards mistakes."""

    def synthesize(config: Any, n: int, seed: int) -> Splits:
        splits = honest.synthesize(config, n, seed)
        return replace(splits, target=_Contrary.model_validate(splits.target.model_dump()))

    return replace(honest, synthesize=synthesize)


def mask_nothing(honest: Pipeline) -> Pipeline:
    """Whatever is to be removed stays."""

    def segments(config: Any, row: Rows) -> Segments:
        def mask(keep: NDArray[np.bool_]) -> Rows:
            return {name: np.repeat(values, len(keep), axis=0) for name, values in row.items()}

        return replace(honest.segments(config, row), mask=mask)

    return replace(honest, segments=segments)


def ask_something_else_each_time(honest: Pipeline) -> Pipeline:
    """Behaviour tests are drawn anew whenever they are asked for."""
    generator = np.random.default_rng(0)
    return _with_behaviour_rows(
        honest, lambda signal: signal + generator.normal(size=signal.shape).astype(np.float32)
    )


def ask_of_another_shape(honest: Pipeline) -> Pipeline:
    """Behaviour tests are written for shorter signals than the model reads."""
    return _with_behaviour_rows(honest, lambda signal: signal[:, :-1])


class _Contrary(Categories):
    def metrics(self, predictions: Predictions) -> dict[str, float]:
        values = super().metrics(predictions)
        return values | {"accuracy": 1.0 - values["accuracy"]}


def _with_scores(
    honest: Pipeline, change: Callable[[Any], Any], *, keep_weights: bool = True
) -> Pipeline:
    """The honest network with something done to its scores.

    Without its weights, only what is done is trained.
    """

    def model(config: Any, target: Target) -> keras.Model:
        base = honest.model(config, target)
        base.trainable = keep_weights
        return keras.Model(base.input, change(base.output))

    return replace(honest, model=model)


def _with_behaviour_rows(
    honest: Pipeline, change: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> Pipeline:
    def behaviours(config: Any, target: Target) -> BehaviourSuite:
        suite = honest.behaviours(config, target)
        tests = {
            name: replace(one, rows={"signal": change(one.rows["signal"])})
            for name, one in suite.tests.items()
        }
        return replace(suite, tests=tests)

    return replace(honest, behaviours=behaviours)
