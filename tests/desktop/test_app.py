"""The application as a whole, around an engine in memory: it starts, is asked again, and ends with all its parts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ritrova.engine.query import PhotoRef
from ritrova_desktop import app as app_module
from ritrova_desktop.command_line import Options
from ritrova_desktop.engine import EngineState
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.logs import log_folder
from ritrova_desktop.shots import SHOTS
from ritrova_desktop.single_instance import name_of
from ritrova_desktop.state import state_file
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind
from ritrova_desktop.views.tray import Tray

Run = Callable[..., FakeEngine]


@pytest.fixture
def run(tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the application until `then` has been called and the window was asked to quit."""
    for name in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("RITROVA_LANGUAGE", "en")

    def run_it(then: Callable[[MainWindow], object], options: Options | None = None, **engine: Any) -> FakeEngine:
        made: list[FakeEngine] = []

        def make(_root: Path) -> FakeEngine:
            made.append(FakeEngine(**engine))
            return made[0]

        def look() -> None:
            windows = [one for one in qapp.topLevelWidgets() if isinstance(one, MainWindow) and one.isVisible()]
            if not windows or not made or made[0].state is not EngineState.READY:
                return
            timer.stop()
            then(windows[0])
            QTimer.singleShot(50, windows[0].context.actions["window.quit"].trigger)

        timer = QTimer(interval=5)
        timer.timeout.connect(look)
        timer.start()
        assert app_module.main(options or Options(library=tmp_path / "library"), make) == 0
        return made[0]

    return run_it


def test_the_window_comes_first_and_the_engine_ends_with_it(run: Run) -> None:
    shown: list[bool] = []
    engine = run(lambda window: shown.append(window.isVisible()))
    assert shown == [True]
    assert engine.state is EngineState.CLOSED


def test_sizes_and_looks_are_kept(run: Run, tmp_path: Path) -> None:
    run(lambda window: window.context.state.update(theme="dark", sidebar_width=300))
    kept = json.loads(state_file().read_text())
    assert (kept["theme"], kept["sidebar_width"]) == ("dark", 300)
    assert kept["geometry"]
    dark: list[bool] = []
    run(lambda window: dark.append(window.context.theme.dark))
    assert dark == [True]


def test_quitting_from_outside_quits_though_closing_would_hide(
    run: Run, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """⌘Q, the dock's menu and the end of the session send the application an event, and press no button of ours.

    Qt closes all windows then, and goes on if none is seen any more: one that hides is enough.
    """
    monkeypatch.setattr(Tray, "available", True)
    ended: list[bool] = []

    def hide_then_quit(window: MainWindow) -> None:
        window.context.state.update(close_to_tray=True)
        window.context.actions["window.quit"].setEnabled(False)
        window.close()
        ended.append(window.isVisible())
        window.show()
        QTimer.singleShot(100, lambda: QApplication.postEvent(qapp, QEvent(QEvent.Type.Quit)))

    engine = run(hide_then_quit)
    assert ended == [False]
    assert engine.state is EngineState.CLOSED


def test_the_memory_for_thumbnails_is_the_persons_to_choose(run: Run) -> None:
    limits: list[int] = []

    def choose(window: MainWindow) -> None:
        limits.append(window.context.thumbnails.limit)
        window.context.state.update(thumbnails_mb=48)
        limits.append(window.context.thumbnails.limit)

    run(choose)
    run(choose)
    assert limits == [96 << 20, 48 << 20, 48 << 20, 48 << 20]


def test_damaged_preferences_are_said(run: Run) -> None:
    state_file().parent.mkdir(parents=True)
    state_file().write_text("{")
    titles: list[str] = []
    run(lambda window: titles.extend(str(notice.title) for notice in window.context.notices.up))
    assert "The window's preferences were damaged." in titles


def test_a_second_start_searches_by_its_photos(run: Run, tmp_path: Path, qtbot: QtBot) -> None:
    asked: list[tuple[PhotoRef, ...]] = []

    def second(window: MainWindow) -> None:
        socket = QLocalSocket()
        socket.connectToServer(name_of(tmp_path / "library"))
        assert socket.waitForConnected(60_000)
        socket.write(b'{"files": ["/foto/gatto.jpg"]}\n')
        qtbot.waitUntil(lambda: bool(window.context.search.query.photos))
        asked.append(window.context.search.query.photos)

    run(second)
    assert asked == [(PhotoRef(path=b"/foto/gatto.jpg"),)]


def test_an_exception_that_nobody_caught_is_logged_and_said(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    import sys

    titles: list[str] = []

    def fail(window: MainWindow) -> None:
        sys.excepthook(ValueError, ValueError("mine"), None)
        QApplication.processEvents()
        titles.extend(str(notice.title) for notice in window.context.notices.up)

    run(fail)
    caplog.clear()
    assert "Something went wrong in the window." in titles
    assert "ValueError: mine" in next(log_folder().glob("window-*[0-9a-f].log")).read_text()


def test_a_report_is_written_aside_and_its_place_is_said(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
                                                         qtbot: QtBot) -> None:  # fmt: skip
    monkeypatch.setattr(app_module, "report_folder", lambda: tmp_path)
    paths: list[str | None] = []

    def report(window: MainWindow) -> None:
        window.context.actions["window.report"].trigger()
        qtbot.waitUntil(lambda: any(notice.key == "report" for notice in window.context.notices.up))
        paths.extend(notice.path for notice in window.context.notices.up if notice.key == "report")
        (notice,) = (notice for notice in window.context.notices.up if notice.key == "report")
        assert [window.context.words(remedy.label) for remedy in notice.remedies] == ["Show in folder"]

    run(report)
    assert [Path(path or "") for path in paths] == list(tmp_path.glob("ritrova-*.zip"))
    assert len(paths) == 1


def test_the_demonstration_watches_the_samples(run: Run, tmp_path: Path) -> None:
    engine = run(lambda _window: None, Options(library=tmp_path / "library", demo=True), first_run=True)
    added = [body.path for body in engine.asked if getattr(body, "kind", "") == "add-folder"]  # type: ignore[attr-defined]
    assert len(added) == 1
    assert added[0].endswith(b"samples/photos")


def test_screenshots_show_every_page_and_what_happens_there(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("ritrova_desktop.screenshots.SETTLE_MS", 1)
    monkeypatch.setattr("ritrova_desktop.screenshots.THEMES", ("dark",))
    folder = tmp_path / "shots"
    wanted = {f"{shot.name}-dark.png" for shot in SHOTS}
    assert {shot.place.kind for shot in SHOTS} == set(Kind) - {Kind.ALBUM}

    def wait(_window: MainWindow) -> None:
        qtbot.waitUntil(lambda: {path.name for path in folder.glob("*.png")} == wanted)

    run(wait, Options(library=tmp_path / "library", screenshots=folder))
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in folder.iterdir())
