"""The group with which all others of an attribute are compared, beside the pooled rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.fairness.groups.grouped_errors import GroupSize

__all__ = ["Reference", "choose_reference"]


@dataclass(frozen=True)
class Reference:
    """A reference group.

    Attributes:
        group: Its name; None if there is none.
        is_named: Whether the configuration names it; else it is the largest.
        problem: Why the named group can't be used; empty if it can.
    """

    group: str | None
    is_named: bool
    problem: str = ""


def choose_reference(sizes: Sequence[GroupSize], named: str | None) -> Reference:
    """The named group, or else the largest, of those large enough to be compared.

    Args:
        sizes: Of the groups in the test split.
        named: By `evaluate.reference_groups`; None if it does not name this attribute.
    """
    shown = {size.group: size.num_rows for size in sizes if size.is_tested}
    if named is None:
        largest = max(shown, key=lambda group: shown[group], default=None)
        return Reference(largest, is_named=False)
    if named in shown:
        return Reference(named, is_named=True)
    reason = next(
        (size.suppressed or size.not_tested for size in sizes if size.group == named),
        "absent from the test split",
    )
    return Reference(
        None,
        True,
        f"The reference group {named!r} can not be used ({reason}), so no group is compared"
        " with it.",
    )
