from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from tests.cli.mistakes import (
    DATA_ONLY,
    SPEECH_NAMES,
    Call,
    images,
    recordings,
    refused,
    reviews,
    series,
    sets,
)


def test_missing_column_lists_the_columns_that_are_there(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv")
    result = call(
        "run", "sentiment", "--data", source, *DATA_ONLY, "--set", "data.label_column=stars"
    )
    refused(result, "reviews.csv", "'stars'", "text, label, author", "--set data.label_column")


def test_label_that_only_the_test_part_has_is_named(call: Call, tmp_path: Path) -> None:
    source = reviews(
        tmp_path / "reviews.csv",
        part=["train"] * 40 + ["val"] * 10 + ["test"] * 10,
        label=["negative", "positive"] * 29 + ["negative", "furious"],
    )
    refused(
        call(
            "run",
            "sentiment",
            "--data",
            source,
            *DATA_ONLY,
            *sets("data.split=given", "data.split_column=part"),
        ),
        "'furious'",
        "test",
    )


def test_empty_file_is_called_empty(call: Call, tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text("")
    refused(
        call("run", "sentiment", "--data", tmp_path / "reviews.csv", *DATA_ONLY),
        "reviews.csv",
        "empty",
    )


def test_missing_source_is_named(call: Call, tmp_path: Path) -> None:
    for name in ("sentiment", "medical_imaging", "speech", "time_series"):
        refused(call("run", name, "--data", tmp_path / "nowhere", *DATA_ONLY), "nowhere")


def test_duplicated_id_is_named_with_its_row(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv", key=[*map(str, range(59)), "7"])
    refused(
        call("run", "sentiment", "--data", source, *DATA_ONLY, *sets("data.id_column=key")),
        "'7'",
        "row 60",
        "unique",
    )


def test_one_class_only_is_refused(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv", label="positive")
    refused(call("run", "sentiment", "--data", source, *DATA_ONLY), "positive", "two")


def test_fewer_rows_than_a_batch_says_which_setting_to_lower(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv")
    refused(
        call("run", "sentiment", "--data", source, *DATA_ONLY, *sets("train.batch_size=500")),
        "500",
        "--set train.batch_size=",
    )


def test_entity_in_two_parts_is_a_leak(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv", part=["train", "test", "val"] * 20)
    settings = sets("data.split=given", "data.split_column=part", "data.entity_column=author")
    refused(call("run", "sentiment", "--data", source, *DATA_ONLY, *settings), "Leak", "author-")


def test_truncated_jpeg_is_named(call: Call, tmp_path: Path) -> None:
    source = images(tmp_path / "images")
    broken = source / "benign" / "benign-3.jpg"
    broken.write_bytes(broken.read_bytes()[:200])
    refused(
        call("run", "medical_imaging", "--data", source, *DATA_ONLY),
        "benign-3.jpg",
        "1 of 40",
        "data.max_quarantine_share",
    )


def test_truncated_wav_is_named(call: Call, tmp_path: Path) -> None:
    source = recordings(tmp_path / "recordings")
    broken = next(source.iterdir())
    broken.write_bytes(broken.read_bytes()[:30])
    refused(
        call("run", "speech", "--data", source, *DATA_ONLY, *sets(*SPEECH_NAMES)),
        broken.name,
        "1 of 40",
    )


def test_text_in_a_series_is_named_with_row_and_column(call: Call, tmp_path: Path) -> None:
    source = series(
        tmp_path / "load.csv", south=[*np.arange(100), "broken", *np.arange(90 * 24 - 101)]
    )
    refused(
        call("run", "time_series", "--data", source, *DATA_ONLY),
        "load.csv, row 101",
        "'south'",
        "received 'broken'",
    )


def test_gap_in_a_series_is_kept_and_counted(call: Call, tmp_path: Path) -> None:
    source = series(tmp_path / "load.csv")
    table = pd.read_csv(source)
    table.drop(index=range(500, 510)).to_csv(source, index=False)
    code, printed = call("run", "time_series", "--data", source, *DATA_ONLY)
    assert code == 0, printed
    found = json.loads((tmp_path / "run/data.json").read_text())["datasheet"]["series"]
    assert [item["not_observed"] > 0 for item in found["source"]["series"]] == [True, True]
    assert found["masked"]["train"]["num_masked"] > 0
