"""The frame: sidebar, top bar, notices, the page, and the foot.

window.set_top_bar(search_bar)     shown on all pages that do not refuse it (`Page.top_bar`)
window.status.add_tool(slider)     a tool at the foot
"""

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ritrova.text import msg
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.notice_bar import NoticeBar
from ritrova_desktop.views.page import Page
from ritrova_desktop.views.pages import PAGES, MakePage
from ritrova_desktop.views.sidebar import FULL_LEAST, FULL_MOST, RAIL, Sidebar
from ritrova_desktop.views.status_bar import StatusBar

SMALLEST = QSize(640, 360)
FIRST_SIZE = QSize(1200, 800)
NARROW = 860
"""Pixels of width below which the sidebar is a rail of icons, unless it is asked for."""


class MainWindow(QMainWindow):
    closing = Signal(QCloseEvent)  # before it closes; whoever hears it may `ignore` the event
    shown_first = Signal()  # it has been painted once: now there is time for everything else

    def __init__(self, context: Context, pages: Mapping[Kind, MakePage] = PAGES) -> None:
        super().__init__()
        self.context = context
        self._make = pages
        self._pages: dict[MakePage, Page] = {}
        self._page: Page | None = None
        self._painted = False
        self._narrow = False
        self._bare = False
        self.setObjectName("main")
        context.words.bind(self, self.setWindowTitle, msg("Ritrova"))
        self.setMinimumSize(SMALLEST)
        self.sidebar = Sidebar(context.words, context.theme, context.navigator)
        self.notice_bar = NoticeBar(context.notices, context.words, context.theme)
        self.status = StatusBar(context.words, context.theme)
        self._stack = QStackedWidget()
        self._top, self._top_row = self._make_top()
        self._splitter = self._lay_out()
        self._add_actions()
        self._restore()
        context.navigator.moved.connect(self.show_place)

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        return self._page

    def set_top_bar(self, widget: QWidget) -> None:
        """The search bar, beside the button of the sidebar."""
        self._top_row.addWidget(widget, 1)

    def show_place(self, place: Place) -> None:
        make = self._make[place.kind]
        page = self._pages.get(make)
        if page is None:
            page = self._pages[make] = make(self.context)
            self._stack.addWidget(page)
            if page.foot is not None:
                self.status.add_tool(page.foot)
        if self._page is not page:
            if self._page is not None:
                self._page.leave()
                if self._page.foot is not None:
                    self._page.foot.hide()
            self._page = page
            if page.foot is not None:
                page.foot.show()
            self._stack.setCurrentWidget(page)
            self._top.setVisible(page.top_bar)
        page.enter(place)

    def focus_page(self) -> None:
        """Give the keyboard to the page."""
        if self._page is not None:
            self._page.focus_first()

    def page_of(self, kind: Kind) -> Page | None:
        """The page for a kind of place, where it was visited already."""
        return self._pages.get(self._make[kind])

    def set_bare(self, bare: bool) -> None:
        """Nothing but the page, over the whole screen: for looking at photos."""
        self._bare = bare
        for part in (self.sidebar, self.status):
            part.setVisible(not bare)
        self._top.setVisible(not bare and self._page is not None and self._page.top_bar)
        if bare:
            self.showFullScreen()
        elif self.isFullScreen():
            self.showNormal()
        if not bare:
            self._show_sidebar()

    def bring_to_front(self) -> None:
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def _make_top(self) -> tuple[QFrame, QHBoxLayout]:
        bar = QFrame()
        bar.setProperty("look", "bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(tokens.GAP, tokens.GAP, tokens.GAP_LARGE, tokens.GAP)
        row.setSpacing(tokens.GAP)
        toggle = QToolButton()
        toggle.setIconSize(QSize(tokens.ICON, tokens.ICON))
        toggle.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row.addWidget(toggle, alignment=Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._toggle = toggle
        return bar, row

    def _lay_out(self) -> QSplitter:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self._top, self.notice_bar):
            column.addWidget(part)
        column.addWidget(self._stack, 1)
        column.addWidget(self.status)
        splitter = QSplitter()
        splitter.setHandleWidth(1)
        splitter.addWidget(self.sidebar)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        splitter.splitterMoved.connect(self._on_splitter)
        self.setCentralWidget(splitter)
        return splitter

    def _add_actions(self) -> None:
        actions, navigator = self.context.actions, self.context.navigator
        sidebar = actions.add(
            "window.sidebar",
            msg("Names in the sidebar"),
            self._flip_sidebar,
            shortcuts=("Ctrl+B",),
            icon="sidebar",
        )
        self._toggle.setDefaultAction(sidebar)
        actions.add("window.back", msg("Back"), navigator.back, shortcuts=("Alt+Left",), icon="chevron-left")
        actions.add("window.preferences", msg("Preferences"), lambda: navigator.go(Place(Kind.PREFERENCES)),
                    shortcuts=("Ctrl+,",), icon="settings")  # fmt: skip
        actions.add("window.shortcuts", msg("Keyboard shortcuts"), lambda: navigator.go(Place(Kind.SHORTCUTS)),
                    shortcuts=("F1", "Ctrl+?"), icon="keyboard")  # fmt: skip
        actions.adopt(self)

    def _restore(self) -> None:
        now = self.context.state.now
        if not (now.geometry and self.restoreGeometry(QByteArray(now.geometry))):
            self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize()))
        self._show_sidebar()

    def _show_sidebar(self) -> None:
        self.sidebar.setVisible(not self._bare)  # a full screen may be wide where the window was narrow
        self._set_rail(self._narrow or not self.context.state.now.sidebar_shown)

    def _set_rail(self, rail: bool) -> None:
        self.sidebar.set_rail(rail)
        width = RAIL if rail else self.context.state.now.sidebar_width
        self._splitter.setSizes([width, max(1, self.width() - width)])

    def _flip_sidebar(self) -> None:
        rail = not self.sidebar.rail
        self._set_rail(rail)
        if not self._narrow:
            self.context.state.update(sidebar_shown=not rail)

    def _on_splitter(self, position: int, _handle: int) -> None:
        if not self.sidebar.rail:
            self.context.state.update(sidebar_width=min(max(position, FULL_LEAST), FULL_MOST))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.notice_bar.fit(self.height())
        narrow = self.width() < NARROW
        if narrow is not self._narrow:
            self._narrow = narrow
            self._show_sidebar()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if not self._painted and event.type() is QEvent.Type.UpdateRequest:
            self._painted = True
            self.shown_first.emit()
        return handled

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.isFullScreen():
            self.context.state.update(geometry=bytes(self.saveGeometry().data()))
        self.closing.emit(event)
