from __future__ import annotations

import json
from typing import Any

import pytest

from shared.cluster.cluster import Cluster
from shared.cluster.tf_config import EXAMPLE, parse_tf_config
from shared.errors import ConfigError

TWO = {"worker": ["a:1", "b:2"]}
FIRST = {"type": "worker", "index": 0}


def describe(cluster: Any = TWO, task: Any = FIRST) -> str:
    return json.dumps({"cluster": cluster, "task": task})


def test_the_example_of_every_message_is_right() -> None:
    assert parse_tf_config(EXAMPLE) == Cluster(("host-a:2222", "host-b:2222"), 0, "TF_CONFIG")


@pytest.mark.parametrize("text", ["", "{}"])
def test_an_empty_value_is_no_cluster(text: str) -> None:
    assert parse_tf_config(text) is None


@pytest.mark.parametrize(
    ("job", "index", "expected"), [("chief", 0, 0), ("worker", 0, 1), ("worker", 1, 2)]
)
def test_a_chief_of_its_own_is_worker_0(job: str, index: int, expected: int) -> None:
    found = parse_tf_config(
        describe({"worker": ["a:1", "b:2"], "chief": ["c:3"]}, {"type": job, "index": index})
    )
    assert found == Cluster(("c:3", "a:1", "b:2"), expected, "TF_CONFIG")


def test_what_tensorflow_reads_is_the_same_cluster() -> None:
    cluster = Cluster(("a:1", "[::1]:2"), 1, "TF_CONFIG")
    assert parse_tf_config(cluster.to_tf_config()) == cluster


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{'cluster': 1}", "is not JSON .*received"),
        ("[1]", r"must be a JSON object; received \[1\]"),
        (
            '{"sparseCluster": {}}',
            "needs 'cluster': an object with the addresses of all workers; received None",
        ),
        (describe(cluster={}), r"needs 'cluster': .*received \{\}"),
        (describe(cluster=["a:1"]), "needs 'cluster': an object"),
        (
            describe(cluster={"worker": ["a:1"], "ps": ["b:2"]}),
            "job 'ps'.*parameter servers are not used here",
        ),
        (
            describe(cluster={"worker": ["a:1"], "evaluator": ["b:2"]}),
            "job 'evaluator'.*leave the evaluator out",
        ),
        (describe(cluster={"master": ["a:1"]}), "job 'master'.*call it 'chief'"),
        (describe(cluster={"workers": ["a:1"]}), "job 'workers'.*only chief and worker are known"),
        (
            describe(cluster={"worker": []}),
            r"needs a list of addresses in 'cluster.worker'; received \[\]",
        ),
        (
            describe(cluster={"worker": "a:1"}),
            "needs a list of addresses in 'cluster.worker'; received 'a:1'",
        ),
        (
            describe(cluster={"worker": ["a:1", "b"]}),
            r"'host:port'.*in 'cluster.worker\[1\]'; received 'b'",
        ),
        (describe(cluster={"worker": ["a:0"]}), "port from 1 to 65535.*received 'a:0'"),
        (describe(cluster={"worker": ["a:65536"]}), "port from 1 to 65535.*received 'a:65536'"),
        (describe(cluster={"worker": ["grpc://a:1"]}), "'host:port'.*received 'grpc://a:1'"),
        (describe(cluster={"worker": ["::1:1"]}), "'host:port'.*received '::1:1'"),
        (describe(cluster={"worker": [1]}), "'host:port'.*received 1"),
        (
            describe(cluster={"worker": ["a:1", "a:1"]}),
            "gives two workers the same address; received 'a:1'",
        ),
        (
            describe(cluster={"chief": ["a:1", "b:1"]}),
            r"more than one chief in 'cluster.chief'; received \['a:1', 'b:1'\]",
        ),
        (json.dumps({"cluster": TWO}), "needs 'task': an object.*received None"),
        (describe(task="worker"), "needs 'task': an object.*received 'worker'"),
        (describe(task={"index": 0}), "needs one of worker .*in 'task.type'; received None"),
        (describe(task={"type": "chief", "index": 0}), "needs one of worker .*received 'chief'"),
        (
            describe(task={"type": ["worker"], "index": 0}),
            r"needs one of worker .*in 'task.type'; received \['worker'\]",
        ),
        (describe(task={"type": "worker"}), "from 0 to 1 in 'task.index'.*received None"),
        (describe(task={"type": "worker", "index": 2}), "from 0 to 1 in 'task.index'.*received 2"),
        (
            describe(task={"type": "worker", "index": -1}),
            "from 0 to 1 in 'task.index'.*received -1",
        ),
        (
            describe(task={"type": "worker", "index": "0"}),
            "from 0 to 1 in 'task.index'.*received '0'",
        ),
        (
            describe(task={"type": "worker", "index": True}),
            "from 0 to 1 in 'task.index'.*received True",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_field(text: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=rf"^TF_CONFIG .*{fault}") as refused:
        parse_tf_config(text)
    assert str(refused.value).endswith(f"A right one: {EXAMPLE}")


def test_a_long_value_is_shown_in_part() -> None:
    with pytest.raises(ConfigError) as refused:
        parse_tf_config("x" * 10_000)
    assert len(str(refused.value)) < 500
