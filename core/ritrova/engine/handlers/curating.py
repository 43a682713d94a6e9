"""What a person says of photos. Each change is answered with the steps that take it back."""

from collections.abc import Callable
from typing import Any

from ritrova.curation import Changes, changing
from ritrova.engine.curation_requests import (
    AddToAlbum,
    Curation,
    DeleteAlbum,
    MakeAlbum,
    RemoveFromAlbum,
    RenameAlbum,
    RestoreAlbum,
    SetAlbumQuery,
    SetFavourite,
    SetKeywords,
    SetRating,
)
from ritrova.engine.query import Query
from ritrova.engine.replies import Album, Albums, Changed
from ritrova.engine.requests import Apply
from ritrova.engine.state import Ask, Engine
from ritrova.store import albums
from ritrova.store.albums import AlbumRecord
from ritrova.store.marks import count_favourites

Undo = list[Curation]


def change(engine: Engine, ask: Ask) -> Changed:
    """One step, or the several of an `Apply`: all of them or none."""
    engine.library.check_writable()
    steps: tuple[Any, ...] = ask.body.steps if isinstance(ask.body, Apply) else (ask.body,)
    undo: Undo = []
    made: int | None = None
    with changing(engine.library.store) as changes:
        for step in steps:
            taken_back = STEPS[type(step)](changes, step)
            if isinstance(step, MakeAlbum):
                made = next(each.album for each in taken_back if isinstance(each, DeleteAlbum))
            undo[:0] = taken_back  # the last change is taken back first
        engine.sidecars.promise(changes.said)
    engine.library.browser.update(changes.touched)
    engine.sidecars.write(changes.said)
    if any(isinstance(step, SetRating | SetFavourite | SetKeywords) for step in steps):
        engine.outlet.changed("marks")
    if not all(isinstance(step, SetRating | SetKeywords) for step in steps):
        engine.outlet.changed("albums")
    return Changed(photos=len(changes.touched), album=made, undo=tuple(undo))


def list_albums(engine: Engine, _ask: Ask) -> Albums:
    store = engine.library.store
    found = tuple(
        Album(
            id=each.id,
            name=each.name,
            photos=None if each.query else each.photos,
            cover=each.cover,
            query=Query.model_validate_json(each.query) if each.query else None,
        )
        for each in albums.albums(store)
    )
    return Albums(albums=found, favourites=count_favourites(store))


def _rate(changes: Changes, step: SetRating) -> Undo:
    before = changes.rate(step.files, step.rating)
    return [SetRating(files=tuple(files), rating=stars) for stars, files in before.items()]


def _favour(changes: Changes, step: SetFavourite) -> Undo:
    files = changes.favour(step.files, step.favourite)
    return [SetFavourite(files=tuple(files), favourite=not step.favourite)] if files else []


def _describe(changes: Changes, step: SetKeywords) -> Undo:
    gained, lost = changes.describe(step.files, step.add, step.remove)
    back = [SetKeywords(files=tuple(files), remove=(word,)) for word, files in gained.items()]
    return [*back, *(SetKeywords(files=tuple(files), add=(word,)) for word, files in lost.items())]


def _make(changes: Changes, step: MakeAlbum) -> Undo:
    query = step.query.model_dump_json() if step.query else None
    return [DeleteAlbum(album=changes.make_album(step.name, query, step.files))]


def _rename(changes: Changes, step: RenameAlbum) -> Undo:
    return [RenameAlbum(album=step.album, name=changes.rename_album(step.album, step.name))]


def _set_query(changes: Changes, step: SetAlbumQuery) -> Undo:
    before = changes.set_query(step.album, step.query.model_dump_json())
    return [SetAlbumQuery(album=step.album, query=Query.model_validate_json(before))]


def _delete(changes: Changes, step: DeleteAlbum) -> Undo:
    return _as_it_was(*changes.delete_album(step.album))


def _add(changes: Changes, step: AddToAlbum) -> Undo:
    return _as_it_was(*changes.put(step.album, step.files, step.at))


def _remove(changes: Changes, step: RemoveFromAlbum) -> Undo:
    return _as_it_was(*changes.take(step.album, step.files))


def _restore(changes: Changes, step: RestoreAlbum) -> Undo:
    query = step.query.model_dump_json() if step.query else None
    before = changes.restore_album(step.album, step.name, query, step.contents)
    return _as_it_was(*before) if before else [DeleteAlbum(album=step.album)]


def _as_it_was(album: AlbumRecord, contents: list[bytes]) -> Undo:
    query = Query.model_validate_json(album.query) if album.query else None
    return [RestoreAlbum(album=album.id, name=album.name, query=query, contents=tuple(contents))]


STEPS: dict[type, Callable[[Changes, Any], Undo]] = {
    SetRating: _rate,
    SetFavourite: _favour,
    SetKeywords: _describe,
    MakeAlbum: _make,
    RenameAlbum: _rename,
    SetAlbumQuery: _set_query,
    DeleteAlbum: _delete,
    AddToAlbum: _add,
    RemoveFromAlbum: _remove,
    RestoreAlbum: _restore,
}
