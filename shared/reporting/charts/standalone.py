"""An inline chart as a file of its own."""

from __future__ import annotations

import re

from markupsafe import Markup

from shared.reporting.charts.style_classes import chart_rules
from shared.reporting.templates import read_style

__all__ = ["standalone_svg"]

_NAME_SPACE = "http://www.w3.org/2000/svg"


def standalone_svg(svg: Markup) -> str:
    """With its name space, and the colours and letters that a page would give it."""
    colours = re.search(r":root\s*\{.*?\}", str(read_style()), re.DOTALL)
    letters = "svg{font-family:var(--sans)}"
    style = f"<style>{colours.group() if colours else ''}\n{chart_rules()}{letters}</style>"
    opening, _, rest = str(svg).partition(">")
    named = opening.replace("<svg", f'<svg xmlns="{_NAME_SPACE}"', 1)
    return f"{named}>{style}{rest}\n"
