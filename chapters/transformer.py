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
# (sec-transformer)=
# # ColTran: an autoregressive transformer
#
# The Colorization Transformer {cite:p}`kumar2021colorization` draws colours one pixel after the other, each from a
# distribution that is conditioned on the gray picture and on all colours drawn so far. It does so for coarse colours of
# a small picture only; two more networks, which work on all pixels at once, make them fine and large. Its layers are
# self-attention along rows and columns. This chapter shows what such layers look at, writes down the components that
# make them conditional beside the code, explains how sampling can reuse what was computed before and what that saves,
# and reports one training run with its likelihood.

# %% tags=["parameters"]
study_file = "params/report.yaml"  # says what was trained and scored; below, None: as it says

# the run that is shown
images_seen_coltran = None
train_images = None  # distinct training photographs; 0: all
seed = None

# what to do about a run that is not there: "fail" or "train"; photographs that are scored along its way, 0: none
missing = None
score_images = None

# %% tags=["hide-input"]
import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown, display
from myst_nb import glue

from colorize_lib import color
from colorize_lib.book import parameters
from colorize_lib.metrics import COLORFULNESS, FID, KID, LPIPS, PD, PSNR, SSIM
from colorize_lib.report import explorers, figures, run_tables, study_tables
from colorize_lib.report.results import Results
from colorize_lib.report.texts import claim, with_error
from colorize_lib.runs.obtain import obtain
from colorize_lib.runs.pictures import fixed_photographs, kept
from colorize_lib.runs.store import Store

figures.use_style()

study = parameters.study(
    study_file,
    images_seen_coltran=images_seen_coltran,
    train_images=train_images,
    seed=seed,
    missing=missing,
    score_images=score_images,
)
results = Results(study, Store.default())
recorded = study == parameters.study(missing=missing)  # the study that the sentences below are about

# %% [markdown]
# ## One run
#
# All that is shown below comes from one training run, which is fetched here.

# %%
run = obtain(study.shown("coltran"), Store.default(), study.missing, score_images=study.score_images)
shown = kept(run)

# %% tags=["hide-input"]
figures.save_table(run_tables.facts({"ColTran": run}), "transformer-facts")

# %% [markdown]
# ```{csv-table} The run of this chapter
# :name: tab-transformer-facts
# :file: ../book/executed/tables/transformer-facts.csv
# :header-rows: 1
# ```
#
# ## Three stages
#
# With coarse colours $c$ of a picture a quarter as wide, 8-bit colours $s$ of that same small picture and the full
# picture $y$, the model is a product of three,
#
# ```{math}
# :label: eq-coltran-stages
# p(y, s, c \mid x) = p_{\text{core}}(c \mid x)\; p_{\text{colour}}(s \mid c, x)\; p_{\text{spatial}}(y \mid s, x) ,
# ```
#
# of which only the first is autoregressive: {eq}`eq-chain` over the coarse pixels in raster order, as published each
# one of 512 colours, 3 bits a channel, and here one of 441 ({numref}`sec-transformer-small`). In the other two every
# value is independent of its neighbours given what comes in, with a distribution over 256 levels for each channel of
# each pixel, of which sampling takes the most probable level. {numref}`fig-transformer-stages` shows what each stage
# makes.

# %% tags=["hide-input"]
photographs = fixed_photographs(study.image_size)
gray = np.repeat(color.gray(photographs), 3, axis=-1)
stages = figures.cells(shown["stages"], study.image_size)
figure = figures.picture(
    figures.contact_sheet([gray, *stages, photographs]),
    ["gray", "coarse colours", "8-bit colours", "full size", "original"],
)
plt.close(figure)
glue("transformer-stages", figure, display=False)

