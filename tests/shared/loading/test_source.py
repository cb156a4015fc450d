from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shared.config import DataConfig, EvaluateConfig, RunConfig, TrainConfig
from shared.contract import Examples, Pipeline, Problem, Provenance, Splits
from shared.contract.series_facts import ForecastFacts
from shared.errors import ConfigError, DataError
from shared.loading.source import check_splits, load_splits
from shared.targets import Categories, Horizon
from shared.targets.predictions import ForecastContext

_CLASSES = Categories(names=("no", "yes"))
_HORIZON = Horizon(steps=3, channels=("load",), unit="kW", step_seconds=3600, season_steps=2)
_PROVENANCE = Provenance("toy", "demo", "1", "Apache-2.0", "", "0", synthetic=True)


def _examples(
    prefix: str, labels: Sequence[int], forecast: ForecastContext | None = None
) -> Examples:
    ids = np.asarray([f"{prefix}{index}" for index in range(len(labels))], dtype=np.str_)
    groups = pd.DataFrame({"site": ["here"] * len(labels)})
    return Examples(
        ids, ids, np.asarray(labels, dtype=np.int64), groups, _no_rows, forecast=forecast
    )


def _no_rows(indices: Any) -> Any:
    raise AssertionError("checking splits must not read features")


def _splits(
    *,
    train: Sequence[int] = (0, 1, 0, 1),
    val: Sequence[int] = (0, 1),
    test: Sequence[int] = (1, 0),
) -> Splits:
    return Splits(
        _examples("a", train),
        _examples("b", val),
        _examples("c", test),
        target=_CLASSES,
        provenance=_PROVENANCE,
    )


def _forecasts(prefix: str, first_hour: int, num: int) -> Examples:
    ones = np.ones((num, 1), dtype=np.float32)
    starts = np.datetime64("2024-01-01", "s") + np.timedelta64(3600, "s") * np.arange(
        first_hour, first_hour + num
    )
    return _examples(
        prefix,
        [0] * num,
        ForecastContext(starts, np.ones((num, 2, 1), dtype=np.float32), ones, ones, ones, ones),
    )


def _forecast_splits(val_hour: int, test_hour: int) -> Splits:
    parts = (_forecasts("a", 0, 4), _forecasts("b", val_hour, 2), _forecasts("c", test_hour, 2))
    return Splits(*parts, target=_HORIZON, provenance=_PROVENANCE)


def _same_entity(examples: Examples, row: int, entity: str) -> Examples:
    entities = examples.entities.astype(object)
    entities[row] = entity
    return replace(examples, entities=entities.astype(np.str_))


def test_sound_splits_pass() -> None:
    check_splits(_splits(), batch_size=4)


def test_training_split_smaller_than_a_batch_says_which_batch_size_would_do() -> None:
    with pytest.raises(
        DataError, match=r"4 examples, fewer than one batch of 5\..*--set train\.batch_size=1"
    ):
        check_splits(_splits(), batch_size=5)


@pytest.mark.parametrize("split", ["val", "test"])
def test_empty_split_is_named_with_settings_that_exist(split: str) -> None:
    with pytest.raises(
        DataError,
        match=rf"The split '{split}' is empty\. .*data\.validation_share=0\.25 --set data\.test_share=0\.25",
    ):
        check_splits(_splits(**{split: ()}), batch_size=1)
    assert {"validation_share", "test_share"} <= set(DataConfig.model_fields)


def test_id_in_two_splits_is_named_with_both() -> None:
    splits = _splits()
    with pytest.raises(
        DataError, match=r"The id 'a1' appears twice: in split 'train' and in split 'test'\."
    ):
        check_splits(
            replace(splits, test=replace(splits.test, ids=np.asarray(["c0", "a1"]))), batch_size=1
        )


def test_id_twice_in_one_split_is_named() -> None:
    splits = _splits()
    with pytest.raises(
        DataError, match=r"The id 'b0' appears twice: in split 'val' and in split 'val'\."
    ):
        check_splits(
            replace(splits, val=replace(splits.val, ids=np.asarray(["b0", "b0"]))), batch_size=1
        )


@pytest.mark.parametrize(
    ("first", "second"), [("train", "val"), ("train", "test"), ("val", "test")]
)
def test_entity_in_two_splits_is_a_leak(first: str, second: str) -> None:
    splits = _splits()
    entity = str(splits.by_split()[first].entities[1])
    changed: dict[str, Any] = {second: _same_entity(splits.by_split()[second], 0, entity)}
    with pytest.raises(
        DataError,
        match=rf"Leak: 1 entities are in both '{first}' and '{second}', for example '{entity}'",
    ):
        check_splits(replace(splits, **changed), batch_size=1)


def test_one_class_only_is_too_little_to_learn_from() -> None:
    with pytest.raises(
        DataError, match=r"one class only \('yes', n = 4\); at least two are needed"
    ):
        check_splits(_splits(train=(1, 1, 1, 1), val=(1,), test=(1,)), batch_size=1)


@pytest.mark.parametrize("split", ["val", "test"])
def test_label_that_training_never_saw_is_named_with_its_id(split: str) -> None:
    splits = replace(_splits(**{split: (0, 2)}), target=Categories(names=("no", "yes", "maybe")))
    row = {"val": "b1", "test": "c1"}[split]
    with pytest.raises(
        DataError,
        match=rf"Split '{split}', id '{row}': the label 'maybe' never occurs in the training split",
    ):
        check_splits(splits, batch_size=1)


def test_forecasts_that_follow_each_other_pass() -> None:
    check_splits(_forecast_splits(val_hour=6, test_hour=10), batch_size=1)


