"""The metrics beside those of other programs, for the same arrays: values and speed.

    python -m bench.metrics_reference TORCH_PYTHON

TORCH_PYTHON is the interpreter of the environment that `bench/torch_metrics.py` describes. Writes
results/tables/metrics_reference.csv, metrics_speed.csv, and tests/fixtures/metrics_reference.npz: the other programs'
answers to the small inputs that the tests repeat.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from colorize_lib import provenance
from colorize_lib.data import sources
from colorize_lib.files import atomic
from colorize_lib.metrics import frechet, inception_score, perceptual, scores
from colorize_lib.networks import alexnet, efficientnet, inception
from colorize_lib.runs.scoring import Painter, Protocol
from colorize_lib.runs.store import Store
from tests.reference_inputs import REFERENCE, photographs, picture_pairs, small_inputs

RUN = "pix2pix-small-tiny_imagenet-32-62b45451-736000"
CIFAR10_FID = 10.3233274  # published in torch-fidelity's own tests


def full_inputs() -> dict[str, np.ndarray]:
    """All photographs of the book, and the recorded run's colours of validation photographs."""
    protocol = Protocol("tiny_imagenet", 32)
    originals, rows = protocol.photographs()
    painted = Painter(Store.default().get(RUN).load_model())(originals, rows)
    features = [scores.features(pictures) for pictures in (painted, protocol.reference()[0])]
    count = min(map(len, features))
    with np.errstate(divide="ignore"):
        logits = np.log(scores.classes(painted))
    return {
        **{f"images/{size}": photographs(size, 24) for size in (32, 64, 256)},
        "images/colorized": painted[:100],
        "pairs/256": picture_pairs(256),
        "pairs/colorized": np.stack([painted[:32], originals[:32]]),
        "features/colorized": np.stack([x[:count] for x in features]),
        "logits/colorized": logits,
    }


