"""Explaining several rows, and writing what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Axis
from shared.errors import UserError
from shared.explain.asked_rows import AskedRow
from shared.explain.checks.contests import hold_contests
from shared.explain.checks.method_checks import MOST_CHECKED_ROWS, CheckedRow
from shared.explain.explained_example import make_example
from shared.explain.explainer import Explainer, Explanation, resampling_of
from shared.explain.game.together import Outcome, Steps, run_together
from shared.explain.questions import Question
from shared.explain.summary import summarise
from shared.run.artefacts.explanations.checks import MethodChecks
from shared.run.artefacts.explanations.record import (
    CanvasAxis,
    ExplainedExample,
    Explanations,
    UnexplainedRow,
)
from shared.run.artefacts.explanations.survey import Survey
from shared.run.directory import RunDirectory
from shared.run.progress import Progress

__all__ = ["ExplainedRows", "explain_rows", "write_explanations"]

_FOLDER = "explanations"


@dataclass(frozen=True)
class _Explained:
    """One example, ready to be written.

    Attributes:
        example: Its entry.
        arrays: What pages draw of it.
        axes: Of its canvas.
        checked: How to explain it again; None but for the first few, as it holds the row's masks.
    """

    example: ExplainedExample
    arrays: Mapping[str, NDArray[Any]]
    axes: Sequence[Axis]
    checked: CheckedRow | None


@dataclass(frozen=True)
class ExplainedRows:
    """What was found, in the order of asking.

    Attributes:
        explained: Rows that have an explanation.
        unexplained: The others, with their reasons.
    """

    explained: list[_Explained] = field(default_factory=list)
    unexplained: list[UnexplainedRow] = field(default_factory=list)

    @property
    def arrays(self) -> tuple[Mapping[str, NDArray[Any]], ...]:
        """What pages draw of each explanation."""
        return tuple(one.arrays for one in self.explained)

    @property
    def checked(self) -> tuple[CheckedRow, ...]:
        """Those that can be explained again."""
        return tuple(one.checked for one in self.explained if one.checked is not None)


def explain_rows(
    explainer: Explainer,
    asked: Sequence[AskedRow],
    progress: Progress,
    *,
    question: Question | None = None,
) -> ExplainedRows:
    """Explain rows, some at once; what can't be explained is named and passed over.

    Args:
        explainer: Of the run.
        asked: At least one row.
        progress: Where progress is told.
        question: What is explained of each; by default what is decided for it.

    Raises:
        UserError: No row could be explained.
    """
    works = (_explain(explainer, row, place, question) for place, row in enumerate(asked))
    outcomes: dict[int, Outcome[_Explained]] = {}
    for place, outcome in run_together(works):
        outcomes[place] = outcome
        progress.update(len(outcomes), len(asked), f"explained {asked[place].id}")
    found = ExplainedRows()
    for place, row in enumerate(asked):
        outcome = outcomes[place]
        if isinstance(outcome, _Explained):
            found.explained.append(outcome)
        else:
            progress.log(f"{row.id} is not explained: {outcome}")
            found.unexplained.append(UnexplainedRow(id=row.id, reason=str(outcome)))
    if not found.explained:
        reason = found.unexplained[0].reason
        raise UserError(f"None of {len(asked)} rows could be explained. {asked[0].id}: {reason}")
    return found


def write_explanations(
    directory: RunDirectory,
    found: ExplainedRows,
    explainer: Explainer,
    checks: MethodChecks | None = None,
    survey: Survey | None = None,
) -> Explanations:
    """Write `explanations.json`, and `explanations/<place>.npz` for each explained row.

    Args:
        directory: Where to.
        found: At least one row.
        explainer: That explained them.
        checks: Of its method; None where nobody asked for them.
        survey: Of many rows; None likewise.
    """
    _write_arrays(directory, found)
    examples = tuple(one.example for one in found.explained)
    axes = [CanvasAxis(name=axis.name, unit=axis.unit) for axis in found.explained[0].axes]
    settings = explainer.config.explain
    confidence = explainer.config.evaluate.confidence
    record = Explanations(
        method=settings.method,
        max_evaluations=settings.max_evaluations,
        confidence=confidence,
        removals=explainer.removals,
        axes=tuple(axes),
        examples=examples,
        unexplained=tuple(found.unexplained),
        summary=summarise(examples, confidence=confidence),
        contests=hold_contests(examples, resampling_of(explainer.config)),
        checks=checks,
        survey=survey,
    )
    record.write(directory)
    return record


def _write_arrays(directory: RunDirectory, found: ExplainedRows) -> None:
    def fill(folder: Path) -> None:
        for one in found.explained:
            file = folder / Path(one.example.file).name
            np.savez_compressed(file, allow_pickle=False, **one.arrays)

    directory.write_folder(_FOLDER, fill)


def _explain(
    explainer: Explainer, asked: AskedRow, place: int, question: Question | None
) -> Steps[_Explained]:
    """Explain the row at `place` among those that were asked for."""
    seed = explainer.config.train.seed + place
    row = explainer.model.decode_rows(asked.wire())
    explanation = yield from explainer.explain(row, seed=seed, question=question)
    known = None if asked.ground_truth is None else asked.ground_truth()
    example = make_example(
        explanation, explainer.target, asked, known, file=f"{_FOLDER}/{place}.npz"
    )
    arrays = _drawn_arrays(explanation, known)
    checked = None
    if place < MOST_CHECKED_ROWS:
        values = explanation.values
        checked = CheckedRow(asked.entity, explanation.game, example.method, values, seed)
    return _Explained(example, arrays, explanation.segments.axes, checked)


def _drawn_arrays(
    explanation: Explanation, ground_truth: NDArray[np.float32] | None
) -> dict[str, NDArray[Any]]:
    """What pages draw: the canvas, its segments and their values, and the known cause."""
    segments = explanation.segments
    canvas = segments.canvas
    # Words may come as objects, which NumPy could store only by pickling.
    is_text = canvas.dtype.kind in "OU"
    names = np.array(segments.names, dtype=np.str_)
    drawn = canvas.astype(np.str_) if is_text else canvas
    found = {
        "values": explanation.values,
        "half_widths": explanation.half_widths,
        "visible": explanation.visible,
    }
    placed = {"names": names, "spans": segments.spans, "extent": segments.extent, "canvas": drawn}
    optional = {"ground_truth": ground_truth, "owners": explanation.game.owners}
    known = {name: values for name, values in optional.items() if values is not None}
    return {**found, **placed, **known}
