from __future__ import annotations

import numpy as np
import pytest

from shared.loading.text_columns import as_column, as_text


@pytest.mark.parametrize("like", [b"x", "x"])
def test_texts_take_the_form_of_the_column(like: str | bytes) -> None:
    column = as_column(["caf\u00e9", ""], like=np.array([like], dtype=object))
    assert {type(value) for value in column.tolist()} == {type(like)}
    assert [as_text(value) for value in column.tolist()] == ["caf\u00e9", ""]


def test_bytes_that_are_no_text_survive() -> None:
    text = as_text(b"caf\xe9")
    assert as_column([text], like=np.array([b""], dtype=object))[0] == b"caf\xe9"
