"""`ritrova-train recipes` and `ritrova-train run`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import torch
import typer

from ritrova.cli.errors import STOPPED
from ritrova.cli.options import FILE, FOLDER, NAME, NUMBER, Command, argument, option
from ritrova.cli.table import Column, show_table
from ritrova.encoding.compact import CompactConfig, CompactModel
from ritrova.errors import UsageError
from ritrova.paths import bundled_models
from ritrova.settings import EncodingSettings
from ritrova.text import Catalogue, Message, msg
from ritrova_trainer.caching import ImageCaching, Notice, shown_corpus
from ritrova_trainer.cli_watch import Terminal, stoppable
from ritrova_trainer.config import AnyConfig, PhotosConfig, TrainConfig
from ritrova_trainer.config_file import documented, read_toml, toml_text, with_changes
from ritrova_trainer.corpus import Corpus, PhotoCorpus
from ritrova_trainer.data.formats import Format
from ritrova_trainer.data.split import SplitRule
from ritrova_trainer.engine import Device, Engine
from ritrova_trainer.evaluation.retrieval import FIGURES, Retrieval
from ritrova_trainer.features import TextFeatures
from ritrova_trainer.fitting import Surroundings
from ritrova_trainer.models.compact import CompactDual
from ritrova_trainer.photo_run import Sources
from ritrova_trainer.recipes import RECIPES
from ritrova_trainer.runs import run_on_features, run_on_photos, text_features
from ritrova_trainer.towers import compact_config, text_tower, with_backbones

T = TypeVar("T")
Figures = Sequence[tuple[Message | None, Mapping[str, Retrieval]]]
"""What was found, under a title where there are several tables."""

Recipe = Annotated[str, argument(msg("RECIPE"), msg("Name of a recipe, or a TOML file."))]
Out = Annotated[Path, option("--out", metavar=FOLDER, help=msg("Folder for all that the run writes."))]
Data = Annotated[
    Path | None,
    option("--data", metavar=FILE, help=msg("Captioned photos in any format. Default: the sample photos.")),
]
PhotoFolder = Annotated[
    Path | None, option("--photos", metavar=FOLDER, help=msg("Where the photos lie. Default: beside the captions."))
]
Form = Annotated[
    Format | None, option("--format", metavar=NAME, help=msg("The data's format. Default: as the file shows it."))
]
Model = Annotated[
    Path | None, option("--model", metavar=FOLDER, help=msg("Model to start from. Default: the bundled one."))
]
Backbones = Annotated[Path | None, option("--backbones", metavar=FOLDER, help=msg("Folder of the pretrained towers."))]
Features = Annotated[
    Path | None,
    option("--features", metavar=FILE, help=msg("Ready features of the photos by the model's own image tower.")),
]
CacheFolder = Annotated[
    Path | None,
    option("--cache", metavar=FOLDER, help=msg("Folder of computed features. Default: that above --out.")),
]
Seed = Annotated[int, option("--seed", metavar=NUMBER, help=msg("Seed of the run. Default: 0."))]
Changes = Annotated[
    list[str] | None, option("--set", metavar=msg("FIELD=VALUE"), help=msg("Change a field of the recipe."))
]
Resume = Annotated[bool, option("--resume", help=msg("Go on from the last checkpoint in --out."))]
OnDevice = Annotated[Device, option("--device", metavar=NAME, help=msg("auto, cpu or cuda. Default: auto."))]
Threads = Annotated[int, option("--threads", metavar=NUMBER, min=1, help=msg("CPU threads. Default: 2."))]


def recipes(
    recipe: Annotated[
        str | None,
        argument(msg("RECIPE"), msg("One alone, as a file that `run` takes too, with what each field means.")),
    ] = None,
) -> None:
    if recipe is not None:
        typer.echo(toml_text(named(RECIPES, recipe)(seed=0)))
        return
    for name, make in RECIPES.items():
        typer.echo(f"{name}: {make.__doc__}")
        for field, value, _ in documented(make(seed=0)):
            if value is not None:
                typer.echo(f"  {field} = {value}")


def run(
    ctx: typer.Context,
    recipe: Recipe,
    out: Out,
    data: Data = None,
    photos: PhotoFolder = None,
    form: Form = None,
    model: Model = None,
    backbones: Backbones = None,
    features: Features = None,
    cache: CacheFolder = None,
    seed: Seed = 0,
    changes: Changes = None,
    resume: Resume = False,
    device: OnDevice = "auto",
    threads: Threads = 2,
) -> int | None:
    catalogue = ctx.find_object(Catalogue)
    assert catalogue is not None  # whoever builds the program puts it there
    config = _configured(recipe, seed, changes or [])
    name = Path(recipe).stem
    cache = cache or out.absolute().parent
    with Terminal(catalogue) as terminal, Engine(device=device, precision=config.loop.precision) as engine:
        torch.set_num_threads(threads)  # after Accelerate, which has its own mind
        notice = terminal.notice if engine.is_main else _silent
        with stoppable(terminal.text, alone=engine.peers.world == 1) as stopping:
            around = Surroundings(
                folder=out,
                resume=resume,
                watcher=terminal,
                stop=lambda: stopping.cancelled,
                text=catalogue.render,
            )
            if isinstance(config, TrainConfig):
                figures = _on_features(config, name, data, backbones, cache, around, engine, notice)
            else:
                sources = Sources(
                    model=model or bundled_models() / EncodingSettings().model,
                    backbones=backbones,
                    features=features,
                    cache=cache,
                )
                rule = SplitRule(seed=config.split_seed, validation=config.validation)
                corpus = PhotoCorpus.read(data, rule, form=form, images=photos)
                figures = _on_photos(config, name, corpus, sources, around, engine, notice)
        if figures is None:
            notice(msg("Stopped. The same command with --resume goes on."))
            return STOPPED
    if engine.is_main:
        for title, found in figures:
            if title is not None:
                typer.echo(catalogue.render(title))
            show_figures(found, catalogue)
    return None


COMMANDS: tuple[Command, ...] = (
    Command("recipes", recipes, msg("List the recipes with all their fields.")),
    Command("run", run, msg("Train by a recipe, and measure the outcome.")),
)


def show_figures(figures: Mapping[str, Retrieval], catalogue: Catalogue) -> None:
    """A table of what was found, by kind of text."""
    titles = (msg("text").key, "n", "R@1", "R@5", "R@10", "MRR@10")
    columns = [Column(catalogue.render(Message(title)), "left") for title in titles]
    rows = [[kind, str(one.texts), *(f"{getattr(one, name):.3f}" for name in FIGURES)] for kind, one in figures.items()]
    show_table(columns, rows)


def named(known: Mapping[str, T], name: str) -> T:
    """What is called so. Raises UsageError that tells what there is."""
    if name not in known:
        raise UsageError(msg("There is no {name}.", name=name), msg("Known: {names}", names=", ".join(known)))
    return known[name]


def _configured(recipe: str, seed: int, changes: Sequence[str]) -> AnyConfig:
    """The recipe's configuration with its changes; of a file, its own seed holds."""
    config = read_toml(Path(recipe)) if recipe.endswith(".toml") else named(RECIPES, recipe)(seed=seed)
    return with_changes(config, dict(_assignment(change) for change in changes))


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(msg("{text} is not of the form FIELD=VALUE.", text=text))
    return name.strip(), value.strip()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the two frozen towers of a recipe make of the data, and what they are."""

    model: CompactConfig
    towers: CompactModel
    corpus: Corpus
    texts: TextFeatures


def seen_by_towers(
    config: TrainConfig, data: Path, backbones: Path, cache: Path, engine: Engine, notice: Notice
) -> Seen:
    """Ready features where they will do; else those in `cache`, where they are computed if they are not there."""
    ready = Corpus.read(data, tower=config.towers.image) if config.towers.ready else None
    model = compact_config(config, backbones)
    towers = with_backbones(model, config, backbones)
    corpus = ready or _shown(config, data, towers, backbones, cache, engine, notice)
    texts = text_features(
        cache / f"features-{config.towers.text}.safetensors",
        corpus,
        tower=text_tower(towers, backbones / config.towers.text),
        model=model,
        backbone=backbones / config.towers.text,
        watch=lambda done, total: notice(msg("{done} of {total} captions read", done=done, total=total)),
    )
    return Seen(model, towers, corpus, texts)


def _on_features(
    config: TrainConfig,
    name: str,
    data: Path | None,
    backbones: Path | None,
    cache: Path,
    around: Surroundings,
    engine: Engine,
    notice: Notice,
) -> Figures | None:
    if data is None or backbones is None:
        raise UsageError(msg("The recipe trains on ready features."), msg("Give both `--data` and `--backbones`."))
    with engine.first_alone():
        seen = seen_by_towers(config, data, backbones, cache, engine, _while_wanted(notice, around, engine))
    record = run_on_features(config, seen.model, seen.corpus, seen.texts, around, engine, recipe=name)
    return None if record is None else [(None, record.figures)]


def _shown(
    config: TrainConfig,
    data: Path,
    towers: CompactModel,
    backbones: Path,
    cache: Path,
    engine: Engine,
    notice: Notice,
) -> Corpus:
    """The corpus with what the frozen image tower makes of its photos, computed where it is not cached."""
    dual = CompactDual(towers, backbones / config.towers.text).to(engine.device).eval()
    return shown_corpus(data, config, ImageCaching(dual, 0, config.loop, engine, cache, notice))


def _on_photos(
    config: PhotosConfig,
    name: str,
    corpus: PhotoCorpus,
    sources: Sources,
    around: Surroundings,
    engine: Engine,
    notice: Notice,
) -> Figures | None:
    heard = _while_wanted(notice, around, engine)
    record = run_on_photos(config, corpus, sources, around, engine, recipe=name, notice=heard)
    if record is None:
        return None
    if record.unread:
        notice(msg("{n} photos could not be read and were passed over.", n=record.unread))
    if not record.better:
        notice(msg("The model finds no more than before: keep the one that you had."))
    return [(msg("before"), record.before), (msg("after"), record.figures)]


def _while_wanted(notice: Notice, around: Surroundings, engine: Engine) -> Notice:
    """`notice`, which ends the command where a person stopped it: what is computed before the first step may take an
    hour. Not among several processes, which wait for each other."""

    def told(message: Message) -> None:
        if around.stop() and engine.peers.world == 1:
            notice(msg("Stopped. The same command goes on after what was computed."))
            raise KeyboardInterrupt
        notice(message)

    return told


def _silent(_message: Message) -> None:
    """The ear of all processes but the first."""
