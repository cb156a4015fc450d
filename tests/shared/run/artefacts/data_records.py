"""A `data.json` as small as can be, for stages that read it without a data stage before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.contract import Provenance
from shared.run.artefacts.data.datasheet import (
    CategoriesDatasheet,
    ContentRecord,
    Datasheet,
    HorizonDatasheet,
    LeakageRecord,
    QuarantineRecord,
    ShiftRecord,
    SourceRecord,
)
from shared.run.artefacts.data.record import DataRecord, SplitRecord
from shared.run.artefacts.data.repeats import DuplicatesRecord, NearDuplicatesRecord
from shared.run.artefacts.data.series import SeriesRecord
from shared.targets import Categories, Horizon, Target

_NONE_REPEATED = {
    "num_groups": 0,
    "num_rows": 0,
    "num_entities_differ": 0,
    "within": {},
    "across": (),
    "num_conflicts": 0,
    "listed": (),
    "num_compared": 0,
}


def data_record(
    target: Target,
    *,
    class_counts: dict[str, int] | None = None,
    groups: Mapping[str, Mapping[str, int]] | None = None,
    conditions: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> DataRecord:
    """What the data stage would have written, without examples behind it."""
    provenance = Provenance(
        name="Test data",
        source="demo",
        version="1",
        licence="CC0-1.0",
        citation="",
        checksum="c" * 64,
        synthetic=True,
        conditions=tuple(conditions),
        notes=tuple(notes),
    )
    split = SplitRecord(n=100, num_entities=50, classes=class_counts, fingerprint="f" * 64)
    return DataRecord(
        target=target,
        provenance=provenance,
        splits={"train": split, "val": split, "test": split},
        groups={name: dict(values) for name, values in (groups or {}).items()},
        quarantine=(),
        fingerprint="d" * 64,
        datasheet=_datasheet(target, provenance),
    )


def _source(provenance: Provenance) -> SourceRecord:
    return SourceRecord(
        name=provenance.name,
        source=provenance.source,
        version=provenance.version,
        licence=provenance.licence,
        checksum=provenance.checksum,
        synthetic=provenance.synthetic,
        conditions=provenance.conditions,
    )


def _datasheet(target: Target, provenance: Provenance) -> Datasheet:
    facts = {
        "confidence": 0.95,
        "provenance": _source(provenance),
        "splits": {},
        "groups": (),
        "shift": ShiftRecord(effect="Cramér's V", pairs=()),
        "entity_overlap": (),
        "quarantine": QuarantineRecord(n=0, reasons=()),
        "leakage": LeakageRecord(allowed=False, reasons=()),
    }
    if isinstance(target, Categories):
        return CategoriesDatasheet.model_validate(
            facts
            | {
                "content": ContentRecord(kind="text", wire={"text": "text"}),
                "duplicates": DuplicatesRecord.model_validate(_NONE_REPEATED),
                "near_duplicates": NearDuplicatesRecord.model_validate(
                    _NONE_REPEATED | {"method": None, "num_featureless": 0, "most_compared": 0}
                ),
            }
        )
    return HorizonDatasheet.model_validate(facts | {"series": _series(target)})


def _series(target: Horizon) -> SeriesRecord:
    return SeriesRecord(
        step_seconds=target.step_seconds,
        steps_ahead=target.steps,
        unit=target.unit,
        num_series=0,
        masked={},
        source=None,
        series=(),
    )
