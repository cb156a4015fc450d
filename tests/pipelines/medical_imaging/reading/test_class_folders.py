from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.medical_imaging.data import load
from pipelines.medical_imaging.reading.files import sort_files
from pipelines.medical_imaging.reading.images import read_image
from shared.errors import DataError
from tests.pipelines.medical_imaging.images import class_names, config, write_image


def write_classes(root: Path, per_class: int = 10) -> Path:
    for label in ("healthy", "ill"):
        for index in range(per_class):
            write_image(
                root / label / f"person{index // 2}_{label}_{index}.png",
                seed=index + 100 * (label == "ill"),
            )
    return root


def test_folders_name_the_classes_and_paths_are_the_ids(tmp_path: Path) -> None:
    splits = load(config(source=write_classes(tmp_path)))
    assert class_names(splits) == ("healthy", "ill")
    for part in splits.by_split().values():
        assert part.targets.tolist() == [
            int(identifier.startswith("ill/")) for identifier in part.ids
        ]


def test_an_entity_in_the_file_name_keeps_its_images_together(tmp_path: Path) -> None:
    splits = load(config(r"data.entity_pattern='^(person\d+)_'", source=write_classes(tmp_path)))
    entities = [set(part.entities) for part in splits.by_split().values()]
    assert set.union(*entities) == {f"person{index}" for index in range(5)}
    assert sum(len(part) for part in entities) == 5


def test_a_file_name_without_the_entity_is_named(tmp_path: Path) -> None:
    write_image(write_classes(tmp_path) / "ill" / "stray.png", seed=7)
    with pytest.raises(
        DataError, match=r"stray\.png: data\.entity_pattern .* does not fit the file name"
    ):
        load(config(r"data.entity_pattern='^(person\d+)_'", source=tmp_path))


def test_parts_of_the_source_are_kept_when_asked_for(tmp_path: Path) -> None:
    for part in ("train", "val", "test"):
        write_classes(tmp_path / part, per_class=2)
    splits = load(config("data.split=given", source=tmp_path))
    assert [len(part) for part in splits.by_split().values()] == [4, 4, 4]


def test_parts_are_not_mistaken_for_classes(tmp_path: Path) -> None:
    for part in ("train", "test"):
        write_classes(tmp_path / part, per_class=2)
    with pytest.raises(
        DataError, match=r"it holds the splits test, train\. Keep them with --set data\.split=given"
    ):
        load(config(source=tmp_path))


def test_missing_parts_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match="the folders train, val and test are expected; found healthy, ill"
    ):
        load(config("data.split=given", source=write_classes(tmp_path)))


def test_a_damaged_image_is_set_aside_by_name(tmp_path: Path) -> None:
    (write_classes(tmp_path) / "ill" / "person9_broken.jpg").write_bytes(b"\xff\xd8\xff")
    splits = load(config("data.max_quarantine_share=0.1", source=tmp_path))
    (problem,) = splits.quarantine
    assert problem.file.endswith("person9_broken.jpg")
    assert problem.reason == "it is not an image, or its header is damaged"


def test_too_many_damaged_images_stop_the_run(tmp_path: Path) -> None:
    (write_classes(tmp_path) / "ill" / "person9_broken.jpg").write_bytes(b"")
    with pytest.raises(
        DataError, match=r"1 of 21 inputs can't be used; at most 1\.0% may be set aside"
    ):
        load(config(source=tmp_path))


def test_a_folder_without_table_and_class_folders_says_what_is_expected(tmp_path: Path) -> None:
    write_image(tmp_path / "lonely.png")
    with pytest.raises(DataError, match=r"neither a table .* nor class folders"):
        load(config(source=tmp_path))


def test_class_folders_without_images_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ill").mkdir()
    with pytest.raises(DataError, match="there is no image file in its class folders"):
        load(config(source=tmp_path))


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: there is no such file or folder"):
        load(config(source=tmp_path / "nowhere"))


def test_empty_folders_and_files_that_are_no_images_are_said(tmp_path: Path) -> None:
    write_classes(tmp_path)
    (tmp_path / "uncertain").mkdir()
    (tmp_path / "ill" / "notes.txt").write_text("seen twice")
    (tmp_path / "ill" / "report.docx").write_bytes(b"PK\3\4")
    splits = load(config(source=tmp_path))
    assert class_names(splits) == ("healthy", "ill")
    notes = " ".join(splits.provenance.warnings)
    assert "The folder 'uncertain' holds no image" in notes
    assert "1 file was not opened, since" in notes
    assert "images inside: ill/report.docx." in notes


def test_leftovers_of_systems_are_neither_classes_nor_said(tmp_path: Path) -> None:
    write_classes(tmp_path)
    write_image(tmp_path / "__MACOSX" / "ill" / "._person0_ill_0.png")
    write_image(tmp_path / "ill" / ".ipynb_checkpoints" / "person0_ill_0-checkpoint.png")
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store", "._person1_ill_2.png"):
        (tmp_path / "ill" / name).write_bytes(b"\xd0\xcf\x11\xe0")
    splits = load(config(source=tmp_path))
    assert sum(len(part.ids) for part in splits.by_split().values()) == 20
    assert splits.provenance.warnings == ()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("name", ["scan", "scan.image", "scan.PNG_", "1.2.840"])
def test_an_image_is_told_by_its_content(tmp_path: Path, kind: str, name: str) -> None:
    write_image(tmp_path / "ill" / name, kind=kind)
    found = sort_files(tmp_path)
    assert [path.name for path in found.images] == [name]
    assert read_image(found.images[0], config().data).digest


def test_a_kind_that_can_not_be_read_is_named_without_its_suffix_too(tmp_path: Path) -> None:
    write_image(write_classes(tmp_path) / "ill" / "scan", kind="WEBP")
    splits = load(config("data.max_quarantine_share=0.1", source=tmp_path))
    (problem,) = splits.quarantine
    assert problem.reason.startswith("it is a WEBP image")
