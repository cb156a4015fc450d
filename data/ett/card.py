"""What is officially known about the Electricity Transformer Temperature data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.loading.public.card import Card, Count, FileChecksum

__all__ = ["CONFIGS", "address", "card"]

_SHA256: Mapping[str, str] = MappingProxyType(
    {
        "ETTh1": "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
        "ETTh2": "a3dc2c597b9218c7ce1cd55eb77b283fd459a1d09d753063f944967dd6b9218b",
        "ETTm1": "6ce1759b1a18e3328421d5d75fadcb316c449fcd7cec32820c8dafda71986c9e",
        "ETTm2": "db973ca252c6410a30d0469b13d696cf919648d0f3fd588c60f03fdbdbadd1fd",
    }
)
CONFIGS = tuple(_SHA256)

_COMMIT = "1d16c8f4f943005d613b5bc962e9eeb06058cf07"
_REPOSITORY = "https://github.com/zhouhaoyi/ETDataset"
_ROWS = {"h": 17_420, "m": 69_680}
_MONTH_STEPS = {"h": 30 * 24, "m": 30 * 24 * 4}
_PROTOCOL_MONTHS = (12, 4, 4)  # Zhou et al. 2021, section 5.1


def address(config: str) -> str:
    """Where a config's table is published."""
    return f"https://raw.githubusercontent.com/zhouhaoyi/ETDataset/{_COMMIT}/ETT-small/{config}.csv"


def card(config: str = "ETTh1") -> Card:
    """The official facts of one config."""
    month = _MONTH_STEPS[config[3]]
    train, val, test = (months * month for months in _PROTOCOL_MONTHS)
    published = f"{_REPOSITORY}, commit {_COMMIT[:7]}"
    figures = (
        Count(_ROWS[config[3]], "Zeng et al. 2023 (LTSF-Linear), Table 1"),
        FileChecksum(f"{config}.csv", _SHA256[config], published, "sha256"),
    )
    return Card(
        title=config,
        version=_COMMIT[:7],
        licence="CC-BY-ND-4.0",
        citation=(
            "Zhou et al. (2021): Informer: Beyond Efficient Transformer for Long Sequence"
            " Time-Series Forecasting. AAAI 2021."
        ),
        examples_are="rows",
        figures=figures,
        split_steps=(train, val, test),
    )
