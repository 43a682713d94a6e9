"""Albums, saved searches (albums that fill themselves), and keywords."""

from collections.abc import Sequence

from ritrova.engine.base import Frozen
from ritrova.engine.curation_requests import (
    AddToAlbum,
    DeleteAlbum,
    MakeAlbum,
    RemoveFromAlbum,
    RenameAlbum,
    SetAlbumQuery,
    SetKeywords,
)
from ritrova.engine.query import Query
from ritrova.engine.replies import Changed
from ritrova.engine.requests import Apply
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.engine import Engine, OnRefusal
from ritrova_desktop.operations.did import Did, OnDone, ignore


def make_album(engine: Engine, name: str, files: Sequence[int], done: OnDone, refused: OnRefusal | None = None) -> None:
    what = msg("The album “{name}” was made.", name=name)
    _change(engine, MakeAlbum(name=name, files=tuple(files)), what, done, refused)


def save_search(engine: Engine, name: str, query: Query, done: OnDone, refused: OnRefusal | None = None) -> None:
    """Keep a search as an album that fills itself."""
    what = msg("The search “{name}” was saved.", name=name)
    _change(engine, MakeAlbum(name=name, query=query), what, done, refused)


def change_search(engine: Engine, album: int, query: Query, done: OnDone = ignore) -> None:
    """Let a saved search ask something else."""
    _change(engine, SetAlbumQuery(album=album, query=query), msg("The saved search was changed."), done)


def rename_album(engine: Engine, album: int, name: str, done: OnDone, refused: OnRefusal | None = None) -> None:
    what = msg("It is called “{name}” now.", name=name)
    _change(engine, RenameAlbum(album=album, name=name), what, done, refused)


def delete_album(engine: Engine, album: int, name: str, done: OnDone = ignore) -> None:
    """The photos stay where they are."""
    what = msg("“{name}” was deleted; its photos were not.", name=name)
    _change(engine, DeleteAlbum(album=album), what, done)


def add_to_album(engine: Engine, album: int, name: str, files: Sequence[int], done: OnDone = ignore) -> None:
    what = msg_n("One photo was put into “{name}”.", "{n} photos were put into “{name}”.", n=len(files), name=name)
    _change(engine, AddToAlbum(album=album, files=tuple(files)), what, done)


def remove_from_album(engine: Engine, album: int, name: str, files: Sequence[int], done: OnDone = ignore) -> None:
    what = msg_n(
        "One photo was taken out of “{name}”.", "{n} photos were taken out of “{name}”.", n=len(files), name=name
    )
    _change(engine, RemoveFromAlbum(album=album, files=tuple(files)), what, done)


def set_keywords(
    engine: Engine, files: Sequence[int], add: Sequence[str], remove: Sequence[str], done: OnDone = ignore
) -> None:
    what = msg_n("The keywords of one photo were changed.", "The keywords of {n} photos were changed.", n=len(files))
    _change(engine, SetKeywords(files=tuple(files), add=tuple(add), remove=tuple(remove)), what, done)


def _change(engine: Engine, request: Frozen, what: Message, done: OnDone, refused: OnRefusal | None = None) -> None:
    def changed(reply: Changed, _more: bool) -> None:
        done(Did(what=what, undo=(Apply(steps=reply.undo),) if reply.undo else (), album=reply.album))

    engine.request(request, changed, refused)
