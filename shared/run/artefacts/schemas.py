"""Write `docs/schema/`, the JSON Schema of every artefact: `make schemas`."""

from __future__ import annotations

import json
from pathlib import Path

from shared.run.artefacts.artefact import Artefact
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.compression.record import CompressionRecord
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.data.synthetic import SyntheticRecord
from shared.run.artefacts.environment_file import EnvironmentRecord
from shared.run.artefacts.explanations.record import Explanations
from shared.run.artefacts.fairness.record import FairnessRecord
from shared.run.artefacts.gallery_file import Gallery
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.artefacts.monitoring.record import MonitorRecord
from shared.run.artefacts.parity_file import ParityRecord
from shared.run.artefacts.published_file import PublishedRecord
from shared.run.artefacts.report.record import ReportRecord
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.artefacts.train_file import TrainRecord

__all__ = ["ARTEFACTS", "SCHEMA_FOLDER", "schema_files"]

ARTEFACTS: tuple[type[Artefact], ...] = (
    EnvironmentRecord,
    DataRecord,
    TrainRecord,
    SyntheticRecord,
    BlendRecord,
    CalibrationRecord,
    Metrics,
    FairnessRecord,
    Explanations,
    Gallery,
    SignatureRecord,
    ParityRecord,
    ReportRecord,
    MonitorRecord,
    PublishedRecord,
    CompressionRecord,
)
"""Every artefact with a model, in the order in which stages write them; then those of `monitor`,
`publish` and `compress`."""

SCHEMA_FOLDER = Path(__file__).resolve().parents[3] / "docs" / "schema"


def schema_files() -> dict[str, str]:
    """File name, as `calibration.schema.json`, -> its text."""
    return {_file_name(artefact): _schema_text(artefact) for artefact in ARTEFACTS}


def _file_name(artefact: type[Artefact]) -> str:
    return f"{Path(artefact.file).stem}.schema.json"


def _schema_text(artefact: type[Artefact]) -> str:
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema = dialect | artefact.model_json_schema(mode="serialization")
    schema["title"] = f"{artefact.file}, version {artefact.form()}"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FOLDER.mkdir(exist_ok=True)
    for name, text in schema_files().items():
        (SCHEMA_FOLDER / name).write_text(text, encoding="utf-8")
