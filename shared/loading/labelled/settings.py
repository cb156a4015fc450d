"""Settings of a table with a label in each row."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from shared.config import DataConfig

__all__ = ["LabelledTableConfig"]


class LabelledTableConfig(DataConfig):
    """Which column is what, and what the data is called. A pipeline adds its content's columns."""

    split: Literal["entity", "given", "leave_one_entity_out"] = Field(
        "entity",
        description=(
            "'entity': no entity straddles two splits; 'given': by the files train/dev/val/test of"
            " a folder, or by split_column."
        ),
    )
    label_column: str = Field("label", min_length=1, description="Column of the class.")
    id_column: str | None = Field(
        None, min_length=1, description="Unique ids; by default file and row number."
    )
    entity_column: str | None = Field(
        None,
        min_length=1,
        description=(
            "What may not straddle splits, such as the author or the patient; by default the"
            " content itself, so that copies stay together."
        ),
    )
    split_column: str | None = Field(
        None, min_length=1, description="With split 'given' and one file: says train, val or test."
    )
    group_columns: tuple[str, ...] = Field(
        (), description="Columns whose values are groups, beside those that the pipeline makes."
    )
    class_names: dict[str, str] = Field(
        {},
        description=(
            "Label in the file -> class name, in class order; by default the labels themselves,"
            " sorted."
        ),
    )
    dataset_name: str = Field(
        "", description="How people call the data; by default the file's name."
    )
    version: str = Field(
        "unknown", min_length=1, description="Version or date of the data, for the report."
    )
    licence: str = Field(
        "unknown", min_length=1, description="Licence of the data, for the report."
    )
    citation: str = Field("", description="Whom to cite, for the report.")

    @field_validator("class_names")
    @classmethod
    def _names_at_least_two_classes(cls, value: dict[str, str]) -> dict[str, str]:
        if value and len(set(value.values())) < 2:
            raise ValueError(
                f"at least two classes are needed, received {sorted(set(value.values()))}"
            )
        return value
