"""The chips below the search field: photos to search by, more and less like a photo, filters. Hidden when empty.

The button `filters_button` opens the menu of the filters; it belongs into the search bar's row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget
from shiboken6 import isValid

from ritrova.engine.query import PhotoRef, Query
from ritrova.engine.replies import FacetsOf, Picture
from ritrova.engine.requests import Facets, PictureOf, Thumbnail
from ritrova.text import Message, msg
from ritrova_desktop.models.pictures import PictureLoader
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.chip import PICTURE, Chip
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.filter_editors import editor
from ritrova_desktop.views.filter_kinds import EDITABLE, KINDS, FilterKind, last_part
from ritrova_desktop.views.flow import FlowLayout
from ritrova_desktop.views.page import button
from ritrova_desktop.views.popover import Popover
from ritrova_desktop.views.rounded import rounded

_SIDE = 4 * PICTURE  # sharp on any screen, also when cut to a square


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A chip that there should be."""

    key: tuple[str, object]
    text: str
    what: Message
    icon: str
    remove: Callable[[], object]
    role: str = "quiet"
    kind: FilterKind | None = None  # can be edited
    photo: PhotoRef | None = None  # whose picture it shows


class FilterChips(QWidget):
    emptied = Signal()  # the last chip with the keyboard was taken away

    def __init__(self, context: Context, loader: PictureLoader) -> None:
        super().__init__()
        self._context, self._loader, self._search = context, loader, context.search
        self._chips: dict[tuple[str, object], Chip] = {}
        self._facets: FacetsOf | None = None
        self._form: tuple[FilterKind, QWidget, Popover] | None = None  # the last that was opened
        self._flow = FlowLayout(self, gap=tokens.GAP_SMALL)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._clear = button(context, msg("Clear all"), self._search.clear, "plain")
        self._flow.addWidget(self._clear)
        self.filters_button = self._make_button()
        self._search.query_changed.connect(self._follow)
        context.words.changed.connect(self._retell)
        context.engine.library_changed.connect(self._forget_facets)
        self._follow(self._search.query)

    @property
    def chips(self) -> list[Chip]:
        """As they are seen, from the left."""
        return list(self._chips.values())

    def edit(self, kind: FilterKind, anchor: QWidget) -> None:
        """Open the form of a filter, as soon as it is known what there is to choose from."""
        if self._facets is not None:
            self._open(kind, anchor, self._facets)
            return

        def opened(facets: FacetsOf, _more: bool) -> None:
            self._facets = facets
            self._open(kind, anchor, facets)

        self._context.engine.request(Facets(), opened, owner=anchor)

    def _retell(self) -> None:
        """In another language, the form that is open too."""
        self._follow(self._search.query)
        if self._form is not None and isValid(self._form[2]) and self._form[2].isVisible():
            kind, anchor, popover = self._form
            popover.close_it()
            self.edit(kind, anchor)

    # Which chips there are

    def _follow(self, query: Query) -> None:
        wanted = [*self._of_photos(query), *self._of_filters(query)]
        keys = [one.key for one in wanted]
        focused = next((at for at, chip in enumerate(self._chips.values()) if _has_keyboard(chip)), None)
        for key in [key for key in self._chips if key not in keys]:
            gone = self._chips.pop(key)
            self._flow.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for at, one in enumerate(wanted):
            chip = self._chips.get(one.key) or self._make(one, at)
            chip.say(one.text, one.what)
        self._chips = {key: self._chips[key] for key in keys}
        self._clear.setVisible(len(wanted) > 1)
        self.setVisible(bool(wanted))
        self._flow.invalidate()
        self.updateGeometry()
        if focused is not None and not any(_has_keyboard(chip) for chip in self._chips.values()):
            self._give_keyboard(focused)

    def _give_keyboard(self, at: int) -> None:
        """To the chip that is where the last one was."""
        chips = self.chips
        if chips:
            chips[min(at, len(chips) - 1)].setFocus()
        else:
            self.emptied.emit()

    def _of_photos(self, query: Query) -> list[_Wanted]:
        search, words = self._search, self._context.words
        like_this = words(msg("Like this photo"))
        chips = [
            _Wanted(("photo", one.path or one.content), last_part(one.path) if one.path else like_this,
                    msg("Photo to search by"), "image-search", partial(search.remove_photo, one), photo=one)
            for one in query.photos
        ]  # fmt: skip
        for like, icon, role, text in (
            (query.more, "more-like", "good", msg("More like this")),
            (query.less, "less-like", "bad", msg("Less like this")),
        ):
            chips += [
                _Wanted((icon, content), words(text), text, icon,
                        partial(search.drop_leaning, content), role, photo=PhotoRef(content=content))
                for content in like
            ]  # fmt: skip
        return chips

    def _of_filters(self, query: Query) -> list[_Wanted]:
        chips = []
        for kind in KINDS:
            text = kind.says(query.filters, self._context.words)
            if text is not None:
                remove = self._remover(kind)
                editable = kind if kind in EDITABLE else None
                chips.append(_Wanted(("filter", kind.name), text, kind.title, kind.icon, remove, kind=editable))
        return chips

    def _remover(self, kind: FilterKind) -> Callable[[], object]:
        return lambda: self._search.set_filters(kind.dropped(self._search.query.filters))

    def _make(self, wanted: _Wanted, at: int) -> Chip:
        chip = Chip(
            self._context.words, self._context.theme, wanted.icon, role=wanted.role, editable=wanted.kind is not None
        )
        chip.removed.connect(wanted.remove)
        if wanted.kind is not None:
            kind = wanted.kind
            chip.clicked.connect(lambda *_: self.edit(kind, chip))
        self._chips[wanted.key] = chip
        self._flow.insert_widget(at, chip)
        chip.show()
        if wanted.photo is not None:
            self._ask_picture(chip, wanted.photo, instead=wanted.key[0] == "photo")
        return chip

    def _ask_picture(self, chip: Chip, photo: PhotoRef, *, instead: bool) -> None:
        def on_image(image: QImage | None) -> None:
            if image is not None:
                chip.show_picture(image, instead=instead)

        def on_picture(picture: Picture, _more: bool) -> None:
            if picture.path is not None:
                number = self._loader.load(picture.path, on_image, side=_SIDE)
                chip.destroyed.connect(lambda: self._loader.forget(number))

        # A chip without its picture still says what it is: a refusal is no news.
        body = PictureOf(path=photo.path) if photo.path else Thumbnail(content=photo.content or b"")
        self._context.engine.request(body, on_picture, lambda _: None, owner=chip)

    # The filters

    def _make_button(self) -> QPushButton:
        made = button(self._context, msg("Filters"), self._open_menu, icon="filter")
        made.setIconSize(QSize(tokens.ICON + tokens.GAP_SMALL, tokens.ICON))
        return made

    def _open_menu(self) -> None:
        menu = rounded(QMenu(self.filters_button))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        words, theme = self._context.words, self._context.theme
        for kind in EDITABLE:
            action = menu.addAction(theme.icon(kind.icon), words(kind.title))
            action.triggered.connect(partial(self._edit_from_menu, kind))
        menu.popup(self.filters_button.mapToGlobal(QPoint(0, self.filters_button.height() + tokens.GAP_SMALL)))

    def _edit_from_menu(self, kind: FilterKind, _checked: bool = False) -> None:
        self.edit(kind, self._chips.get(("filter", kind.name)) or self.filters_button)

    def _open(self, kind: FilterKind, anchor: QWidget, facets: FacetsOf) -> None:
        words = self._context.words
        popover = Popover(anchor, words(kind.title))
        form = editor(kind, words, self._search.query.filters, facets)
        form.changed.connect(self._search.set_filters)
        popover.column.addWidget(form)
        popover.setFocusProxy(form)
        self._context.navigator.moved.connect(popover.close_it)  # by a key, which leaves the keyboard where it is
        popover.open()
        self._form = kind, anchor, popover

    def _forget_facets(self) -> None:
        self._facets = None


def _has_keyboard(chip: Chip) -> bool:
    return chip.hasFocus() or chip.cross.hasFocus()
