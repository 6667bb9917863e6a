"""The study on a Ray cluster of two machines, one of which is lost half-way."""

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.study import cluster, workers
from colorize_lib.study.plan import Study
from tests.pretended import SMALL

ray = pytest.importorskip("ray", reason="needs requirements-cluster.txt")


@pytest.fixture
def machines():
    """A cluster of two machines with a core each, on this one; Python finds the tests on both."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    second = made.add_node(num_cpus=1)
    root = str(Path(__file__).resolve().parents[2])
    ray.init(address=made.address, runtime_env={"env_vars": {"PYTHONPATH": root}}, logging_level="error")
    made.wait_for_nodes()
    yield made, second
    ray.shutdown()
    made.shutdown()


@pytest.mark.slow
def test_a_machine_is_lost_and_no_run_with_it(machines, store, tmp_path):
    made, second = machines
    study, log = Study.create({**SMALL, "seeds": [0, 1, 2]}), tmp_path / "done.txt"

    def do(task, where):
        import os

        from tests.pretended import pretend

        with log.open("a") as file:
            file.write(f"{task.config.name} {os.environ.get('RAY_NODE_ID') or ray_node()}\n")
        time.sleep(1.5)
        return pretend(task, where)

    def ray_node():
        import ray

        return ray.get_runtime_context().get_node_id()

    tasks, ended = workers.choose(study, store), []
    driver = threading.Thread(
        target=lambda: ended.append(cluster.run(made.address, tasks, store, do=do, lease_seconds=3.0))
    )
    driver.start()

    def begun():
        return [line.split() for line in log.read_text().splitlines()] if log.exists() else []

    until = time.monotonic() + 120
    while len({node for _, node in begun()}) < 2 or len(begun()) < 4:
        assert time.monotonic() < until, begun()
        time.sleep(0.1)
    made.remove_node(second, allow_graceful=False)
    driver.join(180)
    assert ended == [0]
    assert not any(workers.incomplete(task, store) for task in tasks())
    names = [task.config.name for task in tasks()]
    counts = Counter(name for name, _ in begun())
    assert set(counts) == set(names)
    assert sum(counts.values()) <= len(names) + 1, "only what the lost machine had begun was begun again"
    for task in tasks():
        table = store.find(task.config).metrics
        assert not table.duplicated(["images_seen", "split", "images", "options"]).any()


def test_no_cluster_at_the_address_is_an_error(store, is_one_sentence):
    with pytest.raises(ColorizeError, match="no Ray cluster at") as error:
        cluster.run("127.0.0.1:1", list, store)
    assert is_one_sentence(error.value)
