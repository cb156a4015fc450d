from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.config import DataConfig, RunConfig
from shared.contract import Splits
from shared.datasheet.datasheet import make_datasheet
from shared.datasheet.leakage import refuse_leaks
from shared.errors import DataError
from shared.loading.record import data_stage
from shared.loading.source import check_splits
from shared.run.artefacts.data.datasheet import CategoriesDatasheet
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from tests.shared.datasheet.invented import (
    Part,
    encode_image,
    encode_sound,
    forecast_splits,
    make_image,
    make_sound,
    make_splits,
)


def leaky(content: Any) -> Splits:
    half = len(content) // 2
    return make_splits(
        Part([content, content[:half]], [0, 1]), Part([content[:-3]], [1]), Part([content], [0])
    )


def context(folder: Path, splits: Splits, *, allow: bool) -> StageContext:
    config = RunConfig(data=DataConfig(allow_leakage=allow))
    unused: Any = None
    return StageContext(unused, config, RunDirectory(folder), SilentProgress(), lambda: splits)


def overlapping_forecasts() -> Splits:
    splits = forecast_splits()
    assert splits.val.forecast is not None
    earlier = replace(
        splits.val.forecast, starts=splits.val.forecast.starts - np.timedelta64(3600, "s")
    )
    return replace(
        splits,
        val=replace(splits.val, forecast=earlier, entities=np.char.add("v", splits.val.entities)),
    )


@pytest.mark.parametrize(
    "content",
    ["a very short review", encode_image(make_image(0)), encode_sound(make_sound(0))],
    ids=["text", "image", "sound"],
)
def test_a_seeded_leak_stops_the_data_stage_and_writes_nothing(
    tmp_path: Path, content: Any
) -> None:
    with pytest.raises(
        DataError,
        match=(
            r"1 example of 'test' also in 'train'.*'test0', which equals"
            r" 'train0'.*data\.allow_leakage=true"
        ),
    ):
        data_stage(context(tmp_path / "run", leaky(content), allow=False))
    assert not (tmp_path / "run").exists()


def test_a_seeded_leak_in_time_is_refused() -> None:
    with pytest.raises(
        DataError,
        match=(
            "Targets of 'train' reach 2024-01-02T15:00:00, but those of 'val' begin at"
            " 2024-01-02T15:00:00"
        ),
    ):
        refuse_leaks(make_datasheet(overlapping_forecasts()))


def test_an_accepted_leak_is_recorded(tmp_path: Path) -> None:
    run = context(tmp_path, leaky("a very short review"), allow=True)
    data_stage(run)
    leakage = run.run.read_json("data.json", maker="data")["datasheet"]["leakage"]
    assert leakage["allowed"] is True
    assert len(leakage["reasons"]) == 1


def test_the_data_stage_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    train, val, test = (Part([f"{name} one", f"{name} two"], [0, 1]) for name in ("a", "b", "c"))
    splits = make_splits(train, val, test)
    for folder in ("first", "second"):
        data_stage(context(tmp_path / folder, splits, allow=False))
    assert (tmp_path / "first/data.json").read_bytes() == (
        tmp_path / "second/data.json"
    ).read_bytes()


def test_a_shared_entity_passes_the_checks_only_if_leaks_are_accepted() -> None:
    splits = make_splits(
        Part(["a", "b"], [0, 1]), Part(["c"], [1]), Part(["d"], [0], entities=["train-0"])
    )
    check_splits(splits, batch_size=1, allow_leakage=True)
    with pytest.raises(DataError, match="Leak: 1 entities are in both 'train' and 'test'"):
        check_splits(splits, batch_size=1)


def test_overlapping_times_pass_the_checks_only_if_leaks_are_accepted() -> None:
    splits = overlapping_forecasts()
    check_splits(splits, batch_size=1, allow_leakage=True)
    with pytest.raises(DataError, match="Leak: targets of 'train' reach"):
        check_splits(splits, batch_size=1)


def test_of_synthetic_data_a_sample_is_read() -> None:
    read: list[int] = []
    train, val, test = (
        Part([f"{name} {row}" for row in range(500)], [0, 1] * 250) for name in ("a", "b", "c")
    )
    splits = make_splits(train, val, test)
    synthetic = replace(splits, provenance=replace(splits.provenance, synthetic=True))
    found = make_datasheet(synthetic, progress=lambda done, total: read.append(done))
    assert isinstance(found, CategoriesDatasheet)
    assert read[-1] == found.duplicates.num_compared == 400
