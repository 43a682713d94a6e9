"""The window on a real X server, without a screen: what the offscreen platform does not show."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtGui import QImage

from ritrova.encoding import fake

PATIENCE_S = 240
PICTURES = ("photos-light.png", "search-light.png")
PNG_END = b"IEND\xaeB`\x82"

pytestmark = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")


@pytest.fixture
def display() -> Iterator[str]:
    """An X server of our own, on the first free number."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(timeout=60)


@pytest.fixture
def pictures(display: str, tmp_path: Path) -> Iterator[Path]:
    """`ritrova-desktop --demo --screenshots`, with the fake encoder, until the first pages are written."""
    library, folder = tmp_path / "library", tmp_path / "pictures"
    library.mkdir()
    (library / "settings.json").write_text(f'{{"encoding": {{"model": "{fake.NAME}"}}}}', encoding="utf-8")
    places = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    window = subprocess.Popen(
        [sys.executable, "-m", "ritrova_desktop", "--demo", "--library", library, "--screenshots", folder],
        env={**os.environ, **places, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + PATIENCE_S
    while not all(is_whole(folder / name) for name in PICTURES):
        assert window.poll() is None, "the window ended before it was asked to"
        assert time.monotonic() < end, f"written: {sorted(folder.iterdir())}"
        time.sleep(0.1)
    family = psutil.Process(window.pid).children(recursive=True)
    yield folder
    window.terminate()
    window.wait(timeout=60)
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []


def is_whole(picture: Path) -> bool:
    return picture.exists() and picture.read_bytes().endswith(PNG_END)


def test_the_pages_are_drawn(pictures: Path) -> None:
    seen = [QImage(str(pictures / name)) for name in PICTURES]
    for image in seen:
        assert (image.width(), image.height()) == (1366, 768)
        colours = {image.pixel(x, y) for x in range(0, 1366, 6) for y in range(0, 768, 6)}
        assert len(colours) > 500, "there are no photos in it"
    assert seen[0] != seen[1]
