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
# (sec-diffusion)=
# # Palette: a diffusion model
#
# Palette {cite:p}`saharia2022palette` treats colorization as one image-to-image task among others. A network is shown
# the gray picture together with colours that noise has been added to, and learns to tell the noise from the colours. A
# colorization starts from noise alone and is freed of it step by step, each step an evaluation of the same network. Its
# authors compare it with the same network trained to return the colours at once, a *regression*, and so separate what
# the objective contributes from what the architecture does. This chapter derives the objective, shows the two
# algorithms beside the code that runs them, finds out which of the published settings hold for small models and short
# training, and reports one training run of Palette and one of the regression at equal training time.

# %% tags=["parameters"]
study_file = "params/report.yaml"  # says what was trained and scored; below, None: as it says

# the run that is shown
images_seen_palette = None
images_seen_regression = None
images_seen_pix2pix = None
train_images = None  # distinct training photographs; 0: all
seed = None

# what to do about a run that is not there: "fail" or "train"; photographs that are scored along its way, 0: none
missing = None
score_images = None

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown, display
from myst_nb import glue

from colorize_lib import color
from colorize_lib.book import parameters
from colorize_lib.metrics import COLORFULNESS, FID, KID, LPIPS, PD, PROXY_SCORE, PSNR, SSIM
from colorize_lib.models.palette import samplers, schedules
from colorize_lib.report import explorers, figures, run_tables, study_tables
from colorize_lib.report.results import Results
from colorize_lib.report.texts import claim
from colorize_lib.runs.obtain import obtain
from colorize_lib.runs.pictures import EVALUATIONS, fixed_photographs, kept
from colorize_lib.runs.store import Store

figures.use_style()

study = parameters.study(
    study_file,
    images_seen_palette=images_seen_palette,
    images_seen_regression=images_seen_regression,
    images_seen_pix2pix=images_seen_pix2pix,
    train_images=train_images,
    seed=seed,
    missing=missing,
    score_images=score_images,
)
results = Results(study, Store.default())
recorded = study == parameters.study(missing=missing)  # the study that the sentences below are about

# %% [markdown]
# ## Noise
#
# The forward process is that of {eq}`eq-forward`: at noise level $\gamma$ a picture $y_0$ has become
# $y = \sqrt{\gamma}\, y_0 + \sqrt{1 - \gamma}\, \varepsilon$ with standard normal $\varepsilon$, so that a pixel whose
# variance is one keeps it. Palette trains with 2,000 steps whose $1 - \alpha_t$ rises linearly from $10^{-6}$ to
# 0.01, and samples with 1,000 steps from $10^{-4}$ to 0.09. Between two steps of training $\gamma$ is drawn uniformly,
# so that the network knows a continuum of levels {cite:p}`chen2021wavegrad` and the schedule of sampling can be chosen
# after training. {numref}`fig-diffusion-forward` shows photographs at levels of the training schedule, and
# {numref}`fig-diffusion-schedules` both schedules as log-SNR, $\log (\gamma / (1 - \gamma))$.

# %% tags=["hide-input"]
training, inference = schedules.linear(1e-6, 0.01, 2000), schedules.linear(1e-4, 0.09, 1000)
photographs = fixed_photographs(study.image_size)
shown_steps = [0, 100, 300, 600, 1000, 2000]
noise = np.random.default_rng(0).standard_normal(photographs[:6].shape)
figure, axes = plt.subplots(1, len(shown_steps), figsize=(9, 4.7), layout="constrained")
for axis, step in zip(axes, shown_steps, strict=True):
    gamma = training.gammas[step]
    noisy = np.sqrt(gamma) * color.to_float(photographs[:6]) + np.sqrt(1 - gamma) * noise
    axis.imshow(figures.contact_sheet([picture[None] for picture in color.to_uint8(noisy)], scale=1))
    axis.set_title(f"t = {step}\nγ = {gamma:.2g}")
    axis.set_axis_off()
plt.close(figure)
glue("diffusion-forward", figure, display=False)

figure, axis = plt.subplots(figsize=(9, 2.9), layout="constrained")
for schedule, label in ((training, "training, 2,000 steps"), (inference, "sampling, 1,000 steps")):
    axis.plot(np.arange(1, schedule.steps + 1) / schedule.steps, schedules.log_snr(schedule.gammas[1:]), label=label)
axis.axhline(schedules.log_snr(training.gammas[-1]), color="0.4", linestyle=":", linewidth=1)
axis.set(xlabel="share of the steps, t / T", ylabel="log-SNR")
axis.grid(**figures.GRID)
axis.legend(frameon=False)
plt.close(figure)
glue("diffusion-schedules", figure, display=False)
below = int((inference.gammas < training.gammas[-1]).sum())
glue("steps-below", Markdown(f"{below}"), display=False)
glue("smallest-gamma", Markdown(f"{training.gammas[-1] * 1e5:.1f} × 10⁻⁵"), display=False)
colours = color.to_float(photographs)
shares = [np.sqrt(np.mean(values**2)) for values in (color.chroma(colours), colours)]
glue("chroma-share", Markdown(f"{shares[0] / shares[1]:.2f}"), display=False)

