from __future__ import annotations

import pytest

from shared.errors import ConfigError
from tests.pipelines.medical_imaging.images import config


def test_settings_of_a_section_that_a_preset_leaves_out_keep_the_defaults_of_this_pipeline() -> (
    None
):
    assert config("train.epochs=1").train.batch_size == 32
    assert config("train.epochs=1").train.learning_rate == 4e-3


def test_the_ham10000_preset_maps_its_columns() -> None:
    data = config(preset="ham10000").data
    assert (data.image_column, data.label_column, data.entity_column) == (
        "image_id",
        "dx",
        "lesion_id",
    )
    assert data.group_columns == ("sex", "localization", "dx_type")


def test_the_columns_of_a_preset_can_be_changed_one_by_one() -> None:
    data = config("data.label_column=diagnosis", "data.class_names.nv=mole", preset="ham10000").data
    assert data.label_column == "diagnosis"
    assert data.class_names["nv"] == "mole"
    assert data.class_names["mel"] == "melanoma"


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["data.split=temporal"], "data.split"),
        (["data.estimate_skin_tone=true"], "estimate_skin_tone needs mask_folder"),
        (
            ["data.age_band_edges_years=[40, 30]"],
            "age_band_edges_years must increase, received [40, 30]",
        ),
        (["data.entity_pattern='p('"], "must be a regular expression"),
        (["data.entity_pattern=person"], "must have a group that is the entity"),
        (
            ["data.image_height_px=16", "model.stage_channels=[8, 8, 8, 8, 8]"],
            "can't be halved 5 times",
        ),
        (["explain.grid_rows=40"], "may not exceed the image's pixels"),
        (
            ["data.age_column=age", "data.group_columns=[age_band]"],
            "group_columns may not hold 'age_band'",
        ),
        (["model.no_such_key=1"], "model.no_such_key"),
        (["model.dropout=1.5"], "model.dropout"),
    ],
)
def test_what_cannot_work_is_refused_by_name(assignments: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(*assignments)
    assert message in str(caught.value)
