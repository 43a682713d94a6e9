"""What the person should know, without being stopped: notices with a remedy that can be clicked.

Anything may post one; the notice bar shows them. A notice with a `key` takes the place of the one before it; trouble
that is told already is not told beside itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from ritrova.text import Message


class Level(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A button on a notice; the notice goes when it is pressed."""

    label: Message
    run: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    title: Message  # what happened
    detail: Message | None = None  # what to do
    level: Level = Level.INFO
    path: str | None = None  # the file that it is about
    remedies: tuple[Remedy, ...] = ()
    key: str | None = None
    seconds: float | None = None  # goes by itself after so long; None stays until it is closed


class Notices(QObject):
    """The notices that are up, oldest first."""

    changed = Signal()

    MOST = 20
    """Older ones go: a thousand failing files are no thousand lines."""

    def __init__(self) -> None:
        super().__init__()
        self._up: list[Notice] = []

    @property
    def up(self) -> tuple[Notice, ...]:
        return tuple(self._up)

    def post(self, notice: Notice) -> None:
        if notice in self._up and notice.key is None:
            return
        places = []
        for at, old in enumerate(self._up):
            same = _tell_the_same(old, notice)
            if same or (notice.key is not None and old.key == notice.key):
                places.append(at)
                notice = _joined(notice, old) if same else notice
        if places:
            self._up[places[0]] = notice
            self._up = [old for at, old in enumerate(self._up) if at not in places[1:]]
        else:
            self._up = [*self._up, notice][-self.MOST :]
        self.changed.emit()

    def tell(self, title: Message, detail: Message | None = None, *, seconds: float | None = 6) -> None:
        """A passing word: what was done, or where something is."""
        self.post(Notice(title=title, detail=detail, seconds=seconds))

    def withdraw(self, notice: Notice | str) -> None:
        """Take a notice down, given itself or its key; nothing where it is not up."""
        left = [old for old in self._up if old is not notice and (old.key is None or old.key != notice)]
        if len(left) != len(self._up):
            self._up = left
            self.changed.emit()


def _tell_the_same(one: Notice, other: Notice) -> bool:
    """A fault that shows at two places: a missing model where it is loaded, and where one searches."""
    trouble = Level.INFO not in (one.level, other.level)
    path = one.path == other.path or None in (one.path, other.path)
    return trouble and path and (one.title, one.detail) == (other.title, other.detail)


def _joined(new: Notice, old: Notice) -> Notice:
    """One notice with what both offer."""
    known = [remedy.label for remedy in new.remedies]
    more = (remedy for remedy in old.remedies if remedy.label not in known)
    return replace(new, path=new.path or old.path, remedies=(*new.remedies, *more), key=new.key or old.key)
