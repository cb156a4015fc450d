from __future__ import annotations

from pathlib import Path

from shared.loading.public.raw_files import file_checksum, fingerprint_files, missing_files, search


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def test_files_are_found_at_any_depth_in_the_order_of_their_paths(tmp_path: Path) -> None:
    _write(tmp_path, "b/one.wav", "a_b/two.wav", "a/three.wav", "a/note.txt")
    assert [file.name for file in search([tmp_path], "*.wav")] == [
        "three.wav",
        "two.wav",
        "one.wav",
    ]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    _write(tmp_path, ".hidden/one.wav", "._two.wav", "three.wav")
    assert [file.name for file in search([tmp_path], "*.wav")] == ["three.wav"]


def test_a_link_back_to_the_folder_ends(tmp_path: Path) -> None:
    _write(tmp_path, "one.wav")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(search([tmp_path], "*.wav")) == 1


def test_missing_files_are_told_with_what_there_is_instead(tmp_path: Path) -> None:
    _write(tmp_path, "note.txt", "other/one.wav")
    assert (
        str(missing_files([tmp_path], "train.tsv"))
        == f"{tmp_path}: expected train.tsv; there is note.txt, other/."
    )


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert str(missing_files([tmp_path], "train.tsv")).endswith("there is nothing.")


def test_a_fingerprint_follows_names_and_contents_but_not_the_place(tmp_path: Path) -> None:
    _write(tmp_path / "one", "a.txt")
    _write(tmp_path / "two", "a.txt")
    first, second = (
        fingerprint_files(search([tmp_path / name], "*.txt"), tmp_path / name)
        for name in ("one", "two")
    )
    assert first == second
    (tmp_path / "two" / "a.txt").write_text("A.txt")
    assert fingerprint_files(search([tmp_path / "two"], "*.txt"), tmp_path / "two") != first
    (tmp_path / "one" / "a.txt").rename(tmp_path / "one" / "b.txt")
    assert fingerprint_files(search([tmp_path / "one"], "*.txt"), tmp_path / "one") != first


def test_checksums_are_those_of_the_standards(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert (
        file_checksum(tmp_path / "abc", "md5") == "900150983cd24fb0d6963f7d28e17f72"
    )  # RFC 1321, appendix A.5
    assert file_checksum(tmp_path / "abc", "sha256").startswith(
        "ba7816bf8f01cfea"
    )  # FIPS 180-2, appendix B.1
