"""`PredictionLog`: the protocol buffer in which TensorFlow Serving reads warm-up requests.

Only the fields that we write, of its messages PredictionLog, PredictLog, PredictRequest and
ModelSpec; bytes hold field numbers, no names. The package `tensorflow-serving-api`, which has all
of them, is released for one minor version of TensorFlow each, and would tie ours to it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tensorflow.core.framework import tensor_pb2

__all__ = ["prediction_log_type"]

_PACKAGE = "plumbline.serving"
_FILE = "plumbline/prediction_log.proto"
_Field = descriptor_pb2.FieldDescriptorProto


@cache
def prediction_log_type() -> Any:
    """The message class: `predict_log.request.{model_spec.{name, signature_name}, inputs}`."""
    file = descriptor_pb2.FileDescriptorProto(name=_FILE, package=_PACKAGE, syntax="proto3")
    file.dependency.append(tensor_pb2.DESCRIPTOR.name)
    spec = file.message_type.add(name="ModelSpec")
    spec.field.append(_field("name", 1))
    spec.field.append(_field("signature_name", 3))
    request = file.message_type.add(name="PredictRequest")
    request.field.append(_field("model_spec", 1, "ModelSpec"))
    # A map is a repeated message of key and value (protobuf.dev, "Maps", backwards compatibility).
    request.field.append(_field("inputs", 2, "PredictRequest.InputsEntry", repeated=True))
    entry = request.nested_type.add(name="InputsEntry")
    entry.options.map_entry = True
    entry.field.append(_field("key", 1))
    entry.field.append(_field("value", 2, tensor_pb2.TensorProto.DESCRIPTOR.full_name))
    log = file.message_type.add(name="PredictLog")
    log.field.append(_field("request", 1, "PredictRequest"))
    logs = file.message_type.add(name="PredictionLog")
    logs.field.append(_field("predict_log", 6, "PredictLog"))
    pool = descriptor_pool.Default()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.PredictionLog"))


def _field(name: str, number: int, message: str | None = None, *, repeated: bool = False) -> Any:
    """A string, or a message of this file or of TensorFlow."""
    field = _Field(name=name, number=number)
    field.label = _Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
    field.type = _Field.TYPE_STRING if message is None else _Field.TYPE_MESSAGE
    if message is not None:
        own = f"{_PACKAGE}.{message}"
        field.type_name = f".{message if message.startswith('tensorflow.') else own}"
    return field
