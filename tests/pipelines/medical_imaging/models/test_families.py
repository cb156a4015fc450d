from __future__ import annotations

import numpy as np
import pytest

from pipelines.medical_imaging import PIPELINE
from pipelines.medical_imaging.models.families import EfficientNetConfig, ResnetConfig, VitConfig
from shared.errors import ConfigError
from shared.targets import Categories
from tests.pipelines.medical_imaging.images import config, image

TARGET = Categories(names=("a", "b", "c"))


@pytest.mark.parametrize("family", ["resnet", "efficientnet", "vit"])
@pytest.mark.parametrize(("height", "width"), [(28, 28), (37, 61)])
def test_images_of_any_size_get_finite_logits(family: str, height: int, width: int) -> None:
    sizes = (f"data.image_height_px={height}", f"data.image_width_px={width}")
    model = PIPELINE.model(config(*sizes, preset=_preset(family)), TARGET)
    scores = np.asarray(model({"image": image(0, height, width)[None]}))
    assert scores.shape == (1, 3)
    assert np.isfinite(scores).all()


def _preset(family: str) -> str:
    return "smoke" if family == "resnet" else f"smoke_{family}"


@pytest.mark.parametrize(("shorter_px", "stride"), [(28, 1), (47, 1), (48, 2), (224, 2)])
def test_the_stem_does_not_halve_small_images_unless_it_is_told_to(
    shorter_px: int, stride: int
) -> None:
    assert ResnetConfig().strides(shorter_px) == (stride, 2, 2, 2)
    assert EfficientNetConfig().strides(shorter_px) == (stride, 1, 2, 2, 2)
    assert ResnetConfig(stem_stride=2).strides(28)[0] == 2


@pytest.mark.parametrize(("shorter_px", "patch_px"), [(16, 2), (28, 3), (64, 8), (224, 16)])
def test_the_patch_follows_the_image_unless_it_is_set(shorter_px: int, patch_px: int) -> None:
    assert VitConfig().patch_side_px(shorter_px) == patch_px
    assert VitConfig(patch_px=7).patch_side_px(shorter_px) == 7


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["model.family=vit", "model.num_heads=5"], "num_heads (5) must divide embedding_size"),
        (["model.family=vit", "model.patch_px=40"], "smaller than a patch of 40 px"),
        (["model.mixup_alpha=0.2", "data.tabular_columns=[age]"], "but not data.tabular_columns"),
        (["model.cutmix_alpha=0.01"], "must be 0 (off) or at least 0.05"),
        (["model.family=vit", "model.stem_channels=8"], "families resnet, efficientnet have it"),
        (
            [
                "model.family=efficientnet",
                "data.image_height_px=16",
                "model.stem_stride=2",
                "model.stage_channels=[8, 8, 8, 8, 8]",
            ],
            "can't be halved 5 times",
        ),
    ],
)
def test_what_cannot_work_is_refused_by_name(assignments: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(*assignments)
    assert message in str(caught.value)
