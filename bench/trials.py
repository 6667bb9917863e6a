"""Short runs of a family beside each other, on 1,000 validation photographs of Tiny ImageNet.

    python -m bench.trials palette|coltran RUN...

Adds a row for each run to results/tables/FAMILY_trials.csv: its settings, disjoint FID and KID with their errors,
colorfulness, LPIPS diversity, and the bits of a model that knows likelihoods. What was measured before is not measured
again.
"""

import sys

from bench import scores
from colorize_lib.metrics import perceptual
from colorize_lib.runs.scoring import Painter

SETTINGS = {
    "palette": ("output", "prediction", "loss", "min_snr", "gain", "learning_rate", "ema_fraction"),
    "coltran": ("output", "gray", "parallel_weight", "learning_rate", "ema_fraction"),
}


def main(family: str, *names: str) -> None:
    photographs, rows, reference = scores.trial_photographs()
    for name in names:
        run, model = scores.loaded(name)
        if scores.known(f"{family}_trials", {"run": run.name}):
            continue
        paint = Painter(model)
        painted, again = (
            paint(photographs, rows),
            Painter(model, draw=1)(photographs[scores.VARIED], rows[scores.VARIED]),
        )
        values = vars(run.config.hyperparameters)
        row = {"family": run.config.family, "images_seen": run.config.images_seen}
        row |= {key: values[key] for key in SETTINGS[family] if key in values}
        row["trained_at"] = run.manifest["commit"]
        row["LPIPS_diversity"] = perceptual.diversity(painted[scores.VARIED], again).mean()
        row |= {metric: bits.mean() for metric, bits in paint.likelihood(photographs).items()}
        row |= {**scores.distances(painted, reference), **scores.colors(painted, photographs)}
        scores.add(f"{family}_trials", {"run": run.name, **row}, ["run"])


if __name__ == "__main__":
    main(*sys.argv[1:])
