"""What is predicted: a closed union of two kinds, and everything about them that needs only NumPy.

`shared/heads.py` is the Keras twin. Dispatch is on the *kind of target*, never on the domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import log_softmax, softmax
from sklearn.metrics import balanced_accuracy_score, f1_score

from shared.errors import ContractError
from shared.predictions import Predictions

__all__ = ["Categories", "Horizon", "MetricInfo", "Target"]


@dataclass(frozen=True)
class MetricInfo:
    """How to read a metric: its unit ("share", "nats", "kW"…), which direction is better, and what it says."""

    unit: str
    better: Literal["higher", "lower"]
    describe: str


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Categories(_Frozen):
    """One of several named classes. Scores are logits (n, classes); targets are class indices (n,) int64."""

    kind: Literal["categories"] = "categories"
    names: tuple[str, ...] = Field(min_length=2)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example's scores."""
        return (len(self.names),)

    @property
    def headline(self) -> str:
        """The metric that opens the report."""
        return "balanced_accuracy"

    def probabilities(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logits (n, classes) -> probabilities (n, classes), rows summing to 1."""
        return np.asarray(softmax(scores.astype(np.float64), axis=-1))

    def decide(self, scores: NDArray[np.float32]) -> NDArray[np.int64]:
        """The most probable class of each row, (n,) int64."""
        return np.asarray(scores.argmax(axis=-1), dtype=np.int64)

    def row_errors(self, predictions: Predictions) -> dict[str, NDArray[np.float64]]:
        """Errors of each row, (n,) each: `error` 0 or 1, `log_loss` in nats, `brier` (sum over classes, 0 to 2)."""
        truth = np.eye(len(self.names))[predictions.targets]
        log_probabilities = log_softmax(predictions.scores.astype(np.float64), axis=-1)
        return {
            "error": (self.decide(predictions.scores) != predictions.targets).astype(np.float64),
            "log_loss": -(truth * log_probabilities).sum(axis=-1),
            "brier": ((np.exp(log_probabilities) - truth) ** 2).sum(axis=-1),
        }

    def metrics(self, predictions: Predictions) -> dict[str, float]:
        """Values over all rows; names as in `describe`."""
        decided = self.decide(predictions.scores)
        errors = self.row_errors(predictions)
        return {
            "accuracy": float(1.0 - errors["error"].mean()),
            "balanced_accuracy": float(balanced_accuracy_score(predictions.targets, decided)),
            "macro_f1": float(f1_score(predictions.targets, decided, average="macro", zero_division=0.0)),
            "log_loss": float(errors["log_loss"].mean()),
            "brier": float(errors["brier"].mean()),
        }

    def baselines(self, train_targets: NDArray[np.int64], predictions: Predictions) -> dict[str, Predictions]:
        """What needs no model: `prior` always says the training part's class shares."""
        counts = np.bincount(train_targets, minlength=len(self.names)) + 1e-9
        prior = np.log(counts / counts.sum()).astype(np.float32)
        return {"prior": predictions.with_scores(np.tile(prior, (len(predictions), 1)))}

    def explained_score(self, scores: NDArray[np.float32], original: NDArray[np.float32]) -> NDArray[np.float64]:
        """What explanations explain, (n,): the logit of the class decided for the unchanged row, scored `original` (1, classes)."""
        return scores[:, self.decide(original)[0]].astype(np.float64)

    def describe(self) -> dict[str, MetricInfo]:
        """How to read each metric."""
        return {
            "accuracy": MetricInfo("share", "higher", "share of examples whose most probable class is the true one"),
            "balanced_accuracy": MetricInfo("share", "higher", "mean of the classes' recalls"),
            "macro_f1": MetricInfo("share", "higher", "mean of the classes' F1 scores"),
            "log_loss": MetricInfo("nats", "lower", "mean negative log probability of the true class"),
            "brier": MetricInfo("score", "lower", "mean squared distance of the probabilities from the truth, summed over classes"),
        }


class Horizon(_Frozen):
    """The next steps of a series. Scores are (n, steps, channels, 1 + quantiles) in original units: mean, then quantiles.

    Targets are (n, steps, channels) float32 in original units, NaN where not observed.
    """

    kind: Literal["horizon"] = "horizon"
    steps: int = Field(ge=1)
    channels: tuple[str, ...] = Field(min_length=1)
    unit: str
    quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)
    step_seconds: int = Field(ge=1)
    season_steps: int = Field(ge=1)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example's scores."""
        return (self.steps, len(self.channels), 1 + len(self.quantiles))

    @property
    def headline(self) -> str:
        """The metric that opens the report."""
        return "mse_standardised"

    def decide(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """The point forecast (n, steps, channels), original units: the mean, which is best for squared error."""
        return scores[..., 0]

    def row_errors(self, predictions: Predictions) -> dict[str, NDArray[np.float64]]:
        """Errors of each row over its observed steps, (n,) each; NaN where a row has none."""
        context = predictions.forecast
        if context is None:
            raise ContractError("Forecast predictions need their ForecastContext, received none.")
        difference = self.decide(predictions.scores).astype(np.float64) - predictions.targets
        standardised = difference / context.scale[:, None, :]
        axes = (1, 2)
        return {
            "mse_standardised": np.nanmean(standardised**2, axis=axes),
            "mae_standardised": np.nanmean(np.abs(standardised), axis=axes),
            "mae": np.nanmean(np.abs(difference), axis=axes),
            "mase": np.nanmean(np.abs(difference) / context.naive_error[:, None, :], axis=axes),
        }

    def metrics(self, predictions: Predictions) -> dict[str, float]:
        """Values over all rows; names as in `describe`."""
        return {name: float(np.nanmean(errors)) for name, errors in self.row_errors(predictions).items()}

    def baselines(self, train_targets: NDArray[np.float32], predictions: Predictions) -> dict[str, Predictions]:
        """What needs no model: `last_value` repeats the last observation, `seasonal_naive` the last season."""
        context = predictions.forecast
        if context is None:
            raise ContractError("Forecast predictions need their ForecastContext, received none.")
        last = np.repeat(context.recent[:, -1:], self.steps, axis=1)
        repeats = -(-self.steps // context.recent.shape[1])
        season = np.tile(context.recent, (1, repeats, 1))[:, : self.steps]
        return {"last_value": self._as_point(predictions, last), "seasonal_naive": self._as_point(predictions, season)}

    def explained_score(self, scores: NDArray[np.float32], original: NDArray[np.float32]) -> NDArray[np.float64]:
        """What explanations explain, (n,): the mean forecast over steps and channels; `original` is not needed."""
        return np.asarray(self.decide(scores).mean(axis=(1, 2), dtype=np.float64))

    def describe(self) -> dict[str, MetricInfo]:
        """How to read each metric."""
        return {
            "mse_standardised": MetricInfo("σ²", "lower", "mean squared error in units of each series' training standard deviation"),
            "mae_standardised": MetricInfo("σ", "lower", "mean absolute error in units of each series' training standard deviation"),
            "mae": MetricInfo(self.unit, "lower", "mean absolute error"),
            "mase": MetricInfo("ratio", "lower", "mean absolute error over that of the seasonal naive forecast on the training part"),
        }

    def _as_point(self, predictions: Predictions, forecast: NDArray[np.float32]) -> Predictions:
        return predictions.with_scores(np.repeat(forecast[..., None], self.shape[-1], axis=-1))


Target = Annotated[Categories | Horizon, Field(discriminator="kind")]
