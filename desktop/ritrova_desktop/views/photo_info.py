"""The information panel: all that is known of a photo; what the person says of it can be changed here."""

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QToolButton, QVBoxLayout, QWidget

from ritrova.engine.replies import Album, Albums, PhotoDetails
from ritrova.engine.requests import ListAlbums
from ritrova.text import Message, msg
from ritrova_desktop.names import clean_name, shown
from ritrova_desktop.theme import tokens
from ritrova_desktop.views import photo_words
from ritrova_desktop.views.chip import Chip
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.copyable import CopyableText
from ritrova_desktop.views.flow import FlowLayout
from ritrova_desktop.views.focus_order import read_by_keyboard
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import button
from ritrova_desktop.views.star_row import StarRow

WIDTH = 304
_LETTERS = 28
"""That there is room for, however large they are."""


class PhotoInfo(QFrame):
    rated = Signal(int)
    favourite_flipped = Signal()
    keyword_added = Signal(str)
    keyword_removed = Signal(str)
    folder_asked = Signal(bytes)  # show this file in its folder

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._photo: PhotoDetails | None = None
        self._albums: dict[int, Album] = {}
        self.setProperty("look", "sidebar")
        self.setFixedWidth(max(WIDTH, _LETTERS * self.fontMetrics().averageCharWidth()))
        self.stars = StarRow(context)
        self.stars.chosen.connect(self.rated)
        self.heart = _tool(context, "heart", msg("Favourite"))
        self.heart.clicked.connect(lambda *_: self.favourite_flipped.emit())
        self.keyword = QLineEdit()
        context.words.bind(self.keyword, self.keyword.setPlaceholderText, msg("Add a keyword, then Enter"))
        context.words.bind(self.keyword, self.keyword.setAccessibleName, msg("New keyword"))
        self.keyword.returnPressed.connect(self._add_keyword)
        self._facts, self._words_of_it = QVBoxLayout(), QVBoxLayout()
        self._lay_out()
        context.words.changed.connect(self._draw)
        context.engine.greeted.connect(lambda _: self._ask_albums())
        context.engine.library_changed.connect(lambda event: self._ask_albums() if event.what == "albums" else None)
        self._ask_albums()

    @property
    def photo(self) -> PhotoDetails | None:
        return self._photo

    @property
    def texts(self) -> list[str]:
        """What is read on it, from the top."""
        labels = [label for label in self.findChildren(QLabel) if not label.isHidden()]
        return [label.plain if isinstance(label, CopyableText) else label.text() for label in labels]

    def show_photo(self, photo: PhotoDetails | None) -> None:
        """None while nothing is known yet: the last one's facts go."""
        self._photo = photo
        self._draw()

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(*[tokens.GAP_LARGE] * 4)
        column.setSpacing(tokens.GAP_LARGE)
        marks = QHBoxLayout()
        marks.setSpacing(0)
        marks.addSpacing(2 - tokens.GAP)  # the icons, not their buttons, end where the text does
        marks.addWidget(self.stars, 1)
        marks.addWidget(self.heart)
        marks.addSpacing(-tokens.GAP)
        column.addLayout(marks)
        self._facts.setSpacing(tokens.GAP_LARGE)
        self._words_of_it.setSpacing(tokens.GAP)
        below = QVBoxLayout()
        below.setSpacing(tokens.GAP)
        below.addLayout(self._words_of_it)
        below.addWidget(self.keyword)
        column.addLayout(self._facts)
        column.addLayout(below)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _draw(self) -> None:
        photo, writable = self._photo, not self._context.engine.read_only
        _empty(self._facts)
        _empty(self._words_of_it)
        for part in (self.stars, self.heart, self.keyword):
            part.setEnabled(photo is not None and writable)
        if photo is None:
            self.stars.show_stars(0)
            return
        said = photo.rating if photo.rating is not None else photo.metadata.rating
        self.stars.show_stars(said or 0)
        theme = self._context.theme
        self.heart.setIcon(
            theme.icon("heart-filled" if photo.favourite else "heart", "bad" if photo.favourite else "quiet")
        )
        self._draw_facts(photo)
        self._draw_words(photo, writable)
        read_by_keyboard(self)

    def _draw_facts(self, photo: PhotoDetails) -> None:
        words, meta = self._context.words, photo.metadata
        folder, name = photo_words.folder_and_name(photo)
        self._fact(msg("Title"), meta.title, meta.description)
        self._fact(msg("Taken"), photo_words.when(meta, words) or words(msg("The photo does not say when.")))
        self._fact(msg("Camera"), meta.camera, meta.lens, photo_words.exposure(meta, words))
        self._fact(msg("Place"), photo_words.place(meta, words))
        self._fact(msg("Photo"), photo_words.measures(photo, words))
        self._fact(msg("File"), shown(name), shown(folder), photo_words.copies(photo, words))
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addSpacing(-tokens.GAP)  # the icons, not their buttons, begin where the text does
        copy = _tool(self._context, "copy", msg("Copy the path"))
        copy.clicked.connect(lambda *_: QGuiApplication.clipboard().setText(shown(photo.path)))
        reveal = _tool(self._context, "folder", msg("Show in folder"))
        reveal.setEnabled(photo.present)
        reveal.clicked.connect(lambda *_: self.folder_asked.emit(photo.path))
        row.addWidget(copy)
        row.addWidget(reveal)
        row.addStretch(1)
        self._facts.addLayout(row)

    def _draw_words(self, photo: PhotoDetails, writable: bool) -> None:
        context = self._context
        albums = [self._albums[album] for album in photo.albums if album in self._albums]
        if albums:
            self._words_of_it.addWidget(_label(context.words(msg("Albums")), "small"))
            for album in albums:
                place = Place(Kind.ALBUM, album=album.id)
                go = button(
                    context, msg("{name}", name=album.name), partial(context.navigator.go, place), "plain", "album"
                )
                self._words_of_it.addWidget(go, alignment=Qt.AlignmentFlag.AlignLeft)
        self._words_of_it.addWidget(_label(context.words(msg("Keywords")), "small"))
        if photo.keywords:
            box = QWidget()
            flow = FlowLayout(box, gap=tokens.GAP_SMALL)
            for word in photo.keywords:
                chip = Chip(context.words, context.theme, "tag")
                chip.say(word, msg("Keyword"))
                chip.cross.setEnabled(writable)
                chip.removed.connect(lambda word=word: self.keyword_removed.emit(word) if writable else None)
                flow.addWidget(chip)
            inner = self.width() - 2 * tokens.GAP_LARGE - 12  # without the margins and the scroll bar
            box.setFixedHeight(flow.heightForWidth(inner))
            self._words_of_it.addWidget(box)

    def _fact(self, name: Message, *values: str | None) -> None:
        """A fact and its details; nothing where nothing is known."""
        known = [value for value in values if value]
        if not known:
            return
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addWidget(_label(self._context.words(name), "small"))
        for at, value in enumerate(known):
            text = CopyableText(self._context.words, value, None if at == 0 else "quiet")
            text.setAccessibleName(f"{self._context.words(name)}: {value}")
            lines.addWidget(text)
        self._facts.addLayout(lines)

    def _add_keyword(self) -> None:
        for word in filter(None, map(clean_name, self.keyword.text().split(","))):
            self.keyword_added.emit(word)
        self.keyword.clear()

    def _ask_albums(self) -> None:
        def came(albums: Albums, _more: bool) -> None:
            self._albums = {album.id: album for album in albums.albums}
            self._draw()

        self._context.engine.request(ListAlbums(), came, lambda _fault: None, owner=self)


def _label(text: str, look: str | None) -> QLabel:
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    if look is not None:
        made.setProperty("look", look)
    return made


def _tool(context: Context, icon: str, text: Message) -> QToolButton:
    made = QToolButton()
    made.setIcon(context.theme.icon(icon, "quiet"))
    made.setIconSize(QSize(tokens.ICON, tokens.ICON))
    context.words.bind(made, made.setToolTip, text)
    context.words.bind(made, made.setAccessibleName, text)
    return made


def _empty(layout: QVBoxLayout | QHBoxLayout) -> None:
    """Take everything out of a layout, and the layouts in it."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif isinstance(inner, QVBoxLayout | QHBoxLayout):
            _empty(inner)
            inner.deleteLater()
