from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from shared.context import StageContext
from shared.contract import Examples, Probe, Provenance, Rows, Splits
from shared.evaluation import predict
from shared.prediction_files import read_predictions, read_probes
from shared.targets import Categories
from tests.shared.evaluation.predicted_run import classified, run_context

_PROVENANCE = Provenance("tiny", "demo", "1", "none", "", "0", synthetic=True)


class _Model:
    """Answers with what it is given."""

    def decode_rows(self, wire: Rows) -> Rows:
        return wire

    def score_rows(self, rows: Rows) -> NDArray[np.float32]:
        return rows["values"]

    def score_wire(self, wire: Rows) -> NDArray[np.float32]:
        return self.score_rows(self.decode_rows(wire))


def _examples(part: str, count: int) -> Examples:
    values = np.random.default_rng(count).normal(size=(count, 2)).astype(np.float32)
    ids = np.array([f"{part}{i}" for i in range(count)])
    return Examples(ids, ids, np.zeros(count, np.int64), pd.DataFrame(index=range(count)), lambda indices: {"values": values[indices]})


@pytest.fixture
def predicted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Probe]], StageContext]:
    def run(probes: dict[str, Probe]) -> StageContext:
        splits = Splits(_examples("train", 5), _examples("val", 6), _examples("test", 7), Categories(names=("a", "b")), _PROVENANCE)
        context = run_context(tmp_path, classified(0, num_entities=3))
        context = replace(context, pipeline=replace(context.pipeline, probes=lambda config: probes), splits=lambda: splits)
        monkeypatch.setattr(predict, "load_trained_model", lambda context: _Model())
        predict.predict_stage(context)
        return context

    return run


def _double(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    return {"values": 2.0 * rows["values"]}


def test_an_answer_that_must_follow_a_change_is_put_back_into_the_terms_of_the_unchanged_row(
    predicted: Callable[[dict[str, Probe]], StageContext],
) -> None:
    stays = Probe("counterfactual", "Twice as large.", (1,), _double)
    run = predicted({"stays": stays, "follows": replace(stays, restore=lambda scores: scores / 2.0)}).run
    probed, test = read_probes(run), read_predictions(run, "test")
    assert np.array_equal(probed["follows", 1].scores, test.scores)
    assert np.array_equal(probed["stays", 1].scores, 2.0 * test.scores)
