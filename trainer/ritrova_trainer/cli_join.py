"""`ritrova-train join`."""

from pathlib import Path
from typing import Annotated

import torch
import typer

from ritrova.cli.options import FOLDER, Command, argument, option
from ritrova.errors import UsageError
from ritrova.text import msg
from ritrova_trainer.cli_evaluate import Data, Threads, in_language
from ritrova_trainer.cli_run import CacheFolder, seen_by_towers, show_figures
from ritrova_trainer.engine import Engine
from ritrova_trainer.feature_learner import measure
from ritrova_trainer.joining import joined
from ritrova_trainer.pairs import feature_set
from ritrova_trainer.runs import as_one, read_heads, read_record, require_same_recipe, write_heads


def run(
    ctx: typer.Context,
    runs: Annotated[list[Path], argument(msg("RUN..."), msg("Folders of runs that differ in their seed."))],
    data: Data,
    backbones: Annotated[Path, option("--backbones", metavar=FOLDER, help=msg("Folder of the pretrained towers."))],
    out: Annotated[
        Path, option("--out", metavar=FOLDER, help=msg("Folder for the joint heads, a run's like the others."))
    ],
    cache: CacheFolder = None,
    threads: Threads = 2,
) -> None:
    catalogue, notice = in_language(ctx)
    if out.exists():
        raise UsageError(msg("The folder is already there."), msg("Remove it, or choose another."), str(out))
    records = [read_record(one) for one in runs]
    require_same_recipe(records)
    config = records[0].config
    with Engine(device="cpu", precision=config.loop.precision) as engine:
        torch.set_num_threads(threads)
        seen = seen_by_towers(config, data, backbones, cache or out.absolute().parent, engine, notice)
    training = feature_set(seen.corpus.train, seen.corpus.images, seen.texts, places=len(config.caption_weights))
    wide, heads = joined(seen.model, [read_heads(one, seen.model) for one in runs], training)
    figures = measure(heads, seen.corpus, seen.texts)
    write_heads(out, heads, as_one(records, wide.hidden, figures))
    show_figures(figures, catalogue)


COMMANDS: tuple[Command, ...] = (Command("join", run, msg("Make one run of several, their heads side by side.")),)
