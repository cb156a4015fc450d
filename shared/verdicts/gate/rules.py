"""What a gate asks of a report, and the YAML file that says it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from shared.block import Block
from shared.config.setting_text import read_yaml
from shared.errors import ConfigError
from shared.run.artefacts.report.verdict import Status

__all__ = ["GateRules", "MetricRule", "read_rules"]


class MetricRule(Block):
    """Where a metric must lie.

    Attributes:
        at_least: Smallest value, in the unit of the metric; None for none.
        at_most: Largest value; None for none.
        surely: Whether the whole interval must lie there, not only the value.
    """

    at_least: float | None = None
    at_most: float | None = None
    surely: bool = False


class GateRules(Block):
    """What a gate asks of a report.

    Attributes:
        otherwise: Least status of the verdicts that are not named: by default none may be
            contradicted.
        verdicts: Id of a verdict -> its least status.
        metrics: Deciding metric -> where it must lie.
    """

    otherwise: Status = "unknown"
    verdicts: dict[str, Status] = Field(default_factory=dict)
    metrics: dict[str, MetricRule] = Field(default_factory=dict)


def read_rules(path: Path) -> GateRules:
    """The rules of a YAML file.

    Raises:
        ConfigError: It can't be read, is no YAML, or holds what is no rule; the message names it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The rules {path} can't be read as UTF-8 text ({error}).") from error
    tree = read_yaml(text, where=f"rules {path}")
    try:
        return GateRules.model_validate({} if tree is None else tree)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(map(str, fault["loc"])) or "the whole file"
        raise ConfigError(
            f"The rules {path}: {key}: {fault['msg']}, received {fault.get('input')!r}. Rules are"
            " `otherwise` and `verdicts` (shown, care, unknown or contradicted) and `metrics`"
            " (at_least, at_most, surely)."
        ) from error
