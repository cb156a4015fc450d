"""What a section of the report is: its names, what it shows, and what it says without data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts

__all__ = ["Section", "ShownSection"]

Words = str | Callable[[Artefacts], str]
"""A text, or how it follows from the run."""


@dataclass(frozen=True)
class Section:
    """One section of the report, whatever the run.

    Attributes:
        id: Its anchor on the page, and the name of its template.
        title: Its heading, and its entry in the table of contents.
        view: What the template shows, from the run's artefacts; None if they have nothing to show.
        lead: The sentence below the heading.
        missing: Said where there is no view; an empty one leaves the whole section out.
        folder: Where its template lies, from the folder of the report.
    """

    id: str
    title: Words
    view: Callable[[Artefacts], object | None]
    lead: Words = ""
    missing: str = ""
    folder: str = "sections"

    @property
    def template(self) -> str:
        """Path of the template, from the folder of the report."""
        return f"{self.folder}/{self.id}.html"

    def show(self, artefacts: Artefacts) -> ShownSection | None:
        """The section of one run; None if it is left out."""
        view = self.view(artefacts)
        if view is None and not self.missing:
            return None
        return ShownSection(
            id=self.id,
            title=_say(self.title, artefacts),
            lead="" if view is None else _say(self.lead, artefacts),
            template=self.template,
            view=view,
            missing=self.missing,
        )


@dataclass(frozen=True)
class ShownSection:
    """A section as the template of the page lays it out; attributes as in `Section`."""

    id: str
    title: str
    lead: str
    template: str
    view: Any
    missing: str


def _say(words: Words, artefacts: Artefacts) -> str:
    return words if isinstance(words, str) else words(artefacts)
