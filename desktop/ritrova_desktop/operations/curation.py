"""What a person does to photos: stars, hearts, the trash, copies. Keywords and albums are in `albums`."""

from collections.abc import Callable, Iterable, Sequence

from ritrova.engine.base import Frozen
from ritrova.engine.curation_requests import SetFavourite, SetRating
from ritrova.engine.replies import Changed, Exported, Trashed
from ritrova.engine.requests import Apply, ExportCopies, Trash
from ritrova.text import msg_n
from ritrova_desktop.engine import Engine, OnRefusal
from ritrova_desktop.operations.did import Did, OnDone, ignore


def set_rating(
    engine: Engine, files: Sequence[int], stars: int, done: OnDone = ignore, refused: OnRefusal | None = None
) -> None:
    """1 to 5 stars; 0 for none, whatever the file says."""
    what = (
        msg_n("One photo was given {stars} stars.", "{n} photos were given {stars} stars.", n=len(files), stars=stars)
        if stars
        else msg_n("One photo lost its stars.", "{n} photos lost their stars.", n=len(files))
    )

    def changed(reply: Changed, _more: bool) -> None:
        done(Did(what=what, undo=(Apply(steps=reply.undo),) if reply.undo else ()))

    engine.request(SetRating(files=tuple(files), rating=stars), changed, refused)


def set_favourite(
    engine: Engine, files: Sequence[int], favourite: bool, done: OnDone = ignore, refused: OnRefusal | None = None
) -> None:
    what = (
        msg_n("One photo is a favourite now.", "{n} photos are favourites now.", n=len(files))
        if favourite
        else msg_n("One photo is no favourite any more.", "{n} photos are no favourites any more.", n=len(files))
    )

    def changed(reply: Changed, _more: bool) -> None:
        done(Did(what=what, undo=(Apply(steps=reply.undo),) if reply.undo else ()))

    engine.request(SetFavourite(files=tuple(files), favourite=favourite), changed, refused)


def trash(engine: Engine, files: Sequence[int], done: Callable[[Trashed], object]) -> None:
    """To the system's trash. What has none stays; the answer tells of each file."""
    engine.request(Trash(files=tuple(files)), lambda reply, _more: done(reply))


def export_copies(engine: Engine, files: Sequence[int], folder: bytes, done: Callable[[Exported], object]) -> None:
    """Copies of the originals into a folder; nothing there is written over."""
    engine.request(ExportCopies(files=tuple(files), folder=folder), lambda reply, _more: done(reply))


def marked_files(requests: Iterable[Frozen]) -> tuple[int, ...]:
    """The files whose stars or hearts some requests change: undoing may mean "as the file says"."""
    found: set[int] = set()
    for request in requests:
        steps: Sequence[Frozen] = request.steps if isinstance(request, Apply) else (request,)
        for step in steps:
            if isinstance(step, SetRating | SetFavourite):
                found.update(step.files)
    return tuple(sorted(found))
