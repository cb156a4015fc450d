"""TensorFlow Serving's protocol buffers, as far as they are used, without TensorFlow.

The package `tensorflow-serving-api` imports TensorFlow, which the process that meets clients is
kept free of: it starts in a second, needs little memory, and can't die of a kernel. Names and
numbers of fields are those of `tensorflow_serving/apis/*.proto` and
`tensorflow/core/framework/*.proto`; tests talk to the server with that package's stubs.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    wrappers_pb2,
)

__all__ = ["PACKAGE", "message"]

PACKAGE = "tensorflow.serving"

_PROTO = """
message Dim { int64 size = 1; string name = 2; }
message TensorShapeProto { repeated Dim dim = 2; bool unknown_rank = 3; }
message TensorProto {
  DataType dtype = 1; TensorShapeProto tensor_shape = 2; int32 version_number = 3;
  bytes tensor_content = 4; repeated int32 half_val = 13; repeated float float_val = 5;
  repeated double double_val = 6; repeated int32 int_val = 7; repeated bytes string_val = 8;
  repeated int64 int64_val = 10; repeated bool bool_val = 11; repeated uint32 uint32_val = 16;
  repeated uint64 uint64_val = 17;
}
message TensorInfo { string name = 1; DataType dtype = 2; TensorShapeProto tensor_shape = 3; }
message SignatureDef {
  map<TensorInfo> inputs = 1; map<TensorInfo> outputs = 2; string method_name = 3;
}
message SignatureDefMap { map<SignatureDef> signature_def = 1; }
message ModelSpec {
  string name = 1; google.protobuf.Int64Value version = 2; string version_label = 4;
  string signature_name = 3;
}
message PredictRequest {
  ModelSpec model_spec = 1; map<TensorProto> inputs = 2; repeated string output_filter = 3;
}
message PredictResponse { ModelSpec model_spec = 2; map<TensorProto> outputs = 1; }
message SpecOnly { ModelSpec model_spec = 1; }
message GetModelMetadataRequest { ModelSpec model_spec = 1; repeated string metadata_field = 2; }
message GetModelMetadataResponse {
  ModelSpec model_spec = 1; map<google.protobuf.Any> metadata = 2;
}
message GetModelStatusRequest { ModelSpec model_spec = 1; }
message StatusProto { int32 error_code = 1; string error_message = 2; }
message ModelVersionStatus { int64 version = 1; int32 state = 2; StatusProto status = 3; }
message GetModelStatusResponse { repeated ModelVersionStatus model_version_status = 1; }
message WorkerCall {
  uint64 id = 1; string action = 2; string path = 3; string signature_name = 4;
  map<TensorProto> inputs = 5;
}
message WorkerAnswer {
  uint64 id = 1; int32 code = 2; string text = 3; map<TensorProto> outputs = 4;
  SignatureDefMap signatures = 5;
}
"""
"""As in a .proto file, but that keys of maps are always strings. The last two are ours: what the
server and its workers say to each other."""

_DATA_TYPES = (
    "INVALID FLOAT DOUBLE INT32 UINT8 INT16 INT8 STRING COMPLEX64 INT64 BOOL QINT8 QUINT8 QINT32"
    " BFLOAT16 QINT16 QUINT16 UINT16 COMPLEX128 HALF RESOURCE VARIANT UINT32 UINT64"
)

_MESSAGE = re.compile(r"message (\w+) \{(.*?)\}", re.DOTALL)
_FIELD = re.compile(r"(repeated )?(map<)?([\w.]+)>? (\w+) = (\d+);")
_Field = descriptor_pb2.FieldDescriptorProto


@cache
def message(name: str) -> Any:
    """The class of a message, by its name in the package."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{PACKAGE}.{name}"))


@cache
def _pool() -> Any:
    """Of our own: the default one has TensorFlow's under the same names, where it is imported."""
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(
        name="plumbline/service.proto", package=PACKAGE, syntax="proto3"
    )
    for known in (any_pb2, wrappers_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
        file.dependency.append(known.DESCRIPTOR.name)
    data_type = file.enum_type.add(name="DataType")
    for number, name in enumerate(_DATA_TYPES.split()):
        data_type.value.add(name=f"DT_{name}", number=number)
    for name, body in _MESSAGE.findall(_PROTO):
        _add_message(file, name, body)
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _add_message(file: Any, name: str, body: str) -> None:
    one = file.message_type.add(name=name)
    for repeated, mapped, kind, field, number in _FIELD.findall(body):
        if mapped:
            # A map is a repeated message of key and value (protobuf.dev, "Maps").
            entry = one.nested_type.add(name=f"{field.title().replace('_', '')}Entry")
            entry.options.map_entry = True
            entry.field.append(_field("key", 1, "string"))
            entry.field.append(_field("value", 2, kind))
            one.field.append(_field(field, int(number), f"{name}.{entry.name}", is_list=True))
        else:
            one.field.append(_field(field, int(number), kind, is_list=bool(repeated)))


def _field(name: str, number: int, kind: str, *, is_list: bool = False) -> Any:
    field = _Field(name=name, number=number)
    field.label = _Field.LABEL_REPEATED if is_list else _Field.LABEL_OPTIONAL
    scalar = getattr(_Field, f"TYPE_{kind.upper()}", None)
    if scalar is not None:
        field.type = scalar
    else:
        field.type = _Field.TYPE_ENUM if kind == "DataType" else _Field.TYPE_MESSAGE
        field.type_name = f".{kind}" if kind.startswith("google.") else f".{PACKAGE}.{kind}"
    return field
