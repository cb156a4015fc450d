"""Classification targets: one of several named classes. Keras twin: `shared.model.categories`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import log_softmax, softmax
from sklearn.metrics import average_precision_score, roc_auc_score

from shared.errors import ContractError
from shared.targets.category_metrics import CATEGORY_METRICS, ordinal_metric_infos
from shared.targets.confusion import confusion_metrics, count_confusion, ordinal_metrics
from shared.targets.decision import DecisionRule, MostProbable, decide
from shared.targets.metric_info import MetricInfo
from shared.targets.predictions import Predictions, Scores
from shared.targets.reliability import calibration_error

__all__ = ["Categories"]

_LOG_OF_NEARLY_NOTHING = -20.0
"""Logit of a class that a certain baseline rules out: small enough not to matter, large enough to
have a log loss."""


class Categories(BaseModel):
    """One of several named classes. Scores are logits (n, classes).

    Targets are class indices (n,) int64.

    Attributes:
        names: Of the classes; at least two.
        ordered: Whether they are grades, named from lowest to highest.
        rule: How one of them is decided for. Chosen by validation, so that it is stored in
            `calibration.json` (`CalibrationRecord.deciding`), not here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["categories"] = "categories"
    names: tuple[str, ...] = Field(min_length=2)
    ordered: bool = False
    rule: DecisionRule = Field(MostProbable(), exclude=True)

    @property
    def is_ordinal(self) -> bool:
        """Whether some errors are further off than others.

        The classes have an order, and there are more than two.
        """
        return self.ordered and len(self.names) > 2

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example's scores."""
        return (len(self.names),)

    @property
    def score_dtype(self) -> Literal["float32"]:
        """In which scores are served."""
        return "float32"

    @property
    def primary_metric(self) -> str:
        """The metric that opens the report."""
        return "balanced_accuracy"

    @property
    def deciding_metrics(self) -> tuple[str, ...]:
        """The metrics that must not contradict a verdict on the primary one."""
        return (self.primary_metric, "accuracy", "auc_macro", "log_loss")

    def probabilities(self, scores: Scores) -> NDArray[np.float64]:
        """Logits (n, classes) -> probabilities (n, classes), rows summing to 1."""
        return np.asarray(softmax(scores.astype(np.float64), axis=-1))

    def decide(self, scores: Scores) -> NDArray[np.int64]:
        """The class that each row is decided for, (n,) int64: by default the most probable one."""
        return decide(self.rule, scores)

    def deciding_by(self, rule: DecisionRule) -> Categories:
        """The same classes with another way to decide for one."""
        return self.model_copy(update={"rule": rule})

    def row_errors(self, predictions: Predictions) -> dict[str, NDArray[np.float64]]:
        """Errors of each row, (n,) each.

        `error` 0 or 1, `log_loss` in nats, `brier` (sum over classes, 0 to 2).

        Ordinal classes add `class_distance` of prediction and truth, and `ranked_probability_score`
        (Epstein 1969; Murphy 1971): squared differences of the cumulative probabilities, summed. Of
        a certain forecast both are the same.
        """
        truth = np.eye(len(self.names))[predictions.targets]
        log_probabilities = log_softmax(predictions.scores.astype(np.float64), axis=-1)
        deviations = np.exp(log_probabilities) - truth
        predicted = self.decide(predictions.scores)
        errors = {
            "error": (predicted != predictions.targets).astype(np.float64),
            "log_loss": -(truth * log_probabilities).sum(axis=-1),
            "brier": (deviations**2).sum(axis=-1),
        }
        if self.is_ordinal:
            errors["class_distance"] = np.abs(predicted - predictions.targets).astype(np.float64)
            cumulative = np.cumsum(deviations, axis=-1)[:, :-1]
            errors["ranked_probability_score"] = (cumulative**2).sum(axis=-1)
        return errors

    def confidence(self, scores: Scores) -> NDArray[np.float64]:
        """The probability of the predicted class, (n,)."""
        rows = np.arange(len(scores))
        return np.asarray(self.probabilities(scores)[rows, self.decide(scores)])

    def metrics(self, predictions: Predictions) -> dict[str, float]:
        """Values over all rows; names as in `describe`.

        All are NaN if any score is not finite: leaving those rows out would flatter the model.
        `auc_macro` and `pr_auc_macro` are NaN if no class has both positives and negatives.
        """
        if not np.isfinite(predictions.scores).all():
            return dict.fromkeys(self.describe(), float("nan"))
        confusion = count_confusion(
            predictions.targets, self.decide(predictions.scores), len(self.names)
        )
        errors = self.row_errors(predictions)
        values = {name: float(value) for name, value in confusion_metrics(confusion).items()}
        values["auc_macro"] = self._macro(roc_auc_score, predictions)
        values["pr_auc_macro"] = self._macro(average_precision_score, predictions)
        values["log_loss"] = float(errors["log_loss"].mean())
        values["brier"] = float(errors["brier"].mean())
        values["ece"] = calibration_error(
            self.confidence(predictions.scores), 1.0 - errors["error"]
        )
        if self.is_ordinal:
            values |= {name: float(value) for name, value in ordinal_metrics(confusion).items()}
            values["ranked_probability_score"] = float(errors["ranked_probability_score"].mean())
        return {name: values[name] for name in self.describe()}

    def baselines(
        self, class_counts: Mapping[str, int] | None, predictions: Predictions
    ) -> dict[str, Predictions]:
        """Baselines: `prior` always says the training split's class shares.

        Ordinal classes add `median`, which is sure of the training split's median class: of all
        constants it has the smallest mean distance from the truth.

        Args:
            class_counts: Rows of each class in the training split; a class may be missing.
            predictions: What the baselines are to predict.

        Raises:
            ContractError: `class_counts` is None, or counts nothing.
        """
        if not class_counts or sum(class_counts.values()) <= 0:
            raise ContractError(
                "The baseline 'prior' needs the training split's class counts, received"
                f" {class_counts!r}."
            )
        # A class that training lacks keeps a probability too small to matter, so that its log
        # exists.
        counts = (
            np.array([class_counts.get(name, 0) for name in self.names], dtype=np.float64) + 1e-9
        )
        prior = np.log(counts / counts.sum()).astype(np.float32)
        constants = {"prior": prior}
        if self.is_ordinal:
            median = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2.0))
            constants["median"] = np.where(
                np.arange(len(self.names)) == median, 0.0, _LOG_OF_NEARLY_NOTHING
            ).astype(np.float32)
        return {
            name: predictions.with_scores(np.tile(scores, (len(predictions), 1)))
            for name, scores in constants.items()
        }

    def describe(self) -> dict[str, MetricInfo]:
        """How to read each metric."""
        if not self.is_ordinal:
            return dict(CATEGORY_METRICS)
        return CATEGORY_METRICS | ordinal_metric_infos(len(self.names))

    def scored_classes(self) -> tuple[int, ...]:
        """The classes whose ranking is measured against the rest.

        Of two classes the second, the "positive" one.
        """
        return tuple(range(len(self.names))) if len(self.names) > 2 else (1,)

    def _macro(
        self,
        area: Callable[[NDArray[np.bool_], NDArray[np.float64]], float],
        predictions: Predictions,
    ) -> float:
        probabilities = self.probabilities(predictions.scores)
        present = np.bincount(predictions.targets, minlength=len(self.names))
        scored = [c for c in self.scored_classes() if 0 < present[c] < len(predictions)]
        areas = [float(area(predictions.targets == c, probabilities[:, c])) for c in scored]
        return sum(areas) / len(areas) if areas else float("nan")
