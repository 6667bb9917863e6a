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
# (sec-data)=
# # The photographs
#
# This chapter says which photographs the study uses and on what terms, how they are prepared and divided, and what a
# gray picture keeps and loses of them. Statistics of a data set are those of its training split. They were computed
# once, with `data describe`, and are kept in `results/tables/`, so that this page can be made where the data sets are
# not at hand; only a data set of which there is no record is described while the page is made.

# %% tags=["parameters"]
study_file = "params/report.yaml"  # names the data set that is described beside the recorded ones
data_set = None  # None: as it says
image_size = None

# of book/photos: one that is shown in its planes, and one with less and less chroma
example_photo = "lorikeet.jpg"
slider_photo = "butterfly.jpg"

# %% tags=["hide-input"]
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown
from matplotlib.colors import LogNorm
from myst_nb import glue
from PIL import Image

from colorize_lib import color, data
from colorize_lib.book import parameters
from colorize_lib.data import decode, splits
from colorize_lib.metrics import COLORFULNESS, FID, KID, PROXY_SCORE
from colorize_lib.photo import upsampling
from colorize_lib.photo.upsampling import Upsampler
from colorize_lib.report import explorers, figures
from colorize_lib.report.texts import value_text
from colorize_lib.runs.store import Store

figures.use_style()

study = parameters.study(study_file, data_set=data_set, image_size=image_size)

tiny = ("tiny_imagenet", 32)  # what the text speaks of
described = data.descriptions(study.data_set, study.image_size, "results/tables")
sets = described["data_sets"].set_index(data.description.KEY)
sets = sets.loc[sorted(sets.index, key=lambda key: key != tiny)]  # the study's own first


def title(key):
    """A data set and the side of its pictures, for people."""
    name = {"tiny_imagenet": "Tiny ImageNet", "cifar10": "CIFAR-10"}.get(key[0], key[0].replace("_", " "))
    return f"{name}, {key[1]}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{key[1]}"


def rows(table, key):
    """The rows of a table that are of one data set at one size."""
    of_table = described[table]
    return of_table[(of_table.data_set == key[0]) & (of_table.image_size == key[1])]


def tell(**numbers):
    """Make numbers known to the text."""
    for name, number in numbers.items():
        glue(name, Markdown(str(number)), display=False)


# %% [markdown]
# (sec-data-sets)=
# ## Data sets
#
# **Tiny ImageNet** {cite:p}`le2015tiny` is the data set of the study. It was made at Stanford University for the
# course CS231n and holds photographs of 200 of the thousand classes of ImageNet {cite:p}`russakovsky2015imagenet`,
# reduced to $64 \times 64$ pixels: 500 photographs a class for training, 50 for validation and 50 for the test.
# Labels are not used here. The study reduces the photographs to $32 \times 32$, a size at which all architectures can
# be trained many times with the compute at hand. It takes the first 5,000 of the 10,000 test photographs. ImageNet's
# terms of access permit research and teaching that are not commercial; the rights in the photographs remain with
# their photographers. So this repository holds none of them, nor does this page show any: the library reads them from
# the archive that Stanford serves.
#
# **CIFAR-10** {cite:p}`krizhevsky2009learning` repeats the final comparison. Its 60,000 photographs of ten classes
# have $32 \times 32$ pixels, so that nothing is resized. They were selected from the *80 Million Tiny Images*
# {cite:p}`torralba2008tiny`, a collection gathered by web search that its authors withdrew in 2020, after
# {cite:t}`birhane2021large` had shown what it contains; CIFAR-10 itself remains in use. It comes without a licence
# and with the request to cite its report. A known defect is that 3.3% of its test photographs have near-duplicates
# among the training photographs {cite:p}`barz2020train`.
#
# **Photographs for runs without a download.** `sample_photos` are crops of the seven colour photographs that the
# packages scikit-image and scikit-learn carry. The splits come from disjoint regions of the same seven photographs:
# enough to execute every line of this book, too few to measure anything.
#
# **Photographs to look at.** The book shows two dozen other photographs, whose licences permit that. Their authors
# are named in {numref}`tab-photographs`. No model is trained on them and no score in a table is theirs; sixteen of
# them, which every run colours, serve to show where models succeed and fail.
#
# (sec-prepare)=
# ## Preparation
#
# `data prepare` decodes each photograph once and writes all of them into one array of 8-bit RGB values. Of a
# photograph that is not square the centre is taken. It is then reduced by *area*: a pixel of the result is the mean
# of the region that it covers, where a pixel on the border of the region counts for the part that lies inside.
# Reducing without such an average turns fine texture into false patterns, and the choice of filter alone changes FID
# {cite:p}`parmar2022aliased`. A photograph smaller than the size asked for is left out, never enlarged. The sums are
# of whole numbers, so that the same pixels decoded give the same array on every machine; a data set is identified by
# the SHA-256 of that array.
#
# Averages are of the values as they are stored. These are *gamma-coded* {cite:p}`iec1999srgb`, roughly the square
# root of the amount of light, so that the average of stored values is not what a camera of fewer pixels would have
# recorded: it is darker where light and dark details mix. Stored values are what practically all data sets, and the
# published systems, average. They have an advantage here besides: luma {eq}`eq-luma` is a linear function of them, so
# that reducing a photograph and making it gray can be exchanged, but for rounding. A model trained on small pictures
# sees exactly what becomes of a large gray one. The next cell checks this, and measures the effect of averaging light
# instead.