# %% [markdown]
# ```{glue:figure} diffusion-forward
# :name: fig-diffusion-forward
#
# The forward process on photographs of {ref}`the collection <sec-data>`.
# ```
#
# ```{glue:figure} diffusion-schedules
# :name: fig-diffusion-schedules
#
# The published schedules. Below the dotted line lies what training never shows: {glue:md}`steps-below` of the 1,000
# steps of sampling are noisier than the noisiest level of training, {glue:md}`smallest-gamma`.
# ```
#
# At these levels the network is asked about noise of which it has seen no example; but there hardly anything is
# left of the picture, the best answer is to call the input noise, and the step that follows hardly moves. A test of the
# library leaves those steps out: with a network that is known to be optimal, the distribution of the samples stays what
# it was.
#
# ## From the bound to the loss
#
# {numref}`Section %s <sec-background>` bounds $-\log p_\theta(y_0 \mid x)$ by a sum of divergences between Gaussians
# {eq}`eq-bound`, one for each step. What follows is the algebra that leads from there to {eq}`eq-noise-loss`. By Bayes'
# rule, the step back from $y_t$, given the clean picture, is a product of two Gaussians in $y_{t-1}$,
# $q(y_t \mid y_{t-1})\, q(y_{t-1} \mid y_0)$. Completing the square gives
#
# ```{math}
# :label: eq-posterior
# \begin{aligned}
# q(y_{t-1} \mid y_t, y_0) & = \mathcal N(\tilde\mu_t, \tilde\sigma_t^2 I) , \qquad
# \tilde\sigma_t^2 = \frac{(1 - \gamma_{t-1})(1 - \alpha_t)}{1 - \gamma_t} , \\
# \tilde\mu_t & = \frac{\sqrt{\gamma_{t-1}}\,(1 - \alpha_t)}{1 - \gamma_t}\, y_0
# + \frac{\sqrt{\alpha_t}\,(1 - \gamma_{t-1})}{1 - \gamma_t}\, y_t .
# \end{aligned}
# ```
#
# The picture is unknown in sampling, but picture and noise determine each other: by {eq}`eq-forward`
# $y_0 = (y_t - \sqrt{1 - \gamma_t}\, \varepsilon) / \sqrt{\gamma_t}$. Put into {eq}`eq-posterior`,
#
# ```{math}
# :label: eq-posterior-noise
# \tilde\mu_t = \frac{1}{\sqrt{\alpha_t}} \Bigl( y_t - \frac{1 - \alpha_t}{\sqrt{1 - \gamma_t}}\, \varepsilon \Bigr) ,
# ```
#
# because the two coefficients of $y_t$ add up to $\bigl( (1 - \alpha_t) + \alpha_t (1 - \gamma_{t-1}) \bigr) / \bigl(
# \sqrt{\alpha_t} (1 - \gamma_t) \bigr) = 1 / \sqrt{\alpha_t}$. A model that estimates $\varepsilon$ by $f_\theta(x,
# y_t, \gamma_t)$ and puts the estimate in its place has the mean $\mu_\theta$ with $\tilde\mu_t - \mu_\theta = (1 -
# \alpha_t) / \sqrt{\alpha_t (1 - \gamma_t)}\; (f_\theta - \varepsilon)$, and half its squared length over $\sigma_t^2$
# is the term with the weight $w_t$ of {eq}`eq-noise-loss`. With $w_t = 1$ and a level drawn at random for each picture,
# the loss is
#
# ```{math}
# :label: eq-palette-loss
# \mathbb E_{(x, y_0),\, \varepsilon,\, \gamma} \bigl\lVert f_\theta\bigl( x, \sqrt{\gamma}\, y_0
# + \sqrt{1 - \gamma}\, \varepsilon, \gamma \bigr) - \varepsilon \bigr\rVert_p^p .
# ```
#
# $p = 2$ is the bound, re-weighted. For $p = 1$ the best answer is the conditional median of the noise, which is no
# gradient of a log-density; the authors find it to give less diverse samples {cite:p}`saharia2022palette`.
#
# **Algorithm 1** (training) repeats: draw a pair $(x, y_0)$, a level $\gamma$ and noise $\varepsilon$, and take a step
# on the gradient of {eq}`eq-palette-loss`. The code draws the level as the paper's section 3.1 does, a step uniformly
# and then $\gamma$ uniformly between that step and the one before.
#
# ```{literalinclude} ../colorize_lib/models/palette/model.py
# :pyobject: Palette.compute_loss
# :language: python
# ```
#
# ```{literalinclude} ../colorize_lib/models/palette/model.py
# :pyobject: Palette.draw_levels
# :language: python
# ```
#
# **Algorithm 2** (sampling) starts from $y_T \sim \mathcal N(0, I)$ and for $t = T, \dots, 1$ sets
#
# ```{math}
# :label: eq-ancestral
# y_{t-1} = \frac{1}{\sqrt{\alpha_t}} \Bigl( y_t - \frac{1 - \alpha_t}{\sqrt{1 - \gamma_t}}\,
# f_\theta(x, y_t, \gamma_t) \Bigr) + \sqrt{1 - \alpha_t}\; z , \qquad z \sim \mathcal N(0, I) ,
# ```
#
# with $z = 0$ in the last step. In the library every sampler is a table of coefficients, and one loop runs them all:
# it asks the network for its estimate of the clean colours and adds up what the table says. For
# {eq}`eq-ancestral`, the noise is written through that estimate, which is kept within the range of colours.
#
# ```{literalinclude} ../colorize_lib/models/palette/samplers.py
# :pyobject: ancestral
# :language: python
# ```
#
# ```{literalinclude} ../colorize_lib/models/palette/samplers.py
# :pyobject: run
# :language: python
# ```

