from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shared.errors import UserError
from shared.run.context import StageContext
from shared.run.progress import SilentProgress
from shared.serving.batch.finishing import merge_shards
from shared.serving.batch.journal import read_state
from shared.serving.batch.scoring import score_inputs
from shared.serving.batch.shards import BLOCK_ROWS, Shard

NUM_ROWS = 2 * BLOCK_ROWS + 100


class _Stopping(SilentProgress):
    """Asks to stop once a block is written."""

    def update(self, done: int, total: int, note: str = "") -> None:
        raise KeyboardInterrupt


@pytest.fixture
def windows(tmp_path: Path) -> Path:
    """A table of two blocks and a bit; one row has no finite answer."""
    path = tmp_path / "windows.csv"
    values = np.random.default_rng(0).uniform(0, 23, (NUM_ROWS, 17))
    values[1500, 5] = np.inf
    np.savetxt(path, values, delimiter=",", fmt="%.3f")
    return path


def _stop_after_a_block(context: StageContext, source: Path, output: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        score_inputs(replace(context, progress=_Stopping()), source, output)


def _append_garbage(part: Path) -> None:
    with part.open("ab") as stream:
        stream.write(b"half a li")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_stopped_result_goes_on_to_the_bytes_of_one_made_in_one_go(
    forecast_alone: StageContext, windows: Path, tmp_path: Path, suffix: str
) -> None:
    whole = tmp_path / f"whole{suffix}"
    output = tmp_path / f"scores{suffix}"
    part = tmp_path / f"scores{suffix}.part"
    score_inputs(forecast_alone, windows, whole)
    _stop_after_a_block(forecast_alone, windows, output)
    assert not output.exists()
    _append_garbage(part)  # as a kill -9 leaves it
    summary = score_inputs(forecast_alone, windows, output, resume=True)
    assert output.read_bytes() == whole.read_bytes()
    assert summary is not None
    assert (summary.num_inputs, summary.num_errors) == (NUM_ROWS, 1)
    assert sorted(path.name for path in tmp_path.glob("scores*")) == [output.name]


def test_resuming_scores_only_what_is_left(
    forecast_alone: StageContext, windows: Path, tmp_path: Path
) -> None:
    output = tmp_path / "scores.csv"
    _stop_after_a_block(forecast_alone, windows, output)
    part = tmp_path / "scores.csv.part"
    marked = part.read_bytes().replace(b"windows.csv:2,", b"kept by hand:,", 1)
    part.write_bytes(marked)
    score_inputs(forecast_alone, windows, output, resume=True)
    assert b"kept by hand" in output.read_bytes()


def test_a_part_is_never_replaced_unasked(
    forecast_alone: StageContext, windows: Path, tmp_path: Path
) -> None:
    output = tmp_path / "scores.csv"
    _stop_after_a_block(forecast_alone, windows, output)
    with pytest.raises(UserError, match=r"holds 1,024 rows .* Go on with --resume, or remove"):
        score_inputs(forecast_alone, windows, output)


def test_with_nothing_to_resume_all_is_scored(
    forecast_alone: StageContext, windows: Path, tmp_path: Path
) -> None:
    score_inputs(forecast_alone, windows, tmp_path / "scores.csv", resume=True)
    assert len((tmp_path / "scores.csv").read_text().splitlines()) == NUM_ROWS + 1


def _change_input(context: StageContext, windows: Path) -> StageContext:
    with windows.open("a") as stream:
        stream.write(windows.read_text().splitlines()[0] + "\n")
    return context


def _change_setting(context: StageContext, windows: Path) -> StageContext:
    del windows
    data = context.config.data.model_copy(update={"max_quarantine_share": 0.5})
    return replace(context, config=context.config.model_copy(update={"data": data}))


@pytest.mark.parametrize(
    ("change", "said"),
    [(_change_input, "the input is not"), (_change_setting, "a setting under data is not")],
)
def test_what_was_begun_with_something_else_is_not_continued(
    forecast_alone: StageContext,
    windows: Path,
    tmp_path: Path,
    change: Callable[[StageContext, Path], StageContext],
    said: str,
) -> None:
    output = tmp_path / "scores.csv"
    _stop_after_a_block(forecast_alone, windows, output)
    with pytest.raises(UserError, match=f"can't be continued: {said} what it was begun with"):
        score_inputs(change(forecast_alone, windows), windows, output, resume=True)


def test_another_model_does_not_continue(
    forecast_alone: StageContext, windows: Path, tmp_path: Path
) -> None:
    output = tmp_path / "scores.csv"
    _stop_after_a_block(forecast_alone, windows, output)
    state = tmp_path / "scores.csv.part.json"
    found = read_state(tmp_path / "scores.csv.part")
    assert found is not None
    state.write_text(state.read_text().replace(found.identity.model, "0" * 64))
    with pytest.raises(UserError, match="the model is not what it was begun with"):
        score_inputs(forecast_alone, windows, output, resume=True)


def test_a_part_that_was_cut_is_refused(
    forecast_alone: StageContext, windows: Path, tmp_path: Path
) -> None:
    _stop_after_a_block(forecast_alone, windows, tmp_path / "scores.csv")
    (tmp_path / "scores.csv.part").write_bytes(b"id")
    with pytest.raises(UserError, match=r"it was cut\. Remove both"):
        score_inputs(forecast_alone, windows, tmp_path / "scores.csv", resume=True)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_shards_become_the_bytes_of_the_whole(
    forecast_alone: StageContext, windows: Path, tmp_path: Path, suffix: str
) -> None:
    whole = tmp_path / f"whole{suffix}"
    output = tmp_path / f"scores{suffix}"
    score_inputs(forecast_alone, windows, whole)
    for number in (3, 1, 2):
        with pytest.raises(UserError, match=r"there is no shard|shards are missing"):
            merge_shards(forecast_alone, output)
        score_inputs(forecast_alone, windows, output, shard=Shard(number, 3))
    summary = merge_shards(forecast_alone, output)
    assert output.read_bytes() == whole.read_bytes()
    assert (summary.num_inputs, summary.num_errors) == (NUM_ROWS, 1)
    assert sorted(path.name for path in tmp_path.glob("scores*")) == [output.name]


def test_a_shard_that_is_not_whole_is_not_merged(
    forecast_alone: StageContext, windows: Path, tmp_path: Path
) -> None:
    output = tmp_path / "scores.csv"
    stopping = replace(forecast_alone, progress=_Stopping())
    with pytest.raises(KeyboardInterrupt):
        score_inputs(stopping, windows, output, shard=Shard(1, 2))
    score_inputs(forecast_alone, windows, output, shard=Shard(2, 2))
    with pytest.raises(UserError, match=r"not whole yet \(1,024 rows\).*--shard 1/2 --resume"):
        merge_shards(forecast_alone, output)
    score_inputs(forecast_alone, windows, output, shard=Shard(1, 2), resume=True)
    _append_garbage(tmp_path / "scores.csv.shard-2-of-2.part")
    with pytest.raises(UserError, match="bytes instead of"):
        merge_shards(forecast_alone, output)
    assert not output.exists()


def test_shards_of_two_numbers_are_not_mixed(
    forecast_alone: StageContext, windows: Path, tmp_path: Path
) -> None:
    output = tmp_path / "scores.csv"
    score_inputs(forecast_alone, windows, output, shard=Shard(2, 2))
    with pytest.raises(UserError, match="was begun in 2 shards, and this is one of 3"):
        score_inputs(forecast_alone, windows, output, shard=Shard(1, 3))
    with pytest.raises(UserError, match=r"was begun in 2 shards or with --workers 2"):
        score_inputs(forecast_alone, windows, output)
