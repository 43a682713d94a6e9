"""What the person may be about to type: own sentences and photos' keywords, in a list below the field.

In an empty field a click or the arrow shows the newest sentences. Each can be forgotten: by its cross, or by Delete.
The list never takes the keyboard: the field keeps it and hands on the arrows, Enter, Delete and Esc.
"""

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
)

from ritrova.engine.query import MOST_TEXT
from ritrova.engine.replies import Completion, Completions
from ritrova.engine.requests import Complete, ForgetSearches
from ritrova.text import msg
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context

MOST = 6
_ROW = 8 * tokens.UNIT
_CROSS = 5 * tokens.UNIT
_COMPLETION = Qt.ItemDataRole.UserRole


class CompletionList(QFrame):
    chosen = Signal(str)  # the whole text of the field, completed
    passed = Signal()  # asked for, and there is nothing to suggest

    def __init__(self, context: Context, field: QLineEdit) -> None:
        super().__init__(field.window())
        self._context, self._field = context, field
        self._asked = 0
        self._prefix = ""
        self._crosses: list[QToolButton] = []
        self.setProperty("look", "popover")
        self._list = QListWidget()
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setUniformItemSizes(True)
        self._list.setIconSize(QSize(16, 16))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        room = _CROSS + 2 * tokens.GAP_SMALL  # a long sentence ends before its cross
        self._list.setStyleSheet(
            f"QListView {{ background: transparent; }} QListView::item {{ padding-right: {room}px; }}"
        )
        context.words.bind(self._list, self._list.setAccessibleName, msg("Suggestions"))
        self._list.itemClicked.connect(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[tokens.GAP_SMALL] * 4)
        column.addWidget(self._list)
        self.hide()
        field.installEventFilter(self)
        field.textEdited.connect(self._on_edited)

    @property
    def texts(self) -> list[str]:
        return [self._list.item(row).data(_COMPLETION).text for row in range(self._list.count())]

    @property
    def current(self) -> int:
        """The row that Enter takes; -1 for none."""
        return self._list.currentRow()

    def ask(self, prefix: str, *, row: int = -1) -> None:
        """Show what `prefix` may become, once it is known, with a row chosen."""
        self._context.engine.forget(self._asked)
        self._prefix = prefix

        def answered(completions: Completions, _more: bool) -> None:
            self._show(completions.found)
            if self.isVisible():
                self._list.setCurrentRow(min(row, self._list.count() - 1))
            elif row >= 0:
                self.passed.emit()

        body = Complete(prefix=prefix[:MOST_TEXT], most=MOST)
        self._asked = self._context.engine.request(body, answered, lambda _: self.hide())

    def dismiss(self) -> None:
        self._context.engine.forget(self._asked)
        self.hide()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.FocusOut:
            self.dismiss()
        elif event.type() is QEvent.Type.MouseButtonPress and not self._field.text():
            self.ask("")
        elif event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(event)
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        """Whether the key was meant for the list."""
        match event.key():
            case Qt.Key.Key_Down if not self.isVisible():
                self.ask(self._field.text(), row=0)
            case Qt.Key.Key_Down | Qt.Key.Key_Up if self.isVisible():
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                rows = self._list.count() + 1  # and none of them
                self._list.setCurrentRow((self._list.currentRow() + 1 + step) % rows - 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Tab if self.isVisible() and self.current >= 0:
                self._take(self._list.currentItem())
            case Qt.Key.Key_Delete if self.isVisible() and self.current >= 0 and self._can_forget(self._chosen):
                self._forget(self._chosen.text)
            case Qt.Key.Key_Escape if self.isVisible():
                self.dismiss()
            case _:
                return False
        return True

    def _on_edited(self) -> None:
        """What was offered in the empty field is no answer to what is typed now."""
        if not self._prefix:
            self.dismiss()

    @property
    def _chosen(self) -> Completion:
        completion: Completion = self._list.currentItem().data(_COMPLETION)
        return completion

    def _can_forget(self, one: Completion) -> bool:
        return one.source == "history" and not self._context.engine.read_only

    def _forget(self, text: str) -> None:
        row = self.current if self._list.count() > 1 else None

        def forgotten(*_: object) -> None:
            if row is not None and self.isVisible():
                self.ask(self._prefix, row=row)
            else:
                self.dismiss()

        self._context.engine.request(ForgetSearches(text=text), forgotten, owner=self)

    def _take(self, item: QListWidgetItem) -> None:
        completion: Completion = item.data(_COMPLETION)
        self.dismiss()
        self.chosen.emit(completion.text)

    def _show(self, found: tuple[Completion, ...]) -> None:
        found = tuple(one for one in found if one.text.strip() != self._prefix.strip())
        if not found or not self._field.hasFocus():
            self.hide()
            return
        self._list.clear()
        while self._crosses:
            self._crosses.pop().deleteLater()
        for one in found:
            icon = "history" if one.source == "history" else "tag"
            item = QListWidgetItem(self._context.theme.icon(icon, "quiet"), one.text)
            item.setData(_COMPLETION, one)
            item.setSizeHint(QSize(0, _ROW))
            self._list.addItem(item)
        self._list.setCurrentRow(-1)
        corner = self._field.mapTo(self._field.window(), QPoint(0, self._field.height() + tokens.GAP_SMALL))
        margins = 2 * tokens.GAP_SMALL + 2
        self.setParent(self._field.window())
        self.setGeometry(corner.x(), corner.y(), self._field.width(), len(found) * _ROW + margins)
        self.show()
        self.raise_()
        for row, one in enumerate(found):
            if self._can_forget(one):
                self._add_cross(self._list.item(row), one.text)

    def _add_cross(self, item: QListWidgetItem, text: str) -> None:
        """At the right end of the row of a search that can be forgotten."""
        cross = QToolButton(self._list.viewport())
        cross.setIcon(self._context.theme.icon("close", "quiet"))
        cross.setIconSize(QSize(12, 12))
        cross.setStyleSheet(f"min-width: {_CROSS - 4}px; min-height: {_CROSS - 4}px; border-radius: {_CROSS // 2}px;")
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cross.setToolTip(self._context.words(msg("Forget this search")))
        cross.setAccessibleName(self._context.words(msg("Forget {what}", what=text)))
        cross.clicked.connect(lambda *_: self._forget(text))
        place = self._list.visualItemRect(item)
        cross.setGeometry(place.right() - _CROSS - tokens.GAP_SMALL, place.center().y() - _CROSS // 2, _CROSS, _CROSS)
        cross.show()
        self._crosses.append(cross)
