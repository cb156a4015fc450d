"""Whether `calibrate` asks for what these data can have; known before anything is trained."""

from __future__ import annotations

from shared.config import CalibrateConfig
from shared.config.setting_text import set_option
from shared.errors import ConfigError
from shared.targets import Categories, Target

__all__ = ["find_screened_class", "require_fit"]


def require_fit(config: CalibrateConfig, target: Target, *, has_folds: bool) -> None:
    """Refuse settings that do not fit what is predicted.

    Args:
        config: The settings.
        target: What is predicted.
        has_folds: Whether it is a cross-validation.

    Raises:
        ConfigError: Costs, prevalences or decisions do not fit.
    """
    if not isinstance(target, Categories):
        if config.decide_for != "most_probable":
            raise ConfigError(
                f"calibrate.decide_for={config.decide_for} is about classes, and a forecast has"
                f" none: leave it out, or {set_option('calibrate.decide_for', 'most_probable')}"
            )
        return
    _require_sizes(config, target)
    find_screened_class(config, target)
    if has_folds and config.decide_for == "operating_point":
        raise ConfigError(
            "calibrate.decide_for=operating_point needs validation rows to choose its threshold"
            " by, and a cross-validation tests them all. Use another data.split, or another goal,"
            f" for example {set_option('calibrate.decide_for', 'balanced')}"
        )


def find_screened_class(config: CalibrateConfig, target: Categories) -> int | None:
    """The position of the class that is screened for; None if nobody asks for one.

    Raises:
        ConfigError: It is not said which it is, or there is no such class.
    """
    names = target.names
    if config.screened_class is not None:
        if config.screened_class in names:
            return names.index(config.screened_class)
        raise ConfigError(
            f"calibrate.screened_class={config.screened_class!r} is none of the classes"
            f" {', '.join(map(repr, names))}. For example"
            f" {set_option('calibrate.screened_class', names[-1])}"
        )
    if len(names) == 2:
        return 1
    if config.decide_for != "operating_point":
        return None
    raise ConfigError(
        "calibrate.decide_for=operating_point needs calibrate.screened_class, because there are"
        f" {len(names)} classes and only one can have what is asked for:"
        f" {', '.join(map(repr, names))}. For example"
        f" {set_option('calibrate.screened_class', names[-1])}"
    )


def _require_sizes(config: CalibrateConfig, target: Categories) -> None:
    classes = ", ".join(target.names)
    num_classes = len(target.names)
    if (
        config.costs is not None
        and [len(row) for row in config.costs] != [num_classes] * num_classes
    ):
        raise ConfigError(
            f"calibrate.costs needs {num_classes} rows of {num_classes} numbers, one for each of"
            f" the classes {classes}."
        )
    if config.deployment_prevalence is None:
        return
    shares = config.deployment_prevalence
    if len(shares) != num_classes or min(shares) < 0 or abs(sum(shares) - 1.0) > 1e-3:
        raise ConfigError(
            f"calibrate.deployment_prevalence needs {num_classes} shares that add up to 1, one for"
            f" each of the classes {classes}; received {list(shares)}."
        )
