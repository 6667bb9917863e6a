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
# (sec-background)=
# # Background
#
# This chapter states the problem, names the systems that have been proposed for it, derives the losses that
# they minimise from one principle, and collects the published figures together with the reasons why these
# cannot be compared as they stand. Everything that later chapters use without proof is proved or cited here.

# %% tags=["parameters"]
photo = "car.jpg"  # of book/photos: shown in several colours

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown
from myst_nb import glue
from PIL import Image

from colorize_lib import color
from colorize_lib.report import figures

figures.use_style()

# %% [markdown]
# (sec-problem)=
# ## The problem
#
# Colorization takes a gray picture and returns a colour picture that could have been photographed. It is
# *fully automatic* when the gray picture is all that is given: no hints about colours, no reference picture.
# Throughout the book $x$ is the gray picture, $y$ a colour picture, and the task is to draw $y$ from the
# conditional distribution $p(y \mid x)$ of colour photographs whose gray version is $x$.
#
# (sec-luma)=
# ### Luma and chroma
#
# The gray picture of this study is the luma of Recommendation ITU-R BT.601 {cite:p}`itu2011bt601`,
#
# ```{math}
# :label: eq-luma
# Y = 0.299\,R + 0.587\,G + 0.114\,B ,
# ```
#
# computed from the gamma-coded values $R, G, B$ of an sRGB file. It is what a JPEG file keeps when its colour
# is thrown away: the JPEG file format stores $Y$ and the two colour differences {cite:p}`itu2011t871`
#
# ```{math}
# :label: eq-chroma
# C_B = \frac{B - Y}{2\,(1 - 0.114)}, \qquad C_R = \frac{R - Y}{2\,(1 - 0.299)} ,
# ```
#
# called *chroma*. The map from $(R, G, B)$ to $(Y, C_B, C_R)$ is linear and invertible, with
#
# ```{math}
# :label: eq-inverse
# \begin{aligned}
# R &= Y + 1.402\,C_R , \\
# G &= (Y - 0.299\,R - 0.114\,B) \,/\, 0.587 , \\
# B &= Y + 1.772\,C_B ,
# \end{aligned}
# ```
#
# so a colorization is complete once the chroma is known. Two consequences are used later. A model may predict
# the chroma alone and keep the given luma exactly, or predict $R, G, B$ and be free to repaint what it was
# given; this study tries both. And because {eq}`eq-luma` is linear, an average of colours of one luma has
# that luma as well. Luma is not luminance, which is a weighted sum of *linear* light; other studies take the
# lightness of CIELAB as input {cite:p}`zhang2016colorful`, a different gray picture of the same scene.
#
# (sec-ill-posed)=
# ### Why it is ill-posed
#
# A problem whose solution is not unique is ill-posed, and colorization is so by construction: two of three
# numbers per pixel are missing {cite:p}`zhang2016colorful,su2020instance`. The cell below makes colour
# pictures from a photograph by turning its chroma in the $(C_B, C_R)$ plane and composing it again with the
# *same* luma; where a colour would leave the RGB cube its saturation is reduced at constant luma. Rounding
# three channels to 8 bits changes the luma by less than half a level, because the weights of {eq}`eq-luma`
# add up to 1, so the gray version of every picture equals the given one in every pixel. The assertion checks
# that.


# %%
def turned(cb_cr, degrees, where=1.0):
    """Chroma (H, W, 2) turned about gray, in pixels where the mask is 1."""
    angle = np.deg2rad(degrees) * where
    cb, cr = cb_cr[..., 0], cb_cr[..., 1]
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * cb - sin * cr, sin * cb + cos * cr], axis=-1)


original = np.asarray(Image.open(f"book/photos/{photo}").convert("RGB"))
gray = color.gray(original)
luma = color.to_float(gray)
chroma = color.chroma(color.to_float(original))
reds = np.clip(5 * chroma[..., 1] - 1, 0, 1)  # 1 where a pixel is red

recoloured = {
    "reds made blue": turned(chroma, -120, reds),
    "reds made green": turned(chroma, 120, reds),
    "every hue turned": turned(chroma, 180),
}
pictures = {"luma": np.repeat(gray, 3, axis=-1), "photograph": original}
for name, cb_cr in recoloured.items():
    pictures[name] = color.to_uint8(color.compose(luma, cb_cr))
    assert np.array_equal(color.gray(pictures[name]), gray)

# %% tags=["hide-input", "remove-output"]
figure, axes = plt.subplots(1, len(pictures), figsize=(7, 1.65), layout="constrained")
for axis, (name, picture) in zip(axes, pictures.items(), strict=True):
    axis.imshow(picture)
    axis.set_title(name)
    axis.axis("off")
glue("same-luma", figure)
plt.close(figure)

# %% tags=["remove-cell"]
credit = pd.read_csv("book/photos/ATTRIBUTION.csv").set_index("file").loc[photo]
by = f"{credit.subject}, by [{credit.author}]({credit.source}), [CC BY 2.0]({credit.license})"
glue("photo-credit", Markdown(by))

# %% [markdown]
# ```{glue:figure} same-luma
# :name: fig-same-luma
#
# Five pictures with exactly the same 8-bit luma. Photograph: {glue:md}`photo-credit`, cropped to a square and
# resized; the three pictures on the right are altered.
# ```
#
# In {numref}`fig-same-luma` nothing in the gray picture decides between the second, third and fourth picture:
# cars are painted in all these colours. The fifth has the same luma too and no one would accept it. What
# tells them apart is knowledge of the world, which has to be learned from photographs, and even that
# knowledge leaves a distribution rather than an answer.
#
# How much is missing can be counted. For each of the $2^{24}$ colours of three 8-bit channels the next cell
# computes the luma {eq}`eq-luma`, rounded to 8 bits. Thousandths of a level are whole numbers, so that the
# count is exact.