# %%
paths = sorted(Path("book/photos").glob("*.jpg"))
photographs = {path.name: np.asarray(Image.open(path)) for path in paths}


def light(x):
    """Linear light in [0, 1] of sRGB values in [0, 1]."""
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def coded(x):
    """sRGB values in [0, 1] of linear light."""
    return np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055)


apart, lighter = [], []
for photograph in photographs.values():
    small = decode.area_resize(photograph, 32)
    gray = np.repeat(color.gray(photograph), 3, axis=-1)
    small_gray = decode.area_resize(gray, 32)[..., :1]
    apart.append(np.abs(color.gray(small).astype(int) - small_gray).max())
    blocks = light(photograph / 255).reshape(32, 8, 32, 8, 3).mean(axis=(1, 3))
    lighter.append(color.luma(255 * coded(blocks) - small))
assert max(apart) <= 1

blue = np.array([0.0, 0.0, 1.0])
luminance = 255 * coded(light(blue) @ [0.2126, 0.7152, 0.0722])
print(f"gray before or after reducing: at most {max(apart)} level apart")
print(f"light averaged instead: {np.mean(lighter):.1f} levels lighter,", end=" ")
print(f"at most {np.max(lighter):.0f}")
print(f"pure blue: luma {255 * color.luma(blue).item():.0f},", end=" ")
print(f"luminance, gamma-coded, {luminance:.0f}")

# %% [markdown]
# The last line concerns another consequence of the code. Luma is a weighted sum of coded values, luminance one of
# light. They agree on grays and differ on saturated colours, which are darker in luma. Black and white film, or
# another formula, would give other gray pictures of the same scene; all families of this study are given luma.
#
# (sec-gray)=
# ## Photographs that are gray already
#
# A black and white photograph in the training data teaches a model to leave pictures gray, and among the originals
# that a metric is computed from it rewards that. Such photographs are left out of everything and counted. A file with
# one channel is gray, but so is one with three equal channels, and one whose channels differ by nothing but
# compression noise or the faint tint of a print. The criterion therefore looks at pixels: a photograph counts as gray
# if its three channels are nowhere more than a few levels of 255 apart. It is applied to means over a grid of 64
# pixels a side at most, because single pixels of a large photograph can be noisier than it is coloured, and before
# the photograph is reduced to the size asked for, so that the same photographs are kept at every size.

# %% tags=["hide-input"]
SHOWN = 30  # levels
figure, axes = plt.subplots(1, len(sets), figsize=(7, 2.1), layout="constrained", squeeze=False)
for axis, key in zip(axes[0], sets.index, strict=True):
    levels = rows("data_gray_levels", key).set_index("level").photographs.reindex(range(SHOWN + 1), fill_value=0)
    axis.bar(levels.index, levels, width=0.8, color=np.where(levels.index <= decode.GRAY_LEVELS, "0.35", "tab:orange"))
    axis.axvline(decode.GRAY_LEVELS + 0.5, color="0.35", linestyle=":", linewidth=1)
    axis.set(title=title(key), xlabel="largest distance of the channels", yscale="symlog", ylim=(0, None))
axes[0, 0].set_ylabel("training photographs")
glue("gray-levels", figure, display=False)
plt.close(figure)

levels = rows("data_gray_levels", tiny).set_index("level").photographs
gray = levels.loc[: decode.GRAY_LEVELS]
tell(
    threshold=decode.GRAY_LEVELS,
    gray_zero=f"{gray[0]:,}",
    gray_faint=f"{gray.loc[1:].sum():,}",
    gray_next=f"{levels.loc[decode.GRAY_LEVELS + 1 : 10].sum():,}",
    gray_all=f"{gray.sum():,}",
    gray_share=f"{gray.sum() / levels.sum():.1%}",
)

