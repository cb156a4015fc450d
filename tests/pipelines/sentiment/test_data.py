from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.sentiment.data import load, synthesize
from pipelines.sentiment.reading.texts import text_key
from shared.contract import Examples
from shared.errors import ConfigError, DataError
from shared.loading.source import check_splits
from shared.targets import Categories
from tests.pipelines.sentiment import configure, labelled_rows, write


def _texts(examples: Examples) -> list[str]:
    return [str(text) for text in examples.rows(np.arange(len(examples)))["text"]]


def _names(target: object) -> tuple[str, ...]:
    assert isinstance(target, Categories)
    return target.names


# --- one table, divided by entity


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


# --- parts that the source gives


def _folder(tmp_path: Path, **parts: pd.DataFrame) -> Path:
    for name, rows in parts.items():
        write(rows, tmp_path / "source" / f"{name}.tsv")
    return tmp_path / "source"


def test_three_given_files_are_the_three_parts(tmp_path: Path) -> None:
    source = _folder(
        tmp_path, train=labelled_rows(60), valid=labelled_rows(20, 100), test=labelled_rows(30, 200)
    )
    splits = load(configure("data.split=given", source=source))
    assert [len(part) for part in splits.by_split().values()] == [60, 20, 30]
    check_splits(splits, batch_size=16)


def test_without_a_test_file_dev_is_the_test_and_validation_comes_from_train(
    tmp_path: Path,
) -> None:
    splits = load(
        configure(
            "data.split=given",
            source=_folder(tmp_path, train=labelled_rows(80), dev=labelled_rows(30, 200)),
        )
    )
    assert sorted(_texts(splits.test)) == sorted(labelled_rows(30, 200)["text"])
    assert len(splits.train) + len(splits.val) == 80
    assert 8 <= len(splits.val) <= 24
    assert any("dev.tsv is the test" in note for note in splits.provenance.notes)


def test_a_training_text_that_is_in_the_test_is_set_aside_by_name(tmp_path: Path) -> None:
    test = labelled_rows(30, 200)
    train = pd.concat(
        [labelled_rows(80), pd.DataFrame({"text": [test["text"][3].upper() + "!"], "label": ["1"]})]
    )
    splits = load(
        configure(
            "data.split=given",
            "data.max_quarantine_share=0.05",
            source=_folder(tmp_path, train=train, dev=test),
        )
    )
    (problem,) = splits.quarantine
    assert problem.file.endswith("train.tsv")
    assert (problem.row, problem.field) == (81, "text")
    assert problem.reason == "also in the test split: 'A GOOD FILM NUMBER 203!'"
    assert len(splits.test) == 30
    check_splits(splits, batch_size=16)


def test_too_many_texts_shared_with_the_test_stop_the_run(tmp_path: Path) -> None:
    source = _folder(tmp_path, train=labelled_rows(60), test=labelled_rows(60))
    with pytest.raises(
        DataError, match=r"also in the test split: .*[\s\S]*data\.max_quarantine_share"
    ):
        load(configure("data.split=given", source=source))


def test_a_split_column_gives_the_parts(tmp_path: Path) -> None:
    rows = labelled_rows(60).assign(part=["train"] * 40 + ["val"] * 10 + ["test"] * 10)
    splits = load(
        configure(
            "data.split=given", "data.split_column=part", source=write(rows, tmp_path / "a.csv")
        )
    )
    assert [len(part) for part in splits.by_split().values()] == [40, 10, 10]


def test_a_folder_split_by_entity_is_pooled_and_says_so(tmp_path: Path) -> None:
    splits = load(
        configure(source=_folder(tmp_path, train=labelled_rows(60), dev=labelled_rows(40, 200)))
    )
    assert len(splits.test) < 40
    assert any("put together and divided anew" in note for note in splits.provenance.notes)


# --- what can be wrong


@pytest.mark.parametrize("gap", ["", "  ", "\u200b"])
def test_a_row_without_text_is_set_aside_by_name(tmp_path: Path, gap: str) -> None:
    rows = labelled_rows(150)
    rows.loc[4, "text"] = gap
    (problem,) = load(configure(source=write(rows, tmp_path / "a.csv"))).quarantine
    assert (problem.row, problem.field, problem.reason) == (5, "text", "the text is empty")


def test_missing_values_of_parquet_are_set_aside_by_name(tmp_path: Path) -> None:
    rows = labelled_rows(300).astype({"label": "Int64"})
    rows.loc[4, "text"], rows.loc[6, "label"] = None, None
    splits = load(configure(source=write(rows, tmp_path / "a.parquet")))
    found = {problem.row: problem.reason for problem in splits.quarantine}
    assert found == {5: "the text is empty", 7: "the label is empty"}
    assert _names(splits.target) == ("0", "1")


def test_a_text_beyond_the_limit_is_set_aside_with_its_length(tmp_path: Path) -> None:
    rows = labelled_rows(200)
    rows.loc[4, "text"] = "long " * 30_000
    (problem,) = load(configure(source=write(rows, tmp_path / "a.csv"))).quarantine
    assert problem.row == 5
    assert (
        problem.reason
        == "the text has 150,000 characters, more than the 100,000 of data.max_text_characters"
    )


