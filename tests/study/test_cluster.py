"""The study on a Ray cluster of two machines, one of which is lost half-way."""

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.study.cluster import RayCluster
from colorize_lib.study.completion import is_complete
from colorize_lib.study.plan import Selection, Study
from tests.pretended import SMALL

ray = pytest.importorskip("ray", reason="needs requirements-cluster.txt")


@pytest.fixture
def machines():
    """A cluster of two machines with a core each, on this one, the second of which knows that it will be lost."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    second = made.add_node(num_cpus=1, env_vars={"TO_BE_LOST": "yes"})
    root = str(Path(__file__).resolve().parents[2])  # where Python finds the tests
    ray.init(address=made.address, runtime_env={"env_vars": {"PYTHONPATH": root}}, logging_level="error")
    made.wait_for_nodes()
    yield made, second
    ray.shutdown()
    made.shutdown()


@pytest.mark.slow
def test_a_machine_is_lost_and_no_run_with_it(machines, store):
    made, second = machines
    study, log, lost = Study.create({**SMALL, "seeds": [0, 1, 2]}), store.local / "begun.txt", store.local / "lost"
    store.local.mkdir()

    def complete(task, where):
        """On the machine that will be lost nothing is ever completed, and on the other not all before that."""
        import os
        import time

        from tests.pretended import pretend

        doomed = "TO_BE_LOST" in os.environ
        with log.open("a") as file:
            file.write(f"{task.config.name} {doomed}\n")
        while doomed or (len(log.read_text().splitlines()) > 3 and not lost.exists()):
            time.sleep(0.05)
        pretend(task, where)

    def begun():
        return [tuple(line.split()) for line in log.read_text().splitlines()] if log.exists() else []

    selection, failed = Selection(study), []
    workers = RayCluster(made.address, complete=complete)
    driver = threading.Thread(target=lambda: failed.append(workers.run(selection, store)))
    driver.start()
    deadline = time.monotonic() + 120
    while not {("True"), ("False")} <= {doomed for _, doomed in begun()}:
        assert time.monotonic() < deadline, begun()
        time.sleep(0.1)
    made.remove_node(second, allow_graceful=False)
    lost.touch()
    driver.join(180)
    assert failed == [[]]
    tasks = selection.tasks(store)
    assert all(is_complete(task, store) for task in tasks)
    on_lost, on_other = (Counter(name for name, doomed in begun() if doomed == text) for text in ("True", "False"))
    assert on_lost.total() == 1, "that machine has one core"
    assert on_other == Counter(task.config.name for task in tasks), "only what the lost machine had begun was repeated"
    for task in tasks:
        table = store.find(task.config).metrics
        assert not table.duplicated(["images_seen", "split", "images", "options"]).any()


def test_no_cluster_at_the_address_is_an_error(store, is_one_sentence):
    selection = Selection(Study.create(SMALL))
    with pytest.raises(ColorizeError, match="no Ray cluster at") as error:
        RayCluster("127.0.0.1:1").run(selection, store)
    assert is_one_sentence(error.value)
