"""What the engine answers. `requests` says which reply belongs to which request."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from ritrova.engine.base import FileId, Frozen, Hash, Text
from ritrova.engine.curation_requests import Curation
from ritrova.engine.keeping_messages import KeepingReply
from ritrova.engine.query import Query
from ritrova.photo import Failure, Metadata

HASH_BYTES = 32
FAVOURITE = 8
"""The bit of a favourite in `Columns.marks`; the three bits below are the stars."""

AWAY = 16
"""The bit of a photo that cannot be opened now, for its disk is not there."""


class Columns(Frozen):
    """Photos, column by column: position `i` of each column is the same photo. `len(columns)` says how many."""

    hashes: bytes = b""  # 32 bytes each, one after the other
    files: tuple[FileId, ...] = ()  # a present file of each
    widths: tuple[int, ...] = ()  # pixels, as shown
    heights: tuple[int, ...] = ()
    taken: tuple[str | None, ...] = ()  # local day, 2024-07-01
    strengths: tuple[float | None, ...] = ()  # 0 to 1; None where nothing was compared
    folded: tuple[int, ...] = ()  # how many more photos the tile stands for
    marks: bytes = b""  # a byte each: the stars (bits 0 to 2), `FAVOURITE`, `AWAY`

    def __len__(self) -> int:
        return len(self.files)

    def hash(self, i: int) -> bytes:
        return self.hashes[i * HASH_BYTES : (i + 1) * HASH_BYTES]


class Results(Frozen):
    """The head of an answer. `total` photos fit; of `searchable` in the library; `indexing` says more may come.

    `absent`: words alone were asked for, and none of the photos shows it, as far as one can tell; these come closest.
    """

    kind: Literal["results"] = "results"
    total: int  # tiles: folded photos count once
    searchable: int
    indexing: bool
    absent: bool = False
    first: int  # position of the first photo of `columns`
    columns: Columns


class ResultsPart(Frozen):
    """The next photos of the same answer."""

    kind: Literal["results-part"] = "results-part"
    first: int
    columns: Columns


class Unfolded(Frozen):
    kind: Literal["unfolded"] = "unfolded"
    columns: Columns


class HeatMap(Frozen):
    """How much each part of a photo, upright, speaks for it: `rows` times `columns` cells over all of its picture.

    `values` are 0 to 1, line by line from the top left.
    """

    rows: Annotated[int, Field(ge=1, le=64)]
    columns: Annotated[int, Field(ge=1, le=64)]
    values: tuple[Annotated[float, Field(ge=0, le=1)], ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(self.values) != self.rows * self.columns:
            raise ValueError("a heat map has a value for each cell")
        return self


class Because(Frozen):
    """Why a photo stands where it does. `query` is what was really asked: a saved search's own words too."""

    kind: Literal["because"] = "because"
    query: Query
    strength: float | None  # 0 to 1; None where nothing was compared
    rank: int | None  # 1 for the photo that fits best, whatever the order; None where nothing was compared
    total: int  # photos that fit
    heat: HeatMap | None = None  # None where the model cannot tell


class PhotoDetails(Frozen):
    """All that is known of a photo. `metadata` is what file and sidecar say; the rest is what the person says."""

    file: FileId
    content: Hash
    path: bytes
    copies: tuple[bytes, ...] = ()  # the other paths with the same bytes
    format: str
    width: int
    height: int
    size: int  # bytes
    mtime: float  # Unix time
    present: bool
    why: Text | None = None  # it cannot be opened now
    metadata: Metadata
    rating: int | None  # the person's; None: as the file says
    favourite: bool
    keywords: tuple[str, ...]  # the file's and the person's, less those taken away
    albums: tuple[int, ...]


class DetailsOf(Frozen):
    kind: Literal["details"] = "details"
    photos: tuple[PhotoDetails, ...]


class Completion(Frozen):
    text: str
    source: Literal["history", "keyword"]
    count: int  # times searched, or photos with the keyword


class Completions(Frozen):
    kind: Literal["completions"] = "completions"
    prefix: str
    found: tuple[Completion, ...]


class Count(Frozen):
    value: str
    count: int


class FolderCount(Frozen):
    path: bytes  # absolute: a watched folder or one below
    count: int  # photos in it and below
    depth: int  # 0 for a watched folder


