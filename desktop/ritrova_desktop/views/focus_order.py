"""The Tab key goes as one reads: Qt goes by when a control was made, and some are made once the engine has answered."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QAbstractSpinBox, QComboBox, QLayout, QScrollArea, QWidget

from ritrova_desktop.views.page import Page


def read_by_keyboard(root: QWidget) -> None:
    """Bring what is in `root` into the order of its layouts."""
    for one, next_ in pairwise(_of(root)):
        QWidget.setTabOrder(one, next_)


def page_of(widget: QWidget) -> QWidget:
    """The page that a control is on; its topmost parent, where that is none."""
    at = widget
    while not isinstance(at, Page) and (parent := at.parentWidget()) is not None:
        at = parent
    return at


def _of(widget: QWidget) -> Iterator[QWidget]:
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    layout = widget.layout()
    if isinstance(widget, QScrollArea):
        inner = widget.widget()
        if inner is not None:
            yield from _of(inner)
    elif layout is not None:
        yield from _in(layout)
    elif not isinstance(widget, QAbstractScrollArea | QAbstractSpinBox | QComboBox):
        for child in widget.children():
            if isinstance(child, QWidget) and not child.isWindow():
                yield from _of(child)


def _in(layout: QLayout) -> Iterator[QWidget]:
    for at in range(layout.count()):
        item = layout.itemAt(at)
        assert item is not None
        inner, widget = item.layout(), item.widget()
        if widget is not None:
            yield from _of(widget)
        elif inner is not None:
            yield from _in(inner)
