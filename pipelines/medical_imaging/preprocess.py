"""From an image file's bytes to pixels of one size, as a graph that is deployed with the model."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.in_graph.gif import first_image_alone, read_gif_headers
from pipelines.medical_imaging.in_graph.jpeg import read_jpeg_headers, turned
from pipelines.medical_imaging.models.floor import fit_floor
from pipelines.medical_imaging.reading.pixels import IMAGE, IMAGE_BYTES
from shared.contract import Examples
from shared.loading.columns.encoding import EncodeTabular, fit_tabular
from shared.loading.columns.values import TABULAR

__all__ = ["DecodeImages", "build_decode", "build_preprocess"]


@keras.saving.register_keras_serializable(package="plumbline")
class DecodeImages(keras.layers.Layer):
    """Decode image files of any size and scale them to one.

    Scaling is bilinear with anti-aliasing (a plain bilinear filter would drop pixels of large
    images) and does not keep the aspect ratio. Of an animation, the first frame counts, and no
    other is unpacked. A JPEG is turned as its camera notes.

    Args:
        height_px: Height of the result.
        width_px: Width of the result.
    """

    def __init__(self, height_px: int, width_px: int, **kwargs: Any) -> None:
        super().__init__(dtype="uint8", **kwargs)
        self.height_px = height_px
        self.width_px = width_px

    def call(self, image_bytes: Any) -> Any:
        """(batch,) string -> (batch, height, width, 3) uint8."""
        result = tf.TensorSpec((self.height_px, self.width_px, 3), tf.uint8)
        return tf.map_fn(self._decode_one, image_bytes, fn_output_signature=result)

    def compute_output_spec(self, image_bytes: Any) -> keras.KerasTensor:
        """Tells Keras the result without running string operations on placeholders."""
        return keras.KerasTensor(
            (image_bytes.shape[0], self.height_px, self.width_px, 3), dtype="uint8"
        )

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        config = super().get_config()
        del config["dtype"]
        return {**config, "height_px": self.height_px, "width_px": self.width_px}

    def _decode_one(self, image_bytes: Any) -> Any:
        files = image_bytes[None]
        content = first_image_alone(image_bytes, read_gif_headers(files).data[0])
        stored = tf.io.decode_image(content, channels=3, dtype=tf.uint8, expand_animations=False)
        stored.set_shape((None, None, 3))
        pixels = turned(stored, read_jpeg_headers(files).orientation[0])
        pixels.set_shape((None, None, 3))
        scaled = tf.image.resize(
            pixels, (self.height_px, self.width_px), method="bilinear", antialias=True
        )
        return tf.cast(tf.clip_by_value(tf.round(scaled), 0.0, 255.0), tf.uint8)


def build_decode(config: MedicalConfig) -> keras.Model:
    """Files -> rows: `image_bytes` (batch,) string -> `image` (batch, height, width, 3) uint8.

    With `data.tabular_columns`, `tabular` (batch, columns) string passes beside it.
    """
    image_bytes = keras.Input((), dtype="string", name=IMAGE_BYTES)
    image = DecodeImages(
        config.data.image_height_px, config.data.image_width_px, name="decode_images"
    )(image_bytes)
    texts = _texts(config)
    passed = {
        name: keras.layers.Identity(dtype="string", name="texts")(values)
        for name, values in texts.items()
    }
    return keras.Model({IMAGE_BYTES: image_bytes, **texts}, {IMAGE: image, **passed}, name="decode")


def build_preprocess(config: MedicalConfig, train: Examples) -> keras.Model:
    """Rows -> tensors: the image as it is, and `floor_logits` (batch, classes) float32.

    Bytes take a quarter of the memory of floats in the training cache; the model rescales them
    itself. With `data.tabular_columns`: also `tabular` (batch, columns, any) float32.
    """
    image = keras.Input(
        (config.data.image_height_px, config.data.image_width_px, 3), dtype="uint8", name=IMAGE
    )
    pixels = keras.layers.Identity(dtype="uint8", name="pixels")(image)
    texts = _texts(config)
    encode = _fit_encoding(config, train) if texts else None
    encoded = {} if encode is None else {TABULAR: encode(texts[TABULAR])}
    decode = build_decode(config)
    floor = fit_floor(config, train, decode, {IMAGE: image, **encoded}, encode)
    return keras.Model(
        {IMAGE: image, **texts}, {IMAGE: pixels, **encoded, **floor}, name="preprocess"
    )


def _texts(config: MedicalConfig) -> dict[str, Any]:
    """The input of the values beside an image, if there are any."""
    columns = config.data.tabular_columns
    return {TABULAR: keras.Input((len(columns),), dtype="string", name=TABULAR)} if columns else {}


def _fit_encoding(config: MedicalConfig, train: Examples) -> EncodeTabular:
    columns = config.data.tabular_columns
    fitted = fit_tabular(columns, config.data.tabular_numbers, train)
    return EncodeTabular(fitted, name="encode_tabular")
