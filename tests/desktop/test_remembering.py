"""What the window remembers of itself: kept, bounded, and never in the way."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from pytestqt.qtbot import QtBot

from ritrova_desktop.state import MOST_HISTORY, Remembered, State


def test_what_was_changed_is_there_the_next_time(tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "config" / "window.json"
    state = State(path)
    heard: list[str] = []
    state.changed.connect(heard.append)
    state.update(theme="dark", geometry=b"\x00\xff", sidebar_width=300)
    assert heard == ["theme", "geometry", "sidebar_width"]
    qtbot.waitUntil(path.exists, timeout=3_000)
    assert (State(path).now.theme, State(path).now.geometry) == ("dark", b"\x00\xff")


def test_the_last_change_is_kept_at_the_end(tmp_path: Path, qapp: object) -> None:
    state = State(tmp_path / "window.json")
    state.update(language="en")
    state.flush()
    assert State(tmp_path / "window.json").now.language == "en"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": "pink"}', '{"sidebar_width": 1e9}', "\x00" * 1000])
def test_a_damaged_file_is_said_and_the_defaults_hold(tmp_path: Path, qapp: object, text: str) -> None:
    path = tmp_path / "window.json"
    path.write_text(text)
    state = State(path)
    assert state.damaged
    assert state.now == Remembered()


def test_a_file_of_another_version_is_read_for_what_it_has(tmp_path: Path, qapp: object) -> None:
    (tmp_path / "window.json").write_text('{"theme": "dark", "hologram": true}')
    state = State(tmp_path / "window.json")
    assert (state.damaged, state.now.theme) == (False, "dark")


def test_history_has_each_sentence_once_and_an_end(qapp: object) -> None:
    state = State()
    for number in range(MOST_HISTORY + 5):
        state.remember_sentence(f"gatto {number}")
    state.remember_sentence("gatto 7")
    assert state.now.history[0] == "gatto 7"
    assert len(set(state.now.history)) == len(state.now.history) == MOST_HISTORY


def test_nonsense_is_refused(qapp: object) -> None:
    with pytest.raises(ValidationError):
        State().update(theme="pink")


def test_a_folder_that_refuses_is_no_reason_to_stop(tmp_path: Path, qapp: object) -> None:
    (tmp_path / "file").write_text("")
    state = State(tmp_path / "file" / "window.json")
    state.update(theme="dark")
    state.flush()
