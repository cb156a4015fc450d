from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.measure import measure_split, metric_entries
from shared.evaluation.undefined import describe_undefined, undefined_by_metric
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories, Horizon
from shared.targets.predictions import ForecastContext, Predictions

_TARGET = Horizon(steps=2, channels=("x",), unit="kW", step_seconds=60, season_steps=2)
_RESAMPLING = Resampling(50, 0.95, (0, 1))


def _forecast(naive_errors: dict[str, float], rows_each: int = 3) -> Predictions:
    """Noisy forecasts of 10 for several windows of each series."""
    names = np.repeat(list(naive_errors), rows_each)
    naive = np.repeat(list(naive_errors.values()), rows_each)[:, None]
    n = len(names)
    generator = np.random.default_rng(0)
    context = ForecastContext(
        starts=np.tile(np.arange(rows_each), len(naive_errors)).astype("datetime64[s]"),
        recent=9.0 + generator.normal(size=(n, 2, 1)),
        location=np.full((n, 1), 9.0),
        scale=np.full((n, 1), 2.0),
        naive_error=naive,
        naive_squared_error=naive**2,
    )
    ids = np.array([f"{name}@{place}" for place, name in enumerate(names)])
    scores = 10.0 + np.sort(generator.normal(size=(n, *_TARGET.shape)), axis=-1)
    return Predictions(ids, ids, np.full((n, 2, 1), 10.0), scores, context)


def test_what_is_left_out_is_counted_and_named() -> None:
    found = undefined_by_metric(_TARGET, _forecast({"a": 1.0, "z1": np.nan, "z0": np.nan}))
    assert set(found) == {"mase", "rmsse"}
    assert found["mase"].num_undefined == 6
    assert found["mase"].num_values == 12
    assert found["mase"].series == ("z0", "z1")
    assert "seasonal naive error" in found["mase"].reason


def test_the_entry_of_the_metric_says_it_beside_the_number() -> None:
    predictions = _forecast({"a": 1.0, "b": 1.0, "z": np.nan})
    measured = measure_split(_TARGET, predictions, None, _RESAMPLING)
    entries = metric_entries(_TARGET, measured, predictions)
    alone = _TARGET.metrics(predictions.take(np.arange(6)))
    assert entries["mase"].value is not None
    assert np.isclose(entries["mase"].value, alone["mase"])
    assert (entries["mase"].n, entries["mase"].num_undefined) == (9, 3)
    assert entries["mase"].series == ("z",)
    assert (entries["mse"].num_undefined, entries["mse"].series) == (0, ())


def test_a_sentence_names_the_series_and_the_rule() -> None:
    predictions = _forecast({"a": 1.0} | {f"z{place}": np.nan for place in range(6)})
    first = next(describe_undefined(_TARGET, predictions))
    assert first.startswith("MASE leaves out 36 values in 18 of 21 rows: their seasonal naive")
    assert "(series 'z0', 'z1', 'z2', 'z3', 'z4' and 1 more)" in first
    assert "1e-06 standard deviations" in first


def test_a_mean_that_one_series_makes_is_said() -> None:
    said = list(describe_undefined(_TARGET, _forecast({"a": 1.0, "b": 1.0, "tiny": 1e-4})))
    assert len(said) == 2
    assert "of the mean MASE comes from series 'tiny', 3 of 9 rows" in said[0]
    assert not list(describe_undefined(_TARGET, _forecast({"a": 1.0, "b": 1.0, "c": 0.9})))


def test_categories_have_no_ratios() -> None:
    ids = np.array(["a"])
    predictions = Predictions(ids, ids, np.zeros(1, np.int64), _logits(1))
    assert not undefined_by_metric(Categories(names=("x", "y")), predictions)


def test_the_comparator_is_the_strongest_baseline_also_a_fitted_one() -> None:
    predictions = _forecast({"a": 1.0, "b": 1.0})
    perfect = predictions.with_scores(np.full_like(predictions.scores, 10.0))
    alone = measure_split(_TARGET, predictions, None, _RESAMPLING)
    against = measure_split(_TARGET, predictions, None, _RESAMPLING, {"ridge": perfect})
    assert alone.best_baseline["mse_standardised"] != "ridge"
    assert against.best_baseline["mse_standardised"] == "ridge"
    entry = metric_entries(_TARGET, against, predictions)["mse_standardised"]
    assert (entry.baseline_name, entry.baseline) == ("ridge", 0.0)
    assert entry.versus_baseline.verdict == "worse"


def _logits(n: int) -> NDArray[np.float32]:
    return np.zeros((n, 2), np.float32)
