"""The command line. Nothing here imports Keras before it has to: help and mistakes answer at once."""

import sys
from pathlib import Path
from typing import Annotated

import typer
import yaml

from colorize_lib import models
from colorize_lib.backend import load_backend
from colorize_lib.book.parameters import parse_value
from colorize_lib.commands import study
from colorize_lib.commands.sampling import Sampling, with_sampling_options
from colorize_lib.files import ColorizeError
from colorize_lib.validation import nearest

app = typer.Typer(
    help="Automatic image colorization: colour photographs, train and measure models, build the report.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
runs_app = typer.Typer(help="Look at the runs that are recorded or local.", no_args_is_help=True)
data_app = typer.Typer(help="Prepare data sets.", no_args_is_help=True)
weights_app = typer.Typer(help="Fetch the networks that metrics need.", no_args_is_help=True)
app.add_typer(runs_app, name="runs")
app.add_typer(data_app, name="data")
app.add_typer(weights_app, name="weights")
app.add_typer(study.app, name="study")

Family = Annotated[str, typer.Option(help=f"Model family: {', '.join(models.FAMILIES)}.")]
Setting = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", help="A parameter or hyper-parameter and its value.", metavar="KEY VALUE"),
]


def main() -> None:
    """Run the command line; an error that a user can mend is one sentence and exit code 2."""
    try:
        app(joined_parameters(sys.argv[1:]), standalone_mode=True)
    except ColorizeError as error:
        typer.echo(f"colorize: {error}", err=True)
        sys.exit(2)


def joined_parameters(arguments: list[str]) -> list[str]:
    """`-p KEY VALUE`, as papermill writes it, as the one argument KEY=VALUE that the parser can take."""
    joined, rest = [], list(arguments)
    while rest:
        word = rest.pop(0)
        joined.append(word)
        if word in ("-p", "--parameter") and len(rest) >= 2 and "=" not in rest[0]:
            joined.append(f"{rest.pop(0)}={rest.pop(0)}")
    return joined


def settings_of(parameters: list[str] | None) -> dict[str, object]:
    """KEY=VALUE arguments as a dictionary; values are YAML."""
    settings = {}
    for parameter in parameters or []:
        key, equals, value = parameter.partition("=")
        if not equals:
            raise ColorizeError(f"-p takes a key and a value and was given only {key}: write -p {key} VALUE.")
        try:
            settings[key] = parse_value(value)
        except yaml.YAMLError as error:
            raise ColorizeError(
                f"The value of -p {key} cannot be read: {value} is no number, text or list as YAML writes them."
            ) from error
    return settings


