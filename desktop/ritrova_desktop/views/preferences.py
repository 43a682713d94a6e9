"""The preferences: those of the window, then the library's settings, made from their schema."""

import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal
from PySide6.QtWidgets import QCheckBox, QPushButton, QToolButton

from ritrova.engine.replies import SettingsOf
from ritrova.engine.requests import GetSettings
from ritrova.text import Message, msg
from ritrova_desktop.autostart import Autostart, autostart
from ritrova_desktop.notices import Level, Notice
from ritrova_desktop.operations.did import Did
from ritrova_desktop.operations.settings import forget_searches, reset_settings
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card, Choice, Labelled, Tick
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import FormPage, button
from ritrova_desktop.views.setting_words import GROUPS, Key
from ritrova_desktop.views.settings_form import SettingsForm, all_keys
from ritrova_desktop.views.undo_notice import tell_done

_THEMES: Sequence[tuple[Message, object]] = (
    (msg("As the system"), "system"),
    (msg("Light"), "light"),
    (msg("Dark"), "dark"),
)
_LANGUAGES: Sequence[tuple[Message, object]] = (
    (msg("As the system"), "system"),
    (msg("Italiano"), "it"),
    (msg("English"), "en"),
)
_SLIDES: Sequence[tuple[Message, object]] = tuple((msg("{n} seconds", n=n), n) for n in (2, 3, 5, 8, 12, 20))
_MEMORY: Sequence[tuple[Message, object]] = tuple((msg("{n} MB", n=n), n) for n in (48, 96, 192, 384, 768))
_SWITCHES: Sequence[tuple[str, Message, Message]] = (
    (
        "close_to_tray",
        msg("Keep running in the tray when the window is closed"),
        msg("New photos are found meanwhile. Quit from the icon's menu."),
    ),
    ("notify", msg("Tell when long work is done"), msg("By a notification of the system, when you are elsewhere.")),
    ("reduced_motion", msg("Less motion"), msg("Nothing slides or fades.")),
)


