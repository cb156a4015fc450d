from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from shared.errors import UserError
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.serving.publishing.prediction_log import prediction_log_type
from shared.serving.publishing.warm_up import (
    WARM_UP,
    prepare_warm_up,
    read_warm_up,
    warm_up_row,
)


@pytest.fixture
def version(exported: StageContext, tmp_path: Path) -> Path:
    folder = tmp_path / "1"
    shutil.copytree(exported.run / "saved_model/1", folder)
    (folder / "assets.extra").mkdir()
    return folder


def test_requests_are_those_of_the_example_and_the_graph_answers_them(
    version: Path, exported: StageContext
) -> None:
    signature = SignatureRecord.read(exported.run)
    prepare_warm_up(version, signature, (1, 3))
    requests = read_warm_up(version / "assets.extra" / WARM_UP)
    row = warm_up_row(signature)
    for size, request in zip((1, 3), requests, strict=True):
        assert request.keys() == row.keys()
        for name, values in request.items():
            np.testing.assert_array_equal(values, np.repeat(row[name], size, axis=0))


def test_other_weights_than_the_signature_says_are_refused(
    version: Path, exported: StageContext
) -> None:
    signature = SignatureRecord.read(exported.run).model_copy(update={"weights_sha256": "0"})
    with pytest.raises(UserError, match="other weights"):
        prepare_warm_up(version, signature, (1,))


def test_without_an_example_rows_are_blank(exported: StageContext) -> None:
    signature = SignatureRecord.read(exported.run)
    row = warm_up_row(signature.model_copy(update={"example": None}))
    for described in signature.signatures["serving_default"].inputs:
        assert len(row[described.name]) == 1
        assert not row[described.name].any()


def test_the_bytes_are_those_of_tensorflow_serving() -> None:
    """Field numbers as in its .proto files: 6 predict_log, 1 request, 1 model_spec, 2 inputs."""
    log = prediction_log_type()()
    request = log.predict_log.request
    request.model_spec.name = "m"
    request.model_spec.signature_name = "s"
    tensor = tf.make_tensor_proto([1])
    request.inputs["a"].CopyFrom(tensor)
    content = tensor.SerializeToString()
    spec = b"\x0a\x01m\x1a\x01s"
    entry = b"\x0a\x01a\x12" + bytes([len(content)]) + content
    inner = b"\x0a" + bytes([len(spec)]) + spec + b"\x12" + bytes([len(entry)]) + entry
    outer = b"\x0a" + bytes([len(inner)]) + inner
    assert log.SerializeToString() == b"\x32" + bytes([len(outer)]) + outer
