"""The schema: typed SQLAlchemy mappings. A change here needs a migration beside it.

Paths are raw bytes, as the file system has them; `key` is the same path as NFC text, for matching only.
Content is addressed by its hash, so a moved or copied file shares what was computed for its bytes.
"""

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ritrova.errors import FailureKind
from ritrova.photo import FileState


class Base(DeclarativeBase):
    """Names every constraint, so that a migration can speak of it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        FailureKind: String(16),
        FileState: String(16),
        list[str]: JSON(),
        bytes: LargeBinary(),
    }


class Volume(Base):
    """A disk, a stick, a share: known by its identity wherever it is mounted."""

    __tablename__ = "volume"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    kind: Mapped[str]  # internal, removable, network
    mount_point: Mapped[bytes]  # where it was seen last


class Folder(Base):
    """A watched folder; `path` is relative to its volume's mount point."""

    __tablename__ = "folder"
    __table_args__ = (UniqueConstraint("volume_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    volume_id: Mapped[int] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"))
    path: Mapped[bytes]
    added_at: Mapped[float]  # Unix time
    include: Mapped[list[str] | None]  # shell patterns of names: only these photos; None takes all
    exclude: Mapped[list[str] | None]  # shell patterns of names that are passed over


class File(Base):
    """A path in a watched folder. `directory` is relative to the folder; what a sidecar says stands here."""

    __tablename__ = "file"
    __table_args__ = (
        UniqueConstraint("folder_id", "directory", "name"),
        Index(None, "folder_id", "key"),
        Index(None, "folder_id", "state"),  # for counting
        Index(None, "content_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    folder_id: Mapped[int] = mapped_column(ForeignKey("folder.id", ondelete="CASCADE"))
    directory: Mapped[bytes]
    name: Mapped[bytes]
    key: Mapped[str]
    size: Mapped[int]
    mtime_ns: Mapped[int]
    inode: Mapped[int]
    state: Mapped[FileState]
    content_id: Mapped[int | None] = mapped_column(ForeignKey("content.id"))
    sidecar_mtime_ns: Mapped[int | None]
    title: Mapped[str | None]
    description: Mapped[str | None]
    keywords: Mapped[list[str] | None]
    rating: Mapped[int | None]


class Content(Base):
    """The bytes of a photo and what decoding told of them."""

    __tablename__ = "content"
    __table_args__ = (Index(None, "taken_at"), Index(None, "rating"))

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(unique=True)  # BLAKE3, 32 bytes
    size: Mapped[int]
    format: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    orientation: Mapped[int]
    taken_at: Mapped[str | None]  # local ISO 8601 without offset
    taken_offset: Mapped[int | None]  # minutes
    taken_source: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    camera: Mapped[str | None]
    lens: Mapped[str | None]
    exposure_s: Mapped[float | None]
    aperture: Mapped[float | None]
    iso: Mapped[int | None]
    focal_mm: Mapped[float | None]
    title: Mapped[str | None]
    description: Mapped[str | None]
    keywords: Mapped[list[str] | None]
    rating: Mapped[int | None]


class Model(Base):
    """An encoder that made embeddings, known by its fingerprint."""

    __tablename__ = "model"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    dimension: Mapped[int]


class Embedding(Base):
    """A content as one model sees it. AUTOINCREMENT: an id is never given twice, which the indexes rely on."""

    __tablename__ = "embedding"
    # Contents first: whoever has a content (a search with conditions, a deletion) looks for its embeddings.
    __table_args__ = (UniqueConstraint("content_id", "model_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"), index=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("content.id", ondelete="CASCADE"))
    vector: Mapped[bytes]  # little-endian float16, unit length


class Batch(Base):
    """One change of a model's embeddings: what a cache's stamp is checked against (see `ritrova.vectors`).

    Deletions are batches too: a power cut that takes back the last of them takes their token along.
    """

    __tablename__ = "batch"
    __table_args__ = (Index(None, "model_id", "id"),)  # the newest is asked for by every search

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[int] = mapped_column(unique=True)  # random, 63 bits
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"))
    last_id: Mapped[int]


class Failure(Base):
    """A file or folder that could not be read. `decoder` names what tried, so that a newer one tries again."""

    __tablename__ = "failure"
    __table_args__ = (UniqueConstraint("folder_id", "directory", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    folder_id: Mapped[int] = mapped_column(ForeignKey("folder.id", ondelete="CASCADE"))
    directory: Mapped[bytes]
    name: Mapped[bytes]
    kind: Mapped[FailureKind]
    reason: Mapped[str]
    decoder: Mapped[str]
    attempts: Mapped[int]
    at: Mapped[float]  # Unix time


# What a person typed. It cannot be computed again, and it hangs on the hash, not on a row of `content`: so it outlives
# the removal of a folder, and holds again when the same bytes come back.


class Mark(Base):
    """What a person says of a content. A row that says nothing is deleted."""

    __tablename__ = "mark"

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    rating: Mapped[int | None]  # 0 to 5; None: as the file says
    favourite: Mapped[bool] = mapped_column(index=True)


class Keyword(Base):
    """A word that a person gave to a content (`added`), or took from those that its file carries."""

    __tablename__ = "keyword"

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True, index=True)
    added: Mapped[bool]


class Album(Base):
    """Photos put together; with a `query`, a saved search. AUTOINCREMENT: an undo may bring an id back."""

    __tablename__ = "album"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    query: Mapped[str | None]  # JSON, the engine's `Query`
    made_at: Mapped[float]  # Unix time


class AlbumPhoto(Base):
    """A content in an album."""

    __tablename__ = "album_photo"

    album_id: Mapped[int] = mapped_column(ForeignKey("album.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(primary_key=True, index=True)
    position: Mapped[int]


class Sought(Base):
    """A search that the person meant, for completions."""

    __tablename__ = "sought"

    text: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    last_at: Mapped[float] = mapped_column(index=True)  # Unix time
