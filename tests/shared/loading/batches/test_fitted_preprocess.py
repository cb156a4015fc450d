from __future__ import annotations

import functools
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.contract import Examples
from shared.loading.batches.fitted_preprocess import fit_preprocess
from shared.model.model_fingerprint import model_fingerprint
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from tests.contract.toy import PIPELINE
from tests.contract.toy import preprocess as toy_preprocess
from tests.shared.trained_toy import toy_config


class _Fits:
    """A toy that counts how often it is fitted, and with which settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configs: list[Any] = []
        self.honest = toy_preprocess.fit_preprocess

    def context(self, *settings: str) -> StageContext:
        cache = (f"data.cache_dir={self.folder}", "data.cache_disk_limit_mib=100")
        config = toy_config(*cache, *settings)
        run = RunDirectory(self.folder / "run")
        splits = PIPELINE.synthesize(config, config.data.num_demo_examples, config.train.seed)
        return StageContext(PIPELINE, config, run, SilentProgress(), lambda: splits)

    def fit(self, *settings: str, **changes: Any) -> keras.Model:
        context = self.context(*settings)
        return fit_preprocess(context, replace(context.splits(), **changes))

    def __call__(self, config: Any, train: Examples) -> keras.Model:
        self.configs.append(config)
        random.random()  # noqa: S311  as a layer does that draws its seed
        return self.honest(config, train)


@pytest.fixture
def fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Fits:
    counted = _Fits(tmp_path)
    counting = functools.wraps(counted.honest)(lambda *given: counted(*given))
    monkeypatch.setattr(toy_preprocess, "fit_preprocess", counting)
    return counted


def test_a_second_training_finds_what_the_first_one_fitted(fits: _Fits) -> None:
    first, second = fits.fit(), fits.fit("train.learning_rate=0.5", "explain.num_examples=3")
    assert len(fits.configs) == 1
    assert model_fingerprint(first) == model_fingerprint(second)


def test_fitting_is_given_no_setting_that_the_key_leaves_out(fits: _Fits) -> None:
    fits.fit("train.learning_rate=0.5", "train.seed=7")
    (given,) = fits.configs
    assert given.train == type(given.train)(seed=7)


def test_names_and_first_weights_of_a_network_are_the_same_after_either(fits: _Fits) -> None:
    networks = []
    for _ in range(2):
        fits.fit()
        networks.append(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))
    first, second = networks
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]
    np.testing.assert_array_equal(first.get_weights()[0], second.get_weights()[0])


@pytest.mark.parametrize("setting", ["train.seed=7", "data.num_demo_examples=130"])
def test_what_decides_the_fit_makes_another_entry(fits: _Fits, setting: str) -> None:
    fits.fit()
    fits.fit(setting)
    assert len(fits.configs) == 2


def test_another_training_split_makes_another_entry(fits: _Fits) -> None:
    fits.fit()
    train = fits.context().splits().train
    fits.fit(train=train.take(np.arange(1, len(train))))
    assert len(fits.configs) == 2


def test_a_damaged_entry_is_made_again(fits: _Fits) -> None:
    first = fits.fit()
    (model,) = fits.folder.glob("fitted/*/preprocess.keras")
    model.write_bytes(b"no model")
    assert model_fingerprint(fits.fit()) == model_fingerprint(first)
    assert len(fits.configs) == 2


def test_a_function_without_a_name_to_find_its_code_by_is_not_kept(fits: _Fits) -> None:
    context = fits.context()
    pipeline = replace(context.pipeline, preprocess=lambda config, train: fits(config, train))
    for _ in range(2):
        fit_preprocess(replace(context, pipeline=pipeline), context.splits())
    assert len(fits.configs) == 2


def test_without_a_cache_nothing_is_written(fits: _Fits) -> None:
    fits.fit("data.cache_disk_limit_mib=0")
    assert not (fits.folder / "fitted").exists()
