"""Styles that Matplotlib writes into element after element, by a short name each.

They are about two fifths of a chart's bytes.
"""

from __future__ import annotations

__all__ = ["STYLE_CLASSES", "chart_rules", "in_order"]

_STYLES = (
    "fill:none;stroke:var(--line);stroke-linecap:round;stroke-width:0.6",
    "fill:none;stroke:var(--line);stroke-linecap:square;stroke-linejoin:miter;stroke-width:0.8",
    "fill:none;stroke:var(--accent);stroke-linecap:round;stroke-width:1.8",
    "fill:none;stroke:var(--accent);stroke-linecap:round;stroke-width:1.5",
    "fill:none;stroke:var(--second);stroke-linecap:round;stroke-width:1.8",
    "fill:none;stroke:var(--accent);stroke-linecap:round;stroke-opacity:0.45;stroke-width:2",
    "fill:none;stroke:var(--accent);stroke-linecap:round;stroke-opacity:0.45;stroke-width:2.2",
    "fill:none;stroke:var(--second);stroke-linecap:round;stroke-opacity:0.45;stroke-width:2",
    "fill:none;stroke:var(--accent);stroke-linecap:round;stroke-opacity:0.5;stroke-width:1",
    "fill:none;stroke:var(--accent);stroke-linecap:round;stroke-opacity:0.5;stroke-width:1.2",
    "fill:none;stroke:var(--muted);stroke-dasharray:2.4,2.4;stroke-dashoffset:0;stroke-width:0.8",
    "fill:none;stroke:var(--muted);stroke-dasharray:2.7,2.7;stroke-dashoffset:0;stroke-width:0.9",
    "fill:var(--line);stroke:var(--line);stroke-width:0.8",
    "fill:var(--accent);stroke:var(--accent)",
    "fill:var(--second);stroke:var(--second);stroke-linejoin:miter",
    "fill:var(--muted);stroke:var(--muted);stroke-linejoin:miter",
    "fill:var(--accent);fill-opacity:0.16",
    "fill:var(--ink);font-size:9px;text-anchor:end",
    "fill:var(--muted);font-size:9px;text-anchor:end",
    "fill:var(--muted);font-size:9px;text-anchor:middle",
    "stroke:var(--line);stroke-width:0.8",
    "stroke:var(--accent)",
)


def in_order(style: str) -> str:
    """The same style whatever the order in which its parts were written."""
    return ";".join(sorted(style.split(";")))


STYLE_CLASSES = {in_order(style): f"k{place}" for place, style in enumerate(_STYLES)}
"""Style, its parts in order -> the class that stands for it."""


def chart_rules() -> str:
    """Rules of a style sheet that gives the classes their meaning."""
    return "\n".join(f"svg .{name} {{ {style} }}" for style, name in STYLE_CLASSES.items())
