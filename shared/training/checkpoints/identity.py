"""Which training a checkpoint belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from shared.config import RunConfig
from shared.errors import CheckpointError

__all__ = ["TrainingIdentity"]

_MAY_CHANGE = frozenset({"train.strategy", "train.deploy", "train.members"})
"""Besides what only changes the cost: on more devices or fewer a training leads to the same
weights, but for rounding; what is deployed is chosen after it; and members know nothing of each
other."""


@dataclass(frozen=True)
class TrainingIdentity:
    """What decides the weights in the end.

    Attributes:
        settings: Dotted keys of the configuration and their values, as plain JSON.
        data: Fingerprint of the data.
        code: Fingerprint of the source code.
    """

    settings: Mapping[str, Any]
    data: str
    code: str

    @classmethod
    def of(cls, config: RunConfig, *, data: str, code: str) -> Self:
        """The identity of a training with this configuration."""
        sections = {
            "data": config.data,
            "front_end": config.front_end,
            "model": config.model,
            "train": config.train,
        }
        tree = {
            name: section.model_dump(mode="json", exclude=set(section.only_cost))
            for name, section in sections.items()
        }
        settings = {"pipeline": config.pipeline, **dict(_flatten(tree))}
        return cls(
            {key: value for key, value in settings.items() if key not in _MAY_CHANGE}, data, code
        )

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The identity that `state()` made."""
        return cls(dict(state["settings"]), str(state["data"]), str(state["code"]))

    def state(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"settings": dict(self.settings), "data": self.data, "code": self.code}

    def require_same(self, stored: TrainingIdentity, origin: str) -> None:
        """Refuse the checkpoint of another training.

        Args:
            stored: What the checkpoint says of itself.
            origin: Where it lies, for the message.

        Raises:
            CheckpointError: Settings or data differ; the message says which.
        """
        keys = sorted(self.settings.keys() | stored.settings.keys())
        changes = [
            f"{key} was {stored.settings.get(key)!r}, is {self.settings.get(key)!r}"
            for key in keys
            if self.settings.get(key) != stored.settings.get(key)
        ]
        if changes:
            raise CheckpointError(
                f"{origin} belongs to a training with another configuration: {'; '.join(changes)}. "
                "Resume with the settings as they were, or train anew by running without --resume."
            )
        if self.data != stored.data:
            raise CheckpointError(
                f"{origin} belongs to a training on other data (fingerprint {stored.data[:12]}…,"
                f" now {self.data[:12]}…). Bring the data back, or train anew by running without"
                " --resume."
            )


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
