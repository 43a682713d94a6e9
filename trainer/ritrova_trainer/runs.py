"""One run from files to files: what `ritrova-train run` does, and the folder that it leaves."""

import hashlib
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import ConfigDict, TypeAdapter, ValidationError

from ritrova.atomic import write_bytes
from ritrova.encoding import bundle
from ritrova.encoding.compact import WEIGHTS_FILE, CompactConfig
from ritrova.errors import EnvironmentFault, UsageError
from ritrova.text import msg
from ritrova_trainer import random_states
from ritrova_trainer.balancing import balanced
from ritrova_trainer.caching import Notice
from ritrova_trainer.config import PhotosConfig, RunConfig, TrainConfig
from ritrova_trainer.corpus import Corpus as Corpus
from ritrova_trainer.corpus import PhotoCorpus
from ritrova_trainer.data import Pair, all_captions
from ritrova_trainer.engine import Engine, deterministic
from ritrova_trainer.evaluation.retrieval import FIGURES, Retrieval
from ritrova_trainer.feature_learner import FeatureLearner, HeadsModule, measure
from ritrova_trainer.features import TextFeatures, TextTower
from ritrova_trainer.fitting import Surroundings, fit
from ritrova_trainer.heads import Heads
from ritrova_trainer.keeping import mean_score
from ritrova_trainer.metrics import read_steps, read_validation
from ritrova_trainer.models.dual import DualEncoder
from ritrova_trainer.pairs import feature_set
from ritrova_trainer.photo_run import Sources, photo_learner, starting_model
from ritrova_trainer.results import write_model

RECORD_FILE = "run.json"
HEADS_FILE = "heads.safetensors"
MODEL_FOLDER = "model"
TEXT_BATCH = 128  # captions through the frozen tower at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run folder says of any finished run."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    recipe: str
    photos: int  # trained on
    figures: dict[str, Retrieval]  # over the validation photos, by kind of text
    losses: list[float]  # mean of each epoch
    seconds: float  # of the training alone, features not counted; after a resume, of what followed
    threads: int  # of torch: with another count the last digits differ
    processes: int = 1
    versions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Told):
    """`run.json` of heads on cached features."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    config: TrainConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotosRecord(Told):
    """`run.json` of a run on photos."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    config: PhotosConfig
    before: dict[str, Retrieval]  # what the starting model found
    unread: int  # training photos that could not be read, and were passed over

    @property
    def better(self) -> bool:
        """Whether the model finds more than the one that it started from."""
        return mean_score(self.figures) > mean_score(self.before)


_RECORD = TypeAdapter(Record)
_PHOTOS_RECORD = TypeAdapter(PhotosRecord)
_ANY_RECORD: TypeAdapter[Record | PhotosRecord] = TypeAdapter(Record | PhotosRecord)
T = TypeVar("T")


def text_features(
    path: Path,
    corpus: Corpus,
    *,
    tower: TextTower,
    model: CompactConfig,
    backbone: Path,
    watch: Callable[[int, int], None] | None = None,
) -> TextFeatures:
    """The features of every caption of the corpus, from the cache at `path` where they are known."""
    features = TextFeatures(
        path, tower=bundle.sha256(backbone / WEIGHTS_FILE), width=model.text.hidden_size, prefix=model.text_prefix
    )
    features.add(all_captions(corpus.train) + all_captions(corpus.validation), tower, batch=TEXT_BATCH, watch=watch)
    return features


def run_on_features(
    config: TrainConfig,
    model: CompactConfig,
    corpus: Corpus,
    texts: TextFeatures,
    around: Surroundings,
    engine: Engine,
    *,
    recipe: str,
) -> Record | None:
    """Train heads, measure, and write them and the record into the run's folder. None where it was stopped."""
    training = feature_set(corpus.train, corpus.images, texts, places=len(config.caption_weights))
    with _seeded(config):
        heads = Heads(model.model_copy(update={"hubs": None}))
        heads.set_dropout(config.heads)
        heads.fit_statistics(training)
        learner = FeatureLearner(
            module=HeadsModule(heads, config.loss.scale),
            data=training,
            names=[pair.name for pair in corpus.train],
            find=lambda trained: measure(trained, corpus, texts, engine.device),
            seed=config.seed,
            device=engine.device,
            captions=config.captions,
            chances=config.caption_weights,
        )
        start = time.monotonic()
        done = fit(learner, config, engine, _data_of(corpus.train, {}), around, measure_first=False)
    if done is None:
        return None
    assert isinstance(done.result, HeadsModule)
    heads = balanced(done.result.heads, model, training, seed=config.seed)
    figures = measure(heads, corpus, texts) if engine.is_main else {}
    engine.wait()  # for the first process, which measures
    told = _told(around.folder, start, recipe, len(training), figures, engine)
    record = Record(config=config, **told)
    if engine.is_main:
        write_heads(around.folder, heads, record)
    return record


