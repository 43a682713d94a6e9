"""No text is shown to people that does not come from the one catalogue."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import ritrova_desktop
from ritrova.paths import resource
from ritrova.settings import Settings
from ritrova_desktop.text import IN_A_WINDOW, Words

PACKAGE = Path(ritrova_desktop.__file__).parent
SHOWS = {
    "setText",
    "setToolTip",
    "setStatusTip",
    "setWhatsThis",
    "setTitle",
    "setWindowTitle",
    "setPlaceholderText",
    "setAccessibleName",
    "setAccessibleDescription",
    "setPrefix",
    "setSuffix",
    "setSpecialValueText",
    "setInformativeText",
    "setHeaderLabels",
    "setLabelText",
    "setItemText",
    "setIconText",
    "setFormat",
    "addAction",
    "addItem",
    "addItems",
    "addMenu",
    "addSection",
    "addTab",
    "addRow",
    "showMessage",
    "drawText",
    "QLabel",
    "QPushButton",
    "QToolButton",
    "QCheckBox",
    "QRadioButton",
    "QGroupBox",
    "QAction",
    "QMenu",
    "QListWidgetItem",
    "QStandardItem",
    "QMessageBox",
}
"""Methods and classes of Qt that show a text which they are given."""


def literals(node: ast.expr) -> Iterator[str]:
    """The texts in an argument; those in calls, subscripts and comparisons inside it are arguments of their own."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield from (text for value in values for text in literals(value))
        case ast.BinOp(left=left, right=right):
            yield from literals(left)
            yield from literals(right)
        case ast.IfExp(body=body, orelse=orelse):
            yield from literals(body)
            yield from literals(orelse)
        case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
            yield from (text for value in values for text in literals(value))


def shown_texts(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of what is written in the code and shown as it stands."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name in SHOWS:
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from ((node.lineno, text) for text in literals(argument) if any(map(str.isalpha, text)))


def catalogue_calls(source: str) -> Iterator[tuple[int, ast.expr]]:
    """Line and key of each `msg` and `msg_n`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("msg", "msg_n"):
            yield from ((node.lineno, key) for key in node.args[: 1 if node.func.id == "msg" else 2])


def test_no_text_is_shown_that_is_not_in_the_catalogue() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text!r}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in shown_texts(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_keys_are_written_out_so_that_they_can_be_gathered() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, key in catalogue_calls(path.read_text(encoding="utf-8"))
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("label.setText('Hello')", ["Hello"]),
        ("label.setText(f'{n} photos')", [" photos"]),
        ("QLabel('Hi' if on else words(msg('There')))", ["Hi"]),
        ("label.setText(f'{n} · {m}')", []),
        ("label.setText(words(msg('Hello')))", []),
        ("words.bind(label, label.setText, msg('Hello'))", []),
        ("menu.addAction(text='Open')", ["Open"]),
    ],
)
def test_the_search_for_texts_finds_them(code: str, texts: list[str]) -> None:
    assert [text for _, text in shown_texts(code)] == texts


def test_every_setting_is_explained() -> None:
    """The explanations that the preferences show stand in the schema."""
    schema = Settings.model_json_schema()
    silent = [
        f"{name}.{field}"
        for name, section in schema["$defs"].items()
        for field, one in section["properties"].items()
        if not one.get("description")
    ]
    assert silent == []


ONLY_AT_THE_COMMAND_LINE = (
    "core/ritrova/cli/",
    "core/ritrova/encoding/fetch.py",
    "core/ritrova/encoding/convert.py",
    "trainer/",
)


def test_a_window_advises_no_command(words: Words) -> None:
    """What the core tells to do is told in the window's own words, where it names a command."""
    with resource("translations", "it", "LC_MESSAGES", "ritrova.po").open("rb") as file:
        catalogue = read_po(file)
    advised = {
        key
        for message in catalogue
        for key in (message.id if isinstance(message.id, tuple) else (message.id,))
        if re.search(r"\britrova [a-z]+ ?|run the command", str(key))
        and not all(place.startswith(ONLY_AT_THE_COMMAND_LINE) for place, _line in message.locations)
    }
    no_other_way = {"Take the model's safetensors file, or make one: ritrova models convert FILE"}
    assert advised - set(IN_A_WINDOW) == no_other_way
    assert set(IN_A_WINDOW) <= advised
    assert not [key for key, said in IN_A_WINDOW.items() if "ritrova " in words(said)]
