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
# (sec-gan)=
# # Pix2Pix: a conditional GAN
#
# Pix2Pix {cite:p}`isola2017image` learns a map from one kind of picture to another from pairs. A generator paints the
# gray picture; a discriminator is shown the gray picture together with either the painted or the photographed colours
# and has to tell which; each is trained against the other. It is the oldest of the three architectures compared here,
# the only one whose loss is itself learned, and the only one that colours a picture in a single evaluation of its
# network. This chapter explains the model and its losses, shows the code that defines them, and reports one training
# run with its curves, its samples, its FID and the time it took.

# %% tags=["parameters"]
study_file = "params/report.yaml"  # says what was trained and scored; below, None: as it says

# the run that is shown
images_seen_pix2pix = None
train_images = None  # distinct training photographs; 0: all
seed = None

# what to do about a run that is not there: "fail" or "train"; photographs that are scored along its way, 0: none
missing = None
score_images = None

# %% tags=["hide-input"]
import dataclasses

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display
from myst_nb import glue

from colorize_lib import color
from colorize_lib.book import parameters
from colorize_lib.metrics import FID, KID, PD
from colorize_lib.report import explorers, figures, run_tables, study_tables
from colorize_lib.report.results import Results
from colorize_lib.report.texts import claim
from colorize_lib.runs import pictures
from colorize_lib.runs.obtain import obtain
from colorize_lib.runs.store import Store

figures.use_style()

study = parameters.study(
    study_file,
    images_seen_pix2pix=images_seen_pix2pix,
    train_images=train_images,
    seed=seed,
    missing=missing,
    score_images=score_images,
)
results = Results(study, Store.default())
recorded = study == parameters.study(missing=missing)  # the study that the sentences below are about

# %% [markdown]
# ## The objective
#
# {numref}`Section %s <sec-background>` derived what a regression loss asks for: a network that minimises the expected
# L1 distance to the photograph returns the conditional median of every pixel, which for an object that may be red or
# blue is near the likelier of the two and ignores the other. Pix2Pix keeps that distance, because it ties the result to
# the photograph, and adds a loss that a median cannot satisfy. With gray picture $x$, photograph $y$ and the
# generator's noise $z$, the objective is that of {eq}`eq-pix2pix`: the adversarial value of the pair $(x, y)$ against
# $(x, G(x, z))$, plus $\lambda = 100$ times $\lVert y - G(x, z) \rVert_1$. The discriminator sees $x$ as well: colours
# have to be plausible for this picture, not for pictures in general.
#
# As is usual, the generator does not minimise $\log(1 - D)$, whose gradient vanishes while the discriminator is
# winning, but $-\log D$ {cite:p}`goodfellow2014generative`; and the discriminator's loss is halved, which slows it
# down. Both networks are updated in one step of one optimizer. That is exact: the loss is the sum of a term that
# depends on the generator's weights alone and one that depends on the discriminator's alone, each seeing the other as
# a constant, so that every weight receives the gradient of its own loss, and Adam {cite:p}`kingma2015adam` treats
# each weight by itself. The test suite compares these gradients with those of two separate losses.
#
# ```{literalinclude} ../colorize_lib/models/pix2pix/model.py
# :pyobject: Pix2Pix.compute_loss
# :language: python
# ```

# %% [markdown]
# ## The networks
#
# **Generator.** A U-Net {cite:p}`ronneberger2015unet` whose encoder halves the resolution with $4 \times 4$
# convolutions of stride 2 down to the bottom and whose decoder mirrors it. Every level is passed across to the
# decoder, since the edges of input and output are the same edges. There is no noise vector: the authors found that
# the generator learned to ignore one. Noise comes from dropout with rate $\tfrac12$ in the first three blocks of the
# decoder, which stays on in sampling. Here the dropped units of a picture are drawn from that picture's own seed, so
# that a colorization can be repeated, alone or among others.
#
# Batch normalization {cite:p}`ioffe2015batch` uses statistics of the batch in training, and the stored running averages
# in sampling. The published model was run with the statistics of the test batch, there of one picture; then a picture's
# colours would depend on the pictures that happen to be coloured with it.
#
# ```{literalinclude} ../colorize_lib/models/pix2pix/model.py
# :pyobject: generator
# :language: python
# ```
#
# **Discriminator.** A *PatchGAN*: a convolutional network that judges overlapping patches and averages their
# verdicts. It has to know only what is plausible locally, because the L1 term sees to the global layout, and so it
# needs few weights. The published patch is 70 pixels wide in pictures of 256, a quarter. In smaller presets it is about
# half the picture: 16 pixels at $32 \times 32$ and 34 at $64 \times 64$.
#
# ```{literalinclude} ../colorize_lib/models/pix2pix/model.py
# :pyobject: discriminator
# :language: python
# ```

