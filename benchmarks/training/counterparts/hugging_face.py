"""Fine-tunes an encoder with Transformers on PyTorch, as its users do, and times an epoch.

    python hugging_face.py FOLDER TEXTS.tsv NUM_TEXTS BATCH_SIZE MAX_PIECES padded|grouped

Batches are padded to their longest text; `grouped` puts texts of like length together, as the
Trainer's `group_by_length` does. Prints JSON: `seconds` and `processor_seconds` of the epoch.
"""

from __future__ import annotations

import csv
import importlib
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_WARM_UP_BATCHES = 3
_WINDOW_BATCHES = 50


def main() -> None:
    """One epoch after a few batches that do not count."""
    folder, texts, num_texts, batch_size, max_pieces, order = sys.argv[1:]
    transformers = importlib.import_module("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    rows = _rows(Path(texts), int(num_texts))
    ids = [tokenizer(t, truncation=True, max_length=int(max_pieces))["input_ids"] for t, _ in rows]
    labels = [label for _, label in rows]
    step = _make_step(transformers.AutoModel.from_pretrained(folder), ids, labels)
    batches = _batches([len(row) for row in ids], int(batch_size), is_grouped=order == "grouped")
    for batch in batches[:_WARM_UP_BATCHES]:
        step(batch)
    started, used = time.perf_counter(), time.process_time()
    for batch in batches:
        step(batch)
    spent = {
        "seconds": time.perf_counter() - started,
        "processor_seconds": time.process_time() - used,
    }
    print(json.dumps(spent))


def _rows(path: Path, num_texts: int) -> list[tuple[str, int]]:
    with path.open(newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))[:num_texts]
    return [(text, int(label)) for text, label in rows]


def _batches(lengths: list[int], batch_size: int, *, is_grouped: bool) -> list[list[int]]:
    draw = random.Random(0)  # noqa: S311 - an order, no secret
    order = list(range(len(lengths)))
    draw.shuffle(order)
    window = batch_size * _WINDOW_BATCHES if is_grouped else 1
    starts = range(0, len(order), window)
    order = [i for at in starts for i in sorted(order[at : at + window], key=lengths.__getitem__)]
    last = len(order) - batch_size + 1
    batches = [order[at : at + batch_size] for at in range(0, last, batch_size)]
    draw.shuffle(batches)
    return batches


def _make_step(
    encoder: Any, ids: list[list[int]], labels: list[int]
) -> Callable[[list[int]], None]:
    torch = importlib.import_module("torch")
    torch.manual_seed(0)
    encoder.train()
    head = torch.nn.Linear(encoder.config.hidden_size, 2)
    weights = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=1e-4)

    def step(batch: list[int]) -> None:
        width = max(len(ids[row]) for row in batch)
        pieces = torch.tensor([ids[row] + [0] * (width - len(ids[row])) for row in batch])
        mask = (torch.arange(width) < torch.tensor([[len(ids[row])] for row in batch])).long()
        states = encoder(input_ids=pieces, attention_mask=mask).last_hidden_state
        text = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        truth = torch.tensor([labels[row] for row in batch])
        loss = torch.nn.functional.cross_entropy(head(text), truth)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()

    return step


if __name__ == "__main__":
    main()
