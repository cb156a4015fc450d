"""A trained model as a function of the numbers inside it at which it is differentiated.

Pixels are integers and words are strings: no gradient reaches them. It is taken where numbers
begin: in rows, in preprocessing, in each member of an average, in a blended floor.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from shared.contract import ServedSegments
from shared.errors import UserError
from shared.model.named_inputs import reading_by_name
from shared.model.trained_model import TrainedModel

__all__ = ["DifferentiableModel", "differentiable", "require_gradients"]

Tensors = Mapping[str, Any]
_Held = list[tuple[str, Any]]


@dataclass(frozen=True, eq=False)
class DifferentiableModel:
    """What `differentiable` opened.

    Attributes:
        places: Name of each tensor of differentiation, in order; several where members have one
            each.
        row_names: Of the first places: decoded numbers.
        tensor_names: Of the next: prepared tensors. The others are outputs of layers.
        preprocess: What of preprocessing moves with the places; None if nothing does.
        network: The network.
    """

    places: tuple[str, ...]
    row_names: tuple[str, ...]
    tensor_names: tuple[str, ...]
    preprocess: _Opened | None
    network: _Opened

    def read(self, rows: Tensors, tensors: Tensors) -> list[Any]:
        """Decoded and prepared rows -> their values at each place, (batch, *cells)."""
        values = [_as_float(rows[name]) for name in self.row_names]
        values += [tensors[name] for name in self.tensor_names]
        if self.preprocess is not None:
            values += self.preprocess.read(rows)
        return [*values, *self.network.read(tensors)]

    def scores(self, values: Sequence[Any], rows: Tensors, tensors: Tensors) -> Any:
        """Scores (batch, *target.shape) of rows whose values at the places are given."""
        num_rows = len(self.row_names)
        num_tensors = len(self.tensor_names)
        moved_rows = dict(zip(self.row_names, values, strict=False))
        moved = dict(zip(self.tensor_names, values[num_rows:], strict=False))
        inner = list(values[num_rows + num_tensors :])
        prepared = dict(tensors)
        if self.preprocess is not None:
            num_inner = len(self.preprocess.names)
            prepared |= self.preprocess({**rows, **moved_rows}, inner[:num_inner])
            inner = inner[num_inner:]
        return self.network({**prepared, **moved}, inner)


def differentiable(model: TrainedModel, segments: ServedSegments) -> DifferentiableModel:
    """Open a model where `segments` says.

    Raises:
        UserError: It has no gradient there, or reads something that has none.
    """
    read = [tensor.name for tensor in model.model.inputs]
    preprocess = _open_preprocess(model.preprocess, segments, read)
    moving = () if preprocess is None else tuple(preprocess.head.output)
    network = _open(reading_by_name(model.model), moving, segments.layers)
    tensor_names = tuple(name for name in segments.tensors if name in read)
    _require_gradient(read, {*moving, *tensor_names, *segments.held})
    inner = () if preprocess is None else preprocess.names
    row_names = segments.rows if moving else ()
    places = (*row_names, *tensor_names, *inner, *network.names)
    if not places:
        raise UserError(
            "The network has no numbers at which it could be differentiated: none of"
            f" {', '.join((*segments.rows, *segments.tensors, *segments.layers))} is part of it."
        )
    return DifferentiableModel(places, row_names, tensor_names, preprocess, network)


def require_gradients(model: DifferentiableModel, rows: Tensors, tensors: Tensors) -> None:
    """Differentiate a few rows, since only that tells whether every operation can be.

    Raises:
        UserError: One has no gradient.
    """
    values = model.read(rows, tensors)
    with tf.GradientTape() as tape:
        tape.watch(values)
        scores = model.scores(values, rows, tensors)
    try:
        tape.gradient(scores, values)
    except LookupError as error:
        operation = str(error).rpartition(" ")[2]
        raise UserError(f"The deployed model's operation {operation} has no gradient.") from error


def _require_gradient(read: Collection[str], differentiated: Collection[str]) -> None:
    blocked = sorted(set(read) - set(differentiated))
    if blocked:
        raise UserError(
            f"The deployed model reads {', '.join(blocked)}, which preprocessing makes without a"
            " gradient."
        )


@dataclass(frozen=True, eq=False)
class _Opened:
    """A functional model that also takes what some of its layers put out.

    Attributes:
        inputs: Names of the model's own inputs, in order.
        names: Of the layers.
        head: [*inputs, *outputs of those layers] -> outputs.
        reader: Inputs -> a list of the outputs of those layers; None without any.
        moving: Outputs by `id` that depend on floats in place of integers, or on the layers.
    """

    inputs: tuple[str, ...]
    names: tuple[str, ...]
    head: keras.Model
    reader: keras.Model | None
    moving: Collection[int] = field(default_factory=frozenset)

    def __call__(self, given: Tensors, inner: Sequence[Any]) -> Any:
        return self.head([*(given[name] for name in self.inputs), *inner], training=False)

    def read(self, given: Tensors) -> list[Any]:
        if self.reader is None:
            return []
        found = self.reader([given[name] for name in self.inputs], training=False)
        return list(found) if isinstance(found, list | tuple) else [found]


def _open_preprocess(
    preprocess: keras.Model, segments: ServedSegments, read: Collection[str]
) -> _Opened | None:
    """Only what depends on the places and is read; None where nothing is."""
    opened = _open(preprocess, segments.rows, segments.layers)
    moving = {
        name: tensor
        for name, tensor in opened.head.output.items()
        if name in read and id(tensor) in opened.moving
    }
    if not moving:
        return None
    head = keras.Model(opened.head.inputs, moving)
    return _Opened(opened.inputs, opened.names, head, opened.reader)


def _open(model: keras.Model, moved: Collection[str], layers: Collection[str]) -> _Opened:
    """Open a model and the models in it; weights are shared.

    Args:
        model: Functional.
        moved: Names of the inputs that move; integers among them become floats.
        layers: Names of the layers to open.
    """
    given = [_input_like(tensor, is_float=tensor.name in moved) for tensor in model.inputs]
    held = {layer.name: _outputs_of(layer, layers) for layer in model.layers}
    inner = [tensor for tensors in held.values() for _, tensor in tensors]
    opening = _Opening(layers, held, [one for one in given if one.name in moved] + inner)
    # A clone may depend on nothing but its inputs, so that the layers' outputs must be among them.
    wider = keras.Model([*model.inputs, *inner], model.output)
    head = keras.models.clone_model(
        wider, [*given, *inner], clone_function=lambda layer: layer, call_function=opening
    )
    found = [one for name in held for one in opening.readings.get(name, ())]
    return _Opened(
        tuple(tensor.name for tensor in model.inputs),
        tuple(name for tensors in held.values() for name, _ in tensors),
        head,
        keras.Model(given, found) if found else None,
        frozenset(opening.moving),
    )


class _Opening:
    """Calls the layers of a model on other tensors, and puts inputs in the place of some outputs.

    Attributes:
        layers: Names of the layers to open.
        held: Layer -> name and input of each opened layer in it.
        moving: `id` of each tensor that depends on a place.
        readings: Layer -> what the opened layers in it put out by themselves.
    """

    def __init__(
        self, layers: Collection[str], held: Mapping[str, _Held], places: Sequence[Any]
    ) -> None:
        self.layers = layers
        self.held = held
        self.moving = {id(one) for one in places}
        self.readings: dict[str, Sequence[Any]] = {}

    def __call__(self, layer: Any, *args: Any, **options: Any) -> Any:
        mine = [tensor for _, tensor in self.held.get(layer.name, ())]
        given = keras.tree.flatten((args, options))
        arguments = [one for one in given if isinstance(one, keras.KerasTensor)]
        if _is_functional(layer):
            output = self._open(layer, arguments, mine)
        elif isinstance(layer, keras.layers.Identity):
            (output,) = args  # one of integers would round
        else:
            output = layer(*args, **options)
            if mine:
                self.readings[layer.name] = [output]
                return mine[0]
        if mine or any(id(one) in self.moving for one in arguments):
            self.moving.update(id(one) for one in keras.tree.flatten(output))
        return output

    def _open(self, layer: keras.Model, arguments: Sequence[Any], mine: Sequence[Any]) -> Any:
        pairs = zip(layer.inputs, arguments, strict=True)
        moved = [own.name for own, one in pairs if id(one) in self.moving]
        part = _open(layer, moved, self.layers)
        self.readings[layer.name] = part.read(dict(zip(part.inputs, arguments, strict=True)))
        return part.head([*arguments, *mine])


def _outputs_of(layer: keras.Layer, layers: Collection[str]) -> _Held:
    """Name and a new input for each opened layer in `layer`, which may be a model."""
    if _is_functional(layer):
        return [one for part in layer.layers for one in _outputs_of(part, layers)]
    if layer.name not in layers or isinstance(layer, keras.layers.InputLayer):
        return []
    output = layer.output
    return [(layer.name, keras.Input(batch_shape=output.shape, dtype=output.dtype))]


def _is_functional(layer: Any) -> bool:
    return isinstance(layer, keras.Model) and not isinstance(layer, keras.Sequential)


def _input_like(tensor: Any, *, is_float: bool) -> Any:
    dtype = tensor.dtype
    if is_float and not keras.backend.is_float_dtype(dtype):
        dtype = "float32"
    return keras.Input(batch_shape=tensor.shape, dtype=dtype, name=tensor.name)


def _as_float(values: Any) -> Any:
    return values if values.dtype.is_floating else tf.cast(values, tf.float32)
