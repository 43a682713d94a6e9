"""Where on a canvas a picture lies: zoomed, moved about, or fitted. Arithmetic alone.

Scales are device pixels per pixel of the photo; places and sizes on the canvas are device pixels.
"""

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSizeF

LARGEST = 8.0
"""A pixel of the photo becomes so many of the screen at most."""


@dataclass(frozen=True, slots=True)
class CanvasView:
    """`scale` None: the whole photo, as large as fits and not larger than it is. `centre` is in the photo's pixels."""

    canvas: QSizeF
    photo: QSizeF
    scale: float | None = None
    centre: QPointF | None = None

    @property
    def fitting(self) -> float:
        if self.photo.isEmpty() or self.canvas.isEmpty():
            return 1.0
        across = self.canvas.width() / self.photo.width()
        down = self.canvas.height() / self.photo.height()
        return min(across, down, 1.0)

    @property
    def shown(self) -> float:
        """The scale in force."""
        return self.fitting if self.scale is None else self.scale

    @property
    def target(self) -> QRectF:
        """The photo's rectangle on the canvas; most of it may lie outside."""
        scale, centre = self.shown, self._middle()
        size = QSizeF(self.photo.width() * scale, self.photo.height() * scale)
        left = self.canvas.width() / 2 - centre.x() * scale
        top = self.canvas.height() / 2 - centre.y() * scale
        return QRectF(QPointF(left, top), size)

    def zoomed(self, scale: float, at: QPointF | None = None) -> "CanvasView":
        """Another scale; what is at the place `at` stays there. As small as fitting is the same as fitting."""
        scale = min(scale, max(LARGEST, self.fitting))
        if scale <= self.fitting * 1.001:
            return self.fitted()
        at = at if at is not None else QPointF(self.canvas.width() / 2, self.canvas.height() / 2)
        offset = at - QPointF(self.canvas.width() / 2, self.canvas.height() / 2)
        under = self._middle() + offset / self.shown
        return replace(self, scale=scale, centre=under - offset / scale)._kept_in()

    def fitted(self) -> "CanvasView":
        return replace(self, scale=None, centre=None)

    def moved(self, by: QPointF) -> "CanvasView":
        """Dragged by so many device pixels."""
        if self.scale is None:
            return self
        return replace(self, centre=self._middle() - by / self.scale)._kept_in()

    def resized(self, canvas: QSizeF) -> "CanvasView":
        return replace(self, canvas=canvas)._kept_in()

    def _middle(self) -> QPointF:
        return self.centre if self.centre is not None else QPointF(self.photo.width() / 2, self.photo.height() / 2)

    def _kept_in(self) -> "CanvasView":
        """No edge of the photo comes further in than it must."""
        if self.scale is None or self.centre is None:
            return self
        x = _within(self.centre.x(), self.canvas.width() / self.scale / 2, self.photo.width())
        y = _within(self.centre.y(), self.canvas.height() / self.scale / 2, self.photo.height())
        return replace(self, centre=QPointF(x, y))


def _within(value: float, half: float, whole: float) -> float:
    return whole / 2 if half * 2 >= whole else min(max(value, half), whole - half)
