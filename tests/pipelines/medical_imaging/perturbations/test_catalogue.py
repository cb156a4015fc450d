from __future__ import annotations

import numpy as np
import pytest

from pipelines.medical_imaging.perturbations import build_probes
from tests.pipelines.medical_imaging.perturbations.probed import PICTURES, PROBES, applied, changed
from tests.pipelines.medical_imaging.pictures import config

CORRUPTIONS = sorted(name for name, probe in PROBES.items() if probe.kind == "corruption")
FOREIGN = sorted(name for name, probe in PROBES.items() if probe.kind == "foreign")


@pytest.mark.parametrize("name", sorted(PROBES))
def test_probes_keep_shape_and_dtype_and_change_every_picture(name: str) -> None:
    image = changed(name)
    assert (image.shape, image.dtype.name) == (PICTURES.shape, "uint8")
    assert (image != PICTURES).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruptions_change_more_with_each_of_five_severities(name: str) -> None:
    assert PROBES[name].severities == (1, 2, 3, 4, 5)
    distances = np.array(
        [
            np.abs(changed(name, severity).astype(float) - PICTURES).mean()
            for severity in PROBES[name].severities
        ]
    )
    assert (np.diff(distances) > 0).all()


@pytest.mark.parametrize("name", sorted(PROBES))
def test_a_changed_row_does_not_depend_on_the_rows_after_it(name: str) -> None:
    severity = PROBES[name].severities[-1]
    assert np.array_equal(applied(name, PICTURES[:1], severity)[0], changed(name, severity)[0])


@pytest.mark.parametrize("name", sorted(PROBES))
@pytest.mark.parametrize("shape", [(16, 16), (28, 28), (17, 64)])
def test_probes_take_pictures_in_shades_of_grey_of_any_size(
    name: str, shape: tuple[int, int]
) -> None:
    shades = np.random.default_rng(0).integers(0, 256, (2, *shape, 1)).astype(np.uint8)
    image = applied(name, np.repeat(shades, 3, axis=-1), PROBES[name].severities[-1])
    assert (image.shape, image.dtype.name) == ((2, *shape, 3), "uint8")


@pytest.mark.parametrize(
    "name", ["foreign_noise", "foreign_film", "foreign_text", "foreign_tiles", "foreign_lens_cap"]
)
def test_foreign_pictures_keep_nothing_of_the_row_and_say_that_they_are_synthetic(
    name: str,
) -> None:
    assert np.array_equal(applied(name, PICTURES), applied(name, np.zeros_like(PICTURES)))
    assert PROBES[name].describe.startswith("Synthetic")
    assert name in FOREIGN


def test_nothing_of_skin_is_probed_in_pictures_of_something_else() -> None:
    on_skin = {"hairs", "darker_skin", "lighter_skin", "foreign_film"}
    assert PROBES.keys() - build_probes(config("data.shows_skin=false")).keys() == on_skin


def test_files_show_skin_only_if_the_configuration_says_so() -> None:
    assert "hairs" not in build_probes(config("data.source=films"))
    assert "hairs" in build_probes(config("data.source=lesions", "data.shows_skin=true"))


def test_orientation_is_probed_only_where_training_holds_that_it_does_not_matter() -> None:
    chest = build_probes(config("model.flip=none", "model.rotation_degrees=10"))
    assert PROBES.keys() - chest.keys() == {"mirrored", "turned"}


@pytest.mark.parametrize("name", ["mirrored", "turned"])
def test_doing_it_twice_is_the_identity(name: str) -> None:
    assert np.array_equal(applied(name, changed(name)), PICTURES)
