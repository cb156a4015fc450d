from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from pipelines.medical_imaging import PIPELINE
from pipelines.medical_imaging.generation import rows as generation
from pipelines.medical_imaging.generation.diffusion import kept_share
from pipelines.medical_imaging.generation.rows import generate_rows
from pipelines.medical_imaging.generation.small_images import SmallImages, small_size
from pipelines.medical_imaging.reading.pixels import IMAGE_BYTES
from shared.errors import DataError
from tests.pipelines.medical_imaging.images import config as configure


def _configure(*settings: str) -> Any:
    return configure("data.num_demo_examples=60", *settings)


def test_an_image_keeps_its_shape_in_steps_of_eight() -> None:
    config = _configure("data.image_height_px=96", "data.image_width_px=128")
    assert small_size(config) == (24, 32)


def test_less_is_kept_the_later_it_is() -> None:
    kept = kept_share(np.linspace(0.0, 1.0, 50))
    assert (np.diff(kept) < 0.0).all()
    assert kept[0] > 0.99
    assert 0.0 < kept[-1] < 0.01


def test_batches_show_rare_classes_as_often_as_others() -> None:
    classes = np.repeat([0, 1, 2], [90, 9, 1])
    images = SmallImages(np.zeros((100, 16, 16, 3), np.uint8), classes, 4, ())
    drawn = [c for _, batch in images.batches(40, np.random.default_rng(0)) for c in batch.tolist()]
    shares = np.bincount(drawn, minlength=4) / len(drawn)
    assert shares[:3] == pytest.approx([1 / 3] * 3, abs=0.06)
    assert shares[3] == 0.0  # no image of it was recorded


@pytest.fixture
def made() -> Any:
    """Noise in place of a trained model."""

    def noise(config: Any, images: SmallImages, classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        del config
        shape = (len(classes), *images.pixels.shape[1:])
        return np.random.default_rng(0).integers(0, 256, shape, np.uint8)

    with mock.patch.object(generation, "_made", noise):
        config = _configure("train.synthesize=gan", "train.synthesize_up_to=12")
        splits = PIPELINE.synthesize(config, 60, 0)
        yield splits, generate_rows(config, splits.train, splits.target)


def test_rare_classes_are_filled_up_with_files_of_their_own(made: Any) -> None:
    splits, generated = made
    examples = generated.examples
    real = np.bincount(splits.train.targets, minlength=len(splits.target.names))
    new = np.bincount(examples.targets, minlength=len(splits.target.names))
    assert np.maximum(real, 12).tolist() == (real + new).tolist()
    assert not set(examples.ids) & set(splits.train.ids)
    assert all(name.startswith("synthetic-") for name in examples.ids)
    files = examples.rows(np.arange(len(examples)))[IMAGE_BYTES]
    assert all(file.startswith(b"\x89PNG") for file in files)
    assert set(examples.groups.columns) == set(splits.train.groups.columns)
    assert (examples.groups == "unknown").all(axis=None)


def test_the_numbers_compared_are_the_pixels(made: Any) -> None:
    _, generated = made
    two = generated.examples.rows(np.array([0, 1]))
    noise = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    assert np.array_equal(generated.compared(two), noise.reshape(2, -1).astype(np.float32))


def test_without_a_rare_class_there_is_nothing_to_do() -> None:
    config = _configure("train.synthesize=gan", "train.synthesize_up_to=1")
    splits = PIPELINE.synthesize(config, 60, 0)
    with pytest.raises(DataError, match="synthesize_up_to=1 training images"):
        generate_rows(config, splits.train, splits.target)


@pytest.mark.parametrize("other", ["train.sampling=balanced", "train.loss=class_weighted"])
def test_two_ways_to_balance_are_refused_together(other: str) -> None:
    with pytest.raises((ValidationError, ValueError), match=r"synthesize=gan can't be combined"):
        _configure("train.synthesize=gan", other)


def test_off_nothing_is_made() -> None:
    config = _configure()
    splits = PIPELINE.synthesize(config, 60, 0)
    assert generate_rows(config, splits.train, splits.target) is None
