"""Definitions of the metrics of forecasts; formulas stand in `Horizon`."""

from __future__ import annotations

import math

from shared.targets.metric_info import MetricInfo

__all__ = ["horizon_metric_infos"]

_SIGMA = "in units of each series' training standard deviation"
_NAIVE = "that of the seasonal naive forecast on the training split"


def horizon_metric_infos(
    unit: str, *, has_quantiles: bool, nominal: float | None
) -> dict[str, MetricInfo]:
    """All that a forecast is measured by.

    Args:
        unit: Of the series.
        has_quantiles: Whether there are any.
        nominal: Share of values that should lie inside the outer quantiles; None with fewer than
            two.
    """
    metrics = _point_metrics(unit)
    if has_quantiles:
        metrics |= _quantile_metrics()
    if nominal is not None:
        metrics |= _coverage_metrics(nominal)
    return metrics


def _point_metrics(unit: str) -> dict[str, MetricInfo]:
    avoided = "share of the seasonal naive forecast's squared error that is avoided"
    return {
        **_standardised_errors(),
        "mse": _error(f"{unit}²", "mean squared error", "mean of squares"),
        "mae": _error(unit, "mean absolute error", "mean of absolute values"),
        **_relative_errors(),
        "skill": MetricInfo(
            unit="share",
            better="higher",
            low=-math.inf,
            high=1.0,
            describe=f"{avoided}; 0: no better",
            source="Murphy 1988",
        ),
    }


def _standardised_errors() -> dict[str, MetricInfo]:
    squared = f"mean squared error {_SIGMA}"
    absolute = f"mean absolute error {_SIGMA}"
    return {
        "mse_standardised": _error("σ²", squared, "mean of squares"),
        "mae_standardised": _error("σ", absolute, "mean of absolute values"),
    }


def _relative_errors() -> dict[str, MetricInfo]:
    of_m4 = "Makridakis, Spiliotis & Assimakopoulos 2020, eq. 1"
    of_m5 = "Makridakis, Spiliotis & Assimakopoulos 2022, eq. 1"
    root = f"root of a window's mean squared error over {_NAIVE}"
    absolute = f"mean absolute error over {_NAIVE}"
    return {
        "mase": _error("ratio", absolute, "Hyndman & Koehler 2006, eq. 3"),
        "rmsse": _error("ratio", root, of_m5),
        "smape": MetricInfo(
            unit="%",
            better="lower",
            low=0.0,
            high=200.0,
            describe="mean absolute error over the mean size of forecast and truth, 0 to 200 %",
            source=of_m4,
        ),
    }


def _quantile_metrics() -> dict[str, MetricInfo]:
    return {
        "pinball": _error(
            "σ", "mean pinball loss of the quantiles, standardised", "Koenker & Bassett 1978"
        ),
        "crps": _error(
            "σ",
            "continuous ranked probability score, from the quantiles: twice their mean pinball"
            " loss, standardised",
            "Gneiting & Ranjan 2011, eq. 17",
        ),
        "wql": _error(
            "ratio",
            "weighted quantile loss: the continuous ranked probability score, from the quantiles,"
            " over the mean size of the truth",
            "Gneiting & Ranjan 2011, eq. 17",
        ),
    }


def _coverage_metrics(nominal: float) -> dict[str, MetricInfo]:
    return {
        "coverage_error": MetricInfo(
            unit="share",
            better="lower",
            low=0.0,
            high=1.0,
            describe=(
                "distance between the share of values inside the outer quantiles and the nominal"
                f" {nominal:.0%}"
            ),
            source="absolute difference",
        )
    }


def _error(unit: str, describe: str, source: str) -> MetricInfo:
    """An error without a largest value."""
    return MetricInfo(
        unit=unit, better="lower", low=0.0, high=math.inf, describe=describe, source=source
    )
