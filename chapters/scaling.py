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
# (sec-scaling)=
# # Scaling: what more photographs are worth
#
# More training photographs are expected to make a model better; at a fixed budget of compute it is a question whether
# they do, and which architecture gains most. The second research question asks whether diffusion does. This chapter
# trains each family on a 256th, a 64th and a 16th of the training photographs of Tiny ImageNet and on all of them,
# always with the same compute, and compares how fast the FID of the test photographs falls.

# %% tags=["parameters"]
study_file = "params/report.yaml"  # says what was trained and scored; below, None: as it says

# what to do about a run that is not there: "fail" or "train"
missing = None

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display
from myst_nb import glue

from colorize_lib.book import parameters
from colorize_lib.metrics import DIVERSITY
from colorize_lib.report import estimates, figures, rules, study_tables
from colorize_lib.report.results import Results
from colorize_lib.report.texts import claim, title
from colorize_lib.runs import pictures
from colorize_lib.runs.store import Store

figures.use_style()

study = parameters.study(study_file, missing=missing)
results = Results.obtained(study, Store.default(), "final", "size")
titles = {family: title(family) for family in study.families}
recorded = study == parameters.study(missing=missing)  # the study that the sentences below are about

# %% [markdown]
# ## Design
#
# The subsets are nested: a smaller one is the beginning of the same random order of the training photographs. Compute
# is fixed: a family sees as many images on the smallest subset as on the whole, so that only the number of *distinct*
# photographs changes and a model on few of them sees each more often. {numref}`tab-scaling-passes` gives the number of
# passes. Since a family that takes many steps in its time may overfit a small set, each run is scored at its end and
# also at its best checkpoint, the one with the lowest KID on 1,000 validation photographs. Checkpoints are at doubling
# numbers of images seen; the last three are looked at, and earlier ones, down to 8,000 images, for as long as the
# earliest that was looked at is the best. The best checkpoint is what the analysis uses, so that no family is punished
# for having been trained too long; the choice is as uncertain as that KID, and can pick a checkpoint whose FID on the
# test photographs is the higher one. The largest size is the final run of {numref}`Section %s <sec-comparison>` itself.

# %% tags=["hide-input"]
study_tables.save(results, "scaling-passes", study_tables.passes)

# %% [markdown]
# ```{csv-table} Runs on subsets of the training photographs; in parentheses the jackknife error of the last digits
# :name: tab-scaling-passes
# :file: ../book/executed/tables/scaling-passes.csv
# :header-rows: 1
# ```
#
# ## How much is gained, and up to where

# %% tags=["hide-input"]
if study.scored:
    table = results.sizes
    falls, changes, gaining = [], [], []
    for family in study.families:
        sizes = table[table.family == family]
        few, second = sizes.best.iloc[0], sizes.best.iloc[1]
        gain = estimates.last_gain(results, family, 1)
        falls.append(f"{titles[family]} from {few:.1f} to {second:.1f}")
        changes.append(f"{titles[family]} by {gain.value:+.0%} ({gain.low:+.0%} to {gain.high:+.0%})")
        gaining += [titles[family]] if gain.high < 0 else []
    smallest, second, *_, largest = sorted(set(table.photographs))
    kinds = " and ".join(gaining) + " alone gains" if gaining else "no family gains"
    display(
        Markdown(
            f"From {smallest:,} to {second:,} photographs the FID of the best checkpoint goes as follows: "
            f"{', '.join(falls)}. From there to all {largest:,} it changes as follows, with 95% intervals that hold "
            f"the chance of training: {', '.join(changes)}. Beyond {second:,} photographs {kinds} by more than chance "
            "explains."
        )
    )

if recorded:  # what is said below
    claim(table.passes[table.photographs == largest].max() < 8, "of all photographs each is seen a few times at most")

