"""What a training costs, beside other libraries: `python -m benchmarks.training`.

- plain Keras: the same networks, optimizer and data, by Keras' own `fit`;
- with `--encoder` and `--texts`: fine-tuning beside Hugging Face Transformers on PyTorch;
- with `--series`: ETTh1 beside NeuralForecast's DLinear.

The last two need `--python`, the interpreter of an environment that has these libraries. What is
compared is measured turn and turn about, so that a busy machine disturbs both sides; medians of the
ratios of the rounds are printed.
"""

from __future__ import annotations

import argparse

from benchmarks.training.beside_keras import compare_with_keras
from benchmarks.training.beside_torch import compare_fine_tuning, compare_forecasting

__all__ = ["main"]

_PIPELINES = ["medical_imaging", "sentiment", "speech", "time_series"]


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pipelines", nargs="*", default=_PIPELINES)
    parser.add_argument("--python", help="of an environment with PyTorch, Transformers, …")
    parser.add_argument("--encoder", help="folder of an encoder of texts, such as MiniLM-L6")
    parser.add_argument("--texts", help="folder of SST-2")
    parser.add_argument("--series", help="ETTh1.csv")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=32)
    given = parser.parse_args()
    if (given.encoder or given.texts or given.series) and not given.python:
        parser.error("--encoder, --texts and --series need --python")
    if bool(given.encoder) != bool(given.texts):
        parser.error("--encoder and --texts belong together")
    for name in given.pipelines:
        compare_with_keras(name, given.rounds, given.steps)
    if given.encoder:
        compare_fine_tuning(given.python, given.encoder, given.texts, given.rounds)
    if given.series:
        compare_forecasting(given.python, given.series, given.rounds)


if __name__ == "__main__":
    main()
