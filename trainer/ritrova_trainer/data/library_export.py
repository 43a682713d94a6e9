"""What a person said of the photos of a Ritrova library, as a file: docs/training-data.md describes it.

JSON lines in ASCII, so that paths that are not UTF-8 survive as `os.fsdecode` writes them. The first line says
what the file is, every other line is a photo.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ritrova.atomic import replacing
from ritrova.text import Message, msg
from ritrova_trainer.data.faults import DataError, Fault, FaultKind, Report, line
from ritrova_trainer.data.pair import FileImage, Pair
from ritrova_trainer.data.text import json_objects, texts_of

NAME = "ritrova-library-export"
VERSION = 1
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Mark:
    """A person's answer to whether a photo fits a sentence."""

    query: str
    fits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPhoto:
    """One photo and all that a person said of it."""

    path: Path
    hash: str  # BLAKE3 of the file's bytes, 64 hexadecimal digits: it names the photo wherever it is moved
    captions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()

    def said(self) -> tuple[str, ...]:
        """What to train on: the captions, the sentences that fit, and all keywords as one caption."""
        keywords = (", ".join(self.keywords),) if self.keywords else ()
        return self.captions + tuple(mark.query for mark in self.marks if mark.fits) + keywords


def read(path: Path, images: Path, source: str, report: Report) -> Iterator[Pair]:
    """The photos of which something is said. Relative paths start at the folder `images`."""
    for number, photo in _numbered(path, report):
        if said := photo.said():
            yield Pair(FileImage(photo.hash, images / photo.path), said, source)
        else:
            report(Fault(FaultKind.NO_CAPTION, line(number), msg("it has no caption")))


def read_photos(path: Path, report: Report) -> Iterator[ExportedPhoto]:
    """Every photo, those that fit no sentence included: such marks are for training against."""
    for _, photo in _numbered(path, report):
        yield photo


def write(path: Path, photos: Iterable[ExportedPhoto]) -> None:
    """Write an export, whole or not at all."""
    with replacing(path, durable=True) as part, part.open("w", encoding="ascii") as file:
        file.write(json.dumps({"format": NAME, "version": VERSION}) + "\n")
        for photo in photos:
            value = {
                "path": str(photo.path),
                "hash": photo.hash,
                "captions": photo.captions,
                "keywords": photo.keywords,
                "marks": [{"query": mark.query, "fits": mark.fits} for mark in photo.marks],
            }
            file.write(json.dumps(value) + "\n")


def _numbered(path: Path, report: Report) -> Iterator[tuple[int, ExportedPhoto]]:
    objects = json_objects(path, report)
    _check_header(next(objects, (0, {}))[1], path)
    seen: dict[str, int] = {}
    for number, value in objects:
        found = _parsed(value)
        if isinstance(found, Message):
            report(Fault(FaultKind.WRONG_FIELDS, line(number), found))
        elif found.hash in seen:
            before = msg("the photo {image} was already on line {first}", image=found.path, first=seen[found.hash])
            report(Fault(FaultKind.DUPLICATE_ID, line(number), before))
        else:
            seen[found.hash] = number
            yield number, found


def _check_header(header: dict[str, Any], path: Path) -> None:
    version = header.get("version")
    if header.get("format") != NAME or isinstance(version, bool) or not isinstance(version, int):
        raise DataError(msg("The first line does not say that this is an export of a library."), None, str(path))
    if version != VERSION:
        raise DataError(
            msg(
                "The export is of version {version}; this Ritrova reads version {known}.",
                version=version,
                known=VERSION,
            ),
            msg("Export the library again, or use another Ritrova."),
            str(path),
        )


def _parsed(value: dict[str, Any]) -> ExportedPhoto | Message:
    """The photo, or what is wrong with the line. Names that are not known are left for later versions."""
    path, digest = value.get("path"), value.get("hash")
    captions, keywords = texts_of(value.get("captions", [])), texts_of(value.get("keywords", []))
    marks = _marks(value.get("marks", []))
    if not isinstance(path, str) or not path or "\0" in path:
        return msg("`path` must be a path")
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        return msg("`hash` must be 64 hexadecimal digits")
    if captions is None or keywords is None:
        return msg("`captions` and `keywords` must be lists of texts")
    if marks is None:
        return msg("`marks` must be a list of `query`, a text, and `fits`, true or false")
    return ExportedPhoto(path=Path(path), hash=digest, captions=captions, keywords=keywords, marks=marks)


def _marks(value: object) -> tuple[Mark, ...] | None:
    if not isinstance(value, list):
        return None
    marks = []
    for one in value:
        query = texts_of([one.get("query")]) if isinstance(one, dict) else None
        if query is None or not isinstance(one.get("fits"), bool):
            return None
        marks.append(Mark(query[0], one["fits"]))
    return tuple(marks)