# %% [markdown]
# The budget is what limits these runs: of all photographs a family sees each a few times at most
# ({numref}`tab-scaling-passes`), and what it has not seen often enough it cannot use. The comparison of slopes that
# follows is therefore mostly one of what happens between the two smallest sizes.
#
# ## Slopes
#
# On logarithmic scales a power law is a straight line, and its slope says by what power FID falls with data. The slope
# of each family is that of least squares through its four sizes. Its error has two sources. The photographs that are
# scored are the same for all runs, and a delete-a-group jackknife leaves the same ones out of all of them; training has
# its own chance, whose variance is that of the logarithm of FID over the three seeds of the final runs, pooled over the
# families. For the difference between two families the jackknife is taken of the difference, so that what makes some
# photographs hard for all cancels out. Whether four sizes lie on a line at all is tested by the sum of their squared
# residuals over what the two sources of error let expect; where that is rejected, the slope sums a curve up, and its
# interval does not hold the misfit.

# %% tags=["hide-input"]
study_tables.save(results, "scaling-slopes", study_tables.slopes, rules.OWN)

# %% [markdown]
# ```{csv-table} Slope of the logarithm of FID on that of the number of training photographs, with 95% intervals
# :name: tab-scaling-slopes
# :file: ../book/executed/tables/scaling-slopes.csv
# :header-rows: 1
# ```
#
# A power law with a floor, $a + b N^{-c}$, describes such curves over wider ranges. With four sizes its exponent is
# often undetermined: {numref}`tab-scaling-slopes` gives it only where its 95% interval is bounded on both sides, and
# {numref}`fig-scaling` draws the fits. Neither $a$ nor $b$ is negative, so that the line of a family whose FID rises is
# level. Their errors are those of the slopes: relative ones, of the jackknife and of the seeds.

# %% tags=["hide-input"]
figure, axes = plt.subplots(figsize=(9, 3.4), layout="constrained")
axes.set(xscale="log", xlabel="training photographs", ylabel="FID of the test photographs")
axes.grid(**figures.GRID)
if study.scored:
    for family in study.families:
        sizes = table[table.family == family]
        style = figures.FAMILIES[family]
        axes.errorbar(
            sizes.photographs,
            sizes.best,
            sizes.best_error,
            markersize=4,
            capsize=2,
            linestyle="",
            label=titles[family],
            **style,
        )
        axes.plot(sizes.photographs, sizes.end, "x", color=style["color"], alpha=0.6)
        grid = np.geomspace(sizes.photographs.min(), sizes.photographs.max(), 100)
        axes.plot(grid, estimates.power_law(results, family)(grid), linewidth=1, color=style["color"])
    axes.set(yscale="log")
    axes.yaxis.set_major_formatter("{x:.0f}")
    axes.yaxis.set_minor_formatter("{x:.0f}")
    axes.legend(frameon=False)
plt.close(figure)
glue("scaling", figure, display=False)

# %% [markdown]
# ```{glue:figure} scaling
# :name: fig-scaling
#
# FID of the test photographs by number of training photographs at equal compute: markers at the best checkpoint with
# jackknife standard errors, crosses at the end of training, lines the fitted power laws.
# ```
#
# ## Beyond FID
#
# FID compares two sets and asks of no picture whether its colours are those of the photograph. A model that knows few
# photographs by heart can paint others in colours that are vivid and wrong, and FID can count vivid colours in its
# favour, since too little colour raises it as well ({numref}`fig-metric-sensitivity`). {numref}`tab-scaling-pd`
# therefore gives PD, which compares each picture with its own original. PD has a bias of its own: an average colour is
# nearer to the photograph than a guess is, so that a model whose samples vary less tends to the lower PD. The table
# says how much they vary, by the LPIPS between two samples for the same gray picture, and how colorful they are: a
# model that has seen a few photographs very often may give nearly the same answer each time, and gain in PD by that.
# {numref}`fig-scaling-pictures` shows what the runs paint.

