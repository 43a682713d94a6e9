"""The menu of the photo that is looked at: what its keys do, by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from ritrova.text import Message, msg
from ritrova_desktop.views.rounded import rounded
from ritrova_desktop.views.show_in_folder import SystemFiles

if TYPE_CHECKING:
    from ritrova_desktop.views.photo_view import PhotoPage


def popup_menu(page: "PhotoPage", system: SystemFiles, place: QPoint) -> QMenu:
    """At a place of the canvas. What cannot be done now is grey."""
    context, photo = page.context, page.info.photo
    there, writable = photo is not None and photo.present, not context.engine.read_only
    menu = rounded(QMenu(page))
    menu.aboutToHide.connect(menu.deleteLater)

    def add(
        name: str, text: Message, run: Callable[[], object], icon: str, key: str = "", *, on: bool = True
    ) -> QAction:
        keys = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        action = menu.addAction(context.theme.icon(icon), context.words(text) + (f"\t{keys}" if keys else ""))
        action.setObjectName(name)
        action.setEnabled(on)
        action.triggered.connect(lambda *_: run())
        return action

    if photo is not None:
        path = photo.path
        add("open", msg("Open"), lambda: system.open(path), "open", on=there)
        add("show", msg("Show in its folder"), lambda: system.show(path), "folder")
        menu.addSeparator()
    why = add("why", msg("Why this one?"), page.why.flip, "why", "W")
    why.setCheckable(True)
    why.setChecked(page.why.is_open)
    menu.addSeparator()
    add("favourite", msg("Favourite"), page.flip_favourite, "heart", "F", on=writable)
    add("copy", msg("Copy"), page.copy, "copy", "Ctrl+C", on=there)
    add("copy-path", msg("Copy the path"), page.copy_path, "copy", "Ctrl+Shift+C")
    menu.addSeparator()
    add("slideshow", msg("Slideshow"), page.flip_slideshow, "play", "S")
    add("full-screen", msg("Full screen"), page.flip_bare, "fullscreen", "F11")
    menu.addSeparator()
    add("trash", msg("Move to the trash"), page.ask_trash, "trash", "Del", on=there and writable)
    menu.popup(page.canvas.mapToGlobal(place))
    return menu
