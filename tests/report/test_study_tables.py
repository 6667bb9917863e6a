"""Tables of the comparison: what a study whose truth is known looks like in them."""

import dataclasses

import pandas as pd
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.report import discussion, results, rules, study_tables, texts
from colorize_lib.report.run_tables import PROXY_SCORE
from colorize_lib.runs.store import BASELINE_COLUMNS
from colorize_lib.study.plan import Study
from tests.report.test_results import FID, VALUES, Recorded, original, store, study  # noqa: F401  (fixtures)

PEERS = [
    ("FID", "disjoint", 10.0, 110.0, 90.0),
    ("KID", "disjoint", 0.0, 0.055, 0.05),
    (PROXY_SCORE, "alone", 20.0, 1.0, 1.2),
    ("PD", "paired", 0.0, 16.0, 15.0),
    ("LPIPS", "paired", 0.0, 0.2, 0.2),
]

pytestmark = pytest.mark.usefixtures("peers")


@pytest.fixture
def peers(store):  # noqa: F811
    """Recorded figures of originals and gray pictures."""
    rows = [
        dict.fromkeys(BASELINE_COLUMNS)
        | {"method": method, "data_set": "sample_photos", "image_size": 32, "split": "test", "images": 60}
        | {"metric": metric, "protocol": protocol, "value": value, "error": 0.5}
        for metric, protocol, *values in PEERS
        for method, value in zip(("original", "gray", "tint"), values, strict=True)
    ]
    pd.DataFrame(rows).to_csv(store.recorded / "tables" / "baselines.csv", index=False)


def test_every_family_stands_beside_the_baselines(study):  # noqa: F811
    table = study_tables.metrics(study).set_index("method")
    assert list(table.index) == [
        "originals (floor)", "gray pictures", "the best constant tint", "Regression", "Pix2Pix", "Palette", "ColTran",
    ]  # fmt: skip
    assert table.FID["gray pictures"] == "110.00(50)" and table.diversity["gray pictures"] == "–"
    assert table.diversity["Regression"] == "–" and table.diversity["ColTran"].startswith("0.080")
    paired = study_tables.metrics(study, study_tables.PAIRED).set_index("method")
    assert float(paired["FID, paired"]["Palette"].partition("(")[0]) == pytest.approx(FID["palette"] / 2, abs=0.3)
    assert float(table.FID["Palette"].partition("(")[0]) == pytest.approx(FID["palette"], abs=0.5)


def test_the_share_of_the_gap_is_what_lies_between(study):  # noqa: F811
    found = results.estimate(study, "palette", "FID").value
    assert results.share_closed(study, "palette") == pytest.approx((110 - found) / 100)
    shares = study_tables.shares(study).set_index("family")
    assert shares.PD["Palette"] == f"{results.share_closed(study, 'palette', 'PD'):.1%}"
    assert results.share_closed(study, "palette", "PD") == pytest.approx((16 - 12) / 16, abs=0.01)


def test_trials_are_marked_and_all_there(study):  # noqa: F811
    table = study_tables.trials(study, "coltran")
    assert len(table) == 6 and sum(table.trial.str.endswith("*")) == 1
    assert table.settings[0] == "none" and "learning_rate 0.006" in table.settings[2]


def test_the_best_trial_is_named_with_its_lead(study):  # noqa: F811
    table = results.trials(study, "coltran")
    said, (lowest, next_lowest) = study_tables.best_trial(study, "coltran"), sorted(table.KID)[:2]
    label = table.label[table.KID.idxmin()].partition(", ")[2]
    assert f"*{label}* has the lowest KID, {1000 * lowest:.1f}" in said
    assert f"follows with {1000 * next_lowest:.1f}" in said


def test_without_trials_the_table_says_so(study):  # noqa: F811
    without = dataclasses.replace(study, trials=0)
    assert study_tables.trials(without, "coltran").shape == (1, 1)
    assert study_tables.best_trial(without, "coltran") == ""


def test_the_recommendation_is_the_best_and_names_what_is_quicker(study, store):  # noqa: F811
    said = discussion.recommendation(study)
    assert said.startswith("At this size and budget use **Palette**")
    assert "The next is Pix2Pix" in said and "leaves out zero" in said and "as long as Pix2Pix, the quickest" in said
    for run in results.finals(study)["pix2pix"]:
        path = run.folder / "metrics.csv"
        table = pd.read_csv(path)
        table.loc[(table.metric == "FID") & (table.split == "test"), "value"] = 12.0
        table.to_csv(path, index=False)
    said = discussion.recommendation(study)
    assert (
        "use **Pix2Pix**: it has the lowest FID, 12.00," in said and "Pix2Pix is the quickest to colour as well" in said
    )


def test_the_recommendation_says_what_speaks_for_it_and_against(study, store):  # noqa: F811
    said = discussion.recommendation(study)
    assert "Whichever of its trainings is compared" in said and "Palette leads as well, with 12.0" in said
    (first, *_), theirs = (results.finals(study)[family] for family in ("palette", "pix2pix"))
    for run, value in ((first, 23.0), *((run, 22.0) for run in theirs)):
        table = pd.read_csv(run.folder / "metrics.csv")
        table.loc[(table.metric == "FID") & (table.split == "test"), "value"] = value
        table.loc[table.metric == PROXY_SCORE, "value"] = 2.0 if run is first else 30.0
        table.to_csv(run.folder / "metrics.csv", index=False)
    said = discussion.recommendation(study)
    assert "lower one than Regression's in 9 of 9 pairs, than Pix2Pix's in 6 of 9 pairs" in said
    assert "many classes, Pix2Pix leads with 30.00, where Palette has" in said


