"""How far indexing is, pausing it, and when it may run."""

from PySide6.QtWidgets import QProgressBar

from ritrova.engine.events import IndexingState, Progress
from ritrova.engine.replies import SettingsOf, StatusOf
from ritrova.engine.requests import GetSettings, GetStatus
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.operations.folders import index_now, pause, resume
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card, Hairline
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import button, label
from ritrova_desktop.views.setting_words import WHEN
from ritrova_desktop.views.settings_form import SettingsForm
from ritrova_desktop.views.status_bar import pace


class IndexingCard(Card):
    def __init__(self, context: Context) -> None:
        super().__init__(context, msg("Indexing"))
        self._context = context
        self._state = "idle"
        self._why: Message | None = None
        self._progress: Progress | None = None
        self._status: StatusOf | None = None
        self.said = label(context, msg("Nothing to do"), "quiet")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        context.words.bind(self._bar, self._bar.setAccessibleName, msg("Progress of indexing"))
        self.now = button(context, msg("Look for new photos"), lambda: index_now(context.engine), icon="refresh")
        self.pause = button(context, msg("Pause"), lambda: pause(context.engine), icon="pause")
        self.resume = button(context, msg("Go on"), lambda: resume(context.engine), icon="play")
        self.anyway = button(context, msg("Go on anyway"), lambda: resume(context.engine, anyway=True), icon="play")
        self.failures = button(
            context, msg("Photos that cannot be read"), lambda: context.navigator.go(Place(Kind.FAILURES)), "plain"
        )
        self.form = SettingsForm(context, WHEN.keys)
        self.column.addWidget(self.said)
        self.column.addWidget(self._bar)
        self.column.addLayout(ButtonRow(self.now, self.pause, self.resume, self.anyway, self.failures, right_from=4))
        self.column.addWidget(Hairline(context))
        self.column.addWidget(self.form)
        engine = context.engine
        engine.progress.connect(self._on_progress)
        engine.indexing_state.connect(self._on_state)
        engine.index_ended.connect(lambda _ended: self._ask_status())
        context.words.changed.connect(self._draw)
        self._draw()

    def enter(self) -> None:
        self._ask_status()
        self._context.engine.request(GetSettings(), lambda reply, _more: self._on_settings(reply), owner=self)

    def _ask_status(self) -> None:
        self._context.engine.request(GetStatus(), lambda reply, _more: self._on_status(reply), owner=self)

    def _on_settings(self, settings: SettingsOf) -> None:
        self.form.show_settings(settings)

    def _on_status(self, status: StatusOf) -> None:
        self._status = status
        self._state = status.indexing
        self._why = status.waiting_for.message() if status.waiting_for else None
        if status.indexing != "running":
            self._progress = None
        self._draw()

    def _on_progress(self, progress: Progress) -> None:
        self._progress = progress
        if self.isVisible():
            self._draw()

    def _on_state(self, state: IndexingState) -> None:
        self._state, self._why = state.state, state.why.message() if state.why else None
        if state.state == "idle":
            self._progress = None
        self._draw()

    def _draw(self) -> None:
        words, writable = self._context.words, not self._context.engine.read_only
        running = self._state == "running"
        words.bind(self.said, self.said.setText, self._headline())
        self._bar.setVisible(running)
        known = self._progress is not None and self._progress.total_final and self._progress.total > 0
        if self._progress is not None:
            self._bar.setRange(0, self._progress.total if known else 0)
            self._bar.setValue(self._progress.done if known else -1)
        self.now.setVisible(self._state == "idle")
        self.pause.setVisible(running)
        self.resume.setVisible(self._state == "paused")
        self.anyway.setVisible(self._state == "waiting" or (running and self._why is not None))
        for one in (self.now, self.pause, self.resume, self.anyway):
            one.setEnabled(writable)
        failed = self._status.failed if self._status is not None else 0
        self.failures.setVisible(failed > 0)
        text = msg_n("One photo cannot be read", "{count} photos cannot be read", n=failed, count=words.number(failed))
        words.bind(self.failures, self.failures.setText, text)

    def _headline(self) -> Message:
        words = self._context.words
        if self._context.engine.read_only:
            return msg("Another program writes to this library: indexing is its matter.")
        match self._state:
            case "running":
                if self._progress is None:
                    return msg("Looking through the folders…")
                done = pace(words, self._progress)
                return msg("{pace} · {why}", pace=done, why=self._why) if self._why is not None else done
            case "paused":
                return msg("Indexing is paused, until you go on.")
            case "waiting":
                return self._why or msg("Indexing waits")
        if self._status is None or self._status.photos == 0:
            return msg("Nothing to do")
        return msg(
            "{searchable} of {photos} photos can be found",
            searchable=words.number(self._status.searchable),
            photos=words.number(self._status.photos),
        )
