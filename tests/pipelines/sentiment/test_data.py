from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.sentiment.data import load, synthesize
from pipelines.sentiment.reading.texts import text_key
from shared.contract import Examples
from shared.loading.source import check_splits
from shared.targets import Categories
from tests.pipelines.sentiment import configure, labelled_rows, write


def _texts(examples: Examples) -> list[str]:
    return [str(text) for text in examples.rows(np.arange(len(examples)))["text"]]


def _names(target: object) -> tuple[str, ...]:
    assert isinstance(target, Categories)
    return target.names


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet"])
def test_every_kind_of_table_gives_the_same_examples(tmp_path: Path, name: str) -> None:
    splits = load(configure(source=write(labelled_rows(60), tmp_path / name)))
    assert sorted(text for part in splits.by_split().values() for text in _texts(part)) == sorted(
        labelled_rows(60)["text"]
    )
    assert _names(splits.target) == ("0", "1")
    check_splits(splits, batch_size=16)


def test_features_come_in_the_order_of_the_indices(tmp_path: Path) -> None:
    train = load(configure(source=write(labelled_rows(60), tmp_path / "a.csv"))).train
    assert train.rows(np.array([2, 0]))["text"].tolist() == [_texts(train)[2], _texts(train)[0]]
    assert _texts(train.take(np.array([2, 0]))) == [_texts(train)[2], _texts(train)[0]]


def test_the_same_seed_gives_the_same_split_and_another_seed_another(tmp_path: Path) -> None:
    source = write(labelled_rows(60), tmp_path / "a.csv")
    first, again, other = (
        load(configure(f"train.seed={seed}", source=source)) for seed in (0, 0, 1)
    )
    assert first.train.fingerprint() == again.train.fingerprint() != other.train.fingerprint()


def test_texts_that_differ_in_case_and_punctuation_only_never_straddle_parts(
    tmp_path: Path,
) -> None:
    rows = pd.concat([labelled_rows(40)] * 4, ignore_index=True)
    rows["text"] += ["", "!", " ...", " ?!"] * 40
    splits = load(configure(source=write(rows, tmp_path / "a.csv")))
    check_splits(splits, batch_size=16)
    keys = [{text_key(text) for text in _texts(part)} for part in splits.by_split().values()]
    assert not (keys[0] & keys[1] or keys[0] & keys[2] or keys[1] & keys[2])


def test_a_configured_entity_never_straddles_parts(tmp_path: Path) -> None:
    rows = labelled_rows(80).assign(
        author=lambda table: [f"author {row // 4}" for row in range(len(table))]
    )
    splits = load(configure("data.entity_column=author", source=write(rows, tmp_path / "a.csv")))
    assert set(splits.train.entities) <= set(rows["author"])
    check_splits(splits, batch_size=16)


def test_one_text_by_two_authors_leaves_training_by_name(tmp_path: Path) -> None:
    rows = labelled_rows(80).assign(
        author=lambda table: [f"author {row}" for row in range(len(table))]
    )
    rows.loc[range(0, 80, 4), "text"] = [f"an echo {row // 8}" for row in range(0, 80, 4)]
    config = configure(
        "data.entity_column=author",
        "data.max_quarantine_share=0.5",
        source=write(rows, tmp_path / "a.csv"),
    )
    splits = load(config)
    assert splits.quarantine
    assert all(problem.reason.startswith("also in the ") for problem in splits.quarantine)
    keys = [{text_key(text) for text in _texts(part)} for part in splits.by_split().values()]
    assert not (keys[0] & keys[1] or keys[0] & keys[2] or keys[1] & keys[2])


def test_columns_ids_and_groups_are_configurable(tmp_path: Path) -> None:
    rows = labelled_rows(60).rename(columns={"text": "review", "label": "stars"})
    rows = rows.assign(key=[f"r{row}" for row in range(60)], country=["north", ""] * 30)
    settings = (
        "data.text_column=review",
        "data.label_column=stars",
        "data.id_column=key",
        "data.group_columns=[country]",
    )
    train = load(configure(*settings, source=write(rows, tmp_path / "a.csv"))).train
    assert all(str(identifier).startswith("r") for identifier in train.ids)
    assert list(train.groups.columns) == ["identity_term", "length_band", "country"]
    assert set(train.groups["country"]) == {"north", "unknown"}


