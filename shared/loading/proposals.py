"""Reading a source with the settings that its own errors propose, all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.config import RunConfig
from shared.config.setting_text import set_option, write_setting
from shared.config.sources import override_config
from shared.errors import ConfigError, DataError

__all__ = ["Proposal", "Reading", "read_with_proposals"]

_MOST_PROPOSALS = 12
"""A source that asks for more is not understood."""

Config = TypeVar("Config", bound=RunConfig)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Proposal:
    """Settings that a source asked for.

    Attributes:
        settings: Dotted name -> value.
        reason: The error that proposed them.
    """

    settings: Mapping[str, Any]
    reason: str

    @property
    def assignments(self) -> tuple[str, ...]:
        """As `override_config` takes them."""
        return tuple(f"{name}={write_setting(value)}" for name, value in self.settings.items())

    @property
    def options(self) -> str:
        """As they are typed."""
        return " ".join(set_option(name, value) for name, value in self.settings.items())


@dataclass(frozen=True)
class Reading(Generic[Config, Result]):
    """What was read, the configuration that did it, and what that was given beside the user's."""

    result: Result
    config: Config
    proposals: tuple[Proposal, ...]


def read_with_proposals(
    read: Callable[[Config], Result], config: Config
) -> Reading[Config, Result]:
    """Read; where an error proposes settings, read again with these.

    Args:
        read: Raises DataError where the source can't be read as configured.
        config: As the user has it.

    Raises:
        DataError: An error proposes nothing, or what was tried before; the message lists what was
            found until then.
    """
    proposals: list[Proposal] = []
    while True:
        try:
            return Reading(read(config), config, tuple(proposals))
        except DataError as error:
            proposal = Proposal(error.settings, str(error))
            known = {item for earlier in proposals for item in earlier.assignments}
            is_new = bool(proposal.settings) and not known.issuperset(proposal.assignments)
            if not is_new or len(proposals) == _MOST_PROPOSALS:
                raise _with_earlier(error, proposals) from error
            proposals.append(proposal)
            try:
                config = override_config(config, proposal.assignments)
            except ConfigError:
                raise _with_earlier(error, proposals[:-1]) from error


def _with_earlier(error: DataError, proposals: list[Proposal]) -> DataError:
    if not proposals:
        return error
    options = " ".join(proposal.options for proposal in proposals)
    found = {name: value for item in proposals for name, value in item.settings.items()}
    return DataError(
        f"{error}\nSettings that were found before: {options}",
        settings=found | dict(error.settings),
    )
