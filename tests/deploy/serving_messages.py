"""Messages of TensorFlow Serving's configuration that its published stubs leave out.

As `session_bundle_config.proto` and `monitoring_config.proto` of tensorflow/serving have them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2

__all__ = ["batching_parameters", "monitoring_config"]

_FILE = "plumbline_tests/serving_configuration.proto"
_PACKAGE = "plumbline_tests"
_TYPES = {
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
}
_INT64, _STRING = ".google.protobuf.Int64Value", ".google.protobuf.StringValue"
_MESSAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "BatchingParameters": (
        ("max_batch_size", _INT64),
        ("batch_timeout_micros", _INT64),
        ("max_enqueued_batches", _INT64),
        ("num_batch_threads", _INT64),
        ("thread_pool_name", _STRING),
        ("allowed_batch_sizes", "repeated int64"),
        ("pad_variable_length_inputs", "bool"),
    ),
    "PrometheusConfig": (("enable", "bool"), ("path", "string")),
    "MonitoringConfig": (("prometheus_config", f".{_PACKAGE}.PrometheusConfig"),),
}
"""Message -> its fields and their types, numbered from 1."""


def batching_parameters() -> Any:
    """An empty `tensorflow.serving.BatchingParameters`."""
    return _new("BatchingParameters")


def monitoring_config() -> Any:
    """An empty `tensorflow.serving.MonitoringConfig`."""
    return _new("MonitoringConfig")


def _new(name: str) -> Any:
    descriptor = _pool().FindMessageTypeByName(f"{_PACKAGE}.{name}")
    return message_factory.GetMessageClass(descriptor)()


@cache
def _pool() -> Any:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name=_FILE, package=_PACKAGE, syntax="proto3")
    file.dependency.append("google/protobuf/wrappers.proto")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field_name, kind) in enumerate(fields, start=1):
            field = message.field.add(name=field_name, number=number)
            _set_type(field, kind)
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _set_type(field: Any, kind: str) -> None:
    repeated, _, name = kind.rpartition(" ")
    is_repeated = repeated == "repeated"
    field.label = field.LABEL_REPEATED if is_repeated else field.LABEL_OPTIONAL
    if name in _TYPES:
        field.type = _TYPES[name]
    else:
        field.type = field.TYPE_MESSAGE
        field.type_name = name
