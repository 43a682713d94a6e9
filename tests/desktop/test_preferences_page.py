"""The preferences: made from the settings' schema, explained, refused where they make no sense."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLineEdit
from pytestqt.qtbot import QtBot

from ritrova.engine.base import Fault, Text
from ritrova.engine.replies import SettingsOf
from ritrova.engine.requests import ChangeSettings, ForgetSearches
from ritrova.settings import Settings
from ritrova.text import msg
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Choice, Labelled
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.preferences import PreferencesPage
from ritrova_desktop.views.setting_fields import Field
from ritrova_desktop.views.setting_words import TITLES, Key
from ritrova_desktop.views.settings_form import all_keys


class FakeLogin:
    def __init__(self) -> None:
        self.command: list[str] | None = None
        self.refuses = False

    def enabled(self) -> bool:
        return self.command is not None

    def enable(self, command: Sequence[str]) -> None:
        if self.refuses:
            raise PermissionError(13, "Permission denied")
        self.command = list(command)

    def disable(self) -> None:
        self.command = None


@pytest.fixture
def login() -> FakeLogin:
    return FakeLogin()


@pytest.fixture
def page(context: Context, engine: FakeEngine, login: FakeLogin, qtbot: QtBot) -> PreferencesPage:
    page = PreferencesPage(context, login)
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    page.enter(Place(Kind.PREFERENCES))
    qtbot.waitUntil(lambda: page._advanced_form is not None)
    return page


def row(page: PreferencesPage, key: Key) -> tuple[Field, Labelled]:
    forms = [*page.forms, page._advanced_form]
    return next(form.rows[key] for form in forms if form is not None and key in form.rows)


def schema() -> SettingsOf:
    defaults = Settings().model_dump(mode="json")
    return SettingsOf(values=defaults, defaults=defaults, json_schema=Settings.model_json_schema())


def test_every_setting_has_a_title_and_a_field(page: PreferencesPage) -> None:
    keys = all_keys(schema())
    assert set(keys) <= set(TITLES)
    for key in keys:
        row(page, key)


def test_a_number_out_of_its_limits_is_explained_and_not_sent(
    page: PreferencesPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    page._advanced.setChecked(True)
    field, labelled = row(page, ("index", "m"))
    assert isinstance(field.widget, QLineEdit)
    field.widget.setFocus()
    field.widget.selectAll()
    QTest.keyClicks(field.widget, "100")
    assert labelled.error.isVisible()
    assert labelled.error.text() == "From 4 to 64."
    QTest.keyClick(field.widget, Qt.Key.Key_Return)
    assert not any(isinstance(asked, ChangeSettings) for asked in engine.asked)
    field.widget.selectAll()
    QTest.keyClicks(field.widget, "32")
    assert not labelled.error.isVisible()
    QTest.keyClick(field.widget, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: engine.settings.index.m == 32)


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        (("index", "exact_up_to"), "-1", "At least 0."),
        (("decoding", "timeout_s"), "0", "More than 0."),
        (("index", "rebuild_deleted_share"), "1", "More than 0, less than 1."),
        (("decoding", "workers"), "two", "A whole number is wanted."),
        (("decoding", "max_megapixels"), "", "A number is wanted."),
    ],
)
def test_each_kind_of_limit_is_told(page: PreferencesPage, key: Key, typed: str, said: str) -> None:
    page._advanced.setChecked(True)
    field, labelled = row(page, key)
    assert isinstance(field.widget, QLineEdit)
    field.widget.selectAll()
    QTest.keyClick(field.widget, Qt.Key.Key_Delete)
    QTest.keyClicks(field.widget, typed)
    field.widget.textEdited.emit(typed)
    assert labelled.error.text() == said


def test_what_the_engine_refuses_is_explained_at_its_field(
    page: PreferencesPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    title = Text.of(msg("There is no such device."))
    engine.refuse(ChangeSettings, Fault(type="UsageError", whose="usage", title=title))
    field, labelled = row(page, ("encoding", "device"))
    assert isinstance(field.widget, Choice)
    field.widget.activated.emit(1)
    qtbot.waitUntil(labelled.error.isVisible)
    assert labelled.error.text() == "There is no such device."


def test_names_are_edited_one_a_line(page: PreferencesPage, engine: FakeEngine, qtbot: QtBot) -> None:
    field, _ = row(page, ("folders", "ignored_names"))
    edit = field.widget
    edit.setFocus()
    edit.insertPlainText("bozze*\n")  # type: ignore[attr-defined]
    page.reset.setFocus()
    qtbot.waitUntil(lambda: "bozze*" in engine.settings.folders.ignored_names)


def test_the_hours_of_the_night_wait_for_the_night(page: PreferencesPage, engine: FakeEngine, qtbot: QtBot) -> None:
    _, hour = row(page, ("indexing", "night_from"))
    assert not hour.isEnabled()
    switch = row(page, ("indexing", "only_at_night"))[0].widget
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(hour.isEnabled)
    assert engine.settings.indexing.only_at_night


def test_a_reset_takes_all_back_and_can_be_undone(
    page: PreferencesPage, engine: FakeEngine, context: Context, qtbot: QtBot
) -> None:
    engine.settings.index.m = 32
    engine.settings.encoding.model = "clip-italian"
    page.enter(Place(Kind.PREFERENCES))
    qtbot.waitUntil(lambda: page._settings is not None and page._settings.values["index"]["m"] == 32)
    QTest.mouseClick(page.reset, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: engine.settings.index.m == Settings().index.m and bool(context.notices.up))
    assert engine.settings.encoding.model == "clip-italian"  # chosen on the page of the models
    context.notices.up[0].remedies[0].run()
    qtbot.waitUntil(lambda: engine.settings.index.m == 32)


def test_theme_and_language_are_the_windows_own(page: PreferencesPage, context: Context) -> None:
    page._choices["theme"].activated.emit(2)
    page._choices["language"].activated.emit(1)
    assert (context.state.now.theme, context.state.now.language) == ("dark", "it")
    context.state.update(theme="light")
    assert page._choices["theme"].currentData() == "light"


def test_the_memory_for_thumbnails_is_chosen_in_steps(page: PreferencesPage, context: Context) -> None:
    box = page._choices["thumbnails_mb"]
    assert box.currentText() == "96 MB"
    box.activated.emit(box.findText("384 MB"))
    assert context.state.now.thumbnails_mb == 384


def test_a_switch_says_what_it_does_and_keeps_it(page: PreferencesPage, context: Context) -> None:
    switch = page._switches["close_to_tray"]
    assert isinstance(switch, QCheckBox)
    assert switch.accessibleDescription()
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert context.state.now.close_to_tray


def test_starting_at_login_is_asked_of_the_system_aside(page: PreferencesPage, login: FakeLogin, qtbot: QtBot) -> None:
    QTest.mouseClick(page._login.box, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: login.command is not None)
    assert login.command is not None
    assert "--hidden" in login.command
    QTest.mouseClick(page._login.box, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: login.command is None)


def test_a_system_that_refuses_is_believed(
    page: PreferencesPage, login: FakeLogin, context: Context, qtbot: QtBot
) -> None:
    login.refuses = True
    QTest.mouseClick(page._login.box, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(context.notices.up))
    qtbot.waitUntil(lambda: not page._login.box.isChecked())


def test_searches_are_forgotten(page: PreferencesPage, engine: FakeEngine, context: Context, qtbot: QtBot) -> None:
    context.state.remember_sentence("un gatto")
    QTest.mouseClick(page.forget, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ForgetSearches() in engine.asked)
    assert context.state.now.history == ()
