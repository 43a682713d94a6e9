"""COCO's captions, as MSCOCO-IT has them: one JSON object with `images` and `annotations`, packed or not."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ritrova.text import msg
from ritrova_trainer.data.faults import DataError, Fault, FaultKind, Report
from ritrova_trainer.data.pair import FileImage, Pair
from ritrova_trainer.data.text import opened, texts_of


def read(path: Path, images: Path, source: str, report: Report) -> Iterator[Pair]:
    """The pairs of the file, in the order of its images. Files of images lie in the folder `images`.

    Ids are numbers or texts, both within one file: `7` and `"7"` are the same image.
    """
    content = _content(path)
    names = _file_names(content["images"], report)
    captions: dict[str, list[str]] = {identity: [] for identity in names}
    for place, annotation in enumerate(content["annotations"]):
        where = msg("Annotation {place}", place=place)
        identity = _identity(annotation, "image_id")
        caption = texts_of([annotation.get("caption")]) if isinstance(annotation, dict) else None
        if identity is None or caption is None:
            report(Fault(FaultKind.WRONG_FIELDS, where, msg("it must have an `image_id` and a text as `caption`")))
        elif identity not in captions:
            report(Fault(FaultKind.NO_IMAGE, where, msg("there is no image {identity}", identity=identity)))
        else:
            captions[identity] += caption
    for identity, name in names.items():
        if captions[identity]:
            yield Pair(FileImage(name, images / name), tuple(captions[identity]), source)
        else:
            where = msg("Image {identity}", identity=identity)
            report(Fault(FaultKind.NO_CAPTION, where, msg("it has no caption")))


def _content(path: Path) -> dict[str, list[Any]]:
    with opened(path) as file:
        try:
            content = json.load(file)
        except (ValueError, RecursionError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(
                msg(
                    "The captions cannot be read: {reason}", reason=msg("it is not whole JSON ({reason})", reason=error)
                ),
                msg("Perhaps the file was not copied to its end."),
                str(path),
            ) from error
    parts = {name: content.get(name) if isinstance(content, dict) else None for name in ("images", "annotations")}
    if not all(isinstance(part, list) for part in parts.values()):
        raise DataError(msg("The file has no lists `images` and `annotations`."), None, str(path))
    return {name: part for name, part in parts.items() if isinstance(part, list)}


def _file_names(images: list[Any], report: Report) -> dict[str, str]:
    """The file name of each image, by its id."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for place, image in enumerate(images):
        where = msg("Image {identity}", identity=f"[{place}]")
        identity = _identity(image, "id")
        name = image.get("file_name") if isinstance(image, dict) else None
        if identity is None or not isinstance(name, str) or not PurePosixPath(name).stem or "\0" in name:
            report(Fault(FaultKind.WRONG_FIELDS, where, msg("it must have an `id` and a `file_name`")))
        elif identity in names or name in taken:
            report(Fault(FaultKind.DUPLICATE_ID, where, msg("there was one {identity} before", identity=identity)))
        else:
            names[identity] = name
            taken.add(name)
    return names


def _identity(thing: object, name: str) -> str | None:
    """An id as text: of `7`, `"7"` and `"007"` the same."""
    value = thing.get(name) if isinstance(thing, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        return None
    text = str(value).strip()
    return (text.lstrip("0") or "0") if text.isdecimal() else text
