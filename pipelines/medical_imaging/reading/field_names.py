"""What images are called on the wire and in rows."""

from __future__ import annotations

__all__ = ["IMAGE", "IMAGE_BYTES"]

IMAGE_BYTES = "image_bytes"
"""Wire name: (batch,) bytes of a JPEG, PNG, GIF or BMP file."""

IMAGE = "image"
"""Row and tensor name: (batch, height, width, 3) uint8 sRGB."""
