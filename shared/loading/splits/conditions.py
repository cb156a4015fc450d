"""Which group attributes describe circumstances rather than people, where only the user knows."""

from __future__ import annotations

from dataclasses import replace

from shared.contract import Splits
from shared.errors import ConfigError

__all__ = ["declare_conditions"]


def declare_conditions(splits: Splits, names: tuple[str, ...]) -> Splits:
    """The same splits, in which the attributes `names` are conditions too.

    Raises:
        ConfigError: The data has no such attribute.
    """
    attributes = [str(name) for name in splits.train.groups.columns]
    unknown = [name for name in names if name not in attributes]
    if unknown:
        raise ConfigError(
            f"data.conditions names {unknown[0]!r}, which is no group attribute of this data; it"
            f" has: {', '.join(attributes) or 'none'}. Name one of them, or make the column a group"
            " attribute first."
        )
    conditions = tuple(dict.fromkeys((*splits.provenance.conditions, *names)))
    return replace(splits, provenance=replace(splits.provenance, conditions=conditions))
