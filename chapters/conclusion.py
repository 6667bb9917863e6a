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
# (sec-conclusion)=
# # Conclusion
#
# The report set out to answer four questions about three architectures and to test two hypotheses: that diffusion has
# the best quality of them and gains most from data, and that it is the slowest. What follows is computed from the
# recorded results by the rules of {numref}`tab-questions`. {numref}`Section %s <sec-recommendation>` gives the reasons
# for which architecture to use, and what speaks against it.

# %% tags=["parameters"]
# data
data_set = "tiny_imagenet"
image_size = 32
preset = "small"
second_data_set = "cifar10"

# the matrix of runs
families = ["regression", "pix2pix", "palette", "coltran"]
seeds = [0, 1, 2]
train_sizes = [382, 1529, 6117]  # beside all
images_seen_regression = 224_000
images_seen_pix2pix = 736_000
images_seen_palette = 230_400
images_seen_coltran = 100_800
score_along = 1000  # validation photographs on the way; 0: nothing is scored

# what to do about a run that is not there: "fail" or "train"
missing = "fail"

# hyper-parameters that differ from the published ones
regression_output = "chroma"
regression_ema_fraction = 0.1
regression_learning_rate = 3.33e-4
pix2pix_output = "chroma"
pix2pix_ema_fraction = 0.1
pix2pix_learning_rate = 1e-3
pix2pix_l1_weight = 10.0
palette_output = "chroma"
palette_prediction = "v"
palette_gain = 4.0
palette_ema_fraction = 0.1
palette_learning_rate = 1e-3
coltran_output = "chroma"
coltran_ema_fraction = 0.1
coltran_learning_rate = 2e-3
coltran_batch_size = 16

# %% tags=["hide-input"]
from IPython.display import Markdown, display

from colorize_lib.report import discussion, results
from colorize_lib.study.plan import Study

the_study = Study.create(globals())
for part in ("final", "size", *(["second"] if second_data_set else [])):
    results.ensure(the_study, part, missing)

# %% [markdown]
# ## Which architecture colours best?

# %% tags=["hide-input"]
if the_study.scored:
    display(Markdown(discussion.summary(the_study)))

# %% [markdown]
# ## The hypotheses
#
# Each hypothesis is made of two research questions; the figures that answer them are in
# {numref}`Section %s <sec-answers>`, which says as well which answers other rules would change.

# %% tags=["hide-input"]
if the_study.scored:
    answers, beside = results.answers(the_study), results.answers(the_study, ["regression"])
    for name in ("H1", "H2"):
        verdict, other = answers[name], beside[name].outcome
        display(
            Markdown(
                f"- **{name}, {verdict.outcome}.** {verdict.question} {' '.join(verdict.evidence)} "
                f"Against the regression {name} is {other}{' too' if other == verdict.outcome else ''}."
            )
        )
else:
    display(Markdown("The runs of this parameter file are not scored."))

# %% [markdown]
# ## What would change the answer
#
# These are small models on small photographs, trained for minutes on a processor with two cores. Four changes could
# turn the order around: larger models and more compute; an accelerator, on which the ratios of what the families' steps
# cost are others; larger photographs, on which it shows more whether distant regions go together; and judgement by
# people in place of networks. `params/imagenet256.yaml` is the parameter file of a study that makes the first three
# changes at once, with models of preset `base` on 100,000 photographs of ImageNet at $256 \times 256$. It names no
# trials, and its budgets have to be matched on the machine that carries it out, with `study plan --minutes`.
