"""How much of a network's look each segment of a row gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows, Segments
from shared.errors import UserError
from shared.explain.attention.recording import Look, has_attention, record_looks
from shared.explain.attention.rollout import roll_out
from shared.explain.attention.token_owners import owners_by_change, owners_by_id
from shared.loading.batches.preparation import as_tensors
from shared.model.trained_model import TrainedModel

__all__ = ["Attended", "look_at_segments"]

_CHUNK_MASKS = 32


@dataclass(frozen=True)
class Attended:
    """Where one row's answer was looked for.

    Attributes:
        shares: (segments,) float64, >= 0: of the look, by visible segment; sums to 1 less what
            lies on tokens of no segment.
        passes: Rows that went through the network to find out.
    """

    shares: NDArray[np.float64]
    passes: int


def look_at_segments(
    model: TrainedModel, row: Rows, segments: Segments, *, visible: NDArray[np.bool_]
) -> Attended:
    """Attention rolled out to tokens, and from tokens to visible segments.

    Raises:
        UserError: Nothing in the network attends.
    """
    if not has_attention(model.model):
        raise UserError(
            "explain.method=attention needs a transformer or conformer; nothing in the deployed"
            " model attends. Choose such a model.family (with train.deploy=network, if its floor"
            " is deployed), or another method: docs/explanations.md."
        )
    whole = _looks(model, row)
    shares = [roll_out([layer[0] for layer in look.layers]) for look in whole]
    of_tokens = np.mean(shares, axis=0)
    ids = _ids_of(model)
    if segments.canvas.dtype.kind in "OU" and ids is not None:
        owners = _owners_of_ids(model, ids, segments, visible)[:, : len(of_tokens)]
        return Attended(owners @ of_tokens, passes=1)
    owners = _owners_of_vectors(model, whole[0], segments, visible)
    return Attended(owners @ of_tokens, passes=1 + int(visible.sum()))


def _looks(model: TrainedModel, rows: Rows) -> list[Look]:
    prepared = model.prepare_rows(rows)
    given = {name: prepared[name] for name in _names(model.model)}
    return record_looks(model.model, as_tensors(given))


def _names(network: keras.Model) -> list[str]:
    return [tensor.name for tensor in network.inputs]


def _ids_of(model: TrainedModel) -> str | None:
    """The network's input of ids, one a token."""
    names = [
        tensor.name
        for tensor in model.model.inputs
        if len(tensor.shape) == 2 and not keras.backend.is_float_dtype(tensor.dtype)
    ]
    return names[0] if len(names) == 1 else None


def _owners_of_ids(
    model: TrainedModel, ids: str, segments: Segments, visible: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Segments that can't be seen are there from the start."""
    count = int(visible.sum())
    keep = np.ones((count + 1, len(visible)), dtype=np.bool_)
    keep[:, visible] = np.tri(count + 1, count, -1, dtype=np.bool_)
    steps = np.concatenate(list(_by_chunk(keep, lambda part: _ids(model, ids, segments, part))))
    return owners_by_id(steps, steps[0])


def _ids(
    model: TrainedModel, ids: str, segments: Segments, keep: NDArray[np.bool_]
) -> NDArray[np.int64]:
    return np.asarray(model.prepare_rows(segments.mask(keep))[ids], dtype=np.int64)


def _owners_of_vectors(
    model: TrainedModel, whole: Look, segments: Segments, visible: NDArray[np.bool_]
) -> NDArray[np.float64]:
    without = ~np.eye(len(visible), dtype=np.bool_)[visible]
    parts = _by_chunk(without, lambda keep: _looks(model, segments.mask(keep))[0].tokens)
    changed = [*parts, np.zeros((0, *whole.tokens.shape[1:]), dtype=np.float32)]
    return owners_by_change(np.concatenate(changed), whole.tokens[0])


def _by_chunk(
    keep: NDArray[np.bool_], read: Callable[[NDArray[np.bool_]], NDArray[Any]]
) -> Iterator[NDArray[Any]]:
    for start in range(0, len(keep), _CHUNK_MASKS):
        yield read(keep[start : start + _CHUNK_MASKS])
