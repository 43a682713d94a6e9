"""WebDataset shards: tar archives in which files of the same name, suffixes apart, follow each other.

An archive is walked header by header and never unpacked: an image is its place in the archive, so that any
order of reading, and so an exact resume, costs no more than with files. That is why the `webdataset` package is
not used: it gives the contents in the order of the stream, and the places of none.
"""

import gzip
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ritrova.images.formats import PHOTO_EXTENSIONS
from ritrova.text import Message, msg
from ritrova_trainer.data.faults import DataError, Fault, FaultKind, Report, in_file
from ritrova_trainer.data.folder import caption_lines
from ritrova_trainer.data.pair import Pair, ShardImage
from ritrova_trainer.data.text import opened, texts_of

MAX_TEXT = 1 << 20  # bytes of a caption's file
_META = re.compile(r"__[^/]*__(/|$)")  # members of such names are about the archive


@dataclass(slots=True)
class _Sample:
    """What one name of the archive holds."""

    key: str
    image: ShardImage | None = None
    texts: dict[str, bytes] = field(default_factory=dict)  # by suffix


def read(path: Path, images: Path, source: str, report: Report) -> Iterator[Pair]:  # noqa: ARG001
    """The pairs of one `.tar`, or of all in a folder in the order of their names.

    Captions: the list `captions` of the sample's `.json`, else the lines of its `.txt`, else the `caption` of the
    `.json`. A shard that is cut short gives what it has.
    """
    shards = sorted(path.glob("*.tar")) if path.is_dir() else [path]
    if not shards:
        raise DataError(msg("There is no .tar in the folder."), None, str(path))
    seen: set[str] = set()
    for shard in shards:
        for sample in _samples(shard, report):
            where = msg("{name} in {shard}", name=sample.key, shard=shard.name)
            if sample.image is None:
                if sample.texts:
                    report(Fault(FaultKind.NO_IMAGE, where, msg("there is no image beside it")))
                continue
            captions = _captions(sample.texts, where)
            if isinstance(captions, Fault):
                report(captions)
            elif sample.key in seen:
                report(
                    Fault(FaultKind.DUPLICATE_ID, where, msg("there was one {identity} before", identity=sample.key))
                )
            else:
                seen.add(sample.key)
                yield Pair(sample.image, captions, source)


def _samples(shard: Path, report: Report) -> Iterator[_Sample]:
    """The archive's samples. A name is split at the first dot after the last slash."""
    sample: _Sample | None = None
    for member, archive in _members(shard, report):
        folder, slash, file = member.name.rpartition("/")
        stem, dot, suffix = file.partition(".")
        if not dot or not stem or _META.match(member.name):
            continue
        key, suffix = f"{folder}{slash}{stem}", f".{suffix.lower()}"
        if sample is None or sample.key != key:
            if sample is not None:
                yield sample
            sample = _Sample(key)
        if suffix in PHOTO_EXTENSIONS and sample.image is None:
            sample.image = ShardImage(key, shard, member.offset_data, member.size)
        elif suffix in (".txt", ".json") and member.size <= MAX_TEXT:
            content = archive.extractfile(member)
            sample.texts[suffix] = content.read() if content else b""
    if sample is not None:
        yield sample


def _members(shard: Path, report: Report) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    """The archive's plain files whose contents lie in it whole."""
    _refuse_packed(shard)
    try:
        size = shard.stat().st_size
        with tarfile.open(shard, "r:") as archive:
            for member in archive:
                if member.isreg() and not member.issparse():
                    if member.offset_data + member.size > size:
                        raise tarfile.ReadError("unexpected end of data")
                    yield member, archive
                archive.members = []  # type: ignore[attr-defined]  # it would remember every header
    except tarfile.TarError as error:
        report(
            Fault(FaultKind.CUT_SHORT, in_file(shard), msg("the archive ends or breaks there ({reason})", reason=error))
        )
    except OSError as error:
        raise DataError(
            msg("The captions cannot be read: {reason}", reason=error.strerror or str(error)), None, str(shard)
        ) from error


def _refuse_packed(shard: Path) -> None:
    with opened(shard) as file:
        if isinstance(file, gzip.GzipFile):
            raise DataError(
                msg("The archive is packed, so that no place in it can be read by itself."),
                msg("Unpack it with gunzip to a .tar; images do not shrink by packing anyway."),
                str(shard),
            )


def _captions(texts: dict[str, bytes], where: Message) -> tuple[str, ...] | Fault:
    """The captions of a sample, or why it has none."""
    try:
        said = json.loads(texts.get(".json", b"{}"))
        lines = caption_lines(texts.get(".txt", b"").decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Fault(FaultKind.NOT_TEXT, where, msg("it is not UTF-8 ({reason})", reason=error.reason))
    except (ValueError, RecursionError) as error:
        return Fault(FaultKind.NOT_JSON, where, msg("it is not whole JSON ({reason})", reason=error))
    said = said if isinstance(said, dict) else {}
    captions = texts_of(said.get("captions")) or lines or texts_of([said.get("caption")])
    return captions or Fault(FaultKind.NO_CAPTION, where, msg("it has no caption"))
