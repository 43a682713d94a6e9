"""`ritrova-train evaluate`."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from ritrova.cli.options import FILE, FOLDER, NUMBER, Command, argument, option
from ritrova.cli.table import Column, show_table
from ritrova.errors import UsageError
from ritrova.settings import EncodingSettings
from ritrova.text import Catalogue, Message, msg, msg_n
from ritrova_trainer.cli_data import FAULTS
from ritrova_trainer.evaluation.measure import PhotoVectors, Plan, evaluate
from ritrova_trainer.evaluation.page import write_page
from ritrova_trainer.evaluation.pictures import Pictures
from ritrova_trainer.evaluation.reading import Source, read_data, ready_features
from ritrova_trainer.evaluation.report import write_json
from ritrova_trainer.evaluation.subject import Subject
from ritrova_trainer.evaluation.tables import Table, tables
from ritrova_trainer.evaluation.zero_shot import Naming, read_naming
from ritrova_trainer.features import ImageFeatures

Notice = Callable[[Message], None]

EXAMPLES = 8  # of the best and of the worst texts

Models = Annotated[list[Path], argument(msg("MODEL..."), msg("Model folders; the others are compared with the first."))]
Data = Annotated[
    Path, option("--data", metavar=FILE, help=msg("Captioned photos, in any format; or the folder trained from."))
]
Photos = Annotated[
    Path | None, option("--photos", metavar=FOLDER, help=msg("Where the photos lie. Default: beside the captions."))
]
Features = Annotated[
    Path | None,
    option("--features", metavar=FILE, help=msg("Ready features of the model's own image tower, instead of photos.")),
]
Labels = Annotated[
    Path | None, option("--labels", metavar=FILE, help=msg("The Italian ImageNet table, for naming photos."))
]
Labelled = Annotated[
    Path | None,
    option("--labelled", metavar=FILE, help=msg("Photos to name: lines of photo, tab, class; or a folder a class.")),
]
Templates = Annotated[
    Path | None,
    option("--templates", metavar=FILE, help=msg("JSON list of sentences around a label. Default: the bare label.")),
]
Json = Annotated[Path | None, option("--json", metavar=FILE, help=msg("Write all that was found, as JSON."))]
Page = Annotated[
    Path | None, option("--page", metavar=FILE, help=msg("Write an HTML page with the best and the worst texts."))
]
Seed = Annotated[int, option("--seed", metavar=NUMBER, min=0, help=msg("Of the intervals. Default: 0."))]
Threads = Annotated[int, option("--threads", metavar=NUMBER, min=1, help=msg("CPU threads. Default: 2."))]


def run(
    ctx: typer.Context,
    models: Models,
    data: Data,
    photos: Photos = None,
    features: Features = None,
    labels: Labels = None,
    labelled: Labelled = None,
    templates: Templates = None,
    json: Json = None,
    page: Page = None,
    seed: Seed = 0,
    threads: Threads = 2,
) -> None:
    catalogue, notice = in_language(ctx)
    settings = EncodingSettings(threads=threads)
    subjects = [Subject.open(folder, name, settings) for folder, name in zip(models, _names(models), strict=True)]
    source = read_data(data, photos)
    tell_faults(source, notice)
    naming = _naming(labels, labelled, templates, photos)
    pictures = Pictures({**source.images, **(naming.images if naming else {})})
    plan = Plan(
        data=source.name,
        gallery=source.gallery,
        photos=photo_vectors(ready_features(data, features, photos), pictures, threads, notice),
        naming=naming,
        examples=EXAMPLES,
        seed=seed,
        notice=notice,
    )
    evaluation = evaluate(subjects, plan)
    for table in tables(evaluation, catalogue):
        _show(table, catalogue)
    tell_left_out(evaluation.left_out, notice)
    if json is not None:
        write_json(evaluation, json)
    if page is not None:
        write_page(evaluation, pictures.thumbnail, catalogue, page)


COMMANDS = (Command("evaluate", run, msg("Measure how well models find photos, and compare them.")),)


def photo_vectors(ready: ImageFeatures | None, pictures: Pictures, threads: int, notice: Notice) -> PhotoVectors:
    """Through ready features where there are some, else through the photos themselves."""

    def watch(done: int, total: int) -> None:
        notice(msg("{done} of {total} photos seen", done=done, total=total))

    def vectors(subject: Subject, photos: Sequence[str]) -> NDArray[np.float32]:
        if ready is not None:
            return subject.features(photos, ready)
        return subject.photos(photos, pictures, threads=threads, watch=watch)

    return vectors


def _naming(labels: Path | None, labelled: Path | None, templates: Path | None, photos: Path | None) -> Naming | None:
    if labels is not None and labelled is not None:
        return read_naming(labels, labelled, templates, photos)
    if any(path is not None for path in (labels, labelled, templates)):
        raise UsageError(msg("Naming photos needs both `--labels` and `--labelled`."))
    return None


def _names(folders: Sequence[Path]) -> list[str]:
    """The folders' own names; the whole paths of those that share theirs."""
    shared = Counter(folder.resolve().name for folder in folders)
    return [name if shared[name := folder.resolve().name] == 1 else str(folder) for folder in folders]


def _show(table: Table, catalogue: Catalogue) -> None:
    typer.echo(f"\n{catalogue.render(table.title)}")
    columns = [Column(head, "left" if place < table.words else "right") for place, head in enumerate(table.heads)]
    show_table(columns, table.rows)


def tell_faults(source: Source, notice: Notice) -> None:
    """Say what records of the data were passed over."""
    for kind, count in source.faults.counts.items():
        notice(msg("{n} records passed over: {why}", n=count, why=FAULTS[kind]))


def tell_left_out(count: int, notice: Notice) -> None:
    """Say how many photos could not be seen."""
    if count:
        notice(
            msg_n(
                "One photo is missing or broken, and was left out.",
                "{n} photos are missing or broken, and were left out.",
                n=count,
            )
        )


def in_language(ctx: typer.Context) -> tuple[Catalogue, Notice]:
    """The person's catalogue, and a way to tell something beside the results."""
    catalogue = ctx.find_object(Catalogue)
    assert catalogue is not None  # whoever builds the program puts it there
    return catalogue, lambda message: typer.echo(catalogue.render(message), err=True)
