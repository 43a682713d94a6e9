"""Whether things may move: what the person told the system, or us."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QStyle

from ritrova_desktop.state import State


def wants_motion(state: State) -> bool:
    """False where the person asked for less of it, of us or of the system."""
    if state.now.reduced_motion or not QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration):
        return False
    hints = QGuiApplication.styleHints()  # held, for what it gives lives no longer than this
    preference = getattr(hints.accessibility(), "motionPreference", None)  # of Qt 6.12
    return preference is None or preference().name != "ReducedMotion"
