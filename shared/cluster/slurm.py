"""The cluster of a Slurm job step: `srun python -m pipelines run …` starts one worker per task.

`tf.distribute.cluster_resolver.SlurmClusterResolver` reads the same variables, and gives the same
cluster where both hold (tested). It is not used, because in TensorFlow 2.21 it (a) needs
`nvidia-smi`, and divides by zero on nodes without GPUs; (b) sorts hosts as text, so that on node9
and node10 the ranks of Slurm and the addresses of TensorFlow disagree and each worker listens in
the other's place; (c) takes tasks to be laid out in blocks without looking; (d) has one port for
all jobs of a cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product

from shared.cluster.cluster import PORT_VARIABLE, Cluster
from shared.errors import ConfigError

__all__ = ["expand_hosts", "expand_tasks_per_node", "read_slurm_cluster"]

_FIRST_PORT, _NUM_PORTS, _PORTS_PER_JOB = 20_000, 10_000, 50
"""Below 32768, where Linux begins to give out ports by itself. A job has 50: one per task of a
node, as many as fit on big nodes."""


def read_slurm_cluster(environment: Mapping[str, str]) -> Cluster | None:
    """The cluster that a task's environment variables describe.

    None outside a job step, or if the step has one task only.

    Ports count up from PLUMBLINE_PORT, or from one that follows from the job's id: two jobs that
    share a node rarely meet.

    Args:
        environment: As `srun` sets it: SLURM_STEP_NUM_TASKS, SLURM_STEP_NODELIST,
            SLURM_STEP_TASKS_PER_NODE, SLURM_PROCID, SLURM_NODEID, SLURM_LOCALID, SLURM_JOB_ID.

    Raises:
        ConfigError: A variable is missing or malformed, or tasks are not laid out node by node.
    """
    if _read_number({"SLURM_STEP_NUM_TASKS": "1", **environment}, "SLURM_STEP_NUM_TASKS") < 2:
        return None
    hosts = expand_hosts(_read(environment, "SLURM_STEP_NODELIST"))
    tasks_per_node = expand_tasks_per_node(_read(environment, "SLURM_STEP_TASKS_PER_NODE"))
    num_tasks, index = (
        _read_number(environment, f"SLURM_{name}") for name in ("STEP_NUM_TASKS", "PROCID")
    )
    if len(hosts) != len(tasks_per_node) or sum(tasks_per_node) != num_tasks:
        raise ConfigError(
            f"Slurm's variables disagree: {num_tasks} tasks (SLURM_STEP_NUM_TASKS), but"
            f" {tasks_per_node} (SLURM_STEP_TASKS_PER_NODE) on {hosts} (SLURM_STEP_NODELIST). Start"
            " the program by srun, within one job."
        )
    places = [(node, local) for node, tasks in enumerate(tasks_per_node) for local in range(tasks)]
    own_place = (
        _read_number(environment, "SLURM_NODEID"),
        _read_number(environment, "SLURM_LOCALID"),
    )
    if index >= num_tasks or places[index] != own_place:
        raise ConfigError(
            f"Slurm task {index} is task {own_place[1]} of node {own_place[0]}, so tasks are not"
            " laid out node by node. Start the program with srun --distribution=block."
        )
    first_port = _first_port(environment, max(tasks_per_node))
    return Cluster(
        tuple(f"{hosts[node]}:{first_port + local}" for node, local in places),
        index,
        origin="Slurm",
    )


def expand_hosts(expression: str) -> list[str]:
    """Slurm's short form of a list of hosts, written out in its order.

    `rack[1-2]n[08-10],login` has seven.

    Raises:
        ConfigError: It is no such form.
    """
    hosts = [
        host
        for part in _split_outside_brackets(expression)
        for host in _expand_part(part, expression)
    ]
    if not hosts:
        raise _not_a_host_list(expression)
    return hosts


def expand_tasks_per_node(expression: str) -> list[int]:
    """Slurm's short form of task counts, written out: `3(x2),1` is `[3, 3, 1]`.

    Raises:
        ConfigError: It is no such form.
    """
    counts: list[int] = []
    for part in expression.split(","):
        found = re.fullmatch(r"(\d{1,6})(?:\(x(\d{1,6})\))?", part.strip())
        if found is None:
            raise ConfigError(
                f"SLURM_STEP_TASKS_PER_NODE must look like 3(x2),1; received {expression!r}."
            )
        counts += [int(found[1])] * int(found[2] or 1)
    return counts


def _split_outside_brackets(expression: str) -> list[str]:
    return (
        re.findall(r"(?:[^,\[\]]|\[[^\[\]]*\])+", expression) if _is_balanced(expression) else [""]
    )


def _is_balanced(expression: str) -> bool:
    return re.fullmatch(r"(?:[^\[\]]|\[[^\[\]]+\])+", expression) is not None


def _expand_part(part: str, expression: str) -> Iterator[str]:
    if not re.fullmatch(r"(?:[\w.-]|\[[\d,-]+\])+", part.strip()):
        raise _not_a_host_list(expression)
    pieces = re.findall(r"\[([^\]]+)\]|([^\[\]]+)", part.strip())
    choices = [
        list(_expand_ranges(ranges, expression)) if ranges else [text] for ranges, text in pieces
    ]
    return ("".join(chosen) for chosen in product(*choices))


def _expand_ranges(ranges: str, expression: str) -> Iterator[str]:
    for one in ranges.split(","):
        found = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", one)
        if found is None or int(found[2] or found[1]) < int(found[1]):
            raise _not_a_host_list(expression)
        for number in range(int(found[1]), int(found[2] or found[1]) + 1):
            yield str(number).zfill(len(found[1]))


def _not_a_host_list(expression: str) -> ConfigError:
    return ConfigError(
        f"SLURM_STEP_NODELIST must look like node[01-03,7],login; received {expression!r}."
    )


def _first_port(environment: Mapping[str, str], num_ports: int) -> int:
    if PORT_VARIABLE in environment:
        port = _read_number(environment, PORT_VARIABLE)
        if not 0 < port <= 65536 - num_ports:
            raise ConfigError(
                f"{PORT_VARIABLE} must leave {num_ports} ports from it up to 65535; received"
                f" {port}."
            )
        return port
    job = _read_number(environment, "SLURM_JOB_ID")
    return _FIRST_PORT + job * _PORTS_PER_JOB % _NUM_PORTS


def _read(environment: Mapping[str, str], variable: str) -> str:
    if variable not in environment:
        raise ConfigError(
            f"{variable} is not set, although SLURM_STEP_NUM_TASKS is. Start the program by srun."
        )
    return environment[variable]


def _read_number(environment: Mapping[str, str], variable: str) -> int:
    value = _read(environment, variable)
    if not (value.isascii() and value.isdigit()):
        raise ConfigError(f"{variable} must be a whole number; received {value!r}.")
    return int(value)