# %% [markdown]
# ## Fewer evaluations
#
# A thousand evaluations for one photograph is the price of {eq}`eq-ancestral`, whose steps have to be small. Its
# variance, $1 - \alpha_t$ in place of $\tilde\sigma_t^2$, is right where the picture is itself standard normal, and
# both agree in the limit of small steps {cite:p}`ho2020denoising`; with few steps it adds more noise than belongs
# there.
#
# The same network serves other samplers. *DDIM* {cite:p}`song2021denoising` moves from one level to the next along the
# estimate $\hat y_0$ without fresh noise: $y' = \sqrt{\gamma'}\, \hat y_0 + \sqrt{1 - \gamma'}\, \hat\varepsilon$, the
# Euler step of an ordinary differential equation whose solution has at every level the distribution of the noisy
# pictures {cite:p}`song2021score`. *DPM-Solver++(2M)* {cite:p}`lu2022dpmsolver` solves the same equation in $\lambda =
# \tfrac12 \log (\gamma / (1 - \gamma))$ and extrapolates the estimate from the last two evaluations, which makes its
# error fall with the square of the step. Both take a grid uniform in $\lambda$ from the smallest trained $\gamma$ to
# 0.9999; a last evaluation there gives the picture.
#
# How these samplers work can be checked where the best network is known. If one colour value is normal with variance
# $\tfrac12$, the best estimate is $\hat y_0 = \sqrt{\gamma}\, \tfrac12 \, y / (1 - \tfrac12 \gamma)$, every step is
# linear, and the variance of the samples follows without drawing any. {numref}`fig-diffusion-toy` shows how far it is
# from the truth. The ancestral sampler's variance is too large and DDIM's too small; both errors halve when the
# evaluations double. That of DPM-Solver++(2M) falls by four, until what is left comes from the two ends of the grid.
# The tests of the library measure these orders, and find mean and covariance within 1% at 1,000 steps.


# %% tags=["hide-input"]
def sampled_variance(sampler, gammas, variance=0.5):
    """Variance of the samples where colours are normal with a variance and the network is the best one."""
    slope, before, spread = 1.0, 0.0, 1.0  # deterministic samplers: y = slope * first noise; ancestral: spread of y
    for step in samplers.SAMPLERS[sampler](gammas):
        best = np.sqrt(step.gamma) * variance / (step.gamma * variance + 1 - step.gamma)
        spread = (step.keep + step.estimate * best) ** 2 * spread + step.noise**2
        slope, before = (step.keep + step.estimate * best) * slope + step.previous * before, best * slope
    return spread if sampler == "ancestral" else slope**2


counts = np.array([5, 10, 20, 50, 100, 250, 500, 1000])
figure, axis = plt.subplots(figsize=(9, 2.9), layout="constrained")
for sampler, label in (("ancestral", "ancestral"), ("ddim", "DDIM"), ("dpm-solver", "DPM-Solver++(2M)")):
    grids = [np.append(schedules.log_snr_grid(n - 1, training.gammas[-1], 0.9999), 1.0) for n in counts]
    errors = [abs(sampled_variance(sampler, grid) / 0.5 - 1) for grid in grids]
    axis.plot(counts, errors, marker="o", markersize=3, linewidth=1.2, label=label)
axis.set(xscale="log", yscale="log", xlabel="evaluations", ylabel="relative error of the variance")
axis.grid(**figures.GRID)
axis.legend(frameon=False)
plt.close(figure)
glue("diffusion-toy", figure, display=False)
hundred = np.append(schedules.log_snr_grid(99, training.gammas[-1], 0.9999), 1.0)
glue("toy-variance", Markdown(f"{sampled_variance('ancestral', hundred):.3f}"), display=False)

# %% [markdown]
# ```{glue:figure} diffusion-toy
# :name: fig-diffusion-toy
#
# Error of the samples' variance for normal colours of variance 0.5 and the best network, on grids uniform in log-SNR.
# At 100 evaluations the ancestral sampler's variance is {glue:md}`toy-variance`.
# ```
#
# ## The network
#
# Palette's network is the U-Net of {cite:t}`dhariwal2021diffusion`: residual blocks with group normalization
# {cite:p}`wu2018group`, whose second normalization is scaled and shifted by an embedding of the noise level, down- and
# up-sampling within residual blocks as in BigGAN {cite:p}`brock2019large`, and self-attention {eq}`eq-attention` at the
# small feature maps. The gray picture is one more channel of its input. Regression has the same network without the
# noisy colours, its embedding fed a constant, so that both differ in their first convolution alone.
#
# ```{literalinclude} ../colorize_lib/models/unet/network.py
# :pyobject: unet
# :language: python
# ```
#
# At preset `paper` the library's network has 552.8 million parameters, as many as the authors give; a test counts them
# without allocating any. {numref}`tab-diffusion-speed` compares a training step at preset `small` with that of a widely
# used implementation of the same kind of network at the same base width, multipliers and number of parameters (the
# peer: denoising-diffusion-pytorch 2.3.4, on PyTorch 2.14.1), both with two threads and in turns. Here the
# normalization costs one multiplication and one addition a value and there are fewer blocks a level; there, linear
# attention works at every level.

