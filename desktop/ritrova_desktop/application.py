"""Qt's application, which tells when it is to quit as a whole: ⌘Q, the dock, the end of the session."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    quitting = Signal()  # before its windows are asked to close

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Quit:
            self.quitting.emit()
        return super().event(event)
