"""The command line of the study: what it takes, doing it, and what is there."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from colorize_lib.backend import load_backend
from colorize_lib.files import ColorizeError

app = typer.Typer(help="Plan, carry out and look at the study of a parameter file.", no_args_is_help=True)

Params = Annotated[Path, typer.Option("--params", help="Parameter file.")]
Names = Annotated[list[str] | None, typer.Argument(help="Names of runs, or their beginnings; all of them by default.")]
Part = Annotated[str, typer.Option(help="Part of the study: trial, final, size, second; by default all of it.")]
REPORT = Path("params/report.yaml")


def _study(params: Path):
    from colorize_lib.book import parameters
    from colorize_lib.runs.store import Store

    return parameters.study(params), Store.default()


@app.command()
def plan(
    params: Params = REPORT,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Print how many images each family trains on in so many minutes.")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Measure again how fast this machine is.")] = False,
) -> None:
    """Print every run and every scoring of a study with the time that it takes here, and what is left of it."""
    study, store = _study(params)
    load_backend()
    from colorize_lib.study import timing
    from colorize_lib.study.timing import Expectation
    from colorize_lib.study.workers import Task, incomplete

    if anew:
        timing.forget()
    expected = Expectation()
    typer.echo("Steps that were never timed on this machine are timed first, for some seconds each.", err=True)
    if minutes is not None:
        for family in study.families:
            config = study.config(family)
            training, _ = expected(Task("", "", config, 0))
            typer.echo(f"images_seen_{family}: {round(60 * minutes * config.images_seen / training, -3):.0f}")
        return
    tasks = study.tasks(store)
    for task in tasks:
        training, scoring = expected(task)
        state = "" if incomplete(task, store) else "done"
        typer.echo(
            f"{task.part:16} {task.label:38} {task.config.name:58} {task.config.images_seen:>9,} images "
            f"{_clock(training):>8} {len(task.scorings()):>2} scorings {_clock(scoring):>8} {state}".rstrip()
        )
    done, total = timing.progress(tasks, store, expected)
    told = ", partly told from numbers of operations" if expected.estimated else ""
    typer.echo(
        f"{len(tasks)} runs, {_clock(total)} in all on this machine by one process{told}; {_clock(total - done)} left."
    )


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


@app.command()
def status(params: Params = REPORT) -> None:
    """Say what of a study is missing; exit code 1 where anything is."""
    study, store = _study(params)
    from colorize_lib.study.plan import chosen
    from colorize_lib.study.workers import incomplete

    tasks = study.tasks(store)
    left = [task for task in tasks if incomplete(task, store)]
    for part in dict.fromkeys(task.part for task in tasks):
        of_part = [task for task in tasks if task.part == part]
        typer.echo(f"{part:16} {sum(task not in left for task in of_part):>3} of {len(of_part)}")
    for family in study.families:
        if choice := chosen(study, family, store):
            label, same = choice
            typer.echo(f"{family:16} best trial: {label}{'' if same else ', which is not what its final runs are'}")
    for task in left:
        missing, scorings = task.missing(store)
        what = "the run" if missing else ", ".join(scoring.text for scoring in scorings) or "its pictures"
        typer.echo(f"missing: {task.config.name} ({task.part}, {task.label}): {what}")
    if left:
        typer.echo(f"Make what is missing with `python -m colorize_lib study run --params {params}`.")
        sys.exit(1)
    typer.echo("Nothing is missing.")


@app.command()
def run(
    names: Names = None,
    params: Params = REPORT,
    part: Part = "",
    workers: Annotated[int, typer.Option(min=1, help="Processes; each gets its share of the cores.")] = 1,
    ray: Annotated[
        str,
        typer.Option(
            help="Address of a Ray cluster that does it, or auto; its machines share runs/.", metavar="ADDRESS"
        ),
    ] = "",
    cores: Annotated[int, typer.Option(min=1, help="Cores that a run takes on a Ray cluster.")] = 1,
) -> None:
    """Do what is missing of a study. It can be killed and started again, and be started twice at once."""
    study, store = _study(params)
    load_backend()
    from colorize_lib.study import cluster
    from colorize_lib.study.workers import choose, run

    tasks = choose(study, store, part, names or ())
    if ray:
        failures, told = cluster.run(ray, tasks, store, cores=cores), "what they failed with is printed above"
    else:
        command = ["study", "work", *(names or ()), "--params", str(params.resolve()), "--part", part]
        failures, told = run(command, tasks, store, workers), f"{store.local} holds a log of each worker"
    if failures:
        raise ColorizeError(f"Some runs failed: {told}, and what is done is kept for the next start.")


@app.command(hidden=True)
def work(
    names: Names = None,
    params: Params = REPORT,
    part: Part = "",
    share: Annotated[str, typer.Option(help="Which share of the cores: NUMBER/WORKERS.")] = "0/1",
) -> None:
    """Be a worker of `study run`."""
    from colorize_lib.study.workers import choose, take_share, work

    take_share(share)
    study, store = _study(params)
    load_backend()
    sys.exit(1 if work(choose(study, store, part, names or ()), store) else 0)


@app.command()
def record(params: Params = REPORT) -> None:
    """Copy every complete local run of a study into results/, to be committed."""
    study, store = _study(params)
    from colorize_lib.study.workers import record

    for folder in record(study, store):
        typer.echo(folder)
