from __future__ import annotations

import keras
import numpy as np
import pytest

from shared.config import ModelConfig, TrainConfig
from shared.config.transfer import TransferConfig
from shared.pretrained.layers import ENCODER
from shared.targets import Categories
from shared.training.compiled_model import make_trainable
from shared.training.unfreezing import paces

STEPS_PER_EPOCH = 2


def make_network() -> keras.Model:
    """An encoder of three layers and a head."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,), name="x")
    features = inputs
    for name in ("first", "second", "third"):
        features = keras.layers.Dense(4, name=name)(features)
    encoder = keras.Model(inputs, features, name=ENCODER)
    row = keras.Input((4,), name="x")
    logits = keras.layers.Dense(2, name="logits")(encoder(row))
    return keras.Model({"x": row}, logits)


def moved(config: TransferConfig, epochs: int) -> dict[str, float]:
    """Layer -> how far training has moved its matrix."""
    network = make_network()
    before = {v.path: v.numpy() for v in network.trainable_variables}
    trainable = make_trainable(
        network,
        Categories(names=("no", "yes")),
        TrainConfig(warmup_share=0.0, learning_rate=1e-3, weight_decay=0.1, clip_norm=100.0),
        steps_per_epoch=1000,  # so that the learning rate stays what it is
        paces=paces(network, config, STEPS_PER_EPOCH),
    )
    rows = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    for _ in range(epochs * STEPS_PER_EPOCH):
        trainable.train_step(({"x": rows}, np.arange(8) % 2))
    return {
        v.path.split("/")[-2]: float(np.abs(v.numpy() - before[v.path]).mean())
        for v in network.trainable_variables
        if v.path.endswith("kernel")
    }


def test_a_network_without_an_encoder_has_no_paces() -> None:
    assert paces(make_network(), ModelConfig(), STEPS_PER_EPOCH) == {}


def test_the_rate_falls_geometrically_towards_the_input() -> None:
    found = paces(make_network(), TransferConfig(rate_at_input=0.01), STEPS_PER_EPOCH)
    rates = {path: pace.rate for path, pace in found.items() if path.endswith("kernel")}
    assert list(rates.values()) == pytest.approx([0.01, 0.1, 1.0])


def test_later_layers_begin_to_learn_sooner() -> None:
    config = TransferConfig(head_epochs=1, unfreezing_epochs=4)
    found = paces(make_network(), config, STEPS_PER_EPOCH)
    starts = [pace.first_step for path, pace in found.items() if path.endswith("kernel")]
    assert starts == [5 * STEPS_PER_EPOCH, 3 * STEPS_PER_EPOCH, STEPS_PER_EPOCH]


def test_at_first_only_the_head_learns() -> None:
    config = TransferConfig(head_epochs=2)
    head_only = moved(config, epochs=2)
    assert {layer for layer, by in head_only.items() if by > 0} == {"logits"}
    assert all(by > 0 for by in moved(config, epochs=3).values())


def test_a_layer_moves_by_its_rate() -> None:
    # Adam's first steps have the size of the learning rate, whatever the gradient.
    config = TransferConfig(head_epochs=0, rate_at_input=0.01)
    by = moved(config, epochs=1)
    assert by["first"] / by["third"] == pytest.approx(0.01, rel=0.2)
    assert by["second"] / by["third"] == pytest.approx(0.1, rel=0.2)
