"""The datasheet of a source: what can be said about data before a model sees it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.block import Block
from shared.contract import ContentKind
from shared.run.artefacts.data.repeats import DuplicatesRecord, NearDuplicatesRecord
from shared.run.artefacts.data.series import SeriesRecord

__all__ = [
    "CategoriesDatasheet",
    "ClassShareRecord",
    "ContentRecord",
    "CountedShareRecord",
    "Datasheet",
    "EntitySizesRecord",
    "GroupAttributeRecord",
    "GroupClassRecord",
    "GroupValueRecord",
    "HorizonDatasheet",
    "LeakageRecord",
    "OverlapRecord",
    "QuarantineReasonRecord",
    "QuarantineRecord",
    "ShiftPairRecord",
    "ShiftRecord",
    "SourceRecord",
    "SplitSheetRecord",
]


class CountedShareRecord(Block):
    """How many of some examples have a property.

    Attributes:
        n: Examples that have it.
        share: Of all; None without examples.
        ci_low: Lower end of the share's interval, by entity.
        ci_high: Upper end of the share's interval, by entity.
    """

    n: int
    share: float | None
    ci_low: float | None
    ci_high: float | None


class ClassShareRecord(CountedShareRecord):
    """How many of some examples are of a class.

    Attributes:
        name: Of the class.
    """

    name: str


class GroupClassRecord(ClassShareRecord):
    """How many examples of a group are of a class.

    Attributes:
        elsewhere: The share of the class outside of the group; None if there is no outside.
        under_represented: Whether even the upper end of the interval is far below that.
    """

    elsewhere: float | None
    under_represented: bool


class EntitySizesRecord(Block):
    """Examples per entity.

    Attributes:
        median: Over the entities.
        largest: Of one entity.
    """

    median: float
    largest: int


class SplitSheetRecord(Block):
    """One split.

    Attributes:
        n: Its examples.
        num_entities: Entities among them.
        examples_per_entity: How they are divided.
        classes: The share of each class; None for forecasts.
    """

    n: int
    num_entities: int
    examples_per_entity: EntitySizesRecord
    classes: tuple[ClassShareRecord, ...] | None


class GroupValueRecord(CountedShareRecord):
    """One group over all splits.

    Attributes:
        value: Its name.
        num_entities: Entities in it.
        splits: Split -> examples of the group.
        classes: The share of each class within the group; None for forecasts.
    """

    value: str
    num_entities: int
    splits: dict[str, int]
    classes: tuple[GroupClassRecord, ...] | None


class GroupAttributeRecord(Block):
    """One attribute over all splits.

    Attributes:
        attribute: Its name.
        num_values: Different values, the unknown included.
        unknown: Examples of which the value is not known.
        values: The largest groups, at most 30.
    """

    attribute: str
    num_values: int
    unknown: CountedShareRecord
    values: tuple[GroupValueRecord, ...]


class ShiftPairRecord(Block):
    """Whether two splits have the same labels.

    Attributes:
        first: One split.
        second: The other.
        effect: How far their labels differ, in [0, 1].
        p_value: Of no difference; None if it can't be tested.
    """

    first: str
    second: str
    effect: float
    p_value: float | None


class ShiftRecord(Block):
    """Whether all splits have the same labels.

    Attributes:
        effect: Name of the measure.
        pairs: Each two splits.
    """

    effect: Literal["Cramér's V", "Kolmogorov-Smirnov distance"]
    pairs: tuple[ShiftPairRecord, ...]


class OverlapRecord(Block):
    """What two splits share.

    Attributes:
        first: One split.
        second: The other.
        n: How many.
        example: A few of them, by name.
    """

    first: str
    second: str
    n: int
    example: tuple[str, ...]


class QuarantineReasonRecord(Block):
    """Inputs that were set aside for one reason.

    Attributes:
        reason: In words.
        n: How many.
        example: File of the first.
    """

    reason: str
    n: int
    example: str


class QuarantineRecord(Block):
    """Inputs that were set aside.

    Attributes:
        n: How many.
        reasons: The most frequent first, at most 50.
    """

    n: int
    reasons: tuple[QuarantineReasonRecord, ...]


class LeakageRecord(Block):
    """What makes a test too easy.

    Attributes:
        allowed: Whether the configuration accepts it.
        reasons: One sentence for each leak; empty if there is none.
    """

    allowed: bool
    reasons: tuple[str, ...]


class SourceRecord(Block):
    """Where data comes from; the fields are those of `shared.contract.Provenance`."""

    name: str
    source: str
    version: str
    licence: str
    checksum: str
    synthetic: bool
    conditions: tuple[str, ...]


class ContentRecord(Block):
    """What one example holds.

    Attributes:
        kind: Of its content.
        wire: Name of each wire array -> its type in words.
    """

    kind: ContentKind
    wire: dict[str, str]


class _AnyDatasheet(Block):
    """What can be said of every source.

    Attributes:
        confidence: Level of all intervals.
        provenance: Where the data comes from.
        splits: Split -> its size and classes.
        groups: Each attribute over all splits.
        shift: Whether the splits have the same labels.
        entity_overlap: Entities that two splits share.
        quarantine: Inputs that were set aside.
        leakage: What makes the test too easy.
    """

    confidence: float
    provenance: SourceRecord
    splits: dict[str, SplitSheetRecord]
    groups: tuple[GroupAttributeRecord, ...]
    shift: ShiftRecord
    entity_overlap: tuple[OverlapRecord, ...]
    quarantine: QuarantineRecord
    leakage: LeakageRecord


class CategoriesDatasheet(_AnyDatasheet):
    """Of a source of classes.

    Attributes:
        kind: Of target.
        content: What one example holds.
        duplicates: Content that is there more than once, byte for byte.
        near_duplicates: Content that is nearly the same.
    """

    kind: Literal["categories"] = "categories"
    content: ContentRecord
    duplicates: DuplicatesRecord
    near_duplicates: NearDuplicatesRecord


class HorizonDatasheet(_AnyDatasheet):
    """Of a source of series.

    Attributes:
        kind: Of target.
        series: What the windows cover.
    """

    kind: Literal["horizon"] = "horizon"
    series: SeriesRecord


Datasheet = Annotated[CategoriesDatasheet | HorizonDatasheet, Field(discriminator="kind")]
