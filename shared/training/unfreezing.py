"""How fast each layer of a pretrained encoder learns, and from which step on.

Later layers learn faster than earlier ones (Howard & Ruder 2018, "Universal language model
fine-tuning", discriminative fine-tuning) and, if asked, sooner (gradual unfreezing). At first only
what is new learns, so that its random gradients do not destroy what is old (Kumar et al. 2022,
"Fine-tuning can distort pretrained features").
"""

from __future__ import annotations

from dataclasses import dataclass

import keras

from shared.config.run import ModelConfig
from shared.config.transfer import TransferConfig
from shared.pretrained.layers import encoder_of, layers_with_weights

__all__ = ["Pace", "paces"]


@dataclass(frozen=True)
class Pace:
    """How a variable learns.

    Attributes:
        rate: In learning rates of the training, in (0, 1].
        first_step: Optimizer steps before it begins.
    """

    rate: float
    first_step: int


def paces(network: keras.Model, config: ModelConfig, steps_per_epoch: int) -> dict[str, Pace]:
    """Path of each variable of the encoder that learns -> its pace; empty without an encoder.

    Args:
        network: As its pipeline built it, whatever is around it.
        config: Its settings.
        steps_per_epoch: Of the training.
    """
    if not isinstance(config, TransferConfig):
        return {}
    layers = layers_with_weights(encoder_of(network))
    found: dict[str, Pace] = {}
    for index, layer in enumerate(layers):
        depth = (len(layers) - 1 - index) / max(len(layers) - 1, 1)  # 0 at its output
        epoch = config.head_epochs + int(depth * config.unfreezing_epochs)
        pace = Pace(config.rate_at_input**depth, epoch * steps_per_epoch)
        found.update({variable.path: pace for variable in layer.trainable_variables})
    return found
