from __future__ import annotations

import errno
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.errors import MissingArtefactError, UserError
from shared.run.artefacts.published_file import Label
from shared.run.directory import RunDirectory
from shared.run.files import CALIBRATION, PARITY, REPORT_RECORD, SIGNATURE
from shared.run.fingerprints import fingerprint_path
from shared.serving.publishing import publisher
from shared.serving.publishing.base import Base
from shared.serving.publishing.publisher import Publication, promote, publish_run, roll_back
from tests.shared.serving.publishing.proven_runs import no_warm_up, proven_run, record_stages


def publish(tmp_path: Path, label: Label = "stable") -> Publication:
    folder = tmp_path / "run"
    run = RunDirectory(folder) if folder.exists() else proven_run(folder)
    return publish_run(run, tmp_path / "base", label, no_warm_up)


def labels(tmp_path: Path) -> dict[Label, int]:
    return Base.at(tmp_path / "base").model("invented").read().labels()


def test_versions_count_up_and_a_number_is_never_used_again(tmp_path: Path) -> None:
    assert publish(tmp_path).folder == tmp_path / "base/invented/1"
    (tmp_path / "base/invented/7").mkdir()  # somebody's own
    assert publish(tmp_path).version.version == 8
    for name in ("7", "8"):
        (tmp_path / "base/invented" / name).rename(tmp_path / name)
    assert publish(tmp_path).version.version == 9


def test_the_saved_model_is_that_of_the_run_and_its_papers_travel_with_it(tmp_path: Path) -> None:
    folder = publish(tmp_path).folder
    extra = folder / "assets.extra"
    for name in (SIGNATURE, CALIBRATION, PARITY, REPORT_RECORD):
        assert (extra / name).read_bytes() == (tmp_path / "run" / name).read_bytes()
    assert "pipeline_tag" in (extra / "model_card.md").read_text(encoding="utf-8")
    assert '"run": "run"' in (extra / "version.json").read_text(encoding="utf-8")
    extra.rename(tmp_path / "extra")
    assert fingerprint_path(folder) == fingerprint_path(tmp_path / "run/saved_model/1")


def test_a_crash_before_the_name_leaves_no_version_and_is_cleaned_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(written: Path, final: Path) -> None:
        raise KeyboardInterrupt

    publish(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(publisher, "rename_durably", crash)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)  # kill -9 tidies nothing
        with pytest.raises(KeyboardInterrupt):
            publish(tmp_path)
    assert labels(tmp_path) == {"stable": 1}
    assert not (tmp_path / "base/invented/2").exists()
    again = publish(tmp_path)
    assert again.left_overs == (tmp_path / "base/invented/.publishing-2",)
    assert again.version.version == 3
    assert not list((tmp_path / "base/invented").glob(".publishing-*"))


def test_a_rollback_that_is_killed_half_way_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(path: Path, text: str) -> None:
        raise KeyboardInterrupt

    for _ in range(2):
        publish(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(publisher, "write_durably", crash)
        with pytest.raises(KeyboardInterrupt):
            roll_back(tmp_path / "base", "invented", "stable")
    left_over = tmp_path / "base/invented/.publishing-published.json"
    left_over.touch()
    with pytest.raises(UserError, match="nothing to roll back to"):
        roll_back(tmp_path / "base", "invented", "stable")
    config = (tmp_path / "base/models.config").read_text(encoding="utf-8")
    assert "specific { versions: 1 }" in config
    assert publish(tmp_path).left_overs == (left_over,)


def test_a_full_disk_is_told_once_and_leaves_no_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, copy: str, **_: bool) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), copy)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(UserError, match="No space left") as caught:
            publish(tmp_path)
    assert str(caught.value).count("No space left") == 1
    assert list((tmp_path / "base/invented").iterdir()) == []


def test_publishers_at_once_get_a_version_each(tmp_path: Path) -> None:
    run = proven_run(tmp_path / "run")

    def one(_: int) -> int:
        return publish_run(run, tmp_path / "base", "stable", no_warm_up).version.version

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(one, range(3))) == [1, 2, 3]


def test_a_rollback_goes_back_one_publication_each_time(tmp_path: Path) -> None:
    for _ in range(3):
        publish(tmp_path)
    assert [roll_back(tmp_path / "base", "invented", "stable") for _ in range(2)] == [2, 1]
    assert labels(tmp_path) == {"stable": 1}
    with pytest.raises(UserError, match="nothing to roll back to"):
        roll_back(tmp_path / "base", "invented", "stable")
    config = (tmp_path / "base/models.config").read_text(encoding="utf-8")
    assert "specific { versions: 1 }" in config


