from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shared.contract import Examples, Perturbation, Provenance, Rows, Splits, no_baselines
from shared.model.trained_model import Answers
from shared.prediction import predict
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.artefacts.feature_distance import read_feature_distance
from shared.run.artefacts.prediction_files import (
    read_baselines,
    read_perturbations,
    read_predictions,
)
from shared.run.context import StageContext
from shared.run.progress import SilentProgress
from shared.targets import Categories
from tests.shared.evaluation.predicted_run import classified, run_context
from tests.shared.run.artefacts.blend_records import blend_record

_PROVENANCE = Provenance("tiny", "demo", "1", "none", "", "0", synthetic=True)


@dataclass(frozen=True)
class _Model:
    """Answers with what it is given, times a number that stands for the network."""

    model: Any = 1.0

    with_features = None

    def decode_rows(self, wire: Rows) -> Rows:
        return wire

    def answer_rows(self, rows: Rows) -> Answers:
        return Answers(np.asarray(rows["values"] * np.float32(self.model)), None)


def _examples(part: str, count: int) -> Examples:
    values = np.random.default_rng(count).normal(size=(count, 2)).astype(np.float32)
    ids = np.array([f"{part}{i}" for i in range(count)])
    return Examples(
        ids,
        ids,
        np.zeros(count, np.int64),
        pd.DataFrame(index=range(count)),
        lambda indices: {"values": values[indices]},
    )


@pytest.fixture
def predicted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., StageContext]:
    def run(
        perturbations: dict[str, Perturbation], baselines: Callable[..., Any] = no_baselines
    ) -> StageContext:
        splits = Splits(
            _examples("train", 5),
            _examples("val", 6),
            _examples("test", 7),
            Categories(names=("a", "b")),
            _PROVENANCE,
        )
        context = run_context(tmp_path, classified(0, num_entities=3))
        context = replace(
            context,
            pipeline=replace(
                context.pipeline, perturbations=lambda config: perturbations, baselines=baselines
            ),
            splits=lambda: splits,
        )
        monkeypatch.setattr(predict, "load_trained_model", lambda context: _Model())
        monkeypatch.setattr(predict, "reading_by_name", lambda model: model)
        predict.predict_stage(context)
        return context

    return run


def test_each_baseline_scores_the_test_part_in_place_of_the_network(
    predicted: Callable[..., StageContext],
) -> None:
    simple: dict[str, Any] = {"thrice": 3.0, "nothing": 0.0}
    run = predicted({}, lambda config, target: simple).run
    test = read_predictions(run, "test")
    found = read_baselines(run)
    assert list(found) == ["thrice", "nothing"]
    assert np.array_equal(found["thrice"].scores, np.float32(3.0) * test.scores)
    assert np.array_equal(found["thrice"].ids, test.ids)


def test_the_network_that_is_deployed_is_not_scored_twice(
    predicted: Callable[..., StageContext],
) -> None:
    run = predicted({}).run
    network = read_predictions(run, "network")
    assert np.array_equal(network.scores, read_predictions(run, "test").scores)


def test_a_network_that_is_not_deployed_is_scored_beside_what_is(
    predicted: Callable[..., StageContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "load_network", lambda context: 5.0)
    floor = blend_record(deployed="floor", weight=0.0, floor="thrice")
    monkeypatch.setattr(BlendRecord, "read", lambda run: floor)
    run = predicted({}).run
    network = read_predictions(run, "network")
    assert np.array_equal(network.scores, np.float32(5.0) * read_predictions(run, "test").scores)


def _double(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    return {"values": 2.0 * rows["values"]}


def test_an_answer_that_must_follow_a_change_is_put_back_into_the_terms_of_the_unchanged_row(
    predicted: Callable[..., StageContext],
) -> None:
    stays = Perturbation("counterfactual", "Twice as large.", (1,), _double)
    run = predicted(
        {"stays": stays, "follows": replace(stays, restore=lambda scores: scores / 2.0)}
    ).run
    perturbed, test = read_perturbations(run), read_predictions(run, "test")
    assert np.array_equal(perturbed["follows", 1].scores, test.scores)
    assert np.array_equal(perturbed["stays", 1].scores, 2.0 * test.scores)


def test_a_network_without_features_is_said_to_have_none(
    predicted: Callable[..., StageContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(SilentProgress, "log", lambda self, message: said.append(message))
    predicted({})
    assert said == [
        "the network has no Dense layer at its top level, so no features: the energy of its"
        " logits tells OOD inputs instead"
    ]


class _Featured(_Model):
    """Its features are its scores; a row is foreign if its values are."""

    with_features = "a network"  # type: ignore[assignment]

    def answer_rows(self, rows: Rows) -> Answers:
        return Answers(rows["values"], rows["values"])


def test_distances_are_measured_from_the_training_part_and_see_ood_rows(
    predicted: Callable[[dict[str, Perturbation]], StageContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    far = Perturbation(
        "ood",
        "Far away.",
        (1,),
        lambda rows, severity, generator: {"values": rows["values"] + np.float32(50.0)},
    )
    monkeypatch.setattr(f"{__name__}._Model", _Featured)
    run = predicted({"far": far}).run
    feature_statistics = read_feature_distance(run)
    assert feature_statistics is not None
    for part, count in (("val", 6), ("test", 7)):
        predictions = read_predictions(run, part)
        assert predictions.distances is not None
        np.testing.assert_allclose(
            predictions.distances,
            feature_statistics.measure(_examples(part, count).rows(np.arange(count))["values"]),
            rtol=1e-6,
        )
    ood, usual = (
        read_perturbations(run)["far", 1].distances,
        read_predictions(run, "test").distances,
    )
    assert ood is not None
    assert usual is not None
    assert ood.min() > 10.0 * usual.max()


def test_features_are_let_go_once_their_distances_are_known(
    predicted: Callable[[dict[str, Perturbation]], StageContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[weakref.ref[Any]] = []
    alive = []

    class Watched(_Featured):
        def answer_rows(self, rows: Rows) -> Answers:
            features = rows["values"].copy()
            given.append(weakref.ref(features))
            alive.append(sum(one() is not None for one in given))
            return Answers(rows["values"], features)

    monkeypatch.setattr(predict, "_CHUNK_ROWS", 1)
    monkeypatch.setattr(f"{__name__}._Model", Watched)
    predicted({})
    fitted_to = 5
    assert alive[:fitted_to] == list(range(1, fitted_to + 1))
    assert max(alive[fitted_to:]) <= 2


def test_without_features_there_are_no_distances(
    predicted: Callable[[dict[str, Perturbation]], StageContext],
) -> None:
    run = predicted({}).run
    assert read_feature_distance(run) is None
    assert read_predictions(run, "val").distances is None


def test_rows_are_chosen_by_seed_without_repeats() -> None:
    chosen = predict.choose_rows(100, 30, seed=0)
    assert len(set(chosen.tolist())) == 30
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_array_equal(chosen, predict.choose_rows(100, 30, seed=0))
    np.testing.assert_array_equal(predict.choose_rows(20, 30, seed=0), np.arange(20))
