"""A folder of images, folders within it included, each with its captions in a `.txt` of the same name beside it."""

import os
from collections.abc import Iterator
from pathlib import Path

from ritrova.images.formats import PHOTO_EXTENSIONS
from ritrova.text import msg
from ritrova_trainer.data.faults import DataError, Fault, FaultKind, Report, in_file
from ritrova_trainer.data.pair import FileImage, Pair

SIDECAR = ".txt"


def read(path: Path, images: Path, source: str, report: Report) -> Iterator[Pair]:  # noqa: ARG001
    """An image with each line of its sidecar that is not blank as a caption. The images lie in `path` itself."""
    if not path.is_dir():
        raise DataError(msg("This is no folder."), None, str(path))
    for where, folders, names in os.walk(path, onerror=_refused):
        folders.sort()
        found = [Path(where, name) for name in sorted(names) if Path(name).suffix.lower() in PHOTO_EXTENSIONS]
        spoken_of = {file.stem for file in found}
        for file in found:
            captions = _captions(file, report)
            if captions:
                yield Pair(FileImage(file.relative_to(path).as_posix(), file), captions, source)
        for name in sorted(names):
            if Path(name).suffix.lower() == SIDECAR and Path(name).stem not in spoken_of:
                report(Fault(FaultKind.NO_IMAGE, in_file(Path(where, name)), msg("there is no image beside it")))


def caption_lines(text: str) -> tuple[str, ...]:
    """The captions of a sidecar: its lines that are not blank."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _refused(error: OSError) -> None:
    raise DataError(msg("The folder cannot be read: {reason}", reason=error.strerror), None, error.filename) from error


def _captions(image: Path, report: Report) -> tuple[str, ...]:
    sidecar = image.with_suffix(SIDECAR)
    try:
        captions = caption_lines(sidecar.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        report(Fault(FaultKind.NOT_TEXT, in_file(sidecar), msg("it is not UTF-8 ({reason})", reason=error.reason)))
        return ()
    except FileNotFoundError:
        captions = ()
    except OSError as error:
        report(Fault(FaultKind.NOT_TEXT, in_file(sidecar), msg("it cannot be read ({reason})", reason=error.strerror)))
        return ()
    if not captions:
        report(Fault(FaultKind.NO_CAPTION, in_file(image), msg("it has no caption")))
    return captions
