"""Planted drift in each bundled dataset is found, and a fresh batch without it raises no alarm."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cli.options import configure
from data.site_loads import SiteLoadSettings, generate_site_loads
from pipelines import get_pipeline
from shared.contract import Examples
from shared.serving.kept_rows import write_kept_rows
from tests.cli.mistakes import Call

_SETTINGS = (
    "data.num_demo_examples=600",
    "evaluate.behaviour_tests=false",
    "evaluate.max_perturbation_examples=20",
    "explain.num_examples=1",
)
_SEED = 12_345


def _write_texts(examples: Examples, folder: Path, *, drifted: bool) -> Path:
    texts = examples.rows(np.arange(len(examples)))["text"].tolist()
    if drifted:
        texts = [f"{text.upper()} !!! sent from my phone" for text in texts]
    path = folder / "new.csv"
    pd.DataFrame({"text": texts}).to_csv(path, index=False)
    return path


def _write_images(examples: Examples, folder: Path, *, drifted: bool) -> Path:
    from PIL import Image

    for row, content in enumerate(examples.rows(np.arange(len(examples)))["image_bytes"].tolist()):
        path = folder / f"{row}.png"
        path.write_bytes(content)  # encoded anew, it would have another size
        if drifted:
            image = Image.open(path).convert("RGB")
            image.point(lambda value: value // 2).save(path)
    return folder


def _write_sounds(examples: Examples, folder: Path, *, drifted: bool) -> Path:
    generator = np.random.default_rng(0)
    for row, content in enumerate(examples.rows(np.arange(len(examples)))["wav"].tolist()):
        # 44 bytes of header, then 16-bit samples.
        samples = np.frombuffer(content[44:], dtype="<i2").astype(np.float64)
        if drifted:
            samples = samples + generator.normal(0.0, 3000.0, len(samples))
        noisy = np.clip(samples, -32768, 32767).astype("<i2").tobytes()
        (folder / f"{row}.wav").write_bytes(content[:44] + noisy)
    return folder


_WRITERS: dict[str, Callable[..., Path]] = {
    "sentiment": _write_texts,
    "medical_imaging": _write_images,
    "speech": _write_sounds,
}


def _write_loads(folder: Path, *, factor: float) -> Path:
    """Loads of three sites, cut on each of 30 days, a table a day; covariates go on for a day."""
    settings = SiteLoadSettings(num_sites=3, num_days=90)
    table = generate_site_loads(settings, seed=0).to_table()
    table["value"] = table["value"] * factor
    days = np.unique(table["time"].astype(str).str[:10])
    for day in days[40:70]:
        cut = table[table["time"].astype(str).str[:10] <= day].copy()
        ahead = cut["time"].astype(str).str[:10] == day
        cut["value"] = cut["value"].where(~ahead)
        cut.drop(columns="size").to_csv(folder / f"{day}.csv", index=False)
    return folder


def _monitor(call: Call, run: Path, inputs: Path, labels: Path, page: Path) -> int:
    code, printed = call("monitor", run, "--input", inputs, "--labels", labels, "--output", page)
    said = json.loads(printed.strip().splitlines()[-1])
    assert said["alarm"] == (code == 3), printed
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    return code


@pytest.mark.slow
@pytest.mark.timeout(1000)
@pytest.mark.parametrize("name", _WRITERS)
def test_planted_drift_is_found_and_absent_drift_is_not(
    name: str, call: Call, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    given = [part for setting in _SETTINGS for part in ("--set", setting)]
    assert call("run", name, "--preset", "smoke", "--run-dir", run, *given)[0] == 0
    pipeline = get_pipeline(name)
    splits = pipeline.synthesize(configure(pipeline, run_dir=run), 400, _SEED)
    for drifted, expected in ((False, 0), (True, 3)):
        folder = tmp_path / f"new {drifted}"
        folder.mkdir()
        inputs = _WRITERS[name](splits.train, folder, drifted=drifted)
        is_table = inputs.is_file()
        names = [str(row + 1) if is_table else "" for row in range(len(splits.train))]
        if not is_table:
            suffix = next(folder.iterdir()).suffix
            names = [f"{row}{suffix}" for row in range(len(splits.train))]
        labels = tmp_path / "labels.csv"
        facts = {"id": names, "entity": splits.train.entities.tolist()}
        pd.DataFrame(facts).to_csv(labels, index=False)
        assert _monitor(call, run, inputs, labels, tmp_path / "page.html") == expected


@pytest.mark.slow
@pytest.mark.timeout(1000)
def test_planted_drift_of_series_is_found(call: Call, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert call("run", "time_series", "--preset", "smoke", "--run-dir", run)[0] == 0
    folder = tmp_path / "new"
    folder.mkdir()
    code, printed = call("monitor", run, "--input", _write_loads(folder, factor=20.0))
    assert code == 3, printed
    assert "interval width of value" in printed

    kept = tmp_path / "kept"
    kept.mkdir()
    pipeline = get_pipeline("time_series")
    windows = pipeline.synthesize(configure(pipeline, run_dir=run), 600, _SEED).train
    for number in range(2):  # two requests of 30 rows, as `serve --log-inputs` keeps them
        rows = np.arange(30) + 30 * number
        write_kept_rows(kept / f"{number}.npz", windows.rows(rows))
    _, printed = call("monitor", run, "--input", kept, "--output", tmp_path / "kept.html")
    said = json.loads(printed.strip().splitlines()[-1])
    assert (said["n"], said["num_errors"]) == (60, 0)
