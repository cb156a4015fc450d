"""Running `decode` and `preprocess` over lazy examples, a chunk of rows at a time.

How many rows are read at once differs: a chunk, a batch, the few that are left at the end. What is
computed at once must not: the last bits of a matrix product, an exponential or a logarithm depend
on how many rows share it and on where among them a row stands, because kernels treat the rows that
fill no whole tile otherwise. (With AVX2 a tenth of the values of a product of 7 rows differ from
those of 1024; with AVX-512 none happened to.) So `preprocess` sees blocks of one size, in which
each example has one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
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
_BLOCK_ROWS = 8
"""Rows that `preprocess` sees at once.

Of more, batches would leave more unused; fewer cost more calls.
"""

_Tensors = dict[str, tf.Tensor]


def as_tensors(rows: Rows) -> dict[str, tf.Tensor]:
    """NumPy rows as tensors; object and str arrays become string tensors, bytes stay bytes."""
    return {
        name: tf.constant(values.tolist() if values.dtype.kind in "OUS" else values)
        for name, values in rows.items()
    }


class Preparation:
    """`decode` then `preprocess` over one split's examples.

    An example's tensors are the same bits whichever others are asked for with it, if `decode`
    treats each row by itself and `preprocess` lets no row look at another. Another kind of
    processor, or another number of threads, may give other last bits.

    Args:
        examples: One split, not empty.
        decode: Wire -> row.
        preprocess: Row -> named dense tensors.

    Raises:
        ContractError: A tensor's shape is open in more than the batch.
    """

    def __init__(self, examples: Examples, decode: keras.Model, preprocess: keras.Model) -> None:
        self._examples = examples
        self._decode = decode
        self._preprocess = preprocess
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
        return self._run(self._examples.rows(indices), indices)

    def chunks(self, progress: Progress) -> Iterator[dict[str, NDArray[Any]]]:
        """All prepared rows in order, a chunk at a time.

        While one chunk is prepared, the next is read.
        """
        num_rows = len(self._examples)
        most = int(min(_MOST_CHUNK_ROWS, _CHUNK_BYTES // max(1, self.row_bytes)))
        size = max(1, most // _BLOCK_ROWS) * _BLOCK_ROWS  # whole blocks waste nothing
        starts = range(0, num_rows, size)
        chunks = [np.arange(start, min(start + size, num_rows)) for start in starts]
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as reader:
            ahead = reader.submit(self._examples.rows, chunks[0])
            for indices, following in zip(chunks, [*chunks[1:], None], strict=True):
                rows = ahead.result()
                if following is not None:
                    ahead = reader.submit(self._examples.rows, following)
                progress.update(int(indices[0]), num_rows, "preparing")
                yield self._run(rows, indices)

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

    def _run(self, wire: Rows, indices: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        taken = {name: wire[name] for name in self._decode.input}
        graph = _compiled(self._decode, self._preprocess)
        prepared: Mapping[str, tf.Tensor] = graph(as_tensors(taken), *_lay_out(indices))
        return {name: tensor.numpy() for name, tensor in prepared.items()}


@lru_cache(maxsize=1)
def _compiled(decode: keras.Model, preprocess: keras.Model) -> Any:
    """One graph for any number of rows: another trace might be optimised otherwise.

    The splits of a run, which are prepared one after the other, share it: tracing takes longer than
    preparing some hundred rows.
    """
    wire_spec = {
        name: tf.TensorSpec(tensor.shape, tensor.dtype) for name, tensor in decode.input.items()
    }
    members_spec = tf.TensorSpec((None, _BLOCK_ROWS), tf.int64)

    signature = (wire_spec, members_spec, tf.TensorSpec((None,), tf.int64))

    @tf.function(input_signature=signature, autograph=False)
    def graph(wire: _Tensors, members: tf.Tensor, places: tf.Tensor) -> _Tensors:
        prepared = _prepare_blocks(preprocess, decode(wire, training=False), members)
        return {name: tf.gather(values, places) for name, values in prepared.items()}

    return graph


def _prepare_blocks(preprocess: keras.Model, rows: _Tensors, members: tf.Tensor) -> _Tensors:
    """Decoded rows, and the members of each block -> tensors (blocks * _BLOCK_ROWS, …)."""

    def prepare(chosen: tf.Tensor) -> _Tensors:
        block = {name: tf.gather(values, chosen) for name, values in rows.items()}
        return dict(preprocess(block, training=False))

    specs = {
        name: tf.TensorSpec((_BLOCK_ROWS, *tensor.shape[1:]), tensor.dtype)
        for name, tensor in preprocess.output.items()
    }
    blocks = tf.map_fn(prepare, members, fn_output_signature=specs)  # (blocks, _BLOCK_ROWS, …)
    return {
        name: tf.reshape(values, (-1, *specs[name].shape[1:])) for name, values in blocks.items()
    }


def _lay_out(indices: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which rows are computed together, so that an example always stands at one place of a block.

    Args:
        indices: (m,) int64, m > 0: which examples the rows are. Of those that claim the same place,
            each is put into a block of its own.

    Returns:
        (blocks, _BLOCK_ROWS) int64: the row at each place, row 0 where nobody claims it; and
        (m,) int64: where each row is, counted through all blocks.
    """
    claims = indices % _BLOCK_ROWS
    order = np.argsort(claims, kind="stable")
    blocks = np.empty_like(indices)
    blocks[order] = np.arange(len(indices)) - np.searchsorted(claims[order], claims[order])
    places = blocks * _BLOCK_ROWS + claims
    members = np.zeros((blocks.max() + 1) * _BLOCK_ROWS, np.int64)
    members[places] = np.arange(len(indices))
    return members.reshape(-1, _BLOCK_ROWS), places


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
