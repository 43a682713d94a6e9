"""The first start: folders, privacy, the model, and photos that can be found while the others follow."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ritrova.engine.requests import AddFolder
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.first_run import FirstRunPage, pictures_folders
from ritrova_desktop.views.navigation import Kind, Place

PICTURES = b"/home/anna/Immagini"


class Finder:
    """Finds the Pictures folder, and remembers on which thread it was looked for."""

    def __init__(self, *found: bytes) -> None:
        self.found = list(found)
        self.threads: list[int] = []

    def __call__(self) -> list[bytes]:
        self.threads.append(threading.get_ident())
        return self.found


def shown(context: Context, qtbot: QtBot, finder: Finder) -> FirstRunPage:
    page = FirstRunPage(context, finder)
    qtbot.addWidget(page)
    page.show()
    page.enter(Place(Kind.FIRST_RUN))
    qtbot.waitUntil(lambda: bool(finder.threads))
    return page


def test_the_pictures_folder_is_offered_and_looked_for_aside(context: Context, qtbot: QtBot) -> None:
    finder = Finder(PICTURES)
    page = shown(context, qtbot, finder)
    qtbot.waitUntil(lambda: page.chosen == [PICTURES])
    assert finder.threads != [threading.get_ident()]
    assert page.start.isEnabled()


def test_the_page_says_that_nothing_leaves_the_computer(context: Context, qtbot: QtBot) -> None:
    page = shown(context, qtbot, Finder())
    said = [label.text() for label in page.findChildren(QLabel)]
    assert "Nothing leaves this computer" in said
    qtbot.waitUntil(lambda: "understands Italian" in page._model.text())
    assert not page.start.isEnabled()


def test_start_adds_the_folders_and_shows_photos_as_they_come(
    context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    page = shown(context, qtbot, Finder(PICTURES))
    qtbot.waitUntil(lambda: page.chosen == [PICTURES])
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/media/usb/Foto")])
    none = Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none))
    assert page.chosen == [PICTURES, b"/media/usb/Foto"]
    context.navigator.go(Place(Kind.FIRST_RUN))
    QTest.mouseClick(page.start, Qt.MouseButton.LeftButton)
    added = [AddFolder(path=PICTURES), AddFolder(path=b"/media/usb/Foto")]
    qtbot.waitUntil(lambda: [asked for asked in engine.asked if isinstance(asked, AddFolder)] == added)
    assert context.navigator.here == Place(Kind.ALL)


def test_a_folder_that_is_not_wanted_is_left_out(context: Context, qtbot: QtBot) -> None:
    page = shown(context, qtbot, Finder(PICTURES))
    qtbot.waitUntil(lambda: page.chosen == [PICTURES])
    QTest.mouseClick(page.boxes[PICTURES], Qt.MouseButton.LeftButton)
    assert page.chosen == []
    assert not page.start.isEnabled()


def test_only_a_pictures_folder_that_is_there_is_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    assert all(path.startswith(str(tmp_path).encode() + b"/") for path in pictures_folders())
