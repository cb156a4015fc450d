from __future__ import annotations

import json
import re

import numpy as np

from shared.serving.rest_request import predict_request
from tests.architecture.source_tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "serving.md").read_text(encoding="utf-8")
TEXT = "A warm, clever film."


def test_the_body_of_the_shown_request_is_what_we_send() -> None:
    (body,) = re.findall(r"sentiment:predict -d '(.*)'", PAGE)
    assert json.loads(body) == predict_request({"text": np.array([TEXT], dtype=object)})


def test_files_are_sent_as_the_page_says() -> None:
    sent = predict_request({"wav": np.array([b"RIFF\xff"], dtype=object)})
    assert list(sent["instances"][0]) == ["b64"]
    assert '`wav`: a WAV file, 16-bit PCM, plain or extensible | `{"b64": "…"}`' in PAGE


def test_several_inputs_are_sent_as_the_page_says() -> None:
    numbers = np.zeros((1, 2, 3), dtype=np.float32)
    sent = predict_request({"window": numbers, "future": numbers})
    assert set(sent["instances"][0]) == {"window", "future"}
    assert '`{"window": [[…]], "future": [[…]]}`' in PAGE
