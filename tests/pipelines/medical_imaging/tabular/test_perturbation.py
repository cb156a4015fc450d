from __future__ import annotations

import numpy as np

from pipelines.medical_imaging.perturbations import build_perturbations
from tests.pipelines.medical_imaging.images import config


def test_values_are_forgotten_more_with_severity_and_the_image_stays() -> None:
    rows = {"image": np.zeros((50, 2, 2, 3), np.uint8), "tabular": np.full((50, 2), b"x", object)}
    perturbation = build_perturbations(config("data.tabular_columns=[age, sex]"))["tabular_missing"]
    shares = []
    for severity in perturbation.severities:
        changed = perturbation.apply(rows, severity, np.random.default_rng(0))
        shares.append(float((changed["tabular"] == b"").mean()))
        assert changed["image"] is rows["image"]
        assert changed["tabular"].dtype == object
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert "tabular_missing" not in build_perturbations(config())
