from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from shared.errors import UserError
from shared.service.telemetry.request_log import RequestLog, hash_rows


def test_the_hash_of_one_string_is_that_of_the_file() -> None:
    found = hash_rows({"text": np.asarray([b"a", b"b"], object)})
    assert found == [hashlib.sha256(one).hexdigest() for one in (b"a", b"b")]


def test_rows_of_several_tensors_differ_where_any_of_them_does() -> None:
    window = np.asarray([[1.0], [1.0], [2.0]], np.float32)
    hour = np.asarray([1, 2, 1], np.int32)
    assert len(set(hash_rows({"window": window, "hour": hour}))) == 3
    again = hash_rows({"hour": hour, "window": window})
    assert again == hash_rows({"window": window, "hour": hour})


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Choose another place"):
        RequestLog(tmp_path / "missing" / "log")
