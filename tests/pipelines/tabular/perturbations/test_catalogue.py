from __future__ import annotations

import numpy as np
import pytest

from pipelines.tabular.data import complete
from pipelines.tabular.perturbations.catalogue import build_perturbations
from shared.loading.columns.values import TABULAR
from tests.pipelines.tabular import configure

_CONFIG = complete(configure("demo"))
_ROWS = np.array(
    [[b"12", b"3.5", b"0", b"40", b"call", b"Monday"], [b"7", b"", b"1", b"50", b"none", b"Friday"]]
    * 100,
    dtype=object,
)


def _changed(name: str, severity: int) -> np.ndarray:
    perturbation = build_perturbations(_CONFIG)[name]
    rows = perturbation.apply({TABULAR: _ROWS}, severity, np.random.default_rng(0))
    found: np.ndarray = rows[TABULAR]
    return found


@pytest.mark.parametrize("name", ["missing", "exchanged", "unit_error", "unseen_category"])
def test_a_higher_severity_changes_more(name: str) -> None:
    severities = build_perturbations(_CONFIG)[name].severities
    shares = [(_changed(name, severity) != _ROWS).mean() for severity in severities]
    assert shares == sorted(shares)
    assert shares[0] > 0


def test_a_wrong_unit_is_a_thousand_times_the_number() -> None:
    changed = _changed("unit_error", 3)
    assert set(changed[:, 0].tolist()) == {b"12", b"12000", b"7", b"7000"}
    assert (changed[:, 4:] == _ROWS[:, 4:]).all()


def test_exchanged_values_keep_to_their_column() -> None:
    changed = _changed("exchanged", 5)
    assert all(set(changed[:, n]) == set(_ROWS[:, n]) for n in range(6))


def test_another_writing_says_the_same() -> None:
    cells = _changed("written_otherwise", 1).ravel().tolist()
    assert [cell.strip().lower() for cell in cells] == [v.lower() for v in _ROWS.ravel().tolist()]


def test_nonsense_keeps_numbers_numbers() -> None:
    changed = _changed("nonsense", 1)
    assert {float(value) for value in changed[:, :4].ravel()} == {-1e9, 1e9}
    assert all(value.startswith(b"nonsense") for value in changed[:, 4:].ravel())


def test_without_numbers_there_is_no_wrong_unit() -> None:
    config = complete(configure("demo", "data.number_columns=[]"))
    assert "unit_error" not in build_perturbations(config)
