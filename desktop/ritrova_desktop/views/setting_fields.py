"""A control for each type of setting, chosen by its JSON schema. Tells `changed(value)` when a value is complete.

A value that cannot be is explained (`wrong`), and not sent.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from ritrova.text import Message, msg
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Choice, Tick
from ritrova_desktop.views.setting_words import OPTIONS

NARROW, WIDE = 28 * tokens.UNIT, 60 * tokens.UNIT


class Field(QObject):
    """One value: `widget` shows it."""

    changed = Signal(object)
    wrong = Signal(object)  # Message, or None: it is right again

    def __init__(self, widget: QWidget, show: Callable[[Any], object]) -> None:
        super().__init__(widget)
        self.widget = widget
        self.show = show


def field_for(context: Context, name: Message, schema: dict[str, Any]) -> Field | None:
    """The field for a schema; None for a type that no field is for."""
    if "enum" in schema:
        return _choice(context, name, schema["enum"])
    match schema.get("type"):
        case "boolean":
            return _switch(context)
        case "integer" | "number":
            return NumberField(context, schema)
        case "array":
            return LinesField()
        case "string":
            return _line()
    return None


def hour_field(context: Context, name: Message) -> Field:
    """An hour of the day, 0 to 23."""
    box = Choice(context, name, [(msg("{hour}:00", hour=hour), hour) for hour in range(24)])
    field = Field(box, box.choose)
    box.on_choice(field.changed.emit)
    return field


def _choice(context: Context, name: Message, values: list[str]) -> Field:
    box = Choice(context, name, [(OPTIONS.get(value) or msg("{name}", name=value), value) for value in values])
    box.setMinimumWidth(WIDE)
    field = Field(box, box.choose)
    box.on_choice(field.changed.emit)
    return field


def _switch(context: Context) -> Field:
    box = Tick(context)
    field = Field(box, lambda value: box.setChecked(bool(value)))
    box.clicked.connect(lambda on: field.changed.emit(bool(on)))
    return field


def _line() -> Field:
    edit = QLineEdit()
    edit.setFixedWidth(WIDE)
    field = Field(edit, lambda value: edit.setText(str(value)))
    edit.editingFinished.connect(lambda: field.changed.emit(edit.text().strip()) if edit.isModified() else None)
    return field


class NumberField(Field):
    """A number within the schema's limits, written as the person's language does."""

    def __init__(self, context: Context, schema: dict[str, Any]) -> None:
        self._edit = QLineEdit()
        self._edit.setFixedWidth(NARROW)
        self._edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        super().__init__(self._edit, self._show)
        self._context, self._schema = context, schema
        self._whole = schema["type"] == "integer"
        self._edit.textEdited.connect(lambda text: self.wrong.emit(self._trouble(text)))
        self._edit.editingFinished.connect(self._finish)

    def _show(self, value: Any) -> None:
        self._edit.setText(f"{value:g}".replace(".", self._point) if isinstance(value, float) else str(value))
        self.wrong.emit(None)

    @property
    def _point(self) -> str:
        return self._context.words.locale.decimalPoint()

    def _value(self, text: str) -> int | float | None:
        try:
            return int(text) if self._whole else float(text.replace(self._point, "."))
        except ValueError:
            return None

    def _trouble(self, text: str) -> Message | None:
        value = self._value(text.strip())
        if value is None:
            return msg("A whole number is wanted.") if self._whole else msg("A number is wanted.")
        least, most = self._schema.get("minimum"), self._schema.get("maximum")
        above, below = self._schema.get("exclusiveMinimum"), self._schema.get("exclusiveMaximum")
        if (least is not None and value < least) or (most is not None and value > most):
            if most is None:
                return msg("At least {least}.", least=f"{least:g}")
            return msg("From {least} to {most}.", least=f"{least or 0:g}", most=f"{most:g}")
        if (above is not None and value <= above) or (below is not None and value >= below):
            if below is None:
                return msg("More than {least}.", least=f"{above:g}")
            return msg("More than {least}, less than {most}.", least=f"{above or 0:g}", most=f"{below:g}")
        return None

    def _finish(self) -> None:
        if self._edit.isModified() and self._trouble(self._edit.text()) is None:
            self._edit.setModified(False)
            self.changed.emit(self._value(self._edit.text().strip()))


class LinesField(Field):
    """Several texts, one a line; complete when the person goes elsewhere."""

    def __init__(self, lines: int = 6) -> None:
        self._edit = Lines(lines)
        super().__init__(self._edit, self._show)
        self._edit.left.connect(self._finish)

    def _show(self, value: Any) -> None:
        self._edit.setPlainText("\n".join(map(str, value)))
        self._edit.document().setModified(False)

    def _finish(self) -> None:
        if self._edit.document().isModified():
            self._edit.document().setModified(False)
            self.changed.emit(lines_of(self._edit.toPlainText()))


class Lines(QPlainTextEdit):
    """An edit of several lines, as tall as `lines` of them."""

    left = Signal()

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._rows = lines
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._fit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.left.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(self.fontMetrics().lineSpacing() * self._rows + 6 * tokens.UNIT)


def lines_of(text: str) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]
