"""The published JSON lines: `{"image_path": ..., "captions": [...], "source": ...}`, `source` where it is known."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ritrova.text import Message, msg
from ritrova_trainer.data.faults import DataError, Fault, FaultKind, Report, line, refuse_in
from ritrova_trainer.data.pair import FileImage, Pair
from ritrova_trainer.data.text import json_objects, texts_of


def read(path: Path, images: Path, source: str, report: Report) -> Iterator[Pair]:
    """The pairs of the file. Paths of images start at the folder `images`; `source` is of lines that name none."""
    for _, pair in _numbered(path, images, source, report):
        yield pair


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a file that must be whole, as training on ready features needs it.

    The features know a photo by its name alone, so no two may share it. Raises DataError with the number of the
    first wrong line.
    """
    report = refuse_in(path)
    first: dict[str, int] = {}
    pairs = []
    for number, pair in _numbered(path, path.parent, "", report):
        if pair.name in first:
            before = msg("the photo {image} was already on line {first}", image=pair.name, first=first[pair.name])
            report(Fault(FaultKind.DUPLICATE_ID, line(number), before))
        if not all(pair.captions):
            report(Fault(FaultKind.NO_CAPTION, line(number), msg("a caption is empty or not a text")))
        first[pair.name] = number
        pairs.append(pair)
    if not pairs:
        raise DataError(msg("There is no caption in the file."), None, str(path))
    return pairs


def _numbered(path: Path, images: Path, source: str, report: Report) -> Iterator[tuple[int, Pair]]:
    seen: dict[str, int] = {}
    for number, value in json_objects(path, report):
        found = _parsed(value, images, source)
        if isinstance(found, Message):
            report(Fault(FaultKind.WRONG_FIELDS, line(number), found))
        elif (key := found.image.key) in seen:
            before = msg("the photo {image} was already on line {first}", image=key, first=seen[key])
            report(Fault(FaultKind.DUPLICATE_ID, line(number), before))
        else:
            seen[key] = number
            yield number, found


def _parsed(value: dict[str, Any], images: Path, source: str) -> Pair | Message:
    """The pair, or what is wrong with the line."""
    image, captions, own_source = value.get("image_path"), texts_of(value.get("captions")), value.get("source", source)
    if not isinstance(image, str) or not PurePosixPath(image).stem or "\0" in image:
        return msg("`image_path` must be a path")
    if value.get("captions") is None or captions == ():
        return msg("`captions` must be a list of one text or more")
    if captions is None:
        return msg("a caption is empty or not a text")
    if not isinstance(own_source, str):
        return msg("`source` must be a text")
    return Pair(FileImage(image, images / image), captions, own_source)
