from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from pydantic import ValidationError

from shared.config import TrainConfig
from shared.errors import ConfigError
from shared.loading.batches.batching import Prepared, training_batches
from shared.targets import Categories, Horizon
from shared.training.class_balance import ClassBalance
from tests.shared.training.mitigation.test_mitigate import splits

_DATA = splits()  # 96 rows of two classes
_COUNTS = np.bincount(_DATA.train.targets)


def _balance(**settings: Any) -> ClassBalance:
    return ClassBalance.of(_DATA, TrainConfig(**settings))


def _prepared(targets: Any) -> Prepared:
    return Prepared(
        len(targets),
        targets.astype(np.int32),
        None,
        lambda rows: {"row": rows},
        {"row": tf.TensorSpec((), tf.int64)},
        "source",
    )


def test_weights_count_classes_alike_and_are_one_on_average() -> None:
    losses = _balance(loss="class_weighted").loss()
    logits = np.tile(np.log(_COUNTS / 96.0).astype(np.float32), (96, 1))
    found = np.asarray(losses.call(_DATA.train.targets, logits))
    # At equal probabilities each row's loss is log 2 times its weight.
    weights = found / np.log(2.0)
    assert float(weights.mean()) == pytest.approx(1.0)
    sums = [float(weights[_DATA.train.targets == c].sum()) for c in (0, 1)]
    assert sums == pytest.approx([48.0, 48.0])


def test_balanced_sampling_shows_each_class_equally_often() -> None:
    balance = _balance(sampling="balanced")
    train, val = balance.apply(_DATA, _prepared(_DATA.train.targets), _prepared(_DATA.val.targets))
    batches = training_batches(train, batch_size=96, seed=0).take(1)
    ((_, labels, *_),) = list(batches.as_numpy_iterator())
    assert np.bincount(labels).tolist() == [48, 48]
    assert val.sample_weights is not None
    sums = [float(val.sample_weights[_DATA.val.targets == c].sum()) for c in (0, 1)]
    assert sums == pytest.approx([48.0, 48.0])


def test_a_class_that_training_lacks_is_never_drawn_and_has_a_finite_share() -> None:
    three = splits(target=Categories(names=("no", "yes", "never")))
    balance = ClassBalance.of(three, TrainConfig(sampling="balanced"))
    train, _ = balance.apply(three, _prepared(three.train.targets), _prepared(three.val.targets))
    assert train.draw_counts is not None
    assert train.draw_counts.shown.tolist() == [48, 48, 0]
    assert np.isfinite(balance.log_shares or ()).all()


@pytest.mark.parametrize(
    ("settings", "learns_natural"),
    [
        ({}, True),
        ({"loss": "focal"}, True),
        ({"loss": "logit_adjusted"}, False),
        ({"loss": "class_weighted"}, False),
        ({"sampling": "balanced"}, False),
    ],
)
def test_only_what_balances_classes_has_their_shares_put_back(
    settings: dict[str, str], learns_natural: bool
) -> None:
    assert (_balance(**settings).log_shares is None) == learns_natural


@pytest.mark.parametrize("settings", [{"loss": "focal"}, {"sampling": "balanced"}])
def test_forecasts_have_no_classes_to_treat(settings: dict[str, str]) -> None:
    horizon = Horizon(
        steps=2, channels=("x",), unit="kW", step_seconds=60, season_steps=2, quantiles=()
    )
    with pytest.raises(ConfigError, match="about classes, and a forecast has none"):
        ClassBalance.of(splits(target=horizon), TrainConfig(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"loss": "class_weighted"}, r"train\.loss=class_weighted"),
        (
            {"mitigation": "reweighing", "mitigated_attribute": "sex"},
            r"train\.mitigation=reweighing",
        ),
    ],
)
def test_classes_are_balanced_once(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TrainConfig(sampling="balanced", **settings)


def test_rows_that_were_made_change_what_is_shown_but_not_what_is_natural() -> None:
    made = _DATA.train.take(np.flatnonzero(_DATA.train.targets == 1))
    balance = ClassBalance.of(_DATA, TrainConfig(), made)
    assert balance.log_shares is not None
    seen = _COUNTS + np.array([0, _COUNTS[1]])
    natural = np.log(_COUNTS / _COUNTS.sum())
    own = natural - balance.log_shares  # a network that has learnt what it was shown, and no more
    np.testing.assert_allclose(np.exp(own), seen / seen.sum())
    shown = np.concatenate([_DATA.train.targets, made.targets])
    logits = np.tile(natural.astype(np.float32), (len(shown), 1))
    found = np.asarray(balance.loss().call(shown, logits))
    assert found.mean() == pytest.approx(-np.log(seen / seen.sum())[shown].mean(), rel=1e-5)
