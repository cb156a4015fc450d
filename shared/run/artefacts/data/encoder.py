"""The pretrained encoder of a run: what it is, so that a result can be traced to its weights."""

from __future__ import annotations

from shared.block import Block

__all__ = ["EncoderRecord"]


class EncoderRecord(Block):
    """Files of a pretrained encoder.

    Attributes:
        name: The folder's name, or the preset or address that `model.encoder` names.
        layout: Who wrote the files: `Hugging Face`, `timm` or `KerasHub`.
        architecture: What they call it.
        size_bytes: Of all that the hash covers.
        sha256: Hex, over the names and contents of `config.json`, weights and vocabulary.
        licence: As the files state it; None where they state none.
    """

    name: str
    layout: str
    architecture: str
    size_bytes: int
    sha256: str
    licence: str | None

    @property
    def summary(self) -> str:
        """In one line, for people."""
        licence = self.licence or "not stated"
        return (
            f"{self.name}: {self.architecture} ({self.layout}), {self.size_bytes / 1e6:,.1f} MB,"
            f" licence {licence}, SHA-256 {self.sha256}"
        )
