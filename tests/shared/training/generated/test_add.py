from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from pipelines.medical_imaging import PIPELINE
from shared.config.sources import resolve_config
from shared.contract import UNKNOWN, Examples, GeneratedRows, Rows, Splits
from shared.errors import DataError
from shared.run.artefacts.data.synthetic import SyntheticRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.training.generated.add import add_generated
from tests.shared.training.mitigation.test_mitigate import splits as make_splits

_NUMBERS = np.random.default_rng(1).normal(size=(200, 60)).astype(np.float32)


def _wire(values: NDArray[np.float32]) -> Callable[[NDArray[np.int64]], Rows]:
    files = np.empty(len(values), dtype=object)
    for place, one in enumerate(values):
        files[place] = one.tobytes()
    return lambda indices: {"bytes": files[indices]}


def _numbers(wire: Rows) -> NDArray[np.float32]:
    return np.stack([np.frombuffer(one, np.float32) for one in wire["bytes"]])


def _splits() -> Splits:
    plain = make_splits()
    parts: dict[str, Any] = {}
    for place, (name, part) in enumerate(plain.by_split().items()):
        values = _NUMBERS[: len(part)] + np.float32(place)
        parts[name] = replace(part, rows=_wire(values))
    return replace(plain, **parts)


class _Maker:
    """Rows near `source` of the training split; counts how often it is asked."""

    def __init__(self, noise: float) -> None:
        self.noise = noise
        self.asked = 0

    def __call__(self, config: Any, train: Examples, target: Any) -> GeneratedRows:
        del config, target
        self.asked += 1
        generator = np.random.default_rng(2)
        values = _numbers(train.rows(np.arange(12)))
        if self.noise > 1.0:
            values = generator.normal(size=values.shape).astype(np.float32)
        values = (values + 0.01 * generator.normal(size=values.shape)).astype(np.float32)
        ids = np.array([f"synthetic-{number}" for number in range(12)])
        groups = pd.DataFrame({name: [UNKNOWN] * 12 for name in train.groups})
        made = Examples(ids, ids, np.ones(12, np.int64), groups, _wire(values))
        return GeneratedRows(made, "a test", _numbers, _numbers, 0.05, "Use another.")


def _context(folder: Path, maker: Any) -> StageContext:
    config = resolve_config(
        PIPELINE.config_type,
        Path(__file__).parents[4] / "pipelines" / "medical_imaging" / "presets",
        "smoke",
        [],
    )
    pipeline = replace(PIPELINE, generate=maker)
    return StageContext(pipeline, config, RunDirectory(folder), SilentProgress(), _splits)


def test_copies_of_training_rows_stop_the_run_and_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"12 of 12 rows.*\(100.0%\).*allowed are 5.0% more.*Use another"
    ):
        add_generated(_context(tmp_path, _Maker(0.0)), _splits())
    assert not list(tmp_path.iterdir())


def test_new_rows_are_recorded_beside_what_recorded_rows_reach(tmp_path: Path) -> None:
    splits = _splits()
    made = add_generated(_context(tmp_path, _Maker(2.0)), splits)
    assert made is not None
    record = SyntheticRecord.read(RunDirectory(tmp_path))
    assert (record.num_real, record.num_synthetic) == (len(splits.train), 12)
    assert record.copies.value is not None and record.copies.value <= 0.05
    assert [one.num_synthetic for one in record.classes] == [0, 12]
    assert all(row.nearest in splits.train.ids for row in record.shown)


def test_rows_are_made_once_and_read_back_the_same(tmp_path: Path) -> None:
    maker = _Maker(2.0)
    first, second = (add_generated(_context(tmp_path, maker), _splits()) for _ in range(2))
    assert first is not None and second is not None
    assert maker.asked == 1
    every = np.arange(12)
    assert first.rows(every)["bytes"].tolist() == second.rows(every)["bytes"].tolist()
    assert first.fingerprint() == second.fingerprint()


def test_other_settings_make_them_anew_and_none_removes_them(tmp_path: Path) -> None:
    maker = _Maker(2.0)
    context = _context(tmp_path, maker)
    add_generated(context, _splits())
    seeded = context.config.train.model_copy(update={"seed": 9})
    other = context.config.model_copy(update={"train": seeded})
    add_generated(replace(context, config=other), _splits())
    assert maker.asked == 2
    none = replace(context, pipeline=replace(PIPELINE, generate=lambda *_: None))
    assert add_generated(none, _splits()) is None
    assert not (tmp_path / "synthetic.json").exists()
    assert not (tmp_path / "synthetic").exists()
