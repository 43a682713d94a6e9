"""What was dropped or pasted: photo files, photos of the grid, picture data, or none of these."""

import os
import sys
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from ritrova.images.formats import PHOTO_EXTENSIONS
from ritrova_desktop.views.sidebar import PHOTOS_MIME


@dataclass(frozen=True, slots=True)
class Dropped:
    """`others` counts the files that are not photos, and addresses that are no files."""

    paths: tuple[bytes, ...] = ()
    files: tuple[int, ...] = ()
    image: QImage = field(default_factory=QImage)
    others: int = 0

    @property
    def any(self) -> bool:
        return bool(self.paths or self.files) or not self.image.isNull()


def promises_photos(mime: QMimeData) -> bool:
    """Whether it is worth a drop, as far as one can tell before it."""
    return mime.hasFormat(PHOTOS_MIME) or mime.hasUrls() or mime.hasImage()


def read(mime: QMimeData) -> Dropped:
    """The grid's photos before files, files before picture data: of the same photo, the most telling."""
    files = tuple(int(part) for part in bytes(mime.data(PHOTOS_MIME).data()).split(b",") if part.isdigit())
    if files:
        return Dropped(files=files)
    urls = mime.urls()
    paths = tuple(path for url in urls if url.isLocalFile() and _is_photo(path := local_path(url)))
    if paths:
        return Dropped(paths=paths, others=len(urls) - len(paths))
    if mime.hasImage():
        image = mime.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return Dropped(image=image)
    return Dropped(others=max(len(urls), 1))


def local_path(url: QUrl) -> bytes:
    """The raw bytes of a file's name: not every one is UTF-8."""
    if sys.platform == "win32":
        return os.fsencode(os.path.normpath(url.toLocalFile()))
    return unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded))


def _is_photo(path: bytes) -> bool:
    return os.path.splitext(os.fsdecode(path))[1].lower() in PHOTO_EXTENSIONS  # noqa: PTH122 - raw bytes, no file access
