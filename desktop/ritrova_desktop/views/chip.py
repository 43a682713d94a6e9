"""A chip: something that narrows or steers the search, with a cross that takes it away."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QToolButton

from ritrova.text import Message, msg
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme, tokens

HEIGHT = 8 * tokens.UNIT
PICTURE = 6 * tokens.UNIT
_ICON = 4 * tokens.UNIT
_CROSS = 5 * tokens.UNIT
_WIDEST = 70 * tokens.UNIT


class Chip(QAbstractButton):
    """Click, Enter or Space: `clicked`, where it can be edited. The cross, Delete or Backspace: `removed`."""

    removed = Signal()

    def __init__(self, words: Words, theme: Theme, icon: str, *, role: str = "quiet", editable: bool = False) -> None:
        super().__init__()
        self._words, self._theme = words, theme
        self._icon, self._role, self._editable = icon, role, editable
        self._picture = QImage()
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if editable:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._cross = QToolButton(self)
        self._cross.setCursor(Qt.CursorShape.ArrowCursor)
        # The style sheet's tool buttons are too large for the inside of a chip.
        self._cross.setStyleSheet(
            f"min-width: {_CROSS - 4}px; min-height: {_CROSS - 4}px; border-radius: {_CROSS // 2}px;"
        )
        self._cross.setIconSize(QSize(12, 12))
        self._cross.setFixedSize(_CROSS, _CROSS)
        self._cross.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._cross.clicked.connect(self.removed)
        theme.changed.connect(self._draw)
        self._draw()

    @property
    def cross(self) -> QToolButton:
        return self._cross

    @property
    def picture(self) -> QImage:
        """Null as long as it shows none."""
        return self._picture

    def say(self, text: str, what: Message) -> None:
        """`text` is on the chip; `what` it is about is told to those who cannot see its icon."""
        self.setText(text)
        about = self._words(what)
        self.setAccessibleName(f"{about}: {text}" if text else about)
        self.setToolTip(f"{about}: {text}" if text else about)
        self._cross.setAccessibleName(self._words(msg("Remove {what}", what=text or about)))
        self._cross.setToolTip(self._words(msg("Remove")))
        self.updateGeometry()
        self.update()

    def show_picture(self, image: QImage, *, instead: bool = False) -> None:
        """The photo that it stands for, cut to a square; `instead` of the icon, or before it."""
        if instead:
            self._icon = ""
        side = min(image.width(), image.height())
        square = image.copy((image.width() - side) // 2, (image.height() - side) // 2, side, side)
        pixels = round(PICTURE * self.devicePixelRatioF())
        smooth = Qt.TransformationMode.SmoothTransformation
        self._picture = square.scaled(pixels, pixels, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().horizontalAdvance(self.text())
        gap = tokens.GAP_SMALL if self.text() else 0
        return QSize(min(self._text_left() + text + 2 * gap + _CROSS + tokens.GAP_SMALL, _WIDEST), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._text_left() + _CROSS + tokens.GAP, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        focus = self.hasFocus()
        width = 2.0 if focus else 1.0
        body = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        hovered = self._editable and self.underMouse()
        painter.setBrush(self._theme.colour("hover" if hovered else "surface"))
        painter.setPen(QPen(self._theme.colour("accent" if focus else "edge"), width))
        painter.drawRoundedRect(body, HEIGHT / 2, HEIGHT / 2)
        x = self._paint_marks(painter)
        room = self._cross.x() - tokens.GAP_SMALL - x
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)
        painter.setPen(QColor(self._theme.colour("text")))
        painter.drawText(QRectF(x, 0, room, self.height()), Qt.AlignmentFlag.AlignVCenter, text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cross.move(self.width() - _CROSS - 6, (self.height() - _CROSS) // 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _text_left(self) -> int:
        left = tokens.GAP_SMALL if not self._picture.isNull() else tokens.GAP + 2
        if self._icon:
            left += _ICON + tokens.GAP_SMALL
        if not self._picture.isNull():
            left += PICTURE + tokens.GAP_SMALL
        return left + 2

    def _paint_marks(self, painter: QPainter) -> int:
        """The picture, then the icon; the place of the text."""
        x = tokens.GAP + 2
        if not self._picture.isNull():
            x = tokens.GAP_SMALL
            top = (self.height() - PICTURE) / 2
            circle = QPainterPath()
            circle.addEllipse(QPointF(x + PICTURE / 2, self.height() / 2), PICTURE / 2, PICTURE / 2)
            painter.save()
            painter.setClipPath(circle)
            painter.drawImage(QRectF(x, top, PICTURE, PICTURE), self._picture)
            painter.restore()
            x += PICTURE + tokens.GAP_SMALL
        if self._icon:
            pixmap: QPixmap = self._theme.icons.pixmap(self._icon, _ICON, self.devicePixelRatioF(), self._role)
            painter.drawPixmap(x, (self.height() - _ICON) // 2, pixmap)
        return self._text_left()

    def _draw(self) -> None:
        self._cross.setIcon(self._theme.icon("close", "quiet"))
        self.update()
