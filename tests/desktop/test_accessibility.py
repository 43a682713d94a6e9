"""Every page for everyone: names that are read out, the keyboard alone, a small screen, large letters."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAccessible, QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ritrova.engine.curation_requests import MakeAlbum
from ritrova.engine.query import Query
from ritrova_desktop.actions import Actions
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Place

SMALL_SCREEN = (1366, 768)
HALF = (SMALL_SCREEN[0] // 2, SMALL_SCREEN[1] // 2)
SETTLE_MS = 40


@pytest.fixture
def large(qapp: QApplication, context: Context, theme: Theme) -> Iterator[Context]:
    """The window of a person whose letters are twice as large."""
    usual = qapp.font()
    font = QFont(usual)
    font.setPointSizeF(usual.pointSizeF() * 2)
    qapp.setFont(font)
    dressed = Theme(qapp, "light")
    yield replace(context, theme=dressed, actions=Actions(context.words, dressed))
    qapp.setFont(usual)
    theme.choose("dark")
    theme.choose("light")


def open_window(context: Context, engine: FakeEngine, qtbot: QtBot) -> MainWindow:
    window = MainWindow(context)
    qtbot.addWidget(window)
    window.resize(*SMALL_SCREEN)
    window.show_place(context.navigator.here)
    window.show()
    engine.request(MakeAlbum(name="Estate in Sardegna", files=(1, 2)))
    engine.request(MakeAlbum(name="Gatti", query=Query(text="gatto")))
    qtbot.waitUntil(lambda: len(engine.asked) >= 2)
    return window


@pytest.fixture
def window(context: Context, engine: FakeEngine, qtbot: QtBot) -> MainWindow:
    return open_window(context, engine, qtbot)


def pages(window: MainWindow, qtbot: QtBot) -> Iterator[Kind]:
    """Go to every page, one after the other."""
    for kind in Kind:
        if kind is Kind.PHOTO:  # one of those that were found
            window.context.navigator.go(Place(Kind.ALL))
            qtbot.waitUntil(lambda: window.context.results.rowCount() > 0)
        window.context.navigator.go(Place(kind, row=0 if kind is Kind.PHOTO else None))
        qtbot.wait(SETTLE_MS)
        assert window.context.navigator.here.kind is kind
        yield kind


def seen(window: MainWindow) -> list[QWidget]:
    return [one for one in window.findChildren(QWidget) if one.isVisible() and one.visibleRegion().boundingRect()]


def focusable(window: MainWindow) -> list[QWidget]:
    """What the keyboard can be on, the parts of compound controls left out."""
    return [
        one
        for one in window.findChildren(QWidget)
        if one.isVisible()
        and one.isEnabled()
        and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not isinstance(one, QScrollArea)
        and not isinstance(one.parentWidget(), QComboBox)
    ]


def described(widget: QWidget) -> str:
    parents = [type(widget).__name__]
    at = widget.parentWidget()
    while at is not None and len(parents) < 4:
        parents.append(type(at).__name__)
        at = at.parentWidget()
    return " < ".join(parents)


def spoken(widget: QWidget) -> str:
    """What a screen reader says of it."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface is not None else ""


def test_every_control_has_a_name_that_is_read_out(window: MainWindow, qtbot: QtBot) -> None:
    nameless = {
        f"{kind}: {described(one)}" for kind in pages(window, qtbot) for one in focusable(window) if not spoken(one)
    }
    assert nameless == set()


