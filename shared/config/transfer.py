"""Settings of a network that begins with a pretrained encoder; the same for images and texts."""

from __future__ import annotations

from pydantic import Field

from shared.config.run import ModelConfig

__all__ = ["TransferConfig", "encoder_source"]


class TransferConfig(ModelConfig):
    """Which encoder, and how fast it leaves what it was pretrained to."""

    encoder: str = Field(
        "",
        description=(
            "What was pretrained: a folder with config.json and weights (of Hugging Face, timm or"
            " KerasHub), the name of a KerasHub preset, hf://OWNER/MODEL or kaggle://…"
        ),
    )
    frozen_share: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        description="Share of the encoder's layers, from its input, that stay as pretrained.",
    )
    head_epochs: int = Field(
        1, ge=0, le=1000, description="Epochs in which only what follows the encoder learns."
    )
    unfreezing_epochs: int = Field(
        0,
        ge=0,
        le=1000,
        description=(
            "After head_epochs, layers begin to learn over this many epochs, the last ones first;"
            " 0: all at once."
        ),
    )
    rate_at_input: float = Field(
        0.3,
        gt=0.0,
        le=1.0,
        description=(
            "Learning rate of the encoder's first layer, in learning rates of its last; between"
            " them it falls geometrically."
        ),
    )


def encoder_source(model: ModelConfig) -> str | None:
    """The setting `model.encoder`; None for a network without a pretrained encoder."""
    return model.encoder if isinstance(model, TransferConfig) else None
