"""Tables of tab-separated captions beside a folder of downloaded images: WIT and Conceptual Captions.

Both name images by their address on the web. What was downloaded is found by the file names that the usual
downloaders give; the addresses themselves are never opened.
"""

import csv
import os
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ritrova.text import msg
from ritrova_trainer.data.faults import DataError, Fault, FaultKind, Report, line
from ritrova_trainer.data.pair import FileImage, Pair
from ritrova_trainer.data.text import lines

WIT_COLUMNS = ("language", "image_url", "caption_reference_description")


class Downloads:
    """The files of a folder, its folders included, by name and by name without suffix."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, Path] = {}
        for where, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                path = Path(where, name)
                self._found.setdefault(path.stem, path)
                self._found.setdefault(name, path)

    def file(self, name: str) -> Path:
        """The file of that name; where there is none, the place where it would be."""
        return self._found.get(name) or self._found.get(PurePosixPath(name).stem) or self._folder / name


def read_wit(path: Path, images: Path, source: str, report: Report) -> Iterator[Pair]:
    """The Italian rows of a WIT table that have a reference description, an image once with all its captions.

    An image is called as at the end of its address. Rows of one image need not lie together, so the captions are
    held in memory until the end of the table.
    """
    captions: dict[str, list[str]] = {}
    for number, row in _wit_rows(path, report):
        if row["language"] != "it" or not row["caption_reference_description"]:
            continue
        if not _base_name(row["image_url"]):
            report(Fault(FaultKind.NO_IMAGE, line(number), msg("it has no address of an image")))
            continue
        captions.setdefault(row["image_url"], []).append(row["caption_reference_description"])
    downloads = Downloads(images)
    for address, said in captions.items():
        yield Pair(FileImage(address, downloads.file(_base_name(address))), tuple(said), source)


def read_conceptual(path: Path, images: Path, source: str, report: Report) -> Iterator[Pair]:
    """Rows `caption TAB address`, or `caption TAB address TAB file` where one's own downloader named the files.

    Without a third column the file is `<row>_<crc32 of the address>` with any suffix or none, rows counted from 0.
    """
    downloads = Downloads(images)
    seen: dict[str, int] = {}
    for number, text in lines(path, report):
        columns = [column.strip() for column in text.split("\t")]
        if len(columns) not in (2, 3) or not all(columns[1:]) or "\0" in text:
            report(Fault(FaultKind.WRONG_FIELDS, line(number), msg("it must be a caption and an address")))
            continue
        caption, address, *file = columns
        if address in seen:
            before = msg("the photo {image} was already on line {first}", image=address, first=seen[address])
            report(Fault(FaultKind.DUPLICATE_ID, line(number), before))
            continue
        seen[address] = number
        name = file[0] if file else f"{number - 1}_{zlib.crc32(address.encode())}"
        yield Pair(FileImage(address, downloads.file(name)), (caption,), source)


def _wit_rows(path: Path, report: Report) -> Iterator[tuple[int, dict[str, str]]]:
    """The three columns that matter of each row, with the number of its last line."""
    position = 0

    def texts() -> Iterator[str]:
        nonlocal position
        for number, text in lines(path, report):
            position = number
            yield text

    rows = csv.reader(texts(), delimiter="\t")
    header = next(rows, [])
    missing = [name for name in WIT_COLUMNS if name not in header]
    if missing:
        raise DataError(msg("The table has no column {names}.", names=", ".join(missing)), None, str(path))
    places = {name: header.index(name) for name in WIT_COLUMNS}
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            report(
                Fault(FaultKind.WRONG_FIELDS, line(position), msg("it is no row of the table ({reason})", reason=error))
            )
            continue
        if row is None:
            return
        if len(row) != len(header):
            report(Fault(FaultKind.WRONG_FIELDS, line(position), msg("it has {n} columns", n=len(row))))
            continue
        yield position, {name: row[place].strip() for name, place in places.items()}


def _base_name(address: str) -> str:
    return PurePosixPath(unquote(urlsplit(address).path)).name
