"""Writes `data/ham10000/dummy_data`: noise under names of the right form.

`python -m tests.data.ham10000.dummy`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["write_dummy"]

_LESIONS = 8
_HEADER = "lesion_id,image_id,dx,dx_type,age,sex,localization"


def write_dummy(folder: Path) -> None:
    generator = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "masks").mkdir(exist_ok=True)
    lines = [_HEADER]
    for number in range(12):
        lesion = number % _LESIONS
        name = f"ISIC_99{number:05d}"
        pixels = generator.integers(60, 230, (18, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{name}.jpg", quality=70)
        mask = np.zeros((18, 24), dtype=np.uint8)
        mask[6 + lesion % 3 : 12, 8:14] = 255
        Image.fromarray(mask).save(folder / "masks" / f"{name}_segmentation.png")
        age = "" if lesion == 3 else f"{25 + 5 * lesion}.0"
        sex = "unknown" if lesion == 3 else "female" if lesion % 2 else "male"
        lines.append(
            f"FAKE_{lesion:07d},{name},{'mel' if lesion % 2 else 'nv'},histo,{age},{sex},back"
        )
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")
    (folder / "README.md").write_text(
        "Generated noise (tests/data/ham10000/dummy.py): nobody's skin.\n"
    )


if __name__ == "__main__":
    write_dummy(Path("data/ham10000/dummy_data"))
