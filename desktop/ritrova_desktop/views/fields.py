"""The parts that forms are made of: cards, choices, rows of buttons, and a line that tells what is wrong."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ritrova.text import Message
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.page import label

TICK_INDENT = tokens.ICON + tokens.GAP + 4
"""Where the text of a check box begins, and what explains it."""


class Card(QFrame):
    """A framed part of a page; `column` takes what is in it."""

    def __init__(self, context: Context, title: Message | None = None, text: Message | None = None) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(*[tokens.GAP_LARGE] * 4)
        self.column.setSpacing(tokens.GAP_LARGE)
        if title is not None:
            head = QVBoxLayout()
            head.setSpacing(tokens.GAP_SMALL)
            head.addWidget(label(context, title, "heading"))
            if text is not None:
                head.addWidget(label(context, text, "quiet"))
            self.column.addLayout(head)


class Choice(QComboBox):
    """One of a few. Scrolling the page over it changes nothing."""

    def __init__(self, context: Context, name: Message, options: Sequence[tuple[Message, object]]) -> None:
        super().__init__()
        self._context = context
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        context.words.bind(self, self.setAccessibleName, name)
        self._options = list(options)
        for _text, value in options:
            self.addItem("", value)
        context.words.changed.connect(self._retext)
        context.theme.changed.connect(self.update)
        self._retext()

    def choose(self, value: object) -> None:
        """Show `value`, and tell nobody."""
        self.blockSignals(True)
        self.setCurrentIndex(next((at for at, (_, known) in enumerate(self._options) if known == value), -1))
        self.blockSignals(False)

    def on_choice(self, run: Callable[[object], object]) -> None:
        self.activated.connect(lambda at: run(self.itemData(at)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = tokens.ICON - 4
        place = QRect(self.width() - side - tokens.GAP, (self.height() - side) // 2, side, side)
        painter = QPainter(self)
        mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
        self._context.theme.icon("chevron-down", "quiet").paint(painter, place, Qt.AlignmentFlag.AlignCenter, mode)
        painter.end()

    def _retext(self) -> None:
        for at, (text, _value) in enumerate(self._options):
            self.setItemText(at, self._context.words(text))


class Tick(QCheckBox):
    """A check box that draws its own mark: a style sheet would take the frame of the system's away."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        context.theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        return QSize(TICK_INDENT + text.width() + 4, max(28, text.height() + 8))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, at: QPoint) -> bool:
        return self.rect().contains(at)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, on = self._context.theme, self.checkState() is not Qt.CheckState.Unchecked
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(1.5, (self.height() - tokens.ICON) / 2 + 0.5, tokens.ICON - 1, tokens.ICON - 1)
        edge = "faint" if not self.isEnabled() else "accent" if on or self.hasFocus() else "edge"
        painter.setPen(QPen(theme.colour(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(theme.colour(edge if on else "surface"))
        painter.drawRoundedRect(box, tokens.RADIUS_SMALL, tokens.RADIUS_SMALL)
        if on:
            theme.icon("check", "on_accent").paint(painter, box.toRect().adjusted(2, 2, -2, -2))
        if self.hasFocus() and on:  # a ring inside, which shows on the filled box too
            painter.setPen(QPen(theme.colour("text"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, tokens.RADIUS_SMALL, tokens.RADIUS_SMALL)
        painter.setPen(theme.colour("text" if self.isEnabled() else "faint"))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        room = self.rect().adjusted(TICK_INDENT, 0, 0, 0)
        painter.drawText(room, int(flags) | int(Qt.TextFlag.TextShowMnemonic), self.text())
        painter.end()


class Labelled(QWidget):
    """A name and an explanation at the left, a control at the right or `below`, and what is wrong with its value."""

    def __init__(
        self, context: Context, name: Message, help_: Message | None, control: QWidget, *, below: bool = False
    ) -> None:
        super().__init__()
        self._context = context
        self.control = control
        self.error = label(context, name, "bad")
        self.error.hide()
        texts = QVBoxLayout()
        texts.setSpacing(2)
        check = isinstance(control, QCheckBox)
        title = label(context, name)
        if check:
            title.hide()
        texts.addWidget(control if check else title)
        if help_ is not None:
            shown = label(context, help_, "small")
            context.words.bind(shown, Marked(shown).setText, help_)
            texts.addWidget(_indented(shown, TICK_INDENT if check else 0))
        if below:
            texts.addSpacing(tokens.GAP_SMALL)
            texts.addWidget(control)
        texts.addWidget(self.error)
        if not check and not below:  # as tall as its control, and in the middle
            texts.insertStretch(0, 1)
            texts.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.GAP_PAGE)
        row.addLayout(texts, 1)
        if isinstance(control, QCheckBox):
            context.words.bind(control, control.setText, name)
        else:
            if not below:
                row.addWidget(control, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
            title.setBuddy(control)
            context.words.bind(control, control.setAccessibleName, name)
        if help_ is not None:
            context.words.bind(control, control.setAccessibleDescription, help_)

    def show_error(self, what: Message | None) -> None:
        """Say what is wrong; None: nothing."""
        self.error.setVisible(what is not None)
        if what is not None:
            self._context.words.bind(self.error, self.error.setText, what)


class Marked:
    """Shows a text of the settings' reference page, which marks code by backticks."""

    def __init__(self, target: QLabel) -> None:
        self._target = target

    def setText(self, text: str) -> None:
        self._target.setText(text.replace("`", ""))


class Hairline(QWidget):
    """A thin line between the parts of a card."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._theme = context.theme
        self.setFixedHeight(1)
        context.theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("line"))
        painter.end()


def settle(widget: QWidget) -> None:
    """Make room for what was added to a page that scrolls, at once: else it is painted squeezed before it grows."""
    at: QWidget | None = widget
    while at is not None:
        layout, parent = at.layout(), at.parentWidget()
        if layout is not None:
            layout.activate()
        if isinstance(at, QScrollArea):
            QCoreApplication.sendEvent(at, QEvent(QEvent.Type.LayoutRequest))
            return
        at = parent


def _indented(widget: QLabel, by: int) -> QLabel:
    widget.setIndent(0)
    widget.setContentsMargins(by, 0, 0, 0)
    return widget
