"""Signals with one pulse each: made by formula, or read from NumPy files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import UNKNOWN, Examples, Inputs, Provenance, Recognition, Rows, Splits
from shared.errors import DataError
from shared.loading.splits.splitting import split_by_entity
from shared.targets import Categories
from tests.contract.toy.config import ToyConfig

__all__ = [
    "CLASSES",
    "NO_NUMBER",
    "PULSES",
    "PULSE_SAMPLES",
    "load",
    "read_inputs",
    "recognise",
    "synthesize",
]

NO_NUMBER = "its signal holds numbers that are missing or infinite"
CLASSES = ("up", "down", "wiggle")
PULSE_SAMPLES = 6
PULSES = np.array(
    [[1, 1, 1, 1, 1, 1], [-1, -1, -1, -1, -1, -1], [1, 1, 1, -1, -1, -1]], dtype=np.float32
)
_GENERATOR_VERSION = "1"


def synthesize(config: ToyConfig, n: int, seed: int) -> Splits:
    """Noise with one pulse at a random place; three signals of each entity.

    Old instruments are noisier by the planted bias.
    """
    generator = np.random.default_rng([seed, n])
    num_samples = config.data.num_samples
    labels = generator.integers(len(CLASSES), size=n)
    is_old = generator.random(n) < 0.4
    noise_scale = np.where(is_old, 0.3 + 0.5 * config.data.demo_group_bias, 0.3)
    starts = generator.integers(num_samples - PULSE_SAMPLES + 1, size=n)
    signals = (generator.normal(size=(n, num_samples)) * noise_scale[:, None]).astype(np.float32)
    where = starts[:, None] + np.arange(PULSE_SAMPLES)  # (n, pulse)
    signals[np.arange(n)[:, None], where] += 2.0 * PULSES[labels]
    ground_truth = np.zeros_like(signals)
    np.put_along_axis(ground_truth, where, 1.0, axis=1)
    site = generator.choice(["north", "south", UNKNOWN], size=n, p=[0.5, 0.4, 0.1])
    groups = pd.DataFrame({"instrument": np.where(is_old, "old", "new"), "site": site})
    ids = np.array([f"signal-{index:05d}" for index in range(n)])
    entities = np.array([f"person-{index // 3:05d}" for index in range(n)])
    examples = _examples(signals, labels, ids, entities, groups, ground_truth)
    return _split(config, examples, _synthetic_provenance(config, n, seed), seed)


def _synthetic_provenance(config: ToyConfig, n: int, seed: int) -> Provenance:
    recipe = json.dumps([_GENERATOR_VERSION, config.data.decisive(), n, seed])
    return Provenance(
        name="Toy signals",
        source="demo",
        version=_GENERATOR_VERSION,
        licence="Apache-2.0",
        citation="",
        checksum=hashlib.sha256(recipe.encode()).hexdigest(),
        synthetic=True,
        conditions=("instrument", "site"),
    )


def load(config: ToyConfig) -> Splits:
    """One `.npz` file: signals (n, samples); labels, entities and instrument, (n,) str each."""
    path = Path(config.data.source)
    if not path.is_file():
        raise DataError(
            f"{path}: there is no such file. Expected an .npz with signals, labels, entities and"
            " instrument."
        )
    with np.load(path) as file:
        signals, names, entities, instruments = (
            file[key] for key in ("signals", "labels", "entities", "instrument")
        )
    labels = _class_indices(path, names)
    ids = np.array([f"{path.stem}-{index}" for index in range(len(names))])
    groups = pd.DataFrame({"instrument": instruments})
    examples = _examples(signals.astype(np.float32), labels, ids, entities, groups, None)
    provenance = Provenance(
        name=path.stem,
        source=str(path),
        version="unknown",
        licence="unknown",
        citation="",
        checksum=hashlib.sha256(path.read_bytes()).hexdigest(),
        synthetic=False,
        conditions=("instrument",),
    )
    return _split(config, examples, provenance, config.train.seed)


def _class_indices(path: Path, names: NDArray[np.str_]) -> NDArray[np.int64]:
    strange = np.flatnonzero(~np.isin(names, CLASSES))
    if len(strange):
        raise DataError(
            f"{path}, row {strange[0]}, field 'labels': expected one of {', '.join(CLASSES)},"
            f" received {str(names[strange[0]])!r}."
        )
    return np.array([CLASSES.index(name) for name in names])


def read_inputs(config: ToyConfig, path: Path) -> Inputs:
    """One signal per `.npy` file, (samples,) float32; a file that can't be read is named."""
    signals: list[NDArray[np.float32]] = []
    problems: dict[str, str] = {}
    files = sorted(path.glob("*.npy")) if path.is_dir() else [path]
    for file in files:
        try:
            signal = np.load(file).astype(np.float32)
        except (OSError, ValueError) as error:
            problems[file.name] = str(error)
            continue
        if signal.shape == (config.data.num_samples,):
            signals.append(signal)
            if not np.isfinite(signal).all():
                problems[file.name] = NO_NUMBER
        else:
            problems[file.name] = (
                f"expected shape ({config.data.num_samples},), received {signal.shape}"
            )
    stacked = np.array(signals, dtype=np.float32).reshape(-1, config.data.num_samples)
    return Inputs(
        np.array([file.name for file in files]),
        lambda indices: {"signal": stacked[indices]},
        problems,
    )


def recognise(source: str) -> Recognition | None:
    """NumPy files, which hold signals as far as anyone can see from outside."""
    files = list(Path(source).rglob("*.npy"))
    return Recognition("it holds signals", len(files)) if files else None


def _examples(
    signals: NDArray[np.float32],
    labels: NDArray[np.int64],
    ids: NDArray[np.str_],
    entities: NDArray[np.str_],
    groups: pd.DataFrame,
    ground_truth: NDArray[np.float32] | None,
) -> Examples:
    def rows(indices: NDArray[np.int64]) -> Rows:
        return {"signal": signals[indices]}

    def ground_truth_of(index: int) -> NDArray[np.float32]:
        # Only ever offered when there is evidence.
        found: NDArray[Any] = np.asarray(ground_truth)[index]
        return found.astype(np.float32)

    return Examples(
        ids, entities, labels, groups, rows, None if ground_truth is None else ground_truth_of
    )


def _split(config: ToyConfig, examples: Examples, provenance: Provenance, seed: int) -> Splits:
    indices = split_by_entity(
        examples.entities,
        examples.targets,
        validation_share=config.data.validation_share,
        test_share=config.data.test_share,
        seed=seed,
    )
    train, val, test = (examples.take(part) for part in indices)
    return Splits(train, val, test, Categories(names=CLASSES), provenance)
