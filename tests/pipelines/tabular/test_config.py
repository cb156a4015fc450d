from __future__ import annotations

import pytest

from shared.errors import ConfigError
from tests.pipelines.tabular import configure


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("data.feature_columns=[a, b, a]", "names a column twice"),
        ("data.feature_columns=[a, label]", "which says the answer"),
        ("data.feature_columns=[]", "at least 1"),
    ],
)
def test_columns_that_make_no_sense_are_refused(setting: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configure("demo", setting)


def test_a_number_must_be_one_of_the_columns() -> None:
    with pytest.raises(ConfigError, match="'c', which feature_columns lacks"):
        configure("demo", "data.feature_columns=[a, b]", "data.number_columns=[c]")