# %% [markdown]
# ## What is different at small scale
#
# The library's preset `paper` is the published model, with 54.4 million weights in the generator and 2.8 million in the
# discriminator at $256 \times 256$. The run of this chapter is smaller, and five of its settings are not the published
# ones; each is a hyper-parameter of the configuration.
#
# - **Output space.** The published model paints all three channels and has to reproduce the luma that it was given.
#   With `output = "chroma"` it predicts the two chroma planes of {eq}`eq-chroma`, and the given luma completes them, so
#   that no capacity is spent on what is known. A chroma that would leave the RGB gamut is shortened at constant luma
#   and hue.
# - **Averaged weights.** Two players that learn against each other move around an equilibrium rather than into it. An
#   exponential average of the generator's weights lies closer to its centre {cite:p}`yazici2019unusual`. The horizon
#   of the average is a tenth of the steps taken so far, so that it fits a run of any length.
# - **Batch size** 32 instead of 4, so that a step averages over more pictures.
# - **Learning rate** $10^{-3}$ instead of $2 \cdot 10^{-4}$, which fits the larger batch and the short run.
# - **Weight of L1** $\lambda = 10$ instead of 100, by the trials below.
#
# One thing more is not as published and is no setting. The paper draws the weights of each layer by themselves. Here
# one initializer serves all layers, and what Keras draws from it depends on the shape alone, so that kernels of the
# same shape, three in the generator of this size, begin with the same values; their gradients set them apart from the
# first step on.
#
# {numref}`tab-gan-first` lists the short runs that led to the averaging and the learning rate, with batches of 32 and
# $\lambda = 100$, and one that was made afterwards for the published output space. The first of them is shorter than
# the others, so that it does not show by itself what averaging gains. They were compared by FID on 1,000 validation
# photographs, which is biased upwards by the small number and therefore not comparable with figures further down.

# %% tags=["hide-input"]
first = results.table("pix2pix_trials")
columns = {"output": "output", "ema_fraction": "average (0: none)", "learning_rate": "learning rate"}
table = first.rename(columns={**columns, "images_seen": "images seen", "value": "FID-1000"})
figures.save_table(table[[*columns.values(), "images seen", "FID-1000"]].round({"FID-1000": 1}), "gan-first")

# %% [markdown]
# ```{csv-table} First short runs on Tiny ImageNet at $32 \times 32$; FID-1000 against 1,000 other photographs
# :name: tab-gan-first
# :file: ../book/executed/tables/gan-first.csv
# :header-rows: 1
# ```
#
# (sec-gan-trials)=
# ## The trials
#
# The variant that goes into the comparison was chosen from six trials, which is what every family was given. All were
# named before any was run: the published settings; those above; the same with three times and with a third of their
# learning rate; and two departures of the family's own, a weight $\lambda$ of 10 in place of 100, which lets the
# adversarial loss count for more, and a discriminator with one more layer, which sees larger patches. Each trained for
# the same number of images, {glue:md}`gan-trial-images`, and one figure chose among them: KID on 1,000 validation
# photographs, which unlike FID is not biased by so small a number. Mirroring is the only augmentation, as in all runs
# of this book. The trial *as published* has the published output space, loss, average and rate; in it, as in all, the
# size of the network, the batch and the warm-up are those of preset `small`, which the table leaves out.

# %% tags=["hide-input"]
figures.save_table(study_tables.trials(results, "pix2pix"), "gan-trials")
glue("gan-trial-images", Markdown(f"{study.trial_images['pix2pix']:,}"), display=False)
display(Markdown(study_tables.best_trial(results, "pix2pix")))

# %% [markdown]
# ```{csv-table} The trials of Pix2Pix; an asterisk marks the one whose settings the runs below have
# :name: tab-gan-trials
# :file: ../book/executed/tables/gan-trials.csv
# :header-rows: 1
# ```
#
# The run of this chapter has the settings of the marked trial. Numbers in parentheses, here and further on, are the
# standard errors of the last digits before them.

# %%
run = obtain(study.shown("pix2pix"), Store.default(), study.missing, score_images=study.score_images)