# %% [markdown]
# ```{glue:figure} transformer-stages
# :name: fig-transformer-stages
#
# The gray input, the core's coarse colours, the colour upsampler's, the spatial upsampler's, and the original. Under
# the chroma of the first two rows of colours lies the luma of the small picture.
# ```
#
# ## Attention
#
# Attention {eq}`eq-attention` between all pixels of a picture would cost the square of their number. ColTran's blocks
# attend along rows, and then along columns {cite:p}`ho2019axial`; after such a pair every pixel has access to every
# other one, at the cost of one row and one column a pixel. Around each attention and each feed-forward layer lie a
# residual connection and a layer normalization.
#
# The core consists of three stacks of such blocks.
#
# - The *encoder* sees the gray picture, without any mask.
# - The *outer decoder* sees the colours drawn so far, by rows without a mask and by columns with one, so that a pixel
#   sees all colours of its own row and of the rows above. Its output is shifted down by a row and then stands for what
#   lies above a pixel.
# - The *inner decoder* sees the row itself, shifted to the right by a pixel, through rows with a mask; it is given the
#   outer decoder's output, too, and its own output is the distribution of the next colour.
#
# ```{literalinclude} ../colorize_lib/models/coltran/core.py
# :pyobject: Core.outer
# :language: python
# ```
#
# ```{literalinclude} ../colorize_lib/models/coltran/core.py
# :pyobject: Core.inner
# :language: python
# ```
#
# ```{literalinclude} ../colorize_lib/models/coltran/core.py
# :pyobject: Core.decode
# :language: python
# ```
#
# {numref}`fig-transformer-attention` shows which pixels a pixel of a photograph looks at. The weights of a pair are
# those along the column times those along the row that is reached by it, each averaged over the heads.


# %% tags=["hide-input"]
def looking(picture, shares, pixel, width=16):
    """A photograph under the shares (s, s) of its coarse pixels, the brighter the larger, and a frame around one."""
    heat = plt.get_cmap("magma")(shares / shares.max())[..., :3]
    side = width * len(shares) // len(picture)
    cells = [np.kron(values, np.ones((size, size, 1))) for values, size in ((heat, width), (picture / 255, side))]
    sheet = 0.7 * cells[0] + 0.3 * cells[1]
    top, left = width * np.array(pixel)
    frame = np.ones((width, width), bool)
    frame[2:-2, 2:-2] = False
    sheet[top : top + width, left : left + width][frame] = 1
    return (255 * sheet).astype(np.uint8)


attention = {name: values.astype(float) for name, values in np.load(shown["attention"]).items()}
pictures = attention.pop("photographs").astype(np.uint8)
side = attention["inner"].shape[-1]


def views(number, pixel):
    """What a pixel looks at in the blocks of a core, with their names."""
    along = np.zeros((len(attention["inner"]), side, side))
    along[:, pixel[0]] = attention["inner"][:, number, *pixel]
    stacks = {"encoder": attention["encoder"][:, number, *pixel], "outer": attention["outer"][:, number, *pixel]}
    for name, blocks in {**stacks, "inner": along}.items():
        for block, shares in enumerate(blocks, 1):
            yield f"{name} {block}", looking(np.repeat(color.gray(pictures[number]), 3, axis=-1), shares, pixel)


