"""Cluster: a study's tasks on the machines of a Ray cluster, which share the folder of the runs.

Each task of the study is a task of Ray's, which repeats the tasks of a lost machine on another one. Their runs are
taken up there at the last checkpoint, as soon as the lock that a training holds on its run has been released.
"""

import socket
from dataclasses import dataclass

from tqdm import tqdm

from colorize_lib.files import ColorizeError
from colorize_lib.runs.store import Store
from colorize_lib.study.completion import Complete, complete, is_complete
from colorize_lib.study.plan import Selection, Task

RETRIES = 5
ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class RayCluster:
    """The machines of a Ray cluster, as `workers.Workers`.

    Attributes:
        address: HOST:PORT of the cluster's head, or "auto" on one of its machines.
        cores: how many cores a run takes.
        complete: completes a task.
    """

    address: str
    cores: int = 1
    complete: Complete = complete

    def run(self, selection: Selection, store: Store) -> list[Task]:
        """Complete tasks until none is left but those that failed, and return these; the reasons are printed.

        Raises:
            ColorizeError: Ray is not installed, or there is no cluster at the address.
        """
        ray = _connected(self.address)
        remote = ray.remote(num_cpus=self.cores, max_retries=RETRIES)(self.complete)
        running: dict[object, Task] = {}
        failed: list[Task] = []
        tasks = selection.tasks(store)
        with tqdm(total=len(tasks), initial=sum(is_complete(task, store) for task in tasks), unit=" runs") as bar:
            while True:
                for task in selection.tasks(store):
                    if task not in failed and task not in running.values() and not is_complete(task, store):
                        running[remote.remote(task, store)] = task
                if not running:
                    return failed
                (ended,), _ = ray.wait(list(running), num_returns=1)
                task = running.pop(ended)
                bar.update()
                try:
                    ray.get(ended)
                except ray.exceptions.RayError as error:
                    failed.append(task)
                    bar.write(f"{task.config.name} failed: {error}")


def _connected(address: str):
    """Ray, connected to the cluster."""
    try:
        import ray
    except ImportError as error:
        raise ColorizeError(
            "Ray is not installed: install requirements-cluster.txt on every machine of the cluster."
        ) from error
    if not ray.is_initialized():
        try:
            if address != "auto":  # if nobody answers, Ray itself tries for minutes
                host, _, port = address.rpartition(":")
                socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
            ray.init(address=address, logging_level="error")
        except (OSError, ValueError) as error:
            raise ColorizeError(f"There is no Ray cluster at {address}: start one with `ray start --head`.") from error
    return ray
