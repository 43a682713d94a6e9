"""What a person says of photos, and of albums. Each is answered by `Changed`, with what undoes it."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from ritrova.engine.base import FileId, Frozen, Hash
from ritrova.engine.query import Query

Stars: TypeAlias = Annotated[int, Field(ge=0, le=5)]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


class SetRating(Frozen):
    """None takes the person's word back; what the file says holds again."""

    kind: Literal["set-rating"] = "set-rating"
    files: tuple[FileId, ...]
    rating: Stars | None


class SetFavourite(Frozen):
    kind: Literal["set-favourite"] = "set-favourite"
    files: tuple[FileId, ...]
    favourite: bool


class SetKeywords(Frozen):
    """Add some words and take others away; a word that the file itself carries can be hidden so."""

    kind: Literal["set-keywords"] = "set-keywords"
    files: tuple[FileId, ...]
    add: tuple[Name, ...] = ()
    remove: tuple[Name, ...] = ()


class MakeAlbum(Frozen):
    """With a `query` a saved search, which fills itself; else `files`, in their order."""

    kind: Literal["make-album"] = "make-album"
    name: Name
    query: Query | None = None
    files: tuple[FileId, ...] = ()


class RenameAlbum(Frozen):
    kind: Literal["rename-album"] = "rename-album"
    album: int
    name: Name


class SetAlbumQuery(Frozen):
    """Change what a saved search asks."""

    kind: Literal["set-album-query"] = "set-album-query"
    album: int
    query: Query


class DeleteAlbum(Frozen):
    """The photos stay."""

    kind: Literal["delete-album"] = "delete-album"
    album: int


class AddToAlbum(Frozen):
    """At the end, or before position `at`; what is in it already stays where it is."""

    kind: Literal["add-to-album"] = "add-to-album"
    album: int
    files: tuple[FileId, ...]
    at: Annotated[int, Field(ge=0)] | None = None


class RemoveFromAlbum(Frozen):
    kind: Literal["remove-from-album"] = "remove-from-album"
    album: int
    files: tuple[FileId, ...]


class RestoreAlbum(Frozen):
    """Only as an undo: bring back a deleted album, under its own id, or put an album's photos in a former order."""

    kind: Literal["restore-album"] = "restore-album"
    album: int
    name: Name
    query: Query | None = None
    contents: tuple[Hash, ...] = ()


Curation: TypeAlias = Annotated[
    SetRating
    | SetFavourite
    | SetKeywords
    | MakeAlbum
    | RenameAlbum
    | SetAlbumQuery
    | DeleteAlbum
    | AddToAlbum
    | RemoveFromAlbum
    | RestoreAlbum,
    Field(discriminator="kind"),
]
