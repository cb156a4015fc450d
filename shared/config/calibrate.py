"""`calibrate`: what is chosen on the validation split."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.config.section import Section

__all__ = ["CalibrateConfig"]


class CalibrateConfig(Section):
    """What is chosen on validation, before the test split is looked at."""

    method: Literal["none", "temperature", "vector", "isotonic"] = Field(
        "temperature",
        description=(
            "Map that makes probabilities mean what they say; unless 'none', forecasts scale their"
            " intervals."
        ),
    )
    set_coverage: float = Field(
        0.9, gt=0.5, lt=1.0, description="Share of conformal sets that are to hold the true class."
    )
    sets_by: Literal["all", "class"] = Field(
        "all", description="Reach that coverage over all rows, or within each class (larger sets)."
    )
    max_error_share: float = Field(
        0.05,
        gt=0.0,
        lt=1.0,
        description="Error share that answers may have; the model defers less certain rows.",
    )
    in_distribution_share: float = Field(
        0.95,
        gt=0.5,
        lt=1.0,
        description=(
            "Share of rows like those of validation that are to pass as in-distribution; the rest"
            " is flagged as out-of-distribution (OOD)."
        ),
    )
    min_sensitivity: float | None = Field(
        0.95, gt=0.0, lt=1.0, description="Operating points: share of a class that must be found."
    )
    max_false_alarms_per_hour: float | None = Field(
        None, gt=0.0, description="Operating points: alarms on other classes, an hour."
    )
    decisions_per_hour: float | None = Field(
        None, gt=0.0, description="How many rows are predicted an hour; needed for alarms per hour."
    )
    adaptive_step_sizes: tuple[Annotated[float, Field(gt=0.0, le=1.0)], ...] = Field(
        (0.01, 0.002, 0.005, 0.02, 0.05, 0.1),
        min_length=1,
        description=(
            "Forecasts: how quickly intervals may follow their misses; validation chooses one, the"
            " first if it is too short."
        ),
    )
    costs: tuple[tuple[float, ...], ...] | None = Field(
        None,
        description=(
            "Cost of predicting (column) when the truth is (row), in the order of the classes;"
            " tables tell what predictions cost."
        ),
    )
    deployment_prevalence: tuple[float, ...] | None = Field(
        None,
        description=(
            "Class shares where the model will work, in the order of the classes; tables correct"
            " for them."
        ),
    )

    @model_validator(mode="after")
    def _alarms_need_a_rate(self) -> Self:
        if self.max_false_alarms_per_hour is not None and self.decisions_per_hour is None:
            raise ValueError(
                "calibrate.max_false_alarms_per_hour needs calibrate.decisions_per_hour: how many"
                " rows are predicted an hour"
            )
        return self
