"""Small DICOM files, made in code, of a patient whose name must never be seen again."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

__all__ = ["IDENTIFYING", "dicom", "encapsulated"]

IDENTIFYING = {
    "PatientName": "Quixotic^Zebulon",
    "PatientBirthDate": "19430517",
    "OtherPatientIDs": "OTHERID-77231",
    "PatientAddress": "12 Umbrella Lane",
    "InstitutionName": "Hospital of Saint Gwendolyn",
    "ReferringPhysicianName": "Yttrium^Walburga",
    "AccessionNumber": "ACC-5529103",
    "StudyDate": "20190423",
    "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.48291",
    "StudyDescription": "Followup Quixotic",
    "DeviceSerialNumber": "SN-0099812",
}
"""Header fields that tell who, where and when."""


def dicom(
    pixels: NDArray[Any] | None,
    *,
    syntax: UID = ExplicitVRLittleEndian,
    patient: str = "MRN-4471193",
    **fields: Any,
) -> bytes:
    """A DICOM file.

    Args:
        pixels: (height, width) or (height, width, 3); None leaves the image out.
        syntax: Transfer syntax, uncompressed.
        patient: PatientID.
        **fields: Header fields to add or change; None removes one.
    """
    dataset = Dataset()
    told = {"PatientID": patient, "Modality": "CR", "PatientSex": "F", "PatientAge": "067Y"}
    for name, value in (IDENTIFYING | told).items():
        setattr(dataset, name, value)
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    if pixels is not None:
        _set_pixels(dataset, pixels)
    for name, value in fields.items():
        if value is None:
            delattr(dataset, name)
        else:
            setattr(dataset, name, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = syntax
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _set_pixels(dataset: Dataset, pixels: NDArray[Any]) -> None:
    bits = pixels.dtype.itemsize * 8
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OW"


def encapsulated(codestream: bytes, pixels: NDArray[Any], *, syntax: UID, **fields: Any) -> bytes:
    """A DICOM file whose image is compressed.

    The bytes of a JPEG, JPEG 2000 or other codestream of `pixels`.
    """
    return dicom(pixels, syntax=syntax, PixelData=encapsulate([codestream]), **fields)
