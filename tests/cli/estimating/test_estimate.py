from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cli.estimating.estimate import Estimate, estimate_cost, refuse_what_cannot_fit
from cli.estimating.machine import Machine, read_machine
from cli.estimating.source_size import count_files, count_rows
from pipelines import get_pipeline, presets_folder
from shared.config.sources import resolve_config
from shared.errors import ConfigError

MACHINE = Machine(memory_mib=16_384, num_cores=2, slowness=1.0)


@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv", "rows.jsonl", "rows.parquet"])
def test_rows_are_told_without_reading_them_all(tmp_path: Path, name: str) -> None:
    table = pd.DataFrame({"text": [f"number {row:07}" for row in range(80_000)], "label": "a"})
    path = tmp_path / name
    match path.suffix:
        case ".parquet":
            table.to_parquet(path)
        case ".jsonl":
            path.write_text("\n".join(json.dumps(row) for row in table.to_dict("records")))
        case suffix:
            table.to_csv(path, index=False, sep="," if suffix == ".csv" else "\t")
    found = count_rows(str(tmp_path))
    assert found == pytest.approx(80_000, rel=0.02)


def test_what_shows_its_size_only_when_read_is_not_guessed(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "rows.csv.gz", "wt") as file:
        file.write("text,label\nfine,a\n")
    assert count_rows(str(tmp_path)) is None
    assert count_rows("tfds:glue/sst2") is None
    assert count_rows("demo") is None
    assert count_rows(str(tmp_path / "missing")) is None


def test_files_are_counted_in_all_folders_and_tables_are_none_of_them(tmp_path: Path) -> None:
    for name in ("a/1.wav", "b/2.wav", "b/labels.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert count_files(str(tmp_path)) == 2
    (tmp_path / "b/labels.csv").write_text("1.wav,a\n")
    assert count_files(str(tmp_path)) == 1  # the other one is a mask, or no example at all


def estimated(tmp_path: Path, name: str, num_lines: int, *assignments: str) -> Estimate:
    path = tmp_path / "rows.csv"
    path.write_text("when,value\n" + "2024-01-01 00:00,1\n" * num_lines)
    pipeline = get_pipeline(name)
    config = resolve_config(
        pipeline.config_type, presets_folder(name), "default", list(assignments), str(path)
    )
    found = estimate_cost(name, config, MACHINE)
    assert found is not None
    return found


def test_time_grows_with_rows_and_epochs_and_memory_with_rows(tmp_path: Path) -> None:
    small = estimated(tmp_path, "sentiment", 1_000, "train.epochs=1")
    large = estimated(tmp_path, "sentiment", 100_000, "train.epochs=1")
    longer = estimated(tmp_path, "sentiment", 100_000, "train.epochs=10")
    train = [{stage.name: stage for stage in of.stages}["train"] for of in (small, large, longer)]
    assert train[0].seconds < train[1].seconds < train[2].seconds / 4
    assert train[0].mib < train[1].mib == train[2].mib
    assert large.disk_mib == pytest.approx(100 * small.disk_mib, rel=0.01)


def test_a_stride_makes_fewer_windows(tmp_path: Path) -> None:
    each = estimated(tmp_path, "time_series", 24_000)
    daily = estimated(
        tmp_path,
        "time_series",
        24_000,
        "data.train_stride_steps=24",
        "data.evaluation_stride_steps=24",
    )
    assert each.num_units == pytest.approx(24 * daily.num_units, rel=0.01)


def test_only_what_is_sure_not_to_fit_is_refused_and_the_setting_is_named(tmp_path: Path) -> None:
    found = estimated(tmp_path, "time_series", 600_000)
    needed = found.largest.mib
    refuse_what_cannot_fit(found, replace(MACHINE, memory_mib=needed * 0.6))
    with pytest.raises(ConfigError, match=r"'evaluate' would need .* --set data\.train_stride"):
        refuse_what_cannot_fit(found, replace(MACHINE, memory_mib=needed * 0.4))


def test_a_machine_has_memory_cores_and_a_speed() -> None:
    machine = read_machine()
    assert machine.memory_mib > 100
    assert machine.num_cores >= 1
    assert 0.25 <= machine.slowness <= 4.0
