from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.config import EvaluateConfig
from shared.errors import ConfigError
from shared.fairness.groups.grouped_errors import GroupSize
from shared.fairness.groups.reference import choose_reference
from shared.fairness.stage import fairness_stage
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, run_context


def compared(
    path: Path, test: Predictions, labels: np.ndarray, named: dict[str, str]
) -> dict[str, Any]:
    recorded = {"site": dict.fromkeys([*np.unique(labels).tolist(), "closed"], 1)}
    context = run_context(path, test, groups={"site": labels}, recorded_groups=recorded)
    settings = EvaluateConfig(resamples=100, reference_groups=named)
    fairness_stage(
        replace(context, config=context.config.model_copy(update={"evaluate": settings}))
    )
    entry: dict[str, Any] = context.run.read_json("fairness.json", maker="fairness")["attributes"][
        0
    ]
    return entry


def sites(test: Predictions) -> np.ndarray:
    """Most entities in b, the fewest in c."""
    codes = np.unique(test.entities, return_inverse=True)[1]
    return np.array(["a", "b", "b", "b", "a", "c"])[codes % 6]


def test_every_group_is_compared_with_the_rest_and_with_the_named_reference(tmp_path: Path) -> None:
    test = classified(0, num_entities=90)
    labels, wrong = sites(test), CATEGORIES.row_errors(test)["error"]
    entry = compared(tmp_path, test, labels, {"site": "a"})
    assert entry["reference"] == {"group": "a", "is_named": True}
    means = {group: wrong[labels == group].mean() for group in "abc"}
    for item in entry["groups"]:
        group, rest = item["group"], wrong[labels != item["group"]].mean()
        assert item["gaps"]["error"]["value"] == pytest.approx(means[group] - rest, abs=1e-12)
        assert item["ratios"]["error"]["value"] == pytest.approx(means[group] / rest, abs=1e-12)
        if group == "a":
            assert item["reference_gaps"] == item["reference_ratios"] == {}
            continue
        gap, ratio = item["reference_gaps"]["error"], item["reference_ratios"]["error"]
        assert gap["value"] == pytest.approx(means[group] - means["a"], abs=1e-12)
        assert ratio["value"] == pytest.approx(means[group] / means["a"], abs=1e-12)
        assert gap["ci_low"] < gap["value"] < gap["ci_high"]
        assert 0.0 < ratio["ci_low"] < ratio["value"] < ratio["ci_high"]


def test_rates_are_compared_with_the_reference_too_but_signed_ones_have_no_ratio(
    tmp_path: Path,
) -> None:
    test = classified(0, num_entities=90)
    rates = compared(tmp_path, test, sites(test), {"site": "b"})["rates"]
    found = {(rate["metric"], rate["class"], rate["group"]): rate for rate in rates}
    selection, signed = found["selection_rate", "benign", "a"], found["calibration_gap", None, "a"]
    reference = found["selection_rate", "benign", "b"]["estimate"]["value"]
    assert selection["reference_ratio"]["value"] == pytest.approx(
        selection["estimate"]["value"] / reference, abs=1e-12
    )
    assert signed["reference_gap"]["value"] is not None
    assert (signed["ratio"], signed["reference_ratio"]) == (None, None)


def test_without_a_name_the_largest_group_is_the_reference(tmp_path: Path) -> None:
    test = classified(0, num_entities=90)
    assert compared(tmp_path, test, sites(test), {})["reference"] == {
        "group": "b",
        "is_named": False,
    }


def test_a_reference_that_the_test_part_lacks_is_said_and_no_other_takes_its_place(
    tmp_path: Path,
) -> None:
    test = classified(0, num_entities=90)
    entry = compared(tmp_path, test, sites(test), {"site": "closed"})
    assert entry["reference"] == {"group": None, "is_named": True}
    expected = (
        "The reference group 'closed' can not be used (absent from the test split), so no group is"
        " compared with it."
    )
    assert expected in entry["remarks"]
    assert all(item["reference_gaps"] == {} for item in entry["groups"])


def test_a_reference_that_is_too_small_is_said() -> None:
    sizes = [GroupSize("a", 50, 10, ""), GroupSize("b", 5, 2, "fewer than 20 rows")]
    assert "can not be used (fewer than 20 rows)" in choose_reference(sizes, "b").problem


@pytest.mark.parametrize(("named", "message"), [
    ({"sex": "f"}, r"the attribute 'sex', which this data does not have; it has: site\."),
    ({"site": "d"}, r"'d' as the reference of 'site', but no example is of that group; there are: a, b, c, closed\."),
])  # fmt: skip
def test_names_that_the_data_lacks_are_refused_in_words(
    tmp_path: Path, named: dict[str, str], message: str
) -> None:
    test = classified(0, num_entities=90)
    with pytest.raises(ConfigError, match=message):
        compared(tmp_path, test, sites(test), named)
