"""Each pipeline declares what a row of its wire holds, so that the datasheet need not guess."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.contract import Splits
from tests.pipelines.test_names_in_tables import of_images, of_recordings, of_texts, rows


@pytest.mark.parametrize(
    ("read", "content"), [(of_images, "image"), (of_recordings, "sound"), (of_texts, "text")]
)
def test_content_is_declared(read: Callable[..., Splits], content: str, tmp_path: Path) -> None:
    assert read(tmp_path, rows()).content == content
