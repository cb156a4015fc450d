from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import Field

from shared.config import RunConfig
from shared.config.families import families
from shared.config.sources import override_config, resolve_config
from shared.errors import ConfigError
from tests.contract.toy.config import ConvolutionConfig, DenseConfig, ToyConfig


@pytest.fixture
def presets(tmp_path: Path) -> Path:
    (tmp_path / "default.yaml").write_text("model: {num_filters: 4}\n")
    (tmp_path / "dense.yaml").write_text("model: {family: dense, num_units: 5}\n")
    return tmp_path


def test_families_stand_in_the_order_of_the_union() -> None:
    assert families(ToyConfig) == {"convolution": ConvolutionConfig, "dense": DenseConfig}


def test_a_section_without_a_family_has_none() -> None:
    assert families(RunConfig) == {}


def test_the_first_family_need_not_be_named(presets: Path) -> None:
    model = resolve_config(ToyConfig, presets, "default").model
    assert model == ConvolutionConfig(num_filters=4)


def test_a_preset_names_another_family(presets: Path) -> None:
    assert resolve_config(ToyConfig, presets, "dense").model == DenseConfig(num_units=5)


@pytest.mark.parametrize(
    "assignments",
    [
        ["model.family=dense", "model.num_units=7"],
        ["model.num_units=7", "model.family=dense"],
    ],
)
def test_a_chosen_family_leaves_the_preset_of_another_behind(
    assignments: list[str], presets: Path
) -> None:
    model = resolve_config(ToyConfig, presets, "default", assignments).model
    assert model == DenseConfig(num_units=7)


def test_naming_the_family_that_the_preset_has_keeps_its_settings(presets: Path) -> None:
    model = resolve_config(ToyConfig, presets, "dense", ["model.family=dense"]).model
    assert model == DenseConfig(num_units=5)


def test_the_family_of_a_run_can_be_changed(presets: Path) -> None:
    run = resolve_config(ToyConfig, presets, "default")
    assert override_config(run, ["model.family=dense"]).model == DenseConfig()


class _SlowDenseConfig(DenseConfig):
    training_defaults: ClassVar[Mapping[str, Any]] = {"learning_rate": 0.002}


class _SlowToyConfig(ToyConfig):
    model: Annotated[ConvolutionConfig | _SlowDenseConfig, Field(discriminator="family")] = (
        ConvolutionConfig()
    )


@pytest.mark.parametrize(
    ("preset", "assignments", "rate"),
    [
        ("fast", [], 0.5),
        ("dense", [], 0.002),
        ("fast", ["model.family=dense"], 0.002),
        ("fast", ["model.family=dense", "train.learning_rate=0.3"], 0.3),
        ("fast", ["train.learning_rate=0.3", "model.family=dense"], 0.3),
        ("slow", [], 0.1),
        ("slow", ["model.family=dense"], 0.1),
        ("slow", ["model.family=convolution"], ToyConfig().train.learning_rate),
    ],
)
def test_a_family_brings_training_settings_that_its_own_preset_and_set_may_change(
    preset: str, assignments: list[str], rate: float, presets: Path
) -> None:
    (presets / "fast.yaml").write_text("train: {learning_rate: 0.5}\n")
    (presets / "slow.yaml").write_text("model: {family: dense}\ntrain: {learning_rate: 0.1}\n")
    assert resolve_config(_SlowToyConfig, presets, preset, assignments).train.learning_rate == rate


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (
            ["model.family=resnet"],
            "model.family: there is no such family; there is convolution and",
        ),
        (["model.num_units=7"], "model.num_units: no setting of the family convolution, which has"),
        (["model.num_units=7"], "The family dense has it: --set model.family=dense; received 7"),
        (
            ["model.family=dense", "model.dropout=0.5"],
            "model.dropout: no setting of the family dense, which has num_units. The family convol",
        ),
        (["model.family=dense", "model.num_units=0"], "model.num_units: Input should be greater"),
        (["model=3"], "model: .*received 3"),
    ],
)
def test_what_is_wrong_is_said_with_the_family(
    assignments: list[str], message: str, presets: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        resolve_config(ToyConfig, presets, "default", assignments)
