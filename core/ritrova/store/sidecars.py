"""What writing a sidecar needs to know of a photo, and the memory of what was written."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select, update

from ritrova.photo import FileState, Metadata
from ritrova.store.marks import NOTHING, Said, files_words, parts, said_of, typed_words, words_of
from ritrova.store.records import absolute
from ritrova.store.store import Store
from ritrova.store.tables import Content, File, Folder, Volume


class Words(NamedTuple):
    """What a content is said to be, by the person before its files."""

    said: Said
    keywords: frozenset[str]  # all: those of files and those that the person gave
    typed: frozenset[str]  # those that the person gave or took away


class Beside(NamedTuple):
    """A file that is there, and what others say of it in its sidecar."""

    file_id: int
    hash: bytes
    path: bytes  # absolute
    size: int
    mtime_ns: int
    sidecar_mtime_ns: int | None
    rating: int | None


def words_about(store: Store, hashes: Sequence[bytes]) -> dict[bytes, Words]:
    """Of these contents, as things stand now."""
    with store.reading() as connection:
        said = said_of(connection, hashes)
        own = files_words(connection, hashes)
        typed = typed_words(connection, hashes)
    return {
        each: Words(
            said.get(each, NOTHING),
            frozenset(words_of(own.get(each, ()), typed.get(each, {}))),
            frozenset(typed.get(each, ())),
        )
        for each in hashes
    }


def files_of(store: Store, hashes: Sequence[bytes]) -> list[Beside]:
    """The present files of these contents, folder by folder."""
    query = (
        select(
            File.id,
            Content.hash,
            Volume.mount_point,
            Folder.path,
            File.directory,
            File.name,
            File.size,
            File.mtime_ns,
            File.sidecar_mtime_ns,
            File.rating,
        )
        .join(Content, File.content_id == Content.id)
        .join(Folder, File.folder_id == Folder.id)
        .join(Volume, Folder.volume_id == Volume.id)
        .where(File.state == FileState.PRESENT)
        .order_by(File.folder_id, File.directory, File.name)
    )
    with store.reading() as connection:
        return [
            Beside(row.id, row.hash, absolute(*row[2:6]), row.size, row.mtime_ns, row.sidecar_mtime_ns, row.rating)
            for part in parts(hashes)
            for row in connection.execute(query.where(Content.hash.in_(part)))
        ]


def note(store: Store, file_id: int, mtime_ns: int, others: Metadata | None) -> None:
    """We wrote a file's sidecar: the next scan need not read it. What others say in it stands, or is `others` now."""
    values: dict[str, object] = {"sidecar_mtime_ns": mtime_ns}
    if others is not None:
        values |= {"title": others.title, "description": others.description, "rating": others.rating}
        values["keywords"] = list(others.keywords) or None
    with store.writing() as connection:
        connection.execute(update(File).where(File.id == file_id).values(values))
