"""Inputs scored block by block, in bounded memory: the next ones are read while some are scored.

A block is always the same rows in the same batches, whoever scores it and whatever came before: a
matrix product depends, in its last bits, on how many rows share it. So a result that was stopped
and resumed, or put together of shards, has the bytes of one that was made in one go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from shared.cluster.processors import num_processors
from shared.contract import Inputs, InputStream
from shared.serving.batch.answers import Answers, answer_inputs, join_answers
from shared.serving.batch.shards import BATCH_ROWS, BLOCK_BATCHES, Shard
from shared.serving.saved_model import SavedModel

__all__ = ["score_blocks"]

_MOST_READERS = 4

Item = TypeVar("Item")


@dataclass(frozen=True)
class _Piece:
    """A batch of inputs, and the number of its block."""

    block: int
    inputs: Inputs


def score_blocks(
    saved: SavedModel, stream: InputStream, shard: Shard, *, num_done: int
) -> Iterator[Answers]:
    """The answers of each block of a shard, in order.

    Args:
        saved: The model.
        stream: All inputs.
        shard: Whose blocks are scored.
        num_done: Blocks of the shard that are left out at its beginning.
    """
    first = shard.block_number(num_done)
    tasks = (
        _reading(number // BLOCK_BATCHES, read)
        for number, read in enumerate(stream.pieces(BATCH_ROWS))
        if number // BLOCK_BATCHES >= first and shard.has_block(number // BLOCK_BATCHES)
    )
    pieces = _read_ahead(tasks, num_readers=min(_MOST_READERS, num_processors()))
    for _, block in groupby(pieces, key=lambda piece: piece.block):
        yield join_answers([answer_inputs(saved, piece.inputs) for piece in block])


def _reading(block: int, read: Callable[[], Inputs]) -> Callable[[], _Piece]:
    return lambda: _Piece(block, read())


def _read_ahead(tasks: Iterable[Callable[[], Item]], *, num_readers: int) -> Iterator[Item]:
    """The results of tasks in order, a few of them done in threads before they are asked for."""
    waiting: deque[Future[Item]] = deque()
    with ThreadPoolExecutor(num_readers) as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(task))
                if len(waiting) > num_readers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
