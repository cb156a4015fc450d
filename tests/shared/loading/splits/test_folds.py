from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tests.contract.toy
from shared.config import RunConfig
from shared.config.sources import resolve_config
from shared.contract import Examples, Splits
from shared.errors import ConfigError, DataError
from shared.loading.source import load_splits
from shared.loading.splits.folds import concatenate, divide_entities, leave_one_entity_out
from tests.contract.toy import PIPELINE

PRESETS = Path(tests.contract.toy.__file__).parent / "presets"


def configure(*assignments: str) -> RunConfig:
    return resolve_config(
        PIPELINE.config_type,
        PRESETS,
        "smoke",
        ["data.split=leave_one_entity_out", "train.batch_size=8", *assignments],
    )


@pytest.fixture(scope="module")
def splits() -> Splits:
    """30 entities of three examples each, in five folds."""
    return load_splits(PIPELINE, configure("data.num_demo_examples=90", "data.max_folds=5"))


def part(entities: str, start: int = 0) -> Examples:
    values = start + np.arange(len(entities))
    return Examples(
        ids=np.array([f"{entity}{value}" for entity, value in zip(entities, values, strict=True)]),
        entities=np.array(list(entities)),
        targets=values % 2,
        groups=pd.DataFrame({"side": np.where(values % 2, "left", "right")}),
        rows=lambda indices: {
            "x": values[indices].astype(np.float32),
            "name": np.array(list(entities))[indices],
        },
        ground_truth=lambda index: np.full(2, values[index], np.float32),
    )


def test_every_example_is_tested_once(splits: Splits) -> None:
    tested = np.concatenate([fold.test.ids for fold in splits.folds])
    assert len(splits.folds) == 5
    assert len(tested) == len(set(tested.tolist())) == 90


def test_no_fold_meets_an_entity_that_it_tests_or_trains_on_one_that_it_validates_on(
    splits: Splits,
) -> None:
    for fold in splits.folds:
        train, val, test = (
            set(examples.entities.tolist()) for examples in fold.by_split().values()
        )
        assert not (train & val or train & test or val & test)
        assert len(train | val | test) == 30


def test_each_fold_validates_on_what_the_next_one_tests(splits: Splits) -> None:
    for fold, following in zip(splits.folds, [*splits.folds[1:], splits.folds[0]], strict=True):
        assert set(following.test.ids.tolist()) <= set(fold.val.ids.tolist())


def test_the_splits_own_splits_are_those_of_the_first_fold(splits: Splits) -> None:
    for name, examples in splits.by_split().items():
        assert examples is splits.folds[0].by_split()[name]


def test_folds_depend_on_the_seed_alone(splits: Splits) -> None:
    again = load_splits(PIPELINE, configure("data.num_demo_examples=90", "data.max_folds=5"))
    assert [fold.test.fingerprint() for fold in again.folds] == [
        fold.test.fingerprint() for fold in splits.folds
    ]


def test_few_entities_are_a_fold_each_in_the_order_of_their_names() -> None:
    rows = divide_entities(
        np.array(["b", "a", "c", "a"]), np.array([0, 1, 0, 1]), max_folds=3, seed=0
    )
    assert [fold.tolist() for fold in rows] == [[1, 3], [0], [2]]


def test_many_entities_share_folds_with_similar_labels() -> None:
    labels = np.repeat([0, 1], [80, 20])
    rows = divide_entities(np.arange(100).astype(np.str_), labels, max_folds=10, seed=0)
    assert [(len(fold), int(labels[fold].sum())) for fold in rows] == [(10, 2)] * 10


def test_the_report_says_how_many_folds_and_whom_the_served_model_has_not_met(
    splits: Splits,
) -> None:
    first, second, third = splits.provenance.notes[-3:]
    assert (
        "5 models, each tested on entities that it never met; the 30 entities share 5 folds"
        in first
    )
    assert f"has not met {np.unique(splits.test.entities)[0]}" in second
    assert "Each fold is calibrated on what the other folds test" in third


def test_two_entities_are_too_few() -> None:
    with pytest.raises(DataError, match=r"at least 3 entities.*received 2 \(a, b\)"):
        divide_entities(np.array(["a", "b"]), np.array([0, 1]), max_folds=20, seed=0)


def test_a_label_of_one_entity_alone_is_refused_with_the_fold() -> None:
    def rare(config: Any, n: int, seed: int) -> Splits:
        splits = PIPELINE.synthesize(config, n, seed)
        only = np.where(
            splits.train.entities == splits.train.entities[0], 2, splits.train.targets % 2
        )
        two = {
            name: _with_targets(examples, examples.targets % 2)
            for name, examples in splits.by_split().items()
        }
        return Splits(
            _with_targets(splits.train, only),
            two["val"],
            two["test"],
            splits.target,
            splits.provenance,
        )

    import dataclasses

    pipeline = dataclasses.replace(PIPELINE, synthesize=rare)
    with pytest.raises(
        DataError,
        match=(
            r"Fold \d of 5: Split '(val|test)', .*the label 'wiggle' never occurs in the training"
            r" split"
        ),
    ):
        load_splits(pipeline, configure("data.num_demo_examples=90", "data.max_folds=5"))


def test_forecasts_are_refused_in_words() -> None:
    import pipelines

    series = pipelines.get_pipeline("time_series")
    config = resolve_config(series.config_type, pipelines.presets_folder("time_series"), "smoke")
    splits = series.synthesize(config, config.data.num_demo_examples, 0)
    with pytest.raises(ConfigError, match="leave_one_entity_out is for classes"):
        leave_one_entity_out(splits, max_folds=5, validation_share=0.1, seed=0)


def test_put_together_examples_keep_rows_ground_truth_and_order() -> None:
    pool = concatenate([part("aab"), part("c", start=3), part("dd", start=4)])
    wanted = np.array([5, 0, 3, 0, 4])
    rows = pool.rows(wanted)
    assert rows["x"].tolist() == [5, 0, 3, 0, 4]
    assert rows["name"].tolist() == ["d", "a", "c", "a", "d"]
    assert pool.ids[wanted].tolist() == ["d5", "a0", "c3", "a0", "d4"]
    assert pool.ground_truth is not None
    assert [pool.ground_truth(index).tolist() for index in (2, 3, 5)] == [[2, 2], [3, 3], [5, 5]]
    assert pool.groups["side"].tolist() == ["right", "left"] * 3


def _with_targets(examples: Examples, targets: Any) -> Examples:
    import dataclasses

    return dataclasses.replace(examples, targets=targets)
