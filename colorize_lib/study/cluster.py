"""Cluster: a study's tasks on the machines of a Ray cluster that share the folder of the runs.

Each task is a task of Ray, which repeats those of a machine that is lost on another. The lease on a run, which its dead
holder no longer refreshes, expires before the next one takes it up, at the last checkpoint.
"""

import socket
from collections.abc import Callable

from tqdm import tqdm

from colorize_lib.files import ColorizeError
from colorize_lib.runs.store import Run, Store
from colorize_lib.study.plan import Task
from colorize_lib.study.workers import LEASE_SECONDS, complete, incomplete, lease

RETRIES = 5
ANSWER_SECONDS = 10.0


def run(
    address: str,
    tasks: Callable[[], list[Task]],
    store: Store,
    *,
    cores: int = 1,
    do: Callable[[Task, Store], Run] = complete,
    lease_seconds: float = LEASE_SECONDS,
) -> int:
    """Do tasks on a Ray cluster until none is left.

    Args:
        address: of the cluster's head, or "auto" on one of its machines.
        tasks: what is to be done, as far as it is known by now.
        store: where runs are looked for, and made; every machine sees the same files there.
        cores: of a machine that a run takes.
        do: completes a task.
        lease_seconds: after which a lease that is not refreshed expires.

    Returns:
        How many tasks failed.

    Raises:
        ColorizeError: Ray is not installed, or there is no cluster at the address.
    """
    ray = _connected(address)
    settings = {"num_cpus": cores, "max_retries": RETRIES}
    remote = ray.remote(**settings)(_complete)
    running, failed, known = {}, set(), tasks()
    with tqdm(total=len(known), initial=sum(not incomplete(task, store) for task in known), unit=" runs") as bar:
        while True:
            for task in tasks():
                if task not in failed and task not in running.values() and incomplete(task, store):
                    running[remote.remote(task, store, do, lease_seconds)] = task
            if not running:
                return len(failed)
            ended, _ = ray.wait(list(running), num_returns=1)
            for reference in ended:
                task = running.pop(reference)
                bar.update()
                try:
                    ray.get(reference)
                except ray.exceptions.RayError as error:
                    failed.add(task)
                    bar.write(f"{task.config.name} failed: {error}")


def _complete(task: Task, store: Store, do: Callable[[Task, Store], Run], lease_seconds: float) -> None:
    """Complete a task on a machine of the cluster, once whoever held it before has let it go or is dead."""
    with lease(task, store, timeout=-1, seconds=lease_seconds):
        if incomplete(task, store):
            do(task, store)


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
            if address != "auto":  # where nobody answers Ray tries for minutes
                host, _, port = address.rpartition(":")
                socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
            ray.init(address=address, logging_level="error")
        except (OSError, ValueError) as error:
            raise ColorizeError(f"There is no Ray cluster at {address}: start one with `ray start --head`.") from error
    return ray
