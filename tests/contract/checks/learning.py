"""Checks `learns` and `saves`: the model learns, and its files give it back."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.contract import ModelOfFamily
from shared.loading.batches.batching import Prepared, prepare
from shared.loading.batches.preparation import as_tensors
from shared.model.named_inputs import reading_by_name
from shared.model.target import loss
from shared.run.progress import SilentProgress
from tests.contract.case import Case
from tests.contract.comparing import largest_difference

__all__ = ["check_learns", "check_saves"]


_NUM_LEARNED_ROWS = 32
_MAX_STEPS = 400


def check_learns(case: Case) -> None:
    """The loss on 32 training rows falls below half its start, and every trainable variable gets a gradient on the way.

    Of a family that learns no more than a spread it falls by a hundredth.
    """
    model = reading_by_name(case.pipeline.model(case.config, case.splits.target))
    data = _prepared(case, min(_NUM_LEARNED_ROWS, len(case.splits.train)))
    features, labels = dict(data.features or {}), tf.constant(data.labels)
    compute_loss = loss(case.splits.target)
    step = _training_step(model, compute_loss, case.config.train.learning_rate)

    @tf.function
    def current_loss() -> tf.Tensor:
        return compute_loss(labels, model(features, training=False))

    start = end = float(current_loss())
    wanted = start * _wanted_share(case)
    seen = np.zeros(len(model.trainable_variables))
    for number in range(1, _MAX_STEPS + 1):
        seen = np.maximum(seen, [float(value) for value in step(features, labels)])
        if number % 10 == 0:
            end = float(current_loss())
            if end < wanted and (seen > 0).all():
                break
    silent = [model.trainable_variables[index].path for index in np.flatnonzero(seen == 0)]
    assert not silent, f"trainable variables without a gradient: {silent}"
    assert end < wanted, (
        f"the loss on {len(data.labels)} rows fell only from {start:.4g} to {end:.4g} in"
        f" {_MAX_STEPS} steps"
    )


def _wanted_share(case: Case) -> float:
    build = case.pipeline.model
    if isinstance(build, ModelOfFamily) and not build.chosen(case.config).learns_mean:
        return 0.99
    return 0.5


def _training_step(model: keras.Model, compute_loss: Any, learning_rate: float) -> Any:
    """A function of features and labels; it returns the largest gradient of each variable."""
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(features: dict[str, tf.Tensor], labels: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            value = compute_loss(labels, model(features, training=True))
        gradients = tape.gradient(value, [variable.value for variable in model.trainable_variables])
        known = [
            (one, variable)
            for one, variable in zip(gradients, model.trainable_variables, strict=True)
            if one is not None
        ]
        optimizer.apply([one for one, _ in known], [variable for _, variable in known])
        return [
            tf.constant(0.0) if one is None else tf.reduce_max(tf.abs(tf.cast(one, tf.float32)))
            for one in gradients
        ]

    return step


def check_saves(case: Case) -> None:
    """`.keras` files give back models with the same results, whatever the values of their variables."""
    case.folder.mkdir(parents=True, exist_ok=True)
    rows = as_tensors(case.rows(4))
    tensors = case.preprocess(rows, training=False)
    _assert_reloads(case, case.preprocess, rows, "preprocess")
    model = reading_by_name(case.pipeline.model(case.config, case.splits.target))
    generator = np.random.default_rng(0)
    for variable in model.variables:
        # Initial values are often those that a new layer has anyway: they would hide a state that
        # is not saved.
        if "float" in str(variable.dtype):
            variable.assign(np.asarray(variable) + generator.uniform(0.01, 0.1, variable.shape))
    _assert_reloads(case, model, tensors, "model")


def _prepared(case: Case, count: int) -> Prepared:
    return prepare(
        case.splits.train.take(np.arange(count, dtype=np.int64)),
        case.splits.target,
        case.decode,
        case.preprocess,
        cache_limit_mib=case.config.data.cache_limit_mib,
        progress=SilentProgress(),
    )


def _assert_reloads(
    case: Case, model: keras.Model, inputs: dict[str, tf.Tensor], name: str
) -> None:
    path = case.folder / f"{name}-saved.keras"
    model.save(path)
    try:
        reloaded = keras.saving.load_model(path, compile=False)
    except (TypeError, ValueError, KeyError) as error:
        raise AssertionError(f"{name} can't be loaded from its own file: {error}") from error
    before, after = (keras.tree.flatten(one(inputs, training=False)) for one in (model, reloaded))
    for one, other in zip(before, after, strict=True):
        difference = largest_difference(np.asarray(one), np.asarray(other))
        assert difference == 0.0, (
            f"{name} loaded from its own file gives results that differ by {difference:.2g}"
        )
