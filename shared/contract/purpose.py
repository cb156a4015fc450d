"""What a pipeline is for: stated by its author, measured by nobody."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NO_PURPOSE", "Purpose"]


@dataclass(frozen=True)
class Purpose:
    """The use that a pipeline was made for, each as a short phrase without a full stop.

    Every report and model card opens with it; an empty phrase is shown as not stated.

    Attributes:
        intended: What a model of it may be used for.
        not_for: What it must not be used for.
        affected: Whom its answers touch.
    """

    intended: str = ""
    not_for: str = ""
    affected: str = ""


NO_PURPOSE = Purpose()
"""Of a pipeline whose author states none."""
