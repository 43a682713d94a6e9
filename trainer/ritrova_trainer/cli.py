"""The `ritrova-train` command."""

import faulthandler
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import torch
import typer

from ritrova.cli.errors import Reporter
from ritrova.cli.options import FOLDER, NAME, NUMBER, Command, argument, option
from ritrova.cli.table import Column, show_table
from ritrova.cli.words import command_class, group_class
from ritrova.encoding import bundle, compact
from ritrova.errors import UsageError
from ritrova.text import Catalogue, Message, language_of, msg
from ritrova_trainer import cli_data
from ritrova_trainer.config import to_mapping, with_changes
from ritrova_trainer.evaluate import FIGURES, Retrieval
from ritrova_trainer.export import export, measure_folder
from ritrova_trainer.recipes import RECIPES
from ritrova_trainer.releases import RELEASES
from ritrova_trainer.runs import Corpus, text_features
from ritrova_trainer.runs import run as run_to_folder
from ritrova_trainer.towers import compact_config, text_tower, with_backbones
from ritrova_trainer.train import Epoch

T = TypeVar("T")

Data = Annotated[
    Path, option("--data", metavar=FOLDER, help=msg("Folder of train.jsonl, val.jsonl and the image features."))
]
Backbones = Annotated[Path, option("--backbones", metavar=FOLDER, help=msg("Folder of the pretrained towers."))]
Threads = Annotated[int, option("--threads", metavar=NUMBER, min=1, help=msg("CPU threads. Default: 2."))]
Tower = Annotated[
    str, option("--tower", metavar=NAME, help=msg("Image tower that the features are of. Default: efficientnet-lite2."))
]


class Commands:
    """What `ritrova-train` can do, in the catalogue's language. Results go to standard output, the rest beside it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def all(self) -> tuple[Command, ...]:
        return (
            Command("recipes", self.recipes, msg("List the recipes with all their fields.")),
            Command("run", self.run, msg("Train by a recipe, and measure the outcome.")),
            Command("evaluate", self.evaluate, msg("Measure how well a model finds the validation photos.")),
            Command("export", self.export, msg("Make a model folder of finished runs.")),
        )

    def recipes(self) -> None:
        for name, recipe in RECIPES.items():
            typer.echo(f"{name}: {recipe.__doc__}")
            for field, value in _flat(to_mapping(recipe())):
                typer.echo(f"  {field} = {value}")

    def run(
        self,
        recipe: Annotated[str, argument(msg("RECIPE"), msg("Name of a recipe."))],
        data: Data,
        backbones: Backbones,
        out: Annotated[Path, option("--out", metavar=FOLDER, help=msg("Folder for the trained heads."))],
        seed: Annotated[int, option("--seed", metavar=NUMBER, help=msg("Seed of the run. Default: 0."))] = 0,
        changes: Annotated[
            list[str] | None, option("--set", metavar=msg("FIELD=VALUE"), help=msg("Change a field of the recipe."))
        ] = None,
        cache: Annotated[
            Path | None,
            option("--cache", metavar=FOLDER, help=msg("Folder of the captions' features. Default: that above --out.")),
        ] = None,
        threads: Threads = 2,
    ) -> None:
        torch.set_num_threads(threads)
        config = with_changes(_named(RECIPES, recipe)(seed=seed), dict(_assignment(change) for change in changes or []))
        corpus = Corpus.read(data, tower=config.towers.image)
        model = compact_config(config, backbones)
        texts = text_features(
            (cache or out.absolute().parent) / f"features-{config.towers.text}.safetensors",
            corpus,
            tower=text_tower(with_backbones(model, config, backbones), backbones / config.towers.text),
            model=model,
            backbone=backbones / config.towers.text,
            watch=self._captions,
        )
        self._show(run_to_folder(config, model, corpus, texts, out, recipe=recipe, watch=self._epoch).figures)

    def evaluate(
        self,
        folder: Annotated[Path, argument(msg("MODEL"), msg("A model folder."))],
        data: Data,
        tower: Tower = "efficientnet-lite2",
        threads: Threads = 2,
    ) -> None:
        torch.set_num_threads(threads)
        bundle.verify(folder, bundle.read(folder))
        self._show(measure_folder(compact.load(folder), folder, Corpus.read(data, tower=tower)))

    def export(
        self,
        runs: Annotated[
            list[Path], argument(msg("RUN..."), msg("Folders of runs that differ in their seed; the first is taken."))
        ],
        release: Annotated[str, option("--release", metavar=NAME, help=msg("Name of the model that is published."))],
        data: Data,
        backbones: Backbones,
        out: Annotated[Path, option("--out", metavar=FOLDER, help=msg("The model folder to make."))],
        tower: Tower = "efficientnet-lite2",
        threads: Threads = 2,
    ) -> None:
        torch.set_num_threads(threads)
        published = _named(RELEASES, release)
        corpus = Corpus.read(data, tower=tower)
        self._show(export(runs, release=published, backbones=backbones, corpus=corpus, out=out).shipped)

    def _captions(self, done: int, total: int) -> None:
        self._notice(msg("{done} of {total} captions read", done=done, total=total))

    def _epoch(self, epoch: Epoch) -> None:
        rate = f"{epoch.learning_rate:.2e}"
        self._notice(
            msg("epoch {number}: loss {loss}, rate {rate}", number=epoch.number, loss=f"{epoch.loss:.4f}", rate=rate)
        )

    def _notice(self, message: Message) -> None:
        typer.echo(self._catalogue.render(message), err=True)

    def _show(self, figures: Mapping[str, Retrieval]) -> None:
        titles = (msg("text").key, "n", "R@1", "R@5", "R@10", "MRR@10")
        columns = [Column(self._catalogue.render(Message(title)), "left") for title in titles]
        rows = [
            [kind, str(one.texts), *(f"{getattr(one, name):.3f}" for name in FIGURES)] for kind, one in figures.items()
        ]
        show_table(columns, rows)


def build_app(catalogue: Catalogue) -> typer.Typer:
    """The whole command line in the catalogue's language."""
    app = typer.Typer(
        cls=group_class(catalogue),
        help=msg("Trains, measures and publishes the models of Ritrova.").key,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for command in Commands(catalogue).all():
        app.command(command.name, cls=command_class(catalogue), help=command.help.key)(command.run)
    data = typer.Typer(
        cls=group_class(catalogue),
        help=msg("Captioned images, before they are trained on.").key,
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for command in cli_data.COMMANDS:
        data.command(command.name, cls=command_class(catalogue), help=command.help.key)(command.run)
    app.add_typer(data, name="data")
    return app


def main(arguments: Sequence[str], catalogue: Catalogue) -> int:
    """Run one command. Returns its exit code; whatever goes wrong has been told."""
    try:
        app = build_app(catalogue)
        code = app(args=list(arguments), prog_name="ritrova-train", standalone_mode=False, obj=catalogue)
    except (Exception, KeyboardInterrupt) as error:
        return Reporter(catalogue).report(error)
    return int(code or 0)


def run() -> None:
    """The `ritrova-train` executable."""
    faulthandler.enable()
    sys.exit(main(sys.argv[1:], Catalogue(language_of())))


def _named(known: Mapping[str, T], name: str) -> T:
    if name not in known:
        raise UsageError(msg("There is no {name}.", name=name), msg("Known: {names}", names=", ".join(known)))
    return known[name]


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(msg("{text} is not of the form FIELD=VALUE.", text=text))
    return name.strip(), value.strip()


def _flat(mapping: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and values of nested mappings."""
    for name, value in mapping.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
