"""Every variable that a training changes, as arrays, and back.

What must not be forgotten: the network's weights and its statistics (batch normalisation), the
states of its random generators (dropout, augmentation), the optimiser's moments, counters, averages
and loss scale, and what the metrics have summed up within the epoch. A training that continues
without one of them is another training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from keras.src.backend.common.global_state import get_global_attribute
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR, global_seed_generator
from numpy.typing import NDArray

from shared.errors import CheckpointError

__all__ = ["averaged_weights", "capture_variables", "restore_variables", "storable", "unstorable"]


def capture_variables(model: keras.Model) -> dict[str, NDArray[Any]]:
    """The values of all variables of model, optimiser and metrics, by group and position.

    Under a strategy every replica and worker must call this at the same step: reading what the
    metrics have summed up adds the replicas' shares.
    """
    return {
        key: storable(keras.ops.convert_to_numpy(variable))
        for key, variable in _named_variables(model)
    }


def restore_variables(model: keras.Model, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Put captured values back into a model that was built and compiled in the same way.

    Keras makes the variables of optimiser and metrics late: call this once `fit` has begun.

    Raises:
        CheckpointError: The variables are not those that were captured: another architecture,
            optimiser or version of Keras.
    """
    if "random/global" in arrays:
        global_seed_generator()  # made on first use, which is yet to come
    variables = dict(_named_variables(model))
    if variables.keys() != arrays.keys():
        strange = sorted(variables.keys() ^ arrays.keys())
        raise CheckpointError(
            f"The checkpoint holds {len(arrays)} variables, this model has {len(variables)}; the"
            f" first that only one of them has is {strange[0]!r}. It was made by another version of"
            " the code. Train anew by running without --resume."
        )
    for key, variable in variables.items():
        if tuple(variable.shape) != arrays[key].shape:
            raise CheckpointError(
                f"The checkpoint's {key} has the shape {arrays[key].shape}, this model's"
                f" {variable.path!r} has {tuple(variable.shape)}. It was made by another version of"
                " the code. Train anew by running without --resume."
            )
        variable.assign(unstorable(arrays[key], variable))


def averaged_weights(model: keras.Model) -> list[NDArray[Any]]:
    """The values of `model.weights`, with moving averages in place of what the optimiser averages.

    Without averaging (`ema_momentum` is None) these are the weights as they are.
    """
    # inside a LossScaleOptimizer
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    averages: dict[int, Any] = {}
    if optimizer.use_ema:
        trained = optimizer._trainable_variables
        averaged = optimizer._model_variables_moving_average
        averages = {
            id(variable): average
            for variable, average in zip(trained, averaged, strict=True)
            if average is not None
        }
    return [
        keras.ops.convert_to_numpy(averages.get(id(variable), variable))
        for variable in model.weights
    ]


def storable(value: NDArray[Any]) -> NDArray[Any]:
    """The same bits in a dtype that NumPy's files know.

    Bfloat16 and float8 become integers of their width.
    """
    return value if value.dtype.kind in "biuf" else value.view(f"u{value.dtype.itemsize}")


def unstorable(array: NDArray[Any], variable: keras.Variable) -> NDArray[Any]:
    """What `storable` was given, for a value of `variable`."""
    dtype = np.dtype(keras.ops.convert_to_numpy(variable).dtype)
    return array if array.dtype == dtype else array.view(dtype)


def _named_variables(model: keras.Model) -> Iterator[tuple[str, keras.Variable]]:
    """Names follow from the order of creation.

    Keras' own carry counters that depend on what was built before in the process.
    """
    seen: set[int] = set()
    groups = {
        "network": model.variables,
        "optimizer": model.optimizer.variables,
        "metrics": model.metrics_variables,
    }
    for group, variables in groups.items():
        for index, variable in enumerate(variables):
            if id(variable) not in seen:
                seen.add(id(variable))
                yield f"{group}/{index:04d}", variable
    generator = get_global_attribute(GLOBAL_SEED_GENERATOR)
    if generator is not None:
        yield "random/global", generator.state
