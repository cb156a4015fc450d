"""Names of patients, speakers, authors, classes and groups, as people's tables hold them.

The same table is given to each pipeline of classes; only what stands in the rows differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest

from pipelines.medical_imaging.data import load as load_images
from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.data import load as load_texts
from pipelines.speech.data import load as load_recordings
from shared.config.sources import resolve_config
from shared.contract import Splits
from shared.errors import DataError
from tests.pipelines.medical_imaging.images import class_names, config, write_image
from tests.pipelines.speech.sounds import configure, write_tone

PRESETS = Path(__file__).parents[2] / "pipelines"
NUM_ROWS = 24


def rows(**cells: Sequence[str]) -> pd.DataFrame:
    """Two rows for each of twelve people, two classes, one group; some cells replaced."""
    table = pd.DataFrame(
        {
            "who": [f"Person {row // 2}" for row in range(NUM_ROWS)],
            "class": ["low" if row % 4 < 2 else "high" for row in range(NUM_ROWS)],
            "place": ["NA" if row % 3 else "" for row in range(NUM_ROWS)],
        }
    )
    for column, values in cells.items():
        table[column] = [
            f"{before}{values[row % len(values)]}" for row, before in enumerate(table[column])
        ]
    return table


def of_images(folder: Path, table: pd.DataFrame, *settings: str) -> Splits:
    for row in range(len(table)):
        write_image(folder / f"{row}.png", seed=row)
    table.assign(image=[str(row) for row in range(len(table))]).to_csv(
        folder / "t.csv", index=False
    )
    columns = ("label_column=class", "entity_column=who", "group_columns=[place]")
    given = [f"data.{setting}" for setting in (*columns, *settings)]
    return load_images(config(*given, source=folder))


def of_recordings(folder: Path, table: pd.DataFrame, *settings: str) -> Splits:
    for row in range(len(table)):
        write_tone(folder / f"{row}.wav", frequency_hz=300.0 + 40.0 * row)
    names = [f"{row}.wav" for row in range(len(table))]
    table.assign(file=names).to_csv(folder / "t.csv", index=False)
    columns = ("file_column=file", "label_column=class", "speaker_column=who")
    given = [f"data.{setting}" for setting in (*columns, "group_columns=[place]", *settings)]
    return load_recordings(configure(*given, source=folder / "t.csv"))


def of_texts(folder: Path, table: pd.DataFrame, *settings: str) -> Splits:
    texts = [f"This is the text with the number {row}." for row in range(len(table))]
    table.assign(text=texts).to_csv(folder / "t.csv", index=False)
    columns = ("label_column=class", "entity_column=who", "group_columns=[place]")
    given = [f"data.{setting}" for setting in (*columns, *settings)]
    folder_of_presets = PRESETS / "sentiment" / "presets"
    return load_texts(
        resolve_config(SentimentConfig, folder_of_presets, "smoke", given, str(folder / "t.csv"))
    )


PIPELINES = {"images": of_images, "recordings": of_recordings, "texts": of_texts}
each_pipeline = pytest.mark.parametrize("read", PIPELINES.values(), ids=PIPELINES)


def entities_of(splits: Splits) -> list[set[str]]:
    return [set(part.entities.tolist()) for part in splits.by_split().values()]


def groups_of(splits: Splits) -> set[str]:
    parts = splits.by_split().values()
    return {value for part in parts for value in part.groups["place"].tolist()}


@each_pipeline
def test_blanks_that_nobody_sees_make_no_second_person_class_or_group(
    read: Callable[..., Splits], tmp_path: Path
) -> None:
    blanks = ["", " ", "\u00a0", "\u200b", "\ufeff "]
    table = rows(who=blanks, **{"class": blanks}, place=blanks)
    splits = read(tmp_path, table)
    entities = entities_of(splits)
    assert sum(map(len, entities)) == 12 == len(set.union(*entities))
    assert class_names(splits) == ("high", "low")
    assert groups_of(splits) == {"NA", "unknown"}
    assert any(note.startswith("Names in 19 rows") for note in splits.provenance.notes)


@each_pipeline
def test_names_without_them_are_not_counted(read: Callable[..., Splits], tmp_path: Path) -> None:
    notes = read(tmp_path, rows()).provenance.notes
    assert not any(note.startswith("Names in") for note in notes)


@each_pipeline
def test_other_spellings_of_a_class_are_asked_about(
    read: Callable[..., Splits], tmp_path: Path
) -> None:
    table = rows()
    table.loc[:1, "class"] = "LOW"
    with pytest.raises(DataError, match=r"'low' \(10\) and 'LOW' \(2\).*label_spellings=merge"):
        read(tmp_path, table)
    assert class_names(read(tmp_path, table, "label_spellings=merge")) == ("high", "low")
    assert set(class_names(read(tmp_path, table, "label_spellings=keep"))) == {"high", "low", "LOW"}


@each_pipeline
def test_other_spellings_of_a_person_are_asked_about(
    read: Callable[..., Splits], tmp_path: Path
) -> None:
    table = rows()
    table.loc[0, "who"] = "PERSON 0"
    with pytest.raises(DataError, match=r"'PERSON 0' \(1\) and 'Person 0' \(1\).*merge"):
        read(tmp_path, table)
    merged = entities_of(read(tmp_path, table, "entity_spellings=merge"))
    assert len(set.union(*merged)) == 12
    assert len(set.union(*entities_of(read(tmp_path, table, "entity_spellings=keep")))) == 13


@each_pipeline
@pytest.mark.parametrize("column", ["who", "class", "place"])
def test_a_name_with_a_control_character_is_set_aside_with_its_row(
    read: Callable[..., Splits], tmp_path: Path, column: str
) -> None:
    table = rows()
    table.loc[5, column] = "\x1b[31mred"
    with pytest.raises(DataError) as caught:
        read(tmp_path, table)
    assert f"row 6, field {column!r}" in str(caught.value)
    assert "\x1b" not in str(caught.value)
    splits = read(tmp_path, table, "max_quarantine_share=0.1")
    assert [problem.row for problem in splits.quarantine] == [6]
    assert sum(map(len, splits.by_split().values())) == NUM_ROWS - 1
