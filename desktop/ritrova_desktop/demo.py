"""`--demo`: a library of the sample photos, in a folder of its own."""

from pathlib import Path

from platformdirs import user_cache_dir
from PySide6.QtCore import QObject

from ritrova.engine.messages import Hello
from ritrova.engine.requests import AddFolder, Index
from ritrova.paths import resource
from ritrova_desktop.engine import Engine


def demo_library() -> Path:
    """Kept between runs, so that the second one opens at once; a cache, which may be deleted."""
    return Path(user_cache_dir("ritrova", appauthor=False)) / "demo"


class Demo(QObject):
    """Watches the sample photos in a library that watches nothing yet."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._samples = str(resource("samples", "photos")).encode()
        engine.greeted.connect(self._on_hello)

    def _on_hello(self, hello: Hello) -> None:
        if hello.first_run:
            self._engine.request(AddFolder(path=self._samples))
            self._engine.request(Index(anyway=True))
