"""The button that keeps the question as an album which fills itself, and the little form that asks for its name."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolButton
from shiboken6 import isValid

from ritrova.engine.base import Fault
from ritrova.engine.query import Query
from ritrova.text import msg
from ritrova_desktop.operations.albums import save_search
from ritrova_desktop.operations.did import Did
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.name_field import NameField
from ritrova_desktop.views.page import button
from ritrova_desktop.views.popover import Popover
from ritrova_desktop.views.undo_notice import tell_done


class SaveSearch(QToolButton):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setIcon(context.theme.icon("saved-search"))
        self.setIconSize(QSize(tokens.ICON, tokens.ICON))
        context.words.bind(self, self.setToolTip, msg("Save the search"))
        context.words.bind(self, self.setAccessibleName, msg("Save the search"))
        self.clicked.connect(lambda *_: self._ask_name())
        context.search.query_changed.connect(self._follow)
        context.engine.greeted.connect(lambda _: self._follow(context.search.query))
        self._follow(context.search.query)

    def _follow(self, query: Query) -> None:
        asks_something = query != Query(scope=query.scope, order=query.order, fold=query.fold)
        self.setEnabled(asks_something and not self._context.engine.read_only)

    def _ask_name(self) -> None:
        words = self._context.words
        popover = Popover(self, words(msg("Save the search")))
        name = NameField(self._context, msg("Name"), self._context.search.query.text)
        name.setMinimumWidth(260)

        def saved(did: Did) -> None:
            if isValid(popover):
                popover.close_it()
            tell_done(self._context, did)

        def refused(fault: Fault) -> None:
            name.refuse(fault)
            if isValid(popover):
                popover.adjustSize()

        def save() -> None:
            if name.name:
                save_search(self._context.engine, name.name, self._context.search.query, saved, refused)

        name.returnPressed.connect(save)
        popover.column.addWidget(name)
        popover.column.addWidget(name.said)
        popover.column.addWidget(button(self._context, msg("Save"), save, "primary"))
        popover.setFocusProxy(name)
        popover.open()
        name.selectAll()
