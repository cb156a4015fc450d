"""Whether the groups that the configuration names as references occur in the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.contract import UNKNOWN, Splits
from shared.errors import ConfigError

__all__ = ["groups_of", "refuse_unknown_references"]


def groups_of(splits: Splits) -> dict[str, set[str]]:
    """Attribute -> the groups that occur in any split."""
    found: dict[str, set[str]] = {}
    for examples in splits.by_split().values():
        for attribute in examples.groups.columns:
            found.setdefault(str(attribute), set()).update(
                map(str, examples.groups[attribute].unique())
            )
    return found


def refuse_unknown_references(
    named: Mapping[str, str], groups: Mapping[str, Iterable[str]]
) -> None:
    """Refuse references that the data does not have.

    Args:
        named: Attribute -> group, as configured.
        groups: Attribute -> the groups that occur anywhere in the data.

    Raises:
        ConfigError: An attribute, or a group of it, does not occur.
    """
    for attribute, group in named.items():
        if attribute not in groups:
            raise ConfigError(
                f"evaluate.reference_groups names the attribute {attribute!r}, which this data does"
                f" not have; it has: {', '.join(groups) or 'none'}."
            )
        known = sorted(value for value in groups[attribute] if value != UNKNOWN)
        if group not in known:
            raise ConfigError(
                f"evaluate.reference_groups names {group!r} as the reference of {attribute!r}, but"
                " no example is of that group; there are:"
                f" {', '.join(known[:20]) or 'none'}{', …' if len(known) > 20 else ''}."
            )
