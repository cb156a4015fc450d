from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.contract import UNKNOWN, Examples, Splits
from shared.errors import ConfigError, ContractError, DataError
from shared.loading.batches.batching import Prepared, training_batches, validation_batches
from shared.run.artefacts.train_file import MitigatedGroup, TrainedMitigation
from shared.targets import Categories, Horizon, Target
from shared.training.mitigation.mitigate import plan_mitigation
from tests.contract.toy import PIPELINE

YES_OR_NO = Categories(names=("no", "yes"))
GROUPS = ["a"] * 48 + ["b"] * 24 + [UNKNOWN] * 16 + ["c"] * 8
"""Of 96 rows: two groups that count, rows whose group is not known, and a group that is too
small."""
CLASSES = np.array([1, 0, 0, 0] * 12 + [1, 0] * 12 + [1, 0] * 12)


def part(groups: list[str], targets: NDArray[Any]) -> Examples:
    ids = np.arange(len(groups)).astype(np.str_)
    return Examples(
        ids, ids, targets, pd.DataFrame({"sex": groups}), lambda indices: {"x": indices}
    )


def splits(
    *, train: list[str] = GROUPS, val: list[str] = GROUPS, target: Target = YES_OR_NO
) -> Splits:
    first, second, third = (
        part(groups, np.resize(CLASSES, len(groups))) for groups in (train, val, GROUPS)
    )
    return Splits(
        first, second, third, target, PIPELINE.synthesize(PIPELINE.config_type(), 60, 0).provenance
    )


def config(method: str, **changes: Any) -> TrainConfig:
    return TrainConfig().model_copy(
        update={"mitigation": method, "mitigated_attribute": "sex", **changes}
    )


def prepared(method: str, data: Splits | None = None) -> tuple[Prepared, Prepared]:
    data = splits() if data is None else data
    found = plan_mitigation(data, config(method))
    assert found is not None
    parts = [
        Prepared(
            len(one),
            one.targets.astype(np.int32),
            None,
            lambda rows: {"row": rows},
            {"row": row_spec()},
            "source",
        )
        for one in (data.train, data.val)
    ]
    return found.apply(data, *parts)


def row_spec() -> Any:
    import tensorflow as tf

    return tf.TensorSpec((), tf.int64)


def test_without_mitigation_nothing_is_planned() -> None:
    assert plan_mitigation(splits(), TrainConfig()) is None


def test_reweighing_gives_each_row_the_weight_of_its_group_and_class() -> None:
    train, _ = prepared("reweighing")
    assert train.sample_weights is not None and train.draw_counts is None
    # 72 rows whose group counts, 24 of them "yes": group a has 12 of 48, where 16 would be
    # independent; b has 12 of 24, where 8 would be.
    expected = np.concatenate(
        [[16 / 12, 32 / 36, 32 / 36, 32 / 36] * 12, [8 / 12, 16 / 12] * 12, np.ones(24)]
    )
    np.testing.assert_allclose(train.sample_weights, expected, rtol=1e-6)


def test_rows_of_unknown_or_too_small_groups_keep_weight_1() -> None:
    for found in prepared("reweighing"):
        assert found.sample_weights is not None
        np.testing.assert_array_equal(found.sample_weights[72:], 1.0)


@pytest.mark.parametrize("method", ["balanced_sampling", "group_dro"])
def test_an_epoch_shows_both_groups_equally_often_and_the_others_as_often_as_they_are(
    method: str,
) -> None:
    train, _ = prepared(method)
    shown = rows_of_epoch(train)
    assert np.bincount(np.select([shown < 48, shown < 72], [0, 1], 2)).tolist() == [36, 36, 24]
    assert sorted(shown[shown >= 72]) == list(range(72, 96))


def test_balanced_sampling_shows_each_group_with_the_class_shares_of_all() -> None:
    train, _ = prepared("balanced_sampling")
    shown = rows_of_epoch(train)
    for of_group in (shown < 48, (shown >= 48) & (shown < 72)):
        assert CLASSES[shown[of_group]].mean() == pytest.approx(24 / 72)


def test_balanced_sampling_weighs_the_validation_rows_that_it_can_not_draw() -> None:
    _, val = prepared("balanced_sampling")
    assert val.sample_weights is not None and val.draw_counts is None
    places = (slice(48), slice(48, 72), slice(72, None))
    weights_of_groups = [val.sample_weights[place].sum() for place in places]
    np.testing.assert_allclose(weights_of_groups, [36, 36, 24], rtol=1e-6)


