"""The composition root: makes the parts, ties them together, and sees to it that all of them end."""

import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal
from PySide6.QtWidgets import QApplication

from ritrova.engine.base import Fault
from ritrova.engine.query import PhotoRef
from ritrova.engine.replies import Diagnosis
from ritrova.engine.requests import Doctor
from ritrova.paths import LibraryPaths, default_library
from ritrova.text import Catalogue, language_of, msg
from ritrova_desktop.command_line import Options, parse
from ritrova_desktop.demo import Demo, demo_library
from ritrova_desktop.engine import Engine
from ritrova_desktop.engine_client import ProcessEngine, engine_command
from ritrova_desktop.logs import Logs, log_folder
from ritrova_desktop.notices import Level, Notice, Remedy
from ritrova_desktop.report import logs_in, report_folder, write_report
from ritrova_desktop.screenshots import Screenshots
from ritrova_desktop.shots import Stage
from ritrova_desktop.single_instance import SingleInstance, name_of
from ritrova_desktop.state import State, state_file
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.album_sidebar import AlbumSidebar
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.search_bar import SearchBar
from ritrova_desktop.views.shell import Shell
from ritrova_desktop.views.show_in_folder import SystemFiles
from ritrova_desktop.views.tray import Tray

_LOG = logging.getLogger("ritrova_desktop")


class App(QObject):
    """All parts of one window. Made before the event loop runs; `close` after it has ended."""

    def __init__(
        self, application: QApplication, engine: Engine, state: State, options: Options, logs: Sequence[Path] = ()
    ) -> None:
        super().__init__()
        self._application, self._options, self._log_folders = application, options, tuple(logs)
        words = Words(options.language or state.now.language)
        theme = Theme(application, options.theme or state.now.theme)
        self.context = Context.around(engine, words, theme, state)
        self.window = MainWindow(self.context)
        AlbumSidebar(self.context, self.window.sidebar)
        self.search_bar = SearchBar(self.context)
        self.window.set_top_bar(self.search_bar)
        self.search_bar.left.connect(self.window.focus_page)
        self.tray = Tray(words, theme)
        self._reporter = _Reporter(self.context, self._log_folders)
        self.shell = Shell(self.context, self.window, self.tray, self._reporter.write)
        self.shell.ended.connect(application.quit)
        self._demo = Demo(engine) if options.demo else None
        self._screenshots: Screenshots | None = None
        if options.screenshots is not None:
            stage = Stage(self.context, self.window, self.search_bar, self.tray.menu)
            self._screenshots = Screenshots(stage, options.screenshots)
            self._screenshots.finished.connect(self.shell.quit)
        state.changed.connect(self._on_remembered)
        if state.damaged:
            title, detail = msg("The window's preferences were damaged."), msg("It starts with the usual ones.")
            self.context.notices.post(Notice(title=title, detail=detail, level=Level.WARNING))

    def show(self) -> None:
        """The window first; the engine once it has been painted."""
        self._application.setQuitOnLastWindowClosed(False)
        self.window.show_place(self.context.navigator.here)
        if self._options.hidden and self.tray.available:
            self.context.engine.start()
            return
        self.window.shown_first.connect(lambda: QTimer.singleShot(0, self, self.context.engine.start))
        self.window.show()

    def be_asked(self, files: Sequence[str]) -> None:
        """A second start was asked for `files`: come to the front, and search by them."""
        self.window.bring_to_front()
        self.open_files(files)

    def open_files(self, files: Sequence[str]) -> None:
        """Search by photos that were given on the command line."""
        if files:
            self.context.navigator.go(Place(Kind.ALL))
            self.context.search.add_photos(tuple(PhotoRef(path=os.fsencode(file)) for file in files))

    def tell_of_a_bug(self) -> None:
        """An exception that nobody caught, on whatever thread."""
        self._reporter.bug_seen.emit()

    def close(self) -> None:
        self.tray.close()
        self.context.engine.close()
        self.context.thumbnails.close()
        self.search_bar.close_files()
        self.window.deleteLater()
        QThreadPool.globalInstance().waitForDone(2_000)
        self.context.state.flush()

    def _on_remembered(self, field: str) -> None:
        now = self.context.state.now
        if field == "theme":
            self.context.theme.choose(now.theme)
        elif field == "language":
            self.context.words.choose(now.language)
        elif field == "thumbnails_mb":
            self.context.thumbnails.set_limit(now.thumbnails_mb << 20)


