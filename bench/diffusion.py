"""What the settings of Palette's sampling do: where it starts, and by which sampler.

    python -m bench.diffusion start RUN...
    python -m bench.diffusion samplers RUN [COUNT]
    python -m bench.diffusion seconds RUN

Writes results/tables/palette_WHAT.csv from Tiny ImageNet's validation photographs at 32x32:

- start: the colours of a run where sampling starts from other levels of noise, with and without clipping, on 500.
- samplers: quality by sampler and evaluations, on COUNT photographs (0: all); with more than 1,000 only 20 evaluations
  of the default sampler and 250 of the ancestral one.
- seconds: time by sampler and evaluations in batches of 64, in turns; for this nothing else should run.

Of samplers, what was measured before is not measured again.
"""

import itertools
import sys
import time

import numpy as np

from bench.scores import add, colors, distances, known, loaded
from colorize_lib.runs.scoring import Painter, Protocol

TRIAL_PHOTOGRAPHS, START_PHOTOGRAPHS = 1000, 500
STARTS = (4.4e-5, 1e-3, 1e-2, 5e-2)
SAMPLERS = [
    *(("dpm-solver", steps) for steps in (5, 10, 20, 50)),
    *(("ddim", steps) for steps in (5, 10, 20, 50)),
    *(("ancestral", steps) for steps in (20, 50, 250, 1000)),
]
BATCH, ROUNDS = 64, 3
FULL = [("dpm-solver", 20), ("ancestral", 250)]  # what is compared on more photographs than a trial has


def start(*names: str) -> None:
    photographs, rows = Protocol("tiny_imagenet", 32, count=START_PHOTOGRAPHS).photographs()
    for name in names:
        run, model = loaded(name)
        for gamma, clip in itertools.product(STARTS, (True, False)):
            sampling = {"noisiest": gamma, "clip": clip, "sampler": "ddim", "steps": 20}
            painted = Painter(model, sampling=sampling)(photographs, rows)
            row = {"run": run.name, "prediction": run.config.hyperparameters.prediction, **sampling}
            row |= {"images": len(rows), **colors(painted, photographs)}
            add("palette_start", row, ["run", "noisiest", "clip"])


def samplers(name: str, count: str = "0") -> None:
    protocol = Protocol("tiny_imagenet", 32, count=int(count))
    (photographs, rows), (reference, _) = protocol.photographs(), protocol.reference()
    run, model = loaded(name)
    for sampler, steps in FULL if len(rows) > TRIAL_PHOTOGRAPHS else SAMPLERS:
        keys = {"run": run.name, "sampler": sampler, "steps": steps, "images": len(rows)}
        if known("palette_samplers", keys):
            continue
        painted = Painter(model, sampling={"sampler": sampler, "steps": steps})(photographs, rows)
        add("palette_samplers", {**keys, **distances(painted, reference), **colors(painted, photographs)}, list(keys))


def seconds(name: str) -> None:
    photographs, rows = Protocol("tiny_imagenet", 32, count=BATCH).photographs()
    run, model = loaded(name)
    paints = {key: Painter(model, sampling={"sampler": key[0], "steps": key[1]}) for key in SAMPLERS}
    paints[SAMPLERS[0]](photographs, rows)  # what is compiled or loaded first is not counted
    times = {key: [] for key in SAMPLERS}
    for key in SAMPLERS * ROUNDS:
        began = time.perf_counter()
        paints[key](photographs, rows)
        times[key].append((time.perf_counter() - began) / BATCH)
    for (sampler, steps), found in times.items():
        keys = {"run": run.name, "sampler": sampler, "steps": steps, "batch": BATCH}
        row = {"seconds_per_photograph": np.median(found), "least": min(found), "most": max(found), "rounds": ROUNDS}
        add("palette_seconds", {**keys, **row}, list(keys))


if __name__ == "__main__":
    {"start": start, "samplers": samplers, "seconds": seconds}[sys.argv[1]](*sys.argv[2:])
