"""The pictures of the photo view: at screen size at first, all pixels when zoomed, the neighbours before their turn.

pictures.came.connect(...)       file, QImage, whether it has all the original's pixels
pictures.failed.connect(...)     file, Fault
pictures.want(file, side=1920)   `came` at once where it is at hand
"""

from collections import OrderedDict

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from ritrova.engine.base import Fault, Text
from ritrova.engine.replies import Picture
from ritrova.engine.requests import Preview
from ritrova.text import msg
from ritrova_desktop.engine import Engine
from ritrova_desktop.models.pictures import PictureLoader

ROOM = 400 << 20
"""Bytes of pictures kept: one of all pixels, and a few of the screen's size."""

STEP = 256
"""Sides are rounded up to multiples of it, so that a slightly larger window finds what was made for the last."""

_SMALLEST, _LARGEST = 512, 8_192
Key = tuple[int, int | None]  # file, side; None for all pixels


class PhotoPictures(QObject):
    came = Signal(int, QImage, bool)
    failed = Signal(int, object)

    def __init__(self, engine: Engine, loader: PictureLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self._loader = engine, loader
        self._kept: OrderedDict[Key, tuple[QImage, bool]] = OrderedDict()
        self._requests: dict[Key, int] = {}
        self._loads: dict[Key, int] = {}

    def want(self, file: int, side: int | None) -> None:
        """Show this one: at `side` pixels or a little more, None for all of them."""
        key = (file, rounded(side))
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            self.came.emit(file, *kept)
        else:
            self._ask(key)

    def prefetch(self, files: tuple[int, ...], side: int) -> None:
        """Have these ready, and drop what is asked for others: the person has gone on."""
        wanted = {(file, rounded(side)) for file in files}
        for key in (set(self._requests) | set(self._loads)) - wanted:
            self._drop(key)
        for file in files:
            if (file, rounded(side)) not in self._kept:
                self._ask((file, rounded(side)))

    def forget(self, file: int) -> None:
        """The photo is another now, or gone."""
        for key in [key for key in (*self._kept, *self._requests, *self._loads) if key[0] == file]:
            self._kept.pop(key, None)
            self._drop(key)

    def clear(self) -> None:
        for key in (*self._requests, *self._loads):
            self._drop(key)
        self._kept.clear()

    def _ask(self, key: Key) -> None:
        if key in self._requests or key in self._loads:
            return
        self._requests[key] = self._engine.request(
            Preview(file=key[0], side=key[1]),
            lambda picture, _more: self._on_picture(key, picture),
            lambda fault: self._on_refusal(key, fault),
            owner=self,
        )

    def _drop(self, key: Key) -> None:
        request, load = self._requests.pop(key, None), self._loads.pop(key, None)
        if request is not None:
            self._engine.forget(request)
        if load is not None:
            self._loader.forget(load)

    def _on_picture(self, key: Key, picture: Picture) -> None:
        self._requests.pop(key, None)
        if picture.path is None:
            self._on_refusal(key, unreadable())
            return
        full = picture.full or key[1] is None
        self._loads[key] = self._loader.load(picture.path, lambda image: self._on_image(key, image, full))

    def _on_image(self, key: Key, image: QImage | None, full: bool) -> None:
        self._loads.pop(key, None)
        if image is None:
            self._on_refusal(key, unreadable())
            return
        self._kept[key] = (image, full)
        while len(self._kept) > 1 and sum(kept.sizeInBytes() for kept, _ in self._kept.values()) > ROOM:
            self._kept.popitem(last=False)
        self.came.emit(key[0], image, full)

    def _on_refusal(self, key: Key, fault: Fault) -> None:
        self._requests.pop(key, None)
        self.failed.emit(key[0], fault)


def rounded(side: int | None) -> int | None:
    if side is None:
        return None
    return min(max(-(-side // STEP) * STEP, _SMALLEST), _LARGEST)


def unreadable() -> Fault:
    title = msg("The photo cannot be shown.")
    remedy = msg("It may have been moved, deleted, or be on a disk that is not plugged in.")
    return Fault(type="PictureUnreadable", whose="environment", title=Text.of(title), remedy=Text.of(remedy))
