"""From embedding ids to photos, under filters."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, text

from ritrova.photo import FileState, Filters
from ritrova.store.records import absolute, matching_key
from ritrova.store.store import Store
from ritrova.store.tables import AlbumPhoto, Content, Embedding, File, Folder, Keyword, Mark, Volume

Columns = TypeVarTuple("Columns")


class Found(NamedTuple):
    """A photo behind an embedding."""

    embedding_id: int
    hash: bytes
    path: bytes  # absolute
    taken_at: str | None  # ISO 8601 with the offset where it is known
    width: int
    height: int


def photos(store: Store, embedding_ids: Sequence[int], filters: Filters) -> dict[int, Found]:
    """The photos behind the ids that are on their disk's records as present and pass the filters, by id.

    A content that lies in several files gives the first of them that passes.
    """
    query = _PHOTOS.where(*conditions_of(store, filters, leading=False)) if filters.any else _PHOTOS
    with store.reading() as connection:
        rows = connection.execute(query, {"ids": json.dumps(list(map(int, embedding_ids)))}).all()
    return {
        row[0]: Found(
            row[0],
            row.hash,
            absolute(row.mount_point, row.path, row.directory, row.name),
            with_offset(row.taken_at, row.taken_offset),
            row.width,
            row.height,
        )
        for row in rows
    }


def passing(store: Store, filters: Filters) -> list[int]:
    """The ids of all contents with a present file that passes the filters, in no order."""
    query = (
        select(Content.id)
        .join(File, and_(File.content_id == Content.id, File.state == FileState.PRESENT))
        .where(*conditions_of(store, filters, leading=True))
    )
    with store.reading() as connection:
        return list(connection.scalars(query))


def matching(store: Store, model_id: int | None, filters: Filters, most: int) -> list[int] | None:
    """The embedding ids of the photos that pass the filters, ascending; None where more than `most` files pass."""
    # Plus zero: SQLite would otherwise walk through all embeddings of the model, whatever the other conditions.
    # No DISTINCT for contents in several files: SQLite would then walk through the table, to keep its order.
    query = _of_files(select(Embedding.id)).where(
        Embedding.model_id + 0 == model_id, *conditions_of(store, filters, leading=True)
    )
    with store.reading() as connection:
        ids = connection.scalars(query.limit(most + 1)).all()
    return sorted(set(ids)) if len(ids) <= most else None


def with_offset(taken_at: str | None, offset: int | None) -> str | None:
    """The local time with its offset where the file gives one: `2024-07-01T18:30:05+02:00`."""
    if taken_at is None or offset is None:
        return taken_at
    sign = "-" if offset < 0 else "+"
    return f"{taken_at}{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"


def _of_files(query: Select[*Columns]) -> Select[*Columns]:
    return (
        query.select_from(Embedding)
        .join(Content, Embedding.content_id == Content.id)
        .join(File, and_(File.content_id == Content.id, File.state == FileState.PRESENT))
    )


_PHOTOS: Select[*tuple[Any, ...]] = (  # built once: it takes as long as its answer
    _of_files(
        select(
            Embedding.id,
            Content.hash,
            Volume.mount_point,
            Folder.path,
            File.directory,
            File.name,
            Content.taken_at,
            Content.taken_offset,
            Content.width,
            Content.height,
            func.min(File.id),  # SQLite takes the other columns from the row of the minimum
        )
    )
    .join(Folder, File.folder_id == Folder.id)
    .join(Volume, Folder.volume_id == Volume.id)
    .where(Embedding.id.in_(text("SELECT value FROM json_each(:ids)")))
    .group_by(Embedding.id)
)


def conditions_of(store: Store, filters: Filters, *, leading: bool) -> list[ColumnElement[bool]]:
    """`leading` says that the conditions lead to the photos; else the photos are known, and only checked."""
    conditions: list[ColumnElement[bool]] = []
    if filters.folders:
        conditions.append(or_(*(_below(store, folder, leading=leading) for folder in filters.folders)))
    if filters.date_from:
        conditions.append(Content.taken_at >= filters.date_from.isoformat())
    if filters.date_to and filters.date_to < date.max:
        conditions.append(Content.taken_at < (filters.date_to + timedelta(days=1)).isoformat())
    if filters.formats:
        conditions.append(Content.format.in_([name.lower() for name in filters.formats]))
    if filters.cameras:
        conditions.append(or_(*(Content.camera.contains(camera, autoescape=True) for camera in filters.cameras)))
    match filters.orientation:
        case "portrait":
            conditions.append(Content.height > Content.width)
        case "landscape":
            conditions.append(Content.width > Content.height)
        case "square":
            conditions.append(Content.width == Content.height)
    if filters.rating_min is not None:
        typed = select(Mark.rating).where(Mark.hash == Content.hash).scalar_subquery()
        conditions.append(func.coalesce(typed, File.rating, Content.rating) >= filters.rating_min)
    if filters.favourites:
        conditions.append(Content.hash.in_(select(Mark.hash).where(Mark.favourite)))
    if filters.album is not None:
        conditions.append(Content.hash.in_(select(AlbumPhoto.hash).where(AlbumPhoto.album_id == filters.album)))
    conditions.extend(_carries(word, f"word_{i}") for i, word in enumerate(filters.keywords))
    return conditions


def _carries(word: str, name: str) -> ColumnElement[bool]:
    """True for photos with this keyword: the person gave it, or the file has it and the person did not take it away."""
    wanted = word.casefold()
    typed = select(Keyword.hash).where(Keyword.hash == Content.hash, func.casefold(Keyword.word) == wanted)
    carried = text(
        " OR ".join(
            f"EXISTS (SELECT 1 FROM json_each(coalesce({column}, '[]')) AS own WHERE casefold(own.value) = :{name})"
            for column in ("file.keywords", "content.keywords")
        )
    ).bindparams(**{name: wanted})
    return or_(typed.where(Keyword.added).exists(), and_(carried, ~typed.where(~Keyword.added).exists()))


def _below(store: Store, wanted: bytes, *, leading: bool) -> ColumnElement[bool]:
    """True for the files at or below an absolute path, whichever watched folders it holds or lies in."""
    wanted_key = matching_key(wanted.rstrip(b"/") or b"/")
    # Plus zero: without an index to look it up by, SQLite only checks it.
    folder = File.folder_id if leading else File.folder_id + 0
    parts: list[ColumnElement[bool]] = [false()]
    for folder_id, path in store.watched().items():
        key = matching_key(path)
        if _within(key, wanted_key):
            parts.append(folder == folder_id)
        elif _within(wanted_key, key):
            below = wanted_key[len(key.rstrip("/")) + 1 :]
            # "0" follows "/": the range holds exactly what starts with "below/"
            parts.append(and_(folder == folder_id, File.key >= f"{below}/", File.key < f"{below}0"))
    return or_(*parts)


def _within(path: str, parent: str) -> bool:
    return path == parent or path.startswith(parent.rstrip("/") + "/")