class FacetsOf(Frozen):
    """Most frequent first; years newest first; folders in the order of their paths."""

    kind: Literal["facets"] = "facets"
    folders: tuple[FolderCount, ...]
    formats: tuple[Count, ...]
    cameras: tuple[Count, ...]
    years: tuple[Count, ...]
    keywords: tuple[Count, ...]


class FolderState(Frozen):
    """A watched folder. `why` explains a state other than `watched`; `waiting`: walked when indexing is asked for."""

    path: bytes
    photos: int
    missing: int
    failed: int
    state: Literal["watched", "polling", "waiting", "offline", "vanished"]
    why: Text | None = None
    remedy: Text | None = None
    volume: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Folders(Frozen):
    kind: Literal["folders"] = "folders"
    folders: tuple[FolderState, ...]


class Failures(Frozen):
    kind: Literal["failures"] = "failures"
    failures: tuple[Failure, ...]


class Changed(Frozen):
    """What a person's change did. `undo` goes back in an `Apply`."""

    kind: Literal["changed"] = "changed"
    photos: int  # contents that are different now
    album: int | None = None  # of the album made
    undo: tuple[Curation, ...]


class Album(Frozen):
    id: int
    name: str
    photos: int | None  # None for a saved search: counted when it is asked
    cover: Hash | None = None
    query: Query | None = None  # of a saved search


class Albums(Frozen):
    kind: Literal["albums"] = "albums"
    albums: tuple[Album, ...]  # by name
    favourites: int


class Picture(Frozen):
    """A picture file of ours, readable until the cache needs its room; `width` and `height` are the original's."""

    kind: Literal["picture"] = "picture"
    path: bytes | None
    width: int = 0
    height: int = 0
    full: bool = False  # has all the original's pixels


class FileResult(Frozen):
    """What became of one file. `to` is where a copy lies."""

    file: FileId
    path: bytes
    ok: bool
    to: bytes | None = None
    why: Text | None = None


class Trashed(Frozen):
    kind: Literal["trashed"] = "trashed"
    files: tuple[FileResult, ...]


class Exported(Frozen):
    kind: Literal["exported"] = "exported"
    files: tuple[FileResult, ...]


class ModelState(Frozen):
    name: str
    version: str
    bundled: bool
    in_use: bool
    licence: str
    languages: tuple[str, ...] = ()  # codes, as the model says: it, en
    size: int  # bytes
    dimension: int
    seen: int  # photos
    total: int  # photos that it could see
    figures: dict[str, Any]
    trouble: Text | None = None  # it cannot be used, and why


class ModelsOf(Frozen):
    kind: Literal["models"] = "models"
    models: tuple[ModelState, ...]


class SettingsOf(Frozen):
    """The settings' values, and their JSON schema with descriptions: section -> field."""

    kind: Literal["settings"] = "settings"
    values: dict[str, dict[str, Any]]
    defaults: dict[str, dict[str, Any]]
    json_schema: dict[str, Any]


class StatusOf(Frozen):
    kind: Literal["status"] = "status"
    photos: int
    searchable: int
    missing: int
    forgettable: int  # those of the missing ones whose folder is there
    failed: int
    model: str
    device: str | None  # None before the model was first used
    index: str
    index_reason: Text
    database_bytes: int
    index_bytes: int
    thumbnail_bytes: int
    schema_version: str
    indexing: Literal["idle", "running", "paused", "waiting"]  # `waiting`: for mains power or for its hours
    waiting_for: Text | None = None


class Finding(Frozen):
    name: str
    title: Text
    grade: Literal["good", "warning", "bad"]
    found: Text
    remedy: Text | None = None


class Diagnosis(Frozen):
    kind: Literal["diagnosis"] = "diagnosis"
    findings: tuple[Finding, ...]


class Done(Frozen):
    kind: Literal["done"] = "done"


AnyReply: TypeAlias = Annotated[
    Results | ResultsPart | Unfolded | Because | DetailsOf | Completions | FacetsOf | Folders | Failures | Changed
    | Albums | Picture | Trashed | Exported | ModelsOf | SettingsOf | StatusOf | Diagnosis | KeepingReply | Done,
    Field(discriminator="kind"),
]  # fmt: skip