# %% tags=["hide-input"]
speeds = run_tables.measured_together(results.table("training_speed"))[0]
speed = speeds[~speeds.program.isin(["regression", "Pix2Pix"])]
names = speed.program.str.replace("Palette", "this book").str.replace("denoising-diffusion-pytorch", "peer")
table = pd.DataFrame(
    {
        "program": names,
        "parameters": [f"{n:,}" if n else "–" for n in speed.parameters],
        "MFLOP": speed.forward_MFLOP_per_image.map("{:.0f}".format),
        "ms a step": [
            f"{row.milliseconds:.0f} ({row.milliseconds_least:.0f}–{row.milliseconds_most:.0f})"
            for row in speed.itertuples()
        ],
        "images/s": speed.images_per_second.map("{:.0f}".format),
        "GFLOP/s": speed.GFLOP_per_second.map("{:.0f}".format),
        "of the peak": [f"{share:.0%}" for share in speed.share_of_product],
        "memory, GB": [f"{row.peak_GB:.2f} ({row.imported_GB:.2f})" for row in speed.itertuples()],
    }
)
product = table.program == "matrix product"
table.loc[product, ["MFLOP", "images/s"]] = "–"
figures.save_table(table, "diffusion-speed")
by_program = speed.set_index("program")
later = run_tables.measured_together(results.table("training_speed"))[-1].set_index("program")
ours, bfloat = by_program.loc["Palette"], by_program.loc["Palette, bfloat16"]
theirs = by_program.loc["denoising-diffusion-pytorch, channels last"]
faster = later.GFLOP_per_second["matrix product"] / by_program.GFLOP_per_second["matrix product"]
display(
    Markdown(
        f"A step takes {ours.milliseconds / theirs.milliseconds:.2f} times what it takes there, and does "
        f"{ours.GFLOP_per_second / theirs.GFLOP_per_second:.1f} times as much arithmetic a second. In bfloat16 with "
        f"float32 weights it takes {bfloat.milliseconds / ours.milliseconds:.2f} times what it takes in float32, which "
        "is no gain beyond the spread; the runs of this book are in float32. On a later processor, whose matrix "
        f"product is {faster:.1f} times as fast, a step takes "
        f"{later.milliseconds['Palette'] / later.milliseconds[theirs.name]:.2f} times what it takes there, and "
        f"bfloat16 {later.milliseconds['Palette, bfloat16'] / later.milliseconds['Palette']:.2f} times."
    )
)

# %% [markdown]
# ```{csv-table} A training step of batch 32; forward arithmetic an image, ms (least–most), memory (of which imports)
# :name: tab-diffusion-speed
# :file: ../book/executed/tables/diffusion-speed.csv
# :header-rows: 1
# ```

# %% [markdown]
# ## What is different at small scale
#
# The published model was trained with a batch of 1,024 for a million steps; a run of minutes on two processor cores
# sees two ten-thousandths of that. Some of the published settings do not survive it, and others are worth a trial.
#
# **What is predicted.** From an estimate of the noise that is wrong by $\delta$ follows an estimate of the picture that
# is wrong by $\sqrt{(1 - \gamma) / \gamma}\; \delta$: at the smallest trained level, where a sampler on the few-step
# grid begins, 150 times as much. Read backwards, the published loss gives an error of the picture the weight $\gamma /
# (1 - \gamma)$, which is nothing where sampling begins: a network that answers with its input is nearly perfect there,
# and only long training finds the rest. As long as it has not, the first estimates may lie anywhere in the range of
# colours and beyond, and the following steps take what they left for the picture.
#
# *v-prediction* {cite:p}`salimans2022progressive` asks for
#
# ```{math}
# :label: eq-v
# v = \sqrt{\gamma}\; \varepsilon - \sqrt{1 - \gamma}\; y_0 , \qquad
# \hat y_0 = \sqrt{\gamma}\; y - \sqrt{1 - \gamma}\; \hat v ,
# ```
#
# which is the noise where the picture is clean and the negative picture where there is only noise. An error $\delta$ of
# $v$ is an error of at most $\delta$ of the picture at every level, and the squared error of the picture has the weight
# $1 / (1 - \gamma)$, never less than one. *min-SNR* {cite:p}`hang2023efficient` caps this weight where noise is low.
#
# {numref}`tab-diffusion-start` shows both networks after 60,000 images, started from different levels, with and without
# clipping, on {glue:md}`start-images` validation photographs with 20 DDIM evaluations. The measure is the colour
# spread, the largest channel minus the smallest, in levels of 255; the originals' is {glue:md}`spread-originals`.


# %% tags=["hide-input"]
start = results.table("palette_start")
start["setting"] = start.prediction + np.where(start["clip"], ", clipped", ", not clipped")
table = start.pivot_table(index="noisiest", columns="setting", values="color_spread").round(1).reset_index()
table = table.rename(columns={"noisiest": "first γ"})
table["first γ"] = [f"{gamma:g}" for gamma in table["first γ"]]
figures.save_table(table, "diffusion-start")
glue("spread-originals", Markdown(f"{start.color_spread_originals.iloc[0]:.1f}"), display=False)
glue("start-images", Markdown(f"{start.images.iloc[0]:,}"), display=False)

# What is said of it below.
spread = start.set_index(["noisiest", "prediction", "clip"]).color_spread / start.color_spread_originals.iloc[0]
first_levels = sorted(start.noisiest.unique())[:3]
for level, least, most in zip(first_levels, (2.5, 1.3, 0.5), (3.5, 1.7, 1.0), strict=True):
    claim(least < spread[level, "noise", True] < most, f"colours of noise prediction are so strong from {level:g} on")
claim((spread.xs(True, level=2) - spread.xs(False, level=2)).loc[:, "v"].abs().max() < 1e-3, "clipping changes no v")

