"""What the window asks of the engine. Each class names its reply; all may be answered by a `Refusal` instead.

A photo is named by its content (a hash) where its pixels matter and by one of its files where its path does.
What a person says of a photo (rating, favourite, keywords, albums) is kept for the content, so copies share it.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from ritrova.engine.base import FileId, Frozen, Hash
from ritrova.engine.curation_requests import (
    AddToAlbum,
    Curation,
    DeleteAlbum,
    MakeAlbum,
    Name,
    RemoveFromAlbum,
    RenameAlbum,
    RestoreAlbum,
    SetAlbumQuery,
    SetFavourite,
    SetKeywords,
    SetRating,
)
from ritrova.engine.keeping_messages import KeepingRequest
from ritrova.engine.query import MOST_TEXT, Query

PART = 5_000
"""Photos in one reply at most; longer answers come in several."""

MOST_RESULTS = 500_000
Side: TypeAlias = Annotated[int, Field(ge=16, le=16_384)]


# Searching


class Search(Frozen):
    """-> `Results`, then `ResultsPart`s while the reply says `more`. A newer Search ends an older one (`Superseded`).

    `first` and `count` cut a window out of the ranking: positions `first` to `first + count`.
    """

    kind: Literal["search"] = "search"
    spec: Query
    first: Annotated[int, Field(ge=0)] = 0
    count: Annotated[int, Field(ge=0, le=MOST_RESULTS)] = MOST_RESULTS


class Unfold(Frozen):
    """-> `Unfolded`: all photos of a folded tile, best first. `search` is the id of the Search that showed it."""

    kind: Literal["unfold"] = "unfold"
    search: int
    content: Hash


class Why(Frozen):
    """-> `Because`: why a photo stands where it does. `search` is the id of the Search that showed it."""

    kind: Literal["why"] = "why"
    search: int
    content: Hash


class Details(Frozen):
    """-> `DetailsOf`. At most `PART` files; unknown ones are left out."""

    kind: Literal["details"] = "details"
    files: Annotated[tuple[FileId, ...], Field(max_length=PART)]


class Complete(Frozen):
    """-> `Completions` of the word or sentence being typed: own searches first, then photos' keywords.

    Of nothing typed: the own searches, newest first.
    """

    kind: Literal["complete"] = "complete"
    prefix: Annotated[str, Field(max_length=MOST_TEXT)]
    most: Annotated[int, Field(ge=1, le=100)] = 8


class Remember(Frozen):
    """-> `Done`. A search that the person meant (Enter, or a result opened): kept for completions, bounded."""

    kind: Literal["remember"] = "remember"
    text: Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]


class ForgetSearches(Frozen):
    """-> `Done`. The whole history goes, or `text` alone."""

    kind: Literal["forget-searches"] = "forget-searches"
    text: Annotated[str, Field(max_length=MOST_TEXT)] | None = None


class Facets(Frozen):
    """-> `FacetsOf`: what the filters can choose from, with counts."""

    kind: Literal["facets"] = "facets"


# Folders and indexing


class ListFolders(Frozen):
    """-> `Folders`."""

    kind: Literal["list-folders"] = "list-folders"


class AddFolder(Frozen):
    """-> `Folders`. Patterns are shell patterns of names; with `include`, only photos that match one are taken."""

    kind: Literal["add-folder"] = "add-folder"
    path: bytes
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class RemoveFolder(Frozen):
    """-> `Folders`. The photos stay on the disk."""

    kind: Literal["remove-folder"] = "remove-folder"
    path: bytes


class RelocateFolder(Frozen):
    """-> `Folders`. A watched folder lies elsewhere now; its photos keep all that was said of them."""

    kind: Literal["relocate-folder"] = "relocate-folder"
    path: bytes
    to: bytes  # absolute


class SetPatterns(Frozen):
    """-> `Folders`. Takes effect with the next indexing."""

    kind: Literal["set-patterns"] = "set-patterns"
    path: bytes
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Index(Frozen):
    """-> `Done` at once; `Progress` and `IndexEnded` follow. `anyway` overrides "only on mains power" and the hours."""

    kind: Literal["index"] = "index"
    anyway: bool = False


class Pause(Frozen):
    """-> `Done`. Indexing stops within a batch, and stays so until `Resume`, also over a new start."""

    kind: Literal["pause"] = "pause"


class Resume(Frozen):
    """-> `Done`. Indexing goes on."""

    kind: Literal["resume"] = "resume"
    anyway: bool = False


class ListFailures(Frozen):
    """-> `Failures`: what cannot be read, and why."""

    kind: Literal["list-failures"] = "list-failures"


class RetryFailures(Frozen):
    """-> `Done`; indexing tries these files again. Without `paths`, all of them."""

    kind: Literal["retry-failures"] = "retry-failures"
    paths: tuple[bytes, ...] = ()


# What a person says of photos (the changes themselves: `curation_requests`)


class Apply(Frozen):
    """-> `Changed`. Several changes as one: what an `undo` holds, given back unread. Its reply is the redo."""

    kind: Literal["apply"] = "apply"
    steps: tuple[Curation, ...]


class ListAlbums(Frozen):
    """-> `Albums`."""

    kind: Literal["list-albums"] = "list-albums"


# Photos


class Preview(Frozen):
    """-> `Picture`: a JPEG of ours, upright, sRGB, its longer side at most `side` pixels; None for full size."""

    kind: Literal["preview"] = "preview"
    file: FileId
    side: Side | None = None


class PictureOf(Frozen):
    """-> `Picture`: as `Preview`, of any photo (`path`: absolute, raw bytes), which need not be the library's."""

    kind: Literal["picture-of"] = "picture-of"
    path: bytes
    side: Side = 256


