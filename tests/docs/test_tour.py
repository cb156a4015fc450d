from __future__ import annotations

import re

import pytest

from tests.architecture.source_tree import REPOSITORY, definitions, parse

PAGE = (REPOSITORY / "docs" / "tour.md").read_text(encoding="utf-8")
STOPS = re.findall(r"^## (\d+)\. .*\n\n`(\S+\.py)`: `(\w+)`$", PAGE, re.MULTILINE)


def test_the_tour_has_ten_stops_that_each_name_file_and_function() -> None:
    assert [int(number) for number, _, _ in STOPS] == list(range(1, 11))


@pytest.mark.parametrize(("path", "function"), [stop[1:] for stop in STOPS])
def test_each_stop_of_the_tour_exists(path: str, function: str) -> None:
    module = parse(path, (REPOSITORY / path).read_text(encoding="utf-8"))
    assert function in {one.name for one in definitions(module)}
