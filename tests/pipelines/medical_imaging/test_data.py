from __future__ import annotations

import numpy as np
import pytest

from data.dermatoscopy_phantoms import CLASS_NAMES
from pipelines.medical_imaging.data import synthesize
from shared.errors import DataError
from tests.pipelines.medical_imaging.images import class_names, config


def test_the_demo_has_every_class_and_known_groups_in_every_part() -> None:
    splits = synthesize(config(), 240, 0)
    assert class_names(splits) == CLASS_NAMES
    for part in splits.by_split().values():
        assert set(part.targets.tolist()) == {0, 1, 2, 3}
        assert list(part.groups.columns) == ["skin_tone", "sex", "age_band"]
    assert sum(len(part) for part in splits.by_split().values()) == 240


def test_no_patient_is_in_two_parts() -> None:
    parts = [set(part.entities) for part in synthesize(config(), 240, 0).by_split().values()]
    assert len(set.union(*parts)) == sum(len(part) for part in parts)


def test_ground_truth_has_the_shape_of_the_canvas() -> None:
    splits = synthesize(config("data.image_height_px=40"), 60, 0)
    assert splits.test.ground_truth is not None
    ground_truth = splits.test.ground_truth(0)
    assert (ground_truth.shape, ground_truth.dtype.name) == ((40, 32), "float32")
    assert set(np.unique(ground_truth)) == {0.0, 1.0}


def test_the_demo_says_that_it_is_synthetic_and_what_is_planted() -> None:
    provenance = synthesize(config(), 60, 0).provenance
    assert provenance.synthetic
    assert any("Planted bias 0.5: on dark skin" in note for note in provenance.notes)
    assert any(
        "No planted bias" in note
        for note in synthesize(config("data.demo_group_bias=0.0"), 60, 0).provenance.notes
    )


def test_class_names_of_other_data_do_not_disturb_the_demo() -> None:
    assert class_names(synthesize(config(preset="ham10000"), 60, 0)) == CLASS_NAMES


def test_the_demo_has_no_given_parts() -> None:
    with pytest.raises(DataError, match="The demo data has no splits of its own"):
        synthesize(config("data.split=given"), 60, 0)
