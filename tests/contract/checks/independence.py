"""Check 4: a row's results do not depend on its batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from shared.loading.batches.preparation import as_tensors
from tests.contract.case import Case
from tests.contract.comparing import equal_rows, largest_difference

__all__ = ["check_rows_independent"]


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
