"""Tables of the comparison: what a study whose truth is known looks like in them."""

import dataclasses

import pandas as pd
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.metrics import FID, PD
from colorize_lib.report import estimates, figures, rules, study_tables, texts
from colorize_lib.report.results import Results
from colorize_lib.study.plan import Study
from tests.report.recorded import TRUE_FID, VALUES, Recorded


def test_every_family_stands_beside_the_baselines(results):
    table = study_tables.metrics(results).set_index("method")
    assert list(table.index) == [
        "originals (floor)", "gray pictures", "the best constant tint", "Regression", "Pix2Pix", "Palette", "ColTran",
    ]  # fmt: skip
    assert list(table.columns) == ["FID", "10³ KID", "EfficientNet-Lite0 IS", "PD", "colorfulness", "diversity"]
    assert table.FID["gray pictures"] == "110.00(50)" and table.diversity["gray pictures"] == "–"
    assert table["10³ KID"]["gray pictures"].startswith("55") and table["10³ KID"]["Palette"].startswith("10.")
    assert table.diversity["Regression"] == "–" and table.diversity["ColTran"].startswith("0.080")
    paired = study_tables.metrics(results, study_tables.AGAINST_ORIGINALS).set_index("method")
    assert list(paired.columns) == ["FID, paired", "LPIPS", "PSNR", "SSIM"]
    assert float(paired["FID, paired"]["Palette"].partition("(")[0]) == pytest.approx(TRUE_FID["palette"] / 2, abs=0.3)
    assert float(table.FID["Palette"].partition("(")[0]) == pytest.approx(TRUE_FID["palette"], abs=0.5)


def test_shares_are_those_of_the_estimates(results):
    shares = study_tables.shares(results).set_index("family")
    assert shares.PD["Palette"] == f"{estimates.share_closed(results, 'palette', PD):.1%}"
    assert shares.FID["ColTran"] == f"{estimates.share_closed(results, 'coltran', FID):.1%}"


def test_trials_are_marked_and_all_there(results):
    table = study_tables.trials(results, "coltran")
    assert len(table) == 6 and sum(table.trial.str.endswith("*")) == 1
    assert table.settings[0] == "none" and "learning_rate 0.006" in table.settings[2]
    assert list(table.columns) == ["trial", "settings", "10³ KID", "FID-40", "colorfulness"]


def test_the_best_trial_is_named_with_its_lead(results):
    table = results.trials("coltran")
    said, (lowest, next_lowest) = study_tables.best_trial(results, "coltran"), sorted(table.KID)[:2]
    label = table.label[table.KID.idxmin()].partition(", ")[2]
    assert f"*{label}* has the lowest KID, {1000 * lowest:.1f}" in said
    assert f"follows with {1000 * next_lowest:.1f}" in said


def test_what_a_study_has_not_its_tables_say(results):
    without = Results(dataclasses.replace(results.study, trials=0), results.store)
    assert study_tables.trials(without, "coltran").shape == (1, 1)
    assert study_tables.best_trial(without, "coltran") == ""
    assert study_tables.second_data_set(without).shape == (1, 1)


def test_a_table_of_a_study_that_is_not_scored_says_so(results, tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "repository", lambda: tmp_path)
    unscored = Results(dataclasses.replace(results.study, score_along=0), results.store)
    for opened in (results, unscored):
        study_tables.save(opened, "shares", study_tables.shares)
        table = pd.read_csv(tmp_path / "book" / "executed" / "tables" / "shares.csv")
        assert list(table.columns)[:1] == (["family"] if opened is results else ["Unnamed: 0"])
    assert "not scored" in table.iloc[0, 0]


def test_the_second_data_set_is_told_better_from_worse(copied):
    both = Study.create(VALUES | {"second_data_set": "cifar10"})
    recorded = Recorded(both, copied)
    for task in both.tasks(copied, "second"):
        recorded.run(task)
    opened = Results(both, copied)
    table = study_tables.second_differences(opened, "palette")
    assert set(table.outcome) == {"better"}
    assert list(table.other) == 3 * ["regression"] + 3 * ["pix2pix"] + 3 * ["coltran"]
    assert set(study_tables.second_differences(opened, "regression").outcome) == {"worse"}
    shown = study_tables.second_data_set(opened).set_index("family")
    assert list(shown.columns) == ["FID", "10³ KID", "EfficientNet-Lite0 IS", "PD"]
    assert shown.FID["Palette"].startswith(f"{opened.second_runs['palette'].figure(FID).value:.1f}")


def test_seconds_until_a_quality_are_those_of_the_curve(results):
    table = results.along
    palette = table[table.family == "palette"].sort_values("images_seen")
    middle = 1000 * palette.KID.iloc[1]
    targets = [middle, 1000 * palette.KID.iloc[0] + 1, 0]
    found = study_tables.until(results, targets).set_index("family").loc["Palette"]
    assert found.iloc[0].startswith(texts.seconds_text(palette.seconds.iloc[1]))
    assert found.iloc[1] == f"at most {texts.seconds_text(palette.seconds.iloc[0])}" and found.iloc[2] == "–"


def test_times_and_differences_are_of_the_same_models(results):
    times = study_tables.times(results).set_index("model")
    assert times["one image in training"]["Pix2Pix"].startswith(("1 ms", "0.9", "1.0"))
    table = study_tables.differences(results, rules.OWN).set_index("Palette minus")
    assert list(table.index) == ["Regression", "Pix2Pix", "ColTran"]
    assert float(table.FID["Pix2Pix"].split(" ")[0]) == pytest.approx(-5, abs=0.6)
    assert set(table["adjusted p of PD"]) == {"below 0.001"}


def test_slopes_and_sizes_are_those_of_the_results(results):
    table = study_tables.slopes(results, "palette").set_index("family")
    assert table.loc["Palette", "Palette's slope minus it"] == "–"
    slope = estimates.slope(results, "coltran")
    assert table.loc["ColTran", "slope of log FID"].startswith(f"{slope.value:.3f} ({slope.low:.3f}")
    passes = study_tables.passes(results)
    assert list(passes.passes[:4]) == ["320.0", "80.0", "20.0", "5.3"] and list(passes.family[:1]) == ["Regression"]
    by_size = study_tables.by_size(results).set_index("")
    assert "Regression, diversity" not in by_size.index and "ColTran, diversity" in by_size.index
    assert by_size.loc["Palette, PD", "6,000 photographs"].startswith("12.0")


def test_the_worst_cases_are_the_furthest(study, copied, is_one_sentence):
    path = copied.recorded / "tables" / "photograph_distances.csv"
    rows = [
        {"run": runs[0].name, "photograph": name, "PD": distance}
        for runs in Results(study, copied).finals.values()
        for name, distance in (("barn", 5.0), ("beach", 9.0), ("canal", 7.0))
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
    worst = study_tables.worst_cases(Results(study, copied), 2)
    assert list(worst) == list(study.families) and all(names == ["beach", "canal"] for names in worst.values())
    pd.DataFrame(rows[3:]).to_csv(path, index=False)
    with pytest.raises(ColorizeError, match=r"bench\.photograph_distances") as error:
        study_tables.worst_cases(Results(study, copied))
    assert is_one_sentence(error.value)


def test_facts_count_passes_and_minutes(results):
    table = study_tables.facts(results).set_index("family")
    assert table["images seen"]["Palette"] == "32,000" and table.passes["Palette"] == "5.3"
    assert float(table["minutes of training"]["ColTran"]) == pytest.approx(32_000 * 7e-3 / 60, abs=0.2)
    assert set(table["parameters used in sampling"]) == {"1,234"}