# %% tags=["hide-input"]
if recorded:
    # An earlier run with the published weight of L1.
    weight = dataclasses.replace(run.config.hyperparameters, l1_weight=100.0)
    published = results.run("pix2pix", images_seen=700_000, hyperparameters=weight)
    rows = {metric: [r.measured(*metric.key) for r in (published, run)] for metric in (KID, FID, PD)}
    words = {
        metric.name: [f"{metric.scale * row.value:.2f} ± {metric.scale * row.error:.2f}" for row in pair]
        for metric, pair in rows.items()
    }
    for metric in (KID, FID):
        earlier, own = rows[metric]
        claim(earlier.value < own.value + own.error, f"the larger weight of L1 costs nothing by {metric.name}")
    claim(rows[PD][0].value < rows[PD][1].value, "the larger weight of L1 stays nearer to the photograph")
    display(
        Markdown(
            "The lead of the smaller weight of L1 does not last. A run with the published weight and "
            f"{published.config.images_seen:,} images, made before the trials, has on all validation photographs a "
            f"KID of {words['KID'][0]} thousandths, an FID of {words['FID'][0]} and a PD of {words['PD'][0]}; the run "
            f"of this chapter has {words['KID'][1]}, {words['FID'][1]} and {words['PD'][1]}. In full "
            "training the larger weight thus costs nothing by KID and FID and stays nearer to the photograph. The "
            "rule, KID of the trials, was fixed before and stands."
        )
    )

# %% tags=["hide-input"]
figures.save_table(run_tables.facts({"Pix2Pix": run}), "gan-facts")

# %% [markdown]
# ```{csv-table} The run of this chapter
# :name: tab-gan-facts
# :file: ../book/executed/tables/gan-facts.csv
# :header-rows: 1
# ```
#
# The training time is wall time on a machine that was not kept free for it, without the time that scoring and samples
# took; speeds that are to be compared between families are measured apart, with nothing else running.
#
# ## Training
#
# {numref}`fig-gan-curves` shows the parts of the loss against images seen. For an undecided discriminator, which
# gives every patch a probability of one half, the generator's adversarial loss and the discriminator's own (half the
# sum of two cross-entropies) are both $\log 2 \approx 0.69$: the dotted line. A discriminator's loss below it and an
# adversarial loss above it mean that the discriminator tells most patches apart. The L1 distance is measured in
# training, with dropout and batch statistics, on values between $-1$ and $1$. Unlike the loss of a regression it need
# not fall: more vivid colours that are sometimes wrong cost more L1 than pale ones.

# %% tags=["hide-input"]
figure = figures.learning_curves(
    run.history,
    {
        "L1 distance": {"l1": "L1"},
        "adversarial losses, nats": {"adversarial": "generator", "discriminator": "discriminator"},
    },
)
figure.axes[1].axhline(np.log(2), color="0.4", linestyle=":", linewidth=1)
plt.close(figure)
glue("gan-curves", figure, display=False)

# %% [markdown]
# ```{glue:figure} gan-curves
# :name: fig-gan-curves
#
# Losses of the run, each point the mean over the images seen since the point before it.
# ```
#
# ## Samples
#
# Sixteen photographs of {ref}`the collection <sec-data>` are coloured along the way, none of which is in the training
# data. The slider goes through the counts of images seen; the rows are the gray input, the colorization and the
# original.

# %% tags=["hide-input"]
originals = pictures.fixed_photographs(study.image_size)
gray = np.repeat(color.gray(originals), 3, axis=-1)
samples = {count: figures.strip(path) for count, path in run.samples.items()}
explorers.slider(
    [figures.folded_sheet(gray, painted, originals) for painted in samples.values()],
    [f"{count:,}" for count in samples],
    "images seen",
    start=-1,
)

# %% [markdown]
# The same networks colour photographs of any size. The model sees a photograph reduced to its own few pixels and
# gives the chroma; the photograph keeps its own luma at full resolution, and the chroma is brought up to that size
# along the edges of the luma with a guided filter {cite:p}`he2013guided`. {numref}`fig-gan-photographs` shows
# photographs of 256 pixels; `colorize photo` does the same for a photograph of any size.

# %% tags=["hide-input"]
shown = pictures.kept(run)
figure = figures.picture(shown["photographs"], ["luma", "colorized", "original"])
plt.close(figure)
glue("gan-photographs", figure, display=False)

# %% [markdown]
# ```{glue:figure} gan-photographs
# :name: fig-gan-photographs
#
# Photographs that keep their own luma at full resolution, with chroma of the run. Their authors are named in
# {ref}`sec-data`.
# ```
#
# **Variety.** Dropout is the model's only source of variety. {numref}`fig-gan-variety` shows photographs and their
# colorizations from eight seeds. Isola et al. report that their model's output varies little with its noise
# {cite:p}`isola2017image`; the standard deviation over seeds, averaged over pixels, says how much it does here.

# %% tags=["hide-input"]
figure = figures.picture(shown["variety"])
plt.close(figure)
glue("gan-variety", figure, display=False)
varied = color.chroma(color.to_float(figures.cells(shown["variety"], study.image_size)))
deviation = varied[:, 1:].std(axis=1)
contrast = varied[:, 0].std(axis=(1, 2))
glue("variety", Markdown(f"{deviation.mean():.3f}"), display=False)
glue("contrast", Markdown(f"{contrast.mean():.3f}"), display=False)

