"""All behaviour tests of sentiment, or the reason why there are none."""

from __future__ import annotations

from pipelines.sentiment.behaviours.abilities import ability_tests
from pipelines.sentiment.behaviours.identity_tests import identity_tests
from pipelines.sentiment.behaviours.polarity import find_polarity
from pipelines.sentiment.behaviours.sensitivities import sensitivity_tests
from pipelines.sentiment.config import SentimentConfig
from shared.contract.behaviours import BehaviourSuite
from shared.targets import Categories, Target

__all__ = ["build_behaviours"]

_NOTES = (
    (
        "The sentences are ours, in plain English, about everyday things; a model of other texts"
        " may not know their words."
    ),
    "Sarcasm is not tested: without the situation nobody can say which class is right.",
)


def build_behaviours(config: SentimentConfig, target: Target) -> BehaviourSuite:
    """The tests, for whichever classes praise and blame.

    None, with a sentence why, where no class tells.

    Raises:
        ConfigError: `evaluate.class_roles` names a role or class that does not exist.
    """
    names = target.names if isinstance(target, Categories) else ()
    polarity = find_polarity(names, config.evaluate.class_roles)
    if polarity is None:
        return BehaviourSuite(notes=(_unmatched(names),))
    tests = ability_tests(polarity) | sensitivity_tests(polarity) | identity_tests(polarity)
    return BehaviourSuite(tests, tuple(note for note in (*_NOTES, polarity.note) if note))


def _unmatched(names: tuple[str, ...]) -> str:
    return (
        f"Not tested: nothing says which of the classes {', '.join(names)} praises and which"
        " blames. Tell with evaluate.class_roles, such as {positive: happy, negative: angry}."
    )
