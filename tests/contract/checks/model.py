"""Checks 4 to 8: what decode, preprocess and model promise about batches, shapes, learning, saving and replicas."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Rows
from shared.loading.batches.batching import Prepared, prepare
from shared.loading.batches.preparation import as_tensors
from shared.model.target import loss, serving_decoder
from shared.run.progress import SilentProgress
from tests.contract.case import Case
from tests.contract.comparing import equal_rows, largest_difference
from tests.contract.distribution import Trained, train_quietly, train_with_two_workers, weights_of

__all__ = [
    "check_distributes",
    "check_learns",
    "check_rows_independent",
    "check_saves",
    "check_shapes",
]

_NUM_LEARNED_ROWS = 32
_MAX_STEPS = 400
_SAME_WEIGHTS = 1e-5
"""Largest difference between weights that are the same but for the order of additions."""


def check_rows_independent(case: Case) -> None:
    """A row's tensors (to 1e-5) and scores (to 1e-4) are the same alone, beside louder rows, in any order; decoded, the same bits."""
    rows = _loud_and_quiet(case.rows(6))
    preprocess, model = case.trained.preprocess, case.trained.model

    def tensors_and_scores(chosen: list[int]) -> dict[str, NDArray[Any]]:
        tensors = preprocess(
            as_tensors({name: values[chosen] for name, values in rows.items()}), training=False
        )
        return {
            **{f"tensor {name!r}": np.asarray(value) for name, value in tensors.items()},
            "scores": np.asarray(model(tensors, training=False)),
        }

    together, backwards = (
        tensors_and_scores([0, 1, 2, 3, 4, 5]),
        tensors_and_scores([5, 4, 3, 2, 1, 0]),
    )
    for name, values in together.items():
        # Only the order of additions in matrix products may differ with the batch.
        tolerance = 1e-4 if name == "scores" else 1e-5
        assert largest_difference(values, backwards[name][::-1]) <= tolerance, (
            f"{name}: a row's result depends on its place in the batch"
        )
    for index in range(6):
        alone = tensors_and_scores([index])
        for name, values in together.items():
            tolerance = 1e-4 if name == "scores" else 1e-5
            difference = largest_difference(values[index : index + 1], alone[name])
            assert difference <= tolerance, (
                f"{name}: row {index} changes by {difference:.2g} (relative) when it is alone in"
                " its batch"
            )

    wire, decode = case.wire(4), case.pipeline.decode(case.config)
    decoded = _arrays(decode(as_tensors(wire), training=False))
    last = _arrays(
        decode(as_tensors({name: values[3:] for name, values in wire.items()}), training=False)
    )
    assert equal_rows({name: values[3:] for name, values in decoded.items()}, last), (
        "a decoded row depends on its batch"
    )


def check_shapes(case: Case) -> None:
    """Batches of 1 and 7 give scores (batch, *target.shape) in the target's dtype.

    The models' names fit together; nothing is compiled.
    """
    target = case.splits.target
    decode, model = case.pipeline.decode(case.config), case.pipeline.model(case.config, target)
    assert not model.compiled, (
        "model must be uncompiled: the train stage compiles it under its strategy"
    )
    for size in (1, 7):
        wire = case.wire(size)
        _assert_accepts(decode, as_tensors(wire), "decode")
        row = decode(as_tensors(wire), training=False)
        assert isinstance(row, dict), (
            f"decode must return a dict of named tensors, received {type(row).__name__}"
        )
        _assert_accepts(case.preprocess, row, "preprocess")
        tensors = case.preprocess(row, training=False)
        assert isinstance(tensors, dict), (
            f"preprocess must return a dict of named tensors, received {type(tensors).__name__}"
        )
        _assert_accepts(model, tensors, "model")
        for name, tensor in {**row, **tensors}.items():
            assert tensor.shape[0] == size, (
                f"{name!r} has {tensor.shape[0]} rows for a batch of {size}"
            )
        for name, tensor in tensors.items():
            assert np.isfinite(np.asarray(tensor)).all(), (
                f"preprocess leaves NaN or infinity in {name!r}"
            )
        scores = model(tensors, training=False)
        assert np.isfinite(np.asarray(scores)).all(), "an untrained model must give finite scores"
        for name, each in {"scores": scores, **_baseline_scores(case, tensors)}.items():
            assert tuple(each.shape) == (
                size,
                *target.shape,
            ), f"{name} must be {(size, *target.shape)}, received {tuple(each.shape)}"
            assert each.dtype == target.score_dtype, (
                f"{name} must be {target.score_dtype}, received {each.dtype}"
            )
        for name, output in serving_decoder(target)(scores).items():
            assert output.shape[0] == size, f"the served output {name!r} has no batch axis"
    segments_row = {name: np.asarray(value)[:1] for name, value in row.items()}
    _check_perturbations(case, segments_row)