# %% [markdown]
# ```{csv-table} Mean colour spread by where sampling starts
# :name: tab-diffusion-start
# :file: ../book/executed/tables/diffusion-start.csv
# :header-rows: 1
# ```
#
# The network that predicts noise saturates where its error is amplified. From the smallest trained level its colours
# are about three times as strong as those of photographs; from 0.001, where the factor is 32, half as strong again;
# from 0.01 they are paler than photographs. Clipping takes a part of it away at the first level and next to nothing at
# the others: it bounds the estimate and does not mend it. The network that predicts $v$ has no such factor, and
# clipping changes none of its figures. Its colours too grow paler with a later start; there the pure noise that
# sampling begins with lacks the picture's share $\sqrt{\gamma}$, which the network was trained to find in it. A later
# start thus tames noise prediction by a second error of the opposite sign; the runs below predict $v$ and start at the
# smallest trained level.
#
# **Output space and gain.** As for the other families, the chroma alone can be predicted, under the given luma. Chroma
# is smaller than RGB, on these sixteen photographs by a factor of {glue:md}`chroma-share`, so that at the same $\gamma$
# less of it is left in the noise. `gain = 4` multiplies the chroma before noise is added, which more than makes up for
# that and moves the schedule by $\log 16$ in log-SNR.
#
# **Warm-up, average, learning rate.** 500 steps of warm-up instead of 10,000; an average of the weights over the last
# tenth of the steps instead of a fixed decay of 0.9999; a learning rate of $10^{-3}$ for batches of 32 instead of
# $10^{-4}$ for 1,024.
#
# {numref}`tab-diffusion-first` lists short runs, the bad ones too: each is one seed, sampled with the default 20
# evaluations, and is compared on 1,000 validation photographs, on which FID has a large bias. The originals'
# colorfulness is {glue:md}`colorfulness-originals`.

# %% tags=["hide-input"]
first = results.table("palette_trials").sort_values("KID")
table = pd.DataFrame(
    {
        "output": first.output,
        "predicts": [
            f"{row.prediction}, {row.loss.upper()}" + (f", min-SNR {row.min_snr:g}" if row.min_snr else "")
            for row in first.itertuples()
        ],
        "gain": first.gain.map("{:g}".format),
        "rate": first.learning_rate.map("{:g}".format),
        **run_tables.distance_columns(first),
        "colorfulness": first.colorfulness.map("{:.1f}".format),
        "diversity": first.LPIPS_diversity.map("{:.3f}".format),
    }
)
figures.save_table(table, "diffusion-first")
glue("colorfulness-originals", Markdown(f"{first.colorfulness_originals.iloc[0]:.1f}"), display=False)

# What is said of it below.
by_v = first[first.prediction == "v"]
plain = by_v[(by_v.loss == "l2") & (by_v.min_snr == 0)]
norm_1, min_snr = by_v[by_v.loss == "l1"].iloc[0], by_v[by_v.min_snr > 0].iloc[0]
vivid = first[first.prediction == "noise"].colorfulness / first.colorfulness_originals
claim(vivid.min() > 1.4, "runs that predict noise have colours far more vivid than photographs'")
for metric in (FID, KID):
    values, errors = by_v[metric.name], by_v[f"{metric.name}_error"]
    claim(np.ptp(values) < 2 * np.hypot(errors, errors).max(), f"no run that predicts v leads by {metric.name}")
claim(norm_1.colorfulness < plain.colorfulness.min(), "the 1-norm gives paler colours")
claim(norm_1.LPIPS_diversity < plain.LPIPS_diversity.min(), "the 1-norm gives less diverse colours")
claim(first.FID.min() == min_snr.FID, "min-SNR has the lowest FID")

# %% [markdown]
# ```{csv-table} Short runs on Tiny ImageNet at $32 \times 32$, best KID first
# :name: tab-diffusion-first
# :file: ../book/executed/tables/diffusion-first.csv
# :header-rows: 1
# ```
#
# Predicting $v$ decides most: both runs that predict noise have colours far more vivid than photographs', in RGB as in
# chroma. Among those that predict $v$ no difference in KID or FID is larger than twice its error, be it of the gain, of
# a learning rate three times as high, of min-SNR or of the norm. The 1-norm gives paler and less diverse colours, the
# second of which the authors report as well {cite:p}`saharia2022palette`. min-SNR has the lowest FID and was therefore
# named as one of the trials that follow.
#
# ## The trials
#
# As {numref}`Section %s <sec-gan-trials>` does for Pix2Pix, {numref}`tab-diffusion-trials` compares six trials of
# Palette and six of the regression, all named before any was run, each trained for the same number of images,
# {glue:md}`palette-trial-images`. Palette's own two departures are the published noise prediction and min-SNR; those of
# the regression are dropout and batches of half the size. *As published* means what it means there.

# %% tags=["hide-input"]
for family in ("palette", "regression"):
    figures.save_table(study_tables.trials(results, family), f"{family}-trials")
    display(Markdown(study_tables.best_trial(results, family)))
trial_steps = study.trial_images["palette"] // study.config("palette").hyperparameters.batch_size
glue("trial-steps", Markdown(f"{trial_steps:,}"), display=False)
glue("palette-trial-images", Markdown(f"{study.trial_images['palette']:,}"), display=False)

# %% [markdown]
# ```{csv-table} The trials of Palette; an asterisk marks the one whose settings the runs below have
# :name: tab-diffusion-trials
# :file: ../book/executed/tables/palette-trials.csv
# :header-rows: 1
# ```
#
# ```{csv-table} The trials of the regression
# :name: tab-regression-trials
# :file: ../book/executed/tables/regression-trials.csv
# :header-rows: 1
# ```
#
# The published settings cannot be judged by so short a run: {glue:md}`trial-steps` steps at a rate of $10^{-4}$ are a
# beginning, and a network that predicts noise saturates the colours after short training, as
# {numref}`tab-diffusion-start` showed. Their average, with a decay of 0.9999, is after so few steps the mean of all
# weights since the first.
#
# ## Two runs
#
# Palette and regression were trained for about the same measured compute time as the run of {numref}`Section %s
# <sec-gan>`, the regression at the learning rate that its trials chose, a third of Palette's.

