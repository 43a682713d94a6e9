"""The small forms below buttons: they go when the person turns elsewhere, and give the keyboard back."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from ritrova_desktop.views.popover import Popover

LEFT = Qt.MouseButton.LeftButton


class Form(QWidget):
    """A window with a field, a button, and a popover that belongs to the button."""

    def __init__(self) -> None:
        super().__init__()
        self.field, self.anchor, self.other = QLineEdit(), QPushButton("filters"), QPushButton("other")
        self.pressed = 0
        self.other.clicked.connect(self._press)
        column = QVBoxLayout(self)
        for part in (self.field, self.anchor, self.other):
            column.addWidget(part)
        self.resize(500, 400)

    def _press(self) -> None:
        self.pressed += 1

    def open(self) -> Popover:
        popover = Popover(self.anchor, "Rating")
        popover.inner = QLineEdit()  # type: ignore[attr-defined]
        popover.column.addWidget(popover.inner)  # type: ignore[attr-defined]
        popover.open()
        return popover


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    form = Form()
    qtbot.addWidget(form)
    form.show()
    form.activateWindow()
    form.field.setFocus()
    qtbot.waitUntil(form.field.hasFocus)
    return form


def test_escape_closes_it_and_gives_the_keyboard_back(form: Form, qtbot: QtBot) -> None:
    popover = form.open()
    assert popover.hasFocus()
    inner: QLineEdit = popover.inner  # type: ignore[attr-defined]
    inner.setFocus()
    assert popover.isVisible(), "its own field is not elsewhere"
    QTest.keyClick(inner, Qt.Key.Key_Escape)
    assert not popover.isVisible()
    assert form.field.hasFocus()
    qtbot.waitUntil(lambda: not isValid(popover))


def test_a_press_elsewhere_closes_it_and_does_what_it_was_meant_for(form: Form, qtbot: QtBot) -> None:
    popover = form.open()
    QTest.mouseClick(popover, LEFT, pos=QPoint(5, 5))
    assert popover.isVisible(), "a press into it is not elsewhere"
    popover.move(250, 0)  # the button is not below it
    QTest.mouseClick(form.other, LEFT, pos=QPoint(5, 5))
    assert not popover.isVisible()
    assert form.pressed == 1


def test_it_closes_when_the_keyboard_goes_elsewhere_and_does_not_take_it_back(form: Form, qtbot: QtBot) -> None:
    popover = form.open()
    form.other.setFocus()
    assert not popover.isVisible()
    assert form.other.hasFocus()


def test_a_menu_of_its_own_leaves_it_open(form: Form, qtbot: QtBot) -> None:
    popover = form.open()
    menu = QMenu(popover)
    menu.addAction("Five stars")
    menu.popup(popover.mapToGlobal(QPoint(0, 0)))
    qtbot.waitUntil(menu.isVisible)
    QTest.mouseClick(menu, LEFT, pos=menu.rect().center())
    assert popover.isVisible()
    menu.close()


def test_it_stays_within_the_window(form: Form, qtbot: QtBot) -> None:
    form.anchor.setGeometry(480, 380, 20, 20)
    popover = form.open()
    assert form.rect().contains(popover.geometry())
    QApplication.sendPostedEvents()
