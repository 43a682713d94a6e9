"""Captioned photos: the published JSON lines, read into pairs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ritrova.errors import EnvironmentFault
from ritrova.text import Message, msg


class DataError(EnvironmentFault):
    """A data file is missing or a line of it is not what the format asks for."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One photo and what people said of it."""

    image: str  # the photo's id: its file name without suffix
    captions: tuple[str, ...]  # at least one, none blank; the place tells the kind
    source: str  # which collection the photo comes from; empty where not said


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a JSON lines file: `{"image_path": ..., "captions": [...], "source": ...}` (`source` optional).

    Blank lines are passed over. Raises DataError with the number of the first wrong line.
    """
    try:
        pairs = list(_pairs(path))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(msg("The captions cannot be read: {reason}", reason=str(error)), None, str(path)) from error
    if not pairs:
        raise DataError(msg("There is no caption in the file."), None, str(path))
    return pairs


def all_captions(pairs: Sequence[Pair]) -> list[str]:
    """Every caption, photo by photo."""
    return [caption for pair in pairs for caption in pair.captions]


def _pairs(path: Path) -> Iterator[Pair]:
    seen: dict[str, int] = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            found = _parse(line)
            if isinstance(found, Pair) and found.image in seen:
                found = msg("the photo {image} was already on line {first}", image=found.image, first=seen[found.image])
            if isinstance(found, Message):
                raise DataError(
                    msg("Line {number} cannot be used: {reason}", number=number, reason=found), None, str(path)
                )
            seen[found.image] = number
            yield found


def _parse(line: str) -> Pair | Message:
    """The pair, or what is wrong with the line."""
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return msg("it is not whole JSON ({reason})", reason=error.msg)
    if not isinstance(value, dict):
        return msg("it is not an object")
    image, captions, source = value.get("image_path"), value.get("captions"), value.get("source", "")
    if not isinstance(image, str) or not PurePosixPath(image).stem:
        return msg("`image_path` must be a path")
    if not isinstance(captions, list) or not captions:
        return msg("`captions` must be a list of one text or more")
    if not all(isinstance(caption, str) and caption.strip() for caption in captions):
        return msg("a caption is empty or not a text")
    if not isinstance(source, str):
        return msg("`source` must be a text")
    return Pair(PurePosixPath(image).stem, tuple(caption.strip() for caption in captions), source)
