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
study_file = "params/report.yaml"  # says what was trained and scored; below, None: as it says

# what to do about a run that is not there: "fail" or "train"
missing = None

# %% tags=["hide-input"]
from IPython.display import Markdown, display

from colorize_lib.book import parameters
from colorize_lib.metrics import FID, PD
from colorize_lib.report import answers, estimates
from colorize_lib.report.results import Results
from colorize_lib.report.texts import claim, title
from colorize_lib.runs.store import Store

study = parameters.study(study_file, missing=missing)
results = Results.obtained(study, Store.default(), "final", "size")
recorded = study == parameters.study(missing=missing)  # the study that the sentences below are about

# %% [markdown]
# ## Which architecture colours best?

# %% tags=["hide-input"]
if recorded:
    fid, pd = estimates.ranking(results, FID), estimates.ranking(results, PD)
    claim(FID.best(fid) == "pix2pix", "Pix2Pix has the lowest FID")
    orders = [", ".join(f"{title(f)} ({value:.2f})" for f, value in ranking.items()) for ranking in (fid, pd)]
    display(
        Markdown(
            "At this size and budget **Pix2Pix** colours best by FID, in which the order on the test photographs is "
            f"{orders[0]}. By PD, which asks for the colours of the photograph itself, it is {orders[1]}."
        )
    )

# %% [markdown]
# ## The hypotheses
#
# Each hypothesis is made of two research questions; the figures that answer them are in
# {numref}`Section %s <sec-answers>`, which says as well which answers other rules would change.

# %% tags=["hide-input"]
if study.scored:
    verdicts, beside = answers.verdicts(results), answers.verdicts(results, ["regression"])
    for name in ("H1", "H2"):
        verdict, other = verdicts[name], beside[name].outcome
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
