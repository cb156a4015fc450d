"""Matplotlib figures as inline SVG that takes its colours and font from the page.

So it reads in light, dark and print.
"""

from __future__ import annotations

import io
import math
import re
import warnings
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import PercentFormatter

from shared.names import printable
from shared.reporting.charts.style_classes import STYLE_CLASSES, in_order

__all__ = [
    "ACCENT",
    "BAD",
    "DASHED",
    "FULL_WIDTH",
    "GOOD",
    "HALF_WIDTH",
    "INK",
    "LINE",
    "MUTED",
    "PAPER",
    "SECOND",
    "chart_style",
    "format_axis",
    "inline_svg",
    "new_figure",
]

# Matplotlib knows no CSS variables, so each role gets a colour that nothing else uses and that is
# replaced on the way out.
INK, MUTED, LINE, ACCENT, SECOND, GOOD, BAD, PAPER = (f"#0000f{digit}" for digit in range(8))
_VARIABLES = dict(
    zip(
        (INK, MUTED, LINE, ACCENT, SECOND, GOOD, BAD, PAPER),
        ("--ink", "--muted", "--line", "--accent", "--second", "--good", "--bad", "--paper"),
        strict=True,
    )
)

_SETTINGS = {
    "svg.hashsalt": "plumbline",  # else element ids are random
    "svg.fonttype": "none",  # text stays text: selectable, searchable, in the page's font
    "text.parse_math": False,  # a class may be called "$"
    "font.family": "DejaVu Sans",  # bundled with Matplotlib, so the layout is the same everywhere
    "font.size": 9.0,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.unicode_minus": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "ytick.major.size": 0.0,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
}


_LEAST_LETTERS = 11.0
"""CSS pixels."""
FULL_WIDTH = 6.6
HALF_WIDTH = 4.4
"""Of charts beside each other; inches."""

DASHED = (0, (3, 3))
"""Of lines to compare with."""


@contextmanager
def chart_style() -> Iterator[None]:
    """The report's drawing style; figures are made, filled and rendered inside."""
    with matplotlib.rc_context(_SETTINGS), warnings.catch_warnings():
        # Text is not drawn here but by the reader's browser, whose fonts have more glyphs.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


def new_figure(width_inches: float, height_inches: float) -> tuple[Figure, Axes]:
    """A figure with one pair of axes, without pyplot and its global state."""
    figure = Figure(figsize=(width_inches, height_inches), layout="constrained")
    return figure, figure.subplots()


def format_axis(axis: Axis, unit: str) -> None:
    """Percent for shares, with as many decimals as the ticks need: 12.5 % is not 13 %."""
    if unit == "share":
        axis.set_major_formatter(PercentFormatter(1.0))


def inline_svg(figure: Figure, prefix: str) -> Markup:
    """Render a figure as an SVG element for HTML.

    Args:
        figure: The figure.
        prefix: Unique on the page: put before every id, because all inline images share one name
            space.
    """
    buffer = io.StringIO()
    figure.savefig(
        buffer,
        format="svg",
        transparent=True,
        metadata={"Date": None, "Creator": None, "Type": None, "Format": None},
    )
    # Not a stranger's XML, but the output of the statement before; XML has no control characters.
    root = ElementTree.fromstring(printable(buffer.getvalue()))  # noqa: S314
    _clean(root, prefix)
    _shorten(root, used=_used_ids(root))
    _rename(root, prefix)
    del root.attrib["width"], root.attrib["height"], root.attrib["version"]
    root.set("style", f"--least:{_least_width(figure)}px")
    root.set("aria-hidden", "true")  # the figure around it carries the description
    # ElementTree has escaped all text, " />" within it included.
    text = ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")
    return Markup(text)  # noqa: S704


def _least_width(figure: Figure) -> int:
    """Width in CSS pixels from which on no letter is smaller than `_LEAST_LETTERS`."""
    sizes = [
        float(text.get_fontsize())
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_text()
    ]
    points = 72.0 * float(figure.get_figwidth())
    return math.ceil(points * _LEAST_LETTERS / min(sizes)) if sizes else 0


def _clean(element: ElementTree.Element, prefix: str) -> None:
    for child in list(element):
        name = _local(child.tag)
        # Metadata names web addresses; the style sheet would act on the whole page.
        if name in {"metadata", "style"} or (
            name == "defs" and all(_local(item.tag) == "style" for item in child)
        ):
            element.remove(child)
        else:
            _clean(child, prefix)
    element.tag = _local(element.tag)
    element.attrib = {
        _local(name): _value(_local(name), value, prefix)
        for name, value in element.attrib.items()
        if not value.startswith("rotate(-0 ")  # which turns nothing
    }
    _name_style(element)
    if element.tag != "text":
        element.text = None
    element.tail = None


def _name_style(element: ElementTree.Element) -> None:
    """A class in the place of a style that many elements have."""
    style = in_order(element.get("style", ""))
    if style in STYLE_CLASSES:
        del element.attrib["style"]
        element.set("class", STYLE_CLASSES[style])


def _used_ids(root: ElementTree.Element) -> set[str]:
    """Names that another element points at, as `#name` or `url(#name)`."""
    pointers = (element.get(key, "") for element in root.iter() for key in ("href", "clip-path"))
    return {name for pointer in pointers for name in re.findall(r"#([^)]+)", pointer)}


def _shorten(element: ElementTree.Element, used: set[str]) -> None:
    """Leave out what a browser draws nothing of: names without use, bare groups, empty shapes."""
    children: list[ElementTree.Element] = []
    for child in element:
        if child.get("id") not in used:
            child.attrib.pop("id", None)
        _shorten(child, used)
        is_bare = child.tag in {"g", "defs"} and not child.attrib
        if child.tag == "g" and is_bare:
            children.extend(child)
        elif not (is_bare and len(child) == 0) and child.get("style") != "fill:none":
            children.append(child)
    element[:] = children


def _rename(root: ElementTree.Element, prefix: str) -> None:
    """Numbers for names: Matplotlib's are digests."""
    named = [element for element in root.iter() if "id" in element.attrib]
    names = {element.attrib["id"]: f"{prefix}{number}" for number, element in enumerate(named)}
    for element in root.iter():
        for key in element.attrib.keys() & {"id", "href", "clip-path"}:
            element.attrib[key] = re.sub(
                r"(^|#)([^#()]+)",
                lambda found: found[1] + names.get(found[2], found[2]),
                element.attrib[key],
            )


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _value(name: str, value: str, prefix: str) -> str:
    match name:
        case "id":
            return prefix + value
        case "href":
            return value.replace("#", f"#{prefix}", 1)
        case "style":
            return _themed(value)
        case "clip-path":
            return value.replace("#", f"#{prefix}")
        case "d":
            return re.sub(r" ?([A-Za-z]) ?", r"\1", _rounded(value))
        case "x" | "y" | "transform" | "width" | "height":
            return _rounded(value)
        case _:
            return value


def _rounded(numbers: str) -> str:
    return re.sub(
        r"-?\d+\.\d+",
        lambda found: f"{float(found.group()):.1f}".replace(".0", ""),
        " ".join(numbers.split()),
    )


def _themed(style: str) -> str:
    parts = (part.strip().replace(": ", ":") for part in style.split(";"))
    kept = [part for part in parts if not part.startswith("font-family")]
    text = ";".join(part for part in kept if part)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    return text