# %% [markdown]
# ```{glue:figure} gan-variety
# :name: fig-gan-variety
#
# Originals (left) and eight samples of each. The standard deviation of a chroma value over the seeds is
# {glue:md}`variety` on average; over the pixels of an original it is {glue:md}`contrast`.
# ```
#
# ## FID
#
# {numref}`tab-gan-fid` gives the FID of the run by the *disjoint* protocol, in which the reference holds other
# photographs than those that were coloured, together with what it has to be compared with: two disjoint sets of
# original photographs (the floor for that number of images), the gray pictures themselves, and the best constant
# tint, one chroma for all pixels chosen on training photographs. All are measured on the same validation photographs
# against the same reference, with the Inception network of 2015 {cite:p}`szegedy2016rethinking,heusel2017gans`. The
# error is the standard error of a delete-a-group jackknife over 20 groups of photographs.

# %% tags=["hide-input"]
final = run.measured(*FID.key)
figures.save_table(run_tables.fid_table(results, {"Pix2Pix": run}), "gan-fid")
if final is not None:
    display(
        Markdown(
            "Of the gap in FID between gray pictures and originals the run closes "
            f"{run_tables.gap_closed(results, run):.0%}. The constant tint was chosen by FID-500 on training "
            f"photographs among multiples of their mean chroma: {results.peers(run.config, FID).options['tint']}."
        )
    )

# %% [markdown]
# ```{csv-table} Disjoint FID on validation photographs, with jackknife standard error
# :name: tab-gan-fid
# :file: ../book/executed/tables/gan-fid.csv
# :header-rows: 1
# ```
#
# {numref}`tab-gan-metrics` gives all metrics of {numref}`Section %s <sec-definitions>` for the same photographs. The
# diversity is that of two samples for each of the first 1,000 photographs.

# %% tags=["hide-input"]
figures.save_table(run_tables.metrics_table(results, {"Pix2Pix": run}), "gan-metrics")

# %% [markdown]
# ```{csv-table} All metrics on validation photographs; in parentheses the standard error of the last digits
# :name: tab-gan-metrics
# :file: ../book/executed/tables/gan-metrics.csv
# :header-rows: 1
# ```
#
# FID depends on the number of images, and these figures can be compared with one another only: not with published ones,
# which are for other photographs at $256 \times 256$ ({numref}`tab-published`). {numref}`fig-gan-along` follows the
# run on fewer photographs, where FID is larger by its bias.

# %% tags=["hide-input"]
along = run.metrics[run.metrics.metric.str.startswith("FID-") & (run.metrics.protocol == "disjoint")]
along = along.sort_values("images_seen")
figure, axes = plt.subplots(figsize=(9, 2.9), layout="constrained")
axes.set(xlabel="images seen", ylabel="FID", title="this run was not scored along the way")
axes.grid(**figures.GRID)
if len(along):
    row = along.iloc[-1]
    axes.errorbar(along.images_seen, along.value, along.error, marker="o", markersize=3, linewidth=1.2, capsize=2)
    axes.set(
        xscale="log",
        ylabel=row.metric,
        title=f"{row.images:,} photographs against {int(row.reference_images):,} others",
    )
plt.close(figure)
glue("gan-along", figure, display=False)

# %% [markdown]
# ```{glue:figure} gan-along
# :name: fig-gan-along
#
# FID on the same few validation photographs along the run, with jackknife standard error.
# ```

# %% [markdown]
# ## What the run shows

# %% tags=["hide-input"]
if final is not None:
    each = run.measured("Seconds per photograph", "alone")
    display(
        Markdown(
            f"The FID of the run is below that of {run_tables.margins(results, run)} (errors added as if "
            f"independent). Colouring {each.images:,} photographs took {each.seconds:.0f} seconds on this hardware, "
            f"about {round(1 / each.value, -2):,.0f} photographs a second."
        )
    )

# %% [markdown]
# The pictures qualify the figure; what follows is our impression of the figures above, not a count. Skies, clouds,
# leaves and wood often receive colours that could have been photographed; grass, sand and lakes often stay gray or take
# a wrong hue. Small objects of strong colour mostly miss theirs, because nothing in 32 pixels of luma tells a red car
# from a green one, and where the model commits itself it is often wrong. Some surfaces are covered with patches of
# changing hue: the discriminator judges patches of half the picture and does not ask whether two of them go together.
# Variety is small, as the authors found: the seeds change how strong the colour of a region is more often than its hue.
#
# The limits of the evidence are those of one run: one seed, one data set, photographs of 32 pixels, a budget of
# minutes, and settings chosen from a few short runs. Comparing architectures takes several seeds of each, at
# matched size and compute, and the test photographs; it is left to {numref}`Section %s <sec-comparison>`.
