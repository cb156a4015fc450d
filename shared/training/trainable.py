"""A network made ready for Keras' `fit` under every `tf.distribute` strategy.

Everything that works around Keras is here, in `replicas.py` and in `keras_internals.py`. What Keras
3.15 does otherwise, and why that is wrong or missing:

- `fit` fails under MultiWorkerMirroredStrategy (keras issue 20585): it reduces the *input* before
  the first step, and it reduces scalar logs along an axis that they don't have. Here the model is
  built from shapes, and logs come from metrics that are already summed.
- Several steps per execution and gradient accumulation fail under a strategy ("you must feed a
  placeholder", "merge_call in a cond"). Here a `tf.while_loop` inside one `tf.function` calls
  `strategy.run` for each step, as Orbit's StandardTrainer does
  (https://github.com/tensorflow/models/tree/master/orbit), and gradients accumulate over calls of
  `strategy.run`.
- If `steps_per_epoch` is no multiple of `steps_per_execution`, Keras trains on beyond it. Here the
  last execution is shorter.
- Each replica clips, and looks for infinities in, its own share of the gradient. Here shares are
  added up first.
- The logs of a batch are the mean of the replicas' means, whatever their shares of the rows. Here
  rows count, not replicas.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from shared.networks.mixing import collecting_mixtures
from shared.training.distribution.keras_internals import (
    make_iterator,
    one_replica_spec,
    require_known_keras,
)
from shared.training.distribution.replicas import (
    GradientAccumulator,
    dense,
    draw_by_replica,
    sum_over_replicas,
    sum_variables_over_replicas,
)
from shared.training.mixed_labels import Judged

__all__ = ["TrainableModel", "get_next"]


def get_next(iterator: Any) -> Any:
    """The next batch, and nothing else."""
    return iterator.get_next()


@dataclass(frozen=True)
class _Execution:
    """What one call of the train or test function does."""

    iterator: Any
    num_steps: int


class TrainableModel(keras.Model):
    """Wraps a network for fitting; the network itself is what is saved and exported.

    Make, compile and fit it in the scope of its strategy. Batches are global: each replica receives
    an equal share of the rows.

    Args:
        network: Built model; its variables are trained in place.
        gradient_accumulation: Micro-batches that each replica's share of a batch is cut into; the
            optimizer steps once for all of them. Must divide the share.
        jit: Compile forward and backward pass with XLA.
        take_batch: How training takes its next batch from an iterator, inside the graph.

    Raises:
        ConfigError: Keras is of a version that this class was not written for.
    """

    def __init__(
        self,
        network: keras.Model,
        *,
        gradient_accumulation: int = 1,
        jit: bool = False,
        take_batch: Callable[[Any], Any] = get_next,
    ) -> None:
        require_known_keras()
        # The network casts what it is given itself; here float64 would lose its digits.
        super().__init__(name=f"trainable_{network.name}", autocast=False)
        self.network = network
        self.built = True
        self._num_micro_batches = gradient_accumulation
        self._take_batch = take_batch
        self._accumulator: GradientAccumulator | None = None
        self._forward_and_backward = (
            tf.function(self._score_and_gradients, jit_compile=True, autograph=False)
            if jit
            else None
        )
        self.train_function: Callable[[_Execution], dict[str, Any]] | None = None
        self.test_function: Callable[[_Execution], dict[str, Any]] | None = None
        self._first_step = 0
        self._keeps_metrics = False
        draw_by_replica(network)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The network's scores."""
        return self.network(inputs, training=training)

    def resume_at(self, step: int) -> None:
        """Let the first epoch of the next `fit` begin at `step`.

        The data must begin there as well. Metrics stay as they are after `on_train_begin`.
        """
        self._first_step = step
        self._keeps_metrics = step > 0

    # What follows overrides Keras' trainer.

    def reset_metrics(self) -> None:
        """Forget the epoch before; what a resumed epoch has counted so far stays."""
        if not self._keeps_metrics:
            super().reset_metrics()
        self._keeps_metrics = False

    def make_train_function(self, force: bool = False) -> None:
        """Build what `fit` calls for each execution."""
        if self.train_function is None or force:
            self.train_function = self._loop(self._train_on_global_batch, self._take_batch)

    def make_test_function(self, force: bool = False) -> None:
        """Build what `evaluate` calls for each execution."""
        if self.test_function is None or force:
            self.test_function = self._loop(self._test_on_global_batch, get_next)

    def train_step(self, data: Any) -> None:
        """One optimizer step on one replica's share of a batch."""
        self._apply(self._backward(data))

    def test_step(self, data: Any) -> None:
        """Count loss and metrics of one replica's share of a batch, of any size."""
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)

        def judge() -> tf.Tensor:
            self._judge(x, y, weight)
            return tf.constant(0)

        # Without rows there is nothing to judge, and oneDNN's convolutions make the wrong number of
        # channels of it (TensorFlow 2.21).
        tf.cond(tf.shape(keras.tree.flatten(x)[0])[0] > 0, judge, lambda: tf.constant(0))

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        if iterator is None:
            super()._maybe_symbolic_build(data_batch=data_batch)
            return
        iterator._enumerate_iterator = lambda: self._executions(iterator)
        spec = one_replica_spec(iterator._distributed_dataset.element_spec)
        with self.distribute_strategy.scope():
            self._symbolic_build(data_batch=spec)
            if self._num_micro_batches > 1 and self._accumulator is None:
                self._accumulator = GradientAccumulator(self.trainable_variables)

    def _get_metrics_result_or_logs(self, logs: dict[str, Any]) -> dict[str, Any]:
        return logs  # those of the last execution already cover the whole epoch on all replicas

    # What follows is ours.

    def _executions(self, epoch: Any) -> Iterator[tuple[int, int, _Execution]]:
        """First and last step of each execution of an epoch; the last execution may be shorter."""
        first_step = self._first_step
        self._first_step = 0  # only one epoch is resumed
        num_steps = epoch.steps_per_epoch or epoch._num_batches
        if epoch._current_iterator is None or epoch.steps_per_epoch is None:
            epoch._current_iterator = make_iterator(epoch._get_iterator())
        if num_steps is None:
            # Data of unknown size end when they end, which must not happen in the middle of an
            # execution.
            for step in itertools.count(first_step):
                yield step, step, _Execution(epoch._current_iterator, 1)
        else:
            for step in range(first_step, num_steps, self.steps_per_execution):
                count = min(self.steps_per_execution, num_steps - step)
                yield step, step + count - 1, _Execution(epoch._current_iterator, count)

    def _loop(
        self, step: Callable[[Any], None], take_batch: Callable[[Any], Any]
    ) -> Callable[[_Execution], dict[str, Any]]:
        @tf.function(autograph=False, reduce_retracing=True)
        def steps(iterator: Any, num_steps: tf.Tensor) -> dict[str, Any]:
            def body(done: tf.Tensor) -> tf.Tensor:
                step(take_batch(iterator))
                return done + 1

            tf.while_loop(
                lambda done: done < num_steps, body, [tf.constant(0)], parallel_iterations=1
            )
            return self._global_metrics()

        return lambda execution: steps(execution.iterator, tf.constant(execution.num_steps))

    def _train_on_global_batch(self, batch: Any) -> None:
        strategy = self.distribute_strategy
        accumulator = self._accumulator
        if accumulator is None:
            strategy.run(self.train_step, args=(batch,))
            return

        def add(data: Any, index: tf.Tensor) -> None:
            accumulator.add(self._backward(self._micro_batch(data, index)))

        def body(index: tf.Tensor) -> tf.Tensor:
            strategy.run(add, args=(batch, index))
            return index + 1

        tf.while_loop(
            lambda index: index < self._num_micro_batches,
            body,
            [tf.constant(0)],
            parallel_iterations=1,
        )
        strategy.run(lambda: self._apply(accumulator.take()))

    def _test_on_global_batch(self, batch: Any) -> None:
        self.distribute_strategy.run(self.test_step, args=(batch,))

    def _judge(self, x: Any, y: Any, weight: Any) -> None:
        scores = self(x, training=False)
        loss = self.compute_loss(x=x, y=y, y_pred=scores, sample_weight=weight, training=False)
        self._count(x, y, weight, scores, loss)

    def _micro_batch(self, data: Any, index: tf.Tensor) -> Any:
        def cut(values: tf.Tensor) -> tf.Tensor:
            num_rows = tf.shape(values)[0] // self._num_micro_batches
            return values[index * num_rows : (index + 1) * num_rows]

        return keras.tree.map_structure(cut, data)

    def _backward(self, data: Any) -> list[tf.Tensor | None]:
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        compute = self._forward_and_backward or self._score_and_gradients
        scores, labels, loss, gradients = compute(x, y, weight)
        self._count(x, labels, weight, scores, loss)
        return list(gradients)

    def _score_and_gradients(
        self, x: Any, y: Any, weight: Any
    ) -> tuple[Any, Any, Any, list[tf.Tensor | None]]:
        with tf.GradientTape() as tape:
            with collecting_mixtures() as mixtures:
                scores = self(x, training=True)
            judged = Judged.by(mixtures)
            # Keras divides by the number of replicas: added up, shares of equal size give the mean
            # over the global batch.
            loss = self.compute_loss(
                x=x,
                y=judged.labels(y),
                y_pred=judged.scores(scores),
                sample_weight=judged.weights(weight),
                training=True,
            )
            objective = self.optimizer.scale_loss(loss / self._num_micro_batches)
        gradients = tape.gradient(objective, self.trainable_variables)
        return scores, judged.mostly(y), loss, dense(gradients)

    def _apply(self, gradients: list[tf.Tensor | None]) -> None:
        pairs = [
            (one, variable)
            for one, variable in zip(gradients, self.trainable_variables, strict=True)
            if one is not None
        ]
        summed = sum_over_replicas([gradient for gradient, _ in pairs])
        self.optimizer.apply(summed, [variable for _, variable in pairs])

    def _count(self, x: Any, y: Any, weight: Any, scores: Any, loss: Any) -> None:
        num_rows = tf.shape(keras.tree.flatten(x)[0])[0]
        self._loss_tracker.update_state(
            loss * self.distribute_strategy.num_replicas_in_sync, sample_weight=num_rows
        )
        self.compute_metrics(x, y, scores, sample_weight=weight)

    def _global_metrics(self) -> dict[str, Any]:
        """Metrics over the rows of all replicas, with one reduction for all of them."""
        strategy = self.distribute_strategy
        if strategy.num_replicas_in_sync == 1:
            return dict(self.get_metrics_result())
        variables = [variable for metric in self.metrics for variable in metric.variables]
        totals = sum_variables_over_replicas(strategy, variables)
        with keras.StatelessScope(state_mapping=list(zip(variables, totals, strict=True))):
            return dict(self.get_metrics_result())
