"""`ritrova-train export`."""

from pathlib import Path
from typing import Annotated, get_args

import torch
import typer

from ritrova.cli.options import FILE, FOLDER, NAME, NUMBER, Command, argument, option
from ritrova.encoding.weights import Storage
from ritrova.text import msg
from ritrova_trainer.cli_evaluate import (
    Features,
    Photos,
    Threads,
    in_language,
    photo_vectors,
    tell_faults,
    tell_left_out,
)
from ritrova_trainer.cli_run import named, show_figures
from ritrova_trainer.evaluation.pictures import Pictures
from ritrova_trainer.evaluation.reading import read_data, ready_features
from ritrova_trainer.export import export
from ritrova_trainer.releases import RELEASES


def run(
    ctx: typer.Context,
    runs: Annotated[
        list[Path], argument(msg("RUN..."), msg("Folders of runs that differ in their seed; the first is taken."))
    ],
    release: Annotated[str, option("--release", metavar=NAME, help=msg("Name of the model that is published."))],
    data: Annotated[
        Path, option("--data", metavar=FILE, help=msg("Captioned photos to measure it on; its reference bank."))
    ],
    out: Annotated[Path, option("--out", metavar=FOLDER, help=msg("The model folder to make."))],
    backbones: Annotated[
        Path | None, option("--backbones", metavar=FOLDER, help=msg("Folder of the towers that heads were trained on."))
    ] = None,
    photos: Photos = None,
    features: Features = None,
    storage: Annotated[
        str, option("--storage", metavar=NAME, help=msg("How weights are kept: float16, or int8. Default: float16."))
    ] = "float16",
    side: Annotated[
        int,
        option(
            "--side",
            metavar=NUMBER,
            min=0,
            help=msg("Pixels a side of what the model sees, where fewer than in training will do. Default: as many."),
        ),
    ] = 0,
    threads: Threads = 2,
) -> None:
    catalogue, notice = in_language(ctx)
    torch.set_num_threads(threads)
    source = read_data(data, photos)
    tell_faults(source, notice)
    ready = ready_features(data, features, photos)
    figures = export(
        runs,
        release=named(RELEASES, release),
        backbones=backbones,
        gallery=source.gallery,
        photos=photo_vectors(ready, Pictures(source.images), threads, notice),
        storage=named({name: name for name in get_args(Storage)}, storage),
        side=side,
        out=out,
    )
    tell_left_out(len(source.gallery.photos) - figures.gallery, notice)
    show_figures(figures.shipped, catalogue)


COMMANDS: tuple[Command, ...] = (Command("export", run, msg("Make a model folder of finished runs.")),)
