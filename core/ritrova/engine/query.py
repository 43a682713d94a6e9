"""What a person looks for, as it is sent and as saved searches keep it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ritrova.engine.base import Frozen, Hash
from ritrova.photo import Filters

MOST_TEXT = 2_000
"""Letters of a sentence that are looked at: the window cuts what is longer."""


class PhotoRef(Frozen):
    """A photo to search by: one of the library's (`content`), or any file (`path`, absolute, raw bytes)."""

    content: Hash | None = None
    path: bytes | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.content is None) == (self.path is None):
            raise ValueError("a photo is named by its content or by its path")
        return self


class Scope(Frozen):
    """Among which photos: all, the favourites, or one album (`album` is its id; a saved search asks its own query)."""

    kind: Literal["all", "favourites", "album"] = "all"
    album: int | None = None


class Query(Frozen):
    """What a person looks for. Words, photos, `more` and `less` are combined; with none of them the scope is listed.

    `relevance` without anything to be relevant to means `newest`.
    """

    text: Annotated[str, Field(max_length=MOST_TEXT)] = ""
    photos: tuple[PhotoRef, ...] = ()
    more: tuple[Hash, ...] = ()  # "più così"
    less: tuple[Hash, ...] = ()  # "meno così"
    filters: Filters = Filters()
    scope: Scope = Scope()
    order: Literal["relevance", "newest", "oldest"] = "relevance"
    fold: bool = True  # bursts and near-duplicates become one tile
