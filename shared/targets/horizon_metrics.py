"""Definitions of the metrics of forecasts; formulas stand in `Horizon`."""

from __future__ import annotations

import math

from shared.targets.metric_info import MetricInfo

__all__ = ["coverage_metric_infos", "point_metric_infos", "quantile_metric_infos"]

_SIGMA = "in units of each series' training standard deviation"
_NAIVE = "that of the seasonal naive forecast on the training split"


def point_metric_infos(unit: str) -> dict[str, MetricInfo]:
    """Of the mean forecast.

    Args:
        unit: Of the series.
    """
    return {
        "mse_standardised": _error("σ²", f"mean squared error {_SIGMA}", "mean of squares"),
        "mae_standardised": _error("σ", f"mean absolute error {_SIGMA}", "mean of absolute values"),
        "mse": _error(f"{unit}²", "mean squared error", "mean of squares"),
        "mae": _error(unit, "mean absolute error", "mean of absolute values"),
        "mase": _error(
            "ratio", f"mean absolute error over {_NAIVE}", "Hyndman & Koehler 2006, eq. 3"
        ),
        "rmsse": _error(
            "ratio",
            f"root of a window's mean squared error over {_NAIVE}",
            "Makridakis, Spiliotis & Assimakopoulos 2022, eq. 1",
        ),
        "smape": MetricInfo(
            unit="%",
            better="lower",
            low=0.0,
            high=200.0,
            describe="mean absolute error over the mean size of forecast and truth, 0 to 200 %",
            source="Makridakis, Spiliotis & Assimakopoulos 2020, eq. 1",
        ),
        "skill": MetricInfo(
            unit="share",
            better="higher",
            low=-math.inf,
            high=1.0,
            describe=(
                "share of the seasonal naive forecast's squared error that is avoided; 0: no better"
            ),
            source="Murphy 1988",
        ),
    }


def quantile_metric_infos() -> dict[str, MetricInfo]:
    """Of forecasts with quantiles, in addition."""
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


def coverage_metric_infos(nominal: float) -> dict[str, MetricInfo]:
    """Of forecasts with at least two quantiles, in addition.

    Args:
        nominal: Share of values that should lie inside the outer ones.
    """
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