def test_group_dro_says_of_which_group_each_row_is() -> None:
    for found in prepared("group_dro"):
        assert found.group_ids is not None
        assert found.group_ids.tolist() == [0] * 48 + [1] * 24 + [-1] * 24


@pytest.mark.parametrize("place", ["memory", "source"])
def test_batches_carry_the_weights_of_their_rows(place: str) -> None:
    import tensorflow as tf

    train, val = prepared("reweighing")
    if place == "memory":
        rows = {"row": tf.range(96, dtype=tf.int64)}
        train, val = (replace(one, features=rows, place="memory") for one in (train, val))
    assert train.sample_weights is not None
    for batches in (
        training_batches(train, batch_size=32, seed=3).take(3),
        validation_batches(val, batch_size=32),
    ):
        for features, labels, weights in batches:
            np.testing.assert_array_equal(weights, train.sample_weights[features["row"].numpy()])
            np.testing.assert_array_equal(labels, train.labels[features["row"].numpy()])


@pytest.mark.parametrize("method", ["balanced_sampling", "group_dro"])
def test_a_resumed_epoch_goes_on_with_the_rows_that_were_not_shown(method: str) -> None:
    train, _ = prepared(method)
    whole = [
        features["row"].numpy().tolist()
        for features, *_ in training_batches(train, batch_size=16, seed=3).take(12)
    ]
    rest = [
        features["row"].numpy().tolist()
        for features, *_ in training_batches(train, batch_size=16, seed=3, first_step=8).take(4)
    ]
    assert rest == whole[8:]


def test_what_was_done_is_told_of_each_group() -> None:
    found = plan_mitigation(splits(), config("balanced_sampling"))
    assert found is not None
    assert found.describe() == TrainedMitigation(
        method="balanced_sampling",
        attribute="sex",
        groups=(
            MitigatedGroup(group="a", n=48, counts_for=36.0),
            MitigatedGroup(group="b", n=24, counts_for=36.0),
        ),
        num_left_as_they_are=24,
    )


@pytest.mark.parametrize("method", ["balanced_sampling", "group_dro"])
def test_forecasts_may_be_balanced_by_groups(method: str) -> None:
    data = splits(
        target=Horizon(steps=1, channels=("load",), unit="kW", step_seconds=3600.0, season_steps=24)
    )
    found = plan_mitigation(data, config(method))
    assert found is not None
    assert found.wanted.tolist() == [[36.0], [36.0]]


def test_reweighing_of_forecasts_is_refused() -> None:
    data = splits(
        target=Horizon(steps=1, channels=("load",), unit="kW", step_seconds=3600.0, season_steps=24)
    )
    with pytest.raises(
        ConfigError, match=r"a forecast has no classes\. Use balanced_sampling or group_dro"
    ):
        plan_mitigation(data, config("reweighing"))


def test_an_attribute_that_the_data_lacks_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(
        ConfigError,
        match=r"mitigated_attribute='age': the data has no such group attribute\. It has: sex\.",
    ):
        plan_mitigation(splits(), config("reweighing", mitigated_attribute="age"))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (
            ["a"] * 96,
            (
                r"two groups with at least 20 training examples each .*; found 'a' with 96, and 0"
                r" examples"
            ),
        ),
        (
            ["a"] * 60 + ["b"] * 19 + [UNKNOWN] * 17,
            r"found 'a' with 60, 'b' with 19, and 17 examples whose group is not known",
        ),
        ([" "] * 96, r"found none, and 96 examples whose group is not known"),
        ([f"p{index}" for index in range(96)], r"'p0' with 1, .*, …, and 0"),
    ],
    ids=["one group", "one large group", "blank", "a name each"],
)
def test_fewer_than_two_large_groups_are_refused(groups: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan_mitigation(splits(train=groups), config("reweighing"))


def test_group_dro_is_refused_if_no_epoch_could_be_chosen() -> None:
    with pytest.raises(DataError, match=r"the validation split has no example of a, b"):
        plan_mitigation(splits(val=["c"] * 30), config("group_dro"))


def rows_of_epoch(train: Prepared) -> NDArray[np.int64]:
    return np.concatenate(
        [
            features["row"].numpy()
            for features, *_ in training_batches(train, batch_size=16, seed=3).take(6)
        ]
    )


def test_weights_and_groups_together_are_refused() -> None:
    train, _ = prepared("reweighing")
    with pytest.raises(ContractError, match="the weights of their rows or their groups"):
        replace(train, group_ids=np.zeros(96, np.int32))
