"""Reading TF_CONFIG, by which people and schedulers tell TensorFlow of a cluster.

TensorFlow reads it without looking: a wrong value ends in a traceback, in workers that wait for
each other for ever, or in workers that each train alone. Here it is checked field by field before
anything starts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from shared.cluster.cluster import Cluster
from shared.errors import ConfigError

__all__ = ["EXAMPLE", "parse_tf_config"]

EXAMPLE = (
    '{"cluster": {"worker": ["host-a:2222", "host-b:2222"]}, "task": {"type": "worker",'
    ' "index": 0}}'
)

_JOBS = ("chief", "worker")
"""The chief comes first: with or without a job of its own it is the first of all workers."""
_REFUSED_JOBS = {
    "ps": "parameter servers are not used here; list every process as a worker",
    "evaluator": "validation is part of training here; leave the evaluator out",
    "master": "that is the chief's name in TensorFlow 1; call it 'chief'",
}
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.%\w]+\]|[^\s:/\[\],]+):(\d{1,5})")
"""host:port; an IPv6 address stands in brackets (RFC 3986, section 3.2.2)."""


def parse_tf_config(text: str) -> Cluster | None:
    """The cluster that a value of TF_CONFIG describes; None if it describes none (empty, or `{}`).

    A chief in a job of its own becomes worker 0, as TensorFlow counts it.

    Raises:
        ConfigError: Anything else than a list of workers and a task among them; the message says
            which field.
    """
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise _refusal(f"is not JSON ({error})", text) from error
    if not isinstance(value, dict):
        raise _refusal("must be a JSON object", value)
    if not value:
        return None
    jobs = _read_jobs(value)
    workers = tuple(address for job in _JOBS for address in jobs.get(job, ()))
    repeated = sorted({address for address in workers if workers.count(address) > 1})
    if repeated:
        raise _refusal("gives two workers the same address", repeated[0])
    return Cluster(workers, _read_index(value, jobs), origin="TF_CONFIG")


def _read_jobs(value: Mapping[str, Any]) -> dict[str, list[str]]:
    jobs = value.get("cluster")
    if not isinstance(jobs, dict) or not jobs:
        raise _refusal("needs 'cluster': an object with the addresses of all workers", jobs)
    for job, addresses in jobs.items():
        if job not in _JOBS:
            raise _refusal(
                f"has the job {job!r} in 'cluster';"
                f" {_REFUSED_JOBS.get(job, 'only chief and worker are known')}",
                addresses,
            )
        if not isinstance(addresses, list) or not addresses:
            raise _refusal(f"needs a list of addresses in 'cluster.{job}'", addresses)
        for place, address in enumerate(addresses):
            _check_address(f"cluster.{job}[{place}]", address)
    if len(jobs.get("chief", ())) > 1:
        raise _refusal("has more than one chief in 'cluster.chief'", jobs["chief"])
    return jobs


def _check_address(field: str, address: Any) -> None:
    found = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if found is None or not 0 < int(found[2]) < 65536:
        raise _refusal(f"needs 'host:port' with a port from 1 to 65535 in '{field}'", address)


def _read_index(value: Mapping[str, Any], jobs: Mapping[str, list[str]]) -> int:
    task = value.get("task")
    if not isinstance(task, dict):
        raise _refusal("needs 'task': an object that says which worker this process is", task)
    job = task.get("type")
    index = task.get("index")
    if not isinstance(job, str) or job not in jobs:
        raise _refusal(
            f"needs one of {', '.join(jobs)} (the jobs in 'cluster') in 'task.type'", job
        )
    last = len(jobs[job]) - 1
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= last:
        raise _refusal(
            f"needs a whole number from 0 to {last} in 'task.index' ({job!r} has {last + 1}"
            " addresses)",
            index,
        )
    num_before = len(jobs.get("chief", ())) if job == "worker" else 0
    return index + num_before


def _refusal(fault: str, received: Any) -> ConfigError:
    shown = repr(received)
    return ConfigError(
        f"TF_CONFIG {fault}; received {shown if len(shown) <= 120 else shown[:117] + '...'}.\nA"
        f" right one: {EXAMPLE}"
    )
