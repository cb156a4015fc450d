"""Rows put together into a batch, and outputs taken apart again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from shared.service.batching.queue import Batch
from shared.service.batching.share import BatchOutputs, Share
from shared.service.status import Code, RequestError
from shared.service.wire.tensors import Arrays

__all__ = ["join_inputs", "join_outputs", "slice_rows", "split_outputs"]


def join_inputs(batch: Batch) -> Arrays:
    """The inputs of all parts, one below the other."""
    if len(batch) == 1:
        return batch[0].inputs
    return _concatenate([part.inputs for part in batch])


def split_outputs(batch: Batch, outputs: Arrays) -> Iterator[Arrays]:
    """The outputs of each part.

    Raises:
        RequestError: An output does not have a row for each.
    """
    if len(batch) == 1:
        yield outputs
        return
    total = sum(part.num_rows for part in batch)
    for name, array in outputs.items():
        if array.ndim == 0 or len(array) != total:
            shape = ",".join(map(str, array.shape))
            raise RequestError(
                Code.FAILED_PRECONDITION,
                f"Batched output tensor {name} has shape [{shape}], expected {total} rows",
            )
    whole = BatchOutputs(outputs, total)
    start = 0
    for part in batch:
        end = start + part.num_rows
        yield Share(whole, start, end)
        start = end


def slice_rows(inputs: Arrays, num_rows: int, most: int) -> list[Arrays]:
    """Inputs in parts of at most so many rows; one part where there are none."""
    if num_rows <= most:
        return [inputs]
    return [
        {name: array[start : start + most] for name, array in inputs.items()}
        for start in range(0, num_rows, most)
    ]


def join_outputs(parts: Sequence[Arrays]) -> Arrays:
    """The outputs of a request that was run in parts."""
    return parts[0] if len(parts) == 1 else _concatenate(parts)


def _concatenate(parts: Sequence[Arrays]) -> Arrays:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