def test_too_many_empty_texts_stop_the_run(tmp_path: Path) -> None:
    rows = labelled_rows(60)
    rows.loc[:9, "text"] = ""
    with pytest.raises(
        DataError,
        match=r"10 of 60 inputs can't be used[\s\S]*a\.csv, row 1, field 'text': the text is empty",
    ):
        load(configure(source=write(rows, tmp_path / "a.csv")))


@pytest.mark.parametrize("names", ["{}", "{'0': negative, '1': positive}"])
def test_an_unknown_label_in_the_test_names_file_and_row(tmp_path: Path, names: str) -> None:
    test = labelled_rows(30, 200)
    test.loc[7, "label"] = "5"
    source = _folder(tmp_path, train=labelled_rows(60), test=test)
    with pytest.raises(
        DataError,
        match=(
            r"test\.tsv, row 8, column 'label': unknown label '5'; the training split has '0', '1'"
        ),
    ):
        load(configure("data.split=given", f"data.class_names={names}", source=source))


def test_a_single_class_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"column 'label': one class only \(1\); at least two are needed"
    ):
        load(configure(source=write(labelled_rows(60).assign(label="1"), tmp_path / "a.csv")))


def test_a_class_that_nothing_has_is_a_message(tmp_path: Path) -> None:
    names = "data.class_names={'0': negative, '1': positive, '2': neutral}"
    with pytest.raises(DataError, match="no row has the class 'neutral'; labels there: '0', '1'"):
        load(configure(names, source=write(labelled_rows(60), tmp_path / "a.csv")))


def test_a_role_that_no_class_has_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    source = write(labelled_rows(60), tmp_path / "a.csv")
    roles = "evaluate.class_roles={positive: good, negative: '0'}"
    with pytest.raises(ConfigError, match="positive is 'good', but the classes are '0', '1'"):
        load(configure(roles, source=source))


def test_a_column_that_is_no_label_is_a_message(tmp_path: Path) -> None:
    rows = labelled_rows(150).assign(label=[str(row) for row in range(150)])
    with pytest.raises(
        DataError, match=r"150 different labels, for example '0', '1', '2'.*data\.label_column"
    ):
        load(configure(source=write(rows, tmp_path / "a.csv")))


@pytest.mark.parametrize(
    "setting", ["text_column", "label_column", "id_column", "entity_column", "split_column"]
)
def test_a_missing_column_is_named_with_its_setting(tmp_path: Path, setting: str) -> None:
    with pytest.raises(
        DataError,
        match=rf"a\.csv: there is no column 'nowhere'\. Columns: text, label\. .*data\.{setting}",
    ):
        load(
            configure(
                f"data.{setting}=nowhere", source=write(labelled_rows(60), tmp_path / "a.csv")
            )
        )


def test_a_repeated_id_is_named(tmp_path: Path) -> None:
    rows = labelled_rows(60).assign(
        key=["same" if row in (3, 9) else str(row) for row in range(60)]
    )
    with pytest.raises(DataError, match=r"row 10, column 'key': the id 'same' appears twice"):
        load(configure("data.id_column=key", source=write(rows, tmp_path / "a.csv")))


def test_an_id_repeated_in_another_file_is_named(tmp_path: Path) -> None:
    rows = labelled_rows(60).assign(key=[str(row) for row in range(60)])
    source = _folder(tmp_path, train=rows, test=rows.assign(text=rows["text"] + " again"))
    with pytest.raises(DataError, match=r"test\.tsv, row 1: the id '0' is also in another file"):
        load(configure("data.split=given", "data.id_column=key", source=source))


def test_given_parts_that_are_not_given_are_a_message(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"data\.split=given needs the files train and test .* data\.split_column"
    ):
        load(configure("data.split=given", source=write(labelled_rows(60), tmp_path / "a.csv")))


def test_a_strange_part_is_named(tmp_path: Path) -> None:
    rows = labelled_rows(60).assign(part=["train"] * 58 + ["val", "tset"])
    with pytest.raises(
        DataError, match=r"row 60: a part must be train, val or test; received 'tset'"
    ):
        load(
            configure(
                "data.split=given", "data.split_column=part", source=write(rows, tmp_path / "a.csv")
            )
        )


def test_an_entity_in_two_given_parts_is_refused(tmp_path: Path) -> None:
    train = labelled_rows(60).assign(author=[f"anna {row // 2}" for row in range(60)])
    valid, test = (
        labelled_rows(20, 100).assign(author="ben"),
        labelled_rows(30, 200).assign(author="anna 3"),
    )
    source = _folder(tmp_path, train=train, valid=valid, test=test)
    splits = load(configure("data.split=given", "data.entity_column=author", source=source))
    with pytest.raises(
        DataError, match="Leak: 1 entities are in both 'train' and 'test', for example 'anna 3'"
    ):
        check_splits(splits, batch_size=16)


# --- the embedded demo


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
