from __future__ import annotations

import numpy as np
import pytest

from shared.calibration.row_notes import describe_ood_rows, describe_set_rows
from shared.config import CalibrateConfig
from shared.targets.ood import OodRule
from tests.shared.calibration.made_up import CLASSES


def test_sets_that_hold_all_classes_are_named_with_the_rows_that_are_needed() -> None:
    config = CalibrateConfig(set_coverage=0.9)
    (note,) = describe_set_rows(config, CLASSES, np.zeros(8, dtype=np.int64))
    assert note.kind == "too few rows"
    assert "needs at least 9 validation rows, and there are 8." in note.sentence
    assert describe_set_rows(config, CLASSES, np.zeros(9, dtype=np.int64)) == ()


def test_classes_with_too_few_rows_of_their_own_are_named() -> None:
    config = CalibrateConfig(set_coverage=0.9, sets_by="class")
    (note,) = describe_set_rows(config, CLASSES, np.repeat([0, 1], [20, 3]))
    assert "'dog' (3), 'eel' (0)." in note.sentence
    assert "'cat'" not in note.sentence
    assert describe_set_rows(config, CLASSES, np.repeat([0, 1, 2], 9)) == ()


@pytest.mark.parametrize(("n", "is_named"), [(18, True), (19, False)])
def test_ood_rule_of_too_few_rows_is_named(n: int, is_named: bool) -> None:
    rule = OodRule(score="energy", in_distribution_share=0.95, threshold=1.0, n=n)
    assert bool(describe_ood_rows(rule)) == is_named
    assert describe_ood_rows(None) == ()
