"""A small training with everything in it that has a memory, to be interrupted and resumed."""

from __future__ import annotations

import dataclasses
import functools
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

import tests.contract.toy
from shared.config.sources import resolve_config
from shared.contract import Splits
from shared.networks.mixing import RowMixing
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.targets import Target
from shared.training.fit import fit_fold
from shared.training.monitoring.callbacks import HistoryFile
from tests.contract.toy import PIPELINE
from tests.contract.toy.config import ToyConfig
from tests.contract.toy.data import PULSE_SAMPLES

__all__ = ["Outcome", "PowerCutError", "Said", "Training"]

_PRESETS = Path(tests.contract.toy.__file__).parent / "presets"
STEPS_PER_EPOCH = 4
"""240 synthetic examples, 60 % of them in batches of 32."""


class PowerCutError(BaseException):
    """What no program can catch: the process is gone."""


class Said:
    """Progress that remembers what was logged."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def update(self, done: int, total: int, note: str = "") -> None:
        """Nobody watches."""

    def milestone(self, message: str) -> None:
        """Nobody watches."""

    def log(self, message: str) -> None:
        """Kept."""
        self.lines.append(message)


@dataclass(frozen=True)
class Outcome:
    """What a training leads to."""

    weights: list[NDArray[Any]]
    rows: list[dict[str, Any]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Outcome):
            return NotImplemented
        same_weights = all(
            np.array_equal(one, two) for one, two in zip(self.weights, other.weights, strict=True)
        )
        return same_weights and self.rows == other.rows


@dataclass(frozen=True)
class Training:
    """One training in one run directory.

    Each call of `run` is another process, as far as variables are concerned.
    """

    path: Path
    settings: tuple[str, ...] = ()
    noise: bool = True
    mixing: bool = False
    said: Said = dataclasses.field(default_factory=Said)

    def run(
        self, *, resume: bool = False, cut_after: int | None = None, signal_after: int | None = None
    ) -> Outcome:
        """Train; `cut_after` so many steps the power fails, `signal_after` so many a SIGTERM arrives."""
        run = RunDirectory(self.path)
        run.write_json("data.json", {"fingerprint": "0" * 64})
        config = resolve_config(
            PIPELINE.config_type,
            _PRESETS,
            "smoke",
            ["train.checkpoint_every_steps=3", *self.settings],
        )
        noisy_model = functools.partial(_noisy_model, mixing=self.mixing)
        context = StageContext(
            dataclasses.replace(PIPELINE, model=noisy_model if self.noise else PIPELINE.model),
            config,
            run,
            self.said,
            _no_splits,
            resume,
        )
        history = HistoryFile(run)
        callbacks = [history, _Interruption(cut_after, signal_after)]
        fit = fit_fold(
            context,
            PIPELINE.synthesize(config, 240, 0),
            callbacks,
            remembering={"history": history},
        )
        return Outcome(fit.network.get_weights(), history.rows)


class _Interruption(keras.callbacks.Callback):
    def __init__(self, cut_after: int | None, signal_after: int | None) -> None:
        super().__init__()
        self._cut_after, self._signal_after = cut_after, signal_after
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        num_steps = self._epoch * self.params["steps"] + batch + 1
        if num_steps == self._cut_after:
            raise PowerCutError
        if num_steps == self._signal_after:
            os.kill(os.getpid(), signal.SIGTERM)


def _noisy_model(config: ToyConfig, target: Target, *, mixing: bool) -> keras.Model:
    """The toy network with augmentation, dropout and running statistics."""
    channels = keras.Input((config.data.num_samples, 1), name="channels")
    mixed = RowMixing(mixup_alpha=0.2, seed=5)(channels) if mixing else channels
    noisy = keras.layers.GaussianNoise(0.1)(mixed)
    responses = keras.layers.Conv1D(8, PULSE_SAMPLES, activation="relu")(noisy)
    strongest = keras.layers.GlobalMaxPooling1D()(keras.layers.BatchNormalization()(responses))
    scores = keras.layers.Dense(target.shape[-1], dtype="float32")(
        keras.layers.Dropout(0.3)(strongest)
    )
    return keras.Model({"channels": channels}, scores)


def _no_splits() -> Splits:
    raise NotImplementedError
