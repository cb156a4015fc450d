"""Settings of a training on images, and of the images that are made for it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.config import TrainConfig

__all__ = ["MedicalTrainConfig"]


class MedicalTrainConfig(TrainConfig):
    """Training settings that suit a small residual network."""

    epochs: int = Field(24, ge=1, le=10_000, description="Passes over the training split, at most.")
    batch_size: int = Field(
        32, ge=1, le=65_536, description="Examples in one step, over all replicas together."
    )
    learning_rate: float = Field(
        4e-3, gt=0.0, le=10.0, description="Peak of the schedule: linear warm-up, then cosine to 0."
    )
    weight_decay: float = Field(0.05, ge=0.0, le=1.0, description="Decoupled weight decay (AdamW).")
    clip_norm: float = Field(
        10.0,
        gt=0.0,
        description=(
            "Largest global gradient norm; guards against outliers only, since AdamW is scale-free."
        ),
    )
    label_smoothing: float = Field(
        0.05, ge=0.0, lt=1.0, description="Share of each label spread over all classes."
    )
    synthesize: Literal["diffusion", "gan"] | None = Field(
        None,
        description=(
            "Images of rare classes are made for training, by a model of the training split:"
            " 'diffusion' (Ho et al. 2020) or 'gan' (Miyato et al. 2018). null: none."
        ),
    )
    synthesize_up_to: int = Field(
        300,
        ge=1,
        le=100_000,
        description="Classes with fewer training images are filled up to this number.",
    )
    synthesize_px: int = Field(
        32,
        ge=16,
        le=64,
        description="Longer side of made images, in steps of 8; they are scaled up.",
    )
    synthesize_steps: int = Field(
        2000,
        ge=1,
        le=1_000_000,
        description="Training steps of the model that makes them, of 32 images each.",
    )
    synthesize_guidance: float = Field(
        1.0,
        ge=0.0,
        le=10.0,
        description=(
            "Diffusion only: how much more typical of their class images become, at the cost of"
            " variety (w of Ho & Salimans 2022, eq. 6)."
        ),
    )
    synthesize_most_copies: float = Field(
        0.05,
        ge=0.0,
        lt=1.0,
        description=(
            "The run stops where the share of near-copies of training images among made images"
            " exceeds that among recorded ones by more than this: copies give patients away."
        ),
    )

    @model_validator(mode="after")
    def _balances_by_making_alone(self) -> Self:
        if self.synthesize is None:
            return self
        usual: dict[str, tuple[str | None, ...]] = {
            "loss": ("cross_entropy", "focal"),
            "sampling": ("natural",),
            "mitigation": ("none",),
            "teacher": (None,),
        }
        for key, allowed in usual.items():
            value = getattr(self, key)
            if value not in allowed:
                raise ValueError(
                    f"train.synthesize={self.synthesize} can't be combined with"
                    f" train.{key}={value}: leave one of them out"
                )
        return self
