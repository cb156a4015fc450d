"""Settings that were told from the training data, where the user left them open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.config.run import RunConfig

__all__ = ["as_read"]


def as_read(config: RunConfig, reading: Mapping[str, Any]) -> RunConfig:
    """The configuration with what reading told, such as which column is what.

    It holds for whatever is read, fitted or refused later; what is configured wins.

    Args:
        config: As the user gave it.
        reading: Settings of `data`, as in `Splits.reading`.
    """
    data = config.data
    fields = type(data).model_fields
    told = {
        name: value
        for name, value in reading.items()
        if getattr(data, name) == fields[name].default
    }
    return config.model_copy(update={"data": data.model_copy(update=told)})
