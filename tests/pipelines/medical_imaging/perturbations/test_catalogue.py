from __future__ import annotations

import numpy as np
import pytest

from pipelines.medical_imaging.perturbations import build_perturbations
from tests.pipelines.medical_imaging.images import config
from tests.pipelines.medical_imaging.perturbations.perturbed import (
    IMAGES,
    PERTURBATIONS,
    applied,
    changed,
)

CORRUPTIONS = sorted(
    name for name, perturbation in PERTURBATIONS.items() if perturbation.kind == "corruption"
)
OOD = sorted(name for name, perturbation in PERTURBATIONS.items() if perturbation.kind == "ood")


@pytest.mark.parametrize("name", sorted(PERTURBATIONS))
def test_perturbations_keep_shape_and_dtype_and_change_every_image(name: str) -> None:
    image = changed(name)
    assert (image.shape, image.dtype.name) == (IMAGES.shape, "uint8")
    assert (image != IMAGES).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruptions_change_more_with_each_of_five_severities(name: str) -> None:
    assert PERTURBATIONS[name].severities == (1, 2, 3, 4, 5)
    distances = np.array(
        [
            np.abs(changed(name, severity).astype(float) - IMAGES).mean()
            for severity in PERTURBATIONS[name].severities
        ]
    )
    assert (np.diff(distances) > 0).all()


@pytest.mark.parametrize("name", sorted(PERTURBATIONS))
def test_a_changed_row_does_not_depend_on_the_rows_after_it(name: str) -> None:
    severity = PERTURBATIONS[name].severities[-1]
    assert np.array_equal(applied(name, IMAGES[:1], severity)[0], changed(name, severity)[0])


@pytest.mark.parametrize("name", sorted(PERTURBATIONS))
@pytest.mark.parametrize("shape", [(16, 16), (28, 28), (17, 64)])
def test_perturbations_take_images_in_shades_of_grey_of_any_size(
    name: str, shape: tuple[int, int]
) -> None:
    shades = np.random.default_rng(0).integers(0, 256, (2, *shape, 1)).astype(np.uint8)
    image = applied(name, np.repeat(shades, 3, axis=-1), PERTURBATIONS[name].severities[-1])
    assert (image.shape, image.dtype.name) == ((2, *shape, 3), "uint8")


@pytest.mark.parametrize("name", ["ood_noise", "ood_film", "ood_text", "ood_tiles", "ood_lens_cap"])
def test_ood_images_keep_nothing_of_the_row_and_say_that_they_are_synthetic(
    name: str,
) -> None:
    assert np.array_equal(applied(name, IMAGES), applied(name, np.zeros_like(IMAGES)))
    assert PERTURBATIONS[name].describe.startswith("Synthetic")
    assert name in OOD


def test_nothing_of_skin_is_perturbed_in_images_of_something_else() -> None:
    on_skin = {"hairs", "darker_skin", "lighter_skin", "ood_film"}
    assert (
        PERTURBATIONS.keys() - build_perturbations(config("data.shows_skin=false")).keys()
        == on_skin
    )


def test_files_show_skin_only_if_the_configuration_says_so() -> None:
    assert "hairs" not in build_perturbations(config("data.source=films"))
    assert "hairs" in build_perturbations(config("data.source=lesions", "data.shows_skin=true"))


def test_orientation_is_perturbed_only_where_training_holds_that_it_does_not_matter() -> None:
    chest = build_perturbations(config("model.flip=none", "model.rotation_degrees=10"))
    assert PERTURBATIONS.keys() - chest.keys() == {"mirrored", "turned"}


@pytest.mark.parametrize("name", ["mirrored", "turned"])
def test_doing_it_twice_is_the_identity(name: str) -> None:
    assert np.array_equal(applied(name, changed(name)), IMAGES)
