"""Photos as other programs take them: files by their URLs, on the clipboard or dragged out. Paths come aside.

Inside the window photos travel as file ids (`PHOTOS_MIME`), which need no paths.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from os import fsdecode
from urllib.parse import quote_from_bytes

from PySide6.QtCore import QByteArray, QMimeData, QUrl
from PySide6.QtGui import QImage

from ritrova.engine.replies import PhotoDetails
from ritrova_desktop.models.details import DetailsLoader, Fetching
from ritrova_desktop.names import shown
from ritrova_desktop.views.sidebar import PHOTOS_MIME

MOST_FILES = 10_000
"""More are kindly refused: no program takes so many at once."""


def url_of(path: bytes) -> QUrl:
    """The file's URL; raw bytes that are no text stay what they are."""
    try:
        path.decode()
    except UnicodeDecodeError:
        if sys.platform != "win32":
            return QUrl.fromEncoded(b"file://" + quote_from_bytes(path).encode())
    return QUrl.fromLocalFile(fsdecode(path))


def mime_of(files: Sequence[int], urls: Iterable[QUrl] = (), paths: str = "", image: QImage | None = None) -> QMimeData:
    mime = QMimeData()
    mime.setData(PHOTOS_MIME, QByteArray(",".join(map(str, files)).encode()))
    urls = list(urls)
    if urls:
        mime.setUrls(urls)
    if paths:
        mime.setText(paths)
    if image is not None:
        mime.setImageData(image)
    return mime


def gather(details: DetailsLoader, files: Sequence[int], done: Callable[[list[QUrl], list[str]], object]) -> Fetching:
    """The URLs of the photos that are there, and the paths of all, made helping by helping as they come."""
    urls: list[QUrl] = []
    paths: list[str] = []

    def some(photos: tuple[PhotoDetails, ...]) -> None:
        for photo in photos:
            if photo.present:
                urls.append(url_of(photo.path))
            paths.append(shown(photo.path))

    return details.fetch(files, lambda _all: done(urls, paths), some)
