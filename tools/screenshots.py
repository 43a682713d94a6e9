"""Pictures of every page of the window, in both themes, for a usual and for a dense screen.

make screenshots                                       into build/screenshots/1x, 2x and small
.venv/bin/python tools/screenshots.py --docs           and the few that the README shows, small, into docs/

The library is that of `ritrova-desktop --demo`: the sample photos, seen by the bundled model. No screen is needed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "screenshots"
SCREENS = {"1x": (1366, 768, 1), "2x": (2732, 1536, 2), "small": (1366, 768, 2)}
"""Pixels of each screen, and its scale: a usual one, a dense one, and a small one with everything twice as large."""

PATIENCE_S = 600
FOR_DOCS = {"search-light": "window-light", "search-dark": "window-dark"}
DOCS_WIDTH, DOCS_QUALITY = 1000, 82


def take(folder: Path, screen: tuple[int, int, int], language: str) -> list[Path]:
    """Let the window write its pictures. Raises CalledProcessError or TimeoutExpired where it does not."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ritrova-window-") as aside:  # the person's own window stays as it is
        width, height, scale = screen
        described = Path(aside) / "screen.json"
        described.write_text(json.dumps({"screens": [{"x": 0, "y": 0, "width": width, "height": height}]}))
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": f"offscreen:configfile={described}",
            "QT_SCALE_FACTOR": str(scale),
            "XDG_CONFIG_HOME": aside,
        }
        command = [sys.executable, "-m", "ritrova_desktop", "--demo", "--language", language]
        subprocess.run([*command, "--screenshots", str(folder)], env=environment, check=True, timeout=PATIENCE_S)
    return sorted(folder.glob("*.png"))


def shrink(picture: Path, to: Path) -> None:
    """Write a small copy. Raises OSError where that cannot be."""
    image = QImage(str(picture)).scaledToWidth(DOCS_WIDTH, Qt.TransformationMode.SmoothTransformation)
    if not image.save(str(to), quality=DOCS_QUALITY):
        raise OSError(f"cannot write {to}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Pictures of every page of the window.")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--language", choices=("it", "en"), default="it")
    parser.add_argument("--screens", choices=SCREENS, nargs="+", help="all, unless named")
    parser.add_argument("--docs", action="store_true", help="write the small ones for the README too")
    given = parser.parse_args()
    for name in given.screens or SCREENS:
        written = take(given.folder / name, SCREENS[name], given.language)
        print(f"{len(written)} pictures in {given.folder / name}")
    if given.docs:
        for name, called in FOR_DOCS.items():
            shrink(given.folder / "2x" / f"{name}.png", ROOT / "docs" / f"{called}.jpg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