def _baseline_scores(case: Case, tensors: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, baseline in case.pipeline.baselines(case.config, case.splits.target).items():
        assert baseline.count_params() == 0, (
            f"the baseline {name!r} has weights of its own, which nothing fits"
        )
        _assert_accepts(baseline, tensors, f"baseline {name!r}")
        found[f"the baseline {name!r}"] = baseline(tensors, training=False)
    return found


def check_learns(case: Case) -> None:
    """The loss on 32 training rows falls below half its start, and every trainable variable gets a gradient on the way."""
    model = case.pipeline.model(case.config, case.splits.target)
    data = _prepared(case, min(_NUM_LEARNED_ROWS, len(case.splits.train)))
    features, labels = dict(data.features or {}), tf.constant(data.labels)
    compute_loss = loss(case.splits.target)
    optimizer = keras.optimizers.Adam(case.config.train.learning_rate)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            value = compute_loss(labels, model(features, training=True))
        gradients = tape.gradient(value, [variable.value for variable in model.trainable_variables])
        largest = [
            tf.constant(0.0) if one is None else tf.reduce_max(tf.abs(tf.cast(one, tf.float32)))
            for one in gradients
        ]
        known = [
            (one, variable)
            for one, variable in zip(gradients, model.trainable_variables, strict=True)
            if one is not None
        ]
        optimizer.apply([one for one, _ in known], [variable for _, variable in known])
        return largest

    @tf.function
    def current_loss() -> tf.Tensor:
        return compute_loss(labels, model(features, training=False))

    start = float(current_loss())
    seen = np.zeros(len(model.trainable_variables))
    end = start
    for number in range(1, _MAX_STEPS + 1):
        seen = np.maximum(seen, [float(value) for value in step()])
        if number % 10 == 0:
            end = float(current_loss())
            if end < start / 2 and (seen > 0).all():
                break
    silent = [
        variable.path
        for variable, value in zip(model.trainable_variables, seen, strict=True)
        if value == 0
    ]
    assert not silent, f"trainable variables without a gradient: {silent}"
    assert end < start / 2, (
        f"the loss on {len(data.labels)} rows fell only from {start:.4g} to {end:.4g} in"
        f" {_MAX_STEPS} steps"
    )


def check_saves(case: Case) -> None:
    """`.keras` files give back models with the same results, whatever the values of their variables."""
    case.folder.mkdir(parents=True, exist_ok=True)
    rows = as_tensors(case.rows(4))
    tensors = case.preprocess(rows, training=False)
    _assert_reloads(case, case.preprocess, rows, "preprocess")
    model = case.pipeline.model(case.config, case.splits.target)
    generator = np.random.default_rng(0)
    for variable in model.variables:
        # Initial values are often those that a new layer has anyway: they would hide a state that
        # is not saved.
        if "float" in str(variable.dtype):
            variable.assign(np.asarray(variable) + generator.uniform(0.01, 0.1, variable.shape))
    _assert_reloads(case, model, tensors, "model")


def check_distributes(case: Case) -> None:
    """One replica, two replicas and two workers train the same model and see the same validation metrics, but for rounding."""
    one, two = train_quietly(case, "single"), train_quietly(case, "mirrored")
    assert (one.num_replicas, two.num_replicas) == (
        1,
        2,
    ), f"trained on {one.num_replicas} and {two.num_replicas} replicas, not on 1 and 2"
    _assert_same(one, two, "2 replicas")
    workers = train_with_two_workers(case)
    assert np.array_equal(workers[0].weights, workers[1].weights), (
        "the two workers hold different weights"
    )
    for index, worker in enumerate(workers):
        assert worker.num_replicas == 2, (
            f"worker {index} trained with {worker.num_replicas} replicas in all, not with 2"
        )
        _assert_same(one, worker, f"worker {index} of 2")
    keras.utils.set_random_seed(case.config.train.seed)
    start = weights_of(case.pipeline.model(case.config, case.splits.target))
    moved = np.abs(one.weights - start).max()
    assert moved >= 50 * _SAME_WEIGHTS, (
        f"training moved the weights by no more than {moved:.2g}, too little to compare"
    )


def _assert_same(one: Trained, other: Trained, name: str) -> None:
    for metric in sorted(metric for metric in one.metrics if metric.startswith("val_")):
        expected, received = one.metrics[metric], other.metrics[metric]
        assert abs(expected - received) <= 1e-6 * max(1.0, abs(expected)), (
            f"{metric} is {expected} on 1 replica, {received} on {name}"
        )
    apart = np.abs(one.weights - other.weights).max()
    assert apart <= _SAME_WEIGHTS, f"weights of 1 replica and of {name} differ by up to {apart:.2g}"


def _arrays(tensors: Any) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(tensor) for name, tensor in tensors.items()}


