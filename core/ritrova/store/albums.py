"""Albums, in a person's order, and the searches that a person meant."""

from collections.abc import Sequence
from time import time
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from ritrova.photo import FileState
from ritrova.store.store import Store
from ritrova.store.tables import Album, AlbumPhoto, Content, File, Sought

REMEMBERED = 500
"""Searches that are kept; the longest unused go first."""


class AlbumRecord(NamedTuple):
    """An album; `query` is the JSON of a saved search."""

    id: int
    name: str
    query: str | None
    photos: int  # those of which a file is present
    cover: bytes | None


def albums(store: Store) -> list[AlbumRecord]:
    """All albums, by name."""
    present = select(File.id).where(File.content_id == Content.id, File.state == FileState.PRESENT).exists()
    counts = (
        select(AlbumPhoto.album_id, func.count().label("photos"), func.min(AlbumPhoto.position), AlbumPhoto.hash)
        .join(Content, Content.hash == AlbumPhoto.hash)
        .where(present)
        .group_by(AlbumPhoto.album_id)  # SQLite takes the hash from the row of the minimum
        .subquery()
    )
    query = (
        select(Album.id, Album.name, Album.query, func.coalesce(counts.c.photos, 0), counts.c.hash)
        .outerjoin(counts, counts.c.album_id == Album.id)
        .order_by(func.casefold(Album.name), Album.id)
    )
    with store.reading() as connection:
        return [AlbumRecord(*row) for row in connection.execute(query)]


def album(connection: Connection, album_id: int) -> AlbumRecord | None:
    """One album, uncounted."""
    row = connection.execute(select(Album.id, Album.name, Album.query).where(Album.id == album_id)).one_or_none()
    return AlbumRecord(row.id, row.name, row.query, 0, None) if row else None


def make(connection: Connection, name: str, query: str | None, album_id: int | None = None) -> int:
    """A new album; `album_id` gives a deleted one back its id."""
    values = {"name": name, "query": query, "made_at": time()} | ({"id": album_id} if album_id else {})
    made = connection.scalar(upsert(Album).values(values).returning(Album.id))
    assert made is not None
    return int(made)


def rename(connection: Connection, album_id: int, name: str) -> None:
    connection.execute(update(Album).where(Album.id == album_id).values(name=name))


def set_query(connection: Connection, album_id: int, query: str) -> None:
    connection.execute(update(Album).where(Album.id == album_id).values(query=query))


def remove(connection: Connection, album_id: int) -> None:
    """Delete an album. The photos stay."""
    connection.execute(delete(Album).where(Album.id == album_id))


def contents(connection: Connection, album_id: int) -> list[bytes]:
    """The hashes in an album, in its order."""
    query = select(AlbumPhoto.hash).where(AlbumPhoto.album_id == album_id).order_by(AlbumPhoto.position)
    return list(connection.scalars(query))


def fill(connection: Connection, album_id: int, hashes: Sequence[bytes]) -> None:
    """Make these, in this order, the contents of an album."""
    connection.execute(delete(AlbumPhoto).where(AlbumPhoto.album_id == album_id))
    rows = [{"album_id": album_id, "hash": each, "position": i} for i, each in enumerate(dict.fromkeys(hashes))]
    if rows:
        connection.execute(upsert(AlbumPhoto), rows)


def order_of(store: Store, album_id: int) -> list[bytes]:
    """The hashes in an album, in its order."""
    with store.reading() as connection:
        return contents(connection, album_id)


def albums_of(store: Store, hashes: Sequence[bytes]) -> dict[bytes, list[int]]:
    """In which albums each of these contents is."""
    found: dict[bytes, list[int]] = {}
    with store.reading() as connection:
        for start in range(0, len(hashes), 500):
            query = select(AlbumPhoto.hash, AlbumPhoto.album_id).where(AlbumPhoto.hash.in_(hashes[start : start + 500]))
            for row in connection.execute(query.order_by(AlbumPhoto.album_id)):
                found.setdefault(row.hash, []).append(row.album_id)
    return found


def remember(store: Store, words: str) -> None:
    """Keep a search that the person meant."""
    with store.typing() as connection:
        connection.execute(
            upsert(Sought)
            .values(text=words, times=1, last_at=time())
            .on_conflict_do_update(index_elements=["text"], set_={"times": Sought.times + 1, "last_at": time()})
        )
        newest = select(Sought.text).order_by(Sought.last_at.desc()).limit(REMEMBERED)
        connection.execute(delete(Sought).where(Sought.text.not_in(newest)))


def forget_searches(store: Store) -> None:
    """The whole history goes."""
    with store.typing() as connection:
        connection.execute(delete(Sought))


def searches(store: Store) -> list[tuple[str, int]]:
    """What was searched and how often, newest first."""
    with store.reading() as connection:
        rows = connection.execute(select(Sought.text, Sought.times).order_by(Sought.last_at.desc()))
        return [(row.text, row.times) for row in rows]
