"""What `data.denoise=mask` changes: sound, error rate in noise, and for whom.

    python -m benchmarks.denoising --data demo
    python -m benchmarks.denoising --data FSDD --preset fsdd_speakers --set train.epochs=12

Two trainings from one seed, on the same speakers, scored on the same noisy clips. Differences are
paired, with minus without, their intervals by speaker. STOI needs the package pystoi.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.denoising.sound_quality import intelligibility, si_sdr_db
from pipelines import get_pipeline, presets_folder
from pipelines.speech.denoising.served import CLEANED
from shared.config.sources import resolve_config
from shared.contract import Rows, Splits
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.artefacts.prediction_files import read_perturbations, read_predictions
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.stages.runner import checked_splits, run_stages
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure
from shared.statistics.means import mean_statistic
from shared.targets.predictions import Predictions

_STAGES = ("data", "train", "predict")
_HEARD = ("white_noise", "pink_noise", "babble", "reverberation")
_RESAMPLING = Resampling(2000, 0.95, (0, 18))
_MOST_CLIPS = 200
_PIPELINE = get_pipeline("speech")

_Key = tuple[str, int]


def main() -> None:
    """Print tables: sound, errors, groups."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="demo")
    parser.add_argument("--preset", default="default")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = []
        for name, extra in (("without", []), ("with", ["data.denoise=mask"])):
            settings = ["train.deploy=network", "train.tensorboard=false", *given.set, *extra]
            runs.append(_trained(Path(folder) / name, given.data, given.preset, settings))
        without, cleaned = runs
        for line in _sound(cleaned):
            print(line, flush=True)
        for line in _errors(without, cleaned):
            print(line, flush=True)


def _trained(folder: Path, data: str, preset: str, settings: list[str]) -> StageContext:
    config = resolve_config(_PIPELINE.config_type, presets_folder("speech"), preset, settings, data)
    config = _PIPELINE.complete(config.model_copy(update={"pipeline": "speech"}))
    run = RunDirectory(folder)
    run_stages(_PIPELINE, config, run, stages=_STAGES)
    splits = checked_splits(_PIPELINE, config, run)
    return StageContext(_PIPELINE, config, run, SilentProgress(), splits)


def _sound(context: StageContext) -> Iterator[str]:
    """SI-SDR and STOI of the test clips in noise, before and after the mask."""
    splits = context.splits()
    of_fold = context.of_fold(1, splits.folds) if splits.folds else context
    test = of_fold.splits().test
    test = test.take(np.arange(min(_MOST_CLIPS, len(test))))
    model = load_trained_model(of_fold)
    rows = model.decode_rows(test.rows(np.arange(len(test))))
    rate_hz = context.config.data.sample_rate_hz
    clean = rows["waveform"].astype(np.float64)
    for name, severity, noisy in _noisy(context, rows):
        cleaned = _cleaned(model, noisy)
        gain = si_sdr_db(clean, cleaned) - si_sdr_db(clean, noisy)
        estimate = _mean({"gain": gain}, test.entities)["gain"]
        before = intelligibility(clean, noisy, test.entities, rate_hz)
        after = intelligibility(clean, cleaned, test.entities, rate_hz)
        gained = np.array([after[speaker] - before[speaker] for speaker in before])
        speakers = np.array(list(before))
        stoi = _mean({"stoi": gained}, speakers)["stoi"]
        level = float(np.nanmean(si_sdr_db(clean, noisy)))
        yield (
            f"{name} {severity}: SI-SDR {level:.1f} dB, {_say(estimate)} dB;"
            f" STOI {np.mean(list(before.values())):.3f}, {_say(stoi, 3)}"
            f" (n = {len(clean)} clips, {len(np.unique(test.entities))} speakers)"
        )


