"""Naming what a photo shows, by Italian labels that the model never learned as classes.

Two traps of the Italian ImageNet table are met here. Its class ids count from 1, and photos are labelled by the
WordNet id where possible. And some classes share one Italian text ("una gru" is the bird and the machine): no text
tells them apart, so `together` takes equal texts for one answer, right for either; `apart` keeps every class, and a
tie counts against the model. What others publish lies between the two.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ritrova.errors import EnvironmentFault
from ritrova.images.formats import PHOTO_EXTENSIONS
from ritrova.text import Message, msg
from ritrova_trainer.data import FileImage, ImageRef
from ritrova_trainer.evaluation.ranks import found, ranks_of_own
from ritrova_trainer.evaluation.retrieval import TextEncoder

CUTS = (1, 5, 10, 100)
PUBLISHED = ("{}",)
"""The published templates: the short label as it stands."""

_WNID, _LABEL, _ID = "set_id", "query_short_translated", "class_id"


@dataclass(frozen=True, slots=True)
class Labels:
    """Classes in the table's order, with the text that stands for each."""

    wnids: tuple[str, ...]  # WordNet ids, each once
    texts: tuple[str, ...]  # not each once

    def of(self, name: str) -> int | None:
        """The row of the class called so: by its WordNet id, or by its number, which counts from 1."""
        if name in self.wnids:  # a thousand of them, asked for once a photo: no need for a map
            return self.wnids.index(name)
        return int(name) - 1 if name.isdecimal() and 1 <= int(name) <= len(self.wnids) else None


@dataclass(frozen=True, slots=True)
class Naming:
    """Photos to be named."""

    labels: Labels
    templates: tuple[str, ...]
    images: Mapping[str, ImageRef]  # by key
    classes: Mapping[str, int]  # by key, the row in the labels


@dataclass(frozen=True, slots=True)
class ZeroShot:
    """Shares, 0 to 1, of photos whose class is among the first K, by K."""

    photos: int
    classes: int
    texts: int  # distinct
    templates: int
    together: dict[int, float]  # equal texts are one answer
    apart: dict[int, float]  # every class is an answer


def read_labels(path: Path) -> Labels:
    """The Italian ImageNet table: tab-separated, with a header that names its columns."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        numbers = [int(row[_ID]) for row in rows]
        texts = tuple(" ".join(row[_LABEL].split()) for row in rows)
        wnids = tuple(row[_WNID] for row in rows)
    except (OSError, UnicodeDecodeError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise _unusable(path, msg("it is not the table of labels ({reason})", reason=repr(error))) from error
    if not rows or numbers != list(range(1, len(rows) + 1)):
        raise _unusable(path, msg("its class ids must be 1, 2, 3 and so on, one a line"))
    if len(set(wnids)) != len(wnids) or not all(texts):
        raise _unusable(path, msg("a WordNet id is there twice, or a label is empty"))
    return Labels(wnids, texts)


def read_templates(path: Path) -> tuple[str, ...]:
    """A JSON list of texts with one place each, `{}` or `{c}`; or an object that holds one such list.

    A template that is there twice counts twice, as it does for whoever published the list.
    """
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unusable(path, msg("it is not whole JSON ({reason})", reason=str(error))) from error
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise _unusable(path, msg("it is not a list of texts"))
    templates = tuple(text.replace("{c}", "{}") for text in value)
    if any(text.count("{}") != 1 for text in templates):
        raise _unusable(path, msg("each template needs one place for the label, {place}", place="{c}"))
    return templates


def read_labelled(path: Path, labels: Labels, images: Path | None = None) -> list[tuple[FileImage, int]]:
    """Photos with the row of their class: lines `photo<TAB>class`, or a folder with a folder of photos a class.

    A class is named by its WordNet id, or by the table's number. The lines' paths start at `images`, by default the
    folder of the file.
    """
    if path.is_dir():
        named = [
            (FileImage(file.relative_to(path).as_posix(), file), file.parent.name)
            for file in sorted(path.glob("*/*"))
            if file.suffix.lower() in PHOTO_EXTENSIONS
        ]
    else:
        try:
            with path.open(encoding="utf-8", newline="") as lines:
                rows = [row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
            named = [(FileImage(row[0], (images or path.parent) / row[0]), row[1].strip()) for row in rows]
        except (OSError, UnicodeDecodeError, IndexError) as error:
            raise _unusable(path, msg("each line must be a photo, a tab and a class")) from error
    found = [(image, labels.of(name)) for image, name in named]
    unknown = [name for (_, name), (_, row) in zip(named, found, strict=True) if row is None]
    if unknown:
        raise _unusable(path, msg("the table of labels has no class {name}", name=unknown[0]))
    if not found:
        raise _unusable(path, msg("it names no photo"))
    return [(image, row) for image, row in found if row is not None]


def read_naming(labels: Path, labelled: Path, templates: Path | None, images: Path | None) -> Naming:
    """All three files; without templates, the published one."""
    table = read_labels(labels)
    named = read_labelled(labelled, table, images)
    return Naming(
        labels=table,
        templates=PUBLISHED if templates is None else read_templates(templates),
        images={image.key: image for image, _ in named},
        classes={image.key: row for image, row in named},
    )


def zero_shot(
    photos: NDArray[np.float32], own: NDArray[np.int64], labels: Labels, templates: Sequence[str], encode: TextEncoder
) -> ZeroShot:
    """Accuracies for photos `[n, d]` of the classes `own` `[n]`."""
    texts = list(dict.fromkeys(labels.texts))
    row_of = {text: row for row, text in enumerate(texts)}
    text_of_class = np.array([row_of[text] for text in labels.texts])
    vectors = class_vectors(texts, templates, encode)
    together = ranks_of_own(photos, vectors, text_of_class[own])
    apart = ranks_of_own(photos, vectors[text_of_class], own)
    return ZeroShot(
        photos=len(photos),
        classes=len(labels.texts),
        texts=len(texts),
        templates=len(templates),
        together={within: float(found(together, within).mean()) for within in CUTS},
        apart={within: float(found(apart, within).mean()) for within in CUTS},
    )


def class_vectors(texts: Sequence[str], templates: Sequence[str], encode: TextEncoder) -> NDArray[np.float32]:
    """One unit vector a text, `[n, d]`: the mean over the templates' unit vectors, brought to unit length."""
    total: NDArray[np.float32] = np.sum(
        [encode([one.replace("{}", text) for text in texts]) for one in templates], axis=0
    )
    unit: NDArray[np.float32] = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    return unit


def _unusable(path: Path, reason: Message) -> EnvironmentFault:
    return EnvironmentFault(msg("The file cannot be used: {reason}", reason=reason), None, str(path))
