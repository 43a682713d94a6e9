"""Showing a file in its folder and opening it: by the system's programs, never on the UI thread."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ritrova_desktop.notices import Notices
from ritrova_desktop.views.show_in_folder import SystemFiles


class Runs:
    """Answers as the system would; those whose program is in `works` succeed."""

    def __init__(self, *works: str) -> None:
        self.works = works
        self.ran: list[list[str | bytes]] = []
        self.threads: set[int] = set()

    def __call__(self, command: Sequence[str | bytes]) -> bool:
        self.ran.append(list(command))
        self.threads.add(threading.get_ident())
        return command[0] in self.works


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    path = os.fsencode(tmp_path) + b"/l'estate \xe8 #1.jpg"  # bytes that are no UTF-8, as old disks have them
    with open(path, "wb"):
        pass
    return path


def test_the_file_manager_is_asked_by_an_address_that_keeps_every_byte(
    photo: bytes, qtbot: QtBot, ui_guard: object
) -> None:
    runs, notices = Runs("gdbus"), Notices()
    with ui_guard():  # type: ignore[operator]
        SystemFiles(notices, runs, "linux").show(photo)
    qtbot.waitUntil(lambda: len(runs.ran) == 1)
    assert "%E8%20%231.jpg" in str(runs.ran[0][-2])
    assert "'" not in str(runs.ran[0][-2])[2:-2]
    assert runs.threads != {threading.get_ident()}
    assert notices.up == ()


def test_without_a_file_manager_on_the_bus_the_folder_is_opened(photo: bytes, qtbot: QtBot) -> None:
    runs = Runs("xdg-open")
    SystemFiles(Notices(), runs, "linux").show(photo)
    qtbot.waitUntil(lambda: len(runs.ran) == 3)
    assert runs.ran[-1] == ["xdg-open", os.path.dirname(photo)]


@pytest.mark.parametrize(("platform", "program"), [("win32", "explorer"), ("darwin", "open")])
def test_other_systems_have_programs_of_their_own(photo: bytes, qtbot: QtBot, platform: str, program: str) -> None:
    runs = Runs(program)
    SystemFiles(Notices(), runs, platform).show(photo)
    qtbot.waitUntil(lambda: len(runs.ran) == 1)


def test_a_file_that_is_gone_is_said_to_be_gone(photo: bytes, qtbot: QtBot) -> None:
    os.remove(photo)
    runs, notices = Runs("xdg-open"), Notices()
    files = SystemFiles(notices, runs, "linux")
    files.open(photo)
    qtbot.waitUntil(lambda: bool(notices.up))
    assert notices.up[0].title.key == "The file is not there any more."
    assert runs.ran == []


def test_a_system_that_opens_nothing_is_a_notice(photo: bytes, qtbot: QtBot) -> None:
    notices = Notices()
    files = SystemFiles(notices, Runs(), "linux")
    files.show(photo)
    qtbot.waitUntil(lambda: bool(notices.up))
    assert notices.up[0].title.key == "No file manager could be opened."
