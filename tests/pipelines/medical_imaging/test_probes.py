from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data.dermatoscopy_phantoms import PhantomCollection, PhantomSettings
from pipelines.medical_imaging.probes import build_probes
from pipelines.medical_imaging.skin_tone import to_lab
from tests.pipelines.medical_imaging.pictures import config

PROBES = build_probes(config())
CORRUPTIONS = sorted(name for name, probe in PROBES.items() if probe.kind == "corruption")
PHANTOMS = PhantomCollection(PhantomSettings(num_pictures=3, height_px=32, width_px=40, group_bias=0.0, seed=0))
ROWS = {"image": np.stack([PHANTOMS.draw(index).pixels for index in range(3)])}


def changed(name: str, severity: int = 1) -> NDArray[Any]:
    return PROBES[name].apply(ROWS, severity, np.random.default_rng(0))["image"]


@pytest.mark.parametrize("name", sorted(PROBES))
def test_probes_keep_shape_and_dtype_and_change_the_picture(name: str) -> None:
    image = changed(name)
    assert (image.shape, image.dtype.name) == (ROWS["image"].shape, "uint8")
    assert not np.array_equal(image, ROWS["image"])


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruptions_hurt_more_with_severity(name: str) -> None:
    distances = [np.abs(changed(name, severity).astype(float) - ROWS["image"]).mean() for severity in PROBES[name].severities]
    assert distances == sorted(distances)
    assert distances[0] < 0.7 * distances[-1]


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corrupted_row_does_not_depend_on_the_rows_after_it(name: str) -> None:
    alone = PROBES[name].apply({"image": ROWS["image"][:1]}, 2, np.random.default_rng(0))["image"]
    assert np.array_equal(alone[0], changed(name, 2)[0])


def test_mirroring_twice_is_the_identity() -> None:
    twice = PROBES["mirrored"].apply({"image": changed("mirrored")}, 1, np.random.default_rng(0))["image"]
    assert np.array_equal(twice, ROWS["image"])


def test_the_darker_tone_lowers_lightness_and_keeps_the_colour() -> None:
    before, after = to_lab(ROWS["image"]), to_lab(changed("darker_tone"))
    difference = np.median((after - before).reshape(-1, 3), axis=0)
    assert difference[0] == pytest.approx(-12.0, abs=0.5)
    assert np.abs(difference[1:]).max() < 1.0


def test_the_warm_lamp_raises_red_and_lowers_blue() -> None:
    difference = changed("warm_light").astype(float).mean(axis=(0, 1, 2)) - ROWS["image"].mean(axis=(0, 1, 2))
    assert difference[0] > 5
    assert abs(difference[1]) < 0.5
    assert difference[2] < -5
