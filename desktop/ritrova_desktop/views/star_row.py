"""Five stars that can be given and taken back."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from ritrova.text import msg, msg_n
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context


class StarRow(QWidget):
    """Click a star to give so many; the last one given again takes them back."""

    chosen = Signal(int)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._stars = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._buttons: list[QToolButton] = []
        for number in range(1, 6):
            button = QToolButton()
            button.setIconSize(QSize(tokens.ICON, tokens.ICON))
            button.setStyleSheet("min-width: 24px; min-height: 24px;")
            text = msg_n("One star", "{n} stars", n=number)
            context.words.bind(button, button.setAccessibleName, text)
            context.words.bind(button, button.setToolTip, text)
            button.clicked.connect(lambda *_, number=number: self.chosen.emit(0 if number == self._stars else number))
            row.addWidget(button)
            self._buttons.append(button)
        row.addStretch(1)
        context.words.bind(self, self.setAccessibleName, msg("Rating"))
        self.show_stars(0)

    @property
    def stars(self) -> int:
        return self._stars

    def show_stars(self, stars: int) -> None:
        self._stars = stars
        for number, button in enumerate(self._buttons, 1):
            filled = number <= stars
            button.setIcon(
                self._context.theme.icon("star-filled" if filled else "star", "accent" if filled else "quiet")
            )