def test_columns_name_a_file_without_a_header(tmp_path: Path) -> None:
    source = write(labelled_rows(60), tmp_path / "a.tsv", header=False)
    splits = load(configure("data.columns=[text, label]", source=source))
    assert sum(map(len, splits.by_split().values())) == 60


def test_class_names_give_names_and_order(tmp_path: Path) -> None:
    splits = load(
        configure(
            "data.class_names={'1': positive, '0': negative}",
            source=write(labelled_rows(60), tmp_path / "a.csv"),
        )
    )
    assert _names(splits.target) == ("positive", "negative")
    assert all(
        ("good" in text) == (target == 0)
        for text, target in zip(_texts(splits.train), splits.train.targets, strict=True)
    )


def test_class_names_may_join_labels(tmp_path: Path) -> None:
    rows = labelled_rows(60).assign(label=[str(1 + row % 4) for row in range(60)])
    names = "data.class_names={'1': negative, '2': negative, '3': positive, '4': positive}"
    assert _names(load(configure(names, source=write(rows, tmp_path / "a.csv"))).target) == (
        "negative",
        "positive",
    )


def test_numbers_as_labels_are_in_numeric_order(tmp_path: Path) -> None:
    rows = labelled_rows(80).assign(label=[("10", "9", "-1", "2")[row % 4] for row in range(80)])
    assert _names(load(configure(source=write(rows, tmp_path / "a.csv"))).target) == (
        "-1",
        "2",
        "9",
        "10",
    )


def test_provenance_says_what_the_preset_knows(tmp_path: Path) -> None:
    source = write(labelled_rows(60), tmp_path / "reviews.csv")
    plain = load(configure(source=source)).provenance
    named = load(
        configure("data.dataset_name=Reviews", "data.licence=CC0-1.0", source=source)
    ).provenance
    assert (plain.name, plain.licence, plain.synthetic) == ("reviews", "unknown", False)
    assert (named.name, named.licence, named.checksum) == ("Reviews", "CC0-1.0", plain.checksum)


def test_another_file_content_has_another_checksum(tmp_path: Path) -> None:
    first = load(configure(source=write(labelled_rows(60), tmp_path / "a.csv"))).provenance.checksum
    assert (
        first
        != load(configure(source=write(labelled_rows(61), tmp_path / "a.csv"))).provenance.checksum
    )


def test_the_demo_is_complete_disjoint_and_labelled_synthetic() -> None:
    splits = synthesize(configure(), 240, 0)
    check_splits(splits, batch_size=16)
    assert sum(map(len, splits.by_split().values())) == 240
    assert splits.provenance.synthetic
    assert _names(splits.target) == ("negative", "positive")
    assert list(splits.train.groups.columns) == ["identity_term", "length_band", "region"]
    assert splits.provenance.conditions == ("length_band",)


def test_the_demo_knows_which_words_decide() -> None:
    test = synthesize(configure(), 240, 0).test
    assert test.ground_truth is not None
    for index, text in enumerate(_texts(test)):
        assert len(test.ground_truth(index)) == len(text.split())


def test_the_demo_can_have_three_classes() -> None:
    splits = synthesize(configure("data.demo_num_classes=3"), 240, 0)
    assert _names(splits.target) == ("negative", "neutral", "positive")
    assert isinstance(splits.target, Categories)
    assert splits.target.is_ordinal  # neutral lies between the others
    assert set(splits.train.targets.tolist()) == {0, 1, 2}


def test_the_demo_follows_seed_and_settings() -> None:
    first = synthesize(configure(), 120, 0)
    assert first.train.fingerprint() == synthesize(configure(), 120, 0).train.fingerprint()
    others = [
        synthesize(configure(), 120, 1),
        synthesize(configure("data.demo_group_bias=0.0"), 120, 0),
    ]
    assert len({splits.provenance.checksum for splits in (first, *others)}) == 3
