from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shared.contract import Problem
from shared.contract.series_facts import ForecastFacts, SeriesFacts, WindowCounts
from tests.shared.datasheet.invented import (
    Part,
    described,
    encode_image,
    encode_sound,
    forecast_splits,
    make_image,
    make_sound,
    make_splits,
)

TRAIN = Part([f"train text number {number}" for number in range(8)], [0, 1] * 4)
VAL = Part(["a val text", "another of val"], [0, 1])
TEST = Part(["a test text", "another of test"], [0, 1])


def datasheet(
    train: Part = TRAIN, val: Part = VAL, test: Part = TEST, quarantine: tuple[Problem, ...] = ()
) -> dict[str, Any]:
    return described(make_splits(train, val, test, quarantine))


def only(items: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (found,) = [item for item in items if all(item[key] == value for key, value in wanted.items())]
    return found


def test_it_is_json_and_the_same_twice() -> None:
    first, second = (json.dumps(datasheet(), sort_keys=True, allow_nan=False) for _ in range(2))
    assert first == second


def test_clean_parts_have_no_leak_and_no_repeats() -> None:
    found = datasheet()
    assert found["leakage"] == {"allowed": False, "reasons": []}
    assert found["duplicates"]["num_groups"] == found["duplicates"]["num_conflicts"] == 0


@pytest.mark.parametrize(
    "content",
    ["a very short review", encode_image(make_image(0)), encode_sound(make_sound(0))],
    ids=["text", "image", "sound"],
)
def test_content_of_training_that_is_also_in_the_test_is_a_leak(content: Any) -> None:
    filler = [content[: len(content) // 2], content[:-3]]
    found = datasheet(
        Part([content, filler[0]], [0, 1]), Part([filler[1]], [1]), Part([content], [0])
    )
    assert only(found["duplicates"]["across"], first="train", second="test")["n"] == 1
    reason = (
        "1 example of 'test' also in 'train', byte for byte: for example 'test0', which equals"
        " 'train0'."
    )
    assert reason in found["leakage"]["reasons"]


def test_an_array_that_is_in_two_parts_is_a_leak() -> None:
    train, val, test = (Part(np.arange(6.0).reshape(2, 3) + shift, [0, 1]) for shift in (0, 10, 20))
    splits = make_splits(train, val, test)
    assert described(splits)["leakage"]["reasons"] == []
    leaky = make_splits(train, val, Part(np.array([[7.0, 8.0, 9.0], [3.0, 4.0, 5.0]]), [0, 1]))
    assert "'test1', which equals 'train1'" in described(leaky)["leakage"]["reasons"][0]


def test_equal_content_with_two_labels_is_a_conflict_and_listed_first() -> None:
    train = Part(["fine", "fine", "good film", "good film", "c", "d"], [0, 0, 0, 1, 0, 1])
    repeats = datasheet(train)["duplicates"]
    assert (repeats["num_groups"], repeats["num_rows"], repeats["num_conflicts"]) == (2, 2, 1)
    assert [member["label"] for member in repeats["listed"][0]["members"]] == ["no", "yes"]
    assert repeats["within"] == {"train": 2, "val": 0, "test": 0}


def test_a_near_duplicate_across_parts_is_reported_but_no_leak() -> None:
    text = (
        "nobody could have guessed that this long and winding film would end in such a bright and"
        " happy way"
    )
    found = datasheet(
        Part([text, "b"], [0, 1]), VAL, Part([text.replace("way", "mood"), "c"], [1, 0])
    )
    assert only(found["near_duplicates"]["across"], first="train", second="test")["n"] == 1
    assert found["near_duplicates"]["num_conflicts"] == 1
    assert found["leakage"]["reasons"] == []


def test_a_text_with_other_case_and_punctuation_in_another_part_is_a_leak() -> None:
    text = "nobody could have guessed that this film would end in such a happy way"
    found = datasheet(Part([text, "b"], [0, 1]), VAL, Part([text.upper() + "!", "c"], [1, 0]))
    assert "'test0', which is 'train0'" in found["leakage"]["reasons"][0]


def test_an_entity_in_two_parts_is_a_leak() -> None:
    found = datasheet(test=Part(["x", "y"], [0, 1], entities=["train-3", "z"]))
    assert only(found["entity_overlap"], first="train", second="test") == {
        "first": "train",
        "second": "test",
        "n": 1,
        "example": ["train-3"],
    }
    assert "1 entity is in both 'train' and 'test'" in found["leakage"]["reasons"][0]


def test_classes_have_wilson_intervals() -> None:
    # Wilson 1927 for 4 of 8 at 95 %, as in Agresti & Coull 1998.
    share = only(datasheet()["splits"]["train"]["classes"], name="yes")
    assert (share["n"], share["share"]) == (4, 0.5)
    assert (share["ci_low"], share["ci_high"]) == pytest.approx((0.2152, 0.7848), abs=1e-4)


def test_examples_that_share_an_entity_widen_the_interval() -> None:
    contents, labels = [f"text {number}" for number in range(40)], [0] * 20 + [1] * 20
    alone = datasheet(Part(contents, labels))
    grouped = datasheet(
        Part(contents, labels, entities=[f"author {number // 5}" for number in range(40)])
    )
    widths = [
        share["ci_high"] - share["ci_low"]
        for share in (found["splits"]["train"]["classes"][0] for found in (alone, grouped))
    ]
    assert widths[1] > 1.5 * widths[0]


def test_a_group_that_lacks_a_class_is_named_and_unknown_values_are_counted() -> None:
    contents = [f"text {number}" for number in range(120)]
    places = ["coast"] * 60 + ["inland"] * 50 + ["unknown"] * 10
    labels = [0] * 59 + [1] + [0, 1] * 30
    groups = datasheet(
        Part(contents, labels, groups={"place": places}), _placed(VAL), _placed(TEST)
    )["groups"]
    coast = only(groups[0]["values"], value="coast")
    assert only(coast["classes"], name="yes")["under_represented"] is True
    assert only(coast["classes"], name="no")["under_represented"] is False
    assert coast["splits"] == {"train": 60, "val": 0, "test": 0}
    assert groups[0]["unknown"]["n"] == 10


def test_a_shift_of_labels_between_parts_is_seen() -> None:
    def part(name: str, share: float) -> Part:
        return Part(
            [f"{name} {number}" for number in range(60)],
            [int(number < 60 * share) for number in range(60)],
        )

    pairs = datasheet(part("a", 0.5), part("b", 0.5), part("c", 0.9))["shift"]["pairs"]
    assert only(pairs, first="train", second="val")["p_value"] == 1.0
    assert only(pairs, first="train", second="test")["p_value"] < 0.01
    # chi-squared of [[30, 30], [6, 54]] without correction is 22.86; V = sqrt(22.86 / 120)
    assert only(pairs, first="train", second="test")["effect"] == pytest.approx(0.4364, abs=1e-4)


def test_a_shift_that_one_entity_explains_is_not_significant() -> None:
    train = Part(
        [f"a {number}" for number in range(40)],
        [0] * 20 + [1] * 20,
        entities=[f"e{number // 10}" for number in range(40)],
    )
    test = Part(
        [f"c {number}" for number in range(20)], [0] * 5 + [1] * 15, entities=["f"] * 5 + ["g"] * 15
    )
    pair = only(datasheet(train, VAL, test)["shift"]["pairs"], first="train", second="test")
    assert pair["p_value"] > 0.2


def test_quarantine_is_counted_by_reason() -> None:
    problems = (
        Problem("a.png", "truncated"),
        Problem("b.png", "empty"),
        Problem("c.png", "truncated"),
    )
    assert datasheet(quarantine=problems)["quarantine"] == {
        "n": 3,
        "reasons": [
            {"reason": "truncated", "n": 2, "example": "a.png"},
            {"reason": "empty", "n": 1, "example": "b.png"},
        ],
    }


def test_series_are_put_together_from_their_windows() -> None:
    found = described(forecast_splits(missing_at=[5, 6]))
    assert found["series"]["num_series"] == 2
    train = found["series"]["series"][0]["splits"]["train"]
    assert (train["first"], train["last"], train["num_steps"]) == (
        "2024-01-01T00:00:00",
        "2024-01-02T15:00:00",
        40,
    )
    assert (train["num_covered"], train["num_observed"]) == (40, 38)
    assert train["largest"] == pytest.approx(11.0, abs=0.01)


def test_a_lifted_test_part_of_a_series_is_a_shift() -> None:
    still, lifted = (described(forecast_splits(lift=lift))["shift"]["pairs"] for lift in (0.0, 5.0))
    assert only(lifted, first="train", second="test")["effect"] == 1.0
    assert only(lifted, first="train", second="test")["p_value"] < 0.01
    assert only(still, first="train", second="test")["p_value"] > 0.2


def _placed(part: Part) -> Part:
    return Part(part.contents, part.labels, groups={"place": ["inland"] * len(part.contents)})


def test_what_is_masked_is_counted_part_by_part() -> None:
    masked = described(forecast_splits(missing_at=[5, 6]))["series"]["masked"]
    assert masked["train"] == {
        "n": 2 * 37 * 4,
        "num_masked": 2 * (4 + 4),
    }  # two series, each step is in four windows
    assert masked["test"]["num_masked"] == 0


def test_what_reading_found_out_stands_beside_the_series() -> None:
    facts = ForecastFacts(
        series=(
            SeriesFacts(
                "s0",
                "2024-01-01",
                "2024-01-04",
                num_steps=80,
                num_observed=78,
                num_gaps=1,
                num_duplicates=3,
            ),
        ),
        windows=(WindowCounts("train", num_possible=40, num_used=37, num_few_targets=3),),
        rule="Half must be observed.",
    )
    source = described(replace(forecast_splits(), forecast_facts=facts))["series"]["source"]
    assert source["rule"] == "Half must be observed."
    assert source["series"][0]["not_observed"] == pytest.approx(2 / 80)
    assert source["windows"][0]["num_few_targets"] == 3
    assert source["largest"] == {"num_duplicates": 3, "num_out_of_order": 0}
