"""A calibration record that changes nothing."""

from __future__ import annotations

from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.targets.calibration import Uncalibrated

__all__ = ["UNCALIBRATED"]

UNCALIBRATED = CalibrationRecord(n=1, num_entities=1, calibration=Uncalibrated())
