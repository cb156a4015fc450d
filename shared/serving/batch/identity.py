"""What a result is made of: only the same may be continued, or put together."""

from __future__ import annotations

from shared.block import Block
from shared.serving.batch.table_bytes import Form

__all__ = ["Identity"]


class Identity(Block):
    """What decides every byte of a result.

    Attributes:
        input: Fingerprint of a file's content; of many files, of their names, sizes and times.
        num_inputs: How many there are.
        model: Fingerprint of graph, weights and signature.
        weights_sha256: Of the weights alone, as the run knows them.
        settings: Fingerprint of how inputs are read.
        form: Of the bytes.
        block_rows: Rows of a block.
    """

    input: str
    num_inputs: int
    model: str
    weights_sha256: str
    settings: str
    form: Form
    block_rows: int

    def differences(self, other: Identity) -> str:
        """What differs, in words; empty if nothing does."""
        named = {
            "the input": (self.input, self.num_inputs),
            "the model": (self.model, self.weights_sha256),
            "a setting under data": (self.settings,),
            "the format of the output": (self.form, self.block_rows),
        }
        others = (
            (other.input, other.num_inputs),
            (other.model, other.weights_sha256),
            (other.settings,),
            (other.form, other.block_rows),
        )
        pairs = zip(named.items(), others, strict=True)
        return " and ".join(name for (name, own), its in pairs if own != its)
