from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.medical_imaging.pictures import rows_from_files
from shared.errors import DataError
from tests.pipelines.medical_imaging.pictures import config, write_picture


def test_rows_come_in_the_order_asked_for(tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for index, path in enumerate(paths):
        write_picture(path, seed=index)
    rows = rows_from_files(paths, config().data)(np.array([2, 0]))
    assert rows["image_bytes"].tolist() == [paths[2].read_bytes(), paths[0].read_bytes()]


def test_a_file_that_has_gone_since_loading_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.png: there is no such file\. It was there"):
        rows_from_files([tmp_path / "gone.png"], config().data)(np.array([0]))
