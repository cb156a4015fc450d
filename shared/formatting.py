"""Numbers as people read them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

__all__ = [
    "count_of",
    "format_count",
    "format_difference",
    "format_difference_interval",
    "format_interval",
    "format_level",
    "format_plain",
    "format_range",
    "format_scaled",
    "format_seconds",
    "format_value",
    "humanise",
    "list_names",
    "shorten",
    "state_p_value",
]

_MINUS = "\N{MINUS SIGN}"
_NONE = "–"
_SHARE = "share"
_LEAST_P_VALUE = 1e-4
_PERCENT = "\N{NO-BREAK SPACE}%"
_SPACE = "\N{NO-BREAK SPACE}"


def format_value(value: float | None, unit: str) -> str:
    r"""A measured value without its unit's name; shares become percent. None and NaN are a dash.

    >>> format_value(0.9123, "share")
    '91.2\xa0%'
    >>> format_value(0.0000001, "share")
    '<0.1\xa0%'
    >>> format_value(1234.6, "kW")
    '1,235'
    """
    if value is None or not math.isfinite(value):
        return _NONE
    if unit != _SHARE:
        return format_plain(value)
    return f"<0.1{_PERCENT}" if 0.0 < value < 5e-4 else _signed(f"{100 * value:.1f}{_PERCENT}")


def format_interval(low: float | None, high: float | None, unit: str) -> str:
    r"""An interval, its unit written once; a dash if it has no ends.

    >>> format_interval(0.889, 0.934, "share")
    '88.9 to 93.4\xa0%'
    """
    if low is None or high is None:
        return _NONE
    return f"{format_value(low, unit).removesuffix(_PERCENT)} to {format_value(high, unit)}"


def format_range(low: float | None, high: float | None, unit: str) -> str:
    r"""An interval as short as can be.

    >>> format_range(0.889, 0.934, "share"), format_range(-0.02, 0.1, "share")
    ('88.9–93.4\xa0%', '−2.0 to 10.0\xa0%')
    """
    if low is None or high is None:
        return "no interval"
    between = " to " if low < 0.0 else "–"
    return f"{format_value(low, unit).removesuffix(_PERCENT)}{between}{format_value(high, unit)}"


def format_difference(value: float | None, unit: str) -> str:
    """A signed difference; of shares, in percentage points.

    >>> format_difference(-0.0312, "share")
    '−3.1 points'
    """
    if value is None or not math.isfinite(value):
        return _NONE
    text = (
        f"{100 * value:+.1f} points"
        if unit == _SHARE
        else f"{'+' if value >= 0 else ''}{format_plain(value, 3)}"
    )
    return _signed(text)


def format_difference_interval(low: float | None, high: float | None, unit: str) -> str:
    """The interval of a difference, its unit written once.

    >>> format_difference_interval(-0.01, 0.02, "share")
    '−1.0 to +2.0 points'
    """
    if low is None or high is None:
        return "no interval"
    first = format_difference(low, unit).removesuffix(" points")
    return f"{first} to {format_difference(high, unit)}"


def format_plain(value: float | int | str | bool | None, digits: int = 4) -> str:
    """Any number with `digits` significant digits and thousands separators; text as it is.

    >>> format_plain(0.00012346), format_plain(12), format_plain(123456.7), format_plain(0.0)
    ('0.0001235', '12', '123,457', '0')
    """
    if value is None:
        return _NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return format_count(value)
    if not math.isfinite(value):
        return _NONE
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e9:
        return _signed(f"{value:.{digits - 1}g}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return _signed(f"{value:,.{decimals}f}")


def state_p_value(value: float) -> str:
    """A p-value in a sentence; the smallest are said to be small, never to be 0.

    >>> state_p_value(0.0341), state_p_value(3e-7), state_p_value(0.0)
    ('p = 0.034', 'p < 0.0001', 'p < 0.0001')
    """
    return "p < 0.0001" if value < _LEAST_P_VALUE else f"p = {format_plain(float(value), 2)}"


def format_scaled(value: float, unit: str) -> str:
    r"""A number with its unit, with a prefix for operations, energy and mass.

    >>> format_scaled(6.5849e9, "FLOPs"), format_scaled(0.00021, "kWh")
    ('6.585\xa0GFLOPs', '210\xa0mWh')
    >>> format_scaled(1234.0, "g CO2e"), format_scaled(812.4, "MiB")
    ('1.234\xa0kg\xa0CO₂e', '812.4\xa0MiB')
    """
    base, power = _BASES.get(unit, (unit, None))
    if power is None or value == 0:
        return f"{_as_given(value)}{_SPACE}{base}"
    steps = max(-2, min(6, math.floor(math.log10(abs(value) * 1000.0**power) / 3 + 1e-9)))
    return f"{_as_given(value * 1000.0 ** (power - steps))}{_SPACE}{_PREFIXES[steps]}{base}"


def _as_given(value: float) -> str:
    """At most four digits, and no zeros at the end that nobody measured."""
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"


_BASES: dict[str, tuple[str, int | None]] = {
    "FLOPs": ("FLOPs", 0),
    "kWh": ("Wh", 1),
    "g CO2e": ("g\N{NO-BREAK SPACE}CO₂e", 0),
}
"""Units without their prefix, and how many thousands the prefix stands for."""

_PREFIXES = {-2: "µ", -1: "m", 0: "", 1: "k", 2: "M", 3: "G", 4: "T", 5: "P", 6: "E"}


def format_count(value: int) -> str:
    """A whole number with thousands separators."""
    return _signed(f"{value:,}")


def count_of(number: int, one: str, many: str) -> str:
    """A number with the right form of its noun.

    >>> count_of(1, "entity", "entities"), count_of(1200, "entity", "entities")
    ('1 entity', '1,200 entities')
    """
    return f"{format_count(number)} {one if number == 1 else many}"


def format_level(level: float) -> str:
    r"""A level such as that of an interval or quantile, as percent.

    >>> format_level(0.95), format_level(0.025)
    ('95\xa0%', '2.5\xa0%')
    """
    return f"{100 * level:.3g}{_PERCENT}"


def format_seconds(seconds: float) -> str:
    """A duration.

    >>> format_seconds(0.42), format_seconds(75.2), format_seconds(7325)
    ('0.42 s', '1 min 15 s', '2 h 2 min')
    """
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def shorten(name: str, longest: int = 40) -> str:
    """A name of at most `longest` characters, the last of them an ellipsis if any are left out.

    >>> shorten("a name"), shorten("a name", 4)
    ('a name', 'a n…')
    """
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def list_names(names: Sequence[str], most: int = 12) -> str:
    """Names after each other, long ones shortened; beyond `most` only their number.

    >>> list_names(["a", "b", "c"]), list_names(["a", "b", "c"], 2)
    ('a, b, c', 'a, b and 1 more')
    """
    shown = ", ".join(map(shorten, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def humanise(name: str, *, capital: bool = True) -> str:
    """An identifier as words: underscores become spaces, abbreviations get their usual letters.

    Args:
        name: For example a metric or an attribute.
        capital: Whether the first letter is raised.

    >>> humanise("balanced_accuracy"), humanise("auc_macro"), humanise("smape", capital=True)
    ('Balanced accuracy', 'AUC macro', 'sMAPE')
    """
    words = [_ACRONYMS.get(word.lower(), word) for word in re.split(r"[_\s]+", name.strip())]
    if capital and words[0].lower() not in _ACRONYMS:
        words[0] = words[0][:1].upper() + words[0][1:]
    return " ".join(words)


_ACRONYMS = {
    "auc": "AUC",
    "mse": "MSE",
    "mae": "MAE",
    "mase": "MASE",
    "rmsse": "RMSSE",
    "crps": "CRPS",
    "smape": "sMAPE",
    "mcc": "MCC",
    "pr": "PR",
    "wql": "WQL",
    "ece": "ECE",
    "f1": "F1",
    "id": "ID",
    "jpeg": "JPEG",
}


def _signed(text: str) -> str:
    """The typographic minus, which is as wide as a digit."""
    return text.replace("-", _MINUS)
