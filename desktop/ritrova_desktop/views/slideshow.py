"""One photo after the other: each is seen for a while, counted from when it is there."""

from PySide6.QtCore import QObject, QTimer, Signal


class Slideshow(QObject):
    advance = Signal()  # show the next one
    changed = Signal()  # running, or paused

    def __init__(self, seconds: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.advance)
        self.running = self.paused = False
        self.set_seconds(seconds)

    @property
    def seconds(self) -> int:
        return self._timer.interval() // 1000

    def set_seconds(self, seconds: int) -> None:
        """From the next photo on, or anew for this one."""
        self._timer.setInterval(seconds * 1000)

    def start(self) -> None:
        self.running, self.paused = True, False
        self._timer.start()
        self.changed.emit()

    def stop(self) -> None:
        if self.running:
            self.running = self.paused = False
            self._timer.stop()
            self.changed.emit()

    def flip_pause(self) -> None:
        if not self.running:
            return
        self.paused = not self.paused
        if self.paused:
            self._timer.stop()
        else:
            self._timer.start()
        self.changed.emit()

    def wait_for_photo(self) -> None:
        """The next one is on its way: its time has not begun."""
        self._timer.stop()

    def photo_is_there(self) -> None:
        """Its time begins now; one that cannot be shown is passed over as if it were."""
        if self.running and not self.paused:
            self._timer.start()
