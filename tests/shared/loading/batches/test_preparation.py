from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from shared.contract import Examples, Rows
from shared.errors import ContractError
from shared.loading.batches.batching import prepare, validation_batches
from shared.loading.batches.preparation import Preparation
from shared.loading.batches.prepared_cache import PreparedCache
from shared.run.progress import SilentProgress
from shared.targets import Categories

WORDS = np.array([f"word {index}" * (index % 3 + 1) for index in range(600)])


def texts(rows: Callable[[NDArray[np.int64]], Rows] | None = None) -> Examples:
    names = np.arange(len(WORDS)).astype(np.str_)
    targets = np.arange(len(WORDS)) % 2
    return Examples(
        names,
        names,
        targets,
        pd.DataFrame(index=range(len(WORDS))),
        rows or (lambda indices: {"text": WORDS[indices]}),
    )


def identity(name: str) -> keras.Model:
    text = keras.Input((), dtype="string", name="text")
    return keras.Model({"text": text}, {"text": keras.layers.Identity()(text)}, name=name)


@pytest.mark.parametrize(("limit_mib", "place"), [(1, "memory"), (0, "source")])
def test_texts_are_batched_as_they_are_and_said_not_to_be_on_disk(
    tmp_path: Path, limit_mib: int, place: str
) -> None:
    lines: list[str] = []

    class Listener(SilentProgress):
        def log(self, message: str) -> None:
            lines.append(message)

    part = prepare(
        texts(),
        Categories(names=("a", "b")),
        identity("decode"),
        identity("preprocess"),
        cache_limit_mib=limit_mib,
        progress=Listener(),
        cache=PreparedCache(tmp_path, 2**20, "texts"),
    )
    assert part.place == place
    found = [
        text.decode()
        for features, _ in validation_batches(part, batch_size=64)
        for text in features["text"].numpy()
    ]
    assert found == WORDS.tolist()
    assert (
        lines[0]
        == "not kept on disk: the prepared examples hold texts, whose size differs from row to row"
    )


def test_texts_count_with_the_bytes_they_have() -> None:
    mean = np.mean([len(word) for word in WORDS[:256]])
    assert Preparation(
        texts(), identity("decode"), identity("preprocess")
    ).row_bytes == pytest.approx(mean)


def test_a_tensor_of_open_shape_is_refused() -> None:
    values = keras.Input((None,), name="values")
    open_shape = keras.Model({"values": values}, {"values": keras.layers.Identity()(values)})
    with pytest.raises(ContractError, match=r"one shape for all rows; 'values' is .*Pad or cut it"):
        Preparation(texts(), open_shape, open_shape)


def test_an_error_of_the_source_comes_through_the_reader_ahead() -> None:
    def rows(indices: NDArray[np.int64]) -> dict[str, Any]:
        if indices[0] > 0:
            raise ContractError(f"row {indices[0]} is gone")
        return {"text": WORDS[indices]}

    preparation = Preparation(texts(rows), identity("decode"), identity("preprocess"))
    with pytest.raises(ContractError, match="row 256 is gone"):
        list(preparation.chunks(SilentProgress()))
