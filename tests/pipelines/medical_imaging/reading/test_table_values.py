from __future__ import annotations

import pandas as pd
import pytest

from pipelines.medical_imaging.reading.table_values import age_bands


@pytest.mark.parametrize(
    ("age", "band"),
    [
        ("29.9", "under 30"),
        ("30", "30-44"),
        ("44", "30-44"),
        ("45.0", "45 and over"),
        ("", "unknown"),
        ("NaN", "unknown"),
        (" N/A ", "unknown"),
        ("Unknown", "unknown"),
    ],
)
def test_ages_fall_into_bands(age: str, band: str) -> None:
    assert age_bands(pd.Series([age]), (30, 45)) == [band]


@pytest.mark.parametrize("age", ["-1", "121", "old", "inf"])
def test_what_is_no_age_has_no_band(age: str) -> None:
    assert age_bands(pd.Series([age]), (30, 45)) == [None]
