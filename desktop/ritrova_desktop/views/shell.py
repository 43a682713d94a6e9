"""Window and tray follow the engine: what it says is shown where it belongs, what fails becomes a notice."""

import time
from collections.abc import Callable
from os import fsdecode
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QCloseEvent

from ritrova.engine import events as e
from ritrova.engine import requests as q
from ritrova.engine.base import Fault, sendable
from ritrova.engine.messages import Hello
from ritrova.engine.query import Scope
from ritrova.engine.replies import Albums, Folders, StatusOf
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.engine import EngineState
from ritrova_desktop.names import shown
from ritrova_desktop.notices import Level, Notice, Remedy
from ritrova_desktop.operations.keeping import put_settings_aside
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.status_bar import SHORT, pace
from ritrova_desktop.views.tray import Tray

LONG_WORK_S = 60
"""Work that took longer is worth a notification, where the person looks elsewhere by then."""

REFRESH_MS = 300
_SCOPES: dict[Kind, Literal["all", "favourites", "album"]] = {
    Kind.ALL: "all",
    Kind.FAVOURITES: "favourites",
    Kind.ALBUM: "album",
}
_ENGINE, _LOCKED = "engine", "read-only"
GONE = "The folder {folder} is gone, though its disk is there."
"""What the engine says of a watched folder."""