# %% [markdown]
# ```{glue:figure} gray-levels
# :name: fig-gray-levels
#
# Training photographs by the largest distance, in levels of 255, between their channels, as far as 30; the scale is
# linear up to 1 and logarithmic above. Those left of the dotted line are left out as gray.
# ```
#
# {numref}`fig-gray-levels` shows where the line is drawn, at {glue:md}`threshold` levels. Of Tiny ImageNet's training
# photographs {glue:md}`gray_zero` have equal channels and {glue:md}`gray_faint` are from 1 to {glue:md}`threshold`
# levels apart, black and white prints with a hardly visible tint. The next {glue:md}`gray_next`, up to 10 levels,
# show pale things that do have a colour; a stricter rule would lose them. Altogether {glue:md}`gray_all` training
# photographs, {glue:md}`gray_share`, are left out.
#
# (sec-split)=
# ## The split
#
# Each data set is divided into four splits.
#
# - **train**: the only photographs that weights are fitted to. Mirroring left to right is the only augmentation.
# - **validation**: coloured to tune and to choose. Until {numref}`Section %s <sec-scaling>`, every figure of a model is
#   measured on validation photographs.
# - **reference**: the other side of each *disjoint* FID and KID. No model is trained on these photographs or colours
#   them.
# - **test**: coloured and scored when the settings of a family are chosen; no choice is made by them.
#
# Why a split for reference? FID compares two sets of pictures. If the second holds the originals of the first, as in
# the *paired* protocol, then a colorization inherits the composition, the objects and the textures of its own
# original, and the distance of two different samples of one distribution, the floor, is hidden. If the second set
# were the training set, a model would gain by reproducing it from memory. A set of its own avoids both. It has more
# than 2,048 pictures, fewer than which would leave the covariance of the 2,048 features in {eq}`eq-fid` singular.
#
# The reference photographs come from the same part of Tiny ImageNet as the validation photographs, the test photographs
# from another one, and the two parts are not quite alike: {numref}`tab-split-shift` gives figures of the originals.
# Test and validation figures of a model are therefore not compared with each other in this book, but each with those of
# the originals of its own split.

# %% tags=["hide-input"]
keys = ["split", "metric", "protocol"]
originals = Store.default().table("baselines").query("method == 'original' and data_set == @tiny[0]")
originals = originals.sort_values("images").drop_duplicates(keys, keep="last").set_index(keys)
figures.save_table(
    pd.DataFrame(
        {"originals": split}
        | {
            metric.heading: value_text(originals.loc[(split, metric.name, metric.protocol)], metric.scale)
            for metric in (FID, KID, PROXY_SCORE, COLORFULNESS)
        }
        for split in ("validation", "test")
    ),
    "split-shift",
)

# %% [markdown]
# ```{csv-table} Originals of Tiny ImageNet against the reference; in parentheses the error of the last digits
# :name: tab-split-shift
# :file: ../book/executed/tables/split-shift.csv
# :header-rows: 1
# ```
#
# A data set's files are listed in a fixed order, and a permutation of each part, drawn from a seed, is cut into
# shares. Gray photographs have their places in the list, so that a photograph's split depends on its name and on the
# seed alone, not on what is left out or on the size of the pictures. The permutation ranks the raw output of a
# counter-based generator {cite:p}`salmon2011parallel`, whose stream, unlike a library's shuffling, is defined for
# good. Taking the first photographs of a split gives smaller training sets that are nested in the larger ones. The
# cell below divides Tiny ImageNet's validation part as the study does.

# %%
shares = {"validation": 1, "reference": 1}
halves = splits.split_positions("val", 10_000, shares, seed=0)
for split, positions in halves.items():
    names = ", ".join(f"val_{position}" for position in positions[:3])
    print(f"{split}: {len(positions):,} photographs, the first {names}")

# disjoint, and all of them
assert sorted(np.concatenate(list(halves.values()))) == list(range(10_000))

# %% tags=["hide-input"]
order = splits.SPLITS.index
counted = pd.concat([rows("data_splits", key).sort_values("split", key=lambda s: s.map(order)) for key in sets.index])
names = pd.Series([title(key) for key in zip(counted.data_set, counted.image_size, strict=True)])
figures.save_table(
    pd.DataFrame(
        {
            "data set": names.mask(names.duplicated(), "").to_numpy(),
            "split": counted.split,
            "source's part": counted.part,
            "files": counted.files.map("{:,}".format),
            "left out": (counted.files - counted.kept).map("{:,}".format),
            "kept": counted.kept.map("{:,}".format),
            "seen in training": ["–" if pd.isna(count) else f"{int(count):,}" for count in counted.identical],
        }
    ),
    "data-splits",
)
same = rows("data_splits", tiny).set_index("split").identical
tell(
    same_train=int(same["train"]),
    same_validation=int(same["validation"]),
    same_reference=int(same["reference"]),
    kept_validation=f"{rows('data_splits', tiny).set_index('split').kept['validation']:,}",
    kept_reference=f"{rows('data_splits', tiny).set_index('split').kept['reference']:,}",
)

