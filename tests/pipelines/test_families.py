from __future__ import annotations

import pytest

import pipelines
from shared.config.families import families
from shared.config.sources import resolve_config
from shared.contract import ModelOfFamily
from shared.errors import ConfigError


@pytest.mark.parametrize("name", pipelines.NAMES)
def test_the_table_has_the_families_that_the_configuration_knows(name: str) -> None:
    pipeline = pipelines.get_pipeline(name)
    assert isinstance(pipeline.model, ModelOfFamily)
    table = {family: entry.settings for family, entry in pipeline.model.families.items()}
    assert table == families(pipeline.config_type)


@pytest.mark.parametrize("name", pipelines.NAMES)
def test_each_family_has_a_file_of_its_name(name: str) -> None:
    model = pipelines.get_pipeline(name).model
    assert isinstance(model, ModelOfFamily)
    for family, entry in model.families.items():
        assert entry.build.target == f"pipelines.{name}.models.{family}:build_model"


def test_a_setting_of_the_front_end_is_not_lost_on_whoever_looks_in_the_model() -> None:
    config_type = pipelines.get_pipeline("speech").config_type
    with pytest.raises(ConfigError, match=r"Do you mean front_end\.num_mels\?"):
        presets = pipelines.presets_folder("speech")
        resolve_config(config_type, presets, "default", ["model.num_mels=32"])
