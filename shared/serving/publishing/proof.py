"""What a run must prove before it is published: that its SavedModel is what its parity measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.errors import MissingArtefactError, UserError
from shared.run.artefacts.environment_file import EnvironmentRecord
from shared.run.artefacts.parity_file import ParityRecord
from shared.run.artefacts.report.record import ReportRecord
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.directory import RunDirectory
from shared.run.files import CALIBRATION, CONFIG, PARITY, REPORT_RECORD, SAVED_MODEL, SIGNATURE
from shared.run.fingerprints import fingerprint_path
from shared.run.records import read_record, stale_reason

__all__ = ["ProvenRun", "prove"]

_SETTING = "setting:"


@dataclass(frozen=True)
class ProvenRun:
    """A run that may be published.

    Attributes:
        run: Its directory.
        saved_model: The version folder that parity measured.
        saved_model_sha256: Fingerprint of that folder, taken before it was proven.
        signature: What clients must know.
        parity: The proof.
        report: None if the run has none.
        commit: Of the source tree.
    """

    run: RunDirectory
    saved_model: Path
    saved_model_sha256: str
    signature: SignatureRecord
    parity: ParityRecord
    report: ReportRecord | None
    commit: str

    @property
    def papers(self) -> tuple[str, ...]:
        """The files that travel with the model."""
        always = (SIGNATURE, CALIBRATION, PARITY)
        return always if self.report is None else (*always, REPORT_RECORD)


def prove(run: RunDirectory) -> ProvenRun:
    """Check a run's export, and its report if it has one.

    Raises:
        UserError: It is no run, parity failed, or the SavedModel holds links.
        MissingArtefactError: A file is missing, stale, or was edited after its stage.
    """
    if not (run / CONFIG).is_file():
        raise UserError(
            f"{run.path} is no run: it has no {CONFIG}. Give the folder of a finished run, as"
            " runs/speech/latest"
        )
    signature = SignatureRecord.read(run)
    parity = ParityRecord.read(run)
    saved_model = run.require(f"{SAVED_MODEL}/{signature.version}")
    _refuse_links(saved_model)
    before = fingerprint_path(saved_model)
    _refuse_stale(run, "export", (SAVED_MODEL, SIGNATURE, PARITY))
    _refuse_failed(run, parity)
    report = _read_report(run)
    return ProvenRun(
        run=run,
        saved_model=saved_model,
        saved_model_sha256=before,
        signature=signature,
        parity=parity,
        report=report,
        commit=EnvironmentRecord.read(run).git_revision,
    )


def _read_report(run: RunDirectory) -> ReportRecord | None:
    if not run.has(REPORT_RECORD):
        return None
    _refuse_stale(run, "report", (REPORT_RECORD,))
    return ReportRecord.read(run)


def _refuse_links(saved_model: Path) -> None:
    """A link would be copied as what it points to, from wherever that is."""
    links = [path for path in (saved_model, *saved_model.rglob("*")) if path.is_symlink()]
    if links:
        raise UserError(f"{links[0]} is a link. Put the file itself there, or export again.")


def _refuse_stale(run: RunDirectory, stage: str, used: tuple[str, ...]) -> None:
    """Refuse files that their stage did not leave so, or that are older than what they are of."""
    again = f"Make them again with {run.rerun_command(stage)}"
    record = read_record(run, stage)
    if record is None:
        raise MissingArtefactError(
            f"{run.path}: the stage {stage!r} did not finish, so nothing proves its files. {again}"
        )
    inputs = {
        name: fingerprint if name.startswith(_SETTING) else _fingerprint(run, name)
        for name, fingerprint in record.inputs.items()
    }
    reason = stale_reason(record, inputs, {name: _fingerprint(run, name) for name in used})
    if reason is not None:
        raise MissingArtefactError(
            f"{run.path}: the files of stage {stage!r} are not to be trusted: {reason}. {again}"
        )


def _fingerprint(run: RunDirectory, name: str) -> str:
    return run.fingerprint(name) if run.has(name) else "missing"


def _refuse_failed(run: RunDirectory, parity: ParityRecord) -> None:
    explained = {} if parity.attributions is None else parity.attributions.outputs
    faults = [f"output {name!r} differs" for name, one in explained.items() if not one.passed]
    faults += [f"{kind}: {one.fault}" for kind, one in parity.refused.items() if one.fault]
    faults += [f"operation {name}" for name in parity.offending_operations]
    if not parity.passed:
        faults.insert(0, "it does not answer as the trained model does")
    if faults:
        raise UserError(
            f"{run / PARITY} proves nothing ({faults[0]}), so this model is not published. Export"
            f" again with {run.rerun_command('export')}"
        )
