from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shared.config import DataConfig, RunConfig
from shared.contract import Examples, Provenance, Splits
from shared.errors import ConfigError
from shared.loading.source import load_splits
from shared.loading.splits.declarations import order_classes
from shared.targets import Categories, Horizon
from tests.shared.evaluation.predicted_run import PIPELINE


def _examples(prefix: str, labels: list[int]) -> Examples:
    ids = np.asarray([f"{prefix}{row}" for row in range(len(labels))])
    return Examples(
        ids, ids, np.asarray(labels), pd.DataFrame(index=range(len(labels))), lambda indices: {}
    )


def _class_names(splits: Splits) -> dict[str, list[str]]:
    assert isinstance(splits.target, Categories)
    names = splits.target.names
    return {
        split: [names[c] for c in examples.targets] for split, examples in splits.by_split().items()
    }


# Alphabetical, as sources name their classes.
_SPLITS = Splits(
    _examples("a", [0, 1, 2] * 40),
    _examples("b", [0, 1, 2]),
    _examples("c", [2, 1, 0, 0]),
    target=Categories(names=("mild", "none", "severe")),
    provenance=Provenance("toy", "demo", "1", "Apache-2.0", "", "0", synthetic=True),
)


def test_classes_stand_in_the_stated_order_and_each_example_keeps_its_class() -> None:
    ordered = order_classes(_SPLITS, ("none", "mild", "severe"))
    assert ordered.target == Categories(names=("none", "mild", "severe"), ordered=True)
    assert _class_names(ordered) == _class_names(_SPLITS)


def test_without_a_stated_order_the_source_has_the_word() -> None:
    graded = replace(_SPLITS, target=Categories(names=("mild", "none", "severe"), ordered=True))
    assert order_classes(graded, ()) is graded


def test_loading_a_run_orders_its_classes() -> None:
    config = RunConfig(data=DataConfig(ordered_classes=("none", "mild", "severe")))
    pipeline = replace(PIPELINE, synthesize=lambda *_: _SPLITS)
    assert load_splits(pipeline, config).target == Categories(
        names=("none", "mild", "severe"), ordered=True
    )


def test_names_that_are_not_the_classes_are_refused_with_those_of_the_data() -> None:
    with pytest.raises(
        ConfigError,
        match=r"must name each class once.* the data has mild, none, severe; received none, mild\.",
    ):
        order_classes(_SPLITS, ("none", "mild"))


def test_a_forecast_has_no_classes_to_order() -> None:
    horizon = Horizon(steps=1, channels=("load",), unit="kW", step_seconds=60, season_steps=1)
    with pytest.raises(ConfigError, match="a forecast has none"):
        order_classes(replace(_SPLITS, target=horizon), ("none", "mild"))
