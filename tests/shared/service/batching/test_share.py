from __future__ import annotations

import json

import numpy as np
import pytest

from shared.service.batching.share import BatchOutputs, Share
from shared.service.rest.json_answer import answer_json
from shared.service.status import RequestError
from shared.service.wire.tensors import Arrays

OUTPUTS = {
    "share": np.asarray([0.1, np.nan, 0.3, 0.7], np.float32),
    "name": np.asarray([b"a", b"b", b"\xff", b"d"], object),
    "in_set": np.arange(8, dtype=np.int32).reshape(4, 2),
}


def test_a_share_is_its_rows_of_every_output() -> None:
    share = Share(BatchOutputs(OUTPUTS, 4), 1, 3)
    assert sorted(share) == sorted(OUTPUTS)
    assert len(share) == 3
    assert share["in_set"].tolist() == [[2, 3], [4, 5]]


def test_what_is_said_of_rows_is_made_once_for_the_whole_batch() -> None:
    asked: list[Arrays] = []

    def say(outputs: Arrays) -> list[str]:
        asked.append(outputs)
        return [f"row {row}" for row in range(4)]

    batch = BatchOutputs(OUTPUTS, 4)
    assert Share(batch, 0, 1).said(say) == ["row 0"]
    assert Share(batch, 1, 4).said(say) == ["row 1", "row 2", "row 3"]
    assert len(asked) == 1


@pytest.mark.parametrize("is_rows", [True, False])
def test_a_request_reads_the_same_alone_and_in_a_batch(is_rows: bool) -> None:
    batch = BatchOutputs(OUTPUTS, 4)
    for start, end in ((0, 1), (1, 3), (3, 4)):
        alone = {name: array[start:end] for name, array in OUTPUTS.items()}
        expected = answer_json(alone, is_rows=is_rows)
        assert answer_json(Share(batch, start, end), is_rows=is_rows) == expected


def test_how_many_digits_a_request_gets_is_not_its_neighbours_doing() -> None:
    values = np.full((4, 600), 0.1, np.float32)
    batch = BatchOutputs({"x": values}, 4)
    (few,) = json.loads(answer_json(Share(batch, 0, 1), is_rows=True))["predictions"]
    many = json.loads(answer_json(Share(batch, 1, 4), is_rows=True))["predictions"]
    assert set(few) == {0.1}
    assert {one for row in many for one in row} == {float(np.float32(0.1))}


def test_a_share_without_rows_is_refused_as_a_request_alone_is() -> None:
    with pytest.raises(RequestError, match="invalid batch size: 0"):
        answer_json(Share(BatchOutputs(OUTPUTS, 4), 2, 2), is_rows=True)
