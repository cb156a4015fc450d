"""Families of networks: which ones a configuration knows, and how `model.family` chooses one.

The `model` section of a pipeline is the settings class of its only family, or a union of several,
told apart by their field `family`:

    model: Annotated[CnnConfig | MlpConfig, Field(discriminator="family")] = CnnConfig()

A setting of one family means nothing to another. So a chosen family begins its section anew: what
the preset says about another family's network does not carry over, nor do the settings of `train`
for which a family has defaults of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from shared.config.run import FrontEndConfig, ModelConfig, RunConfig
from shared.config.setting_text import set_option

__all__ = ["choose_family", "explain_model_error", "families", "fill_in_family"]

_SECTION = "model"
_TRAINING = "train"
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
    """The settings with what follows from the family.

    The default family is named where they name none, since a union needs a name; and `train` has
    the family's defaults.
    """
    section = tree.get(_SECTION, {})
    default = _default_family(config_type)
    if default is None or not isinstance(section, dict):
        return dict(tree)
    named = {_KEY: default, **section}
    training = tree.get(_TRAINING, {})
    suits = _training_defaults(config_type, named[_KEY])
    if not suits or not isinstance(training, dict):
        return {**tree, _SECTION: named}
    return {**tree, _SECTION: named, _TRAINING: {**suits, **training}}


def choose_family(config_type: type[RunConfig], tree: dict[str, Any], family: Any) -> None:
    """Begin the section of a family anew, unless the settings are those of that family already."""
    section = tree.get(_SECTION, {})
    current = section.get(_KEY, _default_family(config_type)) if isinstance(section, dict) else None
    if family == current:
        return
    tree[_SECTION] = {_KEY: family}
    training = tree.get(_TRAINING)
    if isinstance(training, dict):
        of_families = {
            **_training_defaults(config_type, current),
            **_training_defaults(config_type, family),
        }
        tree[_TRAINING] = {key: value for key, value in training.items() if key not in of_families}


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
    owners = [other for other, settings in known.items() if name in settings.model_fields]
    if owners:
        they = (
            f"family {owners[0]} has" if len(owners) == 1 else f"families {', '.join(owners)} have"
        )
        return f"{message}. The {they} it: {set_option(f'{_SECTION}.{_KEY}', owners[0])}"
    if name in _front_end(config_type).model_fields:
        return f"{message}. Do you mean front_end.{name}?"
    return message


def _front_end(config_type: type[RunConfig]) -> type[FrontEndConfig]:
    return type(config_type.model_fields["front_end"].default)


def _training_defaults(config_type: type[RunConfig], family: Any) -> Mapping[str, Any]:
    known = families(config_type)
    return known[family].training_defaults if isinstance(family, str) and family in known else {}


def _default_family(config_type: type[RunConfig]) -> str | None:
    if not families(config_type):
        return None
    chosen: str = getattr(config_type.model_fields[_SECTION].default, _KEY)
    return chosen
