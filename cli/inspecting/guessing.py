"""Which pipeline fits a source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cli.options import configure
from pipelines import NAMES, get_pipeline
from shared.config.suggestions import NO_SUCH_SETTING
from shared.contract import Recognition
from shared.errors import ConfigError, DataError
from shared.loading.files.tables import read_column_names
from shared.loading.other_formats import way_out, ways_out_of
from shared.loading.public.catalogue import find_dataset, is_public
from shared.loading.recognition import find_tables, is_empty

__all__ = ["guess_pipeline"]

_SHOWN_COLUMNS = 8


def guess_pipeline(
    source: Path, preset: str | None = None, assignments: Sequence[str] = ()
) -> tuple[str, str]:
    """The pipeline that recognises a source, and why, in words.

    Args:
        source: As in `data.source`.
        preset: Only a pipeline that has it comes into question.
        assignments: Of settings; likewise.

    Raises:
        DataError: There is no such source, or no pipeline recognises it.
        ConfigError: No pipeline has these settings.
    """
    if str(source) == "demo":
        raise DataError("Each pipeline has a demo of its own: say which with --pipeline NAME.")
    if is_public(str(source)):
        find_dataset(str(source))  # refuses what does not exist
    elif not source.exists():
        raise DataError(f"{source}: there is no such file or folder.")
    possible = _configurable(str(source), preset, assignments)
    recognised = _recognised(str(source), possible)
    if not recognised and len(possible) == 1:
        return possible[0], f"no other pipeline has {_shown_choice(preset, assignments)}"
    if not recognised:
        raise DataError(
            f"{source}: no pipeline recognises this{_seen_in(source)}. Name the pipeline with"
            f" --pipeline NAME: {', '.join(NAMES)}.{_way_out(source)}"
        )
    name = max(recognised, key=lambda name: recognised[name].num_files)
    return name, recognised[name].reason


def _configurable(source: str, preset: str | None, assignments: Sequence[str]) -> list[str]:
    """The pipelines that have a preset and all settings."""
    if preset is None and not assignments:
        return list(NAMES)
    possible: list[str] = []
    errors: list[ConfigError] = []
    for name in NAMES:
        try:
            configure(get_pipeline(name), preset=preset, data=source, assignments=list(assignments))
        except ConfigError as error:
            errors.append(error)
        else:
            possible.append(name)
    if not possible:
        # Whoever knows most of the settings says what is wrong with them.
        unknown = [str(error).count(NO_SUCH_SETTING) for error in errors]
        fewest = min(unknown)
        telling = [error for error, number in zip(errors, unknown, strict=True) if number == fewest]
        if len(set(map(str, telling))) == 1:
            raise telling[0]
        raise ConfigError(
            f"No pipeline has {_shown_choice(preset, assignments)}. Name the pipeline with"
            f" --pipeline NAME: {', '.join(NAMES)}."
        )
    return possible


def _shown_choice(preset: str | None, assignments: Sequence[str]) -> str:
    names = [item.partition("=")[0].strip() for item in assignments]
    settings = f"the setting{'s' * (len(names) > 1)} {', '.join(names)}" if names else ""
    return " with ".join(filter(None, [preset and f"the preset {preset}", settings]))


def _way_out(source: Path) -> str:
    return ways_out_of(source) if source.is_dir() else way_out(source)


def _recognised(source: str, names: Sequence[str]) -> dict[str, Recognition]:
    """The pipelines among `names` that recognise a source, in their order.

    Raises:
        DataError: None does, and one could not read a file of it.
    """
    recognised: dict[str, Recognition] = {}
    errors: list[DataError] = []
    for name in names:
        try:
            found = get_pipeline(name).recognises(source)
        except DataError as error:  # a table that the images beside it may do without
            errors.append(error)
            continue
        if found is not None:
            recognised[name] = found
    if errors and not recognised and len(names) > 1:
        raise errors[0]
    return recognised


def _seen_in(source: Path) -> str:
    if is_empty(source):
        return ": it is empty"
    tables = find_tables(str(source))
    if not tables:
        return ""
    columns = read_column_names(tables[0])
    return f" ({tables[0].name} has the columns {', '.join(columns[:_SHOWN_COLUMNS])})"
