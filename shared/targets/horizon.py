"""Forecasting targets: the next steps of a series. Keras twin: `shared.model.horizon`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.errors import ContractError
from shared.targets.horizon_metrics import horizon_metric_infos
from shared.targets.metric_info import MetricInfo
from shared.targets.observed import observed_mean, observed_means
from shared.targets.predictions import Predictions, Scores
from shared.targets.ratios import (
    NEGLIGIBLE,
    mean_of_defined,
    ratio_of_sums,
    share_avoided,
    symmetric,
    undefined_values,
)

__all__ = ["Horizon"]


class Horizon(BaseModel):
    """The next steps of a series.

    Scores are (n, steps, channels, 1 + quantiles) in original units: mean, then quantiles.

    Targets are (n, steps, channels) in original units, NaN where not observed; such values count
    nowhere. Both are float64: an error may be small beside the numbers. No forecast of a channel in
    `non_negative` is below 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["horizon"] = "horizon"
    steps: int = Field(ge=1)
    channels: tuple[str, ...] = Field(min_length=1)
    unit: str
    quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)
    step_seconds: int = Field(ge=1)
    season_steps: int = Field(ge=1)
    non_negative: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _quantiles_are_levels(self) -> Self:
        if any(not 0.0 < level < 1.0 for level in self.quantiles) or sorted(
            set(self.quantiles)
        ) != list(self.quantiles):
            raise ValueError(
                f"quantiles must increase strictly between 0 and 1, received {self.quantiles}"
            )
        return self

    @property
    def never_negative(self) -> tuple[bool, ...]:
        """Of each channel, whether its forecasts stop at 0."""
        return tuple(name in self.non_negative for name in self.channels)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example's scores."""
        return (self.steps, len(self.channels), 1 + len(self.quantiles))

    @property
    def score_dtype(self) -> Literal["float64"]:
        """In which scores are served: a forecast may be large beside its error."""
        return "float64"

    @property
    def primary_metric(self) -> str:
        """The metric that opens the report."""
        return "mse_standardised"

    @property
    def deciding_metrics(self) -> tuple[str, ...]:
        """The metrics that must not contradict a verdict on the primary one."""
        names = (self.primary_metric, "mae_standardised", "mase", "smape", "crps")
        return tuple(name for name in names if name in self.describe())

    @property
    def nominal_coverage(self) -> float | None:
        """The share of values that should lie between the outer quantiles.

        None with fewer than two quantiles.
        """
        return self.quantiles[-1] - self.quantiles[0] if len(self.quantiles) >= 2 else None

    def decide(self, scores: Scores) -> Scores:
        """The point forecast (n, steps, channels), original units.

        The mean, which is best for squared error.
        """
        return scores[..., 0]

    def quantile_forecasts(self, scores: Scores) -> Scores:
        """(n, steps, channels, quantiles), original units.

        Sorted as they are when served, so that levels never cross.
        """
        return np.sort(scores[..., 1:], axis=-1)

    def standardised_residuals(self, predictions: Predictions) -> NDArray[np.float64]:
        """Forecast minus truth over the series' training standard deviation, (n, steps, channels).

        NaN where not observed.
        """
        difference = self.decide(predictions.scores).astype(np.float64) - predictions.targets
        return np.asarray(difference / predictions.forecast_context.scale[:, None, :])

    def squares(self, predictions: Predictions) -> NDArray[np.float64]:
        """The squares of `standardised_residuals`."""
        return np.asarray(self.standardised_residuals(predictions) ** 2)

    def covered(self, predictions: Predictions) -> NDArray[np.float64]:
        """1 where the truth lies within the outer quantiles, else 0, (n, steps, channels).

        NaN where not observed.

        Raises:
            ContractError: The target has fewer than two quantiles.
        """
        low, high = self._interval(predictions)
        inside = (predictions.targets >= low) & (predictions.targets <= high)
        return np.where(np.isfinite(predictions.targets), inside, np.nan)

    def interval_widths(self, predictions: Predictions) -> NDArray[np.float64]:
        """Upper minus lower outer quantile over the series' training standard deviation.

        (n, steps, channels); NaN where not observed.

        Raises:
            ContractError: The target has fewer than two quantiles.
        """
        low, high = self._interval(predictions)
        widths = (high - low) / predictions.forecast_context.scale[:, None, :]
        return np.where(np.isfinite(predictions.targets), widths, np.nan)

    def interval_scores(self, predictions: Predictions) -> NDArray[np.float64]:
        """Width plus what is missed, each side over its level, standardised, (n, steps, channels).

        NaN where not observed.

        Winkler 1972; Gneiting & Raftery 2007, eq. 43, for levels that need not be central. It is
        smallest for the true quantiles.

        Raises:
            ContractError: The target has fewer than two quantiles.
        """
        low, high = self._interval(predictions)
        below = np.maximum(low - predictions.targets, 0.0)
        above = np.maximum(predictions.targets - high, 0.0)
        score = high - low + below / self.quantiles[0] + above / (1.0 - self.quantiles[-1])
        return np.asarray(score / predictions.forecast_context.scale[:, None, :])

    def pinball_losses(self, predictions: Predictions) -> NDArray[np.float64]:
        """Mean pinball loss over the levels, standardised, (n, steps, channels).

        NaN where not observed.
        """
        return self._pinball(predictions, predictions.forecast_context.scale)

    def row_errors(self, predictions: Predictions) -> dict[str, NDArray[np.float64]]:
        """Errors of each row over its observed values, (n,) each; NaN where a row has none.

        `pinball` is the mean over levels, standardised (Koenker & Bassett 1978), `crps` twice that,
        which approximates the continuous ranked probability score (Gneiting & Ranjan 2011, eq. 17);
        both are there only with quantiles. `smape` is in percent, 0 to 200 (Makridakis, Spiliotis &
        Assimakopoulos 2020, eq. 1). `mase` follows Hyndman & Koehler 2006, eq. 3; `rmsse`
        Makridakis, Spiliotis & Assimakopoulos 2022, eq. 1, with the seasonal naive forecast below:
        the root of each channel's mean over steps, then their mean. Of these three, values that
        `undefined_values` marks are left out.
        """
        parts = [self._row_errors(part) for part in predictions.parts()]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _row_errors(self, predictions: Predictions) -> dict[str, NDArray[np.float64]]:
        context = predictions.forecast_context
        observed = np.isfinite(predictions.targets)
        forecast = self.decide(predictions.scores).astype(np.float64)
        standardised = self.standardised_residuals(predictions)
        absolute = np.abs(forecast - predictions.targets)
        undefined = undefined_values(forecast, predictions)
        values = {
            "mse_standardised": standardised**2,
            "mae_standardised": np.abs(standardised),
            "mse": absolute**2,
            "mae": absolute,
            "mase": absolute / context.naive_error[:, None, :],
            "smape": symmetric(forecast, predictions.targets),
        }
        if self.quantiles:
            values["pinball"] = self.pinball_losses(predictions)
            values["crps"] = 2.0 * values["pinball"]
        errors = {
            name: observed_mean(value, observed & ~undefined.get(name, False), axes=(1, 2))
            for name, value in values.items()
        }
        roots = np.sqrt(observed_mean(absolute**2, observed, (1,)) / context.naive_squared_error)
        defined = (observed & ~undefined["rmsse"]).any(axis=1)
        return errors | {"rmsse": observed_mean(roots, defined, axes=(1,))}

    def metrics(self, predictions: Predictions) -> dict[str, float]:
        """Means over the rows that have an observed value; names as in `describe`.

        All are NaN if any score is not finite, or nothing is observed.
        """
        rows = np.flatnonzero(np.isfinite(predictions.targets).any(axis=(1, 2)))
        if len(rows) == 0 or not np.isfinite(predictions.scores).all():
            return dict.fromkeys(self.describe(), float("nan"))
        seen = predictions if len(rows) == len(predictions) else predictions.take(rows)
        values = {name: mean_of_defined(errors) for name, errors in self.row_errors(seen).items()}
        naive = observed_means(self.squares, self.seasonal_naive(seen), axes=(1, 2)).mean()
        values["skill"] = float(share_avoided(np.asarray(values["mse_standardised"]), naive))
        if self.quantiles:
            values["wql"] = float(ratio_of_sums(self.quantile_loss_sums(seen).sum(axis=0)))
        if self.nominal_coverage is not None:
            coverage = float(observed_means(self.covered, seen, axes=(1, 2)).mean())
            values["coverage_error"] = abs(coverage - self.nominal_coverage)
        return {name: values[name] for name in self.describe()}

    def baselines(
        self, class_counts: Mapping[str, int] | None, predictions: Predictions
    ) -> dict[str, Predictions]:
        """Baselines that need no fitting.

        `last_value` repeats the last observation, `seasonal_naive` the last season, `training_mean`
        the mean.

        Args:
            class_counts: Not used; there so that both kinds of target are called alike.
            predictions: What the baselines are to predict.
        """
        context = predictions.forecast_context
        last = np.broadcast_to(context.last_season[:, -1:], predictions.targets.shape)
        mean = np.broadcast_to(context.location[:, None, :], predictions.targets.shape)
        return {
            "last_value": self._as_point(predictions, last),
            "seasonal_naive": self.seasonal_naive(predictions),
            # Where a series has no memory, this is the one that is hard to beat.
            "training_mean": self._as_point(predictions, mean),
        }

    def seasonal_naive(self, predictions: Predictions) -> Predictions:
        """The forecast that repeats the last season; all its quantiles equal its mean."""
        recent = predictions.forecast_context.last_season
        repeats = -(-self.steps // recent.shape[1])
        return self._as_point(predictions, np.tile(recent, (1, repeats, 1))[:, : self.steps])

    def describe(self) -> dict[str, MetricInfo]:
        """How to read each metric."""
        return horizon_metric_infos(
            self.unit, has_quantiles=bool(self.quantiles), nominal=self.nominal_coverage
        )

    def quantile_loss_sums(self, predictions: Predictions) -> NDArray[np.float64]:
        """Numerator and denominator of the weighted quantile loss, (n, 2), original units.

        Ratios of their sums are the loss.

        The first is twice the mean pinball loss over levels, which approximates the continuous
        ranked probability score (Gneiting & Ranjan 2011, eq. 17), the second the absolute truth;
        both summed over observed values; a truth of 0 up to rounding adds nothing to the second.
        """
        return np.concatenate([self._quantile_loss_sums(part) for part in predictions.parts()])

    def _quantile_loss_sums(self, predictions: Predictions) -> NDArray[np.float64]:
        observed = np.isfinite(predictions.targets)
        loss = np.where(observed, 2.0 * self._pinball(predictions, np.ones((1, 1))), 0.0)
        size = np.abs(predictions.targets.astype(np.float64))
        counts = observed & (size > NEGLIGIBLE * predictions.forecast_context.scale[:, None, :])
        return np.asarray(np.stack([loss, np.where(counts, size, 0.0)], axis=1).sum(axis=(2, 3)))

    def _interval(
        self, predictions: Predictions
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The outer quantiles, (n, steps, channels) each, original units."""
        if self.nominal_coverage is None:
            raise ContractError(
                f"An interval needs at least two quantiles, the target has {self.quantiles}."
            )
        quantiles = self.quantile_forecasts(predictions.scores).astype(np.float64)
        return quantiles[..., 0], quantiles[..., -1]

    def _pinball(self, predictions: Predictions, scale: NDArray[Any]) -> NDArray[np.float64]:
        """(n, steps, channels), in units of `scale` (n or 1, channels or 1); mean over levels."""
        quantiles = self.quantile_forecasts(predictions.scores).astype(np.float64)
        # (n, steps, channels, quantiles)
        below = (predictions.targets[..., None] - quantiles) / scale[:, None, :, None]
        levels = np.array(self.quantiles)
        return np.asarray(np.maximum(levels * below, (levels - 1.0) * below).mean(axis=-1))

    def _as_point(self, predictions: Predictions, forecast: Scores) -> Predictions:
        shape = (len(predictions), *self.shape)
        return predictions.with_scores(np.broadcast_to(forecast[..., None], shape))
