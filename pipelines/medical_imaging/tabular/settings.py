"""Settings of the columns that are read beside each image."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from shared.loading.columns.number_marks import NumberMarksConfig

__all__ = ["TabularDataConfig"]


class TabularDataConfig(NumberMarksConfig):
    """Which columns of the table beside the images the network reads."""

    tabular_columns: tuple[str, ...] = Field(
        (),
        max_length=64,
        description=(
            "Columns of the table that the network reads beside each image, such as"
            " [age, sex, localization]; empty: the image alone."
        ),
    )
    tabular_numbers: tuple[str, ...] | None = Field(
        None,
        description=(
            "Those of `tabular_columns` that are numbers, the others are categories; null: told"
            " from the values in the training split."
        ),
    )

    @model_validator(mode="after")
    def _names_tabular_columns_once(self) -> Self:
        columns = self.tabular_columns
        if len(set(columns)) < len(columns):
            raise ValueError(f"tabular_columns names a column twice: {', '.join(columns)}")
        strange = sorted(set(self.tabular_numbers or ()) - set(columns))
        if strange:
            raise ValueError(f"tabular_numbers names {strange[0]!r}, which tabular_columns lacks")
        return self
