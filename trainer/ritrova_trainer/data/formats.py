"""Which formats of captioned images are read, how a file shows its own, and how each is read."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from ritrova.errors import UsageError
from ritrova.text import msg
from ritrova_trainer.data import coco, folder, json_lines, library_export, shards, tables
from ritrova_trainer.data.faults import Report
from ritrova_trainer.data.pair import Pair
from ritrova_trainer.data.text import opened

_HEAD = 1 << 16  # bytes that are looked at
_TAR_MAGIC = slice(257, 262)


class Format(StrEnum):
    """The formats, by the name that `--format` takes; also the source of images whose data names none."""

    JSON_LINES = "jsonl"
    COCO = "coco"
    WIT = "wit"
    CONCEPTUAL = "conceptual-captions"
    FOLDER = "folder"
    SHARDS = "webdataset"
    LIBRARY = "library"


Reader = Callable[[Path, Path, str, Report], Iterator[Pair]]
"""Takes the data, the folder that its images' paths start at, the source, and whom to tell of faults."""

READERS: Mapping[Format, Reader] = MappingProxyType(
    {
        Format.JSON_LINES: json_lines.read,
        Format.COCO: coco.read,
        Format.WIT: tables.read_wit,
        Format.CONCEPTUAL: tables.read_conceptual,
        Format.FOLDER: folder.read,
        Format.SHARDS: shards.read,
        Format.LIBRARY: library_export.read,
    }
)


def open_pairs(
    path: Path, report: Report, *, form: Format | None = None, images: Path | None = None, source: str | None = None
) -> Iterator[Pair]:
    """The pairs of a file or folder, as they are: not cleaned, the images not looked at.

    `form` is found out where it is not given; `images` is the folder of `path` by default, or the folder `images`
    in it for the formats that name images without their folder. Raises UsageError and DataError.
    """
    form = form or detected(path)
    return READERS[form](path, images or _image_folder(path, form), source or form.value, report)


def detected(path: Path) -> Format:
    """The format, by the file's name and its first bytes. Raises UsageError where they say nothing."""
    if path.is_dir():
        return Format.SHARDS if any(path.glob("*.tar")) else Format.FOLDER
    head, name = _head(path), path.name.lower().removesuffix(".gz")
    if head[_TAR_MAGIC] == b"ustar" or name.endswith(".tar"):
        return Format.SHARDS
    first = head.split(b"\n", 1)[0]
    if name.endswith(".tsv"):
        return Format.WIT if {b"language", b"image_url"} <= set(first.strip().split(b"\t")) else Format.CONCEPTUAL
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        value = None  # one line of many, or a line longer than the head
    if isinstance(value, dict) and value.get("format") == library_export.NAME:
        return Format.LIBRARY
    if name.endswith(".jsonl") or (isinstance(value, dict) and "image_path" in value):
        return Format.JSON_LINES
    if name.endswith(".json") or (head.lstrip()[:1] == b"{" and b'"annotations"' in head):
        return Format.COCO
    raise UsageError(
        msg("The format of the data is not known: {path}", path=path),
        msg("Name it by --format: {names}", names=", ".join(Format)),
    )


def _head(path: Path) -> bytes:
    """The first bytes, at most `_HEAD`; none of a packed file that is damaged from its start."""
    with opened(path) as file:
        try:
            return file.read1(_HEAD)  # what can be had at once: a packed file may end too early
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return b""


def _image_folder(path: Path, form: Format) -> Path:
    beside = path.parent / "images"
    return beside if form in (Format.COCO, Format.WIT, Format.CONCEPTUAL) and beside.is_dir() else path.parent
