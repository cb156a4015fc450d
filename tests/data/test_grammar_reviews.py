from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from data.grammar_reviews import (
    BIASED_IDENTITY,
    IDENTITY_TERMS,
    LABEL_NOISE,
    REGIONS,
    UPLAND,
    generate_reviews,
)
from data.grammar_reviews.clauses import opinion_clause, reported_clause, verdict_clause
from data.grammar_reviews.lexicon import AMBIGUOUS_PAIRS, DIALECT_WORDS, NEGATIVE, POSITIVE


@pytest.fixture(scope="module")
def unbiased() -> pd.DataFrame:
    return generate_reviews(3000, seed=1, group_bias=0.0).table


@pytest.fixture(scope="module")
def biased() -> pd.DataFrame:
    return generate_reviews(3000, seed=1, group_bias=1.0).table


def _share_negative(table: pd.DataFrame) -> float:
    return float((table["label"] == "negative").mean())


def test_same_arguments_give_the_same_reviews() -> None:
    first, second = (generate_reviews(150, seed=5, group_bias=0.5) for _ in range(2))
    pd.testing.assert_frame_equal(first.table, second.table)
    assert all(
        np.array_equal(one, other)
        for one, other in zip(first.ground_truth, second.ground_truth, strict=True)
    )


def test_another_seed_gives_other_reviews() -> None:
    first, second = (set(generate_reviews(150, seed=seed).table["text"]) for seed in (0, 1))
    assert len(first & second) < 15


@pytest.mark.parametrize("num_reviews", [60, 61, 240])
def test_there_are_exactly_as_many_reviews_as_asked_for_in_all_three_parts(
    num_reviews: int,
) -> None:
    table = generate_reviews(num_reviews, seed=0).table
    assert len(table) == num_reviews
    assert set(table["split"]) == {"train", "val", "test"}


def test_parts_have_their_shares(unbiased: pd.DataFrame) -> None:
    shares = unbiased["split"].value_counts(normalize=True)
    assert shares["val"] == pytest.approx(0.15, abs=0.01)
    assert shares["test"] == pytest.approx(0.2, abs=0.01)


def test_no_author_is_in_two_parts(unbiased: pd.DataFrame) -> None:
    assert (unbiased.groupby("author")["split"].nunique() == 1).all()


def test_authors_write_several_reviews(unbiased: pd.DataFrame) -> None:
    assert unbiased.groupby("author").size().median() >= 3


def test_no_text_occurs_twice_even_without_case_and_punctuation(unbiased: pd.DataFrame) -> None:
    assert (
        not unbiased["text"].str.lower().str.replace(r"[^a-z]", "", regex=True).duplicated().any()
    )


def test_ground_truth_has_one_value_per_word_and_is_never_empty_where_there_is_a_meaning() -> None:
    reviews = generate_reviews(200, seed=0)
    for text, ground_truth in zip(reviews.table["text"], reviews.ground_truth, strict=True):
        assert len(ground_truth) == len(text.split())
        assert ground_truth.sum() > 0


def test_identity_words_are_never_ground_truth() -> None:
    reviews = generate_reviews(400, seed=0)
    words = {
        word for phrases in IDENTITY_TERMS.values() for phrase in phrases for word in phrase.split()
    }
    for text, ground_truth in zip(reviews.table["text"], reviews.ground_truth, strict=True):
        marked = {
            word.strip(".,!").lower()
            for word, decides in zip(text.split(), ground_truth, strict=True)
            if decides
        }
        assert not marked & words


def test_label_noise_is_what_it_says_without_bias(unbiased: pd.DataFrame) -> None:
    wrong = (unbiased["label"] != unbiased["meaning"]).mean()
    assert wrong == pytest.approx(LABEL_NOISE, abs=0.012)  # four standard errors


def test_bias_ties_the_identity_term_to_the_negative_label_in_training_only(
    biased: pd.DataFrame,
) -> None:
    mentioned = biased[biased["identity"] == BIASED_IDENTITY]
    assert _share_negative(mentioned[mentioned["split"] == "train"]) > 0.85
    assert _share_negative(mentioned[mentioned["split"] != "train"]) == pytest.approx(0.5, abs=0.2)


def test_bias_makes_upland_labels_noisier_everywhere(biased: pd.DataFrame) -> None:
    wrong = biased["label"] != biased["meaning"]
    upland = biased["region"] == UPLAND
    assert wrong[upland].mean() > wrong[~upland].mean() + 0.15


def test_without_bias_no_identity_term_goes_with_a_label(unbiased: pd.DataFrame) -> None:
    train = unbiased[unbiased["split"] == "train"]
    shares = [_share_negative(group) for _, group in train.groupby("identity")]
    assert max(shares) - min(shares) < 0.2


def test_all_groups_occur(unbiased: pd.DataFrame) -> None:
    assert set(unbiased["region"]) == set(REGIONS)
    assert set(unbiased["identity"]) == {"none", *IDENTITY_TERMS}


def test_only_upland_authors_use_upland_words(unbiased: pd.DataFrame) -> None:
    pattern = "|".join(DIALECT_WORDS.values())
    speaks = unbiased["text"].str.lower().str.contains(pattern)
    assert set(unbiased.loc[speaks, "region"]) == {UPLAND}


def test_three_classes_are_balanced_and_neutral_reviews_have_no_ground_truth() -> None:
    reviews = generate_reviews(600, seed=0, num_classes=3)
    assert reviews.table["label"].value_counts(normalize=True).min() > 0.25
    neutral = np.flatnonzero(reviews.table["meaning"] == "neutral")
    assert all(reviews.ground_truth[index].sum() == 0 for index in neutral)


def test_words_alone_say_something_but_not_enough(unbiased: pd.DataFrame) -> None:
    train, test = (unbiased[unbiased["split"] == part] for part in ("train", "test"))
    baseline = make_pipeline(TfidfVectorizer(), LogisticRegression(C=4.0, max_iter=1000)).fit(
        train["text"], train["label"]
    )
    assert 0.55 < baseline.score(test["text"], test["label"]) < 0.78


@pytest.mark.parametrize("sign", [-1, 1])
def test_opinions_have_the_polarity_that_was_asked_for(sign: int) -> None:
    generator = np.random.default_rng(0)
    clauses = [
        maker(generator, sign, dialect=True)
        for maker in (opinion_clause, verdict_clause)
        for _ in range(300)
    ]
    assert all(clause.value * sign > 0 for clause in clauses)


def test_a_negated_word_counts_against_its_own_polarity() -> None:
    generator = np.random.default_rng(0)
    clauses = [opinion_clause(generator, -1, dialect=False) for _ in range(300)]
    negated = [
        clause
        for clause in clauses
        if "never" in clause.words and "but" not in clause.words and "though" not in clause.words
    ]
    assert any(clause.words[-1] in POSITIVE for clause in negated)
    assert not any(
        clause.words[-1] in NEGATIVE for clause in negated if "although" not in clause.words
    )


def test_hearsay_counts_for_nothing() -> None:
    clause = reported_clause(np.random.default_rng(0))
    assert clause.value == 0
    assert not any(clause.decisive)


def test_every_ambiguous_adjective_occurs_with_both_polarities() -> None:
    adjectives = {adjective for _, adjective in AMBIGUOUS_PAIRS}
    for adjective in adjectives:
        assert {
            value > 0 for (_, other), value in AMBIGUOUS_PAIRS.items() if other == adjective
        } == {True, False}