# %%
palette, regression = (
    obtain(study.shown(family), Store.default(), study.missing, score_images=study.score_images)
    for family in ("palette", "regression")
)
both = {"Palette": palette, "regression": regression}

# %% tags=["hide-input"]
figures.save_table(run_tables.facts(both), "diffusion-facts")

# %% [markdown]
# ```{csv-table} The two runs
# :name: tab-diffusion-facts
# :file: ../book/executed/tables/diffusion-facts.csv
# :header-rows: 1
# ```

# %% tags=["hide-input"]
step = speeds.set_index("program").milliseconds / speeds.batch.iloc[0] / 60_000  # minutes an image
if recorded:
    minutes = {title: step[title] * run.config.images_seen for title, run in both.items()}
    display(
        Markdown(
            "The training times above are wall time on machines that did other work beside. What "
            "was matched is compute time: the time of a step on both cores with nothing else running "
            f"({speeds.milliseconds[speeds.program == 'Palette'].item():.0f} ms for Palette, "
            f"{speeds.milliseconds[speeds.program == 'regression'].item():.0f} for regression, "
            f"{speeds.milliseconds[speeds.program == 'Pix2Pix'].item():.0f} for Pix2Pix), times the steps. It is "
            + " and ".join(f"{value:.1f} minutes for {title}" for title, value in minutes.items())
            + f"; {study.images_seen['pix2pix']:,} images of Pix2Pix take "
            f"{step['Pix2Pix'] * study.images_seen['pix2pix']:.1f}."
        )
    )

# %% [markdown]
# {numref}`fig-diffusion-curves` shows the losses. They cannot be compared with each other: Palette's is the error of
# $v$, averaged over all levels, at many of which nothing could be known; and neither says how good samples are.

# %% tags=["hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(9, 2.9), layout="constrained")
for axis, (title, run) in zip(axes, both.items(), strict=True):
    axis.plot(run.history.images_seen, run.history.loss, linewidth=1.4)
    axis.set(title=f"{title}: squared error", xlabel="images seen", xscale="log", yscale="log")
    axis.grid(**figures.GRID, which="both")
plt.close(figure)
glue("diffusion-curves", figure, display=False)

# %% [markdown]
# ```{glue:figure} diffusion-curves
# :name: fig-diffusion-curves
#
# Losses of the two runs, each point the mean over the images seen since the point before it.
# ```
#
# The slider goes through Palette's training; its rows are the gray input, the colorization and the original.

# %% tags=["hide-input"]
gray = np.repeat(color.gray(photographs), 3, axis=-1)
samples = {count: figures.strip(path) for count, path in palette.samples.items()}
explorers.slider(
    [figures.folded_sheet(gray, painted, photographs) for painted in samples.values()],
    [f"{count:,}" for count in samples],
    "images seen",
    start=-1,
)

# %% [markdown]
# {numref}`fig-diffusion-photographs` shows photographs of 256 pixels that keep their own luma, as `colorize photo
# --family palette` makes them with `--seed` 0 to 5 from left to right.

# %% tags=["hide-input"]
shown = kept(palette)
figure = figures.picture(shown["photographs"], ["luma", "colorized", "original"])
plt.close(figure)
glue("diffusion-photographs", figure, display=False)

# %% [markdown]
# ```{glue:figure} diffusion-photographs
# :name: fig-diffusion-photographs
#
# Photographs that keep their own luma at full resolution, with chroma of the Palette run. Their authors are named in
# {ref}`sec-data`.
# ```
#
# ## The way from noise to colours
#
# The slider follows eight photographs through one sampling. The first row is what the network sees, the colours with
# their noise under the given luma; the second its estimate of the clean colours. With the best network the first
# estimate, made from noise alone, would be the mean of all colours that the gray picture allows, whatever the noise.
# The result would then correlate with it just by as much as it is shorter: by the ratio of the root mean squares of
# their chroma. A correlation above that ratio means that the first estimate already holds a part of what the noise will
# decide.

# %% tags=["hide-input"]
path = figures.cells(shown["path"], study.image_size)
steps = [figures.contact_sheet(pair, scale=3) for pair in zip(path[::2], path[1::2], strict=True)]
explorers.slider(steps, [f"{number} of {len(steps)}" for number in range(1, len(steps) + 1)], "evaluation")

# %% tags=["hide-input"]
first, *_, last = color.chroma(color.to_float(path[1::2]))
lengths = [np.sqrt((values**2).mean()) for values in (first, last)]
correlation = (first * last).mean() / np.prod(lengths)
display(
    Markdown(
        f"The chroma of the first estimate has {lengths[0] / lengths[1]:.2f} times the root mean square of that of the "
        f"last, and correlates with it by {correlation:.2f}."
    )
)

# %% [markdown]
# ## Quality against evaluations
#
# {numref}`fig-diffusion-evaluations` shows the same photographs and first noise with more and more evaluations, and
# {numref}`tab-diffusion-samplers` and {numref}`fig-diffusion-quality` what they cost and what is gained, measured on an
# earlier run of the same settings and 230,000 images. The ancestral sampler takes its steps from the published
# schedule, at equal distances.

# %% tags=["hide-input"]
rows = figures.cells(shown["evaluations"], study.image_size)
labels = [f"{sampler}, {steps}" for sampler, steps in EVALUATIONS]
figure = figures.picture(figures.contact_sheet([*rows, photographs]), [*labels, "original"])
plt.close(figure)
glue("diffusion-evaluations", figure, display=False)

