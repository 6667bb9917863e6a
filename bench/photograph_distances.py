"""How far the study's first final runs are from the photographs that every run colours along the way, by PD.

    python -m bench.photograph_distances

Writes results/tables/photograph_distances.csv, a row for each run of params/report.yaml's first seed and photograph.
"""

import pandas as pd

from bench.scores import table_path
from colorize_lib import provenance
from colorize_lib.book import parameters
from colorize_lib.files import atomic
from colorize_lib.metrics.perceptual import perceptual_distance
from colorize_lib.networks import inception
from colorize_lib.report import figures
from colorize_lib.report.results import Results
from colorize_lib.runs import pictures
from colorize_lib.runs.store import Store


def main() -> None:
    the_study = parameters.study("params/report.yaml")
    names, rows = pictures.fixed_names(), []
    originals = inception.pool3(pictures.fixed_photographs(the_study.image_size))
    for run, *_ in Results(the_study, Store.default(), "final").finals.values():
        painted = inception.pool3(figures.strip(run.samples[max(run.samples)]))
        distances = perceptual_distance(painted, originals)
        rows += [{"run": run.name, "photograph": n, "PD": d} for n, d in zip(names, distances, strict=True)]
    table = pd.DataFrame(rows).assign(network=inception.NETWORK, **provenance.columns())
    with atomic(table_path("photograph_distances")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.5g")
    print(table.groupby("run", sort=False).PD.describe()[["min", "50%", "max"]].to_string())


if __name__ == "__main__":
    main()