# %% [markdown]
# ```{csv-table} The split, with seed 0; all that was left out of Tiny ImageNet and CIFAR-10 is gray
# :name: tab-data-splits
# :file: ../book/executed/tables/data-splits.csv
# :header-rows: 1
# :widths: 22 15 14 13 11 12 13
# ```
#
# The counts of {numref}`tab-data-splits` are those that every later FID carries: of each half of 5,000 validation
# photographs {glue:md}`kept_validation` are coloured and {glue:md}`kept_reference` are the reference. The last column
# counts photographs that equal a training photograph pixel by pixel (in the row of training, another one). In Tiny
# ImageNet these are {glue:md}`same_validation` of the validation and {glue:md}`same_reference` of the reference
# photographs, and {glue:md}`same_train` of the training photographs are repetitions: too few to matter, and left where
# they are. Near-duplicates are not counted, and the test split is not searched.

# %% [markdown]
# (sec-gray-keeps)=
# ## What gray keeps and loses
#
# {numref}`fig-planes` separates a photograph into the gray picture, which a model is given, and the two planes of
# chroma {eq}`eq-chroma`, which it has to supply, at full size and at the sizes of the study. What is striking is how
# little of the scene can be recognised in the chroma. Contours and textures are in the luma; chroma is made of smooth
# patches.


# %% tags=["hide-input"]
def planes(photograph):
    """A photograph, its gray picture, and at medium luma its Cb, its Cr and both: five uint8 pictures."""
    cb_cr = color.chroma(color.to_float(photograph))
    medium = np.zeros_like(cb_cr[..., :1])
    parts = [cb_cr * [1, 0], cb_cr * [0, 1], cb_cr]
    gray = np.repeat(color.gray(photograph), 3, axis=-1)
    return [photograph, gray, *(color.to_uint8(color.compose(medium, part)) for part in parts)]


SIZES = (256, 64, 32)
figure, axes = plt.subplots(len(SIZES), 5, figsize=(7, 4.3), layout="constrained")
for line, size in zip(axes, SIZES, strict=True):
    for axis, picture in zip(line, planes(decode.area_resize(photographs[example_photo], size)), strict=True):
        axis.imshow(picture, interpolation="none")
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    line[0].set_ylabel(f"{size} × {size}")
for axis, name in zip(axes[0], ("photograph", "gray", "$C_B$", "$C_R$", "$C_B$ and $C_R$"), strict=True):
    axis.set_title(name)
glue("planes", figure, display=False)
plt.close(figure)

attribution = pd.read_csv("book/photos/ATTRIBUTION.csv").set_index("file")


def credit(name):
    author, source = attribution.loc[name, ["author", "source"]]
    return f"[{author}]({source})"


tell(example_author=credit(example_photo), slider_author=credit(slider_photo))

# %% [markdown]
# ```{glue:figure} planes
# :name: fig-planes
#
# A photograph, its luma, and its chroma at medium luma, at three sizes. Photograph: {glue:md}`example_author`, CC BY
# 2.0, cropped to a square and resized.
# ```
#
# ### Energy
#
# Values of luma and chroma are in $[-1, 1]$ where those of RGB are. {numref}`tab-data-moments` gives their spread
# over all pixels of the training photographs. *Lost in gray* is the mean squared distance between a photograph and
# its gray picture, over pixels and channels, as a share of the variance of RGB values, and PSNR is the same distance
# on the usual scale, $10 \log_{10} (2^2 / \text{mean squared error})$ decibels.


# %% tags=["hide-input"]
def psnr(error):
    """Decibels of a mean squared error of values in [-1, 1]."""
    return 10 * np.log10(4 / error)


