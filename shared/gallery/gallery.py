"""`gallery.json` and the files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from shared.contract import Examples, Splits
from shared.gallery.choice import ChosenRow, choose_rows
from shared.gallery.media import Shown, show_row
from shared.run.artefacts.calibration_file import CalibrationRecord, read_calibrated_predictions
from shared.run.artefacts.gallery_file import Gallery, GalleryItem
from shared.run.context import StageContext
from shared.run.files import GALLERY_FOLDER
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["write_gallery"]


def write_gallery(context: StageContext, splits: Splits) -> None:
    """Choose test rows and write them, as `gallery.json` and `gallery/<position>.<suffix>`.

    In a cross-validation they are of the first fold, whose model is deployed.
    """
    run = context.run
    target = CalibrationRecord.read(run).deciding(splits.target)
    test = splits.test
    answered = _of_examples(read_calibrated_predictions(run, "test"), test)
    is_finite = bool(np.isfinite(answered.scores).all())
    if isinstance(target, Categories) and is_finite:
        chosen = choose_rows(target, answered, seed=context.config.train.seed)
        shown = [_shown(splits, one.place) for one in chosen]
        items = [_item(target, answered, test, one) for one in chosen]
        num_mistakes = int((target.decide(answered.scores) != answered.targets).sum())
    else:
        shown = []
        items = []
        num_mistakes = 0
    names = [f"{place}{look.suffix}" if look.suffix else "" for place, look in enumerate(shown)]
    files = {name: look.content for name, look in zip(names, shown, strict=True) if name}
    run.write_folder(GALLERY_FOLDER, lambda folder: _fill(folder, files))
    looks = zip(items, shown, names, strict=True)
    complete = tuple(_with_look(item, look, name) for item, look, name in looks)
    Gallery(n=len(answered), num_mistakes=num_mistakes, items=complete).write(run)


def _with_look(item: GalleryItem, look: Shown, name: str) -> GalleryItem:
    file = f"{GALLERY_FOLDER}/{name}" if name else ""
    return item.model_copy(update={"medium": look.medium, "file": file, "text": look.text})


def _of_examples(predictions: Predictions, examples: Examples) -> Predictions:
    """The predictions of these examples, in their order."""
    places = {id_: place for place, id_ in enumerate(predictions.ids.tolist())}
    return predictions.take(np.array([places[id_] for id_ in examples.ids.tolist()], np.int64))


def _shown(splits: Splits, place: int) -> Shown:
    wire = splits.test.rows(np.array([place], dtype=np.int64))
    return show_row(wire, splits.content, splits.columns)


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _item(
    target: Categories, answered: Predictions, test: Examples, chosen: ChosenRow
) -> GalleryItem:
    place = chosen.place
    scores = answered.scores[place : place + 1]
    shares = target.probabilities(scores)[0]
    decided = int(target.decide(scores)[0])
    truth = int(answered.targets[place])
    groups = {str(name): str(value) for name, value in test.groups.iloc[place].items()}
    return GalleryItem(
        id=str(answered.ids[place]),
        kind=chosen.kind,
        decided=target.names[decided],
        probability=float(shares[decided]),
        truth=target.names[truth],
        truth_probability=float(shares[truth]),
        groups=groups,
        medium="none",
    )
