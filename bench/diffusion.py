"""What the settings of Palette do: its training, the start of its sampling, and the samplers.

    python -m bench.diffusion trials RUN...
    python -m bench.diffusion start RUN...
    python -m bench.diffusion samplers RUN [COUNT]
    python -m bench.diffusion seconds RUN

Writes results/tables/palette_WHAT.csv from Tiny ImageNet's validation photographs at 32x32:

- trials: short runs of Palette and regression, each by its default sampler, on 1,000 photographs.
- start: the colours of a run where sampling starts from other levels of noise, with and without clipping, on 500.
- samplers: quality by sampler and evaluations, on COUNT photographs (0: all); with more than 1,000 only 20 evaluations
  of the default sampler and 250 of the ancestral one.
- seconds: time by sampler and evaluations in batches of 64, in turns; for this nothing else should run.

Of trials and samplers, what was measured before is not measured again.
"""

import itertools
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from colorize_lib import evaluation, measurement, runs
from colorize_lib.files import atomic
from colorize_lib.metrics import frechet, inception, perceptual, statistics
from colorize_lib.metrics.colorfulness import colorfulness

TRIAL_PHOTOGRAPHS, DIVERSITY_PHOTOGRAPHS, START_PHOTOGRAPHS = 1000, 500, 500
SETTINGS = ("output", "prediction", "loss", "min_snr", "gain", "learning_rate", "ema_fraction")
STARTS = (4.4e-5, 1e-3, 1e-2, 5e-2)
SAMPLERS = [
    *(("dpm-solver", steps) for steps in (5, 10, 20, 50)),
    *(("ddim", steps) for steps in (5, 10, 20, 50)),
    *(("ancestral", steps) for steps in (20, 50, 250, 1000)),
]
BATCH, ROUNDS = 64, 3
FULL = [("dpm-solver", 20), ("ancestral", 250)]  # what is compared on more photographs than a trial has


def color_spread(images: np.ndarray) -> np.ndarray:
    """The largest channel minus the smallest, averaged over the pixels of each uint8 picture: (N,), 0 for gray."""
    return np.ptp(images.astype(np.int16), axis=-1).mean(axis=(1, 2))


def colors(painted: np.ndarray, originals: np.ndarray) -> dict:
    """How strong colours are, beside those of the originals."""
    pairs = (("colorfulness", colorfulness), ("color_spread", color_spread))
    return {
        name + suffix: measure(images).mean()
        for name, measure in pairs
        for suffix, images in (("", painted), ("_originals", originals))
    }


def distances(painted: np.ndarray, reference: np.ndarray) -> dict:
    """Disjoint FID and KID with their standard errors."""
    features = [measurement.features(images) for images in (painted, reference)]
    row = {"images": len(painted), "reference_images": len(reference), "network": inception.NETWORK}
    measured = {"FID": frechet.fid(*features, allow_small=True), "KID": frechet.kid(*features)}
    for name, (value, replicates) in measured.items():
        row |= {name: value, f"{name}_error": statistics.jackknife(replicates)}
    return row


def loaded(name: str):
    run = runs.Store.default().get(name)
    return run, run.load_model()


def trials(*names: str) -> None:
    protocol = evaluation.Protocol("tiny_imagenet", 32, count=TRIAL_PHOTOGRAPHS)
    (photographs, rows), (reference, _) = protocol.photographs(), protocol.reference()
    for name in names:
        run, model = loaded(name)
        if known("trials", {"run": run.name}):
            continue
        painted = evaluation.Painter(model)(photographs, rows)
        varied = slice(DIVERSITY_PHOTOGRAPHS)
        again = evaluation.Painter(model, draw=1)(photographs[varied], rows[varied])
        settings = {key: value for key, value in vars(run.config.hyperparameters).items() if key in SETTINGS}
        row = {"family": run.config.family, "images_seen": run.config.images_seen, **settings}
        row["trained_at"] = run.manifest["commit"]
        row["LPIPS_diversity"] = perceptual.diversity([painted[varied], again]).mean()
        row |= {**distances(painted, reference), **colors(painted, photographs)}
        add("trials", {"run": run.name, **row}, ["run"])


def start(*names: str) -> None:
    photographs, rows = evaluation.Protocol("tiny_imagenet", 32, count=START_PHOTOGRAPHS).photographs()
    for name in names:
        run, model = loaded(name)
        for gamma, clip in itertools.product(STARTS, (True, False)):
            sampling = {"noisiest": gamma, "clip": clip, "sampler": "ddim", "steps": 20}
            painted = evaluation.Painter(model, sampling=sampling)(photographs, rows)
            row = {"run": run.name, "prediction": run.config.hyperparameters.prediction, **sampling}
            add("start", {**row, "images": len(rows), **colors(painted, photographs)}, ["run", "noisiest", "clip"])


def samplers(name: str, count: str = "0") -> None:
    protocol = evaluation.Protocol("tiny_imagenet", 32, count=int(count))
    (photographs, rows), (reference, _) = protocol.photographs(), protocol.reference()
    run, model = loaded(name)
    for sampler, steps in FULL if len(rows) > TRIAL_PHOTOGRAPHS else SAMPLERS:
        keys = {"run": run.name, "sampler": sampler, "steps": steps, "images": len(rows)}
        if known("samplers", keys):
            continue
        painted = evaluation.Painter(model, sampling={"sampler": sampler, "steps": steps})(photographs, rows)
        add("samplers", {**keys, **distances(painted, reference), **colors(painted, photographs)}, list(keys))


def seconds(name: str) -> None:
    photographs, rows = evaluation.Protocol("tiny_imagenet", 32, count=BATCH).photographs()
    run, model = loaded(name)
    paints = {key: evaluation.Painter(model, sampling={"sampler": key[0], "steps": key[1]}) for key in SAMPLERS}
    paints[SAMPLERS[0]](photographs, rows)  # what is compiled or loaded first is not counted
    times = {key: [] for key in SAMPLERS}
    for key in SAMPLERS * ROUNDS:
        began = time.perf_counter()
        paints[key](photographs, rows)
        times[key].append((time.perf_counter() - began) / BATCH)
    for (sampler, steps), found in times.items():
        keys = {"run": run.name, "sampler": sampler, "steps": steps, "batch": BATCH}
        row = {"seconds_per_photograph": np.median(found), "least": min(found), "most": max(found), "rounds": ROUNDS}
        add("seconds", {**keys, **row}, list(keys))


def table_path(what: str) -> Path:
    return runs.Store.default().recorded / "tables" / f"palette_{what}.csv"


def known(what: str, keys: dict) -> bool:
    path = table_path(what)
    return path.exists() and (pd.read_csv(path)[list(keys)] == pd.Series(keys)).all(axis=1).any()


def add(what: str, row: dict, keys: list[str]) -> None:
    """Add a row to a table, in place of an earlier one with the same keys."""
    row |= runs.provenance()
    path = table_path(what)
    old = [pd.read_csv(path)] if path.exists() else []
    table = pd.concat([*old, pd.DataFrame([row])], ignore_index=True)
    table = table[~table[keys].astype(str).duplicated(keep="last")]
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")
    print({name: value for name, value in row.items() if name in keys or isinstance(value, float)})


if __name__ == "__main__":
    {"trials": trials, "start": start, "samplers": samplers, "seconds": seconds}[sys.argv[1]](*sys.argv[2:])
