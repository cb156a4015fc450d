"""What became of the inputs, in a few sentences for people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["ScoringSummary"]


@dataclass(frozen=True)
class ScoringSummary:
    """What became of the inputs.

    Attributes:
        num_inputs: All inputs found.
        num_errors: How many of them could not be scored; their rows say why.
        weights_sha256: Fingerprint of the model that scored them.
        num_abstained: Scored inputs that the model hands on to a person; None if it has no rule.
        why_always: Why it hands on every input; empty if it does not.
        decides_for: How a class is decided for; empty if it is the most probable one.
    """

    num_inputs: int
    num_errors: int
    weights_sha256: str
    num_abstained: int | None = None
    why_always: str = ""
    decides_for: str = ""

    def sentences(self, output_path: Path) -> list[str]:
        """For the terminal."""
        said = [self._scored(output_path)]
        if self.decides_for:
            said.append(
                f"`decision` follows calibrate.decide_for={self.decides_for}: it is not always the"
                " most probable class"
            )
        if self.num_abstained is not None:
            said.append(self._abstained(self.num_abstained))
        return said

    def _scored(self, output_path: Path) -> str:
        num_scored = self.num_inputs - self.num_errors
        failed = ""
        if self.num_errors:
            failed = f"; {self.num_errors} could not be, see the column 'error'"
        return (
            f"{num_scored} of {self.num_inputs} inputs scored by model"
            f" {self.weights_sha256[:12]}{failed}: {output_path}"
        )

    def _abstained(self, count: int) -> str:
        num_scored = self.num_inputs - self.num_errors
        share = count / num_scored if num_scored else 0.0
        said = f"{count} of {num_scored} ({share:.0%}) are handed on to a person"
        if self.why_always:
            return f"{said}: {self.why_always}"
        if count == 0:
            return said
        return f"{said}: the model is not sure enough of them, see the column 'abstain'"
