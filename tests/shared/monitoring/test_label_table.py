from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shared.config import DataConfig
from shared.errors import DataError
from shared.monitoring.label_table import KnownFacts, read_facts
from shared.targets import Horizon
from tests.shared.monitoring.invented_rows import CLASSES

_IDS = ("b.png", "a.png", "c.png")
_DATA = DataConfig()


def _write(path: Path, **columns: list[str]) -> Path:
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def _read(labels: Path | None, input_path: Path = Path("inputs")) -> KnownFacts:
    return read_facts(labels, input_path, _IDS, CLASSES, _DATA, ("sex", "site"))


def test_rows_are_matched_by_whichever_column_holds_the_ids(tmp_path: Path) -> None:
    table = _write(
        tmp_path / "labels.csv",
        number=["1", "2", "3"],
        file=["a.png", "b.png", "other.png"],
        label=["malignant", "", "benign"],
        entity=["p1", "p2", "p3"],
        sex=["female", "male", "male"],
    )
    facts = _read(table)
    assert facts.targets.tolist() == [-1, 1, -1]
    assert facts.entities is not None
    assert facts.entities.tolist() == ["p2", "p1", "c.png"]
    assert facts.groups.to_dict("list") == {"sex": ["male", "female", "unknown"]}
    assert facts.notes == ("2 of 3 rows have no label.",)


def test_an_input_table_without_ids_is_its_own_label_table_row_by_row(tmp_path: Path) -> None:
    table = _write(tmp_path / "new.csv", text=["x", "y", "z"], label=["benign", "malignant", ""])
    facts = read_facts(None, table, ("1", "3"), CLASSES, _DATA, ())
    assert facts.targets.tolist() == [0, -1]


def test_an_input_that_is_no_table_or_none_of_labels_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text('"a\nb\n', encoding="utf-8")
    for path in (tmp_path, tmp_path / "new.txt"):
        facts = _read(None, path)
        assert facts.targets.tolist() == [-1, -1, -1]
        assert facts.entities is None


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"name": ["x"], "label": ["benign"]}, "no column holds the ids"),
        ({"id": ["a.png", "a.png"], "label": ["benign", "benign"]}, "'a.png' appears twice"),
        ({"id": ["a.png"], "label": ["begnin"]}, "'begnin' is no class of the model"),
    ],
)
def test_what_can_not_be_matched_is_refused_in_words(
    tmp_path: Path, columns: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        _read(_write(tmp_path / "labels.csv", **columns))


def test_forecasts_have_a_column_for_each_channel_and_step(tmp_path: Path) -> None:
    target = Horizon(steps=2, channels=("load",), unit="kW", step_seconds=3600, season_steps=2)
    table = _write(tmp_path / "labels.csv", id=["b.png"], load_1=["1.5"], load_2=[""])
    facts = read_facts(table, Path("inputs"), _IDS, target, _DATA, ())
    np.testing.assert_array_equal(facts.targets[0, :, 0], [1.5, np.nan])
    assert np.isnan(facts.targets[1:]).all()
    wrong = _write(tmp_path / "wrong.csv", id=["b.png"], load_1=["much"])
    with pytest.raises(DataError, match="'load_1'"):
        read_facts(wrong, Path("inputs"), _IDS, target, _DATA, ())
