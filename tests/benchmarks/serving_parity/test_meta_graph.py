from __future__ import annotations

from tensorflow.core.protobuf.meta_graph_pb2 import MetaGraphDef

from benchmarks.serving_parity.meta_graph import TensorPlace, read_endpoints


def described() -> MetaGraphDef:
    graph = MetaGraphDef()
    graph.meta_info_def.tensorflow_version = "x" * 300
    one = graph.signature_def["one"]
    one.inputs["text"].name = "in/text:0"
    one.inputs["text"].dtype = 7
    one.inputs["text"].tensor_shape.dim.add(size=-1)
    one.outputs["error"].name = "call:12"
    one.outputs["error"].dtype = 7
    graph.signature_def["__saved_model_init_op"].outputs["init"].name = "NoOp"
    return graph


def test_signatures_are_read_as_the_stubs_write_them() -> None:
    found = read_endpoints(described().SerializeToString())
    assert found.keys() == {"one"}
    assert found["one"].inputs == {"text": TensorPlace("in/text", 0, 7)}
    assert found["one"].outputs == {"error": TensorPlace("call", 12, 7)}