def moments(key):
    row = sets.loc[key]
    covariance = np.array([[row.cb_variance, row.cb_cr_covariance], [row.cb_cr_covariance, row.cr_variance]])
    largest = np.linalg.eigvalsh(covariance)[-1]
    return {
        "training photographs": f"{row.images:,}",
        "standard deviation of luma": f"{row.luma_variance**0.5:.3f}",
        "of $C_B$": f"{row.cb_variance**0.5:.3f}",
        "of $C_R$": f"{row.cr_variance**0.5:.3f}",
        "mean of $C_B$, of $C_R$": f"{row.cb_mean:+.3f}, {row.cr_mean:+.3f}",
        "correlation of $C_B$ and $C_R$": f"{row.cb_cr_covariance / (row.cb_variance * row.cr_variance) ** 0.5:+.2f}",
        "variance of chroma along one axis": f"{largest / np.trace(covariance):.0%}",
        "pixels without colour": f"{row.near_gray:.1%}",
        "lost in gray": f"{row.gray_error / row.rgb_variance:.1%}",
        "PSNR of the gray picture": f"{psnr(row.gray_error):.1f} dB",
        "SHA-256 of the array begins": f"`{row.sha256[:12]}`",
        "described": "with this page" if pd.isna(row.date) else f"{row.date}, commit {row.commit}",
    }


texts = {title(key): {name: text.replace("-0.", "−0.") for name, text in moments(key).items()} for key in sets.index}
figures.save_table(pd.DataFrame(texts).rename_axis("").reset_index(), "data-moments")
tell(
    lost=texts[title(tiny)]["lost in gray"],
    gray_psnr=texts[title(tiny)]["PSNR of the gray picture"],
    axis_share=texts[title(tiny)]["variance of chroma along one axis"],
    variances=f"{sets.luma_variance[tiny] / (sets.cb_variance[tiny] + sets.cr_variance[tiny]):.1f}",
)

# %% [markdown]
# ```{csv-table} Luma and chroma of the training photographs
# :name: tab-data-moments
# :file: ../book/executed/tables/data-moments.csv
# :header-rows: 1
# ```
#
# In Tiny ImageNet the variance of luma is {glue:md}`variances` times that of both chroma planes together, and the
# gray picture lacks only {glue:md}`lost` of the variance of RGB values. By PSNR a model that adds no colour at all
# scores {glue:md}`gray_psnr`, which is one reason why PSNR is no measure of colorization. *Pixels without colour*
# have channels at most {glue:md}`threshold` levels apart.
#
# ### Distribution
#
# {numref}`fig-chroma` shows how the chroma of pixels is distributed. It has a peak at gray, falls off by orders of
# magnitude long before the limits of the gamut, and is stretched along one axis, from blue to orange, which carries
# {glue:md}`axis_share` of the variance in Tiny ImageNet. The responses of the eye's cones to natural scenes also vary
# most, after lightness, between blue and yellow {cite:p}`ruderman1998statistics`. So a loss that weights all pixels
# alike is dominated by pale colours: {cite:t}`zhang2016colorful` weight rare colours up for this reason.