def test_a_first_canary_that_is_rolled_back_ends(tmp_path: Path) -> None:
    publish(tmp_path)
    publish(tmp_path, "canary")
    assert labels(tmp_path) == {"stable": 1, "canary": 2}
    assert roll_back(tmp_path / "base", "invented", "canary") is None
    assert labels(tmp_path) == {"stable": 1}


def test_a_promoted_canary_is_stable_alone_and_can_be_rolled_back(tmp_path: Path) -> None:
    for label in ("stable", "canary", "canary"):
        publish(tmp_path, label)
    assert promote(tmp_path / "base", "invented") == 3
    assert labels(tmp_path) == {"stable": 3}
    config = (tmp_path / "base/models.config").read_text(encoding="utf-8")
    assert "specific { versions: 3 }" in config
    with pytest.raises(UserError, match="nothing to promote"):
        promote(tmp_path / "base", "invented")
    assert roll_back(tmp_path / "base", "invented", "stable") == 1
    assert publish(tmp_path, "canary").version.version == 4
    assert labels(tmp_path) == {"stable": 1, "canary": 4}


def test_a_canary_whose_folder_is_gone_is_not_promoted(tmp_path: Path) -> None:
    publish(tmp_path)
    publish(tmp_path, "canary")
    (tmp_path / "base/invented/2").rename(tmp_path / "taken")
    with pytest.raises(UserError, match="--rollback --label canary"):
        promote(tmp_path / "base", "invented")
    assert labels(tmp_path) == {"stable": 1, "canary": 2}


def test_what_parity_did_not_pass_is_not_published(tmp_path: Path) -> None:
    run = proven_run(tmp_path / "run", passed=False)
    with pytest.raises(UserError, match="proves nothing"):
        publish_run(run, tmp_path / "base", "stable", no_warm_up)
    assert not (tmp_path / "base").exists()


@pytest.mark.parametrize(
    "name", ["saved_model/1/saved_model.pb", CALIBRATION, SIGNATURE, PARITY, REPORT_RECORD]
)
def test_files_that_are_not_those_that_were_measured_are_refused(tmp_path: Path, name: str) -> None:
    run = proven_run(tmp_path / "run")
    with (run / name).open("ab") as stream:
        stream.write(b"\n")
    with pytest.raises(MissingArtefactError, match="not to be trusted"):
        publish_run(run, tmp_path / "base", "stable", no_warm_up)


@pytest.mark.parametrize("name", ["..", "a/b", "/etc", ".hidden", "", 'a"b', "a\nb"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    run = proven_run(tmp_path / "run", model=name)
    with pytest.raises(UserError, match="can't be a model's name"):
        publish_run(run, tmp_path / "base", "stable", no_warm_up)


def test_links_are_not_followed(tmp_path: Path) -> None:
    run = proven_run(tmp_path / "run")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "base").mkdir()
    (tmp_path / "base/invented").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="is a link or a file"):
        publish_run(run, tmp_path / "base", "stable", no_warm_up)
    (run / "saved_model/1/assets").symlink_to(tmp_path / "elsewhere")
    record_stages(run)
    with pytest.raises(UserError, match="is a link"):
        publish_run(run, tmp_path / "other", "stable", no_warm_up)


def test_a_base_inside_the_run_and_one_that_cannot_be_made_are_refused(tmp_path: Path) -> None:
    run = proven_run(tmp_path / "run")
    with pytest.raises(UserError, match="lies inside the run"):
        publish_run(run, tmp_path / "run/base", "stable", no_warm_up)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="Choose a writable BASE"):
        publish_run(run, tmp_path / "file/base", "stable", no_warm_up)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no run"):
        publish_run(RunDirectory(tmp_path), tmp_path / "base", "stable", no_warm_up)


def test_edits_by_hand_are_refused_not_lost(tmp_path: Path) -> None:
    publish(tmp_path)
    config = tmp_path / "base/models.config"
    edited = config.read_text(encoding="utf-8") + "# mine\n"
    config.write_text(edited, encoding="utf-8")
    with pytest.raises(UserError, match="by hand"):
        publish(tmp_path)
    assert config.read_text(encoding="utf-8") == edited
    assert not (tmp_path / "base/invented/2").exists()


def test_a_label_never_points_to_a_version_that_is_gone(tmp_path: Path) -> None:
    publish(tmp_path)
    publish(tmp_path, "canary")
    (tmp_path / "base/invented/2").rename(tmp_path / "taken")
    with pytest.raises(UserError, match="--rollback --label canary --model invented"):
        publish(tmp_path)
    roll_back(tmp_path / "base", "invented", "canary")
    assert publish(tmp_path).version.version == 3
