"""Check `shapes`: what decode, preprocess and model take and give, and how they fit together."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.contract import Rows
from shared.loading.batches.preparation import as_tensors
from shared.model.named_inputs import reading_by_name
from shared.model.target import serving_decoder
from tests.contract.case import Case
from tests.contract.comparing import equal_rows

__all__ = ["check_shapes"]


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
        row = _named_tensors(decode, as_tensors(case.wire(size)), "decode")
        tensors = _named_tensors(case.preprocess, row, "preprocess")
        for name, tensor in {**row, **tensors}.items():
            assert tensor.shape[0] == size, (
                f"{name!r} has {tensor.shape[0]} rows for a batch of {size}"
            )
        for name, tensor in tensors.items():
            assert np.isfinite(np.asarray(tensor)).all(), (
                f"preprocess leaves NaN or infinity in {name!r}"
            )
        _assert_accepts(model, tensors, "model")
        _check_scores(case, tensors, reading_by_name(model)(tensors, training=False), size)
    _check_perturbations(case, {name: np.asarray(value)[:1] for name, value in row.items()})


def _named_tensors(
    model: keras.Model, inputs: dict[str, tf.Tensor], name: str
) -> dict[str, tf.Tensor]:
    _assert_accepts(model, inputs, name)
    tensors = model(inputs, training=False)
    assert isinstance(tensors, dict), (
        f"{name} must return a dict of named tensors, received {type(tensors).__name__}"
    )
    return tensors


def _check_scores(case: Case, tensors: dict[str, tf.Tensor], scores: tf.Tensor, size: int) -> None:
    target = case.splits.target
    shape = (size, *target.shape)
    assert np.isfinite(np.asarray(scores)).all(), "an untrained model must give finite scores"
    for name, each in {"scores": scores, **_baseline_scores(case, tensors)}.items():
        assert tuple(each.shape) == shape, f"{name} must be {shape}, received {tuple(each.shape)}"
        assert each.dtype == target.score_dtype, (
            f"{name} must be {target.score_dtype}, received {each.dtype}"
        )
    for name, output in serving_decoder(target)(scores).items():
        assert output.shape[0] == size, f"the served output {name!r} has no batch axis"


def _baseline_scores(case: Case, tensors: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, baseline in case.pipeline.baselines(case.config, case.splits.target).items():
        assert baseline.count_params() == 0, (
            f"the baseline {name!r} has weights of its own, which nothing fits"
        )
        _assert_accepts(baseline, tensors, f"baseline {name!r}")
        found[f"the baseline {name!r}"] = reading_by_name(baseline)(tensors, training=False)
    return found


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
