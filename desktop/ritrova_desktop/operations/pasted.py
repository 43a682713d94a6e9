"""Pictures that came as data, by the clipboard or a drop, put into files of ours so that the engine can read them."""

import os
import shutil
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage

LARGEST = 1_024
"""Pixels of the longer side: more than any model sees."""


class PastedPictures(QObject):
    """Writes on a thread of its own. The files live until `close`."""

    kept = Signal(bytes)  # the file's path
    failed = Signal()  # it is no picture, or the disk refuses

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._count = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def keep(self, image: QImage, name: str) -> None:
        """`kept` follows, or `failed`. The file is called so, and numbered from the second on."""
        self._count += 1
        file = f"{name}.png" if self._count == 1 else f"{name} {self._count}.png"
        self._pool.start(lambda: self._write(image, file))

    def close(self) -> None:
        """Remove the files, once the event loop has ended."""
        self._pool.waitForDone()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _write(self, image: QImage, file: str) -> None:
        if max(image.width(), image.height()) > LARGEST:
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = image.scaled(LARGEST, LARGEST, keep, smooth)
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="ritrova-"))
            path = self._folder / file
            written = not image.isNull() and image.save(str(path), "PNG")  # type: ignore[call-overload]
        except OSError:
            written = False
        if written:
            self.kept.emit(os.fsencode(path))
        else:
            self.failed.emit()
