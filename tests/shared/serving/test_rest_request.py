from __future__ import annotations

import json

import numpy as np

from shared.contract import Rows
from shared.serving.rest_request import as_json_value, find_binary, predict_request


def test_one_input_is_a_plain_list_of_values() -> None:
    assert predict_request({"text": np.asarray(["good", "bäd"], dtype=object)}) == {
        "instances": ["good", "bäd"]
    }


def test_several_inputs_are_a_list_of_objects() -> None:
    wire: Rows = {
        "b": np.asarray([[1.5, 2.0]], dtype=np.float32),
        "a": np.asarray([3], dtype=np.int64),
    }
    assert predict_request(wire) == {"instances": [{"a": 3, "b": [1.5, 2.0]}]}


def test_input_named_bytes_is_base64_even_where_it_would_read_as_text() -> None:
    assert predict_request({"image_bytes": np.asarray([b"abc"], dtype=object)}) == {
        "instances": [{"b64": "YWJj"}]
    }


def test_bytes_that_are_no_text_are_base64_whatever_their_name() -> None:
    assert predict_request({"wav": np.asarray([b"\xff\xd8"], dtype=object)}) == {
        "instances": [{"b64": "/9g="}]
    }


def test_one_row_that_is_no_text_makes_its_input_binary() -> None:
    wire: Rows = {
        "wav": np.asarray([b"RIFF", b"\xff"], dtype=object),
        "note": np.asarray(["a", "b"], dtype=object),
    }
    assert find_binary(wire) == {"wav"}


def test_float32_is_written_in_the_fewest_digits_and_reads_back_as_the_same_number() -> None:
    values = np.random.default_rng(0).normal(size=50).astype(np.float32)
    text = json.dumps(as_json_value(values))
    np.testing.assert_array_equal(np.asarray(json.loads(text), dtype=np.float32), values)
    assert json.dumps(as_json_value(np.float32(0.1))) == "0.1"


def test_integers_stay_integers_because_servers_refuse_decimals_for_them() -> None:
    assert json.dumps(as_json_value(np.asarray([[1, 2]], dtype=np.uint8))) == "[[1, 2]]"
