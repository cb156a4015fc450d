"""The stubs of `tensorflow-serving-api`, which are not ours, against the door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
import tensorflow as tf
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

from shared.errors import UserError
from shared.service.rpc.door import open_door
from tests.shared.service.fake_service import FakeSource, opener

TOKEN = "correct horse battery staple"  # noqa: S105 - of a test


class Stubs:
    """Both services over one channel."""

    def __init__(self, channel: Any) -> None:
        self.predictions = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(channel)


def talk(scenario: Callable[[Stubs], Awaitable[None]], token: str | None = None) -> None:
    async def run() -> None:
        async with (
            opener(FakeSource())() as service,
            open_door(service, "127.0.0.1", 0, token=token, drain_seconds=1.0) as port,
            grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
        ):
            await scenario(Stubs(channel))

    asyncio.run(run())


def predict_request(model: str, **inputs: Any) -> predict_pb2.PredictRequest:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return request


async def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as raised:
        await call
    error: Any = raised.value
    return error.code().name, error.details()


def test_predictions_have_all_outputs_or_those_that_are_asked_for() -> None:
    async def scenario(stubs: Stubs) -> None:
        request = predict_request("words", text=[b"good", b"\xff"])
        request.model_spec.version_label = "stable"
        response = await stubs.predictions.Predict(request)
        assert response.model_spec.version.value == 1
        assert response.model_spec.signature_name == "serving_default"
        assert tf.make_ndarray(response.outputs["class_name"]).tolist() == [b"good", b"bad"]
        assert tf.make_ndarray(response.outputs["text_bytes"]).tolist() == [b"good", b"\xff"]
        request.output_filter.append("error")
        assert set((await stubs.predictions.Predict(request)).outputs) == {"error"}

    talk(scenario)


def test_numbers_come_in_as_lists_and_as_content() -> None:
    async def scenario(stubs: Stubs) -> None:
        request = predict_request("numbers", hour=tf.constant([3], tf.int32), window=[[1.5, 2.0]])
        response = await stubs.predictions.Predict(request)
        assert tf.make_ndarray(response.outputs["sum"]).tolist() == [6.5]
        listed = request.inputs["window"]
        listed.ClearField("tensor_content")
        listed.float_val.append(4.0)  # fewer than the shape has: the last one is repeated
        response = await stubs.predictions.Predict(request)
        assert tf.make_ndarray(response.outputs["sum"]).tolist() == [11.0]

    talk(scenario)


def test_requests_that_are_refused_have_the_codes_of_tensorflow_serving() -> None:
    async def scenario(stubs: Stubs) -> None:
        ask = stubs.predictions.Predict
        code, text = await refusal(ask(predict_request("none", text=["a"])))
        assert (code, text) == ("NOT_FOUND", "Servable not found for request: Latest(none)")
        code, text = await refusal(ask(predict_request("numbers", window=[[1.0, 2.0]])))
        assert code == "INVALID_ARGUMENT"
        assert text == (
            "input size does not match signature: 1!=2 len({window}) != len({hour,window}). Sent"
            " extra: {}. Missing but required: {hour}."
        )
        request = predict_request("words", text=["a"])
        request.model_spec.signature_name = "s"
        assert await refusal(ask(request)) == (
            "FAILED_PRECONDITION",
            'Serving signature key "s" not found.',
        )
        code, _ = await refusal(ask(predict_request("words", text=[1.5])))
        assert code == "INVALID_ARGUMENT"
        code, text = await refusal(ask(predict_pb2.PredictRequest()))
        assert (code, text) == ("INVALID_ARGUMENT", "Missing ModelSpec")
        huge = predict_request("numbers", hour=tf.constant([1], tf.int32), window=[[1.0, 2.0]])
        huge.inputs["window"].tensor_shape.dim[0].size = 2**40
        code, text = await refusal(ask(huge))
        assert code == "INVALID_ARGUMENT"
        assert "is not one of at most" in text

    talk(scenario)


def test_classify_and_regress_say_what_the_signature_is() -> None:
    async def scenario(stubs: Stubs) -> None:
        classify = classification_pb2.ClassificationRequest()
        classify.model_spec.name = "words"
        code, text = await refusal(stubs.predictions.Classify(classify))
        assert code == "INVALID_ARGUMENT"
        assert text.endswith("tensorflow/serving/classify. Was: tensorflow/serving/predict")
        regress = regression_pb2.RegressionRequest()
        regress.model_spec.name = "words"
        code, text = await refusal(stubs.predictions.Regress(regress))
        assert text.startswith("Expected regression signature method_name to be")

    talk(scenario)


def test_metadata_and_status_are_those_of_the_stubs() -> None:
    async def scenario(stubs: Stubs) -> None:
        request = get_model_metadata_pb2.GetModelMetadataRequest()
        request.model_spec.name = "words"
        code, _ = await refusal(stubs.predictions.GetModelMetadata(request))
        assert code == "INVALID_ARGUMENT"
        request.metadata_field.append("signature_def")
        response = await stubs.predictions.GetModelMetadata(request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        assert response.metadata["signature_def"].Unpack(signatures)
        assert signatures.signature_def["scores"].inputs["text"].dtype == tf.string
        asked = get_model_status_pb2.GetModelStatusRequest()
        asked.model_spec.name = "words"
        (status,) = (await stubs.models.GetModelStatus(asked)).model_version_status
        assert (status.version, status.state) == (1, status.AVAILABLE)

    talk(scenario)


def test_the_token_is_asked_for_here_too() -> None:
    async def scenario(stubs: Stubs) -> None:
        ask = stubs.predictions.Predict
        request = predict_request("words", text=["good"])
        assert (await refusal(ask(request)))[0] == "UNAUTHENTICATED"
        wrong = (("authorization", "Bearer wrong"),)
        assert (await refusal(ask(request, metadata=wrong)))[0] == "UNAUTHENTICATED"
        await ask(request, metadata=(("authorization", f"Bearer {TOKEN}"),))

    talk(scenario, TOKEN)


def test_a_port_that_is_taken_is_named() -> None:
    async def scenario() -> None:
        async with (
            opener(FakeSource())() as service,
            open_door(service, "127.0.0.1", 0, token=None, drain_seconds=1.0) as port,
        ):
            with pytest.raises(UserError, match="--grpc-port"):
                async with open_door(service, "127.0.0.1", port, token=None, drain_seconds=1.0):
                    pass

    asyncio.run(scenario())
