from __future__ import annotations

import numpy as np

from shared.monitoring.input_columns import describe_inputs


def _described(
    wire: dict[str, np.ndarray], decoded: dict[str, np.ndarray]
) -> dict[str, list[float]]:
    names = {"window": ("load", "heat")}
    return {one.name: one.values.tolist() for one in describe_inputs(wire, decoded, names)}


def test_texts_files_and_columns_have_sizes() -> None:
    wire = {
        "text": np.array(["two words", "x!"], dtype=object),
        "image": np.array([b"123", b""], dtype=object),
        "beside": np.array([["a", ""], ["bcd", "e"]], dtype=object),
    }
    found = _described(wire, {})
    assert found["text: words"] == [2.0, 1.0]
    np.testing.assert_allclose(found["text: share of other characters"], [1.0 / 9.0, 0.5])
    assert found["image: bytes"] == [3.0, 0.0]
    assert found["1: characters"] == [0.0, 1.0]


def test_numbers_are_described_by_channel_without_what_is_missing() -> None:
    window = np.zeros((2, 4, 2))
    window[0, :, 0] = [1.0, 3.0, np.nan, np.nan]
    window[1] = np.nan
    found = _described({}, {"window": window})
    assert found["window load: mean"][0] == 2.0
    assert found["window load: spread"][0] == 1.0
    assert found["window heat: share missing or 0"] == [1.0, 1.0]
    assert np.isnan(found["window load: mean"][1])


def test_a_row_is_described_the_same_whatever_rows_are_beside_it() -> None:
    sounds = np.random.default_rng(0).normal(size=(50, 4000)).astype(np.float32)
    together = _described({}, {"sound": sounds})
    alone = _described({}, {"sound": sounds[:1]})
    assert {name: values[:1] for name, values in together.items()} == alone
