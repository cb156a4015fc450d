"""`calibrate`: what is chosen on the validation split."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.config.section import Section
from shared.config.setting_text import set_option

__all__ = ["CalibrateConfig", "DecisionGoal"]

DecisionGoal = Literal["most_probable", "balanced", "costs", "operating_point"]
"""What decisions serve."""


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
            " tables tell what predictions cost, and decisions for costs need them."
        ),
    )
    deployment_prevalence: tuple[float, ...] | None = Field(
        None,
        description=(
            "Class shares where the model will work, in the order of the classes; tables and"
            " decisions for costs correct for them."
        ),
    )
    decide_for: DecisionGoal = Field(
        "most_probable",
        description=(
            "Which class is decided for, here and where the model is deployed: the most probable"
            " one; the best balanced accuracy (classes count alike, however rare); the lowest of"
            " calibrate.costs; or one class wherever its operating point is reached."
            " Probabilities stay as they are. Classification only."
        ),
    )
    screened_class: str | None = Field(
        None,
        min_length=1,
        description=(
            "The class whose operating point decides; null: of two classes the second. With more,"
            " it must be named, because only one class can have the sensitivity asked for."
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

    @model_validator(mode="after")
    def _decisions_have_a_goal(self) -> Self:
        if self.decide_for == "costs" and self.costs is None:
            example = set_option("calibrate.costs", [[0, 1], [10, 0]])
            raise ValueError(
                "calibrate.decide_for=costs needs calibrate.costs: what it costs to predict"
                f" (column) when the truth is (row), for example {example}"
            )
        if self.decide_for != "operating_point":
            return self
        if self.min_sensitivity is not None and self.max_false_alarms_per_hour is not None:
            raise ValueError(
                "calibrate.decide_for=operating_point needs one goal, and there are two,"
                f" calibrate.min_sensitivity={self.min_sensitivity:g} and"
                f" calibrate.max_false_alarms_per_hour={self.max_false_alarms_per_hour:g}. To leave"
                f" one out: {set_option('calibrate.min_sensitivity', None)}"
            )
        if self.min_sensitivity is None and self.max_false_alarms_per_hour is None:
            raise ValueError(
                "calibrate.decide_for=operating_point needs a goal:"
                f" {set_option('calibrate.min_sensitivity', 0.95)} or"
                " calibrate.max_false_alarms_per_hour with calibrate.decisions_per_hour"
            )
        return self
