"""Whether things may move: what the person told the system, or us."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from ritrova_desktop.state import State

_LESS = Qt.MotionPreference.ReducedMotion


def wants_motion(state: State) -> bool:
    """False where the person asked for less of it, of us or of the system."""
    hints = QGuiApplication.styleHints()  # held, for what it gives lives no longer than this
    return not state.now.reduced_motion and hints.accessibility().motionPreference() is not _LESS
