"""Families of networks: which ones a configuration knows, and how `model.family` chooses one.

The `model` section of a pipeline is the settings class of its only family, or a union of several,
told apart by their field `family`:

    model: Annotated[CnnConfig | MlpConfig, Field(discriminator="family")] = CnnConfig()

A setting of one family means nothing to another. So a chosen family begins its section anew: what
the preset says about another family's network does not carry over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from shared.config.run import FrontEndConfig, ModelConfig, RunConfig
from shared.config.setting_text import set_option

__all__ = ["choose_family", "explain_model_error", "families", "fill_in_family"]

_SECTION = "model"
_KEY = "family"


def families(config_type: type[RunConfig]) -> dict[str, type[ModelConfig]]:
    """The settings class of each family, the default family first.

    Empty if the section has no field `family`.
    """
    annotation = config_type.model_fields[_SECTION].annotation
    members = get_args(annotation) or (annotation,)
    named = [member for member in members if _KEY in member.model_fields]
    return {member.model_fields[_KEY].default: member for member in named}


def fill_in_family(config_type: type[RunConfig], tree: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with the default family named where they name none: a union needs a name."""
    section = tree.get(_SECTION, {})
    default = _default_family(config_type)
    if default is None or not isinstance(section, dict) or _KEY in section:
        return dict(tree)
    return {**tree, _SECTION: {_KEY: default, **section}}


def choose_family(config_type: type[RunConfig], tree: dict[str, Any], family: Any) -> None:
    """Begin the section of a family anew, unless the settings are those of that family already."""
    section = tree.get(_SECTION, {})
    current = section.get(_KEY, _default_family(config_type)) if isinstance(section, dict) else None
    if family != current:
        tree[_SECTION] = {_KEY: family}


def explain_model_error(
    config_type: type[RunConfig], error: Mapping[str, Any]
) -> Mapping[str, Any]:
    """One of pydantic's errors; if it is about a family, in words that name it and the others.

    Args:
        config_type: The pipeline's configuration class.
        error: An item of `ValidationError.errors()`.
    """
    known = families(config_type)
    place = tuple(error["loc"])
    if not known or place[:1] != (_SECTION,):
        return error
    if error["type"] == "union_tag_invalid" or place == (_SECTION, _KEY):
        received = error.get("ctx", {}).get("tag", error["input"])
        message = f"there is no such family; there is {' and '.join(known)}"
        return {**error, "loc": (_SECTION, _KEY), "msg": message, "input": received}
    # In a union, pydantic names the family between the section and the field.
    is_union = len(known) > 1 and len(place) > 1 and place[1] in known
    family = str(place[1]) if is_union else next(iter(known))
    place = (_SECTION, *place[2:]) if is_union else place
    if error["type"] != "extra_forbidden":
        return {**error, "loc": place}
    return {**error, "loc": place, "msg": _no_such_setting(config_type, family, str(place[-1]))}


def _no_such_setting(config_type: type[RunConfig], family: str, name: str) -> str:
    known = families(config_type)
    names = ", ".join(field for field in known[family].model_fields if field != _KEY)
    message = f"no setting of the family {family}, which has {names}"
    for other, settings in known.items():
        if name in settings.model_fields:
            return (
                f"{message}. The family {other} has it: {set_option(f'{_SECTION}.{_KEY}', other)}"
            )
    if name in _front_end(config_type).model_fields:
        return f"{message}. Do you mean front_end.{name}?"
    return message


def _front_end(config_type: type[RunConfig]) -> type[FrontEndConfig]:
    return type(config_type.model_fields["front_end"].default)


def _default_family(config_type: type[RunConfig]) -> str | None:
    if not families(config_type):
        return None
    chosen: str = getattr(config_type.model_fields[_SECTION].default, _KEY)
    return chosen
