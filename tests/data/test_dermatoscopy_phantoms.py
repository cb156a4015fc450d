from __future__ import annotations

from collections import Counter
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data.dermatoscopy_phantoms import (
    AGE_RANGE_YEARS,
    CLASS_NAMES,
    SEXES,
    SKIN_TONES,
    PhantomCollection,
    PhantomSettings,
)

SETTINGS = PhantomSettings(num_images=120, height_px=48, width_px=64, group_bias=0.5, seed=3)


@pytest.fixture(scope="module")
def collection() -> PhantomCollection:
    return PhantomCollection(SETTINGS)


def grain(pixels: NDArray[np.uint8]) -> float:
    """Standard deviation of what a median filter takes away: pixel noise, little else."""
    grey = pixels.astype(np.float64).mean(axis=-1)
    return float(np.median(np.abs(grey - ndimage.median_filter(grey, size=3))))


def test_equal_settings_give_equal_bytes(collection: PhantomCollection) -> None:
    again = PhantomCollection(SETTINGS)
    assert [again.draw(index).png() for index in (0, 7)] == [
        collection.draw(index).png() for index in (0, 7)
    ]
    assert again.patients.patient_ids.tolist() == collection.patients.patient_ids.tolist()


def test_another_seed_gives_other_images_and_another_fingerprint(
    collection: PhantomCollection,
) -> None:
    other = PhantomCollection(replace(SETTINGS, seed=4))
    assert other.draw(0).png() != collection.draw(0).png()
    assert other.fingerprint() != collection.fingerprint()


def test_a_image_is_a_png_of_the_asked_size(collection: PhantomCollection) -> None:
    with Image.open(BytesIO(collection.draw(0).png())) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (64, 48))


def test_ground_truth_lies_within_the_lesion_and_is_never_empty(
    collection: PhantomCollection,
) -> None:
    for index in range(40):
        phantom = collection.draw(index)
        assert phantom.ground_truth.any()
        assert not (phantom.ground_truth & ~phantom.lesion).any()


def test_the_network_is_everywhere_in_the_lesion_and_the_dots_are_not(
    collection: PhantomCollection,
) -> None:
    share: dict[str, list[float]] = {name: [] for name in CLASS_NAMES}
    for index in range(80):
        phantom = collection.draw(index)
        share[CLASS_NAMES[collection.classes[index]]].append(
            float(phantom.ground_truth.sum() / phantom.lesion.sum())
        )
    assert np.mean(share["nevus-like"]) == 1.0
    assert np.mean(share["keratosis-like"]) < 0.5


def test_the_mean_colour_of_the_lesion_hardly_depends_on_the_class() -> None:
    collection = PhantomCollection(
        replace(SETTINGS, num_images=400, height_px=24, width_px=24, group_bias=0.0)
    )
    colours: dict[str, list[float]] = {name: [] for name in CLASS_NAMES}
    for index in range(400):
        phantom = collection.draw(index)
        colours[CLASS_NAMES[collection.classes[index]]].append(
            float(phantom.pixels[phantom.lesion].mean())
        )
    means = [np.mean(values) for values in colours.values()]
    assert max(means) - min(means) < 0.6 * np.std(np.concatenate(list(colours.values())))


def test_classes_and_skin_tones_are_equally_common_and_independent() -> None:
    collection = PhantomCollection(replace(SETTINGS, num_images=3000))
    classes = Counter(collection.classes.tolist())
    assert set(classes.values()) == {750}
    tones = Counter(collection.patients.skin_tones.tolist())
    assert set(tones) == set(SKIN_TONES)
    assert min(tones.values()) > 850
    table = np.array(
        [
            [
                np.sum((collection.classes == k) & (collection.patients.skin_tones == tone))
                for k in range(4)
            ]
            for tone in SKIN_TONES
        ]
    )
    assert (np.abs(table / table.sum(axis=1, keepdims=True) - 0.25) < 0.05).all()


def test_a_patient_has_one_skin_tone_sex_and_age_and_some_have_several_images(
    collection: PhantomCollection,
) -> None:
    patients = collection.patients
    facts: dict[str, set[tuple[str, str, int]]] = {}
    for row in zip(
        patients.patient_ids, patients.skin_tones, patients.sexes, patients.ages_years, strict=True
    ):
        facts.setdefault(row[0], set()).add(row[1:])
    assert all(len(known) == 1 for known in facts.values())
    assert max(Counter(patients.patient_ids.tolist()).values()) > 1
    assert set(patients.sexes) == set(SEXES)
    assert patients.ages_years.min() >= AGE_RANGE_YEARS[0]
    assert patients.ages_years.max() <= AGE_RANGE_YEARS[1]


def test_the_bias_changes_images_of_dark_skin_and_leaves_those_of_light_skin_alone() -> None:
    fair, biased = (PhantomCollection(replace(SETTINGS, group_bias=bias)) for bias in (0.0, 1.0))
    for index in range(30):
        same = np.array_equal(fair.draw(index).pixels, biased.draw(index).pixels)
        assert same == (fair.patients.skin_tones[index] == "light")


@pytest.mark.parametrize(("bias", "lowest", "highest"), [(0.0, 0.85, 1.15), (1.0, 1.5, 2.5)])
def test_noise_on_dark_skin_grows_with_the_bias_only(
    bias: float, lowest: float, highest: float
) -> None:
    collection = PhantomCollection(replace(SETTINGS, group_bias=bias))
    grains = {
        tone: np.median(
            [
                grain(collection.draw(int(i)).pixels)
                for i in np.flatnonzero(collection.patients.skin_tones == tone)
            ]
        )
        for tone in SKIN_TONES
    }
    assert lowest < grains["dark"] / grains["light"] < highest


def test_hardly_any_pixel_is_clipped_so_that_contrast_does_not_depend_on_tone() -> None:
    collection = PhantomCollection(replace(SETTINGS, num_images=300, group_bias=0.0))
    clipped = [
        np.mean((phantom.pixels == 0) | (phantom.pixels == 255))
        for phantom in map(collection.draw, range(100))
    ]
    assert np.median(clipped) < 0.001


def test_a_linear_model_of_pixels_does_not_solve_it() -> None:
    collection = PhantomCollection(
        replace(SETTINGS, num_images=600, height_px=32, width_px=32, group_bias=0.0)
    )
    pixels = np.stack([collection.draw(index).pixels.ravel() for index in range(600)]) / 255.0
    model = make_pipeline(
        PCA(60, random_state=0), StandardScaler(), LogisticRegression(C=0.05, max_iter=1000)
    )
    model.fit(pixels[:400], collection.classes[:400])
    assert model.score(pixels[400:], collection.classes[400:]) < 0.45
