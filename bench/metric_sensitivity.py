"""How the metrics answer to faults of a known strength, to the number of images, and to resampling.

    python -m bench.metric_sensitivity sensitivity|floor|resampling [RUN]

Writes results/tables/metric_WHAT.csv from Tiny ImageNet's validation photographs at 32x32:

- sensitivity: validation photographs blurred, desaturated and with their hues turned, each in four strengths.
- floor: FID and KID between disjoint sets of photographs, and of gray pictures and of a recorded run, by the number of
  images. Smaller sets are pieces of the whole one, so that there are several, whose spread is given.
- resampling: FID of a recorded run when images are drawn again with replacement, beside its jackknife.

Inception features are kept in the data folder, so that only the first of several calls is long.
"""

import sys

import numpy as np
import pandas as pd
from tqdm import tqdm

from colorize_lib import color, provenance
from colorize_lib.files import atomic
from colorize_lib.metrics import frechet, uncertainty
from colorize_lib.metrics.scores import features, measure
from colorize_lib.networks import inception
from colorize_lib.report.faults import FAULTS
from colorize_lib.runs.scoring import Painter, Protocol
from colorize_lib.runs.store import Store

RUN = "pix2pix-small-tiny_imagenet-32-62b45451-736000"
PROTOCOL = Protocol("tiny_imagenet", 32)
COUNTS = (100, 250, 500, 1000, 2049, 4890)
PIECES = 8
RESAMPLINGS = 20


def sensitivity(_: str) -> pd.DataFrame:
    photographs, _rows = PROTOCOL.photographs()
    photographs = photographs[: frechet.MINIMUM_IMAGES]
    reference, _rows = PROTOCOL.reference()
    cases = [("none", 0.0, lambda pictures, strength: pictures)]
    cases += [(fault, strength, change) for fault, (change, all) in FAULTS.items() for strength in all]
    rows = []
    for fault, strength, change in tqdm(cases, disable=None):
        scores = measure(change(photographs, strength), originals=photographs, reference=reference, paired_fid=False)
        rows += [{"fault": fault, "strength": strength, **row} for row in scores.rows]
    return pd.DataFrame(rows)


def painted_sets(name: str) -> dict[str, np.ndarray]:
    """Validation photographs, gray pictures of them and a run's colours, as Inception features."""
    photographs, rows = PROTOCOL.photographs()
    model = Store.default().get(name).load_model()
    sets = {
        "original": photographs,
        "gray": color.gray_rgb(photographs),
        name: Painter(model)(photographs, rows),
    }
    return {method: features(pictures) for method, pictures in sets.items()}


def reference_features() -> np.ndarray:
    return features(PROTOCOL.reference()[0])


def floor(name: str) -> pd.DataFrame:
    reference, rows = reference_features(), []
    for method, painted in painted_sets(name).items():
        for count in tqdm(COUNTS, desc=method, disable=None):
            starts = [piece * count for piece in range(min(PIECES, len(painted) // count))]
            pairs = [(painted[start : start + count], reference[start : start + count]) for start in starts]
            for metric, distance in (("FID", frechet.fid_value), ("KID", frechet.kernel_distance)):
                values = np.array([distance(*pair) for pair in pairs])
                spread = values.std(ddof=1) if len(values) > 1 else np.nan
                row = {"method": method, "metric": metric, "images": count, "value": values.mean(), "spread": spread}
                rows.append({**row, "sets": len(values), "network": inception.NETWORK})
    return pd.DataFrame(rows)


def resampling(name: str) -> pd.DataFrame:
    features, reference = painted_sets(name)[name], reference_features()
    random = np.random.default_rng(0)
    rows = [{"method": "value", "number": 0, "FID": frechet.fid_value(features, reference)}]
    for number in tqdm(range(RESAMPLINGS), disable=None):
        drawn = [x[random.integers(0, len(x), len(x))] for x in (features, reference)]
        rows.append({"method": "bootstrap", "number": number, "FID": frechet.fid_value(*drawn)})
    for number, value in enumerate(frechet.fid_replicates(features, reference)):
        rows.append({"method": "jackknife", "number": number, "FID": value})
    table = pd.DataFrame(rows)
    replicates = table.FID[table.method == "jackknife"]
    print(table.groupby("method").FID.describe(), "\njackknife error", uncertainty.jackknife(replicates.to_numpy()))
    return table.assign(run=name, network=inception.NETWORK)


def main(what: str, name: str = RUN) -> None:
    table = {"sensitivity": sensitivity, "floor": floor, "resampling": resampling}[what](name)
    protocol = {name: getattr(PROTOCOL, name) for name in ("data_set", "image_size", "split")}
    table = table.assign(**protocol, **provenance.columns())
    with atomic(Store.default().recorded / "tables" / f"metric_{what}.csv") as path:
        table.to_csv(path, index=False, float_format="%.6g")


if __name__ == "__main__":
    main(*sys.argv[1:])
