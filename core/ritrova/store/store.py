"""The store as the rest of the program sees it, from any thread: each use takes a connection of its own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import TypeAlias

from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from ritrova.errors import FailureKind, LibraryError
from ritrova.photo import Failure, FileState
from ritrova.store import database
from ritrova.store.records import (
    FailureRecord,
    FolderRecord,
    KnownContent,
    ModelRecord,
    Place,
    StoredFile,
    Unembedded,
    absolute,
)
from ritrova.store.tables import Content, Embedding, File, Folder, Model, Volume
from ritrova.store.tables import Failure as FailureTable
from ritrova.text import msg

Transaction: TypeAlias = Connection


class Store:
    """One library's database."""

    def __init__(self, path: Path, *, write: bool, before_migration: Callable[[], object] = lambda: None) -> None:
        self.path = path
        self._turn = threading.Lock()  # SQLite has one writer; those of this process wait here and not in a time limit
        self.beside = threading.Lock()  # who holds it puts a sidecar in place and notes it, or looks for changed ones
        self.engine: Engine = database.open_writable(path, before_migration) if write else database.open_read_only(path)

    def close(self) -> None:
        self.engine.dispose()

    def write_too(self, before_migration: Callable[[], object]) -> None:
        """A store that was opened for reading is for writing from now on. Who reads just now ends as he began."""
        for_reading, self.engine = self.engine, database.open_writable(self.path, before_migration)
        for_reading.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading. Each statement sees what is committed when it runs."""
        with database.sqlite_errors(self.path), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing."""
        self._check_there()
        with self._turn, database.sqlite_errors(self.path), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def typing(self) -> Iterator[Connection]:
        """A transaction for what a person typed: it is on the disk when the block ends."""
        self._check_there()
        with self._turn, database.sqlite_errors(self.path), self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA synchronous=FULL").close()
            connection.commit()  # SQLAlchemy takes any statement for the beginning of a transaction
            try:
                with connection.begin():
                    yield connection
            finally:
                connection.exec_driver_sql("PRAGMA synchronous=NORMAL").close()
                connection.commit()

    def _check_there(self) -> None:
        """SQLite would write on into a file that was deleted or carried off, where nobody finds it again."""
        if not self.path.exists():
            raise LibraryError(
                msg("The folder of the library is gone."),
                msg("Put it back, or connect its disk, then start Ritrova again."),
                str(self.path),
            )

    # Folders

    def add_folder(self, identity: str, label: str, kind: str, mount_point: bytes, path: bytes) -> int:
        """Watch `path` (relative to its volume's mount point); the folder's id, also where it was there before."""
        with self.typing() as connection:
            volume = _volume(connection, identity, label, kind, mount_point)
            folder: int | None = connection.scalar(
                upsert(Folder)
                .values(volume_id=volume, path=path, added_at=time())
                .on_conflict_do_update(index_elements=["volume_id", "path"], set_={"path": path})
                .returning(Folder.id)
            )
            assert folder is not None
            return folder

    def relocate_folder(
        self, folder_id: int, identity: str, label: str, kind: str, mount_point: bytes, path: bytes
    ) -> None:
        """A watched folder lies elsewhere now; its files are known by the same names."""
        with self.typing() as connection:
            volume = _volume(connection, identity, label, kind, mount_point)
            connection.execute(update(Folder).where(Folder.id == folder_id).values(volume_id=volume, path=path))

    def remove_folder(self, folder_id: int) -> None:
        """Stop watching a folder and forget its files. The photos themselves stay where they are."""
        with self.writing() as connection:
            connection.execute(delete(Folder).where(Folder.id == folder_id))

    def folders(self) -> list[FolderRecord]:
        """The watched folders, in the order of their adding, with the counts of their files."""
        counts = (
            select(
                File.folder_id,
                func.count().filter(File.state == FileState.PRESENT).label("present"),
                func.count().filter(File.state == FileState.MISSING).label("missing"),
            )
            .group_by(File.folder_id)
            .subquery()
        )
        failures = (
            select(FailureTable.folder_id, func.count().label("failed")).group_by(FailureTable.folder_id).subquery()
        )
        query = (
            select(
                Folder.id,
                Folder.path,
                Volume.identity,
                Volume.label,
                Volume.kind,
                Volume.mount_point,
                func.coalesce(counts.c.present, 0),
                func.coalesce(counts.c.missing, 0),
                func.coalesce(failures.c.failed, 0),
                Folder.include,
                Folder.exclude,
            )
            .join(Volume)
            .outerjoin(counts, counts.c.folder_id == Folder.id)
            .outerjoin(failures, failures.c.folder_id == Folder.id)
            .order_by(Folder.id)
        )
        with self.reading() as connection:
            rows = connection.execute(query).all()
        return [FolderRecord._make((*row[:-2], tuple(row.include or ()), tuple(row.exclude or ()))) for row in rows]

    def set_patterns(self, folder_id: int, include: Sequence[str], exclude: Sequence[str]) -> None:
        """Which names a scan of this folder takes, beside what the settings say."""
        values = {"include": list(include) or None, "exclude": list(exclude) or None}
        with self.typing() as connection:
            connection.execute(update(Folder).where(Folder.id == folder_id).values(values))

    def watched(self) -> dict[int, bytes]:
        """The absolute paths of the watched folders, by id."""
        query = select(Folder.id, Volume.mount_point, Folder.path).join(Volume)
        with self.reading() as connection:
            return {row.id: absolute(row.mount_point, row.path) for row in connection.execute(query)}

    def places(self) -> list[tuple[str, bytes, bytes]]:
        """Of each watched folder: its volume's identity and mount point, and its path on that."""
        with self.reading() as connection:
            query = select(Volume.identity, Volume.mount_point, Folder.path).join(Folder).order_by(Folder.id)
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    def move_volume(self, identity: str, mount_point: bytes) -> None:
        """A volume is mounted elsewhere now."""
        with self.writing() as connection:
            connection.execute(update(Volume).where(Volume.identity == identity).values(mount_point=mount_point))

    # Files

    def files_in(self, folder_id: int, directory: bytes) -> dict[bytes, StoredFile]:
        """The files that the store knows in one directory, by name."""
        with self.reading() as connection:
            # The driver's own rows: this runs for every directory of every scan.
            rows = connection.exec_driver_sql(
                "SELECT name, id, size, mtime_ns, inode, state, sidecar_mtime_ns, content_id FROM file"
                " WHERE folder_id = ? AND directory = ?",
                (folder_id, directory),
            ).fetchall()
            return {row[0]: StoredFile._make(row[1:]) for row in rows}

    def directories(self, folder_id: int) -> list[bytes]:
        """Every directory of a watched folder in which the store knows a file, be it missing."""
        query = select(File.directory).where(File.folder_id == folder_id).distinct()  # all in the index
        with self.reading() as connection:
            return list(connection.scalars(query))

    def all_embedded(self, model_id: int) -> bool:
        """Whether this model has seen every content. Much faster than finding that `unembedded` gives none."""
        contents = select(func.count()).select_from(Content).scalar_subquery()
        embeddings = select(func.count()).where(Embedding.model_id == model_id).scalar_subquery()
        with self.reading() as connection:
            return bool(connection.scalar(select(contents == embeddings)))

    def count_searchable(self, fingerprint: str) -> int:
        """Present files whose content the model has seen."""
        query = (
            select(func.count())
            .select_from(Model)
            .join(Embedding)
            .join(File, Embedding.content_id == File.content_id)
            .where(Model.fingerprint == fingerprint, File.state == FileState.PRESENT)
        )
        with self.reading() as connection:
            return connection.scalar(query) or 0

    def unembedded(self, model_id: int, folder_id: int, after: int, limit: int) -> list[Unembedded]:
        """Present files whose content this model has not seen, one a content, by content id from `after` on."""
        query = (
            select(
                func.min(File.id),
                File.size,
                File.mtime_ns,
                File.inode,
                File.state,
                File.sidecar_mtime_ns,
                File.content_id,
                File.directory,
                File.name,
            )
            .outerjoin(Embedding, (Embedding.content_id == File.content_id) & (Embedding.model_id == model_id))
            .where(
                File.folder_id == folder_id,
                File.state == FileState.PRESENT,
                File.content_id > after,
                Embedding.id.is_(None),
            )
            .group_by(File.content_id)
            .order_by(File.content_id)
            .limit(limit)
        )
        with self.reading() as connection:
            rows = connection.execute(query).all()
        return [Unembedded(row.directory, row.name, StoredFile._make(row[:7])) for row in rows]

    def files_of(self, content_id: int) -> list[tuple[int, bytes, bytes]]:
        """The files of one content: id, path of the watched folder, path of the file, both absolute."""
        query = (
            select(File.id, Volume.mount_point, Folder.path, File.directory, File.name)
            .join(Folder, File.folder_id == Folder.id)
            .join(Volume)
            .where(File.content_id == content_id)
        )
        with self.reading() as connection:
            rows = connection.execute(query).all()
        return [(row.id, absolute(row.mount_point, row.path), absolute(*row[1:])) for row in rows]

    # Contents

    def content(self, hash_: bytes, model_id: int) -> KnownContent | None:
        """The content with this hash."""
        with self.reading() as connection:
            row = connection.exec_driver_sql(
                "SELECT content.id, embedding.id FROM content LEFT JOIN embedding"
                " ON embedding.content_id = content.id AND embedding.model_id = ? WHERE hash = ?",
                (model_id, hash_),
            ).one_or_none()
        return KnownContent(row[0], row[1] is not None) if row else None

    def hashes(self, *, present: bool = False) -> set[bytes]:
        """The hashes of all contents; with `present`, of those with a file that is there."""
        query = select(Content.hash)
        if present:
            query = query.where(Content.id.in_(select(File.content_id).where(File.state == FileState.PRESENT)))
        with self.reading() as connection:
            return set(connection.scalars(query))

    # Models

    def model(self, fingerprint: str) -> int | None:
        """The id of a model that has made embeddings here."""
        with self.reading() as connection:
            return connection.scalar(select(Model.id).where(Model.fingerprint == fingerprint))

    def add_model(self, fingerprint: str, name: str, dimension: int) -> int:
        """The id of a model, entered on first use."""
        known = self.model(fingerprint)
        if known is not None:
            return known
        with self.writing() as connection:
            query = insert(Model).values(fingerprint=fingerprint, name=name, dimension=dimension).returning(Model.id)
            return connection.scalars(query).one()

    def models(self) -> list[ModelRecord]:
        """The models that have made embeddings here, and how many."""
        query = (
            select(Model.fingerprint, Model.name, Model.dimension, func.count(Embedding.id))
            .outerjoin(Embedding)
            .group_by(Model.id)
        )
        with self.reading() as connection:
            return [ModelRecord(*row) for row in connection.execute(query)]

    # Failures

    def failures(self) -> list[Failure]:
        """What could not be read, folder by folder, in the order of paths."""
        query = (
            select(FailureTable, Volume.mount_point, Folder.path)
            .join(Folder, FailureTable.folder_id == Folder.id)
            .join(Volume)
            .order_by(Folder.id, FailureTable.directory, FailureTable.name)
        )
        with self.reading() as connection:
            return [
                Failure(
                    path=absolute(row.mount_point, row.path, row.directory, row.name),
                    kind=FailureKind(row.kind),
                    reason=row.reason,
                    attempts=row.attempts,
                )
                for row in connection.execute(query)
            ]

    def failures_in(self, folder_id: int, directory: bytes) -> dict[bytes, FailureRecord]:
        """The failures in one directory, by name."""
        query = select(FailureTable.name, FailureTable.kind, FailureTable.decoder, FailureTable.attempts).where(
            FailureTable.folder_id == folder_id, FailureTable.directory == directory
        )
        with self.reading() as connection:
            return {row[0]: FailureRecord(*row[1:]) for row in connection.execute(query)}

    def unreadable_directories(self, folder_id: int) -> list[Place]:
        """The failures that concern directories: those that no file row stands behind."""
        same_place = (
            (File.folder_id == FailureTable.folder_id)
            & (File.directory == FailureTable.directory)
            & (File.name == FailureTable.name)
        )
        query = (
            select(FailureTable.directory, FailureTable.name)
            .outerjoin(File, same_place)
            .where(FailureTable.folder_id == folder_id, File.id.is_(None))
        )
        with self.reading() as connection:
            return [Place(folder_id, *row) for row in connection.execute(query)]

    def count_failures(self) -> int:
        with self.reading() as connection:
            return connection.scalar(select(func.count()).select_from(FailureTable)) or 0

    def integrity(self) -> list[str]:
        """What SQLite's own check finds wrong: nothing in a sound database."""
        with self.reading() as connection:
            found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
            found += [str(tuple(row)) for row in connection.execute(text("PRAGMA foreign_key_check"))]
        return [line for line in found if line != "ok"]


def _volume(connection: Connection, identity: str, label: str, kind: str, mount_point: bytes) -> int | None:
    """The id of a volume, which is here now."""
    return connection.scalar(
        upsert(Volume)
        .values(identity=identity, label=label, kind=kind, mount_point=mount_point)
        .on_conflict_do_update(
            index_elements=["identity"], set_={"label": label, "kind": kind, "mount_point": mount_point}
        )
        .returning(Volume.id)
    )
