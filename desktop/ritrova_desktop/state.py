"""What the window remembers of itself: looks, language, sizes, habits. The library's settings are another matter.

Read once, before the event loop runs; written aside on a thread of the pool, a moment after the last change.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_config_dir
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

from ritrova.atomic import write_bytes

SAVE_AFTER_MS = 500
MOST_HISTORY = 50


def state_file() -> Path:
    """The file of this person's window."""
    return Path(user_config_dir("ritrova", appauthor=False)) / "window.json"


class Remembered(BaseModel):
    """Every field has a default: an older or a newer file is read for what it has."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64")

    theme: Literal["light", "dark", "system"] = "system"
    language: Literal["it", "en", "system"] = "system"
    geometry: bytes = b""
    sidebar_shown: bool = True
    sidebar_width: Annotated[int, Field(ge=120, le=600)] = 224
    tile_height: Annotated[int, Field(ge=64, le=512)] = 176
    by_day: bool = True
    info_shown: bool = True
    thumbnails_mb: Annotated[int, Field(ge=32, le=1024)] = 96  # memory for those that are shown
    slideshow_seconds: Annotated[int, Field(ge=1, le=3600)] = 5
    close_to_tray: bool = False
    notify: bool = True
    reduced_motion: bool = False
    history: tuple[str, ...] = ()


class State(QObject):
    """The remembered values, `state.now.theme`, and their keeping."""

    changed = Signal(str)  # the field

    def __init__(self, path: Path | None = None) -> None:
        """Reads `path`; without one nothing is read nor kept. `damaged` says that the file made no sense."""
        super().__init__()
        self._path = path
        self.damaged = False
        self.now = Remembered()
        if path is not None:
            self.now = self._read(path)
        self._timer = QTimer(self, interval=SAVE_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self._save_aside)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # so that the last one wins

    def update(self, **changes: Any) -> None:
        """Change fields. Raises ValidationError on a value that makes no sense."""
        before = self.now
        self.now = Remembered.model_validate({**before.model_dump(), **changes})
        for name in changes:
            if getattr(before, name) != getattr(self.now, name):
                self.changed.emit(name)
                self._timer.start()

    def remember_sentence(self, sentence: str) -> None:
        """Put a sentence on top of the history."""
        older = (old for old in self.now.history if old != sentence)
        self.update(history=(sentence, *older)[:MOST_HISTORY])

    def flush(self) -> None:
        """Write what is not written yet, and wait: once the event loop has ended."""
        pending = self._timer.isActive()
        self._timer.stop()
        self._pool.waitForDone()
        if pending:
            self._write(self.now)

    def _read(self, path: Path) -> Remembered:
        try:
            return Remembered.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return Remembered()
        except (OSError, ValidationError):
            self.damaged = True
            return Remembered()

    def _save_aside(self) -> None:
        now = self.now
        self._pool.start(lambda: self._write(now))

    def _write(self, now: Remembered) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_bytes(self._path, now.model_dump_json(indent=2).encode(), durable=False)
        except OSError:  # a full disk forgets the window's size, and that is all
            pass
