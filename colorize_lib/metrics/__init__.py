"""Metrics: a record of each one, and pure functions from features of pictures to figures and their standard errors.

Reading the records loads no backend. To add a metric, write its function in a module of this package and its record
here, and name it in the tables that should show it.
"""

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MINIMUM_IMAGES = 2049
"""With fewer images than this, the covariance of 2048 features is singular, and FID is called FID-n."""


@dataclass(frozen=True)
class Metric:
    """What a metric is called, which direction is better, how it is measured and how it is shown.

    Attributes:
        name: as metrics.csv gives it; the values kept for each picture have the same name.
        better: "lower", "higher", or "" for neither.
        protocols: how it can be measured (`metrics.scores` explains the protocols); the first is the default.
        function: MODULE.NAME within this package. It is given the sets of pictures that the protocol compares and
            returns a single figure or, if not `of_set`, a value (N,) for each picture, whose mean is the figure.
        of_set: whether it is a figure of the whole set.
        replicates: MODULE.NAME of the function that computes the figure's jackknife replicates (groups,), if it has
            any.
        network: which network's view of the pictures the functions are given, a key of `scores.VIEWS`; "" for pixels.
        fewest: the smallest number of pictures for which it is computed.
        biased: whether it depends on the number of images, which then becomes part of its name when they are few.
        column: a short name for the heading of a table's column.
        shown_protocol: the protocol, if labels and headings should mention it.
        scale: the factor by which the figure is multiplied for display.
        digits: decimal places of a figure that is shown without its error.
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
    shown_protocol: str = ""
    scale: float = 1
    digits: int = 2

    @property
    def protocol(self) -> str:
        """The default protocol."""
        return self.protocols[0]

    @property
    def key(self) -> tuple[str, str]:
        """Name and default protocol, by which a metrics table is searched."""
        return self.name, self.protocol

    def by(self, protocol: str) -> "Metric":
        """The same metric with this protocol as its only one, which its label and heading mention."""
        return dataclasses.replace(self, protocols=(protocol,), shown_protocol=protocol)

    def called(self, images: int) -> str:
        """Its name when it is measured on this many images, such as "FID-1000"."""
        return f"{self.name}-{images}" if self.biased and images < MINIMUM_IMAGES else self.name

    @property
    def label(self) -> str:
        """The label of a table's row, such as "10³ KID" or "FID, paired"."""
        return self._shown(self.name)

    @property
    def heading(self) -> str:
        """The heading of a table's column, which may be shorter."""
        return self._shown(self.column or self.name)

    def _shown(self, name: str) -> str:
        return {1: "", 1000: "10³ "}[self.scale] + name + (f", {self.shown_protocol}" if self.shown_protocol else "")

    def text(self, value: float) -> str:
        """A figure as a sentence gives it."""
        return f"{self.scale * value:.{self.digits}f}"

    def best_first(self, figures: Mapping[str, float]) -> dict[str, float]:
        """The same figures, the best first."""
        return dict(sorted(figures.items(), key=lambda item: item[1], reverse=self.better == "higher"))

    def best(self, figures: Mapping[str, float]) -> str:
        """The key of the best figure."""
        return next(iter(self.best_first(figures)))

    def improved_by(self, difference: float) -> bool:
        """Whether adding `difference` to a figure makes it better."""
        return difference < 0 if self.better == "lower" else difference > 0

    def load(self, name: str) -> Callable:
        """The function that `function` or `replicates` names."""
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
"""All records by name, in the order in which the metrics are measured."""
