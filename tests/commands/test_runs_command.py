"""Looking at runs from the command line."""

from colorize_lib.runs.store import Run


def test_runs_are_listed_shown_and_recorded(two_runs, colorize, store):
    recorded, local = two_runs
    assert [line.split() for line in colorize("runs", "list").out.splitlines()] == [
        ["recorded", "weights", "2026-01-01", recorded.name],
        ["local", "-", "2026-01-01", local.name],
    ]
    recorded.add_metrics([{"images_seen": 2000, "metric": "FID-30", "value": 12.25}])
    shown = colorize("runs", "show", recorded.name).out
    for part in (str(recorded.folder), "backend: jax", "images_seen: 2000", "FID-30", "12.25"):
        assert part in shown
    assert colorize("runs", "record", local.name).out.strip() == str(store.recorded / local.name)
    assert Run(store.recorded / local.name).config == local.config