def write_heads(folder: Path, heads: Heads, record: Record) -> None:
    """Put what a run on cached features ends with into its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    heads.save(folder / HEADS_FILE)
    write_bytes(folder / RECORD_FILE, _RECORD.dump_json(record, indent=1), durable=True)


def as_one(records: Sequence[Record], hidden: int, figures: dict[str, Retrieval]) -> Record:
    """The record of runs of one recipe whose heads were joined to heads of the width `hidden`."""
    first = records[0]
    config = replace(first.config, heads=replace(first.config.heads, hidden=hidden))
    seconds = sum(one.seconds for one in records)
    return replace(
        first, recipe=f"{first.recipe} x {len(records)}", config=config, figures=figures, losses=[], seconds=seconds
    )


def run_on_photos(
    config: PhotosConfig,
    corpus: PhotoCorpus,
    sources: Sources,
    around: Surroundings,
    engine: Engine,
    *,
    recipe: str,
    notice: Notice,
) -> PhotosRecord | None:
    """Train a model, measure it before and after, and write its folder and the record. None where it was stopped."""
    with _seeded(config):
        model = starting_model(config, sources).to(engine.device)
        with engine.first_alone():
            learner, used = photo_learner(config, model, corpus, sources, engine, notice=notice)
        start = time.monotonic()
        done = fit(learner, config, engine, _data_of(used.train, used.record), around, measure_first=True)
        figures = dict(done.measure()) if done is not None else {}
    if done is None:
        return None
    told = _told(around.folder, start, recipe, len(used.train), figures, engine)
    first = read_validation(around.folder)[0].figures if engine.is_main else {}
    before = {  # of the same texts and photos
        kind: Retrieval(figures[kind].texts, figures[kind].gallery, *(found[name] for name in FIGURES))
        for kind, found in first.items()
    }
    record = PhotosRecord(config=config, before=before, unread=len(learner.unread), **told)
    if engine.is_main:
        assert isinstance(done.result, DualEncoder)
        write_model(
            done.result.cpu(),
            around.folder / MODEL_FOLDER,
            recipe=recipe,
            start=sources.model if config.start.kind == "model" else None,
            photos_move=config.trained.image_head,
            figures=asdict(record)["figures"],
        )
        write_bytes(around.folder / RECORD_FILE, _PHOTOS_RECORD.dump_json(record, indent=1), durable=True)
    return record


def read_record(folder: Path) -> Record:
    """The record of a finished run on cached features."""
    return _read(folder, _RECORD)


def read_any_record(folder: Path) -> Record | PhotosRecord:
    """The record of a finished run."""
    return _read(folder, _ANY_RECORD)


def _read(folder: Path, record: TypeAdapter[T]) -> T:
    path = folder / RECORD_FILE
    try:
        return record.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise EnvironmentFault(
            msg("The folder holds no finished run: {reason}", reason=str(error).splitlines()[0]),
            msg("Give a folder that `ritrova-train run` wrote."),
            str(path),
        ) from error


def require_same_recipe(records: Sequence[Record | PhotosRecord]) -> None:
    """Raise UsageError where the runs differ in more than the seed."""
    first = records[0]
    for record in records[1:]:
        if replace(record.config, seed=first.config.seed) != first.config or record.photos != first.photos:
            raise UsageError(
                msg("The runs differ in more than their seed."),
                msg("Give runs of one recipe on the same data."),
            )


def read_heads(folder: Path, model: CompactConfig) -> Heads:
    """The trained heads of a finished run."""
    return Heads.load(folder / HEADS_FILE, model)


@contextmanager
def _seeded(config: RunConfig) -> Iterator[None]:
    """Where a run takes place: from its seed, repeatable, and without a trace in the caller's random states."""
    with random_states.preserved(), deterministic(config.loop.deterministic):
        random_states.seed_all(config.seed)
        yield


def _data_of(pairs: Sequence[Pair], record: Mapping[str, Any]) -> dict[str, Any]:
    """What tells the training data of a run from others."""
    digest = hashlib.sha256()
    for pair in pairs:
        digest.update("\0".join((pair.image.key, *pair.captions, "")).encode(errors="surrogatepass"))
    return {"photos": len(pairs), "sha256": digest.hexdigest(), **record}


def _told(
    folder: Path, start: float, recipe: str, photos: int, figures: dict[str, Retrieval], engine: Engine
) -> dict[str, Any]:
    """The fields of `Told`; what the first process alone knows is empty in the others."""
    losses: dict[int, list[float]] = {}
    for line in read_steps(folder) if engine.is_main else ():
        losses.setdefault(line.epoch, []).append(line.loss)
    return {
        "recipe": recipe,
        "photos": photos,
        "figures": figures,
        "losses": [sum(of_epoch) / len(of_epoch) for of_epoch in losses.values()],
        "seconds": round(time.monotonic() - start, 1),
        "threads": torch.get_num_threads(),
        "processes": engine.peers.world,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }
