"""The captioned photos that a run learns from, and those that it is measured on."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritrova.errors import UsageError
from ritrova.paths import resource
from ritrova.text import msg
from ritrova_trainer.data import Faults, FileImage, Format, Pair, is_present, open_pairs, read_pairs
from ritrova_trainer.data.cleaning import CleaningRules, Tally, clean
from ritrova_trainer.data.proper_nouns import best_tagger
from ritrova_trainer.data.split import Split, SplitRule
from ritrova_trainer.features import ImageFeatures

TRAIN, VALIDATION = "train.jsonl", "val.jsonl"


@dataclass(frozen=True, slots=True)
class Corpus:
    """The captioned photos of a data folder, split for training and for validation, with ready features."""

    train: list[Pair]
    validation: list[Pair]
    images: ImageFeatures
    whole: ImageFeatures
    """Of the validation photos, one view each."""

    @staticmethod
    def read(folder: Path, *, tower: str) -> "Corpus":
        """`train.jsonl`, `val.jsonl` and the ready features of the image tower in `folder`."""
        images = ImageFeatures.read(folder / f"features-{tower}.safetensors")
        return Corpus(read_pairs(folder / TRAIN), read_pairs(folder / VALIDATION), images, images)

    def validation_images(self) -> NDArray[np.float32]:
        """The image tower's features of the validation photos, `[m, image_features]`, in their order."""
        return self.whole.of([pair.name for pair in self.validation])


@dataclass(frozen=True, slots=True)
class PhotoCorpus:
    """Captioned photos, read when they are needed."""

    train: list[Pair]
    validation: list[Pair]
    record: dict[str, Any]
    """How they came to be: what was passed over, cleaned out, and how they were split. JSON values."""

    @staticmethod
    def read(path: Path | None, rule: SplitRule, *, form: Format | None, images: Path | None) -> "PhotoCorpus":
        """Any format, cleaned and split by `rule`; a folder of `train.jsonl` and `val.jsonl` is taken as it is, for
        places of captions may have a meaning there; without `path`, the sample photos.

        Raises DataError, and UsageError where nothing is left to train on or to measure with.
        """
        if path is not None and form is None and (path / TRAIN).is_file() and (path / VALIDATION).is_file():
            faults = Faults()
            sides = [
                list(open_pairs(path / name, faults.add, form=Format.JSON_LINES, images=images))
                for name in (TRAIN, VALIDATION)
            ]
            return PhotoCorpus(sides[0], sides[1], {"passed over": _counts(faults)}).whole()
        faults, tally = Faults(), Tally()
        pairs = _samples() if path is None else open_pairs(path, faults.add, form=form, images=images)
        split = Split.of(clean(pairs, CleaningRules(), best_tagger(), tally), rule)
        record = {"passed over": _counts(faults), "cleaning": tally.as_json(), "split": split.as_json()}
        return PhotoCorpus(split.train, split.validation, record).whole()

    def only(self, kept: Iterable[Pair], why: str) -> "PhotoCorpus":
        """The photos in `kept`; how many are not is recorded under `why`."""
        names = {id(pair) for pair in kept}
        train, validation = ([pair for pair in side if id(pair) in names] for side in (self.train, self.validation))
        missed = len(self.train) + len(self.validation) - len(train) - len(validation)
        return PhotoCorpus(train, validation, {**self.record, why: missed}).whole()

    def present(self) -> "PhotoCorpus":
        """Without the photos whose file is not there."""
        return self.only((pair for pair in self.train + self.validation if is_present(pair.image)), "missing photos")

    def whole(self) -> "PhotoCorpus":
        """Itself. Raises UsageError where a side is empty."""
        if not self.train or not self.validation:
            raise UsageError(
                msg(
                    "There are {train} photos to train on and {validation} to measure with; each must have one.",
                    train=len(self.train),
                    validation=len(self.validation),
                ),
                msg("Look at the data with `ritrova-train data check`, or set a larger share: `--set validation=0.2`."),
            )
        return self


def _samples() -> list[Pair]:
    """The sample photos that ship with the program, with what is told of them."""
    folder = resource("samples")
    told = json.loads((folder / "samples.json").read_text(encoding="utf-8"))
    return [Pair(FileImage(one["file"], folder / "photos" / one["file"]), (one["about"],), "samples") for one in told]


def _counts(faults: Faults) -> dict[str, int]:
    counts: Counter[str] = Counter({kind.value: count for kind, count in faults.counts.items()})
    return dict(counts)
