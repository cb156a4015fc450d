"""WAV bytes -> waveform of fixed length -> log-mel image, in stock TensorFlow operations.

The served model therefore takes files as they are. A row depends on its batch by rounding only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from pipelines.speech.config import SpeechConfig
from pipelines.speech.denoising.fit import fit_denoiser
from pipelines.speech.denoising.served import CLEANED
from pipelines.speech.in_graph.causal_mel import FRAMES_OF_A_STEP, CausalMel
from pipelines.speech.in_graph.resampling import middle, resample_middle
from pipelines.speech.in_graph.riff import PCM, WavHeaders, read_headers, read_samples
from pipelines.speech.models.families import StreamingConfig
from pipelines.speech.models.floor import fit_floor
from pipelines.speech.models.log_mel import SOUND_FRAMES, LogMel, SoundFrames
from shared.contract import Examples

__all__ = [
    "DecodeWav",
    "build_decode",
    "build_preprocess",
    "causal_mel_layer",
    "log_mel_layer",
    "num_causal_frames",
    "num_frames",
    "num_samples",
]


def num_samples(config: SpeechConfig) -> int:
    """Samples in one decoded row."""
    return round(config.data.row_seconds * config.data.sample_rate_hz)


def num_frames(config: SpeechConfig) -> int:
    """Frames in one log-mel image."""
    frame, hop = (
        round(seconds * config.data.sample_rate_hz)
        for seconds in (config.front_end.frame_seconds, config.front_end.hop_seconds)
    )
    return 1 + (num_samples(config) - frame) // hop


def log_mel_layer(
    config: SpeechConfig, kind: type[LogMel] = LogMel, name: str = "log_mel"
) -> LogMel:
    """Waveforms -> log-mel images, or what another kind of such a layer tells of them."""
    settings = config.front_end
    return kind(
        sample_rate_hz=config.data.sample_rate_hz,
        frame_seconds=settings.frame_seconds,
        hop_seconds=settings.hop_seconds,
        num_mels=settings.num_mels,
        range_db=settings.range_db,
        trim_db=settings.trim_db,
        name=name,
    )


def num_causal_frames(config: SpeechConfig) -> int:
    """Frames that a causal network hears of a clip: as many whole steps as fit."""
    hop = round(config.front_end.hop_seconds * config.data.sample_rate_hz)
    return num_samples(config) // (FRAMES_OF_A_STEP * hop) * FRAMES_OF_A_STEP


def causal_mel_layer(config: SpeechConfig) -> CausalMel:
    """Waveforms -> log-mel images of which each frame knows only what was before."""
    settings = config.front_end
    return CausalMel(
        sample_rate_hz=config.data.sample_rate_hz,
        frame_seconds=settings.frame_seconds,
        hop_seconds=settings.hop_seconds,
        num_mels=settings.num_mels,
        num_frames=num_causal_frames(config),
        name="causal_mel",
    )


def build_decode(config: SpeechConfig) -> keras.Model:
    """Wire -> row: `wav` (batch,) bytes -> `waveform` (batch, samples) float32 in [-1, 1).

    `wav` are 16-bit PCM WAV files, plain or extensible.

    Any sample rate from 1 to 384 kHz, up to 64 channels. Shorter clips are padded with
    silence on both sides, of longer ones the middle is kept.
    """
    wav = keras.Input((), dtype="string", name="wav")
    waveform = DecodeWav(
        sample_rate_hz=config.data.sample_rate_hz, num_samples=num_samples(config), name="waveform"
    )(wav)
    return keras.Model({"wav": wav}, {"waveform": waveform}, name="decode")


def build_preprocess(config: SpeechConfig, train: Examples) -> keras.Model:
    """Row -> tensors: `waveform` (batch, samples) -> `log_mel` (batch, frames, mels) in [0, 1].

    Every clip is scaled by itself, so that neither gain nor the training split shapes it. Only
    `floor_logits` (batch, classes) float32 are fitted, and with `data.denoise` the network that
    cleans the waveform first; `sound_frames` (batch, 2) int32 then are where its sound begins and
    ends, which the served explanation needs. A causal network reads `causal_mel` (batch, frames,
    mels) in [0, 1] instead, which nothing scales.

    Args:
        config: Front-end settings.
        train: The training split.
    """
    waveform = keras.Input((num_samples(config),), name="waveform", dtype="float32")
    layer = log_mel_layer(config)
    decode = build_decode(config)
    outputs = {}
    heard = waveform
    decoded = decode.output["waveform"]
    if config.data.denoise is not None:
        denoiser = fit_denoiser(config, train, decode)
        heard = keras.layers.Identity(name=CLEANED)(denoiser(waveform))
        decoded = denoiser(decoded)
        outputs[SOUND_FRAMES] = log_mel_layer(config, SoundFrames, SOUND_FRAMES)(heard)
    outputs["log_mel"] = layer(heard)
    log_mel_of = keras.Model(decode.input, layer(decoded))
    outputs |= fit_floor(config, train, log_mel_of, outputs["log_mel"])
    if isinstance(config.model, StreamingConfig):
        outputs["causal_mel"] = causal_mel_layer(config)(waveform)
    return keras.Model({"waveform": waveform}, outputs, name="preprocess")


@keras.saving.register_keras_serializable(package="plumbline")
class DecodeWav(keras.layers.Layer):
    """Decodes, mixes to mono, resamples where needed, and cuts or pads around the middle.

    Clip by clip.

    Args:
        sample_rate_hz: Rate of the result.
        num_samples: Length of the result.
    """

    def __init__(self, *, sample_rate_hz: int, num_samples: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sample_rate_hz = sample_rate_hz
        self.num_samples = num_samples

    def call(self, wav: Any) -> Any:
        """(batch,) bytes -> (batch, num_samples) float32."""
        return tf.map_fn(
            self._decode_one,
            wav,
            fn_output_signature=tf.TensorSpec((self.num_samples,), tf.float32),
        )

    def _decode_one(self, wav: tf.Tensor) -> tf.Tensor:
        header = read_headers(wav[None])
        checks = list(_require_sound(header))
        with tf.control_dependencies(checks):
            rate_hz = tf.identity(header.rate_hz[0])
        samples = read_samples(wav, header.start[0], header.promised_bytes[0], header.channels[0])
        mono = tf.reduce_mean(samples, axis=1)
        # The plain way keeps samples bit for bit.
        return tf.cond(
            tf.equal(rate_hz, self.sample_rate_hz),
            lambda: middle(mono, self.num_samples),
            lambda: resample_middle(
                mono,
                rate_hz,
                sample_rate_hz=self.sample_rate_hz,
                num_samples=self.num_samples,
            ),
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch,) -> (batch, num_samples)."""
        return (input_shape[0], self.num_samples)

    def compute_output_spec(self, wav: Any) -> keras.KerasTensor:
        """Float samples, although the input is text; spares Keras tracing the loop to find out."""
        return keras.KerasTensor((wav.shape[0], self.num_samples), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "sample_rate_hz": self.sample_rate_hz,
            "num_samples": self.num_samples,
        }


def _require_sound(header: WavHeaders) -> Iterator[Any]:
    """What the rules of refusal ask, asked again: training has no other guard."""
    yield tf.debugging.assert_equal(header.format_tag, tf.constant(PCM, tf.int64))
    yield tf.debugging.assert_equal(header.bits, tf.constant(16, tf.int64))
    yield tf.debugging.assert_greater_equal(header.rate_hz, tf.constant(1, tf.int64))
    yield tf.debugging.assert_less_equal(header.promised_bytes, header.held_bytes)
    yield tf.debugging.assert_greater_equal(header.promised_bytes, 2 * header.channels)