def _noisy(context: StageContext, rows: Rows) -> Iterator[tuple[str, int, NDArray[np.float64]]]:
    perturbations = _PIPELINE.perturbations(context.config)
    generator = np.random.default_rng([context.config.train.seed, 18])
    for name in _HEARD:
        for severity in perturbations[name].severities:
            changed = perturbations[name].apply(rows, severity, generator)
            yield name, severity, changed["waveform"].astype(np.float64)


def _cleaned(model: TrainedModel, waveform: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = model.inside(CLEANED)
    return np.asarray(
        inside.predict({"waveform": waveform.astype(np.float32)}, verbose=0), np.float64
    )


def _errors(without: StageContext, cleaned: StageContext) -> Iterator[str]:
    """Error rates on the same clips, and who gains or loses."""
    splits = without.splits()
    folds = [fold.test for fold in splits.folds] if splits.folds else [splits.test]
    groups = {
        identifier: row
        for test in folds
        for identifier, row in zip(
            test.ids.tolist(), test.groups.to_dict(orient="records"), strict=True
        )
    }
    differences: dict[_Key, tuple[Predictions, NDArray[np.float64]]] = {}
    for key, plain, masked in _pairs(without, cleaned):
        before, after = _wrong(splits, plain), _wrong(splits, masked)
        differences[key] = plain, after - before
        found = _mean({"change": after - before}, plain.entities)["change"]
        yield (
            f"{key[0]} {key[1]}: error {before.mean():.1%} without, {after.mean():.1%} with,"
            f" {_say(found, 3)} (n = {len(plain)})"
        )
    in_noise = [pair for (name, _), pair in differences.items() if name in _HEARD]
    yield from _of_groups("in noise and rooms", in_noise, groups)
    yield from _of_groups("as recorded", [differences["as recorded", 0]], groups)


def _pairs(
    without: StageContext, cleaned: StageContext
) -> Iterator[tuple[_Key, Predictions, Predictions]]:
    plain = read_predictions(without.run, "test")
    yield ("as recorded", 0), plain, read_predictions(cleaned.run, "test")
    perturbed = read_perturbations(without.run)
    for key, masked in read_perturbations(cleaned.run).items():
        if key[0] in _HEARD:
            yield key, perturbed[key], masked


def _of_groups(
    where: str,
    pairs: list[tuple[Predictions, NDArray[np.float64]]],
    groups: dict[str, dict[Any, Any]],
) -> Iterator[str]:
    ids = np.concatenate([plain.ids for plain, _ in pairs])
    entities = np.concatenate([plain.entities for plain, _ in pairs])
    change = np.concatenate([difference for _, difference in pairs])
    for attribute in next(iter(groups.values())):
        values = np.array([groups[identifier][attribute] for identifier in ids.tolist()])
        for value in np.unique(values):
            chosen = values == value
            found = _mean({"change": change[chosen]}, entities[chosen])["change"]
            num = len(np.unique(entities[chosen]))
            yield f"{where}, {attribute} {value}: {_say(found, 3)} ({num} speakers)"


def _wrong(splits: Splits, scored: Predictions) -> NDArray[np.float64]:
    return np.asarray(splits.target.decide(scored.scores) != scored.targets, np.float64)


def _mean(
    columns: dict[str, NDArray[np.float64]], entities: NDArray[np.str_]
) -> dict[str, Estimate]:
    codes, num_entities = entity_codes(entities)
    measures = [Measure(name, num_entities, low=-np.inf) for name in columns]
    values = np.stack(list(columns.values()), axis=1)
    statistic = mean_statistic(measures, values, codes, num_entities)
    return estimates([statistic], num_entities, _RESAMPLING)


def _say(estimate: Estimate, digits: int = 1) -> str:
    if estimate.value is None or estimate.ci_low is None or estimate.ci_high is None:
        value = estimate.value or 0.0
        return f"{value:+.{digits}f} ({estimate.note})"
    ends = f"{estimate.ci_low:+.{digits}f} to {estimate.ci_high:+.{digits}f}"
    return f"{estimate.value:+.{digits}f} ({ends})"


if __name__ == "__main__":
    main()
