from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.dermatoscopy_phantoms import PhantomCollection, PhantomSettings
from pipelines.medical_imaging.data import load
from pipelines.medical_imaging.perturbations.blurring import defocus
from pipelines.medical_imaging.reading.measurements.sharpness import (
    laplacian_variance,
    sharpness_bands,
)
from tests.pipelines.medical_imaging.images import config, write_table_source

PHANTOMS = PhantomCollection(
    PhantomSettings(num_images=8, height_px=64, width_px=64, group_bias=0.0, seed=0)
)
IMAGES = np.stack([PHANTOMS.draw(index).pixels for index in range(8)])


def test_a_image_out_of_focus_has_less_variance_than_the_same_in_focus() -> None:
    generator = np.random.default_rng(0)
    degrees = [IMAGES, defocus(IMAGES, 0.02, generator), defocus(IMAGES, 0.05, generator)]
    variances = np.asarray(
        [[laplacian_variance(image, 64, 64) for image in images] for images in degrees]
    )
    assert (np.diff(variances, axis=0) < 0).all()


def test_resolution_beyond_the_size_of_the_model_does_not_count() -> None:
    large = np.asarray(Image.fromarray(IMAGES[0]).resize((256, 256), Image.Resampling.NEAREST))
    assert laplacian_variance(large, 32, 32) == pytest.approx(
        laplacian_variance(IMAGES[0], 32, 32), rel=0.1
    )


def test_bands_are_thirds_of_the_training_part_only() -> None:
    variances = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 70.0, 80.0, 90.0])
    bands = sharpness_bands(variances, np.arange(6))
    assert bands == [*(["blurred third"] * 2), *(["middle third"] * 2), *(["sharp third"] * 5)]


def test_files_get_sharpness_as_a_condition_that_says_it_is_an_estimate(tmp_path: Path) -> None:
    source = write_table_source(tmp_path)
    columns = (
        "data.image_folder=images",
        "data.entity_column=patient",
        "data.group_columns=[sex]",
        f"data.cache_dir={tmp_path}/cache",
    )
    splits = load(config(*columns, "data.estimate_sharpness=true", source=source))
    assert list(splits.train.groups) == ["sex", "sharpness_estimate"]
    assert splits.provenance.conditions == ("sharpness_estimate",)
    assert any(
        note.startswith("sharpness_estimate is an estimate from pixels")
        for note in splits.provenance.notes
    )
    again = load(config(*columns, "data.estimate_sharpness=true", source=source))
    assert again.train.groups.equals(splits.train.groups)
    assert list(load(config(*columns, source=source)).train.groups) == ["sex"]
