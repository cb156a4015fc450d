"""What is published with a run."""

from __future__ import annotations

from pydantic import Field

from shared.config.section import Section

__all__ = ["ExportConfig"]


class ExportConfig(Section):
    """What the served graph answers."""

    explain: bool = Field(
        True,
        description=(
            "Whether the served graph has the signature 'explain': how much each segment of an"
            " input speaks for its answer."
        ),
    )
