"""Messages, settings, files and the writer's lock: what every layer relies on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from ritrova import atomic, settings
from ritrova.errors import EnvironmentFault, LibraryLocked, RitrovaError, UsageError
from ritrova.lock import WriterLock
from ritrova.progress import Progress
from ritrova.text import Catalogue, language_of, msg, msg_n


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "it"),
        ({"LANG": "C.UTF-8"}, "it"),
        ({"LANG": "it_IT.UTF-8"}, "it"),
        ({"LANG": "it_CH"}, "it"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "it_IT.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US", "LANGUAGE": "it:en"}, "it"),
        ({"LANG": "it_IT", "RITROVA_LANGUAGE": "en"}, "en"),
    ],
)
def test_the_locale_chooses_the_language_and_italian_is_the_default(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_a_message_knows_numbers_and_messages_within_messages() -> None:
    english = Catalogue("en")
    assert english.render(msg_n("one photo", "{n} photos", n=1)) == "one photo"
    assert english.render(msg_n("one photo", "{n} photos", n=0)) == "0 photos"
    assert english.render(msg("{what} of {path}", what=msg_n("one photo", "{n} photos", n=2), path="a{b}")) == (
        "2 photos of a{b}"
    )
    assert english.render(msg("a brace { without parameters")) == "a brace { without parameters"


def test_an_error_says_what_happened_where_and_what_to_do() -> None:
    error = UsageError(msg("No."), msg("Try again."), b"/a/\xff")
    assert str(error) == "No. | /a/\udcff | Try again."
    assert RitrovaError.exit_code == 4
    assert (UsageError.exit_code, EnvironmentFault.exit_code) == (2, 3)


def test_settings_survive_a_round_trip_and_refuse_what_they_do_not_know(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    assert settings.load(path) == settings.Settings()
    changed = settings.Settings()
    changed.encoding.model = "other"
    settings.save(changed, path)
    assert settings.load(path) == changed
    with pytest.raises(ValidationError):
        changed.index.m = 1
    for damaged in (b"{", b'{"colour": "red"}', b'{"index": {"m": "many"}}', b"\xff\xfe"):
        path.write_bytes(damaged)
        with pytest.raises(EnvironmentFault) as caught:
            settings.load(path)
        assert caught.value.path == str(path)
        assert caught.value.remedy


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    atomic.write_bytes(path, b"first", durable=True)
    with pytest.raises(RuntimeError), atomic.replacing(path, durable=False) as part:
        part.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"first"
    assert list(path.parent.iterdir()) == [path]
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_one_writer_at_a_time_and_its_name_is_told(tmp_path: Path) -> None:
    path = tmp_path / "writer.lock"
    program = (
        "import sys; from pathlib import Path; from ritrova.lock import WriterLock\n"
        "lock = WriterLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(LibraryLocked, match=str(other.pid)):
        WriterLock(path)
    other.kill()  # a lock dies with its process
    other.communicate()
    lock = WriterLock(path)
    lock.release()
    WriterLock(path).release()


def test_a_lock_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EnvironmentFault) as caught:
        WriterLock(tmp_path / "file" / "writer.lock")
    assert caught.value.remedy


def test_progress_knows_its_rate_and_the_time_left() -> None:
    progress = Progress(done=50, total=200, total_final=True, seconds=10)
    assert progress.rate == 5
    assert progress.eta_s == 30
    assert Progress(50, 200, total_final=False, seconds=10).eta_s is None
    assert Progress(0, 0, total_final=True, seconds=0).eta_s is None
