"""Runs with an invented SavedModel that parity proved, as the stages leave them; no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.directory import RunDirectory
from shared.run.files import CALIBRATION, CONFIG, PARITY, REPORT_RECORD, SAVED_MODEL, SIGNATURE
from shared.run.records import StageRecord, write_record
from shared.targets import Categories
from tests.shared.reporting.invented_records import (
    ENVIRONMENT,
    invented_parity,
    invented_signature,
)
from tests.shared.uncalibrated import UNCALIBRATED
from tests.shared.verdicts.invented_reports import report_of

__all__ = ["no_warm_up", "proven_run", "record_stages"]


def proven_run(folder: Path, *, model: str = "invented", passed: bool = True) -> RunDirectory:
    """A run whose export and report are done."""
    run = RunDirectory(folder)
    target = Categories(names=("no", "yes"))
    run.write_text(CONFIG, "{}\n")
    ENVIRONMENT.write(run)
    UNCALIBRATED.write(run)
    invented_signature(target).model_copy(update={"model": model}).write(run)
    invented_parity(target).model_copy(update={"passed": passed}).write(run)
    variables = run / f"{SAVED_MODEL}/1/variables"
    variables.mkdir(parents=True)
    (variables / "variables.index").write_bytes(b"weights")
    (variables.parent / "saved_model.pb").write_bytes(b"graph")
    report_of("shown").write(run)
    record_stages(run)
    return run


def record_stages(run: RunDirectory) -> None:
    """Both stages made what is there now."""
    for stage, inputs, outputs in (
        ("export", (CALIBRATION,), (SAVED_MODEL, SIGNATURE, PARITY)),
        ("report", (SIGNATURE, PARITY), (REPORT_RECORD,)),
    ):
        record = StageRecord(
            stage=stage,
            code="code",
            inputs={name: run.fingerprint(name) for name in inputs} | {"setting:data": "{}"},
            outputs={name: run.fingerprint(name) for name in outputs},
        )
        write_record(run, record)


def no_warm_up(version: Path, signature: SignatureRecord, batch_sizes: Sequence[int]) -> None:
    """Stands for what needs TensorFlow."""
    assert (version / "assets.extra").is_dir()
    assert signature.version == 1
    assert tuple(batch_sizes) == (1, 32)