def _loud_and_quiet(rows: Rows) -> Rows:
    """Every second row a hundred times weaker, so that anything relative to the batch's loudest shows."""
    changed = {}
    for name, values in rows.items():
        if values.dtype.kind == "f":
            values = values.copy()
            values[1::2] *= 0.01
        elif values.dtype == np.uint8:
            values = values.copy()
            values[1::2] //= 16
        changed[name] = values
    return changed


def _assert_accepts(model: keras.Model, tensors: dict[str, tf.Tensor], name: str) -> None:
    expected = {tensor.name: tensor for tensor in model.inputs}
    missing = sorted(expected.keys() - tensors.keys())
    assert not missing, (
        f"{name} asks for inputs that the step before does not give: {missing}; given:"
        f" {sorted(tensors)}"
    )
    for key, tensor in expected.items():
        given = tensors[key]
        assert keras.backend.standardize_dtype(given.dtype) == tensor.dtype, (
            f"{name}: input {key!r} is declared {tensor.dtype}, given {given.dtype}"
        )
        fits = len(given.shape) == len(tensor.shape) and all(
            one in (None, two) for one, two in zip(tensor.shape, given.shape, strict=True)
        )
        assert fits, f"{name}: input {key!r} is declared {tensor.shape}, given {tuple(given.shape)}"


def _check_perturbations(case: Case, row: Rows) -> None:
    for name, perturbation in case.pipeline.perturbations(case.config).items():
        assert tuple(sorted(set(perturbation.severities))) == perturbation.severities, (
            f"perturbation {name}: severities must increase, received {perturbation.severities}"
        )
        assert perturbation.severities[0] == 1, f"perturbation {name}: severities begin at 1"
        assert perturbation.kind == "corruption" or perturbation.severities == (1,), (
            f"perturbation {name}: of kind {perturbation.kind}, it has the single severity 1"
        )
        first, again = (
            perturbation.apply(row, perturbation.severities[-1], np.random.default_rng(7))
            for _ in range(2)
        )
        assert {key: (values.shape, values.dtype.kind) for key, values in first.items()} == {
            key: (values.shape, values.dtype.kind) for key, values in row.items()
        }, f"perturbation {name} must keep shapes and dtypes"
        assert equal_rows(first, again), (
            f"perturbation {name} must draw only from the generator it is given"
        )
        assert perturbation.kind != "ood" or not equal_rows(first, row), (
            f"perturbation {name} is foreign and must replace the row"
        )


def _prepared(case: Case, count: int) -> Prepared:
    return prepare(
        case.splits.train.take(np.arange(count, dtype=np.int64)),
        case.splits.target,
        case.pipeline.decode(case.config),
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
