"""The families of networks and their settings. Plain data: a network's own file loads Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from pipelines.medical_imaging.models.image_config import ImageModelConfig
from shared.config.transfer import TransferConfig
from shared.contract import Deferred, Family

__all__ = [
    "FAMILIES",
    "AnyModelConfig",
    "ConvolutionalConfig",
    "EfficientNetConfig",
    "PretrainedConfig",
    "ResnetConfig",
    "VitConfig",
]

Channels = Annotated[int, Field(ge=4, le=1024)]

_SMALL_IMAGE_PX = 48
"""Below this, a stem that halves the image leaves the stages little to see: networks for 32 px have
none (He et al. 2016, section 4.2)."""


class ConvolutionalConfig(ImageModelConfig):
    """What networks of convolutions have: a stem, then stages of blocks."""

    stem_channels: Channels = Field(16, description="Width of the first convolution.")
    stem_stride: Literal[1, 2] | None = Field(
        None,
        description=(
            "2 halves the image before the first stage; null: 1 for images with a side below"
            f" {_SMALL_IMAGE_PX} px, else 2."
        ),
    )
    blocks_per_stage: int = Field(1, ge=1, le=8, description="Blocks of each stage.")

    def strides(self, shorter_px: int) -> tuple[int, ...]:
        """Of the stem, then of each stage.

        Args:
            shorter_px: The image's shorter side.
        """
        usual = 1 if shorter_px < _SMALL_IMAGE_PX else 2
        return (self.stem_stride or usual, *self.stage_strides())

    def stage_strides(self) -> tuple[int, ...]:
        """Of each stage's first block."""
        raise NotImplementedError

    def misfit(self, shorter_px: int) -> str | None:
        """Whether halving leaves a pixel."""
        halvings = self.strides(shorter_px).count(2)
        if shorter_px >= 2**halvings:
            return None
        return f"can't be halved {halvings} times: give fewer model.stage_channels"


class ResnetConfig(ConvolutionalConfig):
    """A residual network of dense 3×3 convolutions; see `models/resnet.py`."""

    family: Literal["resnet"] = Field("resnet", description="Which network: its settings follow.")
    stage_channels: tuple[Channels, ...] = Field(
        (24, 48, 64), min_length=1, max_length=6, description="Each stage halves height and width."
    )

    def stage_strides(self) -> tuple[int, ...]:
        """2 for each."""
        return (2,) * len(self.stage_channels)


class EfficientNetConfig(ConvolutionalConfig):
    """Inverted bottlenecks that weigh their channels; see `models/efficientnet.py`."""

    family: Literal["efficientnet"] = Field(
        "efficientnet", description="Which network: its settings follow."
    )
    stage_channels: tuple[Channels, ...] = Field(
        (16, 24, 40, 64),
        min_length=1,
        max_length=7,
        description="Each stage but the first halves height and width.",
    )
    expansion: int = Field(4, ge=1, le=8, description="Width inside a block, in widths of a block.")
    kernel_px: Literal[3, 5, 7] = Field(3, description="Size of the depthwise convolutions.")
    stochastic_depth: float = Field(
        0.1, ge=0.0, lt=1.0, description="Share of rows that skip a block while training."
    )

    def stage_strides(self) -> tuple[int, ...]:
        """1, then 2 for each."""
        return (1,) + (2,) * (len(self.stage_channels) - 1)


class VitConfig(ImageModelConfig):
    """A transformer over patches; see `models/vit.py`."""

    training_defaults: ClassVar[Mapping[str, Any]] = {"learning_rate": 1e-3}

    family: Literal["vit"] = Field("vit", description="Which network: its settings follow.")
    stem: Literal["convolutions", "patches"] = Field(
        "convolutions",
        description=(
            "How patches become vectors: by convolutions, which need fewer images (Xiao et al."
            " 2021), or by one matrix ('patches')."
        ),
    )
    patch_px: int | None = Field(
        None,
        ge=2,
        le=128,
        description=(
            "Side of a patch, for convolutions the next lower power of 2; null: an eighth of the"
            " shorter side, from 2 to 16."
        ),
    )
    embedding_size: int = Field(96, ge=8, le=1024, description="Length of a patch's vector.")
    num_blocks: int = Field(4, ge=1, le=24, description="Encoder blocks.")
    num_heads: int = Field(4, ge=1, le=16, description="Of the attention; divide embedding_size.")
    block_dropout: float = Field(
        0.1, ge=0.0, lt=1.0, description="Of what each half of a block adds."
    )

    def patch_side_px(self, shorter_px: int) -> int:
        """Side of a patch.

        Args:
            shorter_px: The image's shorter side.
        """
        return self.patch_px or min(max(shorter_px // 8, 2), 16)

    def misfit(self, shorter_px: int) -> str | None:
        """Whether a patch is larger than the image."""
        if self.patch_side_px(shorter_px) <= shorter_px:
            return None
        return f"is smaller than a patch of {self.patch_px} px: give a smaller model.patch_px"

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.embedding_size % self.num_heads:
            raise ValueError(
                f"num_heads ({self.num_heads}) must divide embedding_size ({self.embedding_size})"
            )
        return self


class PretrainedConfig(TransferConfig, ImageModelConfig):
    """An encoder that was trained on other images; see `models/pretrained.py`."""

    training_defaults: ClassVar[Mapping[str, Any]] = {"learning_rate": 1e-3}

    family: Literal["pretrained"] = Field(
        "pretrained", description="Which network: its settings follow."
    )


AnyModelConfig = Annotated[
    ResnetConfig | EfficientNetConfig | VitConfig | PretrainedConfig,
    Field(discriminator="family"),
]
"""The settings of one family, told apart by its name; the first is the default."""


FAMILIES: dict[str, Family] = {
    "resnet": Family(ResnetConfig, Deferred("pipelines.medical_imaging.models.resnet:build_model")),
    "efficientnet": Family(
        EfficientNetConfig, Deferred("pipelines.medical_imaging.models.efficientnet:build_model")
    ),
    "vit": Family(VitConfig, Deferred("pipelines.medical_imaging.models.vit:build_model")),
    "pretrained": Family(
        PretrainedConfig, Deferred("pipelines.medical_imaging.models.pretrained:build_model")
    ),
}
"""Name, as `model.family` says it -> settings and network."""