# %%
level = np.arange(256)
green_blue = 587 * level[:, None] + 114 * level  # thousandths of a level
colours = np.zeros(256, dtype=np.int64)
for r in level:
    lumas = np.rint((299 * r + green_blue) / 1000).astype(int)
    colours += np.bincount(lumas.ravel(), minlength=256)

assert colours.sum() == 2**24
hidden = (colours / 2**24 * np.log2(colours)).sum()
print(f"colours that share a luma: {colours.min():,} to {colours.max():,}")
print(f"lumas of more than 50,000 colours: {(colours > 50_000).sum()} of 256")
print(f"bits of a uniform colour: 24, told by its luma: {24 - hidden:.2f}")

# %% tags=["hide-input", "remove-output"]
figure, axes = plt.subplots(1, 4, figsize=(7, 2.0), width_ratios=[1.5, 1, 1, 1], layout="constrained")
axes[0].fill_between(level, colours / 1000, step="mid", color="0.75", edgecolor="0.35")
axes[0].set(xlabel="luma", ylabel="thousand colours", xlim=(0, 255), ylim=(0, None), xticks=[0, 64, 128, 192])
plane = np.stack(np.meshgrid(np.linspace(-1, 1, 256), np.linspace(1, -1, 256)), axis=-1)
for axis, y in zip(axes[1:], (64, 128, 192), strict=True):
    picture = color.compose(np.full((256, 256, 1), y / 127.5 - 1), plane)
    outside = np.abs(color.chroma(picture) - plane).max(axis=-1) > 1e-3  # had to be moved into the cube
    picture[outside] = 1
    axis.imshow((picture + 1) / 2, extent=(-1, 1, -1, 1))
    axis.set(title=f"luma {y}", xlabel="$C_B$", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
axes[1].set_ylabel("$C_R$")
glue("colours-per-luma", figure)
plt.close(figure)

# %% [markdown]
# ```{glue:figure} colours-per-luma
# :name: fig-colours-per-luma
#
# Left: how many of the $2^{24}$ RGB colours share each 8-bit luma. Right: these colours in the plane of
# chroma (scaled to $[-1, 1]$) at three lumas; white is outside the RGB cube.
# ```
#
# The luma tells 7.6 of the 24 bits of a uniformly drawn colour and hides 16.4. Only near black and near white
# is the colour almost determined. At medium grays more than a hundred thousand colours look the same, and a
# picture of $n$ such pixels has as many colourings to the power of $n$ ({numref}`fig-colours-per-luma`). The
# count treats all colours as equally likely. Photographs do not, and a colorization model is, in the end, a
# description of by how much they do not.

# %% [markdown]
# (sec-systems)=
# ## Systems
#
# **With a helping hand.** Early methods take colours from a person. {cite:t}`levin2004colorization` let the
# user scribble colours on the picture and spread them by solving a sparse quadratic problem, on the premise
# that neighbouring pixels of similar intensity have similar colours. The scribbles resolve the ambiguity; the
# systems below must do without.
#
# **Classification per pixel.** {cite:t}`larsson2016learning` and {cite:t}`zhang2016colorful` train
# convolutional networks to predict a distribution over quantised colours in every pixel. The latter, known as
# *CIC* after its title, uses 313 bins of the CIELAB $ab$ plane, weights rare colours up during training, and
# returns a mean of the distribution after sharpening it (the annealed mean), one colour picture per input. It
# also introduced the *colorization Turing test*: shown the original and the colorization, people took the
# latter for the photograph in 32% of the trials, where 50% would be perfect.
#
# **Autoregression over pixels.** Distributions that are independent across pixels cannot make the two halves
# of a car agree. *PixColor* {cite:p}`guadarrama2017pixcolor` draws a low-resolution colour picture from a
# conditional PixelCNN {cite:p}`vandenoord2016conditional`, one pixel after the other, each given those before
# it, and enlarges it with a second convolutional network. *ColTran* {cite:p}`kumar2021colorization` keeps
# this plan and replaces convolutions by axial self-attention: an autoregressive transformer draws one of 512
# coarse colours in each pixel of a $64 \times 64$ picture, then two parallel transformers raise it to 8 bits
# a channel and to $256 \times 256$ pixels.
#
# **Adversarial networks.** *Pix2Pix* {cite:p}`isola2017image` treats colorization as one of many
# image-to-image translations: a U-Net generator is trained to be close to the original in the L1 norm and to
# pass a discriminator that judges patches. {cite:t}`cao2017unsupervised` aim at diversity with a conditional
# GAN whose fully convolutional generator has stride 1, receives noise in several of its layers and the gray
# picture in each of them; they train on bedrooms. *PalGAN* {cite:p}`wang2022palgan` splits the task: it first
# estimates a probabilistic palette of the picture, then assigns colours given the palette with a GAN, using
# attention over similar regions against colours that bleed.
#
# **Instances.** *InstCol* {cite:p}`su2020instance` finds objects with an off-the-shelf detector, colours each
# crop with one network and the whole picture with another, and fuses their features, so that several objects
# in one picture do not share one average.
#
# **Diffusion.** *Palette* {cite:p}`saharia2022palette` trains one conditional diffusion model per translation
# task, colorization among them, without any part made for colour. Its authors compare it with a *regression*
# baseline of the same architecture trained with L2, a comparison that separates what the objective
# contributes from what the architecture does. This study includes that baseline for the same reason.
#
# **Since then.** Transformers have come back as decoders that are trained by regression, classification or an
# adversarial loss instead of a likelihood, and colour in one evaluation: *CT2* {cite:p}`weng2022ct2` classifies
# colour tokens, *ColorFormer* {cite:p}`ji2022colorformer` looks colours up in a memory, and *DDColor*
# {cite:p}`kang2023ddcolor` learns colour queries. Large text-to-image diffusion models have been turned to
# colorization under a description, as in *L-CAD* {cite:p}`chang2023lcad`. This study keeps to one plain
# member of each of three families, all of which can be trained from nothing on the same photographs.
#
# {numref}`tab-systems` sets side by side what these systems model and what they can vary.
#
# ```{list-table} Fully automatic systems, and what varies between two colorizations of one picture
# :name: tab-systems
# :header-rows: 1
# :widths: 24 26 32 18
#
# * - System
#   - Network
#   - Objective
#   - Varies
# * - CIC {cite:p}`zhang2016colorful`
#   - convolutional
#   - cross-entropy per pixel, 313 colours, rare ones weighted up
#   - nothing
# * - PixColor {cite:p}`guadarrama2017pixcolor`
#   - PixelCNN and a refinement network
#   - autoregressive likelihood at low resolution
#   - low-resolution colours
# * - Pix2Pix {cite:p}`isola2017image`
#   - U-Net, patch discriminator
#   - adversarial and L1
#   - dropout
# * - Cao et al. {cite:p}`cao2017unsupervised`
#   - convolutional without strides
#   - adversarial
#   - noise in several layers
# * - InstCol {cite:p}`su2020instance`
#   - detector, two colorization networks, fusion
#   - regression
#   - nothing
# * - ColTran {cite:p}`kumar2021colorization`
#   - axial transformers, three stages
#   - autoregressive likelihood, then parallel cross-entropies
#   - coarse colours
# * - Palette {cite:p}`saharia2022palette`
#   - U-Net with self-attention
#   - noise prediction, L2
#   - noise of every step
# * - PalGAN {cite:p}`wang2022palgan`
#   - palette estimator, generator with attention
#   - adversarial, given a palette
#   - the palette
# ```

# %% [markdown]
# (sec-blocks)=
# ## Building blocks
#
# **Convolutions and the U-Net.** A convolutional layer {cite:p}`lecun1998gradient` applies one small filter
# bank at every position: it needs few weights and treats a car in the left half as it treats one in the
# right. Its reach is local and grows with depth and with down-sampling, which in turn loses the exact place.
# The U-Net {cite:p}`ronneberger2015unet` down-samples to see the whole picture, up-samples again, and passes
# the feature maps of each resolution across to the decoder. Input and output of colorization share every
# edge, so these skip connections suit it; Pix2Pix, Palette and the regression baseline are U-Nets.
#
# **Attention and the transformer.** Self-attention {cite:p}`vaswani2017attention` lets every position look at
# all others. From $N$ positions with features in the rows of $Z$ it computes queries $Q = Z W_Q$, keys
# $K = Z W_K$ and values $V = Z W_V$, and returns
#
# ```{math}
# :label: eq-attention
# \operatorname{Attention}(Q, K, V)
# = \operatorname{softmax}\!\left( \frac{Q K^{\mathsf T}}{\sqrt{d}} \right) V ,
# ```
#
# with $d$ the width of a key. Time grows as $N^2$: more than four thousand million pairs for the 65,536
# pixels of a $256 \times 256$ picture. Axial attention {cite:p}`ho2019axial` attends along rows and along
# columns in turn, at a cost of order $N\sqrt{N}$ for a square picture, and two layers suffice to connect any
# two pixels. Setting to zero the weights on all positions but those that come earlier in some order (masking)
# makes the output at a position depend on these alone, which is what an autoregressive model needs.
#
# **Generative adversarial networks.** {cite:t}`goodfellow2014generative` train a generator against a
# discriminator that learns to tell its output from data; {cite:t}`mirza2014conditional` give both a
# condition. No likelihood has to be written down, and one evaluation of the generator makes a picture. What
# the game optimises is derived under {ref}`sec-gan-objective`.
#
# **Diffusion models.** {cite:t}`sohldickstein2015deep` destroy data by adding noise in many small steps and
# learn to undo each of them. {cite:t}`ho2020denoising` found a parametrisation, predicting the noise, and a
# simplified loss that made the samples competitive with those of GANs. {cite:t}`song2021score` showed that
# the limit of many steps is a stochastic differential equation that runs backwards with the gradient of the
# log-density; implicit models {cite:p}`song2021denoising` sample the same networks deterministically in fewer
# steps. {cite:t}`nichol2021improved` improved the noise schedule and the variances, and
# {cite:t}`dhariwal2021diffusion` the U-Net, from which Palette's is derived. The loss is derived under
# {ref}`sec-diffusion-bound`.

# %% [markdown]
# (sec-likelihood)=
# ## From likelihood to losses
#
# (sec-principle)=
# ### The principle
#
# Let $p(x, y)$ be the distribution of photographs and their gray versions, and $p_\theta(y \mid x)$ a model
# with parameters $\theta$. *Maximum likelihood* chooses the $\theta$ under which the training pairs
# $(x_i, y_i)$, drawn independently, are most probable {cite:p}`bishop2006pattern`; equivalently, it minimises
#
# ```{math}
# :label: eq-nll
# \mathcal L(\theta) = -\frac1n \sum_{i=1}^{n} \log p_\theta(y_i \mid x_i)
# \;\longrightarrow\; \mathbb E_{p(x, y)}\bigl[ -\log p_\theta(y \mid x) \bigr] \quad (n \to \infty) .
# ```
#
# Adding and subtracting $\log p(y \mid x)$ inside the expectation shows what this measures:
#
# ```{math}
# :label: eq-kl
# \begin{aligned}
# \mathbb E_{p(x, y)}\bigl[ -\log p_\theta(y \mid x) \bigr]
# = {} & \mathbb E_{p(x)} \bigl[
# \operatorname{KL}\bigl( p(\cdot \mid x) \,\|\, p_\theta(\cdot \mid x) \bigr) \bigr] \\
# & + \mathbb E_{p(x, y)}\bigl[ -\log p(y \mid x) \bigr] .
# \end{aligned}
# ```
#
# The last term, the conditional entropy, does not depend on $\theta$. Maximum likelihood therefore minimises
# a divergence that is zero only if the model is the true conditional distribution. What remains to be chosen
# is the family of distributions, and every choice turns {eq}`eq-nll` into a loss.
#
# (sec-gaussian)=
# ### Gaussian likelihood: L2
#
# Let a network $f_\theta$ give the mean of a Gaussian with a fixed variance $\sigma^2$ in each of the $D$
# numbers of $y$, $p_\theta(y \mid x) = \mathcal N\bigl(y;\, f_\theta(x),\, \sigma^2 I\bigr)$. Its density is
#
# ```{math}
# :label: eq-gaussian
# p_\theta(y \mid x)
# = (2 \pi \sigma^2)^{-D/2} \exp\!\left( -\frac{\lVert y - f_\theta(x) \rVert_2^2}{2 \sigma^2} \right) ,
# ```
#
# hence
#
# ```{math}
# :label: eq-l2
# -\log p_\theta(y \mid x)
# = \frac{1}{2\sigma^2} \lVert y - f_\theta(x) \rVert_2^2 + \frac D2 \log (2\pi\sigma^2) .
# ```
#
# With $\sigma$ fixed the second term is constant and the factor of the first moves no minimum: maximum
# likelihood is least squares. If $\sigma$ is learned as well, setting the derivative of the mean of
# {eq}`eq-l2` to zero gives $\sigma^2 = \mathbb E \lVert y - f_\theta(x) \rVert_2^2 / D$, and the best
# $f_\theta$ is still the one of least squares.
#
# (sec-laplace)=
# ### Laplace likelihood: L1
#
# Let each number have a Laplace density of fixed scale $b$ instead,
# $p_\theta(y \mid x) = \prod_{j} \frac{1}{2b} \exp\bigl( -\lvert y_j - f_\theta(x)_j \rvert / b \bigr)$. Then
#
# ```{math}
# :label: eq-l1
# -\log p_\theta(y \mid x) = \frac1b \lVert y - f_\theta(x) \rVert_1 + D \log (2b) ,
# ```
#
# and maximum likelihood is least absolute deviations.
#
# (sec-categorical)=
# ### Categorical likelihood: cross-entropy, and the chain rule
#
# Colours are discrete. Let each of $M$ pixels take one of $K$ colours. A network that gives every pixel its
# own probabilities, $p_\theta(y \mid x) = \prod_{m} p_\theta(y_m \mid x)$, has the negative log-likelihood
#
# ```{math}
# :label: eq-cross-entropy
# -\log p_\theta(y \mid x) = -\sum_{m=1}^{M} \sum_{k=1}^{K} [\,y_m = k\,]\, \log p_\theta(k \mid x)_m ,
# ```
#
# the cross-entropy of classification, with $[\,\cdot\,]$ one where the statement holds and zero elsewhere. No
# shape is imposed: by {eq}`eq-kl` the optimum is the true distribution of each pixel, with all its modes. But
# it is the *marginal* distribution, and colours drawn independently from marginals do not fit together. The
# chain rule of probability removes the restriction. In any fixed order of the pixels,
#
# ```{math}
# :label: eq-chain
# \log p_\theta(y \mid x) = \sum_{m=1}^{M} \log p_\theta(y_m \mid y_1, \dots, y_{m-1}, x)
# ```
#
# holds exactly and loses no generality. All terms can be trained in parallel, because in training the earlier
# pixels are known; sampling needs one step per pixel, because then they are not. This is the autoregressive
# factorisation of PixelCNN {cite:p}`vandenoord2016conditional` and of ColTran's core
# {cite:p}`kumar2021colorization`.
#
# (sec-average)=
# ### What a single answer becomes: the average-colour problem
#
# Least squares and least absolute deviations give one picture. Which one, if many are possible?
#
# **Proposition 1.** *Let $y$ given $x$ have finite variance. Among all functions $f$ of $x$, the expected
# squared error $\mathbb E \lVert y - f(x) \rVert_2^2$ is least for the conditional mean
# $\mu(x) = \mathbb E[\,y \mid x\,]$, and only for it (up to a set of $x$ of probability zero).*
#
# *Proof.* Fix $x$ and write $y - f = (y - \mu) + (\mu - f)$. In the expectation over $y$ given $x$ the cross
# term vanishes, since $\mu - f$ is constant and $\mathbb E[\,y - \mu \mid x\,] = 0$, so that
#
# ```{math}
# :label: eq-mean
# \mathbb E\bigl[ \lVert y - f(x) \rVert_2^2 \bigm| x \bigr]
# = \mathbb E\bigl[ \lVert y - \mu(x) \rVert_2^2 \bigm| x \bigr] + \lVert \mu(x) - f(x) \rVert_2^2 .
# ```
#
# The first term does not depend on $f$; the second is zero only for $f(x) = \mu(x)$. $\square$
#
# **Proposition 2.** *Let $y$ given $x$ have a finite mean. The expected absolute error
# $\mathbb E \lVert y - f(x) \rVert_1$ is least where each $f(x)_j$ is a median of $y_j$ given $x$.*
#
# *Proof.* The norm is a sum over $j$, so one number suffices. Let $m$ be a median, $P(y \le m) \ge \tfrac12$
# and $P(y \ge m) \ge \tfrac12$, and let $f > m$. For $y \le m$ we have
# $\lvert y - f \rvert - \lvert y - m \rvert = f - m$, and for $y > m$ at least $-(f - m)$ by the triangle
# inequality. Therefore
#
# ```{math}
# :label: eq-median
# \mathbb E \lvert y - f \rvert - \mathbb E \lvert y - m \rvert
# \;\ge\; (f - m) \bigl( P(y \le m) - P(y > m) \bigr) \;\ge\; 0 ,
# ```
#
# and for $f < m$ the same holds by symmetry. $\square$
#
# Both are classical; {cite:t}`gneiting2011making` gives the general theory of which loss asks for which
# property of a distribution. For colorization they mean this. By the linearity of {eq}`eq-luma`, the
# conditional mean has the right luma. Its saturation, however, is too small: for the chroma $c$ of a pixel,
# $\lVert \mathbb E[\,c \mid x\,] \rVert \le \mathbb E[\,\lVert c \rVert \mid x\,]$ by Jensen's inequality,
# with equality only if all possible colours have one hue. Where red, green and blue cars are all possible,
# least squares paints a brownish gray one that is none of them, which is what such models are known for
# {cite:p}`wang2022palgan`. The coordinate-wise median may shrink less, but it also returns one colour, it
# ignores the others, and as a triple of separate medians it need not be a colour that ever occurs.
# {cite:t}`isola2017image` observe the same of L1: where several colours are plausible it rewards the median,
# and gray.
#
# The next cell computes both minimisers for a pixel whose conditional distribution has two modes, without
# using the propositions: it evaluates the expected losses on a grid and takes the smallest.

# %%
cr = np.linspace(-0.8, 0.8, 1601)  # one coordinate of the chroma
green = np.exp(-(((cr + 0.42) / 0.09) ** 2) / 2)
red = np.exp(-(((cr - 0.45) / 0.09) ** 2) / 2)
posterior = 0.6 * green / green.sum() + 0.4 * red / red.sum()

l2 = np.array([(posterior * (cr - guess) ** 2).sum() for guess in cr])
l1 = np.array([(posterior * np.abs(cr - guess)).sum() for guess in cr])
least_l2, least_l1 = cr[l2.argmin()], cr[l1.argmin()]
mean = (posterior * cr).sum()
median = cr[np.searchsorted(posterior.cumsum(), 0.5)]
print(f"least L2 at {least_l2:+.3f}; conditional mean   {mean:+.3f}")
print(f"least L1 at {least_l1:+.3f}; conditional median {median:+.3f}")

# %% tags=["hide-input", "remove-output"]
figure, ((above, losses), (below, empty)) = plt.subplots(
    2, 2, figsize=(7, 2.6), height_ratios=[4, 1], width_ratios=[1.5, 1], sharex="col", layout="constrained"
)
empty.axis("off")
above.fill_between(cr, posterior / posterior.max(), color="0.85", edgecolor="0.4")
above.set(ylabel="probability", yticks=[], ylim=(0, 1.35), xlim=(cr[0], cr[-1]))
above.text(least_l2 + 0.02, 1.22, "mean, least L2", va="center")
above.text(least_l1 - 0.02, 1.22, "median, least L1", va="center", ha="right")
strip = color.compose(np.zeros((1, len(cr), 1)), np.stack([np.full_like(cr, -0.25), cr], axis=-1)[None])
below.imshow((strip + 1) / 2, aspect="auto", extent=(cr[0], cr[-1], 0, 1))
below.set(yticks=[], xlabel="$C_R$ and the colour that it gives")
for guess, loss, name, dash in ((least_l2, l2, "L2", "-"), (least_l1, l1, "L1", "--")):
    above.axvline(guess, color="k", linestyle=dash, linewidth=1.2)
    below.axvline(guess, color="k", linestyle=dash, linewidth=1.2)
    losses.plot(cr, loss / loss.min(), "k", linestyle=dash, linewidth=1.2, label=name)
losses.set(ylim=(0.9, 5.5), ylabel="expected loss / minimum", xlabel="$C_R$ that is predicted")
losses.tick_params(labelbottom=True)
losses.legend(frameon=False, loc="upper center")
glue("two-modes", figure)
plt.close(figure)

# %% [markdown]
# ```{glue:figure} two-modes
# :name: fig-two-modes
#
# A pixel of known luma that is green with probability 0.6 and red with probability 0.4. Least squares
# predicts an olive gray that hardly ever occurs, least absolute deviations a pale green; neither says that
# red is possible.
# ```
#
# (sec-gan-objective)=
# ### The adversarial objective
#
# A conditional GAN avoids the choice of a density. A generator makes $G(x, z)$ from the gray picture and
# noise $z$, which defines a distribution $q(y \mid x)$ that can be sampled but not evaluated. A discriminator
# $D(x, y) \in (0, 1)$ is trained to recognise originals, and the two play
# {cite:p}`goodfellow2014generative,mirza2014conditional`
#
# ```{math}
# :label: eq-gan
# \begin{aligned}
# & \min_G \max_D \; V(D, G) , \\
# & V(D, G) = \mathbb E_{p(x, y)} \bigl[ \log D(x, y) \bigr]
# + \mathbb E_{p(x),\, z} \bigl[ \log \bigl( 1 - D(x, G(x, z)) \bigr) \bigr] .
# \end{aligned}
# ```
#
# **Proposition 3** {cite:p}`goodfellow2014generative`. *For a fixed generator the optimal discriminator is*
#
# ```{math}
# :label: eq-optimal-d
# D^*(x, y) = \frac{p(y \mid x)}{p(y \mid x) + q(y \mid x)} ,
# ```
#
# *and with it the generator minimises a Jensen-Shannon divergence:*
#
# ```{math}
# :label: eq-js
# V(D^*, G) = -\log 4 + 2\, \mathbb E_{p(x)} \bigl[
# \operatorname{JS}\bigl( p(\cdot \mid x) \,\|\, q(\cdot \mid x) \bigr) \bigr] .
# ```
#
# *Proof sketch.* Write $V = \mathbb E_{p(x)} \int \bigl[ p \log D + q \log (1 - D) \bigr] \mathrm d y$ with
# $p = p(y \mid x)$ and $q = q(y \mid x)$. For $a, b \ge 0$, not both zero, the function
# $d \mapsto a \log d + b \log(1 - d)$ has its only maximum on $[0, 1]$ at $d = a / (a + b)$; taking it in
# every point gives {eq}`eq-optimal-d`. Inserting it and writing
# $\tfrac{p}{p + q} = \tfrac12\, p \,/\, \tfrac{p + q}{2}$ gives
#
# ```{math}
# :label: eq-js-proof
# V(D^*, G) = \mathbb E_{p(x)} \Bigl[ -\log 4
# + \operatorname{KL}\bigl( p \,\|\, \tfrac{p + q}{2} \bigr)
# + \operatorname{KL}\bigl( q \,\|\, \tfrac{p + q}{2} \bigr) \Bigr] ,
# ```
#
# and the two divergences together are twice $\operatorname{JS}$ by definition {cite:p}`lin1991divergence`.
# $\square$
#
# The Jensen-Shannon divergence is zero only for $q = p$, so the game, like maximum likelihood, has the true
# conditional distribution as its solution. Three reservations apply in practice. The proposition assumes a
# discriminator that is optimal after each step of the generator; it is trained along with it instead, and the
# generator minimises $-\log D(x, G(x, z))$ rather than the second term of {eq}`eq-gan`, for stronger
# gradients at the start {cite:p}`goodfellow2014generative`. The generator must have the noise to reach
# $q = p$; that of Pix2Pix has only dropout, and its authors report little variation {cite:p}`isola2017image`.
# And Pix2Pix adds an L1 term,
#
# ```{math}
# :label: eq-pix2pix
# \min_G \max_D \; V(D, G)
# + \lambda\, \mathbb E_{p(x, y),\, z} \bigl[ \lVert y - G(x, z) \rVert_1 \bigr] , \qquad \lambda = 100
# ```
#
# (the norm computed as a mean over pixels and channels), whose own minimum is the median of Proposition 2.
# The sum is a compromise between a sample and a median.
#
# (sec-diffusion-bound)=
# ### The diffusion bound
#
# A diffusion model is a latent-variable model whose latents are noisy versions $y_1, \dots, y_T$ of the
# picture $y_0 = y$. With steps
# $q(y_t \mid y_{t-1}) = \mathcal N\bigl( \sqrt{\alpha_t}\, y_{t-1}, (1 - \alpha_t) I \bigr)$ and
# $\gamma_t = \prod_{s \le t} \alpha_s$ every noise level is reached in one stride,
#
# ```{math}
# :label: eq-forward
# y_t = \sqrt{\gamma_t}\, y_0 + \sqrt{1 - \gamma_t}\; \varepsilon, \qquad \varepsilon \sim \mathcal N(0, I) ,
# ```
#
# and $\gamma_T$ is so small that $y_T$ is noise. The model
# $p_\theta(y_{0:T} \mid x) = p(y_T) \prod_t p_\theta(y_{t-1} \mid y_t, x)$ runs backwards. Its likelihood is
# an intractable integral, but Jensen's inequality bounds it {cite:p}`sohldickstein2015deep,ho2020denoising`:
#
# ```{math}
# :label: eq-bound
# \begin{aligned}
# -\log p_\theta(y_0 \mid x) \;\le\;\;
# & \operatorname{KL}\bigl( q(y_T \mid y_0) \,\|\, p(y_T) \bigr) \\
# & + \sum_{t=2}^{T} \mathbb E_q
# \operatorname{KL}\bigl( q(y_{t-1} \mid y_t, y_0) \,\|\, p_\theta(y_{t-1} \mid y_t, x) \bigr) \\
# & - \mathbb E_q \log p_\theta(y_0 \mid y_1, x) .
# \end{aligned}
# ```
#
# The first term has no parameters. All $q(y_{t-1} \mid y_t, y_0)$ are Gaussian; if the model's steps are
# Gaussian too, with fixed variances $\sigma_t^2$, each divergence is
# $\lVert \tilde\mu_t - \mu_\theta \rVert_2^2 / (2 \sigma_t^2)$ plus a constant: least squares as in
# {eq}`eq-l2`, once per noise level. Writing the means through the noise $\varepsilon$ of {eq}`eq-forward`
# turns the sum into
#
# ```{math}
# :label: eq-noise-loss
# \sum_t w_t\; \mathbb E \bigl\lVert \varepsilon - f_\theta(x, y_t, \gamma_t) \bigr\rVert_2^2 ,
# \qquad w_t = \frac{(1 - \alpha_t)^2}{2 \sigma_t^2\, \alpha_t (1 - \gamma_t)} ,
# ```
#
# (for $t = 1$ with a Gaussian last step). The loss in use drops the weights, $w_t = 1$: a re-weighted bound,
# which gives high noise levels more weight than {eq}`eq-bound` does and improves samples
# {cite:p}`ho2020denoising`. Palette minimises {eq}`eq-noise-loss` with $w_t = 1$ and a noise level $\gamma$
# drawn from a continuous range {cite:p}`chen2021wavegrad,saharia2022palette`. With the 1-norm in place of the
# 2-norm, a variant of the same authors, the bound is lost; they find less diverse samples.
# {numref}`Section %s <sec-diffusion>` derives this in full.
#
# Why does least squares not lead to average colours here? By Proposition 1 the optimal $f$ *is* an average,
# the mean $\mathbb E[\,\varepsilon \mid y_t, x\,]$, but of the noise, given the noisy picture. It determines
# the gradient of the log-density at that noise level {cite:p}`vincent2011connection,song2021score`,
#
# ```{math}
# :label: eq-score
# \nabla_{y_t} \log q(y_t \mid x) = -\, \frac{\mathbb E[\,\varepsilon \mid y_t, x\,]}{\sqrt{1 - \gamma_t}} ,
# ```
#
# and following that gradient with fresh noise, in the limit of many small steps, yields a sample from
# $p(y \mid x)$. Taken at once, from pure noise, the same network would give nothing but the average picture.
# The regression baseline is that single step, which is why its comparison with Palette shows what sampling
# contributes.
#
# (sec-losses)=
# ### The losses of the families
#
# {numref}`tab-losses` lists which of these losses each family minimises as published. The study departs from them where
# its trials say so: Palette predicts $v$ in place of the noise, which weights the levels differently
# ({numref}`Section %s <sec-diffusion>`), and the final runs of Pix2Pix count L1 10 times instead of 100
# ({numref}`Section %s <sec-gan-trials>`).
#
# ```{list-table} The families, the loss of each as published, and what it makes of $p(y \mid x)$
# :name: tab-losses
# :header-rows: 1
# :widths: 16 34 32 18
#
# * - Family
#   - Loss
#   - As a model of $p(y \mid x)$
#   - Draws
# * - regression
#   - L2, {eq}`eq-l2`
#   - one Gaussian of fixed variance; its mean
#   - one picture
# * - pix2pix
#   - binary cross-entropy {eq}`eq-gan`, for the generator $-\log D$, and 100 times L1,
#     {eq}`eq-pix2pix`
#   - implicit; pulled to the median
#   - dropout
# * - palette
#   - noise prediction, L2, {eq}`eq-noise-loss` with $w_t = 1$
#   - weighted bound on the likelihood
#   - noise of every step
# * - coltran
#   - cross-entropies {eq}`eq-cross-entropy`: autoregressive core {eq}`eq-chain` with weight 0.99,
#     its parallel head with 0.01, two parallel upsamplers
#   - exact likelihood of the coarse colours; per-pixel likelihoods after that
#   - coarse colours
# ```

# %% [markdown]
# (sec-metrics)=
# ## Metrics
#
# Three measures are named in the research questions. All look at pictures through a network trained to
# classify ImageNet {cite:p}`russakovsky2015imagenet`; $\phi$ denotes its features before the classifier.
#
# **Fréchet inception distance.** FID {cite:p}`heusel2017gans` compares two *sets* of pictures through the
# means $\mu$ and covariances $\Sigma$ of their features in an Inception-v3 network
# {cite:p}`szegedy2016rethinking`:
#
# ```{math}
# :label: eq-fid
# \operatorname{FID} = \lVert \mu_1 - \mu_2 \rVert_2^2
# + \operatorname{tr}\bigl( \Sigma_1 + \Sigma_2 - 2 (\Sigma_1 \Sigma_2)^{1/2} \bigr) ,
# ```
#
# the squared Fréchet (2-Wasserstein) distance of two Gaussians with these moments
# {cite:p}`dowson1982frechet`. Lower is better. It does not see whether a colorization fits its own gray
# picture, only whether the set looks right.
#
# **Inception score.** IS {cite:p}`salimans2016improved` uses the class probabilities $p(k \mid y)$ of the
# same network and no reference at all:
#
# ```{math}
# :label: eq-is
# \operatorname{IS} = \exp\Bigl( \mathbb E_y
# \operatorname{KL}\bigl( p(k \mid y) \,\|\, \mathbb E_{y'}\, p(k \mid y') \bigr) \Bigr) .
# ```
#
# It rewards pictures that are classified with confidence, into many classes. Higher is better. In
# colorization the gray picture already shows the object, so that a large part of the score is given with the
# input.
#
# **Perceptual distance.** PD {cite:p}`saharia2022palette`, after {cite:t}`dosovitskiy2016generating`,
# compares each colorization $\hat y_i$ with its own original:
#
# ```{math}
# :label: eq-pd
# \operatorname{PD} = \frac1n \sum_{i=1}^{n} \lVert \phi(\hat y_i) - \phi(y_i) \rVert_2 .
# ```
#
# Lower is better, but zero cannot be the aim. Suppose that a perfect model draws $\hat y$ from $p(y \mid x)$,
# independently of the original. Then
#
# ```{math}
# :label: eq-pd-sample
# \mathbb E\bigl[ \lVert \phi(\hat y) - \phi(y) \rVert_2^2 \bigm| x \bigr]
# = 2 \operatorname{tr} \operatorname{Cov}[\,\phi(y) \mid x\,] ,
# ```
#
# while a model that could reach the conditional mean of the features would pay half as much by {eq}`eq-mean`.
# Distances to the original favour the average over the sample, distances between sets the sample over the
# average. That is a reason to require both in a verdict.

# %% [markdown]
# (sec-published)=
# ## Published figures
#
# {numref}`tab-published` collects the figures that are usually set against each other. They stand as in the
# papers; a dash means that a paper gives none. FID and PD are better when lower, IS and the fool rate when
# higher.
#
# ```{list-table} Published figures for 5,000 validation photographs of ImageNet at $256 \times 256$
# :name: tab-published
# :header-rows: 1
# :widths: 22 19 9 8 13 29
#
# * - System
#   - FID-5K
#   - IS
#   - PD
#   - Fool rate
#   - Source
# * - conditional GAN
#   - 24.41 ± 0.27
#   - –
#   - –
#   - –
#   - as Cao et al.'s in {cite:t}`kumar2021colorization`, as Pix2Pix in {cite:t}`saharia2022palette`
# * - PixColor
#   - 24.32 ± 0.21
#   - –
#   - –
#   - 29.90%
#   - FID {cite:t}`kumar2021colorization`, fool rate {cite:t}`saharia2022palette`
# * - ColTran
#   - 19.37 ± 0.09
#   - –
#   - –
#   - 36.55%
#   - FID {cite:t}`kumar2021colorization`, fool rate {cite:t}`saharia2022palette`
# * - Regression
#   - 17.89
#   - 169.8
#   - 60.0
#   - 39.45%
#   - {cite:t}`saharia2022palette`
# * - Palette
#   - 15.78
#   - 200.8
#   - 46.2
#   - 47.80%
#   - {cite:t}`saharia2022palette`
# * - original photographs
#   - 14.68 ± 0.15
#   - 229.6
#   - 0.0
#   - –
#   - {cite:t}`kumar2021colorization`, {cite:t}`saharia2022palette`
# ```
#
# Read as a ranking they say that diffusion beats the transformer, which beats the GAN. They do not support
# that reading, for the following reasons.
#
# **Protocol and sample size.** FID has no unbiased estimator {cite:p}`binkowski2018demystifying`: on average
# it is too large for finite sets, and the excess depends on the model, so that it does not cancel even at
# equal size {cite:p}`chong2020effectively`. The originals themselves score 14.68 here, although their
# distance to their own distribution is zero: that is the floor of 5,000 pictures against other pictures, and
# most of every number in the column. Palette's paper scores the same networks a second time, on the ten
# thousand images of *ctest10k* {cite:p}`larsson2016learning`, against all 50,000 validation images, which
# contain the originals of those being scored. {numref}`tab-protocols` shows both; the numbers in its head are
# those of the images.
#
# ```{list-table} The same networks under two protocols
# :name: tab-protocols
# :header-rows: 1
# :widths: 28 12 12 12 12 12 12
#
# * -
#   - FID 5,000
#   - FID 10,000
#   - IS 5,000
#   - IS 10,000
#   - PD 5,000
#   - PD 10,000
# * - Regression
#   - 17.89
#   - 5.5
#   - 169.8
#   - 176.9
#   - 60.0
#   - 61.1
# * - Palette
#   - 15.78
#   - 3.4
#   - 200.8
#   - 212.9
#   - 46.2
#   - 48.0
# * - original photographs
#   - 14.68
#   - 2.7
#   - 229.6
#   - 250.1
#   - 0.0
#   - 0.0
# ```
#
# A change of protocol moves Palette's FID by 12.4. The three rows of the first column span 3.2. A figure
# means something only beside its protocol: how many pictures, against which reference, and whether the
# reference holds the originals of the pictures that are scored (*paired*) or others (*disjoint*). This book
# states all three for its figures and compares only those that share them.
#
# **Attribution.** The two tables print 24.41 for different systems: {cite:t}`kumar2021colorization` for the
# conditional GAN of {cite:t}`cao2017unsupervised`, {cite:t}`saharia2022palette` for Pix2Pix
# {cite:p}`isola2017image`. These are different networks with different losses, one designed for diversity and
# the other nearly deterministic. Both first appeared before FID did, so neither paper can be the source of the
# number. It may be that of the conditional GAN which {cite:t}`ardizzone2019guided`, earlier than either table,
# set beside their own invertible network. Until it is settled the figure is evidence about neither.
#
# **Networks and resizing.** Palette's PD is measured in features of Inception-v1 {cite:p}`szegedy2015going`,
# ours in those of the FID network; the scales differ, and nothing converts them. FID itself changes with
# details as small as the filter that resizes pictures to 299 pixels and the quality of JPEG compression
# {cite:p}`parmar2022aliased`.
#
# **Data and resolution.** All figures are for ImageNet photographs at $256 \times 256$. At the $32 \times 32$
# pixels of most of this study, after enlargement to 299, features, floors and gaps are different. A
# percentage of a published figure would have no meaning here.
#
# **Size and compute.** The systems differ in everything at once. Palette's U-Net has 552 million parameters
# and was trained for a million steps of 1,024 pictures {cite:p}`saharia2022palette`; the generator that
# {cite:t}`isola2017image` describe counts about 54 million. The strongest hint that architecture is not the
# whole story is in the table: a plain regression with Palette's network, without any sampling, scores better
# than ColTran in FID and in fool rate.
#
# **People.** The fool rates are as {cite:t}`saharia2022palette` tabulate them, and depend on the time for which
# pictures were shown, as they demonstrate. {cite:t}`kumar2021colorization` asked
# people otherwise: their raters preferred the best of three colorizations by ColTran to the photograph in more
# than 60% of the cases. Rates of the two studies cannot be compared.
#
# (sec-consequences)=
# ### Consequences for this study
#
# What can be compared is what is measured together. The chapters that follow train all families on the same
# photographs, with parameter counts within 5% of each other and about equal compute, score them with one network
# under one stated protocol, and print beside the FID of each final model its floor, the distance between two
# disjoint sets of originals. Instead of a percentage of published figures they report which share of the gap between
# gray pictures and originals a model closes. The rules by which the research questions are decided are on {ref}`the
# front page <sec-front>`.
