"""A signature of a SavedModel: what it takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.service.status import Code, RequestError
from shared.service.wire.messages import message
from shared.service.wire.tensors import DTYPES, Arrays

__all__ = ["DEFAULT_SIGNATURE", "Endpoint", "TensorSpec", "endpoints_of", "type_name"]

DEFAULT_SIGNATURE = "serving_default"
_INIT = "__saved_model_init_op"


@dataclass(frozen=True)
class TensorSpec:
    """An input or output.

    Attributes:
        number: Of its `DataType`.
        shape: Its axes, the batch axis first; None where one is free. None: nothing is known.
    """

    number: int
    shape: tuple[int | None, ...] | None

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """None: such tensors are not served."""
        return DTYPES.get(self.number)

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of this shape may be sent."""
        if self.shape is None:
            return True
        pairs = zip(self.shape, shape, strict=False)
        return len(shape) == len(self.shape) and all(size in (None, one) for size, one in pairs)

    def shape_text(self) -> str:
        """As TensorFlow writes shapes: `[?,12]`."""
        sizes = ("?" if size is None else str(size) for size in self.shape or ())
        return f"[{','.join(sizes)}]"


@dataclass(frozen=True)
class Endpoint:
    """A signature that can be called.

    Attributes:
        name: By which clients ask for it.
        method: What TensorFlow Serving may do with it, as `tensorflow/serving/predict`.
        inputs: By name, sorted.
        outputs: Likewise.
    """

    name: str
    method: str
    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]

    def check(self, arrays: Arrays) -> int:
        """The number of rows of inputs that fit.

        Raises:
            RequestError: Names, types, shapes, or numbers of rows don't.
        """
        self._check_names(arrays)
        for name, spec in self.inputs.items():
            array = arrays[name]
            if spec.dtype is None or array.dtype != spec.dtype:
                wanted = type_name(spec.number)
                raise _invalid(f"input {name} has type {array.dtype.name}, expected {wanted}")
            if not spec.fits(array.shape):
                shape = ",".join(map(str, array.shape))
                raise _invalid(f"Expecting shape {spec.shape_text()} but got: [{shape}]")
        counts = {len(array) for array in arrays.values() if array.ndim}
        if len(counts) != 1 or not all(array.ndim for array in arrays.values()):
            raise _invalid(
                "Batching input tensors supplied in a given feed_dict must have equal 0th-dimension"
                " size"
            )
        return counts.pop()

    def _check_names(self, arrays: Arrays) -> None:
        """TensorFlow Serving's words (servables/tensorflow/predict_util.cc)."""
        if arrays.keys() == self.inputs.keys():
            return
        sent = ",".join(sorted(arrays))
        wanted = ",".join(self.inputs)
        extra = ",".join(sorted(arrays.keys() - self.inputs.keys()))
        missing = ",".join(name for name in self.inputs if name not in arrays)
        raise _invalid(
            f"input size does not match signature: {len(arrays)}!={len(self.inputs)}"
            f" len({{{sent}}}) != len({{{wanted}}}). Sent extra: {{{extra}}}. Missing but"
            f" required: {{{missing}}}."
        )


def type_name(number: int) -> str:
    """TensorFlow's word for a `DataType`: `float`, `string`."""
    types = message("TensorProto").DESCRIPTOR.fields_by_name["dtype"].enum_type
    known = types.values_by_number.get(number)
    return "invalid" if known is None else str(known.name).removeprefix("DT_").lower()


def endpoints_of(signatures: Any) -> dict[str, Endpoint]:
    """The endpoints of a `SignatureDefMap`, by name."""
    return {
        name: Endpoint(name, one.method_name, _specs(one.inputs), _specs(one.outputs))
        for name, one in sorted(signatures.signature_def.items())
        if name != _INIT
    }


def _specs(tensors: Mapping[str, Any]) -> dict[str, TensorSpec]:
    return {name: _spec(info) for name, info in sorted(tensors.items())}


def _spec(info: Any) -> TensorSpec:
    if info.tensor_shape.unknown_rank:
        return TensorSpec(info.dtype, None)
    sizes = (dim.size for dim in info.tensor_shape.dim)
    return TensorSpec(info.dtype, tuple(None if size < 0 else size for size in sizes))


def _invalid(text: str) -> RequestError:
    return RequestError(Code.INVALID_ARGUMENT, text)
