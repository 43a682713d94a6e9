"""Above the grid: how many photos, in which order, by day or not, similar ones folded or not, and how large."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QSlider, QToolButton

from ritrova.engine.query import Query
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.operations.search import Order
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.rounded import rounded
from ritrova_desktop.views.tile_view import ZOOMS

_ORDERS: dict[Order, Message] = {
    "relevance": msg("Best match first"),
    "newest": msg("Newest first"),
    "oldest": msg("Oldest first"),
}
_SLIDER_WIDTH = 112


class ResultToolbar(QFrame):
    order_chosen = Signal(str)
    by_day_chosen = Signal(bool)
    fold_chosen = Signal(bool)
    zoom_chosen = Signal(int)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("look", "bar")
        self.count = QLabel()
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        self.count.setProperty("look", "quiet")
        self._told: Message = msg("Searching…")
        self.order = self._make_order()
        self.by_day = self._toggle("calendar", msg("Group by day"), self.by_day_chosen)
        self.fold = self._toggle("stack", msg("Show similar photos as one"), self.fold_chosen)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(ZOOMS) - 1)
        self.slider.setPageStep(1)
        self.slider.setFixedSize(_SLIDER_WIDTH, tokens.ICON_LARGE)
        context.words.bind(self.slider, self.slider.setAccessibleName, msg("Size of the photos"))
        context.words.bind(self.slider, self.slider.setToolTip, msg("Size of the photos"))
        self.slider.valueChanged.connect(self.zoom_chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.GAP_LARGE, tokens.GAP_SMALL, tokens.GAP_LARGE, tokens.GAP_SMALL)
        row.setSpacing(tokens.GAP_SMALL)
        row.addWidget(self.count, 1)
        for part in (self.order, self.by_day, self.fold):
            row.addWidget(part)
        row.addSpacing(tokens.GAP)
        row.addWidget(self._zoom_button("zoom-out", msg("Smaller photos"), -1))
        row.addWidget(self.slider)
        row.addWidget(self._zoom_button("zoom-in", msg("Larger photos"), 1))
        context.words.changed.connect(self._draw)
        self._draw()

    def show_waiting(self, *, failed: bool) -> None:
        """The answer takes its time, or no engine is there: what is shown still belongs to the question before."""
        self._told = msg("The engine does not run") if failed else msg("Searching…")
        self._draw()

    def show_count(self, photos: int, selected: int) -> None:
        number = self._context.words.number
        if selected > 1:
            self._told = msg("{selected} of {photos} selected", selected=number(selected), photos=number(photos))
        else:
            self._told = msg_n("One photo", "{count} photos", n=photos, count=number(photos))
        self._draw()

    def show_query(self, query: Query, *, relevant: bool, by_day: bool) -> None:
        """`relevant`: there is something to be relevant to; without, the order by relevance means nothing."""
        self._orders["relevance"].setVisible(relevant)
        order: Order = query.order if relevant or query.order != "relevance" else "newest"
        self._orders[order].setChecked(True)
        self.by_day.setChecked(by_day)
        self.fold.setChecked(query.fold)
        self._draw()

    def show_zoom(self, zoom: int) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(zoom)
        self.slider.blockSignals(False)

    def _make_order(self) -> QPushButton:
        made = QPushButton()
        made.setProperty("look", "plain")
        made.setIcon(self._context.theme.icon("chevron-down", "accent"))
        made.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the icon after the text
        menu = rounded(QMenu(made))
        group = QActionGroup(menu)
        self._orders: dict[Order, QAction] = {}
        for order, text in _ORDERS.items():
            action = self._orders[order] = menu.addAction("")
            action.setCheckable(True)
            group.addAction(action)
            self._context.words.bind(action, action.setText, text)
            action.triggered.connect(lambda *_, order=order: self.order_chosen.emit(order))
        made.clicked.connect(lambda *_: menu.popup(made.mapToGlobal(made.rect().bottomLeft())))
        self._context.words.bind(made, made.setToolTip, msg("Order of the photos"))
        return made

    def _toggle(self, icon: str, text: Message, chosen: object) -> QToolButton:
        made = QToolButton()
        made.setIcon(self._context.theme.icon(icon))
        made.setIconSize(QSize(tokens.ICON, tokens.ICON))
        made.setCheckable(True)
        self._context.words.bind(made, made.setToolTip, text)
        self._context.words.bind(made, made.setAccessibleName, text)
        made.clicked.connect(chosen)
        return made

    def _zoom_button(self, icon: str, text: Message, step: int) -> QToolButton:
        made = QToolButton()
        made.setIcon(self._context.theme.icon(icon, "quiet"))
        made.setIconSize(QSize(tokens.ICON, tokens.ICON))
        self._context.words.bind(made, made.setToolTip, text)
        self._context.words.bind(made, made.setAccessibleName, text)
        made.clicked.connect(lambda *_: self.slider.setValue(self.slider.value() + step))
        return made

    def _draw(self) -> None:
        self.count.setText(self._context.words(self._told))
        checked = [order for order, action in self._orders.items() if action.isChecked()]
        chosen: Order = checked[0] if checked else "newest"
        self.order.setText(self._context.words(_ORDERS[chosen]))
