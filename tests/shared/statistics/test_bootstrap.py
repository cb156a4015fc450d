from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from shared.evaluation.measure import metric_statistics
from shared.statistics.bootstrap import (
    Resampling,
    difference_estimates,
    draw,
    entity_codes,
    estimates,
    in_pieces,
)
from shared.statistics.category_statistics import category_statistics, class_f1_statistic
from shared.statistics.entities import _NUMBERED
from shared.statistics.intervals import Measure
from shared.statistics.means import mean_statistic
from shared.statistics.ranking_areas import area_under_curve, ranking_areas
from shared.targets import Categories, Horizon
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, HORIZON, classified, forecast

BOTH = [(CATEGORIES, classified(0)), (HORIZON, forecast(0))]


@pytest.mark.parametrize(("target", "predictions"), BOTH)
def test_values_on_all_entities_equal_the_targets_metrics(
    target: Categories | Horizon, predictions: Predictions
) -> None:
    codes, num_entities = entity_codes(predictions.entities)
    found = estimates(
        metric_statistics(target, predictions, codes, num_entities),
        num_entities,
        Resampling(100, 0.95, (0,)),
    )
    assert {name: found[name].value for name in target.describe()} == pytest.approx(
        target.metrics(predictions), rel=1e-12
    )


@pytest.mark.parametrize(("target", "predictions"), BOTH)
def test_weighting_entities_equals_repeating_their_rows(
    target: Categories | Horizon, predictions: Predictions
) -> None:
    codes, num_entities = entity_codes(predictions.entities)
    weights = (
        np.random.default_rng(1)
        .multinomial(num_entities, np.full(num_entities, 1 / num_entities))
        .astype(float)
    )
    repeated = predictions.take(np.repeat(np.arange(len(predictions)), weights[codes].astype(int)))
    expected = target.metrics(repeated)
    for statistic in metric_statistics(target, predictions, codes, num_entities):
        if statistic.measures[0].name == "ece":  # its bins stay where the whole part puts them
            continue
        values = statistic.evaluate(weights[:, None])[:, 0]
        values = np.abs(values) if statistic.form == "distance" else values
        whole = [not measure.part_of for measure in statistic.measures]
        assert values[whole] == pytest.approx(
            [expected[measure.name] for measure in statistic.measures if not measure.part_of],
            rel=1e-9,
        )


def test_weighted_area_under_curve_equals_scikit_learn_with_ties() -> None:
    generator = np.random.default_rng(0)
    scores, positive = generator.integers(0, 6, 60).astype(float), generator.random(60) < 0.3
    codes = generator.integers(0, 10, 60)
    weights = generator.integers(0, 4, (10, 5)).astype(float)
    found = area_under_curve(scores, positive, codes, 10)(weights)
    expected = [roc_auc_score(positive, scores, sample_weight=weights[codes, r]) for r in range(5)]
    assert found == pytest.approx(expected, rel=1e-12)


def test_weighted_average_precision_equals_scikit_learn_with_ties() -> None:
    generator = np.random.default_rng(0)
    scores, positive = generator.integers(0, 6, 60).astype(float), generator.random(60) < 0.3
    codes = generator.integers(0, 10, 60)
    weights = generator.integers(0, 4, (10, 5)).astype(float)
    found = ranking_areas(scores, positive, codes, 10)(weights)[1]
    expected = [
        average_precision_score(positive, scores, sample_weight=weights[codes, r]) for r in range(5)
    ]
    assert found == pytest.approx(expected, rel=1e-12)


def test_average_precision_without_skill_is_the_share_of_positives() -> None:
    positive = np.arange(100) < 30
    assert ranking_areas(np.zeros(100), positive, np.arange(100), 100)(np.ones((100, 1)))[
        1, 0
    ] == pytest.approx(0.3)


def test_area_under_curve_is_undefined_without_negatives() -> None:
    area = area_under_curve(np.arange(3.0), np.array([True, True, False]), np.arange(3), 3)
    assert np.isnan(area(np.array([[1.0], [1.0], [0.0]])))[0]


def test_f1_of_a_class_that_a_resample_lost_is_undefined() -> None:
    predictions = classified(0, num_entities=3, rows_each=1)
    codes, num_entities = entity_codes(predictions.entities)
    statistic = class_f1_statistic(CATEGORIES, predictions, codes, num_entities)
    values = statistic.evaluate(np.array([[1.0], [0.0], [0.0]]))[:, 0]
    drawn = {int(predictions.targets[0]), int(CATEGORIES.decide(predictions.scores)[0])}
    assert np.isfinite(values).tolist() == [c in drawn for c in range(3)]


def test_equal_seeds_give_equal_draws_and_other_seeds_do_not() -> None:
    predictions = classified(0)
    codes, num_entities = entity_codes(predictions.entities)
    statistics = category_statistics(CATEGORIES, predictions, codes, num_entities)
    first, again, other = (
        draw(statistics, num_entities, Resampling(100, 0.95, (0, stream)))[0]
        for stream in (1, 1, 2)
    )
    assert np.array_equal(first.resampled, again.resampled)
    assert not np.array_equal(first.resampled, other.resampled)


def test_chunks_together_hold_all_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.statistics.bootstrap._CHUNK_CELLS", 7 * 20)
    statistic = mean_statistic([Measure("mean", 20)], np.arange(20.0)[:, None], np.arange(20), 20)
    drawn = draw([statistic], 20, Resampling(100, 0.95, (0,)))[0]
    assert drawn.resampled.shape == (1, 100)
    assert len(np.unique(drawn.resampled)) > 60