class _Reporter(QObject):
    """Writes a problem report on a thread of the pool, and says where it is."""

    bug_seen = Signal()
    _written = Signal(object)  # str: a path, which may hold what Qt's strings cannot
    _failed = Signal(str)

    def __init__(self, context: Context, log_folders: tuple[Path, ...]) -> None:
        super().__init__()
        self._context, self._log_folders = context, log_folders
        self._system = SystemFiles(context.notices)
        self.bug_seen.connect(self._on_bug)
        self._written.connect(self._on_written)
        self._failed.connect(self._on_failed)

    def write(self) -> None:
        """Ask the doctor first; without an engine, the report goes without."""
        self._context.notices.tell(msg("The report is being written…"), seconds=4)

        def on_diagnosis(diagnosis: Diagnosis, _more: bool) -> None:
            self._start(diagnosis)

        def on_refusal(_fault: Fault) -> None:
            self._start(Diagnosis(findings=()))

        if self._context.engine.state.value == "ready":
            self._context.engine.request(Doctor(), on_diagnosis, on_refusal, owner=self)
        else:
            self._start(Diagnosis(findings=()))

    def _start(self, diagnosis: Diagnosis) -> None:
        def work() -> None:
            try:
                path = write_report(report_folder(), diagnosis.findings, logs_in(*self._log_folders))
            except OSError as error:
                self._failed.emit(error.strerror or str(error))
            else:
                self._written.emit(str(path))

        QThreadPool.globalInstance().start(work)

    def _on_written(self, path: str) -> None:
        show = Remedy(label=msg("Show in folder"), run=lambda: self._system.show(os.fsencode(path)))
        detail = msg("It holds versions and logs, no photos and no names. Look into it before you send it to anyone.")
        self._context.notices.post(
            Notice(title=msg("The report is written."), detail=detail, path=path, remedies=(show,), key="report")
        )

    def _on_failed(self, reason: str) -> None:
        title = msg("The report cannot be written: {reason}", reason=reason)
        self._context.notices.post(Notice(title=title, level=Level.ERROR, key="report"))

    def _on_bug(self) -> None:
        remedy = Remedy(label=msg("Report a problem"), run=self.write)
        title, detail = msg("Something went wrong in the window."), msg("Your photos are untouched.")
        self._context.notices.post(Notice(title=title, detail=detail, level=Level.ERROR, remedies=(remedy,), key="bug"))


def run() -> None:
    """The `ritrova-desktop` executable."""
    options = parse(sys.argv[1:], Catalogue(language_of()))
    sys.exit(main(options))


def main(options: Options, make_engine: Callable[[Path], Engine] | None = None) -> int:
    """One window, from its start to its end. Returns the exit code."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Ritrova")
    application.setDesktopFileName("ritrova")
    root = (options.library or (demo_library() if options.demo else default_library())).expanduser().absolute()
    instance = SingleInstance(name_of(root))
    if options.screenshots is None and not instance.claim(options.files):
        return 0
    logs = Logs(log_folder(), f"window-{instance.name[-8:]}")
    engine = make_engine(root) if make_engine is not None else ProcessEngine(engine_command(root))
    app = App(application, engine, State(state_file()), options, (log_folder(), LibraryPaths(root).logs))
    logs.when_a_bug_shows(app.tell_of_a_bug)
    instance.asked.connect(app.be_asked)
    app.show()
    if options.files:
        app.open_files(options.files)
    _LOG.info("started, process %d", os.getpid())
    try:
        return application.exec()
    finally:
        instance.close()
        app.close()
        logs.close()
