"""Shows one picture: fitted or zoomed with wheel, keys and fingers, moved with the mouse, drawn from what there is."""

from PySide6.QtCore import QEasingCurve, QEvent, QPointF, QRectF, QSize, QSizeF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import (
    QImage,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from ritrova.engine.replies import HeatMap
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.canvas_view import CanvasView
from ritrova_desktop.views.heat import heat_image

STEP = 1.25
FADE_MS = 300
_NOTCH = 120
_SHARP_FROM = 3.0
"""From this scale on the photo's pixels are shown as squares."""


class PictureCanvas(QWidget):
    zoomed = Signal()  # the scale is another
    resized = Signal()
    pixels_wanted = Signal()  # more than there are: the person has zoomed in

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._view = CanvasView(QSizeF(), QSizeF())
        self._images: list[QImage] = []  # of the same photo, coarse to fine
        self._full = False
        self._heat: QImage | None = None
        self._said = ""
        self._dragged: QPointF | None = None
        self._before = QImage()
        self._fading = QVariantAnimation(self, startValue=1.0, endValue=0.0, duration=FADE_MS)
        self._fading.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._fading.valueChanged.connect(lambda *_: self.update())
        self.backdrop = "window"
        self.setMinimumSize(160, 120)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.grabGesture(Qt.GestureType.PinchGesture)
        theme.changed.connect(self.update)

    # What is shown

    @property
    def scale(self) -> float:
        """Device pixels per pixel of the photo."""
        return self._view.shown

    @property
    def fitted(self) -> bool:
        return self._view.scale is None

    @property
    def side(self) -> int:
        """The longer side, in device pixels, of the fitted photo: no larger picture is of use before one zooms."""
        longest = max(self._view.photo.width(), self._view.photo.height())
        return max(1, round(longest * self._view.fitting))

    @property
    def target(self) -> QRectF:
        """Where the photo lies, in device pixels."""
        return self._view.target

    def show_photo(self, size: QSize, placeholder: QImage | None = None, *, fade: bool = False) -> None:
        """Another photo, of `size` pixels, fitted; `placeholder` stands for it until its picture comes."""
        self._fading.stop()
        self._before = self.grab().toImage() if fade and self._images else QImage()
        if not self._before.isNull():
            self._fading.start()
        self._images = [placeholder] if placeholder is not None and not placeholder.isNull() else []
        self._full, self._heat, self._said = False, None, ""
        self._view = CanvasView(self._device_size(), QSizeF(size))
        self._changed()

    def add_image(self, image: QImage, *, full: bool) -> None:
        """The photo's picture, or a finer one."""
        if self._view.photo.isEmpty():
            self._view = CanvasView(self._view.canvas, QSizeF(image.size()))
        others = (one for one in self._images if one.width() != image.width())
        self._images = sorted([*others, image], key=lambda one: one.width())[-3:]
        self._full = self._full or full
        self._said = ""
        self._changed()

    def show_heat(self, heat: HeatMap | None) -> None:
        """Lay a map of what counts over the photo, as long as it is the one that is shown; None takes it away."""
        self._heat = heat_image(heat) if heat is not None else None
        self.update()

    @property
    def has_heat(self) -> bool:
        return self._heat is not None

    def say(self, text: str) -> None:
        """In place of a picture, or across what there is of it."""
        self._said = text
        self.update()

    @property
    def said(self) -> str:
        return self._said

    # Zooming and moving

    def fit(self) -> None:
        self._show(self._view.fitted())

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """`at`: the place, in device pixels, that stays where it is; the middle if not given."""
        self._show(self._view.zoomed(self._view.shown * factor, at))

    def flip(self, at: QPointF | None = None) -> None:
        """From fitted to all pixels, or back."""
        fitting_shows_all = self._view.fitting >= 1.0
        to = 2.0 if fitting_shows_all else 1.0
        self._show(self._view.zoomed(to, at) if self.fitted else self._view.fitted())

    def move_by(self, by: QPointF) -> None:
        self._show(self._view.moved(by))

    def _show(self, view: CanvasView) -> None:
        if view != self._view:
            self._view = view
            self._changed()

    def _changed(self) -> None:
        self.update()
        self.zoomed.emit()
        finest = self._images[-1].width() if self._images else 0
        needed = self._view.photo.width() * self._view.shown
        if not self.fitted and not self._full and needed > finest * 1.01:
            self.pixels_wanted.emit()
        self.setCursor(Qt.CursorShape.ArrowCursor if self.fitted else Qt.CursorShape.OpenHandCursor)

    # Events

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(
            self.rect(), self._theme.colour(self.backdrop) if self.backdrop != "black" else Qt.GlobalColor.black
        )
        image = self._image_for(self._view.photo.width() * self._view.shown)
        if image is not None:
            self._paint_image(painter, image, smooth=self._view.shown < _SHARP_FROM)
        if self._heat is not None:
            self._paint_image(painter, self._heat, smooth=True)
        if self._fading.state() is QVariantAnimation.State.Running:
            painter.setOpacity(float(self._fading.currentValue()))
            painter.drawImage(QRectF(self.rect()), self._before)
            painter.setOpacity(1.0)
        if self._said:
            painter.setPen(self._theme.colour("quiet") if self.backdrop != "black" else Qt.GlobalColor.lightGray)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), int(flags), self._said)

    def _image_for(self, width: float) -> QImage | None:
        """The coarsest that is fine enough: a fine one drawn small would shimmer, and cost more."""
        return next(
            (one for one in self._images if one.width() >= width * 0.99), self._images[-1] if self._images else None
        )

    def _paint_image(self, painter: QPainter, image: QImage, *, smooth: bool) -> None:
        """The visible part alone, so that all pixels of a large photo cost no more than the window's."""
        ratio = self.devicePixelRatioF()
        target = self._view.target
        seen = target.intersected(QRectF(QPointF(), self._view.canvas))
        if seen.isEmpty():
            return
        across, down = image.width() / target.width(), image.height() / target.height()
        source = QRectF(
            (seen.x() - target.x()) * across,
            (seen.y() - target.y()) * down,
            seen.width() * across,
            seen.height() * down,
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        on_screen = QRectF(seen.x() / ratio, seen.y() / ratio, seen.width() / ratio, seen.height() / ratio)
        painter.drawImage(on_screen, image, source)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._view = self._view.resized(self._device_size())
        self._changed()
        self.resized.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        by_fingers = event.phase() is not Qt.ScrollPhase.NoScrollPhase and not event.pixelDelta().isNull()
        if by_fingers and not self.fitted and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.move_by(QPointF(event.pixelDelta()) * self.devicePixelRatioF())
        else:
            self.zoom_by(STEP ** (event.angleDelta().y() / _NOTCH), self._device(event.position()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and not self.fitted:
            self._dragged = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None:
            self.move_by((event.position() - self._dragged) * self.devicePixelRatioF())
            self._dragged = event.position()
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = None
        self.setCursor(Qt.CursorShape.ArrowCursor if self.fitted else Qt.CursorShape.OpenHandCursor)
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._dragged = None
        self.flip(self._device(event.position()))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1 + event.value(), self._device(event.position()))
            return True
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom_by(pinch.scaleFactor(), self._device(QPointF(self.mapFromGlobal(pinch.centerPoint()))))
                return True
        return super().event(event)

    def _device(self, place: QPointF) -> QPointF:
        return place * self.devicePixelRatioF()

    def _device_size(self) -> QSizeF:
        return QSizeF(self.size()) * self.devicePixelRatioF()
