"""Rows and runs that can't be explained, or hardly: in words, and nothing else is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.contract import Rows, Segments
from shared.errors import UserError
from shared.explain.asked_rows import AskedRow
from shared.explain.explain import explain_stage
from shared.explain.explained_rows import ExplainedRows, explain_rows
from shared.explain.explainer import Explainer, load_explainer
from shared.explain.questions import ClassQuestion
from shared.run.artefacts.explanations.record import Explanations
from shared.run.context import StageContext
from shared.run.progress import SilentProgress
from tests.shared.explain.cells_run import NUM_CELLS, PIPELINE, cells_run, cells_segments

_ORDINARY = np.array([0.1, -0.2, 2.0, 0.1, 0.0, 0.3], np.float32)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    return cells_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def explainer(run: StageContext) -> Explainer:
    return load_explainer(run, run.splits().target)


def _explain(
    explainer: Explainer, signals: Sequence[NDArray[np.float32]], question: Any = None
) -> ExplainedRows:
    asked = [
        AskedRow(f"row-{place}", f"row-{place}", lambda signal=signal: {"signal": signal[None]})  # type: ignore[misc]
        for place, signal in enumerate(signals)
    ]
    return explain_rows(explainer, asked, SilentProgress(), question=question)


def test_a_row_whose_score_is_no_number_is_named_and_the_others_are_explained(
    explainer: Explainer,
) -> None:
    broken = _ORDINARY.copy()
    broken[5] = np.nan
    found = _explain(explainer, [_ORDINARY, broken, -_ORDINARY])
    assert [one.example.id for one in found.explained] == ["row-0", "row-2"]
    assert [one.example.file for one in found.explained] == [
        "explanations/0.npz",
        "explanations/2.npz",
    ]
    assert found.unexplained[0].id == "row-1"
    assert "NaN or infinite" in found.unexplained[0].reason
    with pytest.raises(UserError, match=r"None of 1 rows could be explained\. row-0: .*NaN"):
        _explain(explainer, [broken])


def test_a_row_that_looks_as_if_all_were_removed_has_nothing_to_explain(
    explainer: Explainer,
) -> None:
    (one,) = _explain(explainer, [np.zeros(NUM_CELLS, np.float32)]).explained
    assert one.example.num_visible == 0
    assert not one.arrays["values"].any()
    assert one.example.deletion_auc == pytest.approx(one.example.deletion_auc_random)


def test_a_row_without_segments_has_nothing_to_explain(explainer: Explainer) -> None:
    def none(config: Any, row: Rows) -> Segments:
        honest = cells_segments(config, row)
        return replace(
            honest,
            names=(),
            spans=np.zeros((0, 1, 2)),
            mask=lambda keep: {"signal": np.repeat(row["signal"], len(keep), axis=0)},
        )

    bare = replace(explainer, pipeline=replace(PIPELINE, segments=none))
    (one,) = _explain(bare, [_ORDINARY]).explained
    assert one.example.num_segments == 0
    assert one.example.strongest == ()


def test_fewer_training_rows_than_a_background_has_are_all_taken(explainer: Explainer) -> None:
    settings = explainer.config.explain.model_copy(update={"method": "expected_gradients"})
    config = explainer.config.model_copy(update={"explain": settings})
    (one,) = _explain(replace(explainer, config=config), [_ORDINARY]).explained
    assert len(next(iter(explainer.background().values()))) == 8
    assert int(np.abs(one.arrays["values"]).argmax()) == 2


def test_a_class_without_examples_can_be_asked_about(tmp_path: Path) -> None:
    context = cells_run(tmp_path / "run", only_class=0)
    explain_stage(context)
    found = Explanations.read(context.run)
    assert {one.target for one in found.examples} == {"dark"}
    explainer = load_explainer(context, context.splits().target, found.removals)
    (one,) = _explain(explainer, [_ORDINARY], ClassQuestion(1)).explained
    assert one.example.explained == "bright"
