"""Checks `export` and `stages`: what leaves the house, and that it can be made again."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from shared.explain.questions import ClassQuestion, answer
from shared.loading.batches.preparation import as_tensors
from shared.run.artefacts.calibration_file import (
    CalibrationRecord,
)
from shared.run.directory import RunDirectory
from shared.serving.servability import find_offenders, list_operations
from shared.stages.table import STAGES
from shared.targets import Categories, Target
from shared.targets.calibration import calibrate
from shared.targets.predictions import Scores
from tests.contract.case import Case
from tests.contract.comparing import largest_difference

__all__ = ["check_export", "check_stages"]

_TOLERANCE = 1e-4
_NOT_BYTE_EQUAL = {
    "train.json": "seconds",
    "explanations_timing.json": "seconds",
    "environment.json": "the revision of the source tree at that moment",
    "saved_model": (
        "TensorFlow numbers its functions anew; weights and answers are compared instead"
    ),
}


def check_export(case: Case) -> None:
    """The SavedModel takes what `decode` takes, with a free batch axis, answers as Keras and `Target.decide` do, in stock ops, and says why."""
    run = case.run("export")
    (path,) = (run / "saved_model").iterdir()
    endpoints = case.served.signatures
    function = endpoints["serving_default"]
    _check_signature(case, run, function)
    offenders = find_offenders(list_operations(path))
    assert not offenders, f"the graph holds operations that must not be served: {offenders}"
    for size in (1, 5):
        _check_answers(case, run, function, case.wire(size))
    _check_attributions(case, run, endpoints, case.wire(3))


def _check_signature(case: Case, run: RunDirectory, function: Any) -> None:
    specs = function.structured_input_signature[1]
    declared = {tensor.name: tensor.dtype for tensor in case.pipeline.decode(case.config).inputs}
    assert {name: spec.dtype.name for name, spec in specs.items()} == declared, (
        f"the SavedModel takes {specs}, decode {declared}"
    )
    for name, tensor in {**specs, **function.structured_outputs}.items():
        assert tensor.shape.rank and tensor.shape[0] is None, (
            f"{name!r} has no free batch axis: {tensor.shape}"
        )
    document = run.read_json("signature.json", maker="export")
    inputs = document["signatures"]["serving_default"]["inputs"]
    described = {item["name"]: item["dtype"] for item in inputs}
    assert described == declared, f"signature.json describes {described}, decode takes {declared}"


def _check_answers(case: Case, run: RunDirectory, function: Any, wire: Rows) -> None:
    calibration = CalibrationRecord.read(run).calibration
    scores = calibrate(calibration, case.trained.score_wire(wire))
    answers, again = _ask(function, wire), _ask(function, wire)
    for name, expected in _expected_answers(case.splits.target, scores).items():
        assert name in answers, f"the SavedModel does not answer {name!r}, only {sorted(answers)}"
        difference = largest_difference(expected, answers[name])
        assert difference <= _TOLERANCE, (
            f"batch of {len(expected)}: {name!r} differs from what Keras says by {difference:.2g}"
            " (relative)"
        )
        assert np.array_equal(again[name], answers[name]), (
            f"{name!r}: the same request got two different answers"
        )


def _check_attributions(case: Case, run: RunDirectory, endpoints: Any, wire: Rows) -> None:
    """`explain` is about what is decided, adds up to what it says, and owns up to what is missing."""
    document = run.read_json("signature.json", maker="export")
    if "explain" not in endpoints:
        reason = document["why_no_attributions"]
        assert "shap_exact" in reason, (
            f"without attributions, a reason must say what remains: {reason}"
        )
        return
    record = CalibrationRecord.read(run)
    target = record.deciding(case.splits.target)
    calibrated = calibrate(record.calibration, case.trained.score_wire(wire))
    told = _ask(endpoints["explain"], wire)
    values = told["attributions"].astype(np.float64)
    names = document["attributions"]["segments"]
    assert len(names) in (0, values.shape[-1]), (
        f"{len(names)} names for {values.shape} attributions"
    )
    asked = _decided_answers(target, calibrated)
    difference = largest_difference(asked, told["explained_value"])
    assert difference <= _TOLERANCE, f"`explain` is not about what is decided: {difference:.2g} off"
    effect = told["explained_value"] - told["baseline_value"]
    missing = values.sum(axis=-1) - effect - told["completeness_gap"]
    scale = float(np.abs(effect).max()) + float(np.abs(values).max())
    assert np.abs(missing).max() <= _TOLERANCE * scale, (
        "the attributions and their gap do not add up to what is explained:"
        f" {np.abs(missing).max():.2g} of {scale:.2g} is missing"
    )


def _decided_answers(target: Target, calibrated: Scores) -> NDArray[Any]:
    """Log-odds of what is decided for each row; of forecasts the expected values."""
    if not isinstance(target, Categories):
        return np.asarray(calibrated[..., 0])
    rows = zip(calibrated, target.decide(calibrated), strict=True)
    return np.array([answer(ClassQuestion(int(index)), row[None])[0] for row, index in rows])


def check_stages(case: Case) -> None:
    """Each stage run again alone writes the same bytes; timings stand in files of their own."""
    run = case.copy_of("report", "rerun")
    for stage in reversed(
        STAGES
    ):  # backwards, so that each stage meets the very files it was first run on
        before = {
            name: _contents(run / name) for name in stage.makes if name not in _NOT_BYTE_EQUAL
        }
        case.run_again([stage.name], run)
        for name, expected in before.items():
            found = _contents(run / name)
            assert found.keys() == expected.keys(), (
                f"stage {stage.name}: {name} holds other files than before:"
                f" {sorted(found.keys() ^ expected.keys())}"
            )
            changed = [file for file in expected if found[file] != expected[file]]
            assert not changed, f"stage {stage.name}, run again alone, changed {', '.join(changed)}"


def _ask(function: Any, wire: Rows) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(tensor) for name, tensor in function(**as_tensors(wire)).items()}


def _expected_answers(target: Target, scores: Scores) -> dict[str, NDArray[Any]]:
    if isinstance(target, Categories):
        return {"probabilities": target.probabilities(scores), "class_index": target.decide(scores)}
    return {"forecast": target.decide(scores)}


def _contents(path: Path) -> dict[str, bytes]:
    """Bytes by relative name; of a `.keras` archive, what it says, without the date and the memory addresses that Keras writes."""
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            members = {
                name: archive.read(name) for name in archive.namelist() if name != "metadata.json"
            }
        members["config.json"] = re.sub(rb'"shared_object_id": \d+', b"", members["config.json"])
        return {f"{path.name}:{name}": content for name, content in members.items()}
    if path.is_dir():
        return {
            f"{path.name}/{file.relative_to(path)}": file.read_bytes()
            for file in sorted(path.rglob("*"))
            if file.is_file()
        }
    return {path.name: path.read_bytes()}
