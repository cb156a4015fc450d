"""The day Keras or TensorFlow changes the code under the trainable, these fail.

Read the change, run the tests, and renew the number.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from keras.src.backend.tensorflow.trainer import TensorFlowTrainer, TFEpochIterator
from keras.src.optimizers.base_optimizer import BaseOptimizer
from keras.src.optimizers.loss_scale_optimizer import LossScaleOptimizer
from keras.src.random.seed_generator import SeedGenerator
from keras.src.trainers.epoch_iterator import EpochIterator
from keras.src.trainers.trainer import Trainer
from tensorflow.python.data.ops import multi_device_iterator_ops

from shared.errors import ConfigError
from shared.training.distribution.keras_internals import require_known_keras

UNDER_THE_TRAINABLE: dict[Callable[..., Any], str] = {
    # Overridden.
    TensorFlowTrainer._maybe_symbolic_build: "92a504f5eba9b29f",
    TensorFlowTrainer.make_train_function: "a9703da4a49beb28",
    TensorFlowTrainer.make_test_function: "ad5e9155b9298ef1",
    TensorFlowTrainer.train_step: "debf0efab9d5794b",
    TensorFlowTrainer.test_step: "a8f04a25512e74e2",
    Trainer._get_metrics_result_or_logs: "1c7ab4a2c8e61868",
    Trainer.reset_metrics: "b25adbcafb66a480",
    EpochIterator._enumerate_iterator: "376e3e16a928107a",
    SeedGenerator.next: "d2174a08ab35eb07",
    multi_device_iterator_ops._create_device_dataset: "ba5247af44bd3957",
    # Relied upon.
    TensorFlowTrainer.fit: "a9a6dc02a7ddafa8",
    TensorFlowTrainer.evaluate: "a1facf6528168e8d",
    TFEpochIterator.__init__: "901af2700297156f",
    TFEpochIterator.__next__: "bbaac0291856627f",
    Trainer._symbolic_build: "96220cc3b88fe768",
    Trainer.compute_metrics: "8c5a423878e01a48",
    BaseOptimizer.apply: "43097be63b919d03",
    BaseOptimizer._backend_apply_gradients: "48d6e24d58039241",
    LossScaleOptimizer._tf_apply: "e702c4db1a0622e3",
}


def digest(function: Callable[..., Any]) -> str:
    return hashlib.sha256(inspect.getsource(inspect.unwrap(function)).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    "function", UNDER_THE_TRAINABLE, ids=lambda function: function.__qualname__
)
def test_the_code_under_the_trainable_is_what_it_was_written_for(
    function: Callable[..., Any],
) -> None:
    assert digest(function) == UNDER_THE_TRAINABLE[function], (
        f"{function.__module__}.{function.__qualname__} has changed"
    )


def test_a_changed_line_is_noticed() -> None:
    def changed() -> int:
        return 1

    assert digest(changed) not in UNDER_THE_TRAINABLE.values()


@pytest.mark.parametrize("version", ["3.14.0", "3.16.0", "4.0.0"])
def test_another_keras_is_refused_with_version_and_range(version: str) -> None:
    with pytest.raises(
        ConfigError, match=rf"Keras >=3\.15,<3\.16, but Keras {version} is installed"
    ):
        require_known_keras(version)


@pytest.mark.parametrize("version", ["3.15.0", "3.15.9"])
def test_the_known_keras_is_accepted(version: str) -> None:
    require_known_keras(version)