# %% tags=["hide-input"]
BINS, BIN = data.description.BINS, data.description.BIN
edge = BINS * BIN / 2
figure, axes = plt.subplots(1, len(sets), figsize=(7, 2.9), layout="constrained", squeeze=False)
for axis, key in zip(axes[0], sets.index, strict=True):
    counts = rows("data_chroma", key)
    share = np.full((BINS, BINS), np.nan)
    places = [np.rint(counts[name] / BIN).astype(int) + BINS // 2 for name in ("cr", "cb")]
    share[tuple(places)] = counts.pixels / counts.pixels.sum()
    shown = axis.imshow(share, origin="lower", extent=(-edge, edge, -edge, edge), norm=LogNorm(1e-7, 0.2))
    axis.plot(sets.cb_mean[key], sets.cr_mean[key], "r+", markersize=6)
    axis.set(title=title(key), xlabel="$C_B$", xlim=(-0.8, 0.8), ylim=(-0.8, 0.8))
axes[0, 0].set_ylabel("$C_R$")
figure.colorbar(shown, ax=axes[0], label="share of pixels", shrink=0.8)
glue("chroma-histogram", figure, display=False)
plt.close(figure)

# %% [markdown]
# ```{glue:figure} chroma-histogram
# :name: fig-chroma
#
# Pixels of the training photographs by chroma, in bins 0.04 wide; white bins are empty. The cross is the mean.
# ```
#
# ### What can be guessed without recognising anything
#
# How far does one get without looking at what a picture shows? Three guesses are fitted to training photographs and
# measured on validation photographs: the mean chroma of all pixels, the mean chroma of pixels with the given luma,
# and the mean chroma for luma and place in the picture together (the sky is above). Each is the best guess of its
# kind in the sense of {eq}`eq-mean`. The first three rows of {numref}`tab-data-explained` give the share of the mean
# squared chroma that each of them explains; leaving the picture gray explains nothing, and a perfect colorization all
# of it.

# %% tags=["hide-input"]
GUESSES = {"constant": "mean chroma", "luma": "mean for the pixel's luma", "place": "mean for its luma and place"}
KEPT = (1, 2, 4, 8, 16)


def explained(key):
    """Shares of mean squared chroma, by what they are explained from."""
    row = sets.loc[key]
    whole = row.cb_variance + row.cr_variance + row.cb_mean**2 + row.cr_mean**2
    lost = rows("data_resolutions", key).set_index("resolution")[["cb", "cr"]].sum(axis=1)
    guessed = {name: row[f"explained_{kind}"] for kind, name in GUESSES.items()}
    return guessed | {f"its own colours, {n} × {n}": 1 - lost[n] / whole for n in KEPT if n in lost}


shares = pd.DataFrame({title(key): explained(key) for key in sets.index})
figures.save_table(
    shares.map(lambda share: "–" if pd.isna(share) else f"{share:.1%}".replace("-", "−"))
    .rename_axis("explained by")
    .reset_index(),
    "data-explained",
)
ours = shares[title(tiny)]
tell(
    constant_share=f"{ours.iloc[0]:.1%}",
    place_share=f"{ours.iloc[2]:.1%}",
    own_tint=f"{ours['its own colours, 1 × 1']:.0%}",
    own_8=f"{ours['its own colours, 8 × 8']:.0%}",
)

# %% [markdown]
# ```{csv-table} Share of the mean squared chroma that guesses and a photograph's own colours explain
# :name: tab-data-explained
# :file: ../book/executed/tables/data-explained.csv
# :header-rows: 1
# ```
#
# In Tiny ImageNet the mean chroma, a brownish tint, explains {glue:md}`constant_share`, and luma and place bring that
# to {glue:md}`place_share`. Everything beyond has to come from recognising what the picture shows. Later chapters
# score a constant tint as if it were a model; there it is chosen by FID, which need not prefer the mean.
#
# The other rows are of another kind: they use the photograph's own colours, which no model is given, and ask how many
# of them one would have to know; they are measured on the training photographs. One colour for the whole picture
# explains {glue:md}`own_tint`, and a grid of $8 \times 8$ explains {glue:md}`own_8`.

# %% [markdown]
# (sec-chroma-resolution)=
# ## Chroma at low resolution
#
# Let $P_n$ replace a plane by its means over the blocks of an $n \times n$ grid. This is an orthogonal projection, so
# that the energy of a plane $c$ is divided exactly into what the grid keeps and what it loses,
#
# ```{math}
# :label: eq-blocks
# \lVert c \rVert_2^2 = \lVert P_n c \rVert_2^2 + \lVert c - P_n c \rVert_2^2 ,
# ```
#
# and the loss from $2n$ to $n$ is the energy in one octave of spatial frequency: a spectrum in the sense of the Haar
# wavelets {cite:p}`mallat1989theory`. {numref}`fig-resolutions` shows what is lost at each grid, on the left as a
# share of the variance of luma and of chroma, on the right as the error of pictures that keep their luma whole.

# %% tags=["hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(7, 2.7), layout="constrained")
for key, hue in zip(sets.index, plt.rcParams["axes.prop_cycle"].by_key()["color"], strict=False):
    row, lost = sets.loc[key], rows("data_resolutions", key).set_index("resolution").iloc[1:]
    style = {"color": hue, "markersize": 3}
    luma, chroma = lost.luma / row.luma_variance, (lost.cb + lost.cr) / (row.cb_variance + row.cr_variance)
    axes[0].plot(lost.index, 100 * luma, "s--", label=f"luma, {title(key)}", **style)
    axes[0].plot(lost.index, 100 * chroma, "o-", label=f"chroma, {title(key)}", **style)
    axes[1].plot(lost.index, psnr(lost.rgb), "o-", label=title(key), **style)
    axes[1].axhline(psnr(row.gray_error), color=hue, linestyle=":", linewidth=1)
axes[0].set(ylabel="variance lost, %", ylim=(0, None))
axes[1].set(ylabel="PSNR with whole luma, dB")
ticks = sorted({n for key in sets.index for n in rows("data_resolutions", key).resolution.iloc[1:]})
for axis in axes:
    axis.set(xlabel="grid $n$", xscale="log")
    axis.set_xticks(ticks, ticks)
    axis.minorticks_off()
    axis.grid(**figures.GRID)
    axis.legend(frameon=False, fontsize=7)
glue("resolutions", figure, display=False)
plt.close(figure)

lost = rows("data_resolutions", tiny).set_index("resolution")
chroma = (lost.cb + lost.cr) / (sets.cb_variance[tiny] + sets.cr_variance[tiny])
tell(
    luma_16=f"{lost.luma[16] / sets.luma_variance[tiny]:.0%}",
    chroma_16=f"{chroma[16]:.0%}",
    luma_8=f"{lost.luma[8] / sets.luma_variance[tiny]:.0%}",
    chroma_8=f"{chroma[8]:.0%}",
    psnr_8=f"{psnr(lost.rgb[8]):.1f}",
    subsampled=f"{sets.subsampled[tiny]:,}",
    subsampled_of=f"{rows('data_splits', tiny).set_index('split').files['train']:,}",
)

# %% [markdown]
# ```{glue:figure} resolutions
# :name: fig-resolutions
#
# Left: share of the variance of luma (dashed) and chroma (solid) that is lost where a plane is kept as means over an
# $n \times n$ grid. Right: PSNR of pictures of whole luma and such chroma; dotted, the gray pictures.
# ```
#
# At half the side, Tiny ImageNet's luma loses {glue:md}`luma_16` of its variance and its chroma {glue:md}`chroma_16`;
# at a quarter of the side, {glue:md}`luma_8` and {glue:md}`chroma_8`. Chroma has less detail than luma, though it is
# not without it. The eye has a lower resolution for colour too {cite:p}`mullen1985contrast`, which is why JPEG files
# usually keep chroma at half the side of luma {cite:p}`wallace1992jpeg`. So do {glue:md}`subsampled` of the
# {glue:md}`subsampled_of` training files of Tiny ImageNet: their $64 \times 64$ pixels hold $32 \times 32$ values of
# chroma, and reducing them to $32 \times 32$, as this study does, loses detail in the luma but hardly any in the
# chroma.
#
# ### Small chroma for large photographs
#
# The same holds for larger pictures, and that is what makes small models useful. A photograph that is to be coloured
# has its luma at full resolution; only chroma has to be added, and it may come from a model that works on $32 \times
# 32$ pixels if there is a good way to enlarge it. The cell below keeps the chroma of the two dozen photographs of
# this book, of $256 \times 256$ pixels, as means over an $n \times n$ grid, brings it back to full size in three
# ways, and measures the error of the pictures composed with the whole luma: with blocks, with bicubic interpolation,
# and along the edges of the luma with a guided filter {cite:p}`he2013guided`.

# %%
GRIDS = (1, 2, 4, 8, 16, 32, 64, 128)


def block_means(planes, n):
    """Planes (S, S, C) as means over an n x n grid."""
    side = len(planes) // n
    return planes.reshape(n, side, n, side, -1).mean(axis=(1, 3))


def enlarged(chroma, luma, n):
    """Chroma (S, S, 2) kept at n x n and brought back, by three methods."""
    small, shape = block_means(chroma, n), luma.shape[:2]
    return {
        "blocks": np.kron(small, np.ones((len(luma) // n, len(luma) // n, 1))),
        "bicubic": upsampling.resize(small, shape, upsampling.BICUBIC),
        "guided by luma": Upsampler(block_means(luma, n), small)(luma),
    }


errors = []
for photograph in photographs.values():
    rgb = color.to_float(photograph)
    luma, chroma = color.luma(rgb), color.chroma(rgb)
    for n in GRIDS:
        for method, cb_cr in enlarged(chroma, luma, n).items():
            error = ((color.compose(luma, cb_cr) - rgb) ** 2).mean()
            errors.append({"grid": n, "method": method, "error": error})
curves = pd.DataFrame(errors).pivot_table("error", "grid", "method")  # means

# %% tags=["hide-input"]
figure, axis = plt.subplots(figsize=(7, 2.9), layout="constrained")
for method, marker in {"blocks": "s", "bicubic": "^", "guided by luma": "o"}.items():
    axis.plot(curves.index, psnr(curves[method]), marker=marker, markersize=3.5, linewidth=1.2, label=method)
axis.set(xlabel="grid $n$ of chroma", ylabel="PSNR with whole luma, dB", xscale="log")
axis.set_xticks(GRIDS, [f"{n}\n1/{(256 // n) ** 2:,}" for n in GRIDS])
axis.minorticks_off()
axis.grid(**figures.GRID)
axis.legend(frameon=False)
glue("rate-distortion", figure, display=False)
plt.close(figure)

at_32 = psnr(curves.loc[32])
none = np.mean([(photograph - color.gray(photograph).astype(float)) ** 2 for photograph in photographs.values()])
tell(
    count=len(photographs),
    guided_32=f"{at_32['guided by luma']:.1f}",
    bicubic_32=f"{at_32['bicubic']:.1f}",
    blocks_32=f"{at_32['blocks']:.1f}",
    tint_256=f"{psnr(curves.loc[1, 'blocks']):.1f}",
    gray_256=f"{psnr(none / 127.5**2):.1f}",
    removed=f"{1 - curves.loc[32, 'guided by luma'] / (none / 127.5**2):.0%}",
)

# %% [markdown]
# ```{glue:figure} rate-distortion
# :name: fig-rate-distortion
#
# Error of {glue:md}`count` photographs of $256 \times 256$ pixels whose luma is whole and whose chroma is kept on an
# $n \times n$ grid; under $n$, the share of the chroma's numbers that is kept.
# ```
#
# {numref}`fig-rate-distortion` is a curve of rate and distortion. Gray pictures stand at {glue:md}`gray_256` dB, and
# one right colour for the whole picture reaches {glue:md}`tint_256` dB. With $32 \times 32$ colours, a sixty-fourth
# of the numbers, blocks reach {glue:md}`blocks_32` dB, bicubic interpolation {glue:md}`bicubic_32` dB and the guided
# filter {glue:md}`guided_32` dB: right colours on that grid remove {glue:md}`removed` of the squared error of the
# gray picture. That is what `colorize photo` could attain with a model of $32 \times 32$ pixels that made no mistake,
# but for a refinement in steps that it adds and that gains a little more. On grids of 8 and more the guided filter is
# the best of the three; on coarser ones its line from luma to chroma has to serve a region that holds several things.
# So the study can be carried out at small size and still be about colorization. ColTran, too, draws its colours on a
# coarse grid first {cite:p}`kumar2021colorization`.
#
# With the slider the grid can be varied on one photograph, from a single colour to all of them: on the left the
# chroma in blocks at medium luma, on the right the photograph composed of its whole luma and that chroma, enlarged
# with the guided filter. The photograph is by {glue:md}`slider_author`, CC BY 2.0, cropped to a square and resized,
# and its chroma is altered.

# %% tags=["hide-input"]
rgb = color.to_float(photographs[slider_photo])
luma, chroma = color.luma(rgb), color.chroma(rgb)
pictures = {}
for n in (*GRIDS, 256):
    ways = enlarged(chroma, luma, n) if n < 256 else dict.fromkeys(("blocks", "guided by luma"), chroma)
    pair = [color.compose(0 * luma, ways["blocks"]), color.compose(luma, ways["guided by luma"])]
    pictures[f"{n} × {n}"] = color.to_uint8(np.concatenate(pair, axis=1))
explorers.slider(list(pictures.values()), list(pictures), "chroma")

# %% [markdown]
# (sec-photographs)=
# ## The photographs of this book
#
# {numref}`fig-photographs` shows the photographs that this book uses for examples, and {numref}`tab-photographs`
# names their authors. All were published on Flickr under the licence [Creative Commons Attribution
# 2.0](https://creativecommons.org/licenses/by/2.0/), which permits sharing and altering them if the author is named.
# They were cropped to a square and resized to $256 \times 256$ pixels. Wherever this book shows one of them in other
# colours, in gray or at a smaller size, it is altered further.

# %% tags=["hide-input"]
figure, axes = plt.subplots(4, 6, figsize=(7, 5.1), layout="constrained")
for axis in axes.flat:
    axis.axis("off")
for axis, (name, photograph) in zip(axes.flat, photographs.items(), strict=False):
    axis.imshow(photograph)
    axis.set_title(name.removesuffix(".jpg"), fontsize=7, pad=2)
glue("photographs", figure, display=False)
plt.close(figure)

assert set(attribution.index) == set(photographs)
licences = {"https://creativecommons.org/licenses/by/2.0/": "CC BY 2.0"}
figures.save_table(
    pd.DataFrame(
        {
            "photograph": [name.removesuffix(".jpg") for name in attribution.index],
            "subject": attribution.subject,
            "author": attribution.author,
            "source": [f"[Flickr]({address})" for address in attribution.source],
            "licence": [f"[{licences[address]}]({address})" for address in attribution.license],
        }
    ),
    "photographs",
)

# %% [markdown]
# ```{glue:figure} photographs
# :name: fig-photographs
#
# The photographs of this book; their authors are named in {numref}`tab-photographs`.
# ```
#
# ```{csv-table} The photographs of this book and their authors; each was cropped to a square and resized
# :name: tab-photographs
# :file: ../book/executed/tables/photographs.csv
# :header-rows: 1
# :widths: 14 36 22 12 16
# ```
