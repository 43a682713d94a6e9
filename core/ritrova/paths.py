"""Where things live. One library is one folder; everything in it is ours."""

import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final


def default_library() -> Path:
    """`RITROVA_LIBRARY`, or the platform's folder for a person's application data."""
    given = os.environ.get("RITROVA_LIBRARY")
    if given:
        return Path(given).expanduser()
    import platformdirs  # here, because `ritrova --help` has no use for it

    return Path(platformdirs.user_data_dir("ritrova", appauthor=False)) / "library"


def resource(*parts: str) -> Path:
    """A file or folder that ships with the program (`ritrova_resources`); the package is always installed unpacked."""
    return Path(str(files("ritrova_resources").joinpath(*parts)))


SMALL_SIDE: Final = 256
LARGE_SIDE: Final = 512
"""Pixels of the thumbnails' longer sides."""


def thumbnail_path(root: Path, content: bytes, side: int = SMALL_SIDE) -> Path:
    """Where the thumbnail of `side` pixels (256 or 512) of a content is, or would be, in the folder of thumbnails."""
    name = content.hex()
    return (root / "large" if side == LARGE_SIDE else root) / name[:2] / name[2:4] / f"{name}.webp"


@dataclass(frozen=True, slots=True)
class LibraryPaths:
    """The layout of a library folder. SQLite is the truth; `index`, `thumbnails` and `previews` are caches."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "library.sqlite3"

    @property
    def settings(self) -> Path:
        return self.root / "settings.json"

    @property
    def pending_sidecars(self) -> Path:
        """What is still to be written beside the photos; there only while something is."""
        return self.root / "sidecars.json"

    @property
    def lock(self) -> Path:
        return self.root / "writer.lock"

    @property
    def thumbnails(self) -> Path:
        return self.root / "thumbnails"

    @property
    def previews(self) -> Path:
        return self.root / "previews"

    @property
    def index(self) -> Path:
        return self.root / "index"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def logs(self) -> Path:
        return self.root / "logs"


def bundled_models() -> Path:
    """The folder of the models that ship with the program."""
    return resource("models")
