"""Metrics: a record of each, and pure functions from features of pictures to figures and their standard errors.

The records are at hand without a backend. A new metric takes a function in a module of this package, a record here, and
its place in the tables that are to show it.
"""

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MINIMUM_IMAGES = 2049
"""Images in a set below which the covariance of 2048 features is singular; FID of fewer is called FID-n."""


@dataclass(frozen=True)
class Metric:
    """What a metric is called, which figures are better, how it is measured and how it is shown.

    Attributes:
        name: in metrics.csv, and of the values that are kept of each picture.
        better: "lower" or "higher"; "" where neither is.
        protocols: by which it is measured, as `metrics.scores` describes them; the first is meant where nothing else
            is said.
        function: MODULE.NAME of this package, what computes it from the sets of pictures that the protocol compares: a
            figure of the whole set, or a value (N,) for each picture, whose mean is the figure.
        of_set: which of the two.
        replicates: likewise, what computes the jackknife replicates (groups,) of a figure of the set.
        network: whose view of the pictures `function` is given, by its key in `scores.VIEWS`; "" for the pixels.
        fewest: pictures of which it says anything; of fewer it is left out.
        biased: whether its value depends on the number of images, so that of few it is called by that number.
        column: what a table's column is called, where that is not the name.
        told: the protocol where it is to stand beside the name.
        scale: what the figure is multiplied by where it is shown.
        digits: after the point, of a figure without an error.
    """

    name: str
    better: str
    protocols: tuple[str, ...]
    function: str
    of_set: bool = False
    replicates: str = ""
    network: str = ""
    fewest: int = 1
    biased: bool = False
    column: str = ""
    told: str = ""
    scale: float = 1
    digits: int = 2

    @property
    def protocol(self) -> str:
        """The protocol that is meant."""
        return self.protocols[0]

    @property
    def key(self) -> tuple[str, str]:
        """Name and protocol, by which it is found in a metrics table."""
        return self.name, self.protocol

    def by(self, protocol: str) -> "Metric":
        """The same metric by one of its protocols, which is then the one that is meant and stands beside its name."""
        return dataclasses.replace(self, protocols=(protocol,), told=protocol)

    def called(self, images: int) -> str:
        """Its name for so many images: "FID-1000" of a thousand."""
        return f"{self.name}-{images}" if self.biased and images < MINIMUM_IMAGES else self.name

    @property
    def label(self) -> str:
        """Of a table's row: "10³ KID", "FID, paired"."""
        return self._shown(self.name)

    @property
    def heading(self) -> str:
        """Of a table's column, which may be shorter."""
        return self._shown(self.column or self.name)

    def _shown(self, name: str) -> str:
        return {1: "", 1000: "10³ "}[self.scale] + name + (f", {self.told}" if self.told else "")

    def text(self, value: float) -> str:
        """A figure for a sentence."""
        return f"{self.scale * value:.{self.digits}f}"

    def best_first(self, figures: Mapping[str, float]) -> dict[str, float]:
        """Figures by what they are of, in the order of merit."""
        return dict(sorted(figures.items(), key=lambda item: item[1], reverse=self.better == "higher"))

    def best(self, figures: Mapping[str, float]) -> str:
        """What the best of some figures is of."""
        return next(iter(self.best_first(figures)))

    def improved_by(self, difference: float) -> bool:
        """Whether a figure that is larger by `difference` is the better one."""
        return difference < 0 if self.better == "lower" else difference > 0

    def load(self, name: str) -> Callable:
        """One of its functions, by what `function` or `replicates` says."""
        module, _, attribute = name.rpartition(".")
        return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)


FID = Metric(
    "FID", "lower", ("disjoint", "paired"), "frechet.fid_value", True, "frechet.fid_replicates", "inception",
    biased=True,
)  # fmt: skip
KID = Metric(
    "KID", "lower", ("disjoint",), "frechet.kernel_distance", True, "frechet.kid_replicates", "inception",
    scale=1000, digits=1,
)  # fmt: skip
PD = Metric("PD", "lower", ("paired",), "perceptual.perceptual_distance", network="inception")
LPIPS = Metric("LPIPS", "lower", ("paired",), "perceptual.lpips", network="alexnet", digits=3)
PSNR = Metric("PSNR", "higher", ("paired",), "fidelity.peak_signal_to_noise")
SSIM = Metric("SSIM", "higher", ("paired",), "fidelity.structural_similarities", digits=3)
IS = Metric(
    "IS", "higher", ("alone",), "inception_score.mean_score", True, "inception_score.score_replicates",
    "inception classes", fewest=20,  # two a split
)  # fmt: skip
IS_DEVIATION = dataclasses.replace(
    IS, name="IS split deviation", better="", function="inception_score.split_deviation", replicates=""
)
PROXY_SCORE, PROXY_DEVIATION = (
    dataclasses.replace(metric, name=f"EfficientNet-Lite0 {metric.name}", network="efficientnet")
    for metric in (IS, IS_DEVIATION)
)
COLORFULNESS = Metric("Colorfulness", "", ("alone",), "colorfulness.colorfulness", column="colorfulness", digits=1)
DIVERSITY = Metric(
    "LPIPS diversity", "higher", ("samples",), "perceptual.diversity", network="alexnet", column="diversity", digits=3
)

METRICS = {
    metric.name: metric
    for metric in (
        FID, KID, PD, LPIPS, PSNR, SSIM, IS, IS_DEVIATION, PROXY_SCORE, PROXY_DEVIATION, COLORFULNESS, DIVERSITY,
    )
}  # fmt: skip
"""All records by name, in the order in which they are measured."""
