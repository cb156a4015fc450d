from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shared.errors import UserError
from shared.service.models.registry import Registry
from shared.service.models.sources import Wanted, find_wanted, open_source
from shared.service.status import Code, RequestError
from tests.shared.service.fake_service import FakeSource, signatures


@dataclass
class Loader:
    """Remembers what it loaded; some folders can't be."""

    failing: dict[str, Code] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)

    async def load(self, path: Path) -> Any:
        self.attempts.append(str(path))
        if str(path) in self.failing:
            raise RequestError(self.failing[str(path)], "no")
        return signatures(path.parent.name)

    async def unload(self, path: Path) -> None:
        self.attempts.append(f"-{path}")


def words(versions: set[int], **labels: int) -> FakeSource:
    return FakeSource({"words": versions}, {"words": labels})


def refreshed(registry: Registry, times: int = 1) -> None:
    async def run() -> None:
        for _ in range(times):
            await registry.refresh()

    asyncio.run(run())


def test_the_highest_answers_who_names_none_and_a_label_leads_to_its_version() -> None:
    registry = Registry([words({1, 2}, stable=1, canary=2)], Loader())
    refreshed(registry)
    assert registry.find("words").number == 2
    assert registry.find("words", label="stable").number == 1
    with pytest.raises(RequestError, match="Servable not found"):
        registry.find("words", 3)
    with pytest.raises(RequestError, match="Unrecognized servable version label: old"):
        registry.find("words", label="old")


def test_a_version_that_is_broken_is_tried_once_and_one_whose_worker_died_three_times() -> None:
    for code, attempts in ((Code.NOT_FOUND, 1), (Code.UNAVAILABLE, 3)):
        loader = Loader({"/models/words/1": code})
        registry = Registry([words({1})], loader)
        refreshed(registry, 5)
        assert len(loader.attempts) == attempts
        assert not registry.is_ready


def test_an_old_version_is_let_go_only_once_the_new_one_answers() -> None:
    source = words({1}, stable=1)
    loader = Loader({"/models/words/2": Code.NOT_FOUND})
    registry = Registry([source], loader)
    refreshed(registry)
    source.versions["words"] = {2}
    refreshed(registry)
    assert "-/models/words/1" not in loader.attempts
    source.versions["words"] = {3}
    refreshed(registry)
    assert loader.attempts[-2:] == ["/models/words/3", "-/models/words/1"]


def test_two_sources_of_one_name_and_a_folder_of_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Two of the folders have a model named 'words'"):
        find_wanted([words({1}), words({2})])
    with pytest.raises(UserError, match=r"neither a finished run .* Publish a run into it first"):
        open_source(tmp_path)


def test_a_file_that_vanishes_as_it_is_looked_at_ends_no_following() -> None:
    source = words({1})
    registry = Registry([source], Loader())
    found = source.find
    asked = iter(range(9))

    def find() -> list[Wanted]:
        if next(asked) == 1:
            raise FileNotFoundError("published.json")
        return found()

    source.find = find  # type: ignore[method-assign]

    async def run() -> None:
        await registry.refresh()
        following = asyncio.create_task(registry.follow(0.001))
        source.versions["words"] = {2}
        while [one.number for one in registry.available("words")] != [2]:
            assert not following.done()
            await asyncio.sleep(0.001)
        following.cancel()

    asyncio.run(run())
