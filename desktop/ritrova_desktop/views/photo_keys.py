"""The keys of the photo view: what each does, and what the list of shortcuts says of them."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from ritrova.text import msg
from ritrova_desktop.actions import Actions, Section
from ritrova_desktop.views.picture_canvas import STEP

if TYPE_CHECKING:
    from ritrova_desktop.views.photo_view import PhotoPage

Key, Modifier = Qt.Key, Qt.KeyboardModifier
Deed = Callable[[], object]

LISTED = (
    ("Left", msg("Previous photo")),
    ("Right", msg("Next photo")),
    ("Home", msg("First photo")),
    ("End", msg("Last photo")),
    ("+", msg("Zoom in")),
    ("-", msg("Zoom out")),
    ("0", msg("The whole photo")),
    ("Z", msg("All pixels, and back")),
    ("1", msg("One star, and so on to five")),
    ("F", msg("Favourite")),
    ("Ctrl+C", msg("Copy")),
    ("Ctrl+Shift+C", msg("Copy the path")),
    ("Del", msg("Move to the trash")),
    ("I", msg("Information")),
    ("W", msg("Why this one?")),
    ("S", msg("Slideshow")),
    ("Space", msg("Pause the slideshow, or go back to the photos")),
    ("F11", msg("Full screen")),
    ("Esc", msg("Back to the photos")),
)


def list_keys(actions: Actions) -> None:
    for keys, what in LISTED:
        actions.key(Section.PHOTO, keys, what)


def bindings(page: "PhotoPage") -> Callable[[QKeyEvent], Deed | None]:
    """What keys do on a photo page; None for those that do nothing."""
    deeds, copy_path = _plain_keys(page), QKeyCombination(Modifier.ControlModifier | Modifier.ShiftModifier, Key.Key_C)

    def deed_of(event: QKeyEvent) -> Deed | None:
        if not event.modifiers() & (Modifier.ControlModifier | Modifier.AltModifier):
            return deeds.get(Key(event.key()))
        if event.matches(QKeySequence.StandardKey.Copy):
            return page.copy
        return page.copy_path if event.keyCombination() == copy_path else None

    return deed_of


def _plain_keys(page: "PhotoPage") -> dict[Qt.Key, Deed]:
    canvas = page.canvas
    deeds: dict[Qt.Key, Deed] = {
        Key.Key_Left: partial(page.step, -1),
        Key.Key_PageUp: partial(page.step, -1),
        Key.Key_Right: partial(page.step, 1),
        Key.Key_PageDown: partial(page.step, 1),
        Key.Key_Home: partial(page.go, 0),
        Key.Key_End: page.go_to_last,
        Key.Key_Plus: partial(canvas.zoom_by, STEP),
        Key.Key_Equal: partial(canvas.zoom_by, STEP),
        Key.Key_Minus: partial(canvas.zoom_by, 1 / STEP),
        Key.Key_0: canvas.fit,
        Key.Key_Z: canvas.flip,
        Key.Key_F: page.flip_favourite,  # as in the grid
        Key.Key_H: page.flip_favourite,
        Key.Key_Delete: page.ask_trash,
        Key.Key_I: page.flip_info,
        Key.Key_W: page.why.flip,
        Key.Key_S: page.flip_slideshow,
        Key.Key_Space: page.pause_or_leave,
        Key.Key_F11: page.flip_bare,
        Key.Key_Escape: page.escape,
    }
    for stars in range(1, 6):
        deeds[Qt.Key(Key.Key_0 + stars)] = partial(page.rate, stars)
    return deeds
