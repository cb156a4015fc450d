from __future__ import annotations

import pytest

from pipelines.sentiment.config import SentimentConfig
from shared.errors import DataError
from shared.loading.proposals import read_with_proposals


def _read(config: SentimentConfig) -> str:
    """A source that wants to be asked twice."""
    if config.data.encoding == "utf-8":
        raise DataError("not UTF-8", settings={"data.encoding": "cp1252"})
    if config.data.text_column == "text":
        raise DataError("no column", settings={"data.text_column": "said", "train.epochs": 2})
    return config.data.text_column


def test_what_errors_propose_is_taken_until_the_source_is_read() -> None:
    reading = read_with_proposals(_read, SentimentConfig())
    assert reading.result == "said"
    assert reading.config.train.epochs == 2
    assert [proposal.reason for proposal in reading.proposals] == ["not UTF-8", "no column"]
    assert reading.proposals[1].options == "--set data.text_column=said --set train.epochs=2"


def test_an_error_without_a_proposal_tells_what_was_found_before() -> None:
    def read(config: SentimentConfig) -> str:
        _read(config)
        raise DataError("Anna and ANNA")

    with pytest.raises(
        DataError, match=r"Anna and ANNA\nSettings .*--set data\.encoding=cp1252"
    ) as caught:
        read_with_proposals(read, SentimentConfig())
    assert caught.value.settings["data.text_column"] == "said"


@pytest.mark.parametrize("settings", [{"data.encoding": "cp1252"}, {"data.text_colum": "x"}])
def test_a_proposal_that_does_not_help_ends_the_search(settings: dict[str, str]) -> None:
    def read(config: SentimentConfig) -> str:
        raise DataError("as ever", settings=settings)

    with pytest.raises(DataError, match="as ever"):
        read_with_proposals(read, SentimentConfig())


def test_a_source_that_always_wants_more_is_given_up() -> None:
    def read(config: SentimentConfig) -> str:
        raise DataError("more", settings={"train.epochs": config.train.epochs + 1})

    with pytest.raises(DataError, match="more"):
        read_with_proposals(read, SentimentConfig())
