"""Check 11: why the model decides as it does, and whether that is true of the model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows, Segments
from shared.explain.questions import answer, decided_question
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.directory import RunDirectory
from shared.targets.calibration import calibrate
from tests.contract.case import Case
from tests.contract.comparing import equal_rows

__all__ = ["check_explain"]

_NUM_RANDOM_DELETIONS = 20


def check_explain(case: Case) -> None:
    """Keeping all is the row; values sum to f(all) − f(none).

    Removing what matters most hurts more than removing at random.
    """
    run = case.run("explain")
    document = run.read_json("explanations.json", maker="explain")
    assert document["examples"], "no example was explained"
    informed, random = [], []
    for entry in document["examples"]:
        one = _explained(case, run, entry, document["removals"]["chosen"])
        _check_segments(one)
        _check_masks(one)
        _check_ground_truth(one)
        _check_sum(one)
        informed.append(one.scores(_without_the_top_half(one.values)[None])[0])
        generator = np.random.default_rng(0)
        halves = [
            _without_the_top_half(generator.permutation(one.num_segments))
            for _ in range(_NUM_RANDOM_DELETIONS)
        ]
        random.append(one.scores(np.array(halves)).mean())
    assert np.mean(informed) < np.mean(random), (
        f"removing the most important half leaves a mean score of {np.mean(informed):.4g}, removing"
        f" at random {np.mean(random):.4g}"
    )


@dataclass(frozen=True)
class _Explained:
    """One example of `explanations.json`, its row scored anew by the check."""

    name: str
    values: NDArray[np.float64]
    ground_truth: NDArray[np.float32] | None
    row: Rows
    segments: Segments
    case: Case

    @cached_property
    def original(self) -> NDArray[np.float32]:
        """The row's own scores (1, *target.shape)."""
        return self.case.trained.score_rows(self.row)

    @property
    def num_segments(self) -> int:
        return len(self.segments.names)

    def scores(self, keep: NDArray[np.bool_]) -> NDArray[np.float64]:
        """keep (m, segments) -> explained scores (m,)."""
        record = CalibrationRecord.read(self.case.run("explain"))
        target = record.deciding(self.case.splits.target)
        question = decided_question(target, calibrate(record.calibration, self.original))
        scores = self.case.trained.score_rows(self.segments.mask(keep))
        return answer(question, calibrate(record.calibration, scores))


def _explained(case: Case, run: RunDirectory, entry: dict[str, Any], removal: str) -> _Explained:
    (index,) = np.flatnonzero(case.splits.test.ids == entry["id"])
    row = case.trained.decode_rows(case.splits.test.rows(np.array([index], dtype=np.int64)))
    segments = case.pipeline.segments(case.config, row).removing(removal)
    with np.load(run / entry["file"]) as arrays:
        if "owners" in arrays:  # of a long row some segments were removed together
            segments = segments.merged(arrays["owners"])
        return _Explained(
            entry["id"],
            arrays["values"],
            arrays.get("ground_truth"),
            row,
            segments,
            case,
        )


def _check_sum(one: _Explained) -> None:
    everything, nothing = (
        np.ones((1, one.num_segments), dtype=bool),
        np.zeros((1, one.num_segments), dtype=bool),
    )
    difference = float((one.scores(everything) - one.scores(nothing))[0])
    total = float(one.values.sum())
    # Scores are float32: what is left over is rounding, relative to the scores that are subtracted.
    is_close = abs(total - difference) <= 1e-3 * max(1.0, abs(difference))
    assert is_close, f"{one.name}: values sum to {total:.5g}, f(all) − f(none) is {difference:.5g}"


def _check_segments(one: _Explained) -> None:
    segments, num_segments = one.segments, one.num_segments
    assert one.values.shape == (num_segments,), (
        f"{one.name}: {one.values.shape} values for {num_segments} segments"
    )
    assert len(segments.axes) in (
        1,
        2,
    ), f"a canvas has one or two axes, received {len(segments.axes)}"
    assert segments.extent.shape == (
        len(segments.axes),
        2,
    ), f"extent must be (axes, 2), received {segments.extent.shape}"
    assert segments.spans.shape == (
        num_segments,
        len(segments.axes),
        2,
    ), f"spans must be (segments, axes, 2), received {segments.spans.shape}"
    assert segments.naive_orders, f"{one.name}: nothing that never asks the model to compare with"
    cells = np.array(segments.canvas.shape[: len(segments.axes)])
    assert (segments.spans[..., 0] >= 0).all(), f"{one.name}: a span begins outside the canvas"
    assert (segments.spans[..., 1] <= cells).all(), (
        f"{one.name}: a span ends outside the canvas of {cells} cells"
    )
    assert (segments.spans[..., 0] < segments.spans[..., 1]).all(), f"{one.name}: a span is empty"


def _check_masks(one: _Explained) -> None:
    segments, num_segments = one.segments, one.num_segments
    all_kept, none_kept = (
        segments.mask(np.ones((1, num_segments), dtype=bool)),
        segments.mask(np.zeros((1, num_segments), dtype=bool)),
    )
    assert equal_rows(all_kept, one.row), (
        f"{one.name}: a mask that keeps every segment must give the row itself"
    )
    assert not equal_rows(none_kept, one.row), (
        f"{one.name}: a mask that removes every segment must change the row"
    )
    assert {name: values.dtype for name, values in none_kept.items()} == {
        name: values.dtype for name, values in one.row.items()
    }, f"{one.name}: a masked row must keep the dtypes of the row"


def _check_ground_truth(one: _Explained) -> None:
    assert one.ground_truth is not None, (
        f"{one.name}: known-answer data must come with its evidence"
    )
    cells = one.segments.canvas.shape[: len(one.segments.axes)]
    assert one.ground_truth.shape == cells, (
        f"{one.name}: evidence has the shape {one.ground_truth.shape}, the canvas {cells}"
    )


def _without_the_top_half(values: NDArray[Any]) -> NDArray[np.bool_]:
    keep = np.ones(len(values), dtype=bool)
    keep[np.argsort(-values, kind="stable")[: max(1, len(values) // 2)]] = False
    return keep