@pytest.mark.parametrize(
    ("val_hour", "test_hour", "pair"), [(5, 10, ("train", "val")), (6, 9, ("val", "test"))]
)
def test_targets_that_reach_into_the_next_split_are_a_leak(
    val_hour: int, test_hour: int, pair: tuple[str, str]
) -> None:
    with pytest.raises(
        DataError,
        match=(
            rf"Leak: targets of '{pair[0]}' reach 2024-01-01T\d\d:00:00, but those of '{pair[1]}'"
            r" begin at"
        ),
    ):
        check_splits(_forecast_splits(val_hour, test_hour), batch_size=1)


def _of_series(examples: Examples, name: str) -> Examples:
    named = np.full(len(examples), name)
    return replace(examples, series=named, entities=named)


def test_splits_by_the_end_of_each_series_follow_each_other_within_it_only() -> None:
    late, early = (
        _of_series(_forecasts("a", 30, 4), "young"),
        _of_series(_forecasts("b", 6, 2), "old"),
    )
    facts = ForecastFacts((), (), "", by_series=True)
    splits = Splits(
        late,
        early,
        _of_series(_forecasts("c", 50, 2), "young"),
        _HORIZON,
        _PROVENANCE,
        forecast_facts=facts,
    )
    check_splits(splits, batch_size=1)
    with pytest.raises(DataError, match=r"targets of 'train' of series 'young' reach .* 'val'"):
        check_splits(replace(splits, val=_of_series(early, "young")), batch_size=1)


def _pipeline(calls: list[Any]) -> Pipeline:
    def load(config: RunConfig) -> Splits:
        calls.append(config.data.source)
        return _splits()

    def synthesize(config: RunConfig, num_examples: int, seed: int) -> Splits:
        del config
        calls.append((num_examples, seed))
        return _splits()

    unused: Any = None
    return Pipeline(
        "toy", "Toy", RunConfig, load, synthesize, unused, unused, unused, unused, unused, unused
    )


@pytest.mark.parametrize(
    ("source", "expected"), [("demo", (77, 5)), ("reviews.csv", "reviews.csv")]
)
def test_demo_is_synthesised_and_anything_else_is_loaded(source: str, expected: Any) -> None:
    calls: list[Any] = []
    config = RunConfig(
        data=DataConfig(source=source, num_demo_examples=77),
        train=TrainConfig(seed=5, batch_size=2),
    )
    load_splits(_pipeline(calls), config)
    assert calls == [expected]


def test_attributes_that_the_user_calls_conditions_are_added_to_those_of_the_source() -> None:
    config = RunConfig(data=DataConfig(conditions=("site",)), train=TrainConfig(batch_size=2))
    assert load_splits(_pipeline([]), config).provenance.conditions == ("site",)


def test_a_condition_that_is_no_attribute_is_refused_with_those_that_are() -> None:
    config = RunConfig(data=DataConfig(conditions=("scaner",)), train=TrainConfig(batch_size=2))
    with pytest.raises(
        ConfigError,
        match=(
            r"data\.conditions names 'scaner', which is no group attribute of this data; it has:"
            r" site\."
        ),
    ):
        load_splits(_pipeline([]), config)


@pytest.mark.parametrize(("named", "message"), [
    ({"sex": "f"}, r"names the attribute 'sex', which this data does not have; it has: site\."),
    ({"site": "there"}, r"names 'there' as the reference of 'site', but no example is of that group; there are: here\."),
])  # fmt: skip
def test_a_reference_that_the_data_lacks_is_refused_before_training(
    named: dict[str, str], message: str
) -> None:
    config = RunConfig(
        evaluate=EvaluateConfig(reference_groups=named), train=TrainConfig(batch_size=2)
    )
    with pytest.raises(ConfigError, match=message):
        load_splits(_pipeline([]), config)


def test_loaded_splits_are_checked_against_the_batch_size() -> None:
    with pytest.raises(DataError, match="fewer than one batch of 64"):
        load_splits(
            _pipeline([]),
            RunConfig(data=DataConfig(source="reviews.csv"), train=TrainConfig(batch_size=64)),
        )


@pytest.mark.parametrize(
    ("given", "advice"),
    [(True, "The splits are given: correct the label"), (False, "The split was made by entity")],
)
def test_the_advice_on_a_lost_class_knows_who_made_the_splits(given: bool, advice: str) -> None:
    with pytest.raises(DataError, match=advice) as caught:
        check_splits(_lost_class(), batch_size=2, given=given)
    assert "set aside as copies" not in str(caught.value)


def test_the_advice_on_a_lost_class_knows_of_copies_that_were_set_aside() -> None:
    problems = (Problem("t.csv", "also in the test split: 'x'"), Problem("t.csv", "empty"))
    with pytest.raises(DataError, match="1 training rows were set aside as copies"):
        check_splits(replace(_lost_class(), quarantine=problems), batch_size=2, given=True)


def _lost_class() -> Splits:
    splits = _splits(train=(0, 1, 0, 1), val=(0, 1), test=(2, 0))
    return replace(splits, target=Categories(names=("no", "yes", "maybe")))


def test_a_fraction_of_the_labels_is_kept_before_splits_are_checked() -> None:
    config = RunConfig(train=TrainConfig(batch_size=2, label_fraction=0.5))
    assert len(load_splits(_pipeline([]), config).train) == 2
    tighter = RunConfig(train=TrainConfig(batch_size=4, label_fraction=0.5))
    with pytest.raises(DataError, match="fewer than one batch"):
        load_splits(_pipeline([]), tighter)
