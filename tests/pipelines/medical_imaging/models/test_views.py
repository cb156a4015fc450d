from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.medical_imaging import PIPELINE
from shared.errors import ConfigError
from shared.model.last_features import with_last_features
from shared.networks.views import num_views
from shared.targets import Categories
from tests.pipelines.medical_imaging.images import config, image

TARGET = Categories(names=("a", "b", "c"))
Pixels = NDArray[np.uint8]
Change = Callable[[Pixels], Pixels]

FLIPS: tuple[Change, ...] = (
    lambda pixels: pixels,
    lambda pixels: pixels[:, :, ::-1],
    lambda pixels: pixels[:, ::-1],
    lambda pixels: pixels[:, ::-1, ::-1],
)


def _turned(flip: Change, pixels: Pixels) -> Pixels:
    return np.rot90(flip(pixels), axes=(1, 2))


TURNS: tuple[Change, ...] = (*FLIPS, *[partial(_turned, flip) for flip in FLIPS])
ANY_TURN = ("model.test_time_views=dihedral", "model.rotation_degrees=180")
WIDE = ("data.image_height_px=24", "data.image_width_px=40")


def _model(*assignments: str, family: str = "resnet") -> keras.Model:
    """The same weights whatever is seen; an image of even size, of which strides see one side."""
    keras.utils.set_random_seed(3)
    preset = "smoke" if family == "resnet" else f"smoke_{family}"
    return PIPELINE.model(config(*assignments, preset=preset), TARGET)


def _pixels(height: int = 32, width: int = 32) -> Pixels:
    return np.stack([image(seed, height, width) for seed in range(3)])


def _scores(model: keras.Model, pixels: Pixels) -> NDArray[Any]:
    return np.asarray(model({"image": pixels}, training=False))


def _scores_and_features(model: keras.Model, pixels: Pixels) -> list[NDArray[Any]]:
    both = with_last_features(model)
    assert both is not None
    return [np.asarray(each) for each in both({"image": pixels}, training=False)]


def _is_invariant(model: keras.Model, pixels: Pixels, changes: tuple[Change, ...]) -> bool:
    expected = _scores(model, pixels)
    return all(
        np.allclose(_scores(model, change(pixels)), expected, atol=1e-5) for change in changes
    )


@pytest.mark.parametrize("family", ["resnet", "vit"])
def test_flips_change_no_answer_unless_a_view_is_left_out(family: str) -> None:
    model = _model("model.test_time_views=flips", family=family)
    assert _is_invariant(model, _pixels(), FLIPS)
    views = model.get_layer("views")
    views.views = (*views.views[:3], views.views[0])
    assert not _is_invariant(model, _pixels(), FLIPS)


def test_the_mean_is_that_of_the_logits_and_features_of_all_views() -> None:
    one, all_views = _model(), _model("model.test_time_views=flips")
    alone = [_scores_and_features(one, flip(_pixels())) for flip in FLIPS]
    for place, mean in enumerate(_scores_and_features(all_views, _pixels())):
        expected = np.mean([each[place] for each in alone], axis=0)
        np.testing.assert_allclose(mean, expected, atol=1e-5)


@pytest.mark.slow
def test_only_what_the_augmentation_mirrors_is_a_view() -> None:
    model = _model("model.test_time_views=flips", "model.flip=horizontal")
    assert _is_invariant(model, _pixels(), FLIPS[:2])
    assert not _is_invariant(model, _pixels(), FLIPS)
    assert _is_invariant(
        _model("model.test_time_views=flips", "model.flip=vertical"), _pixels(), FLIPS[::2]
    )


def test_quarter_turns_of_square_images_are_views_too() -> None:
    assert _is_invariant(_model(*ANY_TURN), _pixels(), TURNS)
    assert not _is_invariant(_model("model.test_time_views=flips"), _pixels(), TURNS)


@pytest.mark.slow
def test_other_images_are_only_mirrored() -> None:
    model = _model(*ANY_TURN, *WIDE)
    assert num_views(model) == 4
    assert _is_invariant(model, _pixels(24, 40), FLIPS)


def test_training_sees_one_view() -> None:
    model = _model("model.test_time_views=flips")
    plain = (layer.name for layer in _model().layers)
    assert {layer.name for layer in model.layers} - set(plain) == {"views", "mean_over_views"}
    assert model({"image": _pixels()}, training=True).shape == (3, 3)
    assert (num_views(model), num_views(_model())) == (4, 1)


@pytest.mark.slow
def test_a_network_of_several_views_comes_back_from_its_file(tmp_path: Path) -> None:
    model = _model(*ANY_TURN)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert np.array_equal(_scores(again, _pixels()), _scores(model, _pixels()))


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (
            ["model.test_time_views=flips", "model.flip=none"],
            "model.flip=none says that a mirrored one may mean another class",
        ),
        ([*ANY_TURN, "model.flip=horizontal"], "model.flip=horizontal and"),
        ([ANY_TURN[0], "model.rotation_degrees=15"], "model.rotation_degrees=15 do not say"),
    ],
)
def test_views_that_may_mean_another_class_are_refused(
    assignments: list[str], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        config(*assignments)
    assert message in str(caught.value)