class PreferencesPage(FormPage):
    top_bar = False

    def __init__(self, context: Context, login: Autostart | None = None) -> None:
        super().__init__(context, msg("Preferences"))
        self._settings: SettingsOf | None = None
        self._choices: dict[str, Choice] = {}
        self._switches: dict[str, QCheckBox] = {}
        self._login = LoginSwitch(context, login or autostart())
        self.column.addWidget(self._window_card())
        self.forms = [self._group(group.title, group.keys) for group in GROUPS]
        self._advanced = QToolButton()
        self._advanced_card = Card(context, msg("Advanced"), msg("The defaults were measured; few need other ones."))
        self._advanced_form: SettingsForm | None = None
        self._add_advanced()
        self.column.addWidget(self._library_card())
        self.column.addWidget(self._privacy_card())
        shortcuts = button(
            context, msg("Keyboard shortcuts"), lambda: context.navigator.go(Place(Kind.SHORTCUTS)), icon="keyboard"
        )
        self.reset = button(context, msg("Reset to defaults"), self._reset)
        self.column.addLayout(ButtonRow(shortcuts, self.reset, right_from=1))
        context.state.changed.connect(self._show_state)
        context.engine.library_changed.connect(
            lambda change: self._ask() if change.what == "settings" and self.isVisible() else None
        )

    def enter(self, _place: Place) -> None:
        self._show_state()
        self._login.ask()
        self._ask()

    def show_settings(self, settings: SettingsOf) -> None:
        self._settings = settings
        for form in self.forms:
            form.show_settings(settings)
        if self._advanced_form is None:
            grouped = {key for group in GROUPS for key in group.keys}
            self._advanced_form = SettingsForm(self.context, [key for key in all_keys(settings) if key not in grouped])
            self._advanced_card.column.addWidget(self._advanced_form)
        self._advanced_form.show_settings(settings)
        self.reset.setEnabled(not self.context.engine.read_only)

    def _ask(self) -> None:
        self.context.engine.request(GetSettings(), lambda reply, _more: self.show_settings(reply), owner=self)

    def _window_card(self) -> Card:
        context = self.context
        card = Card(context, msg("Window"))
        choices: Sequence[tuple[str, Message, Sequence[tuple[Message, object]]]] = (
            ("theme", msg("Theme"), _THEMES),
            ("language", msg("Language"), _LANGUAGES),
            ("slideshow_seconds", msg("Each photo of a slideshow stays"), _SLIDES),
            ("thumbnails_mb", msg("Memory for the small pictures"), _MEMORY),
        )
        for field, name, options in choices:
            box = Choice(context, name, options)
            box.on_choice(self._keeper(field))
            self._choices[field] = box
            card.column.addWidget(Labelled(context, name, None, box))
        for field, name, text in _SWITCHES:
            switch = Tick(context)
            switch.clicked.connect(self._keeper(field))
            self._switches[field] = switch
            card.column.addWidget(Labelled(context, name, text, switch))
        card.column.addWidget(
            Labelled(context, msg("Start at login"), msg("Hidden in the tray, where there is one."), self._login.box)
        )
        return card

    def _keeper(self, field: str) -> Callable[[object], None]:
        """Remembers the values of one field."""

        def keep(value: object) -> None:
            self.context.state.update(**{field: value})

        return keep

    def _group(self, title: Message, keys: Sequence[Key]) -> SettingsForm:
        card = Card(self.context, title)
        form = SettingsForm(self.context, keys)
        card.column.addWidget(form)
        self.column.addWidget(card)
        return form

    def _add_advanced(self) -> None:
        flip = self._advanced
        flip.setCheckable(True)
        flip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        flip.setProperty("look", "disclosure")
        self.context.words.bind(flip, flip.setText, msg("Advanced"))
        self.context.words.bind(flip, flip.setAccessibleName, msg("Show the advanced settings"))
        flip.toggled.connect(self._show_advanced)
        self._show_advanced(False)
        self.column.addLayout(ButtonRow(flip))
        self.column.addWidget(self._advanced_card)

    def _show_advanced(self, shown: bool) -> None:
        self._advanced_card.setVisible(shown)
        self._advanced.setIcon(self.context.theme.icon("chevron-down" if shown else "chevron-right"))

    def _library_card(self) -> Card:
        text = msg("Where it lies and how big it is, its copies, checking and repairing it.")
        card = Card(self.context, msg("The library"), text)
        go = self.context.navigator.go
        self.library = button(self.context, msg("Open"), lambda: go(Place(Kind.LIBRARY)))
        card.column.addLayout(ButtonRow(self.library))
        return card

    def _privacy_card(self) -> Card:
        text = msg("Searches are kept on this computer alone, to complete what you type.")
        card = Card(self.context, msg("Privacy"), text)
        self.forget: QPushButton = button(self.context, msg("Forget all searches"), self._forget)
        card.column.addLayout(ButtonRow(self.forget))
        return card

    def _forget(self) -> None:
        self.context.state.update(history=())
        forget_searches(self.context.engine, self._done)

    def _reset(self) -> None:
        if self._settings is None:
            return
        keys = set(all_keys(self._settings))

        def only(values: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
            kept = {s: {f: v for f, v in fields.items() if (s, f) in keys} for s, fields in values.items()}
            return {section: fields for section, fields in kept.items() if fields}

        settings = self._settings
        reset_settings(
            self.context.engine, only(settings.values), only(settings.defaults), self.show_settings, self._done
        )

    def _done(self, did: Did) -> None:
        tell_done(self.context, did)

    def _show_state(self, _field: str = "") -> None:
        now = self.context.state.now
        for field, box in self._choices.items():
            box.choose(getattr(now, field))
        for field, switch in self._switches.items():
            switch.setChecked(getattr(now, field))


class LoginSwitch(QObject):
    """Starting with the session: what the system says of it, asked and changed on a thread of the pool."""

    _said = Signal(bool)
    _refused = Signal(str)

    def __init__(self, context: Context, login: Autostart) -> None:
        super().__init__()
        self._context, self._login = context, login
        self.box = Tick(context)
        self.box.clicked.connect(self._change)
        self._said.connect(self.box.setChecked, Qt.ConnectionType.QueuedConnection)
        self._refused.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def ask(self) -> None:
        self._aside(None)

    def _change(self, on: bool) -> None:
        self._aside(on)

    def _aside(self, wanted: bool | None) -> None:
        def work() -> None:
            try:
                if wanted:
                    self._login.enable([sys.executable if getattr(sys, "frozen", False) else sys.argv[0], "--hidden"])
                elif wanted is not None:
                    self._login.disable()
                self._said.emit(self._login.enabled())
            except OSError as error:
                self._refused.emit(error.strerror or str(error))

        QThreadPool.globalInstance().start(work)

    def _tell(self, reason: str) -> None:
        title = msg("The system did not let that be changed: {reason}", reason=reason)
        self._context.notices.post(Notice(title=title, level=Level.WARNING, key="login"))
        self.ask()
