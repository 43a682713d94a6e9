"""Picture files of ours, read on threads of a small pool: the UI thread opens none.

loader.load(path, on_loaded)             `on_loaded(QImage | None)` on the UI thread, later
loader.load(path, on_loaded, side=96)    scaled down while it is decoded
"""

from collections.abc import Callable
from itertools import count

from PySide6.QtCore import QFile, QObject, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader

MOST_PIXELS = 60_000_000
"""A larger picture is scaled down to so many: Qt refuses images over 256 MB, and no screen shows them."""

_THREADS = 2
OnLoaded = Callable[[QImage | None], object]


class PictureLoader(QObject):
    """Reads pictures; gives them back in the order in which they are ready."""

    _ready = Signal(int, QImage)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(_THREADS)
        self._numbers = count(1)
        self._waiting: dict[int, OnLoaded] = {}
        self._ready.connect(self._on_ready, Qt.ConnectionType.QueuedConnection)

    def load(self, path: bytes, on_loaded: OnLoaded, *, side: int | None = None) -> int:
        """Read the picture at `path`; its number, for `forget`. None is handed over where it cannot be read."""
        number = next(self._numbers)
        self._waiting[number] = on_loaded
        self._pool.start(lambda: self._read(number, path, side))
        return number

    def forget(self, number: int) -> None:
        """The picture is of no use any more; nothing is called."""
        self._waiting.pop(number, None)

    def close(self) -> None:
        """Drop what waits, and wait for what is being read."""
        self._waiting.clear()
        self._pool.clear()
        self._pool.waitForDone()

    def _read(self, number: int, path: bytes, side: int | None) -> None:
        """On a thread of the pool."""
        image = read_picture(path, side) if number in self._waiting else QImage()
        self._ready.emit(number, image)

    def _on_ready(self, number: int, image: QImage) -> None:
        on_loaded = self._waiting.pop(number, None)
        if on_loaded is not None:
            on_loaded(None if image.isNull() else image)


def read_picture(path: bytes, side: int | None = None) -> QImage:
    """The picture, upright, at most `MOST_PIXELS` large, or `side` long; a null image where it cannot be read."""
    reader = QImageReader(QFile.decodeName(path))
    reader.setAutoTransform(True)
    size = reader.size()
    wanted = within(size, side)
    if wanted != size:
        reader.setScaledSize(wanted)
    image = reader.read()
    opaque = not image.hasAlphaChannel()
    # The formats that painting takes as they are; else each frame would convert the whole picture.
    return image.convertToFormat(QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied)


def within(size: QSize, side: int | None) -> QSize:
    """`size` scaled down, not up, to what is wanted of it."""
    if size.isEmpty():
        return size
    scale = min(1.0, (MOST_PIXELS / (size.width() * size.height())) ** 0.5)
    if scale < 1.0:  # JPEG is decoded at an eighth, two eighths …: more than that would be decoded whole at first
        scale = max(1, int(scale * 8)) / 8
    if side is not None:
        scale = min(scale, side / max(size.width(), size.height()))
    if scale == 1.0:
        return size
    return QSize(max(1, int(size.width() * scale) - 1), max(1, int(size.height() * scale) - 1))
