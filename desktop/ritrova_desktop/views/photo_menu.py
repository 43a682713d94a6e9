"""What can be done to photos, by name, key and menu: one list for all three."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from ritrova.engine.replies import Albums
from ritrova.engine.requests import ListAlbums
from ritrova.text import Message, msg
from ritrova_desktop.actions import Section
from ritrova_desktop.engine import OnRefusal
from ritrova_desktop.operations.albums import add_to_album, make_album, remove_from_album
from ritrova_desktop.operations.did import OnDone
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.name_dialog import NameDialog
from ritrova_desktop.views.photo_actions import PhotoActions
from ritrova_desktop.views.result_grid import ResultGrid
from ritrova_desktop.views.rounded import rounded

MOST_STARS = 5


@dataclass(frozen=True, slots=True)
class Deed:
    name: str
    text: Message
    run: Callable[[], object]
    key: str | None = None
    icon: str | None = None
    writes: bool = False  # not in a library that can only be read


def deeds(actions: PhotoActions, grid: ResultGrid) -> dict[str, Deed]:
    """In the order of the menu."""

    def lean(more: bool) -> Callable[[], None]:
        return lambda: actions.lean(grid.selection.current, more=more)

    listed = (
        Deed("preview", msg("Preview"), actions.preview, "Space", "fullscreen"),
        Deed("open", msg("Open"), actions.open, "Return", "open"),
        Deed("show", msg("Show in its folder"), actions.show_in_folder, None, "folder"),
        Deed("similar", msg("Find similar photos"), actions.find_similar, None, "image-search"),
        Deed("more", msg("More like this"), lean(True), None, "more-like"),
        Deed("less", msg("Less like this"), lean(False), None, "less-like"),
        Deed("why", msg("Why this one?"), partial(actions.preview, why=True), "W", "why"),
        Deed("favourite", msg("Favourite"), actions.flip_favourite, "F", "heart", True),
        Deed("keywords", msg("Keywords…"), actions.edit_keywords, None, "tag", True),
        Deed("copy", msg("Copy"), actions.copy, "Ctrl+C", "copy"),
        Deed("copy-path", msg("Copy the path"), actions.copy_paths, "Ctrl+Shift+C"),
        Deed("export", msg("Export copies…"), actions.export, None, "share"),
        Deed("trash", msg("Move to the trash"), actions.ask_trash, "Del", "trash", True),
    )
    return {deed.name: deed for deed in listed}


class PhotoMenu:
    """The menu of the selected photos, and the keys of the grid."""

    def __init__(self, context: Context, grid: ResultGrid, actions: PhotoActions) -> None:
        self._context, self._grid, self._actions = context, grid, actions
        self._deeds = deeds(actions, grid)
        self._bind_keys()
        grid.menu_asked.connect(lambda place: self.make().popup(place))

    def _bind_keys(self) -> None:
        keys, listing = self._grid.keys, self._context.actions
        for deed in self._deeds.values():
            if deed.key is not None:
                keys[deed.key] = deed.run
                listing.key(Section.RESULTS, deed.key, deed.text)
        for stars in range(MOST_STARS + 1):
            keys[str(stars)] = partial(self._actions.rate, stars)
        listing.key(Section.RESULTS, "1", msg("One star, and so on to five"))
        listing.key(Section.RESULTS, "0", msg("No stars"))
        listing.key(Section.RESULTS, "Ctrl+A", msg("Select all"))
        keys["Esc"] = self._grid.selection.clear
        keys["Ctrl+Space"] = self._toggle

    def _toggle(self) -> None:
        row = self._grid.selection.current
        if row is not None:
            self._grid.selection.toggle(row)

    def make(self) -> QMenu:
        menu = rounded(QMenu(self._grid))
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        groups = (("preview", "open", "show"), ("similar", "more", "less", "why"), ("favourite", "keywords"))
        for group in groups:
            for name in group:
                self._add(menu, self._deeds[name])
            if group[0] != "favourite":
                menu.addSeparator()
        self._add_stars(menu)
        self._add_albums(menu)
        menu.addSeparator()
        for name in ("copy", "copy-path", "export"):
            self._add(menu, self._deeds[name])
        menu.addSeparator()
        self._add(menu, self._deeds["trash"])
        return menu

    def _add(self, menu: QMenu, deed: Deed) -> None:
        text = self._context.words(deed.text)
        if deed.key is not None:  # shown, not bound: the grid has the key
            text += "\t" + QKeySequence(deed.key).toString(QKeySequence.SequenceFormat.NativeText)
        action = menu.addAction(text)
        action.setObjectName(deed.name)
        if deed.icon is not None:
            action.setIcon(self._context.theme.icon(deed.icon))
        action.setEnabled(not (deed.writes and self._context.engine.read_only))
        action.triggered.connect(lambda *_: deed.run())

    def _add_stars(self, menu: QMenu) -> None:
        stars = rounded(menu.addMenu(self._context.theme.icon("star"), self._context.words(msg("Stars"))))
        stars.setEnabled(not self._context.engine.read_only)
        for count in range(MOST_STARS, -1, -1):
            text = "★" * count if count else self._context.words(msg("No stars"))
            action = stars.addAction(f"{text}\t{count}")
            action.triggered.connect(lambda *_, count=count: self._actions.rate(count))

    def _add_albums(self, menu: QMenu) -> None:
        """The albums come from the engine while the menu is open already."""
        context, files = self._context, self._actions.files
        albums = rounded(menu.addMenu(context.theme.icon("album-add"), context.words(msg("Add to an album"))))
        albums.setEnabled(not context.engine.read_only)
        new = albums.addAction(context.theme.icon("plus"), context.words(msg("New album…")))
        new.triggered.connect(lambda *_: self._name_album(files))
        scope = context.search.query.scope

        def came(reply: Albums, _more: bool) -> None:
            plain = [album for album in reply.albums if album.query is None]
            if plain:
                albums.addSeparator()
            for album in plain:
                action = albums.addAction(album.name.replace("&", "&&"))
                action.triggered.connect(
                    lambda *_, a=album: add_to_album(context.engine, a.id, a.name, files, self._actions.done)
                )
            here = next((album for album in plain if scope.kind == "album" and album.id == scope.album), None)
            if here is not None:
                out = albums.addAction(context.words(msg("Take out of “{name}”", name=here.name)))
                out.triggered.connect(
                    lambda *_: remove_from_album(context.engine, here.id, here.name, files, self._actions.done)
                )

        context.engine.request(ListAlbums(), came, lambda _fault: None, owner=albums)

    def _name_album(self, files: tuple[int, ...]) -> None:
        def give(name: str, done: OnDone, refused: OnRefusal) -> None:
            make_album(self._context.engine, name, files, done, refused)

        NameDialog(self._context, self._grid.window(), msg("New album"), give, self._actions.done).open()
