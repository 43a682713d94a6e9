"""Albums, in a person's order, and the searches that a person meant."""

import unicodedata
from collections.abc import Sequence
from itertools import count
from time import time
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from ritrova.errors import UsageError
from ritrova.photo import FileState
from ritrova.store.store import Store
from ritrova.store.tables import Album, AlbumPhoto, Content, File, Sought
from ritrova.text import msg

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


def make(connection: Connection, name: str, query: str | None) -> int:
    """A new album. Raises UsageError where another has this name, in any case of its letters."""
    _require_free(connection, name)
    return _insert(connection, name=name, query=query)


def bring_back(connection: Connection, album_id: int, name: str, query: str | None) -> None:
    """A deleted album, under its own id; numbered where another has taken its name meanwhile."""
    taken = _names(connection)
    names = (name if number == 1 else f"{name} ({number})" for number in count(1))
    _insert(connection, id=album_id, name=next(each for each in names if _folded(each) not in taken), query=query)


def rename(connection: Connection, album_id: int, name: str) -> None:
    """Raises UsageError where another album has this name, in any case of its letters."""
    _require_free(connection, name, but=album_id)
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


def forget_searches(store: Store, words: str | None = None) -> None:
    """The whole history goes, or one search."""
    with store.typing() as connection:
        connection.execute(delete(Sought) if words is None else delete(Sought).where(Sought.text == words))


def searches(store: Store) -> list[tuple[str, int]]:
    """What was searched and how often, newest first."""
    with store.reading() as connection:
        rows = connection.execute(select(Sought.text, Sought.times).order_by(Sought.last_at.desc()))
        return [(row.text, row.times) for row in rows]


def _insert(connection: Connection, **values: object) -> int:
    made = connection.scalar(upsert(Album).values(made_at=time(), **values).returning(Album.id))
    assert made is not None
    return int(made)


def _require_free(connection: Connection, name: str, but: int | None = None) -> None:
    taken = _names(connection, but)
    if _folded(name) in taken:
        title = msg("There is already an album or a saved search “{name}”.", name=taken[_folded(name)])
        raise UsageError(title, msg("Choose another name."))


def _names(connection: Connection, but: int | None = None) -> dict[str, str]:
    """The names that are taken, less that of one album: as they are compared -> as they are written."""
    return {_folded(row.name): row.name for row in connection.execute(select(Album.id, Album.name)) if row.id != but}


def _folded(name: str) -> str:
    """An accent can be written in two ways, which look the same."""
    return unicodedata.normalize("NFC", name).casefold()
