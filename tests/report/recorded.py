"""A study as it would have been recorded, of figures that follow from a known truth."""

import json

import numpy as np
import pandas as pd

from colorize_lib.metrics import FID, KID, LPIPS, PD, PROXY_SCORE
from colorize_lib.runs.store import BASELINE_COLUMNS, METRIC_COLUMNS, Run

FAMILIES = ("regression", "pix2pix", "palette", "coltran")
TRUE_FID = {"regression": 50.0, "pix2pix": 25.0, "palette": 20.0, "coltran": 33.0}
EXPONENT = {"regression": 0.02, "pix2pix": 0.05, "palette": 0.2, "coltran": 0.04}
DIVERSITY = {"regression": 0.0, "pix2pix": 0.01, "palette": 0.05, "coltran": 0.08}
SECONDS = {"regression": 3e-3, "pix2pix": 1e-3, "palette": 4e-3, "coltran": 7e-3}
FULL, PHOTOGRAPHS = 6000, 60
# Of originals, gray pictures and the best tint.
PEERS = {
    FID.key: (10.0, 110.0, 90.0),
    KID.key: (0.0, 0.055, 0.05),
    PROXY_SCORE.key: (20.0, 1.0, 1.2),
    PD.key: (0.0, 16.0, 15.0),
    LPIPS.key: (0.0, 0.2, 0.2),
}
VALUES = {
    "preset": "tiny",
    "data_set": "sample_photos",
    "trials": 6,
    "train_sizes": [100, 400, 1600],
    "second_data_set": "",
    "score_along": 40,
    **{f"images_seen_{family}": 32_000 for family in FAMILIES},
    **{f"trial_images_{family}": 4000 for family in FAMILIES},
}


class Recorded:
    """Writes what a study would have recorded, of figures that follow from TRUE_FID and EXPONENT."""

    def __init__(self, study, store):
        self.study, self.store, self.rng = study, store, np.random.default_rng(0)
        self.groups = self.rng.normal(0, 1, 20)  # the photographs are hard or easy for all families alike
        self.hardness = self.rng.normal(0, 2, PHOTOGRAPHS)

    def everything(self):
        for task in self.study.tasks(self.store):
            self.run(task)
        self.times()
        self.baselines()

    def run(self, task):
        run = Run(self.store.recorded / task.config.name)
        run.folder.mkdir(parents=True)
        (run.folder / "config.json").write_text(task.config.to_json())
        photographs = task.config.train_images or FULL
        (run.folder / "manifest.json").write_text(json.dumps({"training_images": photographs, "parameters": 1234}))
        seed = self.rng.normal(0, 0.1)
        while scorings := task.missing(self.store)[1]:
            self.scoring(run, task, scorings[0], photographs, seed)

    def scoring(self, run, task, scoring, photographs, seed):
        family = task.config.family
        fid = TRUE_FID[family] * (photographs / FULL) ** -EXPONENT[family] + seed
        late = 1 + 0.5 * np.log(task.config.images_seen / scoring.images_seen)
        common = dict.fromkeys(METRIC_COLUMNS) | {
            "images_seen": scoring.images_seen,
            "split": scoring.split,
            "images": PHOTOGRAPHS if scoring.whole else scoring.count,
            "reference_images": PHOTOGRAPHS,
            "options": "luma put back" if scoring.given_luma else "",
        }
        count = "" if scoring.whole else f"-{scoring.count}"
        figures = {
            (f"FID{count}", "disjoint"): fid * late,
            ("KID", "disjoint"): fid * late / 2000,
            PROXY_SCORE.key: 200 / fid,
            ("PD", "paired"): 10 + fid / 10,
            ("LPIPS", "paired"): fid / 300,
            ("Colorfulness", "alone"): 30.0,
            ("LPIPS diversity", "samples"): DIVERSITY[family],
            (f"FID{count}", "paired"): fid * late / 2,
            ("PSNR", "paired"): 22.0,
            ("SSIM", "paired"): 0.9,
        }
        run.add_metrics(
            {**common, "metric": metric, "protocol": protocol, "value": value, "error": 0.01 * value}
            for (metric, protocol), value in figures.items()
        )
        if scoring.whole:
            groups = (self.groups.sum() - self.groups) / 19 + self.rng.normal(0, 0.01, 20)
            options = ["luma", "put", "back"] if scoring.given_luma else []
            name = "-".join([scoring.split, str(PHOTOGRAPHS), str(scoring.images_seen), *options])
            (run.folder / "per_image").mkdir(exist_ok=True)
            np.savez(
                run.folder / "per_image" / f"{name}.npz",
                PD=10 + fid / 10 + self.hardness,
                LPIPS=fid / 300 + self.hardness / 100,
                Colorfulness=30 + self.hardness,
                PSNR=22 + self.hardness,
                SSIM=0.9 + self.hardness / 1000,
                **{
                    "LPIPS diversity": DIVERSITY[family] + self.hardness[:40] / 1000,
                    "replicates FID paired": (fid * late + groups) / 2,
                    "replicates FID disjoint": fid * late + groups,
                    "replicates KID disjoint": (fid * late + groups) / 2000,
                    f"replicates {PROXY_SCORE.name} alone": 200 / fid + groups / 100,
                },
            )

    def times(self):
        rows = []
        for family in FAMILIES:
            for repeat in range(5):
                each = SECONDS[family] * self.rng.lognormal(0, 0.02)
                for what, sampler, batch in (("training", "", 16), *(("inference", "default", b) for b in (1, 256))):
                    rows.append({"family": family, "what": what, "sampler": sampler, "batch": batch})
                    rows[-1] |= {"repeat": repeat, "seconds_per_image": each, "peak_GB": 1.5}
                    rows[-1]["forward_MFLOP_per_image"] = 100.0
        (self.store.recorded / "tables").mkdir(exist_ok=True)
        pd.DataFrame(rows).to_csv(self.store.recorded / "tables" / "study_times.csv", index=False)

    def baselines(self):
        rows = [
            dict.fromkeys(BASELINE_COLUMNS)
            | {"method": method, "data_set": "sample_photos", "image_size": 32, "split": "test", "images": 60}
            | {"metric": metric, "protocol": protocol, "value": value, "error": 0.5}
            for (metric, protocol), values in PEERS.items()
            for method, value in zip(("original", "gray", "tint"), values, strict=True)
        ]
        pd.DataFrame(rows).to_csv(self.store.recorded / "tables" / "baselines.csv", index=False)


def change(run, value, **chosen):
    """Give the rows of a run's metrics that are chosen, such as metric="FID", another value."""
    path = run.folder / "metrics.csv"
    table = pd.read_csv(path)
    rows = np.logical_and.reduce([table[column] == wanted for column, wanted in chosen.items()])
    table.loc[rows, "value"] = value
    table.to_csv(path, index=False)
