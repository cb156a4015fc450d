"""One network, trained in several ways on the same batches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

__all__ = ["Bench", "divide_cpu"]


def divide_cpu(num_devices: int) -> None:
    """Makes logical devices of the processor, if nothing has yet."""
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    if tf.config.get_logical_device_configuration(cpu) is None:
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * num_devices
        )


class Bench:
    """One network, to be trained in several ways on the same batches.

    Args:
        name: Pipeline.
        preset: Its preset.
        steps: Of one measurement.
    """

    def __init__(self, name: str, preset: str, steps: int) -> None:
        from pipelines import get_pipeline, presets_folder
        from shared.config.sources import resolve_config
        from shared.training.fit import seed_everything

        self._pipeline = get_pipeline(name)
        self._config = resolve_config(
            self._pipeline.config_type,
            presets_folder(name),
            preset,
            ["train.deterministic=false", "data.num_demo_examples=1200"],
        )
        self._splits = self._pipeline.synthesize(
            self._config, self._config.data.num_demo_examples, 0
        )
        self._steps = steps
        seed_everything(self._config.train)
        self._train = self._prepared()
        network = self._network()
        self.batch_size = self._config.train.batch_size
        self.num_parameters = int(network.count_params())
        self._shapes = [tuple(variable.shape) for variable in network.trainable_variables]
        self.gradient_bytes = sum(
            4 * variable.value.shape.num_elements() for variable in network.trainable_variables
        )

    def _prepared(self) -> Any:
        from shared.loading.batches.batching import prepare
        from shared.run.progress import SilentProgress

        return prepare(
            self._splits.train,
            self._splits.target,
            self._pipeline.decode(self._config),
            self._pipeline.preprocess(self._config, self._splits.train),
            cache_limit_mib=4096,
            progress=SilentProgress(),
        )

    def keras_fit(self) -> Callable[[], float]:
        """Keras' own `fit` on one replica, with the same optimizer and data."""
        import keras

        ours = self._trainable()
        model = self._network()
        optimizer = keras.optimizers.AdamW.from_config(ours.optimizer.get_config())
        model.compile(optimizer, ours.loss, metrics=self._metrics(), jit_compile=False)
        return lambda: self._seconds(model, 1)

    def ours(self, num_replicas: int, steps_per_execution: int = 1) -> Callable[[], float]:
        """Our `fit` on some of the logical devices."""
        strategy = self._strategy(num_replicas)
        with strategy.scope():
            trainable = self._trainable(steps_per_execution)

        def train() -> float:
            with strategy.scope():
                return self._seconds(trainable, steps_per_execution)

        return train

    def in_cluster(self) -> Callable[[], float]:
        """Our `fit` by the strategy of the environment."""
        from shared.training.distribution.strategy import make_strategy

        strategy = make_strategy(self._config.train)
        with strategy.scope():
            trainable = self._trainable()
        return lambda: self._seconds(trainable, 1)

    def all_reduce_seconds(self, num_replicas: int | None) -> float:
        """Time of adding up gradients of this network's shapes.

        None for the strategy of the environment.
        """
        import tensorflow as tf

        from shared.training.distribution.replicas import sum_over_replicas
        from shared.training.distribution.strategy import make_strategy

        strategy = (
            make_strategy(self._config.train)
            if num_replicas is None
            else self._strategy(num_replicas)
        )

        @tf.function(autograph=False)
        def add_up(gradients: list[Any]) -> Any:
            return strategy.run(
                lambda: sum_over_replicas([tf.identity(gradient) for gradient in gradients])[0]
            )

        gradients = [tf.zeros(shape) for shape in self._shapes]
        add_up(gradients)
        started = time.perf_counter()
        for _ in range(self._steps):
            add_up(gradients)
        return (time.perf_counter() - started) / self._steps

    def _strategy(self, num_replicas: int) -> Any:
        import tensorflow as tf

        if num_replicas == 1:
            return tf.distribute.get_strategy()
        devices = [f"CPU:{index}" for index in range(num_replicas)]
        return tf.distribute.MirroredStrategy(
            devices, cross_device_ops=tf.distribute.ReductionToOneDevice()
        )

    def _network(self) -> Any:
        from shared.model.named_inputs import reading_by_name

        return reading_by_name(self._pipeline.model(self._config, self._splits.target))

    def _metrics(self) -> Any:
        from shared.model.target import monitors

        return monitors(self._splits.target)

    def _trainable(self, steps_per_execution: int = 1) -> Any:
        from shared.training.compiled_model import make_trainable

        config = self._config.train.model_copy(update={"steps_per_execution": steps_per_execution})
        return make_trainable(self._network(), self._splits.target, config, steps_per_epoch=1000)

    def _seconds(self, model: Any, steps_per_execution: int) -> float:
        """Per step, without the first execution, which fills buffers."""
        import keras

        from shared.loading.batches.batching import training_batches

        ends: list[float] = []
        stopwatch = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: ends.append(time.perf_counter())
        )
        batches = training_batches(self._train, batch_size=self.batch_size, seed=0)
        model.fit(
            batches, steps_per_epoch=self._steps, callbacks=[stopwatch], shuffle=False, verbose=0
        )
        return (ends[-1] - ends[0]) / (self._steps - steps_per_execution)
