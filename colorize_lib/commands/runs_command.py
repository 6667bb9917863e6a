"""`colorize runs`: what runs there are, what one measured, and keeping one in the repository."""

from typing import Annotated

import typer
import yaml

app = typer.Typer(help="Look at the runs that are recorded or local.", no_args_is_help=True)


@app.command("list")
def list_runs() -> None:
    """List all finished runs."""
    from colorize_lib.runs.store import Store

    store = Store.default()
    for run in store.runs():
        kind = "recorded" if run.folder.parent == store.recorded else "local"
        weights = "weights" if run.weights.exists() else "-"
        typer.echo(f"{kind:9} {weights:8} {run.manifest['date']}  {run.name}")


@app.command()
def show(name: Annotated[str, typer.Argument(help="Name of a run, or its beginning.")]) -> None:
    """Show a run's configuration, manifest and measurements."""
    from colorize_lib.runs.store import Store

    run = Store.default().get(name)
    typer.echo(yaml.safe_dump({"folder": str(run.folder), **yaml.safe_load(run.config.to_json())}, sort_keys=False))
    typer.echo(yaml.safe_dump(run.manifest, sort_keys=False))
    if len(run.metrics):
        columns = ["images_seen", "metric", "value", "error", "split", "protocol", "images", "options", "date"]
        typer.echo(run.metrics[columns].to_string(index=False, na_rep=""))


@app.command()
def record(name: Annotated[str, typer.Argument(help="Name of a local run, or its beginning.")]) -> None:
    """Copy what is kept of a local run into results/, to be committed."""
    from colorize_lib.runs.store import Store

    store = Store.default()
    typer.echo(store.record(store.get(name)).folder)
