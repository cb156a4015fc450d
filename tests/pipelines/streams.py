"""Whether a stream of inputs is what reading them at once gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.contract import Inputs, InputStream
from shared.errors import DataError

__all__ = ["require_same", "require_same_refusal"]


def require_same(whole: Inputs, stream: InputStream, *, size: int) -> None:
    """Ids, problems, warnings and the rows of all readable inputs."""
    pieces = [read() for read in stream.pieces(size)]
    lengths = [len(piece.ids) for piece in pieces]
    assert lengths[:-1] == [size] * (len(pieces) - 1)
    assert sum(lengths) == stream.num_inputs
    ids = [name for piece in pieces for name in piece.ids.tolist()]
    assert ids == whole.ids.tolist()
    assert {name: why for piece in pieces for name, why in piece.problems.items()} == whole.problems
    assert stream.warnings() == whole.warnings
    for start, piece in zip(np.cumsum([0, *lengths]), pieces, strict=False):
        names = piece.ids.tolist()
        good = np.array([row for row, name in enumerate(names) if name not in piece.problems], int)
        if len(good):
            expected = whole.rows(good + start)
            for name, values in piece.rows(good).items():
                assert values.tolist() == expected[name].tolist()


def require_same_refusal(
    read: Callable[[Any, Path], Inputs],
    stream: Callable[[Any, Path], InputStream],
    config: Any,
    path: Path,
) -> None:
    """The same words before anything is scored."""
    with pytest.raises(DataError) as whole:
        read(config, path)
    with pytest.raises(DataError) as pieces:
        stream(config, path)
    assert str(pieces.value) == str(whole.value)
