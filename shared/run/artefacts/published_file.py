"""`published.json`: the versions of one model that were published, and who held which label."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.artefacts.metrics.metric_entries import MetricEntry
from shared.run.artefacts.report.brief import Decision

__all__ = [
    "HIGHEST_VERSION",
    "PUBLISHED",
    "Label",
    "LabelMove",
    "MoveReason",
    "PublishedRecord",
    "PublishedVersion",
    "VersionNumber",
]

PUBLISHED = "published.json"
"""In the model's folder, beside its versions; no run has it."""

HIGHEST_VERSION = 2**63 - 1
"""TensorFlow Serving's version numbers are int64."""

Label = Literal["stable", "canary"]
MoveReason = Literal["publish", "rollback", "promote"]
VersionNumber = Annotated[int, Field(ge=1, le=HIGHEST_VERSION)]


class PublishedVersion(Block):
    """One published version.

    Attributes:
        version: Name of its folder.
        run: Name of the run's directory.
        commit: Of the source tree that made the run.
        published_at: UTC moment, as 2026-01-31T12:00:00Z.
        weights_sha256: SHA-256 (hex) of the weights, as in `signature.json`.
        saved_model_sha256: Fingerprint of the SavedModel's own files: all but `assets.extra/`.
        decision: What the run's report says; None without a report, likewise the two below.
        finding: The run in one sentence.
        metric: Name of the primary metric.
        result: Its value on the test split, with interval.
    """

    version: VersionNumber
    run: str
    commit: str
    published_at: str
    weights_sha256: str
    saved_model_sha256: str
    decision: Decision | None
    finding: str | None
    metric: str | None
    result: MetricEntry | None


class LabelMove(Block):
    """A label that was given to another version.

    Attributes:
        label: Which.
        reason: A rollback undoes the last publication, or promotion to stable, that none has undone
            yet; a promotion ends the canary.
        version: Who holds it from now on; None: nobody.
        moved_at: UTC moment, as 2026-01-31T12:00:00Z.
    """

    label: Label
    reason: MoveReason
    version: VersionNumber | None
    moved_at: str


class PublishedRecord(Artefact):
    """All that is known of one model's versions; nothing is ever taken out.

    Attributes:
        model: Name of that folder, by which the model is served.
        versions: Increasing.
        moves: In order.
    """

    file: ClassVar[str] = PUBLISHED

    schema_version: Literal[1] = 1
    model: str
    versions: tuple[PublishedVersion, ...] = ()
    moves: tuple[LabelMove, ...] = ()

    def held(self, label: Label) -> tuple[int, ...]:
        """The versions that held a label and can hold it again: the last one holds it now."""
        versions: tuple[int, ...] = ()
        for move in self.moves:
            if move.label != label:
                continue
            if move.reason == "rollback":
                versions = versions[:-1]
            else:
                versions = () if move.version is None else (*versions, move.version)
        return versions

    def labels(self) -> dict[Label, int]:
        """Label -> the version that holds it now."""
        names: tuple[Label, ...] = ("stable", "canary")
        return {name: held[-1] for name in names if (held := self.held(name))}
