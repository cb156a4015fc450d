from __future__ import annotations

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.medical_imaging.models.resnet import build_model
from shared.targets import Categories
from tests.pipelines.medical_imaging.images import config, image

TARGET = Categories(names=("a", "b", "c"))


def images(count: int = 4, size: int = 32) -> dict[str, NDArray[np.uint8]]:
    return {"image": np.stack([image(seed, size, size) for seed in range(count)])}


def test_scores_are_float32_logits_of_every_class() -> None:
    scores = build_model(config(), TARGET)(images())
    assert (tuple(scores.shape), scores.dtype) == ((4, 3), "float32")


def test_augmentation_acts_in_training_only() -> None:
    model = build_model(config("model.rotation_degrees=90"), TARGET)
    quiet = [np.asarray(model(images(), training=False)) for _ in range(2)]
    assert np.array_equal(quiet[0], quiet[1])
    names = [layer.name for layer in model.layers]
    assert {"augment_flip", "augment_rotation"} <= set(names)


def test_augmentation_that_is_switched_off_leaves_no_layer() -> None:
    model = build_model(config("model.flip=none", "model.rotation_degrees=0"), TARGET)
    assert not [layer.name for layer in model.layers if layer.name.startswith("augment")]


def test_rotation_turns_whole_images_by_up_to_the_given_angle() -> None:
    model = build_model(config("model.flip=none", "model.rotation_degrees=180"), TARGET)
    turn = model.get_layer("augment_rotation")
    assert turn.get_config()["factor"] in ([-0.5, 0.5], (-0.5, 0.5), 0.5)


def test_equal_seeds_give_equal_weights() -> None:
    weights = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        weights.append(build_model(config(), TARGET).get_weights())
    assert all(np.array_equal(one, other) for one, other in zip(*weights, strict=True))


@pytest.mark.parametrize(("stages", "blocks"), [("[8]", 1), ("[8, 12, 16]", 2)])
def test_stages_and_blocks_decide_the_depth(stages: str, blocks: int) -> None:
    model = build_model(
        config(f"model.stage_channels={stages}", f"model.blocks_per_stage={blocks}"), TARGET
    )
    additions = [layer for layer in model.layers if isinstance(layer, keras.layers.Add)]
    assert len(additions) == len(stages.split(",")) * blocks


def test_odd_sizes_are_accepted() -> None:
    cfg = config("data.image_height_px=37", "data.image_width_px=45")
    photo = np.stack([image(0, 37, 45)])
    assert build_model(cfg, TARGET)({"image": photo}).shape == (1, 3)
