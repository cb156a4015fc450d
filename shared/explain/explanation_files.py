"""Explanations on disk: one JSON of numbers, one NPZ of arrays per example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Segments
from shared.explain.shapley import Attribution
from shared.run.directory import RunDirectory

__all__ = ["Explanation", "write_explanations"]


@dataclass(frozen=True)
class Explanation:
    """One explained example.

    Attributes:
        segments: Its segments and canvas.
        attribution: What each segment contributes to the explained score.
        facts: Its entry in `explanations.json`, but for the file.
        ground_truth: Canvas-shaped, in [0, 1]: where the true label's cause lies, if that is known.
    """

    segments: Segments
    attribution: Attribution
    facts: dict[str, Any]
    ground_truth: NDArray[np.float32] | None = None


def write_explanations(
    run: RunDirectory, explanations: Sequence[Explanation], record: dict[str, Any]
) -> None:
    """Write `explanations/<position>.npz` (values, names, spans, extent, canvas, evidence if known) and `explanations.json`.

    Args:
        run: Where.
        explanations: At least one.
        record: What the JSON says besides axes and examples.
    """

    def fill(folder: Path) -> None:
        for position, explanation in enumerate(explanations):
            np.savez_compressed(
                folder / f"{position}.npz", allow_pickle=False, **_arrays(explanation)
            )

    run.write_folder("explanations", fill)
    run.write_json(
        "explanations.json",
        record
        | {
            "axes": [
                {"name": axis.name, "unit": axis.unit} for axis in explanations[0].segments.axes
            ],
            "examples": [
                {"file": f"explanations/{position}.npz", **item.facts}
                for position, item in enumerate(explanations)
            ],
        },
    )


def _arrays(explanation: Explanation) -> dict[str, NDArray[Any]]:
    segments = explanation.segments
    arrays: dict[str, NDArray[Any]] = {
        "values": explanation.attribution.values,
        "names": np.array(segments.names, dtype=np.str_),
        "spans": segments.spans,
        "extent": segments.extent,
        # Words may come as objects, which NumPy could store only by pickling.
        "canvas": (
            segments.canvas.astype(np.str_)
            if segments.canvas.dtype.kind in "OU"
            else segments.canvas
        ),
    }
    return (
        arrays
        if explanation.ground_truth is None
        else arrays | {"ground_truth": explanation.ground_truth}
    )
