"""`colorize study`: plan a study, carry it out, and look at what there is of it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from colorize_lib.backend import load_backend
from colorize_lib.files import ColorizeError

if TYPE_CHECKING:
    from colorize_lib.runs.store import Store
    from colorize_lib.study.plan import Study

app = typer.Typer(help="Plan, carry out and look at the study in a parameter file.", no_args_is_help=True)

Params = Annotated[Path, typer.Option("--params", help="Parameter file.")]
REPORT = Path("params/report.yaml")


def _opened(params: Path) -> tuple["Study", "Store"]:
    from colorize_lib.book import parameters
    from colorize_lib.runs.store import Store

    return parameters.study(params), Store.default()


@app.command()
def plan(
    params: Params = REPORT,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Print how many images each family trains on in so many minutes.")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Measure the speed of this machine again.")] = False,
) -> None:
    """Print every run and scoring of a study, the time each takes on this machine, and how much is left."""
    study, store = _opened(params)
    load_backend()
    from colorize_lib.study import timing
    from colorize_lib.study.completion import is_complete

    if anew:
        timing.forget()
    typer.echo("Whatever has not been timed on this machine is timed first, for some seconds each.", err=True)
    if minutes is not None:
        for family in study.families:
            typer.echo(f"images_seen_{family}: {timing.images_within(minutes, study.config(family))}")
        return
    expected = timing.Expectation(store)
    tasks = study.tasks(store)
    for task in tasks:
        training, scoring = expected(task)
        state = "done" if is_complete(task, store) else ""
        typer.echo(
            f"{task.part:16} {task.label:38} {task.config.name:58} {task.config.images_seen:>9,} images "
            f"{_clock(training):>8} {len(task.scorings()):>2} scorings {_clock(scoring):>8} {state}".rstrip()
        )
    done, total = timing.progress(tasks, store, expected)
    estimated = ", partly estimated from numbers of operations" if expected.estimated else ""
    typer.echo(
        f"{len(tasks)} runs take one process {_clock(total)} in all on this machine{estimated}; {_clock(total - done)} "
        "is left."
    )


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


@app.command()
def status(params: Params = REPORT) -> None:
    """Say what is missing of a study; exit code 1 if anything is."""
    study, store = _opened(params)
    from colorize_lib.study.completion import is_complete
    from colorize_lib.study.plan import chosen_trial

    tasks = study.tasks(store)
    left = [task for task in tasks if not is_complete(task, store)]
    for part in dict.fromkeys(task.part for task in tasks):
        in_part = [task for task in tasks if task.part == part]
        typer.echo(f"{part:16} {sum(task not in left for task in in_part):>3} of {len(in_part)}")
    for family in study.families:
        if choice := chosen_trial(study, family, store):
            label, as_in_finals = choice
            difference = "" if as_in_finals else ", whose settings are not those of its final runs"
            typer.echo(f"{family:16} best trial: {label}{difference}")
    for task in left:
        run_missing, scorings = task.missing(store)
        what = "the run" if run_missing else ", ".join(scoring.text for scoring in scorings) or "its pictures"
        typer.echo(f"missing: {task.config.name} ({task.part}, {task.label}): {what}")
    if left:
        typer.echo(f"Make what is missing with `python -m colorize_lib study run --params {params}`.")
        sys.exit(1)
    typer.echo("Nothing is missing.")


@app.command()
def run(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of runs, or their beginnings; by default all runs.")
    ] = None,
    params: Params = REPORT,
    part: Annotated[
        str, typer.Option(help="Part of the study: trial, final, size or second; by default all of it.")
    ] = "",
    processes: Annotated[
        int, typer.Option("--workers", min=1, help="Processes; each gets its share of the cores.")
    ] = 1,
    ray: Annotated[
        str,
        typer.Option(
            help="Do it on a Ray cluster with this address, or auto; its machines share runs/.", metavar="ADDRESS"
        ),
    ] = "",
    cores: Annotated[int, typer.Option(min=1, help="Cores that a run takes on a Ray cluster.")] = 1,
) -> None:
    """Do what is missing of a study. It can be killed and started again, or started twice at once."""
    study, store = _opened(params)
    from colorize_lib.study.cluster import RayCluster
    from colorize_lib.study.plan import Selection
    from colorize_lib.study.workers import LocalProcesses

    selection = Selection(study, part, tuple(names or ()))
    selection.check(store)
    workers = RayCluster(ray, cores) if ray else LocalProcesses(processes)
    if failed := workers.run(selection, store):
        raise ColorizeError(
            f"{len(failed)} of the runs failed, for reasons that are printed above or in the workers' logs in "
            f"{store.local}: start it again, and it goes on from what is done."
        )


@app.command()
def record(params: Params = REPORT) -> None:
    """Copy every complete local run of a study into results/, to be committed."""
    study, store = _opened(params)
    from colorize_lib.study import completion

    for folder in completion.record(study, store):
        typer.echo(folder)
