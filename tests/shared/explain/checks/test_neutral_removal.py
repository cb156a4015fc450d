from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from shared.config import ExplainConfig
from shared.contract import Axis, Examples, Mask, Provenance, Rows, Segments, Splits
from shared.errors import UserError
from shared.explain.checks.neutral_removal import EmptiedRows, choose_removal
from shared.run.artefacts.explanations.checks import Removals
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import ForecastContext, Scores
from tests.shared.explain.games import strip_spans

_CLASSES = Categories(names=("a", "b"))
_HORIZON = Horizon(steps=2, channels=("load",), unit="kW", step_seconds=3600, season_steps=2)
_PROVENANCE = Provenance("cells", "demo", "1", "CC0-1.0", "", "0" * 64, synthetic=True)


def _examples(target: Target, num_rows: int, share: float = 0.25) -> Examples:
    """`share` of the rows are of the second class; series have the mean 10 and the scale 2."""
    ids = np.array([f"row-{index}" for index in range(num_rows)])
    rows = np.ones((num_rows, 2), np.float32)
    ones = np.ones((num_rows, 1))
    context = ForecastContext(
        np.full(num_rows, np.datetime64("2024-01-01", "s")),
        np.ones((num_rows, 2, 1)),
        10.0 * ones,
        2.0 * ones,
        ones,
        ones,
    )
    is_class = isinstance(target, Categories)
    classes = (np.arange(num_rows) < share * num_rows).astype(np.int64)
    return Examples(
        ids,
        ids,
        classes if is_class else np.zeros((num_rows, 2, 1)),
        pd.DataFrame(index=range(num_rows)),
        lambda indices: {"x": rows[indices]},
        forecast=None if is_class else context,
    )


def _segments(row: Rows) -> Segments:
    def showing(value: float) -> Mask:
        def mask(keep: NDArray[np.bool_]) -> Rows:
            return {"x": np.where(keep, row["x"], np.float32(value))}

        return mask

    return Segments(
        names=("left", "right"),
        axes=(Axis("cell", ""),),
        spans=strip_spans(2),
        extent=np.array([[0.0, 2.0]]),
        canvas=row["x"][0],
        mask=showing(9.0),
        removal="bright",
        other_removals={"usual": showing(0.0), "dark": showing(-9.0)},
    )


def _choose(asked: str, target: Target = _CLASSES, scale: float = 1.0) -> Removals:
    """Classes: the logit of b is the sum of x, less what makes 0 the share 1/4 of b."""

    def scores(rows: Rows) -> Scores:
        total = scale * rows["x"].sum(axis=1)
        if isinstance(target, Horizon):
            return np.repeat(10.0 + total[:, None], 2, axis=1)[..., None, None]
        return np.stack([np.zeros_like(total), total - np.log(3.0)], axis=1)

    train, val, test = (_examples(target, 40) for _ in range(3))
    splits = Splits(train, val, test, target, _PROVENANCE)
    rows = EmptiedRows(target, lambda wire: wire, _segments, scores)
    settings = ExplainConfig(removal=asked)
    return choose_removal(settings, rows, splits, seed=0, resampling=Resampling(100, 0.95, (0,)))


def test_auto_takes_what_leaves_least_to_be_said() -> None:
    found = _choose("auto")
    assert found.chosen == "usual"
    assert found.used.distance.value == pytest.approx(0.0, abs=1e-6)
    by_name = {one.name: one for one in found.tested}
    assert by_name["bright"].decisions == {"b": 1.0}
    assert by_name["bright"].distance.value == pytest.approx(0.75, abs=1e-3)


def test_of_equal_ways_the_domains_own_is_taken() -> None:
    assert _choose("auto", scale=0.0).chosen == "bright"


def test_a_way_that_is_asked_for_is_used_however_far_it_is() -> None:
    found = _choose("dark")
    assert (found.asked, found.chosen) == ("dark", "dark")


def test_an_unknown_way_is_answered_with_those_there_are() -> None:
    with pytest.raises(UserError, match=r"explain.removal=blurr: .* knows bright, usual, dark"):
        _choose("blurr")


def test_forecasts_are_compared_with_the_mean_of_their_series_in_its_deviations() -> None:
    found = _choose("auto", _HORIZON)
    by_name = {one.name: one for one in found.tested}
    assert found.chosen == "usual"
    assert by_name["bright"].distance.value == pytest.approx(9.0)
    assert by_name["bright"].decisions == {}


def test_a_model_that_answers_no_number_is_named() -> None:
    with pytest.raises(UserError, match="NaN or infinite when everything is removed"):
        _choose("auto", scale=float("nan"))
