"""`gallery.json`: test examples that a person should look at, and the files that show them."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.files import GALLERY

__all__ = ["Gallery", "GalleryItem", "ItemKind", "Medium"]

ItemKind = Literal["confident mistake", "least sure", "right"]
"""Why an example is shown."""

Medium = Literal["image", "sound", "text", "none"]
"""How it is shown: a JPEG file, a WAV file, as text, or by its numbers only."""


class GalleryItem(Block):
    """One test example.

    Attributes:
        id: Of the example.
        kind: Why it is shown.
        decided: The class that is decided for.
        probability: Of that class.
        truth: The true class.
        truth_probability: Of that class.
        groups: Attribute -> its group.
        medium: How it is shown.
        file: In the run directory; empty for text and numbers.
        text: The text, cut if it is long; empty for all else.
    """

    id: str
    kind: ItemKind
    decided: str
    probability: float
    truth: str
    truth_probability: float
    groups: dict[str, str]
    medium: Medium
    file: str = ""
    text: str = ""


class Gallery(Artefact):
    """Chosen test examples; none for forecasts, which are drawn from their predictions.

    Attributes:
        n: Test rows that they were chosen from.
        num_mistakes: Rows among them that are decided wrong.
        items: Confident mistakes first, most confident at the top.
    """

    file: ClassVar[str] = GALLERY
    maker: ClassVar[str] = "explain"

    schema_version: Literal[1] = 1
    n: int
    num_mistakes: int
    items: tuple[GalleryItem, ...]