@app.command()
@with_sampling_options
def photo(
    sources: Annotated[list[Path], typer.Argument(help="Photographs, black and white or in colour.", metavar="IN...")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File, or folder where there are several results.")],
    family: Family = "pix2pix",
    samples: Annotated[
        int, typer.Option(min=1, help="Colorizations of each photograph, from seeds that follow on.")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first colorization.")] = 0,
    sampling: Sampling = None,
) -> None:
    """Colorize photographs at their own size, keeping their luma; only the chroma comes from the model."""
    from colorize_lib.photo import picture_files
    from colorize_lib.photo.picture_files import Unreadable
    from colorize_lib.runs.store import Store

    record = models.family_of(family)
    record.sampling_options(**sampling)
    if samples > 1 and not record.varied:
        raise ColorizeError(f"{family} gives a photograph the same colours whatever the seed: leave out --samples.")
    targets = picture_files.output_paths(sources, output, samples)
    for source in sources:
        if not source.is_file():
            if source.is_dir():
                raise ColorizeError(f"{source} is a folder: name the photographs in it.")
            raise ColorizeError(f"There is no photograph at {source}: check the path.")
    run = Store.default().best(family)
    load_backend()
    model = run.load_model()
    unread = set()
    for (source, number), target in targets:
        if source in unread:
            continue
        try:
            picture_files.colorize_file(source, target, seed=seed + number, model=model, **sampling)
            typer.echo(target)
        except Unreadable as error:  # the others can be coloured all the same
            if len(sources) == 1:
                raise
            unread.add(source)
            typer.echo(f"colorize: {error}", err=True)
    if unread:
        raise ColorizeError(f"{len(unread)} of {len(sources)} photographs were not coloured: see what is said of each.")


@app.command()
def train(
    family: Annotated[str, typer.Argument(help=f"Model family: {', '.join(models.FAMILIES)}.")],
    preset: Annotated[str, typer.Option(help=f"Size class: {', '.join(models.IMAGE_SIZES)}.")] = "small",
    data: Annotated[str, typer.Option(help="Data set: a name that `data prepare` takes.")] = "tiny_imagenet",
    image_size: Annotated[int | None, typer.Option(min=1, help="Pixels a side; the preset's where not given.")] = None,
    train_images: Annotated[int, typer.Option(min=0, help="Distinct training photographs; 0 takes all.")] = 0,
    images: Annotated[int | None, typer.Option(min=1, help="Budget: images seen.")] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Budget as minutes of this machine, measured first.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of weights, noise and order.")] = 0,
    score: Annotated[
        int, typer.Option(min=0, help="Validation photographs to score along the way; 0 scores none.")
    ] = 0,
    parameter: Setting = None,
) -> None:
    """Train a run, or take up one that was interrupted. -p sets hyper-parameters, as in -p pix2pix_l1_weight 10."""
    if (images is None) == (minutes is None):
        raise ColorizeError("A training needs one budget: give --images or --minutes.")
    prefix = f"{family}_"
    models.family_of(family)
    settings = {}
    for key, value in settings_of(parameter).items():
        if key not in models.hyperparameters() or not key.startswith(prefix):
            known = [name for name in models.hyperparameters() if name.startswith(prefix)]
            raise ColorizeError(f"{key} is no hyper-parameter of {family}: {nearest(key, known)}")
        settings[key.removeprefix(prefix)] = value
    from colorize_lib.runs.config import RunConfig
    from colorize_lib.runs.store import Store

    def config(budget: int) -> RunConfig:
        return RunConfig.create(
            family,
            preset,
            data,
            budget,
            image_size=image_size,
            train_images=train_images,
            seed=seed,
            **settings,
        )

    planned = config(images or 1)
    load_backend()
    if minutes is not None:
        from colorize_lib.runs import training

        planned = config(training.images_within(minutes, planned))
        typer.echo(f"{minutes:g} minutes are {planned.images_seen} images on this machine.")
    from colorize_lib.runs import obtain

    run = obtain.make(planned, Store.default(), score_images=score)
    typer.echo(run.folder)


@app.command()
@with_sampling_options
def evaluate(
    run: Annotated[str | None, typer.Argument(help="Name of a run, or its beginning.")] = None,
    split: Annotated[str, typer.Option(help="Whose photographs are coloured: validation or test.")] = "validation",
    count: Annotated[int, typer.Option(min=0, help="How many photographs; 0 takes all.")] = 0,
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
    fake: Annotated[Path | None, typer.Option(help="Folder of pictures to score, in place of a run.")] = None,
) -> None:
    """Score a run's stored weights by all metrics and add the rows to it, or score one folder against another."""
    if (real is None) != (fake is None) or (run is None) == (real is None):
        raise ColorizeError("evaluate takes the name of a run, or two folders: --real DIR --fake DIR.")
    if real and fake:
        if count or given_luma or baselines or sampling:
            raise ColorizeError("Of two folders all pictures are scored as they are: leave the other options out.")
        load_backend()
        from colorize_lib.metrics import folders

        rows, notes = folders.score_folders(real, fake, allow_small=allow_small)
        show_scores(str(fake), rows)
        typer.echo("\n".join(notes))
        return
    if split not in ("validation", "test"):
        raise ColorizeError(f"There is nothing to score in a split called {split}: use validation or test.")
    if baselines and (given_luma or sampling):
        raise ColorizeError("Baselines are no samples of a model: leave --given-luma and what is said of sampling out.")
    from colorize_lib.runs.store import Store

    chosen = {"split": split, "count": count, "allow_small": allow_small}
    found = Store.default().get(run or "")
    models.family_of(found.config.family).sampling_options(**sampling)
    load_backend()
    if baselines:
        evaluate_baselines(found, **chosen)
    else:
        evaluate_run(found, given_luma=given_luma, sampling=sampling, **chosen)


def evaluate_run(found, *, split: str, count: int, allow_small: bool, given_luma: bool, sampling: dict) -> None:
    import dataclasses

    from colorize_lib.runs import scoring

    paint = dataclasses.replace(scoring.painter(found, **sampling), given_luma=given_luma)
    rows = scoring.score_run(found, paint, split=split, count=count, allow_small=allow_small)
    show_scores(f"{found.name} ({split})", rows)


def evaluate_baselines(found, *, split: str, count: int, allow_small: bool) -> None:
    """Score what needs no model by the protocol of a run, whether or not its weights are kept."""
    from colorize_lib.runs import scoring
    from colorize_lib.runs.scoring import Protocol
    from colorize_lib.runs.store import BASELINE_COLUMNS, Store, add_rows

    protocol = Protocol(found.config.data_set, found.config.image_size, split, count)
    rows = scoring.score_baselines(protocol, allow_small=allow_small)
    add_rows(Store.default().recorded / "tables" / "baselines.csv", rows, BASELINE_COLUMNS)
    for method in dict.fromkeys(row["method"] for row in rows):
        show_scores(f"{method} ({split})", [row for row in rows if row["method"] == method])


def show_scores(title: str, rows: list[dict]) -> None:
    """One line for each metric: value, standard error, 95% interval, what originals get, and how it was measured."""
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


@runs_app.command("list")
def runs_list() -> None:
    """List all finished runs."""
    from colorize_lib.runs.store import Store

    store = Store.default()
    for run in store.runs():
        kind = "recorded" if run.folder.parent == store.recorded else "local"
        weights = "weights" if run.weights.exists() else "-"
        typer.echo(f"{kind:9} {weights:8} {run.manifest['date']}  {run.name}")


@runs_app.command("show")
def runs_show(name: Annotated[str, typer.Argument(help="Name of a run, or its beginning.")]) -> None:
    """Show a run's configuration, manifest and measurements."""
    from colorize_lib.runs.store import Store

    run = Store.default().get(name)
    typer.echo(yaml.safe_dump({"folder": str(run.folder), **yaml.safe_load(run.config.to_json())}, sort_keys=False))
    typer.echo(yaml.safe_dump(run.manifest, sort_keys=False))
    if len(run.metrics):
        columns = ["images_seen", "metric", "value", "error", "split", "protocol", "images", "options", "date"]
        typer.echo(run.metrics[columns].to_string(index=False, na_rep=""))


@runs_app.command("record")
def runs_record(name: Annotated[str, typer.Argument(help="Name of a local run, or its beginning.")]) -> None:
    """Copy what is kept of a local run into results/, to be committed."""
    from colorize_lib.runs.store import Store

    store = Store.default()
    typer.echo(store.record(store.get(name)).folder)


@data_app.command("prepare")
def data_prepare(
    name: Annotated[
        str,
        typer.Argument(
            help="tiny_imagenet, cifar10, imagenet_100k, sample_photos, a folder of images or archives, "
            "or a TensorFlow Datasets name."
        ),
    ],
    image_size: Annotated[int, typer.Option(min=1, help="Pixels a side.")] = 32,
) -> None:
    """Fetch, decode and resize a data set once, into the folder that COLORIZE_DATA names or the user's cache."""
    from colorize_lib import data

    prepared = data.prepare(name, image_size)
    typer.echo(yaml.safe_dump(prepared.counts, sort_keys=False).strip())


@data_app.command("describe")
def data_describe(
    name: Annotated[str, typer.Argument(help="A data set that `data prepare` takes.")],
    image_size: Annotated[int, typer.Option(min=1, help="Pixels a side.")] = 32,
    record: Annotated[bool, typer.Option("--record", help="Write the tables into results/tables.")] = False,
) -> None:
    """Count and measure a prepared data set: what the book's data chapter shows."""
    from colorize_lib import data, provenance
    from colorize_lib.runs.store import Store

    if record:
        folder = Store.default().recorded / "tables"
        data.record_description(name, image_size, folder, commit=provenance.environment("")["commit"])
        typer.echo(folder)
    else:
        for title, table in data.describe(name, image_size).items():
            typer.echo(f"{title}\n{table.to_string(index=False, max_rows=20)}\n")


@weights_app.command("fetch")
def weights_fetch() -> None:
    """Fetch and convert the networks that metrics need."""
    load_backend()
    from colorize_lib.networks import alexnet, efficientnet, inception

    for weights in (inception.WEIGHTS, alexnet.WEIGHTS, efficientnet.WEIGHTS):
        typer.echo(weights.fetch())
    try:
        typer.echo(inception.LOGITS.fetch())
    except ColorizeError as error:
        typer.echo(f"No Inception Score without its last layer, only its proxy. {error}", err=True)


@app.command()
def book(
    parameters: Annotated[Path, typer.Option("--params", help="Parameter file.")] = Path("params/report.yaml"),
    chapter: Annotated[
        str | None, typer.Option(help="Execute this chapter alone, into a notebook in book/executed.")
    ] = None,
    parameter: Setting = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Make a PDF in place of pages; needs XeLaTeX.")] = False,
) -> None:
    """Execute the chapters with a parameter file and compile the book."""
    from colorize_lib.book import build

    build.build(parameters, chapters=[chapter] if chapter else None, overrides=settings_of(parameter), pdf=pdf)


if __name__ == "__main__":
    main()