class Thumbnail(Frozen):
    """-> `Picture`. Made from the original where there is none; `path` is None where that cannot be.

    `anew`: the one that is there cannot be read.
    """

    kind: Literal["thumbnail"] = "thumbnail"
    content: Hash
    side: Literal[256, 512] = 256
    anew: bool = False


class Trash(Frozen):
    """-> `Trashed`. To the system's trash; where a volume has none, the file stays. Never a deletion."""

    kind: Literal["trash"] = "trash"
    files: tuple[FileId, ...]


class ExportCopies(Frozen):
    """-> `Exported`. Copies of the originals into a folder, never over an existing file."""

    kind: Literal["export-copies"] = "export-copies"
    files: tuple[FileId, ...]
    folder: bytes


# Models, settings, state


class ListModels(Frozen):
    """-> `ModelsOf`."""

    kind: Literal["list-models"] = "list-models"


class UseModel(Frozen):
    """-> `ModelsOf`. Search with this model from now on."""

    kind: Literal["use-model"] = "use-model"
    name: Name


class IndexModel(Frozen):
    """-> `Done`; let a second model see the photos, beside the first. With `use` it is used once it is complete."""

    kind: Literal["index-model"] = "index-model"
    name: Name
    use: bool = False


class ImportModel(Frozen):
    """-> `ModelsOf`, after a while: its files are copied and tried."""

    kind: Literal["import-model"] = "import-model"
    path: bytes
    name: Name | None = None


class RemoveModel(Frozen):
    """-> `ModelsOf`."""

    kind: Literal["remove-model"] = "remove-model"
    name: Name


class GetSettings(Frozen):
    """-> `SettingsOf`."""

    kind: Literal["get-settings"] = "get-settings"


class ChangeSettings(Frozen):
    """-> `SettingsOf`. `values` is nested as the settings are and names only what changes; all of it or nothing."""

    kind: Literal["change-settings"] = "change-settings"
    values: dict[str, dict[str, Any]]


class GetStatus(Frozen):
    """-> `StatusOf`."""

    kind: Literal["get-status"] = "get-status"


class Doctor(Frozen):
    """-> `Diagnosis`. Takes seconds."""

    kind: Literal["doctor"] = "doctor"


class Shutdown(Frozen):
    """-> `Done`, then the engine ends. Closing its standard input does the same."""

    kind: Literal["shutdown"] = "shutdown"


AnyRequest: TypeAlias = Annotated[
    Search | Unfold | Why | Details | Complete | Remember | ForgetSearches | Facets
    | ListFolders | AddFolder | RemoveFolder | RelocateFolder | SetPatterns
    | Index | Pause | Resume | ListFailures | RetryFailures
    | SetRating | SetFavourite | SetKeywords | MakeAlbum | RenameAlbum | SetAlbumQuery | DeleteAlbum | AddToAlbum
    | RemoveFromAlbum | RestoreAlbum | Apply | ListAlbums
    | Preview | PictureOf | Thumbnail | Trash | ExportCopies
    | ListModels | UseModel | IndexModel | ImportModel | RemoveModel
    | GetSettings | ChangeSettings | GetStatus | Doctor | KeepingRequest | Shutdown,
    Field(discriminator="kind"),
]  # fmt: skip
