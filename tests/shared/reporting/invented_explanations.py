"""Explanations of invented examples, on every kind of canvas."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.explain.checks.contests import hold_contests
from shared.explain.summary import summarise
from shared.run.artefacts.explanations.record import CanvasAxis, ExplainedExample, Explanations
from shared.run.directory import RunDirectory
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories, Target
from tests.shared.explain.examples import CHECKS, REMOVALS, SURVEY, explained_example

__all__ = ["write_explanations"]

Arrays = dict[str, NDArray[Any]]

_NUM_EXAMPLES = 3
_AXES = {
    "words": [("word", "")],
    "signal": [("time", "s")],
    "drawing": [("row", "px"), ("column", "px")],
    "map": [("frequency", "Hz"), ("time", "s")],
}


def write_explanations(run: RunDirectory, target: Target, *, canvas: str, text: str) -> None:
    """Three explained examples; `text` stands in every name."""
    arrays = _arrays(canvas, text)
    example = _example(target, arrays["values"], text)
    examples = []
    for position in range(_NUM_EXAMPLES):
        file = f"explanations/{position}.npz"
        right = position > 0 if isinstance(target, Categories) else None
        examples.append(example.model_copy(update={"file": file, "right": right}))
        (run / file).parent.mkdir(exist_ok=True)
        np.savez_compressed(run / file, **arrays)  # type: ignore[arg-type]
    Explanations(
        method="auto",
        max_evaluations=300,
        confidence=0.95,
        removals=REMOVALS,
        axes=tuple(CanvasAxis(name=name, unit=unit) for name, unit in _AXES[canvas]),
        examples=tuple(examples),
        unexplained=(),
        summary=summarise(examples, confidence=0.95),
        contests=hold_contests(examples, Resampling(100, 0.95, (0,))),
        checks=CHECKS,
        survey=SURVEY,
    ).write(run)


def _example(target: Target, values: NDArray[np.float64], text: str) -> ExplainedExample:
    names = target.names if isinstance(target, Categories) else ()
    return explained_example(
        id=f"test-0003{text}",
        predicted=names[0] if names else 12.5,
        target=names[1] if names else 11.9,
        score=float(values.sum()) + 0.3,
        num_segments=len(values),
        explained=names[0] if names else "mean forecast",
        unit="log-odds" if names else "kW",
        probability=0.79 if names else None,
        probability_none=0.57 if names else None,
        predicted_none=names[1] if names else 3.5,
        localisation=0.71,
        localisation_expected=0.2,
        localisation_gain=0.51,
        pointing_hit=True,
        pointing_expected=0.25,
    )


def _arrays(canvas: str, text: str) -> Arrays:
    match canvas:
        case "words":
            return _words(text)
        case "signal":
            return _signal(text)
        case "drawing":
            return _tiled(_drawing(), (8, 8), extent=[[0.0, 64.0], [0.0, 64.0]], text=text)
        case _:
            return _tiled(_map(), (4, 10), extent=[[0.0, 4000.0], [0.0, 1.0]], text=text)


def _words(text: str) -> Arrays:
    words = f"the plot is thin but{text} the acting is a quiet wonder".split(" ")
    starts = np.arange(len(words))
    return _with_values(words) | {
        "spans": np.stack([starts, starts + 1.0], axis=-1)[:, None, :],
        "extent": np.array([[0.0, len(words)]]),
        "canvas": np.array(words),
        "ground_truth": np.array([float(word == "wonder") for word in words], np.float32),
    }


def _signal(text: str) -> Arrays:
    edges = np.linspace(0, 800, 9)
    steps = np.arange(800)
    return _with_values([f"stretch {index}{text}" for index in range(8)]) | {
        "spans": np.stack([edges[:-1], edges[1:]], axis=-1)[:, None, :],
        "extent": np.array([[0.0, 0.8]]),
        "canvas": np.sin(steps / 9).astype(np.float32),
        "ground_truth": (steps // 100 == 3).astype(np.float32),
    }


def _drawing() -> NDArray[np.uint8]:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    columns = np.tile(ramp, (64, 1))
    rows = np.tile(ramp[:, None], (1, 64))
    return np.stack([columns, rows, np.full((64, 64), 120, np.uint8)], axis=-1)


def _map() -> NDArray[np.float32]:
    field = np.add.outer(np.linspace(0, 1, 40), np.sin(np.arange(100) / 8))
    return np.asarray(field, np.float32)


def _tiled(
    canvas: NDArray[Any], grid: tuple[int, int], *, extent: list[list[float]], text: str
) -> Arrays:
    """A canvas of two axes, cut into tiles; its cause is known."""
    height, width = canvas.shape[:2]
    rows = np.linspace(0, height, grid[0] + 1)
    columns = np.linspace(0, width, grid[1] + 1)
    tiles = [(row, column) for row in range(grid[0]) for column in range(grid[1])]
    ground_truth = np.zeros((height, width), np.float32)
    ground_truth[height // 4 : height // 2, width // 3 : width // 2] = 1.0
    return _with_values([f"row {row}, column {column}{text}" for row, column in tiles]) | {
        "spans": np.array([[rows[r : r + 2], columns[c : c + 2]] for r, c in tiles]),
        "extent": np.array(extent),
        "canvas": canvas,
        "ground_truth": ground_truth,
    }


def _with_values(names: list[str]) -> Arrays:
    values = np.random.default_rng(9).normal(size=len(names)) ** 3
    return {"names": np.array(names), "values": values, "half_widths": np.abs(values) / 10.0}
