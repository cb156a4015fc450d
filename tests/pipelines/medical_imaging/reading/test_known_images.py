from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.data import load
from pipelines.medical_imaging.reading import images as images_module
from tests.pipelines.medical_imaging.images import config, write_image, write_table_source


def configure(source: Path, cache: Path) -> MedicalConfig:
    settings = [
        f"data.cache_dir={cache}",
        "data.image_column=image",
        "data.label_column=label",
        "data.entity_column=patient",
    ]
    return config(
        *settings,
        "data.image_folder=images",
        "data.mask_folder=masks",
        "data.estimate_skin_tone=true",
        source=source,
    )


def test_images_seen_before_are_not_decoded_again_and_give_the_same_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configure(write_table_source(tmp_path / "source", masks=True), tmp_path / "cache")
    first = load(settings)
    monkeypatch.setattr(images_module, "_decode_image", _refuse)
    again = load(settings)
    assert again.provenance.checksum == first.provenance.checksum
    assert [part.fingerprint() for part in again.by_split().values()] == [
        part.fingerprint() for part in first.by_split().values()
    ]


def test_a_image_that_was_changed_is_decoded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configure(write_table_source(tmp_path / "source", masks=True), tmp_path / "cache")
    load(settings)
    write_image(tmp_path / "source" / "images" / "image03.png", seed=99)
    monkeypatch.setattr(images_module, "_decode_image", _refuse)
    with pytest.raises(AssertionError, match=r"image03\.png was decoded"):
        load(settings)


def _refuse(content: bytes, file: Path, *others: object) -> None:
    raise AssertionError(f"{file.name} was decoded")
