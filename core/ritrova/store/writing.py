"""Writing what an indexing run found out, in small transactions."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from time import time
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from ritrova.photo import FileStamp, FileState, Metadata
from ritrova.store.marks import carry_over
from ritrova.store.records import Broken, Embedded, Noted, Outcome, Place, Recognised, Sidecar, absolute
from ritrova.store.store import Store
from ritrova.store.tables import Batch, Content, Embedding, Failure, File, Folder, Model, Volume

_METADATA = list(Metadata.__slots__)

ORPHAN = ~select(File.id).where(File.content_id == Content.id).exists()
"""A content that no file refers to."""


def write(store: Store, model_id: int, outcomes: Sequence[Outcome]) -> None:
    """Write one batch: all of it or, when we are killed, nothing."""
    with store.writing() as connection:
        last_id = None
        for outcome in outcomes:
            match outcome:
                case Embedded():
                    last_id = _embedded(connection, model_id, outcome) or last_id
                case Recognised():
                    _present(connection, outcome, outcome.content_id)
                case Broken():
                    _broken(connection, outcome)
                case Noted():
                    values = _sidecar_values(outcome.sidecar)
                    connection.execute(update(File).where(File.id == outcome.file_id).values(values))
        if last_id is not None:
            _stamp(connection, model_id, last_id)


def set_state(store: Store, file_ids: Iterable[int], state: FileState) -> None:
    """Mark files as gone or as back."""
    rows = [(state, file_id) for file_id in file_ids]
    if rows:
        with store.writing() as connection:
            connection.exec_driver_sql("UPDATE file SET state = ? WHERE id = ?", rows)


def forget_unread(store: Store, file_ids: Iterable[int]) -> None:
    """Forget files that are gone and were never read: nothing of them could come back."""
    rows = [(file_id,) for file_id in file_ids]
    if rows:
        with store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM file WHERE id = ? AND content_id IS NULL", rows)


def forget_failures(store: Store, places: Iterable[Place]) -> None:
    """Remove the failures of files and folders that are gone or readable again."""
    rows = [(place.folder_id, place.directory, place.name) for place in places]
    if rows:
        with store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM failure WHERE folder_id = ? AND directory = ? AND name = ?", rows)


def retry(store: Store, paths: Collection[bytes] = ()) -> None:
    """Have the next run try failed files again, whatever failed; without `paths` (absolute), all of them."""
    query = (
        select(Failure.id, Volume.mount_point, Folder.path, Failure.directory, Failure.name)
        .join(Folder, Failure.folder_id == Folder.id)
        .join(Volume, Folder.volume_id == Volume.id)
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
    chosen = [(row.id,) for row in rows if not paths or absolute(*row[1:]) in paths]
    if chosen:
        with store.writing() as connection:  # no decoder is called so: each is another one, and tries
            connection.exec_driver_sql("UPDATE failure SET decoder = '' WHERE id = ?", chosen)


def collect_orphans(store: Store) -> list[bytes]:
    """Delete the contents that no file refers to, with their embeddings; their hashes, for the thumbnails."""
    with store.writing() as connection:
        hashes = list(connection.scalars(delete(Content).where(ORPHAN).returning(Content.hash)))
        if hashes:
            stamp_all(connection)
    with store.reading() as connection:
        connection.exec_driver_sql("PRAGMA incremental_vacuum(1000)").close()
    return hashes


def forget_missing(store: Store, folders: Collection[int]) -> int:
    """Forget the files of these folders that are gone; how many they were."""
    gone = delete(File).where(File.state == FileState.MISSING, File.folder_id.in_(folders))
    with store.writing() as connection:
        return connection.execute(gone).rowcount


def forget_model(store: Store, fingerprint: str) -> None:
    """Delete all that a model has made."""
    with store.writing() as connection:
        connection.execute(delete(Model).where(Model.fingerprint == fingerprint))


def _embedded(connection: Connection, model_id: int, outcome: Embedded) -> int | None:
    facts = outcome.facts
    content = {
        "size": outcome.stamp.size,
        "format": facts.format,
        "width": facts.width,
        "height": facts.height,
        "orientation": facts.orientation,
        **_metadata_values(facts.metadata),
    }
    content_id = connection.scalar(
        upsert(Content)
        .values(hash=outcome.hash, **content)
        .on_conflict_do_update(index_elements=["hash"], set_=content)
        .returning(Content.id)
    )
    assert content_id is not None
    _present(connection, outcome, content_id)
    return connection.scalar(
        upsert(Embedding)
        .values(model_id=model_id, content_id=content_id, vector=outcome.vector.astype("<f2").tobytes())
        .on_conflict_do_nothing()
        .returning(Embedding.id)
    )


def _present(connection: Connection, outcome: Embedded | Recognised, content_id: int) -> None:
    place = outcome.place
    if outcome.moved_from is not None:
        # The row itself moves, so that all that hangs on it moves along. A row at the new place gives way.
        connection.execute(delete(File).where(*_at(File, place), File.id != outcome.moved_from))
        connection.execute(
            update(File)
            .where(File.id == outcome.moved_from)
            .values(folder_id=place.folder_id, directory=place.directory, name=place.name, key=place.key)
        )
    _keep_what_was_said(connection, place, content_id)
    _put_file(connection, place, outcome.stamp, FileState.PRESENT, content_id, outcome.sidecar)
    connection.execute(delete(Failure).where(*_at(Failure, place)))


def _keep_what_was_said(connection: Connection, place: Place, content_id: int) -> None:
    """A photo that was edited in place keeps its stars, keywords and albums."""
    before = select(Content.hash).join(File).where(*_at(File, place), File.content_id != content_id)
    old = connection.scalar(before)
    if old is not None:
        new = connection.scalar(select(Content.hash).where(Content.id == content_id))
        assert new is not None
        carry_over(connection, old, new)


def _broken(connection: Connection, outcome: Broken) -> None:
    place = outcome.place
    if outcome.stamp is not None:
        _put_file(connection, place, outcome.stamp, FileState.FAILED, None, Sidecar(None, None))
    values = {"kind": outcome.kind, "reason": outcome.reason, "decoder": outcome.decoder, "at": time()}
    connection.execute(
        upsert(Failure)
        .values(folder_id=place.folder_id, directory=place.directory, name=place.name, attempts=1, **values)
        .on_conflict_do_update(
            index_elements=["folder_id", "directory", "name"], set_={**values, "attempts": Failure.attempts + 1}
        )
    )


def _put_file(
    connection: Connection,
    place: Place,
    stamp: FileStamp,
    state: FileState,
    content_id: int | None,
    sidecar: Sidecar | None,
) -> None:
    values: dict[str, Any] = {
        "size": stamp.size,
        "mtime_ns": stamp.mtime_ns,
        "inode": stamp.inode,
        "state": state,
        "content_id": content_id,
        **(_sidecar_values(sidecar) if sidecar else {}),
    }
    connection.execute(
        upsert(File)
        .values(folder_id=place.folder_id, directory=place.directory, name=place.name, key=place.key, **values)
        .on_conflict_do_update(index_elements=["folder_id", "directory", "name"], set_=values)
    )


def _at(table: type[File] | type[Failure], place: Place) -> tuple[Any, ...]:
    return table.folder_id == place.folder_id, table.directory == place.directory, table.name == place.name


def _metadata_values(metadata: Metadata) -> dict[str, Any]:
    values = {name: getattr(metadata, name) for name in _METADATA}
    values["keywords"] = list(metadata.keywords) or None
    return values


def _sidecar_values(sidecar: Sidecar) -> dict[str, Any]:
    metadata = sidecar.metadata or Metadata()
    return {
        "sidecar_mtime_ns": sidecar.mtime_ns,
        "title": metadata.title,
        "description": metadata.description,
        "keywords": list(metadata.keywords) or None,
        "rating": metadata.rating,
    }


def stamp_all(connection: Connection) -> None:
    """Renew the token of every model, after a deletion."""
    newest = select(Batch.model_id, func.max(Batch.last_id)).group_by(Batch.model_id)
    for model_id, last_id in connection.execute(newest).all():
        _stamp(connection, model_id, last_id)


def _stamp(connection: Connection, model_id: int, last_id: int) -> None:
    """Renew the model's token, against which the caches are checked."""
    connection.execute(insert(Batch).values(token=secrets.randbits(63), model_id=model_id, last_id=last_id))
