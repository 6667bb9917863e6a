"""Programs that take turns: each is a process that makes so many steps when it is asked and waits in between.

What else a machine does then meets all of them alike. Nothing here is of this book's library or of a framework, so that
a program with an environment of its own can be one of them.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable


def peak_kb() -> int:
    """Largest resident set of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def serve(step: Callable[[], object], facts: dict, imported_kb: int) -> None:
    """Say the facts, then make so many steps for each line of the standard input, and say how long they took."""
    step()  # what is compiled first is not counted
    print(json.dumps(facts), flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        for _ in range(int(line)):
            step()
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "peak_kb": peak_kb(), "imported_kb": imported_kb}), flush=True)


class Contestant:
    """The near side of a process that serves."""

    def __init__(self, command: list[str]):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.facts = json.loads(self.process.stdout.readline())

    def turn(self, steps: int) -> dict:
        """Seconds of so many steps, and the memory of the process."""
        print(steps, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())
