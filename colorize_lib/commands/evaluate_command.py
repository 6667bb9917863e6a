"""`colorize evaluate`: score a run, baselines, or any folder of pictures."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from colorize_lib import models
from colorize_lib.backend import load_backend
from colorize_lib.commands.sampling_options import Sampling, with_sampling_options
from colorize_lib.files import ColorizeError

if TYPE_CHECKING:
    from colorize_lib.runs.store import Run, Store


@with_sampling_options
def evaluate(
    run: Annotated[str | None, typer.Argument(help="Name of a run, or its beginning.")] = None,
    split: Annotated[str, typer.Option(help="Whose photographs are coloured: validation or test.")] = "validation",
    count: Annotated[int, typer.Option(min=0, help="How many photographs; 0 means all.")] = 0,
    allow_small: Annotated[bool, typer.Option("--allow-small", help="Accept fewer than 2,049, as FID-N.")] = False,
    given_luma: Annotated[
        bool, typer.Option("--given-luma", help="Put the given luma back into the run's pictures first.")
    ] = False,
    baselines: Annotated[
        bool,
        typer.Option("--baselines", help="Score originals, gray and a constant tint instead, into results/tables."),
    ] = False,
    sampling: Sampling = None,
    real: Annotated[Path | None, typer.Option(help="Folder of photographs to compare --fake with.")] = None,
    fake: Annotated[Path | None, typer.Option(help="Folder of pictures to score instead of a run.")] = None,
) -> None:
    """Score a run's stored weights by all metrics and add the rows to it, or compare two folders of pictures."""
    if (real is None) != (fake is None) or (run is None) == (real is None):
        raise ColorizeError("evaluate takes the name of a run, or two folders: --real DIR --fake DIR.")
    if real and fake:
        if count or given_luma or baselines or sampling:
            raise ColorizeError("Of two folders all pictures are scored as they are: leave the other options out.")
        _evaluate_folders(real, fake, allow_small)
        return
    if split not in ("validation", "test"):
        raise ColorizeError(f"No photographs of a split called {split} are scored: use validation or test.")
    if baselines and (given_luma or sampling):
        raise ColorizeError("Baselines are not sampled from a model: leave out --given-luma and options of sampling.")

    from colorize_lib.runs.store import Store

    store = Store.default()
    scored_run = store.get(run)
    models.family_of(scored_run.config.family).sampling_options(**sampling)
    load_backend()
    if baselines:
        _evaluate_baselines(store, scored_run, split, count, allow_small)
    else:
        _evaluate_run(scored_run, split, count, allow_small, given_luma, sampling)


def _evaluate_folders(real: Path, fake: Path, allow_small: bool) -> None:
    load_backend()
    from colorize_lib.metrics import folders

    rows, notes = folders.score_folders(real, fake, allow_small=allow_small)
    _show(str(fake), rows)
    typer.echo("\n".join(notes))


def _evaluate_run(
    run: "Run", split: str, count: int, allow_small: bool, given_luma: bool, sampling: dict[str, object]
) -> None:
    from colorize_lib.runs import scoring

    paint = dataclasses.replace(scoring.painter(run, **sampling), given_luma=given_luma)
    rows = scoring.score_run(run, paint, split=split, count=count, allow_small=allow_small)
    _show(f"{run.name} ({split})", rows)


def _evaluate_baselines(store: "Store", run: "Run", split: str, count: int, allow_small: bool) -> None:
    """Score what needs no model by the protocol of a run, whether or not its weights are kept."""
    from colorize_lib.runs import scoring
    from colorize_lib.runs.store import BASELINE_COLUMNS, add_rows

    protocol = scoring.Protocol(run.config.data_set, run.config.image_size, split, count)
    rows = scoring.score_baselines(protocol, allow_small=allow_small)
    add_rows(store.recorded / "tables" / "baselines.csv", rows, BASELINE_COLUMNS)
    for method in dict.fromkeys(row["method"] for row in rows):
        _show(f"{method} ({split})", [row for row in rows if row["method"] == method])


def _show(title: str, rows: list[dict]) -> None:
    """Print for each metric its value, standard error, 95% interval, what originals get, and how it was measured."""
    import pandas as pd

    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.4g}"

    table = pd.DataFrame(
        {
            "metric": row["metric"],
            "value": number(row["value"]),
            "error": number(row.get("error")),
            "95% interval": f"{row['low']:.4g} to {row['high']:.4g}" if "low" in row else "",
            "originals": number(row.get("originals")),
            "protocol": row["protocol"],
            "images": row["images"],
            "reference": row.get("reference_images", ""),
            "network": row["network"],
            "seconds": row.get("seconds", ""),
        }
        for row in rows
    )
    typer.echo(f"{title}\n{table.to_string(index=False)}")
