"""The bar above the photo: back, from photo to photo, zoom, slideshow, full screen, why, information."""

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton

from ritrova.text import Message, msg, msg_n
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.rounded import rounded
from ritrova_desktop.views.slideshow import Slideshow
from ritrova_desktop.views.standing import Standing

SECONDS = (2, 3, 5, 10, 20, 30)


class PhotoTools(QFrame):
    seconds_chosen = Signal(int)

    def __init__(self, context: Context, slideshow: Slideshow) -> None:
        super().__init__()
        self._context, self._slideshow = context, slideshow
        self.setProperty("look", "bar")
        self.back = self._tool("grid", msg("Back to the photos"), "Esc")
        self.previous = self._tool("chevron-left", msg("Previous photo"), "←")
        self.next = self._tool("chevron-right", msg("Next photo"), "→")
        self.place = QLabel()
        self.smaller = self._tool("zoom-out", msg("Zoom out"), "-")
        self.percent = QPushButton()
        self.percent.setProperty("look", "plain")
        self.percent.setMinimumWidth(64)
        self.percent.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.larger = self._tool("zoom-in", msg("Zoom in"), "+")
        self.play = self._tool("play", msg("Slideshow"), "S")
        self.pace = self._tool("chevron-down", msg("How long each photo is seen"))
        self.full_screen = self._tool("fullscreen", msg("Full screen"), "F11")
        self.why = self._tool("why", msg("Why this one?"), "W")
        self.why.setCheckable(True)
        self.info = self._tool("info", msg("Information"), "I")
        self.info.setCheckable(True)
        self.pace.clicked.connect(lambda *_: self._open_paces())
        self._lay_out()
        slideshow.changed.connect(self._draw)
        context.words.changed.connect(self._draw)
        self._draw()

    def show_place(self, standing: Standing, total: int) -> None:
        """Which photo of how many; no number for one that is not among the results any more."""
        words, at = self._context.words, standing.row if standing.there else None
        text = msg("{at} of {total}", at=words.number(at + 1), total=words.number(total)) if at is not None else None
        self.place.setText(words(text) if text is not None else "")
        self.previous.setEnabled(standing.beside(-1) is not None)
        self.next.setEnabled(standing.beside(1) is not None)

    def show_scale(self, scale: float, fitted: bool) -> None:
        self.percent.setText(f"{round(scale * 100)} %")
        words = self._context.words
        name = words(msg("All pixels") if fitted else msg("The whole photo"))
        self.percent.setToolTip(f"{name} ({'Z' if fitted else '0'})")
        self.percent.setAccessibleName(f"{name}, {round(scale * 100)} %")

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.GAP, tokens.GAP_SMALL, tokens.GAP, tokens.GAP_SMALL)
        row.setSpacing(tokens.GAP_SMALL)
        groups = (
            (self.back,),
            (self.previous, self.next, self.place),
            None,
            (self.smaller, self.percent, self.larger),
            (self.play, self.pace),
            (self.full_screen, self.why, self.info),
        )
        for group in groups:
            if group is None:
                row.addStretch(1)
                continue
            for part in group:
                row.addWidget(part)
            row.addSpacing(tokens.GAP)

    def _tool(self, icon: str, text: Message, keys: str = "") -> QToolButton:
        made = QToolButton()
        made.setIcon(self._context.theme.icon(icon))
        made.setIconSize(QSize(tokens.ICON, tokens.ICON))
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard with the photo
        words = self._context.words
        words.bind(made, made.setAccessibleName, text)
        words.bind(made, lambda name: made.setToolTip(f"{name} ({keys})" if keys else name), text)
        return made

    def _draw(self) -> None:
        going = self._slideshow.running and not self._slideshow.paused
        self.play.setIcon(self._context.theme.icon("pause" if going else "play"))

    def _open_paces(self) -> None:
        menu = rounded(QMenu(self.pace))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = QActionGroup(menu)
        for seconds in SECONDS:
            action = menu.addAction(self._context.words(msg_n("One second", "{n} seconds", n=seconds)))
            action.setCheckable(True)
            action.setChecked(seconds == self._slideshow.seconds)
            action.triggered.connect(lambda *_, seconds=seconds: self.seconds_chosen.emit(seconds))
            group.addAction(action)
        menu.popup(self.pace.mapToGlobal(QPoint(0, self.pace.height())))
