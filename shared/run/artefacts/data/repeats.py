"""The blocks of a datasheet about content that is there more than once."""

from __future__ import annotations

from shared.block import Block

__all__ = [
    "DuplicatesRecord",
    "NearDuplicatesRecord",
    "RepeatGroupRecord",
    "RepeatMemberRecord",
    "RepeatsAcrossRecord",
    "RepeatsRecord",
]


class RepeatsAcrossRecord(Block):
    """Content of one split that is also in another.

    Attributes:
        first: One split.
        second: The other.
        n: Rows of the second whose content is also in the first.
        example: Ids of a row of the first and of one of the second; empty if there is none.
    """

    first: str
    second: str
    n: int
    example: tuple[str, ...]


class RepeatMemberRecord(Block):
    """One of several examples with the same content.

    Attributes:
        id: Of the example.
        split: Its split.
        entity: Its entity.
        label: Name of its class.
    """

    id: str
    split: str
    entity: str
    label: str


class RepeatGroupRecord(Block):
    """Examples with the same content.

    Attributes:
        n: How many.
        conflict: Whether their labels differ.
        members: The first of them, at most 6.
    """

    n: int
    conflict: bool
    members: tuple[RepeatMemberRecord, ...]


class RepeatsRecord(Block):
    """All content that is there more than once.

    Attributes:
        num_groups: Groups of examples with the same content.
        num_rows: Examples beyond the first of each group.
        num_entities_differ: Groups of several entities.
        within: Split -> such examples within it.
        across: Each two splits.
        num_conflicts: Groups whose labels differ.
        listed: The first groups, at most 20: those with conflicts and across splits before others.
    """

    num_groups: int
    num_rows: int
    num_entities_differ: int
    within: dict[str, int]
    across: tuple[RepeatsAcrossRecord, ...]
    num_conflicts: int
    listed: tuple[RepeatGroupRecord, ...]


class DuplicatesRecord(RepeatsRecord):
    """Content that is the same byte for byte.

    Attributes:
        num_compared: Rows that were looked at.
    """

    num_compared: int


class NearDuplicatesRecord(RepeatsRecord):
    """Content that is nearly the same.

    Attributes:
        method: What counts as nearly the same; None if this kind of content is not compared.
        num_compared: Rows that were looked at.
        num_featureless: Rows without enough in them to be like anything.
        most_compared: Number of rows above which only a sample is looked at; None if never.
    """

    method: str | None
    num_compared: int
    num_featureless: int
    most_compared: int | None