def ours(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """This project's answers, under the names of the other side's."""
    answers = {}
    for name, given in inputs.items():
        kind, _, rest = name.partition("/")
        if kind == "images":
            answers[f"pool3/{rest}"] = inception.pool3(given)
            answers[f"classes/{rest}"] = efficientnet.probabilities(given)
        elif kind == "pairs":
            answers[f"lpips/{rest}"] = perceptual.lpips(*given)
        elif kind == "features":
            for program in ("torch-fidelity", "pytorch-fid"):
                answers[f"{program} FID/{rest}"] = np.array(frechet.fid_value(*given))
            answers[f"torch-fidelity KID/{rest}"] = np.array(frechet.kernel_distance(*given))
        elif kind == "logits":
            exponential = np.exp(given.astype(np.float64))
            p = exponential / exponential.sum(axis=1, keepdims=True)
            answers[f"IS/{rest}"] = np.array([inception_score.mean_score(p), inception_score.split_deviation(p)])
    return answers


def other_side(python: str, inputs: dict[str, np.ndarray], what: str) -> dict[str, np.ndarray]:
    """Run the other programs."""
    with tempfile.TemporaryDirectory() as folder:
        for weights in (inception.WEIGHTS, alexnet.WEIGHTS, efficientnet.WEIGHTS):
            source = weights.source.fetch()
            (Path(folder) / source.name).symlink_to(source.resolve())
        np.savez(Path(folder) / "inputs.npz", **inputs)
        subprocess.run([python, "bench/torch_metrics.py", what, folder], check=True)
        with np.load(Path(folder) / f"{what}.npz") as answers:
            return dict(answers)


PROGRAMS = {
    "pool3": "TorchScript module, torch 2.14.1",
    "classes": "efficientnet_lite_pytorch 0.1.0",
    "lpips": "lpips 0.1.4",
    "torch-fidelity FID": "torch-fidelity 0.4.0",
    "pytorch-fid FID": "pytorch-fid 0.3.0",
    "torch-fidelity KID": "torch-fidelity 0.4.0",
    "IS": "torch-fidelity 0.4.0",
}
TITLES = {
    "pool3": "Inception features",
    "classes": "EfficientNet-Lite0 probabilities",
    "lpips": "LPIPS",
    "torch-fidelity FID": "FID of given features",
    "pytorch-fid FID": "FID of given features",
    "torch-fidelity KID": "KID of given features",
    "IS": "IS of given logits",
}
INPUTS = {
    "32": "photographs of the book, 32x32",
    "64": "photographs of the book, 64x64",
    "256": "photographs of the book, 256x256",
    "colorized": "colorized validation photographs, 32x32",
}


def _number(quantity: str, answer: np.ndarray) -> float:
    """What a table can show: of many numbers their mean, of a score and its deviation the score."""
    return answer[0] if quantity == "IS" else np.mean(answer)


def compare(mine: dict[str, np.ndarray], theirs: dict[str, np.ndarray], inputs: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row for each quantity: a number of each side, and the largest relative difference of all numbers."""
    rows = []
    for name, expected in theirs.items():
        quantity, _, rest = name.partition("/")
        kind = {"pool3": "images", "classes": "images", "lpips": "pairs", "IS": "logits"}.get(quantity, "features")
        given = inputs[f"{kind}/{rest}"]
        expected, found = np.asarray(expected), mine[name]
        scale = np.abs(expected) if quantity == "lpips" else np.abs(expected).max()
        rows.append(
            {
                "quantity": TITLES[quantity],
                "program": PROGRAMS[quantity],
                "of": INPUTS[rest],
                "images": given.shape[1] if kind in ("pairs", "features") else len(given),
                "ours": _number(quantity, found),
                "theirs": _number(quantity, expected),
                "relative_difference": np.max(np.abs(found - expected) / scale),
            }
        )
    return pd.DataFrame(rows)


def cifar10() -> dict:
    """The published FID between training and test photographs of CIFAR-10."""
    chosen = {
        part: set(np.random.RandomState(2020).choice(count, 5000, replace=False))
        for part, count in sources.CIFAR10_PARTS.items()
    }
    images: dict[str, list[np.ndarray]] = {part: [] for part in chosen}
    for picture in sources.cifar10_package().pictures():
        if picture.position in chosen[picture.part]:
            images[picture.part].append(picture.data)
    value = frechet.fid_value(*(scores.features(np.stack(part)) for part in images.values()))
    return {
        "quantity": "FID, published value",
        "program": "torch-fidelity",
        "of": "CIFAR-10, training against test",
        "images": 5000,
        "ours": value,
        "theirs": CIFAR10_FID,
        "relative_difference": abs(value / CIFAR10_FID - 1),
    }


def speed(python: str) -> pd.DataFrame:
    """Images a second of the Inception network, this project's and PyTorch's in turn, three times."""
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (150, 32, 32, 3), dtype=np.uint8)
    inception.pool3(pictures[:50])
    rows = []
    for turn in range(3):
        best = np.inf
        for batch in np.split(pictures, 3):
            started = time.perf_counter()
            inception.pool3(batch)
            best = min(best, time.perf_counter() - started)
        rows.append({"turn": turn, "program": "colorize_lib, resizing included", "images_per_second": 50 / best})
        found = other_side(python, {}, "speed")
        rows += [{"turn": turn, "program": name, "images_per_second": float(rate)} for name, rate in found.items()]
    return pd.DataFrame(rows)


def save(name: str, table: pd.DataFrame) -> None:
    table = table.assign(**provenance.columns())
    with atomic(Store.default().recorded / "tables" / f"{name}.csv") as path:
        table.to_csv(path, index=False, float_format="%.8g")


def main(python: str) -> None:
    with atomic(REFERENCE) as path:
        np.savez_compressed(path, **other_side(python, small_inputs(), "values"))
    inputs = full_inputs()
    table = compare(ours(inputs), other_side(python, inputs, "values"), inputs)
    table = pd.concat([pd.DataFrame([cifar10()]), table], ignore_index=True)
    print(table.to_string())
    save("metrics_reference", table)
    rates = speed(python)
    print(rates.groupby("program").images_per_second.median())
    save("metrics_speed", rates)


if __name__ == "__main__":
    main(*sys.argv[1:])
