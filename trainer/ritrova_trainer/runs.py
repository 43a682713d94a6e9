"""One run from files to files: what `ritrova-train run` does, and the folder that it leaves."""

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter, ValidationError

from ritrova.atomic import write_bytes
from ritrova.encoding import bundle
from ritrova.encoding.compact import WEIGHTS_FILE, CompactConfig
from ritrova.errors import EnvironmentFault
from ritrova.text import msg
from ritrova_trainer.config import TrainConfig
from ritrova_trainer.data import Pair, all_captions, read_pairs
from ritrova_trainer.evaluate import Retrieval, retrieval
from ritrova_trainer.features import ImageFeatures, TextFeatures, TextTower
from ritrova_trainer.heads import Heads
from ritrova_trainer.pairs import feature_set
from ritrova_trainer.train import Epoch, train

RECORD_FILE = "run.json"
HEADS_FILE = "heads.safetensors"
TEXT_BATCH = 128  # captions through the frozen tower at a time


@dataclass(frozen=True, slots=True)
class Corpus:
    """The captioned photos of a data folder, split for training and for validation."""

    train: list[Pair]
    validation: list[Pair]
    images: ImageFeatures

    @staticmethod
    def read(folder: Path, *, tower: str) -> "Corpus":
        """`train.jsonl`, `val.jsonl` and the ready features of the image tower in `folder`."""
        images = ImageFeatures(folder / f"features-{tower}.safetensors")
        return Corpus(read_pairs(folder / "train.jsonl"), read_pairs(folder / "val.jsonl"), images)

    def validation_images(self) -> NDArray[np.float32]:
        """The image tower's features of the validation photos, `[m, image_features]`, in their order."""
        return self.images.of([pair.name for pair in self.validation])


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a run folder says of its run (`run.json`)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    recipe: str
    config: TrainConfig
    photos: int  # trained on
    figures: dict[str, Retrieval]  # over the validation photos, by kind of text
    losses: list[float]  # mean of each epoch
    seconds: float  # of the training alone, features not counted
    threads: int  # of torch: with another count the last digits differ
    versions: dict[str, str]


_RECORD = TypeAdapter(Record)


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


def run(
    config: TrainConfig,
    model: CompactConfig,
    corpus: Corpus,
    texts: TextFeatures,
    folder: Path,
    *,
    recipe: str,
    watch: Callable[[Epoch], None] | None = None,
) -> Record:
    """Train, measure, and write the heads and the record into `folder`."""
    losses: list[float] = []

    def note(epoch: Epoch) -> None:
        losses.append(epoch.loss)
        if watch is not None:
            watch(epoch)

    training = feature_set(corpus.train, corpus.images, texts, places=len(config.caption_weights))
    start = time.monotonic()
    heads = train(config, model, training, watch=note)
    record = Record(
        recipe=recipe,
        config=config,
        photos=len(training),
        figures=measure(heads, corpus, texts),
        losses=losses,
        seconds=round(time.monotonic() - start, 1),
        threads=torch.get_num_threads(),
        versions={"python": platform.python_version(), "torch": torch.__version__},
    )
    heads.save(folder / HEADS_FILE)
    write_bytes(folder / RECORD_FILE, _RECORD.dump_json(record, indent=1), durable=True)
    return record


def measure(heads: Heads, corpus: Corpus, texts: TextFeatures) -> dict[str, Retrieval]:
    """Figures of trained heads over the whole validation gallery, on cached features."""

    def encode(captions: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = heads.text_head(torch.from_numpy(texts.of(captions))).numpy()
        return vectors

    with torch.inference_mode():
        gallery = heads.image_head(torch.from_numpy(corpus.validation_images())).numpy()
        return retrieval(corpus.validation, gallery, encode)


def read_record(folder: Path) -> Record:
    """The record of a finished run."""
    path = folder / RECORD_FILE
    try:
        return _RECORD.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise EnvironmentFault(
            msg("The folder holds no finished run: {reason}", reason=str(error).splitlines()[0]),
            msg("Give a folder that `ritrova-train run` wrote."),
            str(path),
        ) from error


def read_heads(folder: Path, model: CompactConfig) -> Heads:
    """The trained heads of a finished run."""
    return Heads.load(folder / HEADS_FILE, model)
