"""Running `decode` and `preprocess` over lazy examples, a chunk of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Examples, Rows
from shared.errors import ContractError
from shared.loading.batches.record_file import Field
from shared.model.model_fingerprint import model_fingerprint
from shared.run.progress import Progress

__all__ = ["Preparation", "as_tensors"]

_MOST_CHUNK_ROWS = 256
_CHUNK_BYTES = 64 * 2**20


def as_tensors(rows: Rows) -> dict[str, tf.Tensor]:
    """NumPy rows as tensors; object and str arrays become string tensors, bytes stay bytes."""
    return {
        name: tf.constant(values.tolist() if values.dtype.kind in "OUS" else values)
        for name, values in rows.items()
    }


class Preparation:
    """`decode` then `preprocess` over one part's examples.

    Args:
        examples: One part, not empty.
        decode: Wire -> row.
        preprocess: Row -> named dense tensors.

    Raises:
        ContractError: A tensor's shape is open in more than the batch.
    """

    def __init__(self, examples: Examples, decode: keras.Model, preprocess: keras.Model) -> None:
        self._examples, self._decode, self._preprocess = examples, decode, preprocess
        self.spec = {
            name: _element_spec(name, tensor) for name, tensor in preprocess.output.items()
        }

    @property
    def fields(self) -> tuple[Field, ...] | None:
        """What a record of one row holds.

        None if there are texts, whose size differs from row to row.
        """
        if any(spec.dtype == tf.string for spec in self.spec.values()):
            return None
        return tuple(
            Field(name=name, dtype=spec.dtype.name, shape=tuple(spec.shape))
            for name, spec in sorted(self.spec.items())
        )

    @cached_property
    def row_bytes(self) -> float:
        """Size of one prepared row; where there are texts, the mean of the first rows."""
        if self.fields is not None:
            return sum(field.num_bytes for field in self.fields)
        rows = self.fetch(np.arange(min(_MOST_CHUNK_ROWS, len(self._examples))))
        return sum(_num_bytes(values) for values in rows.values()) / len(next(iter(rows.values())))

    def fingerprint(self) -> str:
        """Of all that decides the prepared rows but the source's content.

        Which examples, and the two models.
        """
        return "\n".join(
            (
                self._examples.fingerprint(),
                model_fingerprint(self._decode),
                model_fingerprint(self._preprocess),
            )
        )

    def fetch(self, indices: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """Prepared rows at `indices` ((m,) int64): arrays (m, …) by name."""
        return self._run(self._examples.rows(indices))

    def chunks(self, progress: Progress) -> Iterator[dict[str, NDArray[Any]]]:
        """All prepared rows in order, a chunk at a time.

        While one chunk is prepared, the next is read.
        """
        num_rows = len(self._examples)
        size = int(min(_MOST_CHUNK_ROWS, max(1, _CHUNK_BYTES // max(1, self.row_bytes))))
        parts = [
            np.arange(start, min(start + size, num_rows)) for start in range(0, num_rows, size)
        ]
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as reader:
            ahead = reader.submit(self._examples.rows, parts[0])
            for part, following in zip(parts, [*parts[1:], None], strict=True):
                rows = ahead.result()
                if following is not None:
                    ahead = reader.submit(self._examples.rows, following)
                progress.update(int(part[0]), num_rows, "preparing")
                yield self._run(rows)

    def in_memory(self, progress: Progress) -> dict[str, NDArray[Any]]:
        """All prepared rows as arrays (n, …) by name."""
        arrays: dict[str, NDArray[Any]] = {}
        done = 0
        for chunk in self.chunks(progress):
            for name, values in chunk.items():
                # Allocated once and filled, because joining the chunks at the end would hold
                # everything twice.
                whole = arrays.setdefault(
                    name, np.empty((len(self._examples), *values.shape[1:]), values.dtype)
                )
                whole[done : done + len(values)] = values
            done += len(next(iter(chunk.values())))
        return arrays

    def _run(self, wire: Rows) -> dict[str, NDArray[Any]]:
        prepared: Mapping[str, tf.Tensor] = self._graph(as_tensors(wire))
        return {name: tensor.numpy() for name, tensor in prepared.items()}

    @cached_property
    def _graph(self) -> Any:
        @tf.function(reduce_retracing=True)
        def graph(wire: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            return dict(self._preprocess(self._decode(wire, training=False), training=False))

        return graph


def _element_spec(name: str, tensor: Any) -> tf.TensorSpec:
    shape = tuple(tensor.shape[1:])
    if getattr(tensor, "sparse", False) or getattr(tensor, "ragged", False) or None in shape:
        raise ContractError(
            f"preprocess must emit dense tensors of one shape for all rows; {name!r} is {tensor}."
            " Pad or cut it."
        )
    return tf.TensorSpec(shape, tensor.dtype)


def _num_bytes(values: NDArray[Any]) -> int:
    return sum(len(text) for text in values.ravel()) if values.dtype == object else values.nbytes
