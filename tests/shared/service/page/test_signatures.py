from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from shared.run.directory import RunDirectory
from shared.run.files import SIGNATURE
from shared.service.models.registry import Registry
from shared.service.models.version import State, Version
from shared.service.page.signatures import served_signatures
from shared.targets import Categories
from tests.shared.reporting.invented_records import invented_signature


class _Registry:
    """Versions that answer."""

    def __init__(self, **versions: list[Version]) -> None:
        self._versions = versions

    @property
    def models(self) -> list[str]:
        return sorted(self._versions)

    def available(self, model: str) -> list[Version]:
        return self._versions[model]


def found(**versions: list[Version]) -> dict[str, Any]:
    return dict(served_signatures(cast(Registry, _Registry(**versions))))


def a_version(folder: Path, number: int, record: Path | None) -> Version:
    folder.mkdir(parents=True)
    if record is not None:
        record.mkdir(exist_ok=True)
        signature = invented_signature(Categories(names=("no", f"yes {number}")))
        signature.write(RunDirectory(record))
        assert (record / SIGNATURE).is_file()
    return Version("m", number, folder, state=State.AVAILABLE)


def test_the_newest_version_that_answers_tells_what_it_is(tmp_path: Path) -> None:
    versions = [
        a_version(tmp_path / f"base/m/{number}", number, tmp_path / f"base/m/{number}/assets.extra")
        for number in (1, 2)
    ]
    assert found(m=versions)["m"].classes == ("no", "yes 2")


def test_a_run_has_it_beside_its_versions_and_a_model_without_it_is_left_out(
    tmp_path: Path,
) -> None:
    run = a_version(tmp_path / "run/saved_model/1", 1, tmp_path / "run")
    bare = a_version(tmp_path / "bare/m/1", 1, None)
    assert list(found(run=[run], bare=[bare], none=[])) == ["run"]