class Shell(QObject):
    """`report` writes a problem report; `ended` says that the window is to go for good."""

    ended = Signal()

    def __init__(self, context: Context, window: MainWindow, tray: Tray, report: Callable[[], object]) -> None:
        super().__init__()
        self._context, self._window, self._tray, self._report = context, window, tray, report
        self._quitting = False
        self._work_began: float | None = None
        self._status: StatusOf | None = None
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh.timeout.connect(self._ask_counts)
        self._follow_engine()
        self._follow_person()

    def quit(self) -> None:
        """Close for good, tray or not."""
        self._quitting = True
        self._window.close()

    def _follow_engine(self) -> None:
        engine = self._context.engine
        engine.greeted.connect(self._on_hello)
        engine.state_changed.connect(self._on_state)
        engine.failed.connect(self._on_failed)
        engine.refused.connect(self.show_fault)
        engine.progress.connect(self._on_progress)
        engine.indexing_state.connect(self._on_indexing_state)
        engine.index_ended.connect(self._on_index_ended)
        engine.library_changed.connect(self._on_library_changed)
        engine.noticed.connect(self._on_noticed)

    def _follow_person(self) -> None:
        for source in (self._window.status, self._tray):
            source.pause_asked.connect(lambda: self._context.engine.request(q.Pause()))
            source.resume_asked.connect(lambda: self._context.engine.request(q.Resume(anyway=True)))
        self._tray.show_asked.connect(self._window.bring_to_front)
        self._tray.quit_asked.connect(self.quit)
        self._window.closing.connect(self._on_closing)
        self._context.navigator.moved.connect(self._on_moved)
        self._context.actions.add("window.quit", msg("Quit"), self.quit, shortcuts=("Ctrl+Q",), icon="power")
        self._context.actions.add("window.report", msg("Report a problem"), self._report, icon="report")

    def _on_moved(self, place: Place) -> None:
        """The search is among the photos of the place where the person is."""
        scope = _SCOPES.get(place.kind)
        if scope is not None:
            self._context.search.set_scope(Scope(kind=scope, album=place.album))

    def show_fault(self, fault: Fault) -> None:
        """What was refused, or went wrong."""
        remedies = (self._report_remedy(),) if fault.whose == "bug" else ()
        self._context.notices.post(
            Notice(
                title=fault.title.message(),
                detail=fault.remedy.message() if fault.remedy else None,
                level=Level.WARNING if fault.whose == "usage" else Level.ERROR,
                path=sendable(fsdecode(fault.path)) if fault.path else None,
                remedies=remedies,
                key=_key_of(fault),
            )
        )

    def _on_hello(self, hello: Hello) -> None:
        if hello.read_only:
            who = hello.writer
            title = (
                msg("{program} (process {pid}) writes to this library.", program=who.program, pid=str(who.pid))
                if who is not None
                else msg("This library can only be read.")
            )
            detail = msg("You can look and search; nothing is changed or indexed until it ends.")
            self._context.notices.post(Notice(title=title, detail=detail, level=Level.WARNING, key=_LOCKED))
        else:
            self._context.notices.withdraw(_LOCKED)
        if hello.first_run and not hello.read_only:
            self._context.navigator.go(Place(Kind.FIRST_RUN))
        self._ask_counts()

    def _on_state(self, state: EngineState) -> None:
        notices = self._context.notices
        if state is EngineState.RESTARTING:
            title, detail = msg("The engine stopped and is starting again."), msg("What you were looking for is kept.")
            report = (self._report_remedy(),)
            notices.post(Notice(title=title, detail=detail, level=Level.WARNING, remedies=report, key=_ENGINE))
            self._window.status.show_state(e.IndexingState(state="idle"))
            self._window.status.say(msg("Starting…"))
        elif state is EngineState.READY:
            notices.withdraw(_ENGINE)
        elif state is EngineState.ALONE:
            notices.withdraw(_ENGINE)
            self._window.status.show_state(e.IndexingState(state="idle"))
            self._window.status.say(msg("The library is being put in order…"))

    def _on_failed(self, fault: Fault) -> None:
        remedies = [Remedy(label=msg("Start again"), run=self._context.engine.start), self._report_remedy()]
        if fault.type == "LibraryCorrupt":
            remedies.insert(0, Remedy(label=msg("Show the copies"), run=lambda: self._go(Kind.LIBRARY)))
        elif fault.path is not None and fault.path.endswith(b"settings.json"):
            usual = Remedy(label=msg("Take the usual settings"), run=lambda: put_settings_aside(self._context.engine))
            remedies.insert(0, usual)
        self._context.notices.withdraw(_key_of(fault))  # one notice of it is enough
        self._context.notices.post(
            Notice(
                title=fault.title.message(),
                detail=fault.remedy.message() if fault.remedy else None,
                level=Level.ERROR,
                path=sendable(fsdecode(fault.path)) if fault.path else None,
                remedies=tuple(remedies),
                key=_ENGINE,
            )
        )
        self._window.status.say(msg("The engine does not run"))

    def _on_progress(self, progress: e.Progress) -> None:
        self._window.status.show_progress(progress)
        if progress.activity in SHORT:
            return
        if self._work_began is None:
            self._work_began = time.monotonic()
        self._tray.show_state(pace(self._context.words, progress), paused=False)
        if not self._refresh.isActive():  # counts grow while indexing goes on, and need not be asked at each step
            self._refresh.start(REFRESH_MS * 10)

    def _on_indexing_state(self, state: e.IndexingState) -> None:
        self._window.status.show_state(state)
        paused = state.state in ("paused", "waiting")
        self._tray.show_state(msg("Indexing is paused") if paused else msg("Ritrova"), paused=paused)

    def _on_index_ended(self, ended: e.IndexEnded) -> None:
        began, self._work_began = self._work_began, None
        self._ask_counts()
        if ended.fault is not None:
            self.show_fault(ended.fault)
            return
        report = ended.report
        if report is None or ended.stopped or not report.embedded:
            return
        done = msg_n("One new photo can be found.", "{n} new photos can be found.", n=report.embedded)
        failed = msg_n("One cannot be read.", "{n} cannot be read.", n=report.failed) if report.failed else None
        shown = (Remedy(label=msg("Show"), run=lambda: self._go(Kind.FAILURES)),) if failed else ()
        self._context.notices.post(
            Notice(title=done, detail=failed, remedies=shown, seconds=None if failed else 8, key="index-ended")
        )
        long = began is not None and time.monotonic() - began >= LONG_WORK_S
        if long and self._context.state.now.notify and not self._window.isActiveWindow():
            self._tray.notify(msg("Indexing is done"), done)

    def _on_library_changed(self, change: e.LibraryChanged) -> None:
        if change.what in ("photos", "marks", "albums", "folders", "failures"):
            self._refresh.start(REFRESH_MS)
        if any(notice.title.key == GONE for notice in self._context.notices.up):
            self._context.engine.request(q.ListFolders(), self._on_folders, _ignore, owner=self)

    def _on_folders(self, folders: Folders, _more: bool) -> None:
        """Of a folder that is there again, or not watched any more, nobody is told that it is gone."""
        gone = {shown(folder.path) for folder in folders.folders if folder.state == "vanished"}
        for notice in self._context.notices.up:
            if notice.title.key == GONE and notice.title.params.get("folder") not in gone:
                self._context.notices.withdraw(notice)

    def _on_noticed(self, notice: e.Notice) -> None:
        self._context.notices.post(
            Notice(
                title=notice.message.message(),
                detail=notice.remedy.message() if notice.remedy else None,
                level=Level(notice.level),
                remedies=tuple(self._remedy(notice.action)) if notice.action else (),
            )
        )

    def _remedy(self, action: str) -> list[Remedy]:
        places = {
            "models": (msg("Show the models"), Kind.MODELS),
            "folders": (msg("Show the folders"), Kind.FOLDERS),
            "failures": (msg("Show them"), Kind.FAILURES),
            "settings": (msg("Open the preferences"), Kind.PREFERENCES),
        }
        if action in places:
            label, kind = places[action]
            return [Remedy(label=label, run=lambda: self._go(kind))]
        if action == "index":
            return [Remedy(label=msg("Index now"), run=lambda: self._context.engine.request(q.Index(anyway=True)))]
        return [self._report_remedy()]

    def _report_remedy(self) -> Remedy:
        return Remedy(label=msg("Report a problem"), run=self._report)

    def _go(self, kind: Kind) -> None:
        self._context.navigator.go(Place(kind))

    def _ask_counts(self) -> None:
        self._context.engine.request(q.GetStatus(), self._on_status, self._on_no_status, owner=self)
        self._context.engine.request(q.ListAlbums(), self._on_albums, _ignore, owner=self)

    def _on_status(self, status: StatusOf, _more: bool) -> None:
        self._window.sidebar.show_count(Kind.ALL, status.photos)
        self._window.status.say(_summary(self._context.words.number, status))

    def _on_no_status(self, _fault: Fault) -> None:
        """As without its model; a notice has told why."""
        self._window.status.say(msg("Something needs your attention."))

    def _on_albums(self, albums: Albums, _more: bool) -> None:
        self._window.sidebar.show_albums(albums.albums)
        self._window.sidebar.show_count(Kind.FAVOURITES, albums.favourites)

    def _on_closing(self, event: QCloseEvent) -> None:
        if self._context.state.now.close_to_tray and self._tray.available and not self._quitting:
            event.ignore()
            self._window.hide()
        else:
            self.ended.emit()


def _key_of(fault: Fault) -> str:
    """One notice for all faults that say the same."""
    return f"fault-{fault.type}-{fault.title.key}"


def _summary(number: Callable[[int], str], status: StatusOf) -> Message:
    if status.searchable < status.photos:
        return msg(
            "{searchable} of {photos} photos can be found",
            searchable=number(status.searchable),
            photos=number(status.photos),
        )
    return msg_n("One photo", "{count} photos", n=status.photos, count=number(status.photos))


def _ignore(_fault: Fault) -> None:
    """Counts that cannot be told are no news."""
