"""Settings of the tabular pipeline."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from pipelines.tabular.models.families import AnyModelConfig
from shared.config import RunConfig
from shared.loading.columns.number_marks import NumberMarksConfig
from shared.loading.labelled.settings import LabelledTableConfig

__all__ = ["TabularConfig", "TabularDataConfig"]

_MOST_COLUMNS = 256


class TabularDataConfig(LabelledTableConfig, NumberMarksConfig):
    """Which columns are read, and which of them are numbers."""

    feature_columns: tuple[str, ...] | None = Field(
        None,
        min_length=1,
        max_length=_MOST_COLUMNS,
        description=(
            "Columns that the network reads; null: all that are not label, id, entity, split or"
            " group."
        ),
    )
    number_columns: tuple[str, ...] | None = Field(
        None,
        description=(
            "Those of them that are numbers, the others are categories; null: told from the"
            " training split."
        ),
    )
    num_demo_examples: int = Field(
        1500, ge=60, le=1_000_000, description="Number of synthetic visits when source is 'demo'."
    )

    @property
    def features(self) -> tuple[str, ...]:
        """`feature_columns` of a complete configuration."""
        return self.feature_columns or ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """`number_columns` of a complete configuration."""
        return self.number_columns or ()

    @model_validator(mode="after")
    def _names_columns_once(self) -> Self:
        names = self.features
        if len(set(names)) < len(names):
            raise ValueError(f"feature_columns names a column twice: {', '.join(names)}")
        roles = (self.label_column, self.id_column, self.entity_column, self.split_column)
        answers = sorted(set(names) & set(roles))
        if answers:
            raise ValueError(
                f"feature_columns names {answers[0]!r}, which says the answer, or whose row it is"
            )
        strange = sorted(set(self.numbers) - set(names))
        if strange and self.feature_columns is not None:
            raise ValueError(f"number_columns names {strange[0]!r}, which feature_columns lacks")
        return self


class TabularConfig(RunConfig):
    """Everything that decides a tabular run."""

    data: TabularDataConfig = TabularDataConfig()
    model: AnyModelConfig = AnyModelConfig()
