"""Settings of the medical imaging pipeline."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from pipelines.medical_imaging.generation.settings import MedicalTrainConfig
from pipelines.medical_imaging.models.families import AnyModelConfig, ResnetConfig
from pipelines.medical_imaging.tabular.settings import TabularDataConfig
from shared.config import ExplainConfig, RunConfig

__all__ = [
    "DICOM_TAGS",
    "DicomTag",
    "MedicalConfig",
    "MedicalDataConfig",
    "MedicalExplainConfig",
    "MedicalTrainConfig",
]

Years = Annotated[int, Field(ge=1, le=120)]
DicomTag = Literal[
    "Modality",
    "BodyPartExamined",
    "ViewPosition",
    "Laterality",
    "ImageLaterality",
    "PatientSex",
    "PatientAge",
    "Manufacturer",
    "ManufacturerModelName",
]
DICOM_TAGS: tuple[DicomTag, ...] = get_args(DicomTag)
"""The header fields of DICOM files that may become groups: none of them tells who the patient
is."""


class MedicalDataConfig(TabularDataConfig):
    """Where images, labels, patients and groups are found."""

    split: Literal["entity", "given", "leave_one_entity_out"] = Field(
        "entity",
        description=(
            "'entity': no patient or lesion straddles two splits; 'given': by `split_column`, by"
            " train/val/test folders, or by the splits of a MedMNIST file (which are always kept)."
        ),
    )
    image_height_px: int = Field(
        64, ge=16, le=1024, description="Images of any size are scaled to this height."
    )
    image_width_px: int = Field(64, ge=16, le=1024, description="And to this width.")
    table: str | None = Field(
        None,
        description=(
            "Table of labels, relative to the source folder; null: the only table there, if there"
            " is one."
        ),
    )
    image_folder: str | None = Field(
        None, description="Folder of the images, relative to the source; null: the whole source."
    )
    image_column: str = Field(
        "image",
        min_length=1,
        description="Names the image's file, with or without folder and suffix.",
    )
    label_column: str = Field("label", min_length=1, description="Column of the class.")
    entity_column: str | None = Field(
        None, description="Patient or lesion; null: each image counts as its own."
    )
    entity_pattern: str | None = Field(
        None,
        description=(
            "Regular expression whose first group, found in the file name, is the entity; for"
            " sources without a table."
        ),
    )
    split_column: str | None = Field(
        None, description="Says train, val or test; needed with split 'given' and a table."
    )
    group_columns: tuple[str, ...] = Field(
        (), description="Columns whose values are compared in the fairness assessment."
    )
    age_column: str | None = Field(
        None, description="Age in years; becomes the group attribute 'age_band'."
    )
    age_band_edges_years: tuple[Years, ...] = Field(
        (30, 45, 60, 75), min_length=1, description="First year of each band but the youngest."
    )
    mask_folder: str | None = Field(
        None,
        description="Folder of masks, relative to the source: bright where the label's cause lies.",
    )
    mask_suffix: str = Field(
        "_segmentation.png",
        min_length=1,
        description="A mask is named like its image's stem plus this.",
    )
    estimate_skin_tone: bool = Field(
        False,
        description=(
            "Add the group attribute 'skin_tone_estimate' from the pixels outside the mask; needs"
            " `mask_folder`."
        ),
    )
    estimate_sharpness: bool = Field(
        False,
        description=(
            "Add the condition 'sharpness_estimate' of image files: blurred, middle and sharp"
            " third of the training split."
        ),
    )
    shows_skin: bool | None = Field(
        None,
        description=(
            "Whether images show skin, so that hairs and shifts of skin tone are among the"
            " perturbations; null: only in the demo."
        ),
    )
    class_names: dict[str, str] = Field(
        {},
        description=(
            "Label as it stands in the data -> name for people. If given, it lists every permitted"
            " label."
        ),
    )
    dataset_name: str | None = Field(
        None, description="Name for people; null: the name of the source."
    )
    dataset_version: str = Field(
        "unknown", description="Version or date of the data, for the report."
    )
    licence: str = Field("unknown", description="Licence of the data, for the report.")
    citation: str = Field("", description="Whom to cite, for the report.")
    white_level: int | None = Field(
        None,
        ge=1,
        lt=2**32,
        description=(
            "Value that is white in PNG and TIFF files of more than 8 bits per channel, such as"
            " 4095 where 16-bit files hold 12 bits; null: the greatest that their bits can hold."
        ),
    )
    dicom_window: tuple[float, Annotated[float, Field(gt=0.0)]] | None = Field(
        None,
        description=(
            "Centre and width of the window for all monochrome DICOM files, after rescaling; null:"
            " as each file says."
        ),
    )
    dicom_entity: bool = Field(
        True,
        description=(
            "Where neither a column nor a file name says whose a DICOM image is, its PatientID"
            " does: as a salted hash, which can't be traced back from a run."
        ),
    )
    dicom_groups: tuple[DicomTag, ...] = Field(
        (),
        description=(
            "DICOM header fields whose values are compared in the fairness assessment; PatientAge"
            " in bands."
        ),
    )
    image_limit_px: int = Field(
        50_000_000,
        ge=256,
        description="Larger images are refused: they may be decompression bombs.",
    )
    npz_limit_mib: int = Field(
        4096, ge=1, description="A MedMNIST file may unpack to this size (MiB)."
    )

    @property
    def shorter_px(self) -> int:
        """The image's shorter side."""
        return min(self.image_height_px, self.image_width_px)

    @property
    def images_show_skin(self) -> bool:
        """Whether images show skin: as configured, else whether they are the demo's."""
        return self.source == "demo" if self.shows_skin is None else self.shows_skin

    @field_validator("entity_pattern")
    @classmethod
    def _has_one_group(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                groups = re.compile(pattern).groups
            except re.error as error:
                raise ValueError(f"must be a regular expression ({error})") from error
            if groups < 1:
                raise ValueError(
                    r"must have a group that is the entity, for example '^(person\d+)_'"
                )
        return pattern

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.estimate_skin_tone and self.mask_folder is None:
            raise ValueError(
                "estimate_skin_tone needs mask_folder: skin tone is estimated from the pixels"
                " outside the mask"
            )
        if list(self.age_band_edges_years) != sorted(set(self.age_band_edges_years)):
            raise ValueError(
                f"age_band_edges_years must increase, received {list(self.age_band_edges_years)}"
            )
        if self.age_column is not None and "PatientAge" in self.dicom_groups:
            raise ValueError(
                "age_column and the dicom_groups PatientAge both give the attribute 'age_band':"
                " keep one"
            )
        if self.age_column is not None and "age_band" in self.group_columns:
            raise ValueError(
                "group_columns may not hold 'age_band' when age_column is given: the attribute of"
                " that name is made from it"
            )
        return self


class MedicalExplainConfig(ExplainConfig):
    """How images are cut into segments."""

    grid_rows: int = Field(8, ge=2, le=64, description="Segments from top to bottom.")
    grid_columns: int = Field(8, ge=2, le=64, description="Segments from left to right.")


class MedicalConfig(RunConfig):
    """Everything that decides a run of the medical imaging pipeline."""

    data: MedicalDataConfig = MedicalDataConfig()
    model: AnyModelConfig = ResnetConfig()
    train: MedicalTrainConfig = MedicalTrainConfig()
    explain: MedicalExplainConfig = MedicalExplainConfig()

    @model_validator(mode="after")
    def _mixes_all_that_is_seen(self) -> Self:
        mixes = self.model.mixup_alpha > 0.0 or self.model.cutmix_alpha > 0.0
        if mixes and self.data.tabular_columns:
            raise ValueError(
                "model.mixup_alpha and model.cutmix_alpha mix images and labels, but not"
                " data.tabular_columns: use one or the other"
            )
        return self

    @model_validator(mode="after")
    def _makes_all_that_is_seen(self) -> Self:
        if self.train.synthesize is not None and self.data.tabular_columns:
            raise ValueError(
                "train.synthesize makes images, but not data.tabular_columns: use one or the other"
            )
        return self

    @model_validator(mode="after")
    def _fits_the_image(self) -> Self:
        shorter_px = self.data.shorter_px
        misfit = self.model.misfit(shorter_px)
        if misfit is not None:
            raise ValueError(
                f"an image of {shorter_px} px {misfit}, or larger data.image_height_px and"
                " data.image_width_px"
            )
        if (
            self.explain.grid_rows > self.data.image_height_px
            or self.explain.grid_columns > self.data.image_width_px
        ):
            raise ValueError(
                "explain.grid_rows and explain.grid_columns may not exceed the image's pixels"
            )
        return self