# %% tags=["hide-input"]
study_tables.save(results, "scaling-pd", study_tables.by_size)
if study.scored:
    changes, opposite, narrower = [], [], []
    for family in study.families:
        sizes = table[table.family == family].set_index("photographs")
        few, most = sizes.iloc[0], sizes.iloc[-1]
        if estimates.applies(DIVERSITY, family):
            narrower.append(f"{titles[family]} {few[DIVERSITY.name] / most[DIVERSITY.name]:.0%}")
        changes.append(
            f"{titles[family]} from {few.best:.1f} to {most.best:.1f} and from {few.PD:.2f} to {most.PD:.2f}"
        )
        in_errors = [(most[m] - few[m]) / np.hypot(most[f"{m}_error"], few[f"{m}_error"]) for m in ("best", "PD")]
        opposite += [titles[family]] if np.prod(in_errors) < 0 and np.abs(in_errors).min() > 2 else []
    agreement = f"for {' and '.join(opposite)}" if opposite else "for no family"
    display(
        Markdown(
            f"From {sizes.index[0]:,} to {sizes.index[-1]:,} photographs FID and PD go as follows: "
            f"{'; '.join(changes)}. By more than twice the errors of both they go in opposite directions {agreement}. "
            f"In one training of each, samples differ on {sizes.index[0]:,} photographs by a share of what they do on "
            f"all: {', '.join(narrower)}."
        )
    )

# %% [markdown]
# ```{csv-table} PD, colorfulness and diversity at the best checkpoint; in parentheses the error of the last digits
# :name: tab-scaling-pd
# :file: ../book/executed/tables/scaling-pd.csv
# :header-rows: 1
# ```

# %% tags=["hide-input"]
originals = pictures.fixed_photographs(study.image_size)
rows, labels = [originals[::2]], ["original"]
for family in study.families:
    for size in [*study.train_sizes, 0]:
        run = results.run(family, train_images=size)
        rows.append(figures.strip(run.samples[max(run.samples)])[::2])
        labels.append(f"{titles[family]}, {size:,}" if size else f"{titles[family]}, all")
figure = figures.picture(figures.contact_sheet(rows), labels, width=4.0)
plt.close(figure)
glue("scaling-pictures", figure, display=False)

# %% [markdown]
# ```{glue:figure} scaling-pictures
# :name: fig-scaling-pictures
#
# Every second of the sixteen fixed photographs, coloured at the end of training by each family and by how many
# photographs it was trained on.
# ```
#
# ## The answer
#
# The question is answered with yes if Palette's slope is steeper than each rival's with a 95% interval of the
# difference that leaves out zero, with no if a rival's is steeper so, and is open otherwise ({numref}`tab-questions`).

# %% tags=["hide-input"]
if study.scored:
    verdict = rules.scaling(estimates.slope_differences(results, rules.OWN, rules.RIVALS))
    beside = rules.scaling(estimates.slope_differences(results, rules.OWN, ["regression"]))
    at_end = rules.scaling(estimates.slope_differences(results, rules.OWN, rules.RIVALS, "end"))
    ends = rules.scaling(estimates.slope_differences(results, rules.OWN, rules.RIVALS, ends=True))
    display(
        Markdown(
            f"**{verdict.question} {verdict.outcome.capitalize()}.** {' '.join(verdict.evidence)} "
            f"Against the regression, which is Palette's network with one evaluation: {beside.outcome}. "
            f"{' '.join(beside.evidence)} Scored at the end of training in place of the best checkpoint, the answer is "
            f"{'the same' if at_end.outcome == verdict.outcome else at_end.outcome}; of the smallest and the largest "
            f"size alone, which asks for no line, it is "
            f"{'the same' if ends.outcome == verdict.outcome else ends.outcome}: {' '.join(ends.evidence)}"
        )
    )

# %% [markdown]
# Five things limit what the slopes mean. They are slopes of FID, which the rule names, and FID is not the only measure
# of what additional photographs are worth (above). They take a straight line for granted. They span a factor of 256 in
# data at one size of model and one budget of compute; a larger model, or a longer budget, may use data that these
# cannot. FID of the same photographs has a floor, that of the originals, which a family that is near it approaches ever
# more slowly: a steep slope is easier for one that starts far above. And the four sizes of each family are four
# trainings, so that the chance of training is known from the seeds of the largest size only.
