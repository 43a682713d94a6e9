"""A library with the fake encoder, and photos of one colour that it can find."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from ritrova import settings as settings_file
from ritrova.library import Library
from ritrova.paths import LibraryPaths
from ritrova.settings import Settings

COLOURS = {
    "rosso": (220, 30, 30),
    "verde": (40, 160, 50),
    "blu": (30, 50, 200),
    "giallo": (240, 220, 40),
    "viola": (130, 40, 170),
    "nero": (10, 10, 10),
}

MakePhoto = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of photos, still empty."""
    path = tmp_path / "foto"
    path.mkdir()
    return path


@pytest.fixture
def make_photo(folder: Path) -> MakePhoto:
    """Write a JPEG of one colour: `make_photo("mare/a.jpg", "blu")`. `size` makes otherwise equal photos differ."""

    def make(name: str | bytes, colour: str = "rosso", size: tuple[int, int] = (48, 32)) -> Path:
        path = Path(os.fsdecode(os.path.join(os.fsencode(folder), os.fsencode(name))))
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, COLOURS[colour]).save(path, "JPEG")
        return path

    return make


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the library goes: its settings ask for the fake encoder and one decoder."""
    path = tmp_path / "library"
    path.mkdir()
    settings = Settings()
    settings.encoding.model = "fake"
    settings.decoding.workers = 1
    settings_file.save(settings, LibraryPaths(path).settings)
    return path


@pytest.fixture
def library(root: Path, folder: Path) -> Iterator[Library]:
    """A writable library that watches `folder`."""
    with Library.open(root, write=True) as library:
        library.add_folder(folder)
        yield library
