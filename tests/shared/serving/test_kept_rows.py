"""What `serve --log-inputs` keeps of models whose rows are no files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shared.errors import DataError
from shared.run.context import StageContext
from shared.serving.batch.scored_inputs import score_at_once
from shared.serving.kept_rows import holds_kept_rows, read_kept_rows, write_kept_rows


def test_rows_of_all_archives_come_back_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name, values in (("b.npz", [3.0]), ("a.npz", [1.0, np.nan])):
        write_kept_rows(tmp_path / name, {"x": np.asarray(values)})
    inputs = read_kept_rows(tmp_path)
    assert inputs.ids.tolist() == ["a.npz#0", "a.npz#1", "b.npz#0"]
    np.testing.assert_array_equal(inputs.rows(np.array([2, 1]))["x"], [3.0, np.nan])


def test_strings_keep_every_byte(tmp_path: Path) -> None:
    texts = np.asarray([[b"", b"a\x00"], [b"\x00", "wärm.".encode()]], object)
    write_kept_rows(tmp_path / "a.npz", {"text": texts, "hour": np.arange(2)})
    found = read_kept_rows(tmp_path / "a.npz").rows(np.arange(2))
    assert found["text"].tolist() == texts.tolist()


def test_a_folder_without_archives_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\n")
    assert not holds_kept_rows(tmp_path)
    assert not holds_kept_rows(tmp_path / "a.csv")


def test_what_is_damaged_or_of_another_model_is_named(tmp_path: Path) -> None:
    write_kept_rows(tmp_path / "a.npz", {"x": np.zeros((1, 2))})
    write_kept_rows(tmp_path / "b.npz", {"x": np.zeros((1, 3))})
    with pytest.raises(DataError, match=r"b\.npz: holds .*Keep rows of one model"):
        read_kept_rows(tmp_path)
    (tmp_path / "b.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:-20])
    with pytest.raises(DataError, match=r"b\.npz: is no archive"):
        read_kept_rows(tmp_path)
    np.savez(tmp_path / "b.npz", x=np.asarray([{}], object))  # a pickle is never opened
    with pytest.raises(DataError, match=r"b\.npz: is no archive"):
        read_kept_rows(tmp_path)


def test_kept_windows_are_scored_as_they_were_sent(
    forecast_alone: StageContext, tmp_path: Path
) -> None:
    values = np.random.default_rng(0).uniform(0, 23, (4, 17))
    np.savetxt(tmp_path / "windows.csv", values, delimiter=",", fmt="%.3f")
    sent = score_at_once(forecast_alone, tmp_path / "windows.csv")
    (tmp_path / "kept").mkdir()
    for row in range(4):
        tensors = sent.inputs.rows(np.array([row]))
        write_kept_rows(tmp_path / "kept" / f"{row}.npz", tensors)
    kept = score_at_once(forecast_alone, tmp_path / "kept")
    for row in range(4):
        expected = sent.answers[row]["forecast"]
        np.testing.assert_allclose(kept.answers[row]["forecast"], expected, rtol=1e-5)
