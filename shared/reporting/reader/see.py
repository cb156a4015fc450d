"""The gallery: what the model gets wrong with most confidence, and what it is least sure of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from shared.formatting import format_count, format_value, humanise
from shared.reporting.artefacts import Artefacts
from shared.reporting.drawing.figure import Download, csv_download
from shared.reporting.drawing.labels import shortened
from shared.reporting.drawing.media import media_address
from shared.reporting.reader.why import anchor_of, shown_examples
from shared.reporting.section import Section
from shared.run.artefacts.gallery_file import Gallery, GalleryItem, ItemKind, Medium

__all__ = ["SECTION", "Choice", "SeeView", "ShownItem", "view_see"]

_MOST_CHARACTERS = 260
_MOST_ATTRIBUTES = 6
_TITLES: dict[ItemKind, str] = {
    "confident mistake": "Most confident mistakes",
    "least sure": "Least sure",
    "right": "Right, drawn at random",
}


@dataclass(frozen=True)
class ShownItem:
    """One example.

    Attributes:
        number: Unique on the page.
        decided: The class that is said.
        probability: Of it, in words.
        truth: The true class; empty where it is the one that is said.
        groups: Attribute and group, in words.
        medium: How it is shown.
        address: `data:` URI of its file; empty for text and numbers.
        text: The text.
        explained: Anchor of its explanation; empty without one.
        shown_by: Numbers of the filter options that show it.
    """

    number: int
    decided: str
    probability: str
    truth: str
    groups: tuple[str, ...]
    medium: Medium
    address: str
    text: str
    explained: str = ""
    shown_by: str = ""


@dataclass(frozen=True)
class Choice:
    """One filter: its name, and option number -> what it shows."""

    name: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SeeView:
    """What the template shows.

    Attributes:
        finding: How many mistakes there are.
        shelves: Title and examples of each kind.
        choices: Filters.
        download: The examples as a table.
    """

    finding: Markup
    shelves: tuple[tuple[str, tuple[ShownItem, ...]], ...]
    choices: tuple[Choice, ...]
    download: Download


def view_see(artefacts: Artefacts) -> SeeView | None:
    """Lay out `gallery.json`; None for forecasts, which have a section of their own."""
    gallery = artefacts.gallery
    if not gallery.items:
        return None
    columns = _columns(gallery)
    examples = artefacts.explanations.examples
    explained = {examples[place].id: anchor_of(place) for place in shown_examples(artefacts)}
    items = [
        replace(
            _item(artefacts, item, number),
            explained=explained.get(item.id, ""),
            shown_by=_shown_by(columns, number),
        )
        for number, item in enumerate(gallery.items)
    ]
    kinds = [item.kind for item in gallery.items]
    shelves = tuple(
        (title, tuple(item for item, of in zip(items, kinds, strict=True) if of == kind))
        for kind, title in _TITLES.items()
        if kind in kinds
    )
    return SeeView(_finding(artefacts), shelves, _choices(columns), _download(gallery))


def _finding(artefacts: Artefacts) -> Markup:
    gallery = artefacts.gallery
    said = Markup("{} of {} test examples are decided wrong.").format(
        format_count(gallery.num_mistakes), format_count(gallery.n)
    )
    mistakes = [item for item in gallery.items if item.kind == "confident mistake"]
    sure = [item for item in mistakes if item.probability >= 0.8]
    if not sure:
        return said
    number = format_count(len(sure))
    more = f"At least {number}" if len(sure) == len(mistakes) else number
    return said + Markup(" {} of them with 80 % confidence or more.").format(more)


def _columns(gallery: Gallery) -> dict[str, list[str]]:
    """Filter -> its value for each example: the true class, and each attribute."""
    columns = {"True class": [item.truth for item in gallery.items]}
    for name in list(gallery.items[0].groups)[:_MOST_ATTRIBUTES]:
        columns[humanise(name)] = [item.groups.get(name, "") for item in gallery.items]
    return columns


def _choices(columns: Mapping[str, Sequence[str]]) -> tuple[Choice, ...]:
    """A filter for each column that tells examples apart."""
    found = []
    for place, (name, values) in enumerate(columns.items()):
        names = enumerate(sorted(set(values)))
        options = tuple((f"{place}-{number}", shortened(value)) for number, value in names)
        found.append(Choice(shortened(name), options))
    return tuple(choice for choice in found if len(choice.options) > 1)


def _shown_by(columns: Mapping[str, Sequence[str]], row: int) -> str:
    """Numbers of the options that show an example, as `_choices` counts them."""
    numbers = [sorted(set(values)).index(values[row]) for values in columns.values()]
    return " ".join(f"{place}-{number}" for place, number in enumerate(numbers))


def _item(artefacts: Artefacts, item: GalleryItem, number: int) -> ShownItem:
    groups = [shortened(f"{humanise(name)}: {value}") for name, value in item.groups.items()]
    truth = "" if item.truth == item.decided else shortened(item.truth)
    return ShownItem(
        number=number + 1,
        decided=shortened(item.decided),
        probability=format_value(item.probability, "share"),
        truth=truth,
        groups=tuple(groups[:_MOST_ATTRIBUTES]),
        medium=item.medium,
        address=_address(artefacts, item),
        text=shortened(item.text, _MOST_CHARACTERS),
    )


def _address(artefacts: Artefacts, item: GalleryItem) -> str:
    if not item.file:
        return ""
    return media_address(item.medium, artefacts.gallery_files[item.file])


def _download(gallery: Gallery) -> Download:
    attributes = list(gallery.items[0].groups)
    rows: list[tuple[str | float, ...]] = []
    for item in gallery.items:
        groups = [item.groups.get(name, "") for name in attributes]
        shares = (item.decided, item.probability, item.truth, item.truth_probability)
        rows.append((item.id, item.kind, *shares, *groups))
    columns = ("id", "why", "said", "probability", "truth", "probability_of_truth", *attributes)
    return csv_download("examples", columns, rows)


SECTION = Section(id="see", title="See its mistakes", view=view_see, folder="reader")