def test_the_recommendation_looks_at_the_second_data_set(store):  # noqa: F811
    both = Study.create(VALUES | {"second_data_set": "cifar10"})
    recorded = Recorded(both, store)
    for task in both.tasks(store):
        if task.part == "second":
            recorded.run(task)
    said = discussion.recommendation(both)
    assert "On the second data set Palette has the lowest FID as well." in said
    assert "by FID Palette 20" in said and f"by {PROXY_SCORE}" in said
    assert "Pix2Pix: FID -" in discussion.on_second_data_set(both, "palette")
    table = study_tables.second_differences(both, "palette")
    assert set(table.outcome) == {"better"} and list(table.other) == 3 * ["regression"] + 3 * ["pix2pix"] + 3 * [
        "coltran"
    ]
    fid = table[(table.metric == "FID") & (table.other == "pix2pix")].iloc[0]
    assert fid.low < fid.value < fid.high < 0 and fid.value == pytest.approx(-5, abs=0.6)


def test_variety_and_the_price_of_a_step_are_told(study):  # noqa: F811
    said = discussion.recommendation(study)
    assert "ColTran's differ most" in said and "ColTran 0.080, Palette 0.050, Pix2Pix 0.010." in said
    order = ["**Palette** colours best by FID", "Pix2Pix (2", "ColTran (3", "Regression (5", "By PD", "Palette (12"]
    places = [discussion.summary(study).index(words) for words in order]
    assert places == sorted(places)
    told = discussion.why(study)
    assert "Palette saw 1.00 times as many images as Pix2Pix" in told and "At 32,000 images" in told


def test_seconds_until_a_quality_are_those_of_the_curve(study):  # noqa: F811
    table = results.along(study)
    palette = table[table.family == "palette"].sort_values("images_seen")
    middle = 1000 * palette.KID.iloc[1]
    found = study_tables.until(study, [middle, 1000 * palette.KID.iloc[0] + 1, 0]).set_index("family").loc["Palette"]
    assert found.iloc[0].startswith(texts.seconds_text(palette.seconds.iloc[1]))
    assert found.iloc[1] == f"at most {texts.seconds_text(palette.seconds.iloc[0])}" and found.iloc[2] == "–"


def test_times_and_differences_are_of_the_same_models(study):  # noqa: F811
    times = study_tables.times(study).set_index("model")
    assert times["one image in training"]["Pix2Pix"].startswith(("1 ms", "0.9", "1.0"))
    table = study_tables.differences(study, rules.OWN).set_index("Palette minus")
    assert list(table.index) == ["Regression", "Pix2Pix", "ColTran"]
    assert float(table.FID["Pix2Pix"].split(" ")[0]) == pytest.approx(-5, abs=0.6)


def test_equal_images_and_equal_time_are_told_apart(study, monkeypatch):  # noqa: F811
    rows = [("palette", 8000, 30.0), ("palette", 16_000, 25.0), ("coltran", 8000, 28.0), ("coltran", 12_000, 27.0)]
    table = pd.DataFrame(rows, columns=["family", "images_seen", "FID-40"])
    monkeypatch.setattr(results, "along", lambda study: table)
    assert discussion.at_equal_images(study) == (
        "After 8,000 images, the largest count that all families reached, the FID-40 is, from the lowest: "
        "ColTran 28.0, Palette 30.0. After the same compute, at the end of training, the order is another: "
        "Palette 25.0, ColTran 27.0."
    )


def test_the_worst_cases_are_the_furthest(study, store, is_one_sentence):  # noqa: F811
    path = store.recorded / "tables" / "photograph_distances.csv"
    rows = [
        {"run": runs[0].name, "photograph": name, "PD": distance}
        for runs in results.finals(study).values()
        for name, distance in (("barn", 5.0), ("beach", 9.0), ("canal", 7.0))
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
    worst = study_tables.worst_cases(study, 2)
    assert list(worst) == list(study.families) and all(names == ["beach", "canal"] for names in worst.values())
    pd.DataFrame(rows[3:]).to_csv(path, index=False)
    with pytest.raises(ColorizeError, match=r"bench\.photograph_distances") as error:
        study_tables.worst_cases(study)
    assert is_one_sentence(error.value)


def test_facts_count_passes_and_minutes(study, store):  # noqa: F811
    for runs in results.finals(study).values():
        for run in runs:
            (run.folder / "manifest.json").write_text('{"training_images": 6000, "parameters": 1234}')
    table = study_tables.facts(study).set_index("family")
    assert table["images seen"]["Palette"] == "32,000" and table.passes["Palette"] == "5.3"
    assert float(table["minutes of training"]["ColTran"]) == pytest.approx(32_000 * 7e-3 / 60, abs=0.2)
