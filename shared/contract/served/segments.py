"""What the served graph attributes an answer to, and where it is differentiated for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Described", "ServedSegments", "serves_no_segments"]

_Tensors = Mapping[str, Any]


@dataclass(frozen=True)
class Described:
    """What an output beside the attributions says of segments.

    Attributes:
        meaning: In words, for `signature.json`.
        unit: None if it has none.
        is_text: Whether it is strings; else it is floating-point numbers.
    """

    meaning: str
    unit: str | None = None
    is_text: bool = False


@dataclass(frozen=True)
class ServedSegments:
    """Segments of every row that is served, and the numbers whose attributions they gather.

    Its functions make TensorFlow graphs. They are handed a row with a batch axis of 1: decoded, and
    as `preprocess` prepares it.

    Attributes:
        rows: Decoded numbers, by name, at which the model is differentiated.
        layers: Layers of `preprocess` and of the network, by name and wherever they are, whose
            outputs are differentiated.
        tensors: Prepared tensors that are differentiated.
        held: Prepared tensors that stay as they are while the others move to a baseline. A model
            that reads any other has a part without a gradient.
        count: Number of segments.
        share: (attributions of cells by name, each (n, *cells); rows; tensors) -> (n, segments).
        emptied: (rows, tensors) -> both with everything removed, which is the baseline. None: means
            of groups of training rows are baselines, so that the graph holds nobody's record.
        names: One a segment; empty where they differ from row to row.
        describe: (rows, tensors) -> what else is answered, (batch, …) each; takes many rows.
        described: What that is, by name.
    """

    count: int
    share: Callable[[_Tensors, _Tensors, _Tensors], Any]
    rows: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    tensors: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    emptied: Callable[[_Tensors, _Tensors], tuple[_Tensors, _Tensors]] | None = None
    names: tuple[str, ...] = ()
    describe: Callable[[_Tensors, _Tensors], _Tensors] | None = None
    described: Mapping[str, Described] = field(default_factory=dict)


def serves_no_segments(config: Any) -> None:
    """The answer of a pipeline whose graph explains nothing."""
    del config
