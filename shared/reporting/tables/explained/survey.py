"""What many brief explanations say together: by place, by class, and by group."""

from __future__ import annotations

from shared.formatting import (
    count_of,
    format_count,
    format_interval,
    format_level,
    format_plain,
    format_value,
    humanise,
    state_p_value,
)
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.run.artefacts.explanations.survey import GroupLook, PlaceMean, Survey

__all__ = ["survey_tables"]

_MOST_PLACES = 12
"""That are shown; `explanations.json` has more."""


def survey_tables(survey: Survey, confidence: float) -> tuple[Table, ...]:
    """What matters in general, and, where there are groups, whether it differs between them."""
    places = _places_table(survey, confidence)
    return (places, _looks_table(survey, confidence)) if survey.groups else (places,)


def _places_table(survey: Survey, confidence: float) -> Table:
    """The places that matter most in general."""
    level = format_level(confidence)
    has_classes = any(place.by_class for place in survey.places)
    columns = [
        "Place",
        f"#Share of attribution ({level} interval)",
        f"#Mean size ({survey.unit})" if has_classes else "#Mean size",
        "#Mean",
        "#Rows",
        *(["Most for"] if has_classes else []),
    ]
    rows = [_place_row(place, has_classes) for place in survey.places[:_MOST_PLACES]]
    spent = format_count(survey.evaluations)
    caption = (
        f"What matters in general: {count_of(survey.rows, 'row', 'rows')} explained briefly,"
        f" {spent} model evaluations"
    )
    return make_table(caption, columns, rows)


def _place_row(place: PlaceMean, has_classes: bool) -> Row:
    share = place.share
    cells: list[str | Cell] = [
        place.place,
        Cell(
            format_value(share.value, "share"),
            format_interval(share.ci_low, share.ci_high, "share"),
        ),
        format_plain(place.mean_absolute, 3),
        format_plain(place.mean, 3),
        format_count(place.n),
    ]
    if has_classes:
        most = max(place.by_class, key=place.by_class.__getitem__, default="")
        note = format_value(place.by_class[most], "share") if most else ""
        cells.append(Cell(most, note))
    return cells


def _looks_table(survey: Survey, confidence: float) -> Table:
    """Whether the model looks elsewhere for some group."""
    rows = [_look_row(look, 1.0 - confidence) for look in survey.groups]
    caption = (
        "Does the model look elsewhere for some group? Permutation tests over entities, given what"
        " is explained, adjusted for all attributes (Holm)"
    )
    columns = ["Attribute", "Place furthest apart", "Share there, by group", "Looks elsewhere?"]
    return make_table(caption, columns, rows)


def _look_row(look: GroupLook, alpha: float) -> Row:
    shares = [
        f"{group} {format_value(share.value, 'share')}"
        f" ({format_interval(share.ci_low, share.ci_high, 'share')}, n = {look.counts[group]})"
        for group, share in look.shares.items()
    ]
    answer, note, tone = _answer(look, alpha)
    place = look.place or "–"
    name = humanise(look.attribute)
    return [name, place, "; ".join(shares) or "–", Cell(answer, note, tone)]


def _answer(look: GroupLook, alpha: float) -> tuple[str, str, Tone]:
    if look.p_adjusted is None:
        return "not tested", look.note, "muted"
    p_value = f"adjusted {state_p_value(look.p_adjusted)}"
    return ("yes", p_value, "warn") if look.p_adjusted <= alpha else ("not shown", p_value, "muted")