middle = (side // 2, side // 2)
rows = [dict(views(number, middle)) for number in range(len(pictures))]
figure, axes = plt.subplots(len(rows), len(rows[0]) + 1, figsize=(9, 3.3), layout="constrained")
for line, row, picture in zip(axes, rows, pictures, strict=True):
    for axis, sheet in zip(line, [picture, *row.values()], strict=True):
        axis.imshow(sheet)
        axis.set_axis_off()
for axis, name in zip(axes[0], ["photograph", *rows[0]], strict=True):
    axis.set_title(name)
plt.close(figure)
glue("transformer-attention", figure, display=False)

# %% [markdown]
# ```{glue:figure} transformer-attention
# :name: fig-transformer-attention
#
# Attention of the framed pixel in each block, brighter where more is looked at. The outer decoder looks at no row below
# its own, the inner one at its own row up to itself, where it is shown the colour of the pixel before.
# ```
#
# The slider moves the frame over the first of the photographs. The masks show: what the decoders look at grows with
# the pixels that are drawn already.

# %% tags=["hide-input"]
pixels = list(np.ndindex(side, side))
sheets = [np.stack([sheet for _, sheet in views(0, pixel)]) for pixel in pixels]
explorers.slider(
    [figures.contact_sheet([sheet], scale=1) for sheet in sheets],
    [f"row {row + 1}, column {column + 1}" for row, column in pixels],
    "pixel",
    start=len(pixels) // 2 + side // 2,
)

# %% [markdown]
# ## Conditional components
#
# The encoder's output is not only added to what the decoders work on: it changes how they work. With the encoding of a
# pixel, or in the inner decoder the encoding and the outer decoder's state side by side, as its *context* (which is
# written $c$, too), each layer of a decoder becomes a conditional one (table 1 of the paper):
#
# ```{math}
# :label: eq-coltran-attention
# z_c = (c\, U_s^z) \odot z + c\, U_b^z , \quad z \in \{q, k, v\} ,
# \qquad h_c = (c\, U_s^f) \odot h + c\, U_b^f ,
# ```
#
# for queries, keys and values of the attention and for the output $h$ of the feed-forward layer. The layer
# normalization, which for each pixel takes away the mean over channels and divides by their deviation, gets its scale
# and shift from the whole picture,
#
# ```{math}
# :label: eq-coltran-norm
# \begin{gathered}
# \beta_c \odot \operatorname{Norm}(x) + \gamma_c , \\
# \beta_c = \hat c\, U^\beta , \quad \gamma_c = \hat c\, U^\gamma , \quad \hat c = v\, c ,
# \end{gathered}
# ```
#
# with a learned weight in $v$ for each of the pixels. What is pooled has to be the encoding of the gray picture alone.
# A mean over decoder states, as the inner decoder's context would be, tells the first pixel of the last one; the
# factorisation {eq}`eq-chain` would no longer hold and no likelihood could be had from it. In code, the terms that
# depend on the context are one product for each layer, made once:
#
# ```{literalinclude} ../colorize_lib/models/coltran/layers.py
# :pyobject: AxialBlock.condition
# :language: python
# ```
#
# ```{literalinclude} ../colorize_lib/models/coltran/layers.py
# :pyobject: AxialBlock.project
# :language: python
# ```
#
# ```{literalinclude} ../colorize_lib/models/coltran/layers.py
# :pyobject: AxialBlock.finish
# :language: python
# ```
#
# ```{literalinclude} ../colorize_lib/models/coltran/layers.py
# :pyobject: ConditionalLayerNormalization.condition
# :language: python
# ```
#
# The tests of the library change one colour at a time and look where the output changes: for each layer, for the outer
# decoder and for the whole core, nowhere before the pixel in raster order, nor at it, and everywhere that it may.
#
# ## Objective
#
# An auxiliary *parallel* model, a linear layer on the encoder's output, predicts all coarse colours at once and makes
# the encoder useful by itself; it is not needed afterwards. With a weight $\lambda = 0.01$ of its likelihood, the sum
#
# ```{math}
# :label: eq-coltran-loss
# \begin{aligned}
# &-(1 - \lambda) \log p_{\text{core}}(c \mid x) - \lambda \log p_{\text{parallel}}(c \mid x) \\
# &- \log p_{\text{colour}}(s \mid c, x) - \log p_{\text{spatial}}(y \mid s, x)
# \end{aligned}
# ```
#
# is minimised, each term averaged over its pixels. The authors train the stages one by one; here one run trains them
# together, as every family of this book has one run. The upsamplers treat each channel by itself, next to the gray
# picture, by the same network: a step of training teaches them one channel, drawn at random.
#
# ```{literalinclude} ../colorize_lib/models/coltran/model.py
# :pyobject: ColTran.compute_loss
# :language: python
# ```
#
# ```{literalinclude} ../colorize_lib/models/coltran/upsamplers.py
# :pyobject: Upsampler.embed
# :language: python
# ```
#
# At preset `paper` core, colour and spatial upsampler have 46.0, 13.5 and 10.9 million parameters, each within 1% of
# what follows from the publication; a test counts them.

# %% [markdown]
# ## Sampling
#
# The published code draws a pixel by running the inner decoder over the whole row, and after each row runs the outer
# decoder over the whole picture. Most of that has been computed before: a pixel's keys and values depend on nothing
# that comes after it, and so do not change when later colours become known. With a cache for them, drawing a pixel
# takes one pixel's worth of the inner decoder, and finishing a row one row's worth of the outer one. The probabilities
# are those of training, which a test finds equal to $10^{-5}$ at every pixel.
#
# ```{literalinclude} ../colorize_lib/models/coltran/sampling.py
# :pyobject: CachedSampler.draw_row
# :language: python
# ```
#
# {numref}`fig-transformer-schedules` compares the two for one and the same core of preset `small` on larger and larger
# pictures. Arithmetic is counted in the program that runs, time is measured on two cores in batches of 16, in turns.

# %% tags=["hide-input"]
counted, timed = results.table("coltran_arithmetic"), results.table("coltran_seconds")
columns = {"GFLOP_per_image": (counted, "GFLOP an image"), "seconds_per_image": (timed, "seconds an image")}
figure, axes = plt.subplots(1, 2, figsize=(9, 2.9), layout="constrained")
costs = {}
for axis, (column, (table, label)) in zip(axes, columns.items(), strict=True):
    costs[column] = table.pivot(index="core", columns="schedule", values=column)
    for schedule, name in (("official", "as published"), ("cached", "cached")):
        axis.plot(costs[column][schedule], marker="o", markersize=3, linewidth=1.2, label=name)
    axis.set(xscale="log", yscale="log", xlabel="side of the core, pixels", ylabel=label)
    axis.set_xticks(costs[column].index, [str(size) for size in costs[column].index])
    axis.minorticks_off()
    axis.grid(**figures.GRID)
axes[0].legend(frameon=False)
plt.close(figure)
glue("transformer-schedules", figure, display=False)
ratios = {column: cost.official / cost.cached for column, cost in costs.items()}
each = 1e3 * costs["GFLOP_per_image"].cached / costs["GFLOP_per_image"].index ** 2
display(
    Markdown(
        f"At a core of 32 pixels a side the cached sampler does {ratios['GFLOP_per_image'][32]:.1f} times less "
        f"arithmetic and takes {ratios['seconds_per_image'][32]:.1f} times less time; at 64 pixels, the published "
        f"size, {ratios['GFLOP_per_image'][64]:.1f} and {ratios['seconds_per_image'][64]:.1f} times. It does "
        + ", ".join(f"{value:.3f}" for value in each)
        + " MFLOP a pixel at sides of "
        + ", ".join(str(size) for size in each.index)
        + ". The growth doubles with the side, as attention along one row and one column predicts: from 32 to 64 it "
        f"is {(each[64] - each[32]) / (each[32] - each[16]):.2f} times what it is from 16 to 32. At the 8 pixels of "
        f"preset `small` the gain is {ratios['GFLOP_per_image'][8]:.1f} times in arithmetic and "
        f"{ratios['seconds_per_image'][8]:.1f} in time. Time gains less than arithmetic, because the cached sampler "
        "works on small arrays one after the other. With the same random numbers both draw the same colours in "
        f"{timed.equal.min():.2%} of the pixels or more."
    )
)

# %% [markdown]
# ```{glue:figure} transformer-schedules
# :name: fig-transformer-schedules
#
# What it costs to draw the core's colours for one picture.
# ```
#
# **A mismatch in the published sampler.** There the inner decoder is handed one row of the encoding when it samples,
# and so its conditional normalizations pool that row, where in training they pooled the whole picture: the model that
# is sampled is not quite the one that was trained. {numref}`tab-transformer-pooling` gives the bits that the originals
# cost, and the quality of samples, with this and without it, for an earlier run, of 110,000 images in batches of 32.

# %% tags=["hide-input"]
pooling = results.table("coltran_pooling")
names = {"picture": "the picture, as in training", "row": "the row, as published"}
table = pd.DataFrame(
    {
        "pooled in sampling": pooling.pooled.map(names),
        "bits a coarse pixel": [with_error(row.bits_per_coarse_pixel, row.bits_error) for row in pooling.itertuples()],
        **run_tables.distance_columns(pooling),
        "colorfulness": pooling.colorfulness.map("{:.1f}".format),
    }
)
figures.save_table(table, "transformer-pooling")
by_pooled = pooling.set_index("pooled")
trained, published = by_pooled.loc["picture"], by_pooled.loc["row"]
display(
    Markdown(
        "Pooling the row costs the originals "
        f"{published.bits_per_coarse_pixel - trained.bits_per_coarse_pixel:.3f} bits a coarse pixel more, and changes "
        f"FID by {published.FID - trained.FID:+.1f}, {abs(published.FID - trained.FID) / trained.FID_error:.1f} times "
        "its error."
    )
)

# %% [markdown]
# ```{csv-table} What the inner decoder's normalizations pool; the core of an earlier run, on validation photographs
# :name: tab-transformer-pooling
# :file: ../book/executed/tables/transformer-pooling.csv
# :header-rows: 1
# ```
#
# There the mismatch is without consequence; apparently the mean encoding of a row tells the normalizations nearly
# what that of the picture does. It remains that the coarse colours are not drawn from the core whose likelihood is
# computed.
#
# (sec-transformer-small)=
# ## What is different at small scale
#
# Preset `paper` has the published sizes, a core of 64 pixels a side for pictures of 256, and the published settings.
# Those of the run of this chapter that differ are hyper-parameters.
#
# - **Sizes.** The core works on 8 by 8 pixels and the result has 32: the ratio of four is the published one. The
#   numbers of blocks in all stacks are, too; they are narrower.
# - **Output space.** Chroma is predicted under the given luma, as by the other families. Its two channels have 21
#   coarse levels each, 441 colours. Most chroma lies near zero, so the levels are narrow there and wide where colours
#   are strong, and the innermost is gray alone.
# - **Gray.** The published encoder sees the gray picture at the core's size. A coarse pixel can instead be given all 16
#   gray pixels of the full picture that it covers (`gray = "patches"`), since an 8 by 8 picture shows little.
# - **Beginning.** The vectors of colours and levels begin with a variance of one, that of the normalized encodings that
#   they are added to. Drawn in the range that is usual for a linear layer of 441 symbols and 52 channels, $\pm \sqrt{6
#   / (441 + 52)}$, they would have a deviation of 0.06 beside it. The scales of conditional normalizations begin at
#   one.
# - **Batch, learning rate, warm-up and average** are 16, $2 \cdot 10^{-3}$ for RMSprop, 500 steps and a tenth of the
#   steps so far.
#
# {numref}`tab-transformer-first` lists short runs, scored like those of {numref}`tab-diffusion-first`.

# %% tags=["hide-input"]
first = results.table("coltran_trials").sort_values("KID")
table = pd.DataFrame(
    {
        "output": first.output,
        "gray": first.gray,
        "auxiliary": first.parallel_weight.map("{:g}".format),
        "rate": first.learning_rate.map("{:g}".format),
        "average": np.where(first.ema_fraction > 0, first.ema_fraction.map("last {:.0%}".format), "0.999"),
        "bits a coarse pixel": first["Bits per coarse pixel"].map("{:.2f}".format),
        **run_tables.distance_columns(first),
    }
)
figures.save_table(table, "transformer-first")
in_rgb = results.table("coltran_counted").query("output == 'rgb'").bits_per_coarse_pixel.min()
glue("coltran-counted-rgb", Markdown(f"{in_rgb:.2f}"), display=False)

# What is said of it below.
in_chroma = first[first.output == "chroma"]
with_all = in_chroma[(in_chroma.gray == "patches") & (in_chroma.parallel_weight > 0)].iloc[0]
for what, other in (("the auxiliary model", in_chroma.parallel_weight == 0), ("its gray", in_chroma.gray == "coarse")):
    row = in_chroma[other].iloc[0]
    claim(abs(row.FID - with_all.FID) < np.hypot(row.FID_error, with_all.FID_error), f"{what} makes no difference")
rgb = first[first.output == "rgb"].sort_values("KID")
claim(rgb.FID.min() > in_chroma.FID.max() + 20, "in RGB the FID is far higher")
claim(list(rgb["Bits per coarse pixel"] < in_rgb) == [True, False], "with the published rate the core is behind")

# %% [markdown]
# ```{csv-table} Short runs on Tiny ImageNet at $32 \times 32$, best KID first
# :name: tab-transformer-first
# :file: ../book/executed/tables/transformer-first.csv
# :header-rows: 1
# ```
#
# Without the auxiliary model nothing changes at this size and length of training, neither the bits nor the samples.
# What gray the encoder is given makes no difference beyond the errors; the run of this chapter has all pixels. In RGB
# the bits are those of other symbols and compare with the {glue:md}`coltran-counted-rgb` of a table counted in RGB. At
# the rate of the others the core has learned there as well, but the upsamplers have to reproduce the luma that they are
# given, each value the most probable of 256 levels, and the FID is far higher. With the published rate and average,
# too, the core is still behind the table, and the upsamplers have hardly begun.
#
# ## The trials
#
# {numref}`tab-transformer-trials` compares the six trials of ColTran as {numref}`Section %s <sec-gan-trials>` does
# those of Pix2Pix, each after {glue:md}`coltran-trial-images` images. Its own two departures are to leave the auxiliary
# model out of the loss, and batches of half the size, with twice as many steps. *As published* means what it means
# there.

# %% tags=["hide-input"]
figures.save_table(study_tables.trials(results, "coltran"), "transformer-trials")
glue("coltran-trial-images", Markdown(f"{study.trial_images['coltran']:,}"), display=False)
display(Markdown(study_tables.best_trial(results, "coltran")))
if recorded:  # what is said below
    trials = results.trials("coltran")
    (tripled,) = trials.Colorfulness[trials.label.str.endswith("three times the rate")]
    claim(tripled < 0.05, "at three times the rate there is no colour at all")

# %% [markdown]
# ```{csv-table} The trials of ColTran; an asterisk marks the one whose settings the run of this chapter has
# :name: tab-transformer-trials
# :file: ../book/executed/tables/transformer-trials.csv
# :header-rows: 1
# ```
#
# At three times the rate the result has no colour at all: its colorfulness is nil.

# %% tags=["hide-input"]
if recorded:
    larger_batches = dataclasses.replace(run.config.hyperparameters, batch_size=32)
    earlier = results.run("coltran", images_seen=110_000, hyperparameters=larger_batches)
    comparisons = []
    for metric in (FID, KID, PD):
        pair = [r.measured(*metric.key) for r in (earlier, run)]
        claim(pair[0].value < pair[1].value, f"larger batches lead by {metric.name} in full training")
        words = [f"{metric.scale * row.value:.2f} ± {metric.scale * row.error:.2f}" for row in pair]
        comparisons.append(f"{'1000 ' if metric is KID else ''}{metric.name} {words[0]} against {words[1]}")
    display(
        Markdown(
            "The lead of the smaller batches is no larger than its error, and in full training they are behind: a run "
            f"with batches of 32 and {earlier.config.images_seen:,} images, made before the trials, has on all "
            f"validation photographs, against the run of this chapter, {', '.join(comparisons)}. All trials see the "
            "same number of images, which takes the smaller batches more time. The rule, KID of the trials, was fixed "
            "before and stands, so that ColTran enters the comparison under-tuned by this much."
        )
    )

# %% [markdown]
# ## Training
#
# {numref}`fig-transformer-curves` shows the loss, the sum {eq}`eq-coltran-loss` in nats.

# %% tags=["hide-input"]
figure, axis = plt.subplots(figsize=(9, 2.9), layout="constrained")
axis.plot(run.history.images_seen, run.history.loss, linewidth=1.4)
axis.set(xlabel="images seen", ylabel="loss, nats", xscale="log")
axis.grid(**figures.GRID)
plt.close(figure)
glue("transformer-curves", figure, display=False)
if recorded:
    speeds = run_tables.measured_together(results.table("training_speed"))[-1].set_index("program").milliseconds
    display(
        Markdown(
            f"A step of 32 photographs takes {speeds['ColTran'] / speeds['Palette']:.1f} times as long as Palette's "
            f"with nothing else running, and {speeds['ColTran'] / speeds['Pix2Pix']:.1f} times as long as that of "
            "Pix2Pix; batches of 16 take somewhat more time for each photograph. The run therefore sees "
            f"{study.images_seen['coltran']:,} photographs where Palette's sees {study.images_seen['palette']:,}."
        )
    )

# %% [markdown]
# ```{glue:figure} transformer-curves
# :name: fig-transformer-curves
#
# Loss of the run, each point the mean over the images seen since the point before it.
# ```
#
# The slider goes through the training; its rows are the gray input, the colorization and the original.

# %% tags=["hide-input"]
samples = {count: figures.strip(path) for count, path in run.samples.items()}
explorers.slider(
    [figures.folded_sheet(gray, painted, photographs) for painted in samples.values()],
    [f"{count:,}" for count in samples],
    "images seen",
    start=-1,
)

# %% [markdown]
# ## Likelihood
#
# Of the three families this is the only one whose likelihood is computed at the cost of a step of training. For the
# coarse colours it is exact: {eq}`eq-chain` with the original's own colours. (A diffusion model has a bound,
# {eq}`eq-bound`, and a likelihood by way of a differential equation {cite:p}`song2021score`, at the cost of many
# evaluations.) The yardstick is a table of $p(\text{coarse colour} \mid \text{coarse
# gray})$, counted on all training photographs, with gray in as many levels as are best for it: the core has to do
# better, since it sees the whole picture and the colours drawn before.
#
# For the whole picture the sum of all three terms of {eq}`eq-coltran-stages` is a bound. The picture determines its own
# small version $s$ and coarse colours $c$, and $-\log p(y, s, c \mid x)$ with these is one of the ways in which
# sampling may arrive at $y$; all ways together are at least as probable, so that the true cost is at most as large.

# %% tags=["hide-input"]
counted = results.table("coltran_counted")
counted = counted[counted.output == run.config.hyperparameters.output].set_index("gray_levels")
symbols, counted = counted.symbols.iloc[0], counted.bits_per_coarse_pixel
bits = run.measured("Bits per coarse pixel", "likelihood")
bound = run.measured("Bits per 8-bit channel (upper bound)", "likelihood")
channels = 2 if run.config.hyperparameters.output == "chroma" else 3
if bits is not None:
    share = bits.value / run.config.hyperparameters.ratio**2 / (channels * bound.value)
table = pd.DataFrame(
    [
        (f"all {symbols} colours equally probable", f"{np.log2(symbols):.2f}"),
        ("table of coarse colours", f"{counted[1]:.2f}"),
        (f"table of coarse colours by gray, {counted.idxmin()} levels", f"{counted.min():.2f}"),
        ("core", with_error(bits.value, bits.error) if bits is not None else "not scored"),
    ],
    columns=["model", "bits a coarse pixel"],
)
figures.save_table(table, "transformer-bits")
if bits is not None:
    display(
        Markdown(
            f"On {bits.images:,} validation photographs the core needs {bits.value:.2f} ± {bits.error:.2f} bits a "
            f"coarse pixel, {'fewer' if bits.value < counted.min() else 'more'} than the {counted.min():.2f} of the "
            f"table. All three stages together need at most {bound.value:.2f} ± {bound.error:.2f} bits for each 8-bit "
            f"value of the full picture's {channels} channels, for which 8 would be needed if all levels were equally "
            f"probable; the core's part of that is {share:.1%}, and the rest is the upsamplers', which predict each "
            "value by itself."
        )
    )

# %% [markdown]
# ```{csv-table} Bits a coarse pixel on validation photographs, with the standard error of the last digits
# :name: tab-transformer-bits
# :file: ../book/executed/tables/transformer-bits.csv
# :header-rows: 1
# ```
#
# ## Samples
#
# {numref}`fig-transformer-photographs` shows photographs of 256 pixels that keep their own luma, as `colorize photo
# --family coltran` makes them with `--seed` 0 to 5 from left to right, and {numref}`fig-transformer-variety` samples
# from eight seeds.

# %% tags=["hide-input"]
figure = figures.picture(shown["photographs"], ["luma", "colorized", "original"])
plt.close(figure)
glue("transformer-photographs", figure, display=False)

figure = figures.picture(shown["variety"])
plt.close(figure)
glue("transformer-variety", figure, display=False)
varied = color.chroma(color.to_float(figures.cells(shown["variety"], study.image_size)))
glue("coltran-variety", Markdown(f"{varied[:, 1:].std(axis=1).mean():.3f}"), display=False)
glue("coltran-contrast", Markdown(f"{varied[:, 0].std(axis=(1, 2)).mean():.3f}"), display=False)

# %% [markdown]
# ```{glue:figure} transformer-photographs
# :name: fig-transformer-photographs
#
# Photographs that keep their own luma at full resolution, with chroma of the run. Their authors are named in
# {ref}`sec-data`.
# ```
#
# ```{glue:figure} transformer-variety
# :name: fig-transformer-variety
#
# Originals (left) and eight samples of each. The standard deviation of a chroma value over the seeds is
# {glue:md}`coltran-variety` on average; over the pixels of an original it is {glue:md}`coltran-contrast`.
# ```
#
# **Temperature.** Dividing the logits by a temperature below one, or drawing among the most probable colours only,
# makes the probable more so. {numref}`tab-transformer-temperatures` shows what that does to 1,000 validation
# photographs, of the same earlier run as in {numref}`tab-transformer-pooling`; the originals' colorfulness is
# {glue:md}`coltran-originals`.

# %% tags=["hide-input"]
tempered = results.table("coltran_temperatures").sort_values(["top_k", "temperature"])
table = pd.DataFrame(
    {
        "temperature": tempered.temperature.map("{:g}".format),
        "drawn among": [f"{k} colours" if k else "all" for k in tempered.top_k],
        **run_tables.distance_columns(tempered),
        "colorfulness": tempered.colorfulness.map("{:.1f}".format),
        "diversity": tempered.LPIPS_diversity.map("{:.3f}".format),
    }
)
figures.save_table(table, "transformer-temperatures")
glue("coltran-originals", Markdown(f"{tempered.colorfulness_originals.iloc[0]:.1f}"), display=False)

# What is said of it below.
restricted = tempered[(tempered.temperature < 1) | (tempered.top_k > 0)]
(drawn,) = tempered[(tempered.temperature == 1) & (tempered.top_k == 0)].itertuples()
(warmer,) = tempered[tempered.temperature > 1].itertuples()
for column in ("colorfulness", "LPIPS_diversity"):
    claim(restricted[column].max() < getattr(drawn, column), f"every restriction lowers the {column}")
for column in ("FID", "KID"):
    claim(restricted[column].min() > getattr(drawn, column), f"every restriction raises {column}")
claim(drawn.colorfulness < warmer.colorfulness < warmer.colorfulness_originals, "at 1.1 colours are nearer in strength")
claim(drawn.FID + drawn.FID_error > warmer.FID, "at 1.1 the FID is no worse")

# %% [markdown]
# ```{csv-table} Samples at other temperatures; diversity is LPIPS between two samples of a photograph
# :name: tab-transformer-temperatures
# :file: ../book/executed/tables/transformer-temperatures.csv
# :header-rows: 1
# ```
#
# Every restriction makes the colours paler and less diverse and raises FID and KID: what the core holds improbable
# seems to belong to the variety of photographs. Drawing among 50 colours costs as much as a temperature of 0.9. At 1.1
# colours come closer to the strength of the originals', and the FID is no worse. The scores below are for temperature
# 1, which draws from the core itself; the upsamplers take their most probable levels.
#
# ## Scores
#
# The run is scored as in {numref}`Section %s <sec-gan>`, at temperature 1.

# %% tags=["hide-input"]
figures.save_table(run_tables.fid_table(results, {"ColTran": run}), "transformer-fid")
figures.save_table(run_tables.metrics_table(results, {"ColTran": run}), "transformer-metrics")

# %% [markdown]
# ```{csv-table} Disjoint FID on validation photographs, with jackknife standard error
# :name: tab-transformer-fid
# :file: ../book/executed/tables/transformer-fid.csv
# :header-rows: 1
# ```
#
# ```{csv-table} All metrics on validation photographs; in parentheses the standard error of the last digits
# :name: tab-transformer-metrics
# :file: ../book/executed/tables/transformer-metrics.csv
# :header-rows: 1
# ```

# %% tags=["hide-input"]
if run.measured(*FID.key) is not None:
    vivid = run.measured(*COLORFULNESS.key)
    display(
        Markdown(
            f"The FID of the run is below that of {run_tables.margins(results, run)} (errors added as if "
            f"independent); it closes {run_tables.gap_closed(results, run):.0%} of the gap between gray pictures and "
            f"originals. Its colorfulness is {vivid.value:.1f}, that of the originals {vivid.originals:.1f}."
        )
    )
if recorded:  # what is said below
    claim(0.5 < bits.value / counted.min() < 0.6, "the core needs little more than half the bits of the table")
    others = {family: results.run(family) for family in ("regression", "palette", "pix2pix")}
    for metric in (FID, KID):
        own, *theirs = (r.measured(*metric.key).value for r in (run, *others.values()))
        claim(theirs[2] < theirs[1] < own < theirs[0], f"by {metric.name} it lies between the regression and Palette")
    for metric in (PSNR, SSIM, PD, LPIPS):
        gray_value = results.peers(run.config, metric).value["gray"]
        nearer = metric.improved_by(run.measured(*metric.key).value - gray_value)
        claim(nearer == (metric is LPIPS), f"by {metric.name} it is farther than the gray picture, by LPIPS nearer")

# %% [markdown]
# ## What the run shows
#
# The core has learned much of how colours go together: it needs little more than half the bits of the table, which
# knows the gray of a pixel and nothing of its neighbours. A sample therefore mostly has one colour scheme, and the
# slider shows how that comes about, from independent spots to whole surfaces. Which scheme it is depends on the seed
# more than on the picture ({numref}`fig-transformer-variety`): a sky may be olive and a meadow gray, and things in the
# picture are hardly told apart by their colour. Two faults stand out. When an improbable colour happens to be
# drawn, the pixels after it take it for given and go on, which leaves patches of saturated squares; drawing one pixel
# after the other makes that possible. And what is drawn has the size of the core's pixels, whose borders remain visible
# where the luma has no edge that would move them.
#
# By FID and KID the run lies between the regression and Palette ({numref}`tab-diffusion-fid`), and behind Pix2Pix
# ({numref}`tab-gan-fid`). It has seen the photographs little more than once. By distances to the photograph itself,
# PSNR, SSIM and PD, it is farther from it than the gray picture is; by LPIPS it is nearer. A sample need not have the
# colours that were there.
#
# This is one run; the limits of {numref}`Section %s <sec-gan>` hold here as well.
