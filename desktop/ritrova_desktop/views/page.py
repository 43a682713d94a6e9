"""A page of the window, and the two things that all pages show alike: a heading and an empty state."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ritrova.text import Message
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.navigation import Place

ICON_BEFORE_TEXT = QSize(16 + tokens.GAP_SMALL, 16)
"""On a button with a text: Qt's own 4 pixels between the two are too few."""

READING_WIDTH = 760
"""Pixels: text and forms are not wider, however wide the window is."""


class Page(QWidget):
    """The base of all pages. Made when first visited, and kept.

    `top_bar` is false for a page that has no use for the search bar; `foot` is a tool of the page (the size of the
    tiles) that stands at the right of the window's foot while the page is shown.
    """

    top_bar = True
    foot: QWidget | None = None

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.setProperty("look", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def enter(self, place: Place) -> None:
        """It is shown now, for `place`; called again when the place changes under it. Ask the engine here."""

    def leave(self) -> None:
        """It is hidden."""

    def focus_first(self) -> None:
        """Take the keyboard when the person has gone here."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)


class FormPage(Page):
    """A page that is read from top to bottom: a heading, then what is added to `column`; scrolls when too long."""

    def __init__(self, context: Context, title: Message, introduction: Message | None = None) -> None:
        super().__init__(context)
        inner = QWidget()
        inner.setProperty("look", "page")
        self.column = QVBoxLayout()
        self.column.setSpacing(tokens.GAP_LARGE)
        heading = label(context, title, "display")
        self.column.addWidget(heading)
        if introduction is not None:
            self.column.addWidget(label(context, introduction, "quiet"))
        centred = QHBoxLayout(inner)
        centred.setContentsMargins(tokens.GAP_PAGE, tokens.GAP_PAGE, tokens.GAP_PAGE, tokens.GAP_PAGE)
        body = QWidget()
        body.setMaximumWidth(READING_WIDTH)
        body.setLayout(self.column)
        self.column.setContentsMargins(0, 0, 0, 0)
        centred.addStretch(1)
        centred.addWidget(body, 1000)
        centred.addStretch(1)
        centred.setAlignment(body, Qt.AlignmentFlag.AlignTop)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        keep_width(scroll)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)


def keep_width(scroll: QScrollArea) -> None:
    """The page stays where it is, and as wide, whether its scroll bar is there or not."""
    bar = scroll.verticalScrollBar()

    def follow(_least: int, most: int) -> None:
        scroll.setViewportMargins(0, 0, 0 if most else bar.sizeHint().width(), 0)

    bar.rangeChanged.connect(follow)
    follow(0, bar.maximum())


class EmptyState(QWidget):
    """What stands where nothing is: an icon, what that means, and what can be done about it."""

    def __init__(self, context: Context, icon: str, title: Message, text: Message | None = None) -> None:
        super().__init__()
        self._context = context
        self._icon_name = icon
        self.icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title = label(context, title, "title")
        self._text = label(context, text or title, "quiet")
        if text is None:
            self._text.hide()  # shown by the layout, never by itself: it would be a window
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(tokens.GAP)
        column = QVBoxLayout(self)
        column.setSpacing(tokens.GAP)
        column.addStretch(2)
        for part in (self.icon, self._title, self._text):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addSpacing(tokens.GAP)
        column.addLayout(self._buttons)
        column.addStretch(3)
        self._buttons.setAlignment(Qt.AlignmentFlag.AlignCenter)
        context.theme.changed.connect(self._draw)
        self._draw()

    def show_text(self, icon: str, title: Message, text: Message | None = None) -> None:
        """Say something else."""
        self._icon_name = icon
        self._context.words.bind(self._title, self._title.setText, title)
        self._context.words.bind(self._text, self._text.setText, text or title)
        self._text.setVisible(text is not None)
        self._draw()

    def add_button(self, text: Message, run: Callable[[], object], *, primary: bool = False) -> QPushButton:
        made = button(self._context, text, run, "primary" if primary else None)
        self._buttons.addWidget(made)
        return made

    def _draw(self) -> None:
        icons = self._context.theme.icons
        self.icon.setPixmap(icons.pixmap(self._icon_name, tokens.ICON_HERO, self.devicePixelRatioF(), "quiet"))


def label(context: Context, text: Message, look: str | None = None) -> QLabel:
    """A label in the person's language, whichever that becomes; wraps."""
    made = QLabel()
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if look is not None:
        made.setProperty("look", look)
    context.words.bind(made, made.setText, text)
    return made


def button(
    context: Context, text: Message, run: Callable[[], object], look: str | None = None, icon: str | None = None
) -> QPushButton:
    """A push button; `look` as in theme/style.py."""
    made = QPushButton()
    if look is not None:
        made.setProperty("look", look)
    if icon is not None:
        made.setIconSize(ICON_BEFORE_TEXT)
        made.setIcon(context.theme.icon(icon, "on_accent" if look == "primary" else "text"))
    context.words.bind(made, made.setText, text)
    made.clicked.connect(lambda *_: run())
    return made