def test_paired_difference_is_surer_than_two_separate_intervals() -> None:
    model = classified(0)
    noise = np.random.default_rng(5).normal(0.0, 0.3, model.scores.shape)
    codes, num_entities = entity_codes(model.entities)
    ours, theirs = (
        category_statistics(CATEGORIES, scored, codes, num_entities)[0]
        for scored in (model, model.with_scores((model.scores + noise).astype(np.float32)))
    )
    resampling = Resampling(500, 0.95, (0,))
    our_draws, their_draws = draw([ours, theirs], num_entities, resampling)
    names = {measure.name: "other" for measure in ours.measures}
    difference = difference_estimates(ours, our_draws, {"other": their_draws}, names, 0.95)[
        "accuracy"
    ]
    alone = estimates([ours], num_entities, resampling)["accuracy"]
    assert difference.value == pytest.approx(float(our_draws.point[0] - their_draws.point[0]))
    assert difference.interval is not None
    assert alone.interval is not None
    assert (
        difference.interval.high - difference.interval.low
        < alone.interval.high - alone.interval.low
    )


def test_difference_to_a_constant_is_as_unsure_as_the_model() -> None:
    entities = np.arange(50)
    perfect, constant = (
        mean_statistic([Measure("accuracy", 50, 0.0, 1.0)], np.full((50, 1), value), entities, 50)
        for value in (1.0, 0.25)
    )
    resampling = Resampling(100, 0.95, (0,))
    ours, theirs = draw([perfect, constant], 50, resampling)
    difference = difference_estimates(
        perfect, ours, {"constant": theirs}, {"accuracy": "constant"}, 0.95
    )["accuracy"]
    alone = estimates([perfect], 50, resampling)["accuracy"]
    assert difference.interval is not None
    assert alone.interval is not None
    assert difference.interval.low == pytest.approx(alone.interval.low - 0.25)


def test_few_resamples_at_a_time_give_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows the entities have, and however many entities there are."""
    predictions = classified(0)
    codes, num_entities = entity_codes(predictions.entities)
    plan = Resampling(60, 0.95, (0,))

    def drawn() -> list[np.ndarray]:
        statistics = category_statistics(CATEGORIES, predictions, codes, num_entities)
        found = draw(statistics, num_entities, plan)
        return [part for one in found for part in (one.point, one.resampled, one.jackknife)]

    whole = drawn()
    monkeypatch.setattr("shared.statistics.bootstrap._HELD_NUMBERS", 3 * len(predictions))
    for one, other in zip(drawn(), whole, strict=True):
        assert one == pytest.approx(other, rel=1e-12, nan_ok=True)


def test_what_rows_need_decides_how_many_resamples_are_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.statistics.bootstrap._HELD_NUMBERS", 1_000)
    asked = []

    def evaluate(weights: np.ndarray) -> np.ndarray:
        asked.append(weights.shape[1])
        return np.asarray(weights.sum(axis=0))

    weights = np.arange(24.0).reshape(2, 12)
    assert in_pieces(evaluate, held=200)(weights).tolist() == weights.sum(axis=0).tolist()
    assert asked == [5, 5, 2]


def test_names_are_numbered_once_for_as_long_as_they_are_in_use() -> None:
    names = np.array(["b", "a", "b"])
    assert entity_codes(names)[0] is entity_codes(names)[0]
    same_place = np.array(["b", "a", "b"])
    same_place[0] = "a"
    assert entity_codes(same_place)[0].tolist() == [0, 0, 1]
    before = len(_NUMBERED)
    del names, same_place
    assert len(_NUMBERED) == before - 2


def test_random_groups_of_very_many_entities_vary_as_the_entities_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    widths: dict[int, list[float]] = {60: [], 10_000: []}
    covered = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        codes = np.repeat(np.arange(600), generator.integers(1, 4, 600))
        values = generator.exponential(size=600)[codes] + generator.normal(size=len(codes))
        for most in widths:
            monkeypatch.setattr("shared.statistics.entities._MOST_UNITS", most)
            statistic = mean_statistic([Measure("mean", 600)], values[:, None], codes, 600)
            found = estimates([statistic], 600, Resampling(200, 0.9, (seed,)))["mean"]
            assert found.value == pytest.approx(values.mean())
            assert found.interval is not None
            widths[most].append(found.interval.high - found.interval.low)
            covered += most == 60 and found.interval.low <= 1.0 <= found.interval.high
    assert np.mean(widths[60]) == pytest.approx(np.mean(widths[10_000]), rel=0.05)
    assert covered >= 60 * 0.9 - 2.6 * (60 * 0.9 * 0.1) ** 0.5


@pytest.mark.parametrize(("target", "predictions"), BOTH)
def test_every_statistic_takes_the_weights_of_groups_of_entities(
    target: Categories | Horizon, predictions: Predictions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.statistics.entities._MOST_UNITS", 7)
    codes, num_entities = entity_codes(predictions.entities)
    found = estimates(
        metric_statistics(target, predictions, codes, num_entities),
        num_entities,
        Resampling(100, 0.95, (0,)),
    )
    assert {name: found[name].value for name in target.describe()} == pytest.approx(
        target.metrics(predictions), rel=1e-12
    )


def test_resamples_that_are_kept_are_those_that_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    statistic = mean_statistic([Measure("mean", 50)], np.arange(50.0)[:, None], np.arange(50), 50)

    def drawn(seed: int) -> list[object]:
        found = draw([statistic], 50, Resampling(40, 0.9, (seed,)))
        return list(found[0].resampled[0])

    kept = [drawn(0), drawn(0), drawn(1)]
    monkeypatch.setattr("shared.statistics.bootstrap._KEPT_COUNTS", 0)
    assert kept == [drawn(0), drawn(0), drawn(1)]
    assert kept[0] == kept[1] != kept[2]
