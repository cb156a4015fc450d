from __future__ import annotations

import os

import pytest

from shared.cluster.cluster import Cluster
from shared.cluster.slurm import expand_hosts, expand_tasks_per_node, read_slurm_cluster
from shared.errors import ConfigError

STEP = {
    "SLURM_JOB_ID": "7",
    "SLURM_STEP_NUM_TASKS": "3",
    "SLURM_STEP_NODELIST": "node[1-2]",
    "SLURM_STEP_TASKS_PER_NODE": "2,1",
    "SLURM_PROCID": "1",
    "SLURM_NODEID": "0",
    "SLURM_LOCALID": "1",
}


def test_tasks_of_one_node_get_neighbouring_ports() -> None:
    assert read_slurm_cluster(STEP) == Cluster(
        ("node1:20350", "node1:20351", "node2:20350"), 1, "Slurm"
    )


def test_every_task_finds_the_same_workers_and_its_own_place() -> None:
    places = [("0", "0"), ("0", "1"), ("1", "0")]
    found = [
        read_slurm_cluster(
            {**STEP, "SLURM_PROCID": str(rank), "SLURM_NODEID": node, "SLURM_LOCALID": local}
        )
        for rank, (node, local) in enumerate(places)
    ]
    assert [cluster and cluster.index for cluster in found] == [0, 1, 2]
    assert len({cluster.workers for cluster in found if cluster}) == 1


def test_the_first_port_can_be_chosen() -> None:
    cluster = read_slurm_cluster({**STEP, "PLUMBLINE_PORT": "9000"})
    assert cluster is not None
    assert cluster.workers == ("node1:9000", "node1:9001", "node2:9000")


@pytest.mark.parametrize(
    "environment",
    [{}, {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4"}, {**STEP, "SLURM_STEP_NUM_TASKS": "1"}],
)
def test_outside_a_step_of_several_tasks_there_is_no_cluster(environment: dict[str, str]) -> None:
    assert read_slurm_cluster(environment) is None


def test_the_cluster_is_that_of_tensorflow_where_tensorflow_can_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import tensorflow as tf

    for name, value in STEP.items():
        monkeypatch.setenv(name, value)
    # Told of GPUs, since it asks nvidia-smi otherwise; told not to choose among them.
    resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
        port_base=20350, gpus_per_node=2, gpus_per_task=1, auto_set_gpu=False
    )
    cluster = read_slurm_cluster(os.environ)
    assert cluster is not None
    assert resolver.cluster_spec().as_dict() == {"worker": list(cluster.workers)}
    assert resolver.get_task_info() == ("worker", cluster.index)


def test_hosts_keep_the_order_in_which_slurm_numbers_the_tasks() -> None:
    step = {
        **STEP,
        "SLURM_STEP_NODELIST": "node[9-10]",
        "SLURM_STEP_TASKS_PER_NODE": "1(x2)",
        "SLURM_STEP_NUM_TASKS": "2",
    }
    cluster = read_slurm_cluster(
        {**step, "SLURM_PROCID": "1", "SLURM_NODEID": "1", "SLURM_LOCALID": "0"}
    )
    assert cluster is not None
    assert cluster.workers[cluster.index].startswith("node10:")


@pytest.mark.parametrize(
    ("expression", "hosts"),
    [
        ("node1", ["node1"]),
        ("n[08-10]", ["n08", "n09", "n10"]),
        ("n[1,3-4],login.example", ["n1", "n3", "n4", "login.example"]),
        ("rack[1-2]n[1-2]", ["rack1n1", "rack1n2", "rack2n1", "rack2n2"]),
        ("gpu[1-2]-ib", ["gpu1-ib", "gpu2-ib"]),
    ],
)
def test_host_lists_are_written_out(expression: str, hosts: list[str]) -> None:
    assert expand_hosts(expression) == hosts


@pytest.mark.parametrize(
    "expression", ["", ",", "n[1-", "n]1[", "n[]", "n[2-1]", "n[a-b]", "n 1", "n[[1]]", "n[1-2-3]"]
)
def test_malformed_host_lists_are_refused(expression: str) -> None:
    with pytest.raises(
        ConfigError, match=r"SLURM_STEP_NODELIST must look like node\[01-03,7\],login; received"
    ):
        expand_hosts(expression)


def test_task_counts_are_written_out() -> None:
    assert expand_tasks_per_node("3(x2),2,1") == [3, 3, 2, 1]


@pytest.mark.parametrize("expression", ["", "x2", "2(x)", "-1", "2;1"])
def test_malformed_task_counts_are_refused(expression: str) -> None:
    with pytest.raises(ConfigError, match=r"must look like 3\(x2\),1; received"):
        expand_tasks_per_node(expression)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"SLURM_PROCID": None}, "SLURM_PROCID is not set"),
        ({"SLURM_PROCID": "first"}, "SLURM_PROCID must be a whole number; received 'first'"),
        ({"SLURM_STEP_NUM_TASKS": "4"}, r"disagree: 4 tasks .*\[2, 1\]"),
        ({"SLURM_STEP_NODELIST": "node1"}, r"disagree: .*on \['node1'\]"),
        (
            {"SLURM_PROCID": "1", "SLURM_NODEID": "1", "SLURM_LOCALID": "0"},
            "task 1 is task 0 of node 1.*--distribution=block",
        ),
        ({"SLURM_PROCID": "3"}, "--distribution=block"),
        ({"PLUMBLINE_PORT": "65535"}, "PLUMBLINE_PORT must leave 2 ports"),
    ],
)
def test_variables_that_fit_no_cluster_are_refused(
    changes: dict[str, str | None], fault: str
) -> None:
    environment = {name: value for name, value in {**STEP, **changes}.items() if value is not None}
    with pytest.raises(ConfigError, match=fault):
        read_slurm_cluster(environment)
