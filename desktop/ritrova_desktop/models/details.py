"""What is known of photos beyond the tile, asked of the engine in small helpings, so that none holds the window up.

details.fetch(files, done, each)    all of them; `each` gets every helping as it comes
details.known(file)                 what was fetched lately, or None
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from ritrova.engine.base import Fault
from ritrova.engine.events import LibraryChanged
from ritrova.engine.replies import DetailsOf, PhotoDetails
from ritrova.engine.requests import Details
from ritrova_desktop.engine import Engine

HELPING = 400
"""Photos an answer: some milliseconds of reading."""

MOST_KNOWN = 500

OnDetails = Callable[[tuple[PhotoDetails, ...]], object]


class DetailsLoader(QObject):
    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._known: OrderedDict[int, PhotoDetails] = OrderedDict()
        engine.library_changed.connect(self._on_change)

    def known(self, file: int) -> PhotoDetails | None:
        return self._known.get(file)

    def fetch(
        self,
        files: Sequence[int],
        done: OnDetails,
        each: OnDetails | None = None,
        refused: Callable[[Fault], object] | None = None,
    ) -> "Fetching":
        """Ask for all of them; `done` gets them in the order of `files`, less those that are unknown."""
        return Fetching(self._engine, tuple(files), done, self._keep if each is None else self._keeping(each), refused)

    def _keeping(self, each: OnDetails) -> OnDetails:
        def both(photos: tuple[PhotoDetails, ...]) -> None:
            self._keep(photos)
            each(photos)

        return both

    def _keep(self, photos: tuple[PhotoDetails, ...]) -> None:
        for photo in photos[-MOST_KNOWN:]:
            self._known[photo.file] = photo
            self._known.move_to_end(photo.file)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def _on_change(self, _event: LibraryChanged) -> None:
        self._known.clear()


class Fetching:
    """One fetch under way. `cancel` it where it is of no use any more."""

    def __init__(
        self,
        engine: Engine,
        files: tuple[int, ...],
        done: OnDetails,
        each: OnDetails,
        refused: Callable[[Fault], object] | None,
    ) -> None:
        self._engine, self._files = engine, files
        self._done, self._each, self._refused = done, each, refused
        self._found: list[PhotoDetails] = []
        self._cancelled = False
        self._ask(0)

    def cancel(self) -> None:
        self._cancelled = True

    def _ask(self, start: int) -> None:
        part = self._files[start : start + HELPING]

        def came(reply: DetailsOf, _more: bool) -> None:
            if self._cancelled:
                return
            self._each(reply.photos)
            self._found += reply.photos
            if start + HELPING < len(self._files):
                self._ask(start + HELPING)
            else:
                order = {file: at for at, file in enumerate(self._files)}
                self._done(tuple(sorted(self._found, key=lambda one: order[one.file])))

        self._engine.request(Details(files=part), came, self._refused)