keys = ["run", "sampler", "steps"]
seconds = results.table("palette_seconds")[[*keys, "seconds_per_photograph"]]
measured = results.table("palette_samplers").merge(seconds, on=keys).sort_values([*keys[1:], "images"])
names = {"dpm-solver": "DPM-Solver++(2M)", "ddim": "DDIM", "ancestral": "ancestral"}
table = pd.DataFrame(
    {
        "sampler": measured.sampler.map(names),
        "evaluations": measured.steps,
        "photographs": [f"{n:,}" for n in measured.images],
        **run_tables.distance_columns(measured),
        "colorfulness": measured.colorfulness.map("{:.1f}".format),
        "ms each": (1000 * measured.seconds_per_photograph).map("{:.0f}".format),
    }
)
figures.save_table(table, "diffusion-samplers")

few = measured[measured.images == measured.images.min()]
figure, axis = plt.subplots(figsize=(9, 3.2), layout="constrained")
for sampler, group in few.groupby("sampler"):
    axis.errorbar(
        group.seconds_per_photograph, group.FID, group.FID_error,
        marker="o", markersize=3, linewidth=1.2, capsize=2, label=names[sampler],
    )  # fmt: skip
    for row in group.itertuples():
        axis.annotate(str(row.steps), (row.seconds_per_photograph, row.FID), (3, 4), textcoords="offset points")
axis.set(xscale="log", xlabel="seconds a photograph", ylabel=f"FID-{few.images.iloc[0]}")
axis.grid(**figures.GRID)
axis.legend(frameon=False)
plt.close(figure)
glue("diffusion-quality", figure, display=False)

# %% [markdown]
# ```{glue:figure} diffusion-evaluations
# :name: fig-diffusion-evaluations
#
# One first noise, more and more evaluations; the ancestral sampler adds noise of its own on the way. The last row is
# the originals.
# ```
#
# ```{csv-table} Disjoint FID and KID by sampler, with jackknife standard error
# :name: tab-diffusion-samplers
# :file: ../book/executed/tables/diffusion-samplers.csv
# :header-rows: 1
# ```
#
# ```{glue:figure} diffusion-quality
# :name: fig-diffusion-quality
#
# Quality against time on two cores, in batches of 64, the median of three rounds in turns. The numbers are evaluations.
# ```

# %% tags=["hide-input"]
whole = measured[measured.images == measured.images.max()].set_index(["sampler", "steps"])
if {("dpm-solver", 20), ("ancestral", 250)} <= set(whole.index):
    fast, slow = whole.loc[("dpm-solver", 20)], whole.loc[("ancestral", 250)]
    display(
        Markdown(
            f"On all {fast.images:,} validation photographs 20 evaluations of DPM-Solver++(2M) have an FID of "
            f"{fast.FID:.2f} ± {fast.FID_error:.2f} and 250 of the ancestral sampler {slow.FID:.2f} ± "
            f"{slow.FID_error:.2f}: {fast.FID / slow.FID - 1:+.1%}, in "
            f"{fast.seconds_per_photograph / slow.seconds_per_photograph:.0%} of the time."
        )
    )

# What is said of it below.
scored = few.set_index(["sampler", "steps"])
five, ten, fifty = (scored.loc[("dpm-solver", steps)] for steps in (5, 10, 50))
claim(abs(five.FID - fifty.FID) < fifty.FID_error, "five evaluations have the FID of fifty")
claim(five.colorfulness < 0.8 * fifty.colorfulness, "five evaluations have paler colours than fifty")
claim(ten.colorfulness > 0.95 * fifty.colorfulness, "from ten evaluations on the colorfulness changes little")
slow = {steps: scored.loc[("ancestral", steps)] for steps in (20, 50, 250, 1000)}
claim(min(slow[20].FID, slow[50].FID) > scored.loc[("ddim", 5)].FID + 10, "the ancestral sampler needs hundreds")
claim(abs(slow[1000].FID - fifty.FID) < fifty.FID_error, "at 1,000 the ancestral sampler is as good as few steps")

# %% [markdown]
# With DPM-Solver++(2M) five evaluations have the FID of fifty within its error, but paler colours; from ten on the
# colorfulness changes little. DDIM, of first order, has paler colours at as few, and at five a higher FID. The
# ancestral sampler needs hundreds: at 20 and at 50 evaluations its FID is far above that of the other two at five; at
# 250 it comes near, and at 1,000, the published number, it is within the errors of the few-step samplers.
#
# ## Variety
#
# {numref}`fig-diffusion-variety` shows samples of the same photographs from eight seeds. The LPIPS diversity of two
# samples for each of 1,000 photographs is in {numref}`tab-diffusion-metrics`.

# %% tags=["hide-input"]
figure = figures.picture(shown["variety"])
plt.close(figure)
glue("diffusion-variety", figure, display=False)
varied = color.chroma(color.to_float(figures.cells(shown["variety"], study.image_size)))
glue("palette-variety", Markdown(f"{varied[:, 1:].std(axis=1).mean():.3f}"), display=False)
glue("palette-contrast", Markdown(f"{varied[:, 0].std(axis=(1, 2)).mean():.3f}"), display=False)

# %% [markdown]
# ```{glue:figure} diffusion-variety
# :name: fig-diffusion-variety
#
# Originals (left) and eight samples of each. The standard deviation of a chroma value over the seeds is
# {glue:md}`palette-variety` on average; over the pixels of an original it is {glue:md}`palette-contrast`.
# ```
#
# ## The average-colour problem
#
# The regression returns, by Proposition 1 of {numref}`Section %s <sec-background>`, the mean of all colours that a gray
# picture allows. So does Palette, if many of its samples are averaged. {numref}`fig-diffusion-average` puts the two
# beside each other: although one network was trained to give the mean and the other never saw it, they agree, and both
# are paler than a sample.

