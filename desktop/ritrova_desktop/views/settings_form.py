"""Settings as a form, made from their schema. A change holds at once; what is refused is explained at its field."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from ritrova.engine.base import Fault
from ritrova.engine.replies import SettingsOf
from ritrova.text import Message
from ritrova_desktop.operations.settings import change_setting
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Labelled, settle
from ritrova_desktop.views.focus_order import page_of, read_by_keyboard
from ritrova_desktop.views.setting_fields import Field, field_for, hour_field
from ritrova_desktop.views.setting_words import ELSEWHERE, HOURS, NEEDS, Key, title_of


class SettingsForm(QWidget):
    """Shows those of `keys` that the engine has."""

    def __init__(self, context: Context, keys: Sequence[Key]) -> None:
        super().__init__()
        self._context, self._keys = context, tuple(keys)
        self._rows: dict[Key, tuple[Field, Labelled]] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.GAP_LARGE)

    @property
    def rows(self) -> dict[Key, tuple[Field, Labelled]]:
        return self._rows

    def show_settings(self, settings: SettingsOf) -> None:
        before = len(self._rows)
        for key in self._keys:
            schema = schema_of(settings.json_schema, key)
            if schema is None:
                continue
            if key not in self._rows:
                self._add(key, schema)
            if key in self._rows:
                field, row = self._rows[key]
                if not field.widget.hasFocus() or not row.error.isVisible():
                    field.show(settings.values[key[0]][key[1]])
                    row.show_error(None)
        for key, needed in NEEDS.items():
            if key in self._rows:
                self._rows[key][1].setEnabled(bool(settings.values[needed[0]][needed[1]]))
        self.setEnabled(not self._context.engine.read_only)
        if len(self._rows) > before:
            settle(self)
            read_by_keyboard(page_of(self))

    def _add(self, key: Key, schema: dict[str, Any]) -> None:
        name = title_of(key)
        hour = key in HOURS
        field = hour_field(self._context, name) if hour else field_for(self._context, name, schema)
        if field is None:
            return
        help_ = Message(schema["description"]) if "description" in schema and not hour else None
        row = Labelled(self._context, name, help_, field.widget, below=isinstance(field.widget, QPlainTextEdit))
        field.wrong.connect(row.show_error)
        field.changed.connect(partial(self._change, key))
        self._rows[key] = (field, row)
        self._column.addWidget(row)
        row.show()  # the layout would only do it in the next turn

    def _change(self, key: Key, value: object) -> None:
        row = self._rows[key][1]

        def refused(fault: Fault) -> None:
            row.show_error(fault.title.message())

        change_setting(self._context.engine, *key, value, self.show_settings, refused, owner=self)


def schema_of(whole: dict[str, Any], key: Key) -> dict[str, Any] | None:
    """The schema of one setting; None where there is none."""
    section = _resolved(whole, whole["properties"].get(key[0], {}))
    found = section.get("properties", {}).get(key[1])
    return None if found is None else _resolved(whole, found)


def all_keys(settings: SettingsOf) -> list[Key]:
    """Every setting that can be changed here, in the schema's order."""
    return [
        (section, field)
        for section, fields in settings.values.items()
        for field in fields
        if (section, field) not in ELSEWHERE
    ]


def _resolved(whole: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow the reference to a definition; what stands beside it counts first."""
    references = [schema.get("$ref"), *(part.get("$ref") for part in schema.get("allOf", ()))]
    name = next((reference.rpartition("/")[2] for reference in references if reference), None)
    return {**whole["$defs"][name], **schema} if name else schema
