"""The parts of a model card: what a run has for each heading of two frameworks.

Regulation (EU) 2024/1689, Annex IV, points 1 to 9; and the ten guiding principles of Good Machine
Learning Practice (FDA, Health Canada and MHRA 2021). The headings are theirs; a card is no proof of
conformity, and says "not measured" where a run knows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.formatting import count_of, format_count, format_range, format_value, humanise
from shared.reporting.artefacts import Artefacts
from shared.run.artefacts.report.card import CardPart
from shared.run.artefacts.report.verdict import Verdict

__all__ = ["card_parts"]

_Said = Mapping[str, str]
"""Id of a verdict -> its question, answer and reason."""


def card_parts(artefacts: Artefacts, verdicts: Sequence[Verdict]) -> tuple[CardPart, ...]:
    """What is known for each heading.

    Args:
        artefacts: Of the run.
        verdicts: Of the same run.
    """
    said = {one.id: f"{one.question} {one.answer}: {one.detail}." for one in verdicts}
    annex = [
        CardPart(framework="EU AI Act, Annex IV", heading=heading, text=text)
        for heading, text in _annex(artefacts, said).items()
    ]
    practice = [
        CardPart(framework="FDA, Good Machine Learning Practice", heading=heading, text=text)
        for heading, text in _practice(artefacts, said).items()
    ]
    return (*annex, *practice)


def _annex(artefacts: Artefacts, said: _Said) -> dict[str, str]:
    groups = _join(said, "groups_of_people", "groups_of_conditions", "robustness", "ood")
    development = {
        "2 Development: design and training": _training(artefacts),
        "2 Development: data": _data(artefacts),
        "2 Development: human oversight": _join(said, "service"),
        "2 Development: validation and testing": _testing(artefacts),
        "2 Development: cybersecurity": "",
    }
    later = {
        "5 Risk management": "",
        "6 Changes through the lifecycle": _version(artefacts),
        "7 Standards applied": "",
        "8 Declaration of conformity": "",
        "9 Monitoring after placing on the market": "",
    }
    return {
        "1 General description": _purpose(artefacts),
        **development,
        "3 Functioning, limits, and accuracy for groups": groups,
        "4 Why these metrics": _metrics(artefacts),
        **later,
    }


def _practice(artefacts: Artefacts, said: _Said) -> dict[str, str]:
    return {
        "1 Expertise of several disciplines": "",
        "2 Software engineering and security": _join(said, "parity"),
        "3 Data represent the intended patients": _represented(artefacts),
        "4 Training and test sets are independent": _independence(artefacts),
        "5 Reference standard of the labels": "",
        "6 Design fits data and intended use": _join(said, "worth"),
        "7 The human and the model as a team": "",
        "8 Testing in relevant conditions": _join(said, "robustness", "groups_of_conditions"),
        "9 Clear information for users": _join(said, "explanations", "coverage"),
        "10 Monitoring and retraining": "",
    }


def _join(said: _Said, *names: str) -> str:
    return " ".join(said[name] for name in names if name in said)


def _purpose(artefacts: Artefacts) -> str:
    purpose = artefacts.purpose
    stated = {
        "Intended for": purpose.intended,
        "Not for": purpose.not_for,
        "Affects": purpose.affected,
    }
    return " ".join(f"{name} {text}." for name, text in stated.items() if text)


def _training(artefacts: Artefacts) -> str:
    train = artefacts.train
    parameters = f"a network of {format_count(train.num_parameters)} parameters"
    epochs = f"{count_of(train.epochs, 'epoch', 'epochs')} (best: {format_count(train.best_epoch)})"
    rows = f"{format_count(train.num_examples)} rows"
    seed = artefacts.settings.train.seed
    return f"Trained: {parameters}, {rows}, {epochs}, seed {seed}."


def _data(artefacts: Artefacts) -> str:
    provenance = artefacts.data.provenance
    kind = "generated" if provenance.synthetic else "collected"
    sizes = ", ".join(
        f"{format_count(artefacts.data.splits[name].n)} {name}" for name in ("train", "val", "test")
    )
    aside = count_of(len(artefacts.data.quarantine), "input", "inputs")
    named = f"{provenance.name}, version {provenance.version}, {kind}"
    return f"{named}; licence {provenance.licence}; rows: {sizes}; {aside} set aside."


def _testing(artefacts: Artefacts) -> str:
    metrics = artefacts.metrics
    entry = metrics.metrics[metrics.primary_metric]
    value = format_value(entry.value, entry.unit)
    interval = format_range(entry.ci_low, entry.ci_high, entry.unit)
    rows = f"n = {format_count(entry.n)} of {format_count(metrics.num_entities)} entities"
    name = humanise(metrics.primary_metric)
    return f"{name} {value} ({interval}), {rows}, measured once on the test split."


def _metrics(artefacts: Artefacts) -> str:
    metrics = artefacts.metrics
    named = (
        f"{humanise(name)}: {metrics.metrics[name].describe}." for name in metrics.deciding_metrics
    )
    return " ".join(named)


def _version(artefacts: Artefacts) -> str:
    environment = artefacts.environment
    versions = environment.packages
    tensorflow = versions.get("tensorflow", "unknown")
    made = f"Run begun {environment.begun}, commit {environment.git_revision}"
    return f"{made}; Python {environment.python}, TensorFlow {tensorflow}."


def _represented(artefacts: Artefacts) -> str:
    attributes = artefacts.fairness.attributes
    named = "; ".join(
        f"{humanise(entry.attribute, capital=False)}:"
        f" {', '.join(f'{group.group} {format_count(group.n)}' for group in entry.groups)}"
        for entry in attributes
    )
    return f"Test rows by group. {named}." if attributes else ""


def _independence(artefacts: Artefacts) -> str:
    reasons = artefacts.data.datasheet.leakage.reasons
    return " ".join(reasons) or "Split by entity: no leak between the splits was found."
