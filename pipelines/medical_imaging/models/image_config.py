"""What the settings of every family hold: how an image is changed in training, and looked at."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.config import ModelConfig
from shared.config.mixing import MixingAlpha
from shared.config.setting_text import set_option

__all__ = ["ImageModelConfig"]

_QUARTER_TURN_DEGREES = 90
_BOTH_WAYS = "horizontal_and_vertical"
_FLIPS = {
    "none": ((0, False),),
    "horizontal": ((0, False), (0, True)),
    "vertical": ((0, False), (2, True)),
    _BOTH_WAYS: ((0, False), (0, True), (2, False), (2, True)),
}
"""`model.flip` -> quarter turns and mirroring of left and right: half a turn mirrors both ways."""


class ImageModelConfig(ModelConfig):
    """What every family has: the changes of an image while training, which mean no other class."""

    flip: Literal["none", "horizontal", "vertical", "horizontal_and_vertical"] = Field(
        "horizontal_and_vertical",
        description=(
            "Training only. Where left and right differ in meaning, as in chest films, choose"
            " 'none'."
        ),
    )
    rotation_degrees: float = Field(
        180.0, ge=0.0, le=180.0, description="Training only: turned by up to this, either way."
    )
    zoom: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        description="Training only: enlarged or reduced by up to this share, both sides alike.",
    )
    shift: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        description="Training only: moved by up to this share of height and of width, either way.",
    )
    brightness: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        description="Training only: shifted by up to this share of the whole range.",
    )
    contrast: float = Field(
        0.0, ge=0.0, lt=1.0, description="Training only: stretched or squeezed by up to this share."
    )
    randaugment_operations: int = Field(
        0,
        ge=0,
        le=8,
        description=(
            "Training only: how many changes of shape or colour, drawn for each image (RandAugment:"
            " Cubuk et al. 2020, N). 0: off."
        ),
    )
    randaugment_magnitude: float = Field(
        0.3, ge=0.0, le=1.0, description="How far each goes (their M / 10)."
    )
    mixup_alpha: MixingAlpha = Field(
        0.0,
        description=(
            "Training only: a weighted mean of two images, and of their labels; shares are drawn"
            " from Beta(α, α) (Zhang et al. 2018). 0: off."
        ),
    )
    cutmix_alpha: MixingAlpha = Field(
        0.0,
        description=(
            "Training only: a rectangle of another image, which takes its share of the label (Yun"
            " et al. 2019). With mixup, a coin chooses for each image. 0: off."
        ),
    )
    dropout: float = Field(0.2, ge=0.0, lt=1.0, description="Before the last layer.")
    tabular_dropout: float = Field(
        0.1,
        ge=0.0,
        lt=1.0,
        description=(
            "Training only: share of the values of `data.tabular_columns` that are not given, and"
            " of images that come without any."
        ),
    )
    test_time_views: Literal["one", "flips", "dihedral"] = Field(
        "one",
        description=(
            "What the trained network sees of an image, before its answers are averaged: 'flips':"
            " also what model.flip mirrors; 'dihedral': square images with their quarter turns too."
            " Answers take so many times as long."
        ),
    )

    def views(self, *, is_square: bool) -> tuple[tuple[int, bool], ...]:
        """Quarter turns and mirroring of each view at inference, as `SeveralViews` has them."""
        if self.test_time_views == "one":
            return ((0, False),)
        if self.test_time_views == "dihedral" and is_square:
            return tuple((turns, mirrored) for turns in range(4) for mirrored in (False, True))
        return _FLIPS[self.flip]

    @model_validator(mode="after")
    def _sees_what_it_learns(self) -> Self:
        if self.test_time_views != "one" and self.flip == "none":
            raise ValueError(
                f"test_time_views={self.test_time_views} mirrors images, and model.flip=none says"
                " that a mirrored one may mean another class. Use"
                f" {set_option('model.test_time_views', 'one')}"
            )
        is_turned = self.rotation_degrees >= _QUARTER_TURN_DEGREES
        if self.test_time_views == "dihedral" and not (is_turned and self.flip == _BOTH_WAYS):
            raise ValueError(
                "test_time_views=dihedral turns and mirrors images every way; model.flip="
                f"{self.flip} and model.rotation_degrees={self.rotation_degrees:g} do not say that"
                " their classes stay. It needs"
                f" {set_option('model.flip', _BOTH_WAYS)} and"
                f" {set_option('model.rotation_degrees', _QUARTER_TURN_DEGREES)} or more; else use"
                f" {set_option('model.test_time_views', 'flips')}"
            )
        return self

    def misfit(self, shorter_px: int) -> str | None:
        """Why the network can't see images of this size, as the end of a sentence; None if it can.

        Args:
            shorter_px: The image's shorter side.
        """
        del shorter_px
        return None