def test_the_tab_key_reaches_every_control(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    missed: set[str] = set()
    for kind in pages(window, qtbot):
        window.activateWindow()
        window.focus_page()
        qtbot.waitUntil(lambda: qapp.focusWidget() is not None)
        reached: list[QWidget] = []
        while (at := qapp.focusWidget()) is not None and at not in reached:
            reached.append(at)
            assert window.focusNextPrevChild(True)  # as the key does, also where a field keeps it
        missed |= {f"{kind}: {described(one)} {spoken(one)!r}" for one in focusable(window) if one not in reached}
    assert missed == set()


def test_the_tab_key_goes_as_one_reads(window: MainWindow, qtbot: QtBot) -> None:
    """From one control to the next, never to one that is wholly above it."""
    upwards: set[str] = set()
    for kind in pages(window, qtbot):
        page = window.page
        assert page is not None
        reached = [one for one in focusable(window) if page.isAncestorOf(one)]
        chain: list[QWidget] = []
        at = page.nextInFocusChain()
        while at is not None and at is not page:
            chain.append(at)
            at = at.nextInFocusChain()
        reached.sort(key=chain.index)
        for one, other in pairwise(reached):
            top = one.mapTo(page, QPoint(0, 0)).y()
            bottom = other.mapTo(page, QPoint(0, other.height())).y()
            if bottom <= top:
                upwards.add(f"{kind}: from {spoken(one)!r} to {spoken(other)!r}")
    assert upwards == set()


def clipped(window: MainWindow) -> list[str]:
    """Texts that do not have the room which they need, and pages that are wider than the window.

    Layouts take a few turns to come to rest: what is still cut after a second counts.
    """
    until = time.monotonic() + 1
    while cut_now(window) and time.monotonic() < until:
        QTest.qWait(SETTLE_MS)
    return cut_now(window)


def cut_now(window: MainWindow) -> list[str]:
    cut: list[str] = []
    for one in seen(window):
        if isinstance(one, QLabel) and one.text() and not one.pixmap():
            needs = one.heightForWidth(one.width()) if one.wordWrap() else one.sizeHint().height()
            narrow = not one.wordWrap() and one.sizeHint().width() > one.width() + 1
            if needs > one.height() + 1 or narrow:
                cut.append(f"{described(one)}: {one.text()!r} {one.size().toTuple()}")
        elif isinstance(one, QAbstractButton | QComboBox):
            text = one.currentText() if isinstance(one, QComboBox) else one.text()
            hint = one.minimumSizeHint()
            if text and (hint.width() > one.width() + 1 or hint.height() > one.height() + 1):
                cut.append(f"{described(one)}: {text!r} {hint.toTuple()} in {one.size().toTuple()}")
        elif isinstance(one, QLineEdit) and one.fontMetrics().height() > one.height():
            cut.append(described(one))
        if (
            isinstance(one, QAbstractScrollArea)
            and not isinstance(one, QAbstractItemView)
            and isinstance(one, QScrollArea)
            and one.horizontalScrollBar().maximum() > 0
        ):
            cut.append(f"{described(one)}: wider than the window by {one.horizontalScrollBar().maximum()}")
    return cut


@pytest.mark.parametrize("language", ["en", "it"])
def test_no_text_is_cut_on_a_small_screen(window: MainWindow, context: Context, qtbot: QtBot, language: str) -> None:
    context.words.choose(language)  # type: ignore[arg-type]
    cut = {f"{kind}: {what}" for kind in pages(window, qtbot) for what in clipped(window)}
    assert cut == set()
    assert (window.width(), window.height()) == SMALL_SCREEN


def test_a_small_screen_at_twice_the_scale_is_enough(window: MainWindow, context: Context, qtbot: QtBot) -> None:
    context.words.choose("it")
    window.resize(*HALF)
    cut = {f"{kind}: {what}" for kind in pages(window, qtbot) for what in clipped(window)}
    assert cut == set()
    assert (window.width(), window.height()) == HALF


def test_no_text_is_cut_with_letters_of_twice_the_size(large: Context, engine: FakeEngine, qtbot: QtBot) -> None:
    window = open_window(large, engine, qtbot)
    cut = {f"{kind}: {what}" for kind in pages(window, qtbot) for what in clipped(window)}
    assert cut == set()
    assert (window.width(), window.height()) == SMALL_SCREEN


class _Windows(QObject):
    """Hears of every window that appears."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(f"{type(watched).__name__} {getattr(watched, 'text', str)()}".strip())
        return False


def test_no_part_of_a_page_flashes_as_a_window_of_its_own(
    qapp: QApplication, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    windows = _Windows()
    qapp.installEventFilter(windows)
    try:
        window = open_window(context, engine, qtbot)
        for _kind in pages(window, qtbot):
            pass
    finally:
        qapp.removeEventFilter(windows)
    assert windows.shown == ["MainWindow"]
