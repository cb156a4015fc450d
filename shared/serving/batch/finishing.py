"""The end of scoring: parts become the output, if they are all of it. Needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from pathlib import Path

from shared.errors import UserError
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.serving.batch.assembling import assemble
from shared.serving.batch.journal import Progressed, State, read_state, remove_part
from shared.serving.batch.shards import BLOCK_ROWS, Shard, find_shards
from shared.serving.batch.summary import ScoringSummary

__all__ = ["finish", "merge_shards"]


def merge_shards(context: StageContext, output_path: Path) -> ScoringSummary:
    """Put the parts of all shards together, after a proof that nothing is missing or twice.

    Each input is in one block, each block in one shard; every shard must be there, whole, with all
    the rows that fall to it, and made of the same inputs, model and settings.

    Args:
        context: The run whose model scored them.
        output_path: As it was given to the shards.

    Raises:
        UserError: Something is missing or differs; the message says what.
    """
    shards = find_shards(output_path)
    if not shards:
        raise UserError(
            f"{output_path}: there is no shard of it. --shard NUMBER/COUNT with the same --output"
            " makes one."
        )
    _require_all(output_path, list(shards))
    signature = SignatureRecord.read(context.run)
    states = [_require_whole(path, shard) for shard, path in shards.items()]
    for (shard, path), state in zip(shards.items(), states, strict=True):
        _require_same(path, shard, state, states[0])
    if states[0].identity.weights_sha256 != signature.weights_sha256:
        raise UserError(f"{context.run.path} is not the run whose model scored the shards.")
    return finish(context, signature, output_path, list(shards.values()))


def finish(
    context: StageContext, signature: SignatureRecord, output_path: Path, parts: Sequence[Path]
) -> ScoringSummary:
    """Turn whole parts into the output, remove them, and say what became of the inputs.

    Args:
        context: Where it is said.
        signature: Of the model.
        output_path: Replaced at once.
        parts: Whole, and all of them, in order.
    """
    states = [state for part in parts if (state := read_state(part)) is not None]
    identity = states[0].identity
    if identity.form == "csv":
        parts[0].replace(output_path)
    else:
        assemble(parts, output_path, identity.num_inputs)
    for part in parts:
        remove_part(part)
    done = reduce(Progressed.plus, (state.done for state in states))
    names = {one.name for one in signature.signatures["serving_default"].outputs}
    kind = signature.calibration.decision.kind
    summary = ScoringSummary(
        num_inputs=done.rows,
        num_errors=done.errors,
        weights_sha256=signature.weights_sha256,
        num_abstained=done.abstained if "abstain" in names else None,
        why_always=signature.calibration.why_always_abstains,
        decides_for="" if kind == "most_probable" else kind,
    )
    for sentence in summary.sentences(output_path):
        context.progress.log(sentence)
    return summary


def _require_all(output_path: Path, shards: Sequence[Shard]) -> None:
    counts = sorted({shard.count for shard in shards})
    if len(counts) > 1:
        raise UserError(
            f"{output_path}: there are shards of {' and of '.join(map(str, counts))}. Remove those"
            " that are not meant."
        )
    there = {shard.number for shard in shards}
    missing = [f"{number}/{counts[0]}" for number in range(1, counts[0] + 1) if number not in there]
    if missing:
        raise UserError(
            f"{output_path}: shards are missing: {', '.join(missing[:10])}"
            f"{' and more' if len(missing) > 10 else ''}. Score each with --shard."
        )


def _require_whole(path: Path, shard: Shard) -> State:
    state = read_state(path)
    if state is None or not state.is_complete:
        rows = 0 if state is None else state.done.rows
        raise UserError(
            f"{path} is not whole yet ({rows:,} rows). Go on with --shard"
            f" {shard.number}/{shard.count} --resume."
        )
    num_bytes = path.stat().st_size
    if num_bytes != state.num_bytes:
        raise UserError(
            f"{path} has {num_bytes:,} bytes instead of {state.num_bytes:,}. Remove it and"
            f" {path.name}.json, and score the shard again."
        )
    return state


def _require_same(path: Path, shard: Shard, state: State, first: State) -> None:
    if differing := first.identity.differences(state.identity):
        raise UserError(
            f"{path}: {differing} is not what the first shard was made of. Score both again."
        )
    expected = shard.num_rows(state.identity.num_inputs, BLOCK_ROWS)
    if state.done.rows != expected:
        raise UserError(f"{path} counts {state.done.rows:,} rows instead of {expected:,}.")