# %% tags=["hide-input"]
(average,) = figures.cells(shown["average"], study.image_size)
final = {title: figures.strip(run.samples[max(run.samples)]) for title, run in both.items()}
rows = {
    "regression": final["regression"],
    "mean of 64": average,
    "one sample": final["Palette"],
    "original": photographs,
}
figure = figures.picture(figures.contact_sheet(list(rows.values())), list(rows))
plt.close(figure)
glue("diffusion-average", figure, display=False)
chromas = {title: color.chroma(color.to_float(pictures)) for title, pictures in rows.items()}
strength = {title: np.linalg.norm(values, axis=-1).mean() for title, values in chromas.items()}
distance = {title: np.abs(chromas["regression"] - values).mean() for title, values in chromas.items()}
display(
    Markdown(
        "The mean length of the chroma is "
        + ", ".join(f"{value:.3f} ({title})" for title, value in strength.items())
        + f". From the regression the mean of 64 samples differs by {distance['mean of 64']:.3f} on average, one "
        f"sample by {distance['one sample']:.3f}, and the original by {distance['original']:.3f}."
    )
)

# %% [markdown]
# ```{glue:figure} diffusion-average
# :name: fig-diffusion-average
#
# Colours of the regression, the mean of 64 samples of Palette, one of them, and the originals.
# ```
#
# ## Scores
#
# {numref}`tab-diffusion-fid` gives the disjoint FID of both runs, which are scored as in {numref}`Section %s
# <sec-gan>`, with Palette sampled by 20 evaluations of DPM-Solver++(2M).

# %% tags=["hide-input"]
figures.save_table(run_tables.fid_table(results, both), "diffusion-fid")
figures.save_table(run_tables.metrics_table(results, both), "diffusion-metrics")

# %% [markdown]
# ```{csv-table} Disjoint FID on validation photographs, with jackknife standard error
# :name: tab-diffusion-fid
# :file: ../book/executed/tables/diffusion-fid.csv
# :header-rows: 1
# ```
#
# ```{csv-table} All metrics on validation photographs; in parentheses the standard error of the last digits
# :name: tab-diffusion-metrics
# :file: ../book/executed/tables/diffusion-metrics.csv
# :header-rows: 1
# ```

# %% tags=["hide-input"]
scored = {title: run for title, run in both.items() if run.measured(*FID.key) is not None}
if len(scored) == 2:
    sentences = [
        f"The FID of {title} is below that of {run_tables.margins(results, run)}; it closes "
        f"{run_tables.gap_closed(results, run):.0%} of the gap between gray pictures and originals."
        for title, run in scored.items()
    ]
    palette_fid, regression_fid = (run.measured(*FID.key) for run in scored.values())
    vivid = {title: run.measured(*COLORFULNESS.key) for title, run in scored.items()}
    difference = (regression_fid.value - palette_fid.value) / np.hypot(palette_fid.error, regression_fid.error)
    display(
        Markdown(
            " ".join(sentences) + f" Palette's FID is {'below' if difference > 0 else 'above'} the regression's by "
            f"{abs(regression_fid.value - palette_fid.value):.1f}, {abs(difference):.0f} times the error of the "
            f"difference. Its colorfulness is {vivid['Palette'].value:.1f}, the regression's "
            f"{vivid['regression'].value:.1f}, that of the originals {vivid['Palette'].originals:.1f}. Errors are "
            "added as if independent."
        )
    )
if recorded:  # what is said below
    values = {
        metric: [run.measured(*metric.key).value for run in both.values()]
        for metric in (FID, KID, COLORFULNESS, PSNR, SSIM, LPIPS, PD, PROXY_SCORE)
    }
    for metric in (FID, KID):
        claim(values[metric][0] < 0.6 * values[metric][1], f"Palette is much nearer to photographs by {metric.name}")
    claim(1.9 < np.divide(*values[COLORFULNESS]) < 2.1, "Palette's colours are twice as vivid")
    for metric in (PSNR, SSIM, LPIPS, PD, PROXY_SCORE):
        leader = metric.best(dict(zip(both, values[metric], strict=True)))
        claim(leader == "regression", f"the regression leads by {metric.name}")
    gan = results.run("pix2pix")
    claim(2.2 < palette.config.images_seen / palette.manifest["training_images"] < 2.5, "each was seen about twice")
    claim(3.0 < gan.config.images_seen / palette.config.images_seen < 3.5, "Pix2Pix saw three times as many images")
    claim(gan.measured(*FID.key).value < values[FID][0], "the FID of Pix2Pix is lower")

# %% [markdown]
# ## What the runs show
#
# By FID and KID Palette's colours are much nearer to those of photographs than the regression's, and twice as vivid. By
# every distance to the photograph itself, PSNR, SSIM, LPIPS and PD, the regression is nearer. That is no contradiction:
# the mean of all colours is the best guess by squared error and need not look like any of them, and a sample that is
# plausible is usually not the colour that was there. A distance from picture to picture does not say how plausible
# colours are. The score that stands in for IS, which asks whether a classifier is sure of each picture and of many
# classes among all, is higher for the regression too.
#
# To the eye, in {numref}`fig-diffusion-variety` the hue of a sky or of trees changes with the seed
# to colours that they do not have, and surfaces break into patches: the noise decides what the picture should.
# Photographs have been seen little more than twice each. A forward pass of this network costs about eight times the
# arithmetic of Pix2Pix's generator, which has the same number of parameters but leaves the full resolution at once, so
# that in equal time Pix2Pix has seen three times as many images; its FID is lower ({numref}`tab-gan-fid`).
#
# These are one run of each; the limits of {numref}`Section %s <sec-gan>` hold here as well.
