from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.clinic_visits import COLUMNS, NUMBERS
from pipelines.tabular.data import complete, load, synthesize
from pipelines.tabular.reading.inputs import read_inputs
from shared.contract import Splits
from shared.datasheet.datasheet import make_datasheet
from shared.errors import DataError
from shared.loading.columns.values import TABULAR
from shared.targets import Categories
from tests.pipelines.tabular import configure, machines, write


def _values(splits: Splits) -> np.ndarray:
    return np.concatenate(
        [part.rows(np.arange(len(part)))[TABULAR] for part in splits.by_split().values()]
    )


def test_columns_and_numbers_are_told_from_the_table(tmp_path: Path) -> None:
    source = write(tmp_path, machines())
    data = complete(configure(source, "data.group_columns=[site]")).data
    assert data.features == ("heat_c", "kind")
    assert data.numbers == ("heat_c",)


def test_what_is_set_is_kept(tmp_path: Path) -> None:
    source = write(tmp_path, machines())
    config = configure(source, "data.feature_columns=[kind, heat_c]", "data.number_columns=[]")
    assert complete(config) == config


def test_the_demo_is_complete_without_a_file() -> None:
    data = complete(configure("demo")).data
    assert (data.features, data.numbers) == (COLUMNS, NUMBERS)


def test_missing_values_stay_missing_on_the_wire(tmp_path: Path) -> None:
    table = machines()
    table["kind"] = table["kind"].astype(object)
    table.loc[:9, "heat_c"] = np.nan
    table.loc[5:14, "kind"] = None
    splits = load(configure(write(tmp_path, table)))
    values = _values(splits)
    assert values.shape == (90, 3)
    assert (values == "").sum(axis=0).tolist() == [10, 10, 0]
    assert "Not given in training rows: heat_c" in splits.provenance.notes[-1]
    everyone = [
        value for part in splits.by_split().values() for value in part.groups["completeness"]
    ]
    assert everyone.count("with gaps") == 15


def test_rows_of_one_entity_are_in_one_split(tmp_path: Path) -> None:
    table = machines(machine=[f"m{number // 3}" for number in range(90)])
    splits = load(configure(write(tmp_path, table), "data.entity_column=machine"))
    entities = [set(part.entities.tolist()) for part in splits.by_split().values()]
    assert not entities[0] & entities[1] | entities[1] & entities[2] | entities[0] & entities[2]
    assert splits.columns == {TABULAR: ("heat_c", "kind", "site")}


def test_equal_rows_of_two_entities_are_no_copies(tmp_path: Path) -> None:
    table = machines(machine=[f"m{number}" for number in range(90)])
    table["heat_c"] = np.where(table["label"] == "fails", 80, 40)
    table.loc[:4, "heat_c"] = 60
    splits = load(configure(write(tmp_path, table), "data.entity_column=machine"))
    assert not splits.quarantine
    assert splits.repeats_by_chance
    assert not make_datasheet(splits).leakage.reasons
    assert make_datasheet(replace(splits, repeats_by_chance=False)).leakage.reasons


def test_a_text_among_numbers_is_set_aside_by_name(tmp_path: Path) -> None:
    table = machines()
    table["heat_c"] = table["heat_c"].astype(str)
    table.loc[7, "heat_c"] = "hot"
    splits = load(configure(write(tmp_path, table), "data.max_quarantine_share=0.05"))
    (problem,) = splits.quarantine
    assert (problem.row, problem.field) == (8, "heat_c")
    assert "expected a number" in problem.reason


def test_decimal_commas_are_asked_for_and_read_alike_in_training_and_for_scoring(
    tmp_path: Path,
) -> None:
    table = machines()
    plain = table["heat_c"].round(1)
    table["heat_c"] = plain.map("{:.1f}".format).str.replace(".", ",")
    source = write(tmp_path, table)
    with pytest.raises(DataError, match="To have it read as") as caught:
        complete(configure(source))
    assert caught.value.settings == {"data.decimal": "comma"}
    config = complete(configure(source, "data.decimal=comma"))
    assert config.data.numbers == ("heat_c",)
    assert sorted(_values(load(config))[:, 0].astype(float)) == sorted(plain)
    inputs = read_inputs(config, source)
    assert not inputs.problems
    assert inputs.rows(np.arange(3))[TABULAR][:, 0].tolist() == [
        cell.replace(",", ".") for cell in table["heat_c"][:3]
    ]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["x"] * 90, "holds 'x' in all rows"),
        ([f"name {number}" for number in range(90)], "names, dates or free text"),
        ([""] * 90, "is empty in all rows"),
    ],
)
def test_a_column_that_says_nothing_is_refused(
    column: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        load(configure(write(tmp_path, machines(extra=column))))


def test_the_label_under_another_name_is_a_leak(tmp_path: Path) -> None:
    table = machines()
    table["state"] = table["label"].map({"fails": "red", "runs": "green"})
    source = write(tmp_path, table)
    with pytest.raises(DataError, match="Leak: each value of the column 'state'"):
        load(configure(source))
    target = load(configure(source, "data.allow_leakage=true")).target
    assert isinstance(target, Categories)
    assert target.names == ("fails", "runs")


def test_a_table_of_labels_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column is left to read beside 'label'"):
        load(configure(write(tmp_path, machines()[["label"]])))


def test_the_planted_bias_is_in_the_labels_of_the_upland() -> None:
    config = complete(configure("demo", "data.demo_group_bias=1.0"))
    assert set(synthesize(config, 300, 0).train.groups["district"]) == {
        "harbour",
        "valley",
        "upland",
    }
