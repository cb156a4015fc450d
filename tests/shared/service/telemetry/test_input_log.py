"""What `serve --log-inputs` keeps is what `monitor` reads, for every pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pipelines
from shared.config.sources import resolve_config
from shared.contract import Inputs, Rows
from shared.service.models.endpoint import Endpoint, TensorSpec
from shared.service.telemetry.input_log import InputLog
from shared.service.wire.tensors import DTYPES
from shared.serving.kept_rows import holds_kept_rows, read_kept_rows

NUMBERS = {dtype: number for number, dtype in DTYPES.items()}


def rows_of(name: str) -> tuple[object, Rows]:
    """The settings of a pipeline's smoke preset, and the wire rows of six examples."""
    pipeline = pipelines.get_pipeline(name)
    config = resolve_config(pipeline.config_type, pipelines.presets_folder(name), "smoke", [])
    config = pipeline.complete(config)
    splits = pipeline.synthesize(config, config.data.num_demo_examples, 0)
    return config, splits.test.rows(np.arange(6))


def endpoint_for(rows: Rows) -> Endpoint:
    """As the graph of the pipeline has it: a free row axis, then the axes of a row."""
    specs = {
        name: TensorSpec(
            NUMBERS[np.dtype(object) if array.dtype.kind in "OSU" else array.dtype],
            (None, *array.shape[1:]),
        )
        for name, array in sorted(rows.items())
    }
    return Endpoint("serving_default", "tensorflow/serving/predict", specs, {})


def as_sent(rows: Rows) -> Rows:
    """As a client's tensors arrive: strings are bytes."""
    return {
        name: np.vectorize(lambda one: one.encode() if isinstance(one, str) else one, "O")(array)
        if array.dtype.kind in "OSU"
        else array
        for name, array in rows.items()
    }


def is_same(one: object, other: object) -> bool:
    """The same bits; sound within the last of its 16, to which reading rounds."""
    if isinstance(one, bytes) and isinstance(other, bytes) and one.startswith(b"RIFF"):
        samples = [np.frombuffer(sound, np.int16).astype(np.int64) for sound in (one, other)]
        return bool(np.abs(samples[0] - samples[1]).max() <= 1)
    is_number = np.asarray(one).dtype.kind == "f"
    return np.array_equal(np.asarray(one), np.asarray(other), equal_nan=is_number)


def read_again(name: str, config: object, folder: Path) -> Inputs:
    """As `shared.serving.batch.served_model` does."""
    if holds_kept_rows(folder):
        return read_kept_rows(folder)
    return pipelines.get_pipeline(name).read_inputs(config, folder)


@pytest.mark.parametrize("name", pipelines.NAMES)
def test_what_is_kept_is_read_again_as_it_was_sent(name: str, tmp_path: Path) -> None:
    config, rows = rows_of(name)
    sent = as_sent(rows)
    log = InputLog(tmp_path)
    log.keep(name, endpoint_for(rows), {key: array[:4] for key, array in sent.items()})
    log.keep(name, endpoint_for(rows), {key: array[4:] for key, array in sent.items()})
    (day,) = (tmp_path / name).iterdir()
    inputs = read_again(name, config, day)
    assert not inputs.problems
    assert len(set(inputs.ids.tolist())) == 6
    found = as_sent(inputs.rows(np.arange(6)))
    assert found.keys() == sent.keys()
    for key, array in sent.items():
        assert all(map(is_same, found[key], array))


def test_a_log_that_cannot_be_written_stops_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = InputLog(tmp_path)
    (tmp_path / "words").write_text("a file where the folder should be")
    endpoint = endpoint_for({"text": np.asarray([b"a"], object)})
    log.keep("words", endpoint, {"text": np.asarray([b"a"], object)})
    assert "An input can't be kept" in caplog.text
