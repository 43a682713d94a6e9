"""Where in the window the person is, and how anything takes them elsewhere."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Signal


class Kind(StrEnum):
    """The kinds of places. The first three are shown by the results page, in the scope of that name."""

    ALL = "all"
    FAVOURITES = "favourites"
    ALBUM = "album"  # saved searches too
    PHOTO = "photo"
    ALBUMS = "albums"
    FOLDERS = "folders"
    FAILURES = "failures"
    MODELS = "models"
    PREFERENCES = "preferences"
    LIBRARY = "library"
    SHORTCUTS = "shortcuts"
    FIRST_RUN = "first-run"


@dataclass(frozen=True, slots=True)
class Place:
    kind: Kind
    album: int | None = None  # of ALBUM: its id
    row: int | None = None  # of PHOTO: the row of the results' model that is shown
    why: bool = False  # of PHOTO: tell why it was found


_MOST_BACK = 50


class Navigator(QObject):
    """`go` somewhere, `back` again; the main window follows `moved`."""

    moved = Signal(object)  # Place

    def __init__(self) -> None:
        super().__init__()
        self.here = Place(Kind.ALL)
        self._before: list[Place] = []

    def go(self, place: Place) -> None:
        if place == self.here:
            return
        # From photo to photo is one step: back leads to the grid.
        if not (place.kind is Kind.PHOTO and self.here.kind is Kind.PHOTO):
            self._before = [*self._before, self.here][-_MOST_BACK:]
        self.here = place
        self.moved.emit(place)

    def back(self) -> None:
        """To where the person came from; to all photos where that is not known."""
        self.here = self._before.pop() if self._before else Place(Kind.ALL)
        self.moved.emit(self.here)
