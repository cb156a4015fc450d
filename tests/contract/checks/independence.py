"""Check `rows_independent`: a row's results do not depend on its batch."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from shared.loading.batches.preparation import as_tensors
from shared.model.named_inputs import reading_by_name
from tests.contract.case import Case
from tests.contract.comparing import equal_rows, largest_difference

__all__ = ["check_rows_independent"]


def check_rows_independent(case: Case) -> None:
    """A row's tensors (to 1e-5) and scores (to 1e-4) are the same alone, beside louder rows, in any order; decoded, the same bits.

    No training is needed: what mixes rows does so with any weights.
    """
    rows = _loud_and_quiet(case.rows(6))
    network = case.pipeline.model(case.config, case.splits.target)
    model = reading_by_name(_disturbed(network))
    together = _tensors_and_scores(case, model, rows)
    backwards = _tensors_and_scores(case, model, _chosen(rows, [5, 4, 3, 2, 1, 0]))
    for name, values in together.items():
        assert largest_difference(values, backwards[name][::-1]) <= _tolerance(name), (
            f"{name}: a row's result depends on its place in the batch"
        )
    for index in range(6):
        alone = _tensors_and_scores(case, model, _chosen(rows, [index]))
        for name, values in together.items():
            difference = largest_difference(values[index : index + 1], alone[name])
            assert difference <= _tolerance(name), (
                f"{name}: row {index} changes by {difference:.2g} (relative) when it is alone in"
                " its batch"
            )
    _check_decode(case)


def _tolerance(name: str) -> float:
    """Only the order of additions in matrix products may differ with the batch."""
    return 1e-4 if name == "scores" else 1e-5


def _disturbed(model: keras.Model) -> keras.Model:
    """The model, none of whose weights is 0 any more, behind which a path could hide."""
    generator = np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(np.asarray(variable) + generator.normal(0.0, 0.02, variable.shape))
    return model


def _tensors_and_scores(case: Case, model: keras.Model, rows: Rows) -> dict[str, NDArray[Any]]:
    tensors = case.preprocess(as_tensors(rows), training=False)
    return {
        **{f"tensor {name!r}": np.asarray(value) for name, value in tensors.items()},
        "scores": np.asarray(model(tensors, training=False)),
    }


def _check_decode(case: Case) -> None:
    wire, decode = case.wire(4), case.pipeline.decode(case.config)
    decoded = _arrays(decode(as_tensors(wire), training=False))
    last = _arrays(decode(as_tensors(_chosen(wire, [3])), training=False))
    assert equal_rows(_chosen(decoded, [3]), last), "a decoded row depends on its batch"


def _chosen(rows: Rows, indices: list[int]) -> Rows:
    return {name: values[indices] for name, values in rows.items()}


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
