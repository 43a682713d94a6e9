"""The `ritrova` executable itself: what it imports, its signals, its terminal, its language."""

import json
import os
import pty
import resource
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ritrova.encoding.bundle import Manifest, seal
from ritrova.library import Library

RUN = "from ritrova.cli.main import run; run()"
HEAVY = ("torch", "torchvision", "timm", "transformers", "sqlalchemy", "pydantic", "rich", "numpy", "PIL", "psutil")


def environment(library: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "RITROVA"))}
    return kept | {"RITROVA_LIBRARY": str(library), "LANG": "it_IT.UTF-8"} | more


def ritrova(library: Path, *arguments: str | bytes, code: str = RUN, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, env=environment(library, **more), timeout=60
    )


def imported(library: Path, *commands: list[str]) -> set[str]:
    """Which of the heavy packages these commands import, one after the other in one process."""
    code = f"""
import sys
from ritrova.cli.main import build_app
from ritrova.text import Catalogue
for command in {commands!r}:
    build_app(Catalogue("it"))(command, standalone_mode=False)
print("IMPORTED", *[name for name in {HEAVY!r} if name in sys.modules])
"""
    told = ritrova(library, code=code).stdout.decode().splitlines()[-1].split()
    assert told[0] == "IMPORTED"
    return set(told[1:])


def prepare(root: Path) -> Path:
    """A library with the fake model that watches `foto` beside it, where there is one photo."""
    library = root / "library"
    library.mkdir()
    (library / "settings.json").write_text('{"encoding": {"model": "fake"}, "decoding": {"workers": 1}}')
    (root / "foto").mkdir()
    Image.new("RGB", (64, 48), (220, 30, 30)).save(root / "foto" / "rosso.jpg")
    Image.new("RGB", (64, 48), (30, 50, 200)).save(root / "foto" / "[red]blu[bold]:smile:.jpg")
    with Library.open(library, write=True) as opened:
        opened.add_folder(root / "foto")
    return library


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    return prepare(tmp_path)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared library that was indexed by the executable; it is only read."""
    library = prepare(tmp_path_factory.mktemp("indexed"))
    result = ritrova(library, "index", "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout)["added"] == 2
    assert result.stderr == b""  # nobody looks: no progress
    return library


def test_help_imports_nothing_heavy_and_is_quick(library: Path) -> None:
    assert imported(library, ["--help"]) == set()

    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ritrova(library, "--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3  # seconds of the processor, so that a busy machine does not matter


def test_a_wrong_command_line_imports_nothing_of_ours_that_is_heavy(library: Path) -> None:
    assert imported(library, ["search", "--none"]) <= {"pydantic"}  # which is how Typer reads options


def test_reading_commands_import_no_torch(indexed: Path) -> None:
    commands = ["status"], ["folders"], ["failures"], ["models", "list"]

    assert not imported(indexed, *commands) & {"torch", "torchvision", "timm", "transformers", "rich"}


def test_status_imports_no_torch_with_a_real_model_in_use(prepared: Path) -> None:
    folder = prepared / "models" / "prova"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text('{"model_type": "clip", "projection_dim": 4}')
    seal(folder, Manifest(name="prova", dimension=4))
    (prepared / "settings.json").write_text('{"encoding": {"model": "prova"}}')

    assert not imported(prepared, ["status"]) & {"torch", "torchvision", "timm", "transformers"}


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"LANG": "it_IT.UTF-8"}, "Uso:"),
        ({"LANG": "C"}, "Uso:"),
        ({"LANG": "de_DE.UTF-8"}, "Usage:"),
        ({"LANG": "en_GB.UTF-8", "RITROVA_LANGUAGE": "it"}, "Uso:"),
    ],
)
def test_the_locale_chooses_the_language(library: Path, variables: dict[str, str], word: str) -> None:
    assert ritrova(library, "--help", **variables).stdout.decode().startswith(word)


def test_a_terminal_without_accents_gets_codes_and_no_traceback(library: Path) -> None:
    result = ritrova(library, "trova…", PYTHONIOENCODING="latin-1")

    assert result.returncode == 2
    assert b"Traceback" not in result.stderr
    assert rb"trova\u2026" in result.stderr
    assert "c'è".encode("latin-1") in result.stderr


def test_arguments_that_are_not_utf8_name_a_folder_but_make_no_sentence(prepared: Path, tmp_path: Path) -> None:
    odd = os.path.join(bytes(tmp_path), b"caf\xe9")
    os.mkdir(odd)

    added = ritrova(prepared, "add", odd, "--json")
    searched = ritrova(prepared, "search", b"caf\xe9")

    assert added.returncode == 0
    assert os.fsencode(json.loads(added.stdout)["path"]) == odd
    assert searched.returncode == 2
    assert b"Traceback" not in searched.stderr


def test_a_reader_that_leaves_early_is_no_bug(indexed: Path) -> None:
    command = [sys.executable, "-c", RUN, "search", "rosso", "--json"]
    read, write = os.pipe()
    os.close(read)

    result = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, env=environment(indexed), timeout=60)
    os.close(write)

    assert result.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_the_environments_fault(indexed: Path) -> None:
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-c", RUN, "search", "rosso", "--json"]
        buffered = environment(indexed, PYTHONUNBUFFERED="")
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=buffered, timeout=60)

    assert result.returncode == 3
    assert "Il sistema ha rifiutato" in result.stderr.decode()
    assert b"Exception ignored" not in result.stderr


@pytest.mark.parametrize("arguments", [["status"], ["folders"], ["index"]])
def test_a_service_may_close_all_output(indexed: Path, arguments: list[str]) -> None:
    command = ["sh", "-c", 'exec "$0" "$@" >&- 2>&-', sys.executable, "-c", RUN, *arguments]

    assert subprocess.run(command, env=environment(indexed), timeout=60).returncode == 0


def test_ctrl_c_stops_an_index_run_cleanly_and_keeps_what_is_done(prepared: Path, tmp_path: Path) -> None:
    many_photos(tmp_path / "foto", 300)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "index", "--json"],
        env=environment(prepared),
        stdout=subprocess.PIPE,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    seen = read_until(master, " foto/s")
    assert "di 3" in seen or "finora" in seen

    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to us and to our decoders
    read_until(master, "Mi fermo")
    output, _ = process.communicate(timeout=60)
    os.close(master)

    assert process.returncode == 130
    assert json.loads(output)["added"] < 302
    assert json.loads(output)["failed"] == 0
    assert json.loads(ritrova(prepared, "status", "--json").stdout)["photos"] == json.loads(output)["added"]


def test_a_second_ctrl_c_ends_at_once(library: Path) -> None:
    code = """
import time
from pathlib import Path
from ritrova.cli.session import Session
from ritrova.cli.watching import stoppable
from ritrova.text import Catalogue
with stoppable(Session(Catalogue("it"), Path("."), False)) as cancellation:
    print("ready", flush=True)
    while True:
        time.sleep(0.01)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert "Mi fermo" in process.stderr.readline().decode()
    assert process.poll() is None
    process.send_signal(signal.SIGINT)

    process.communicate(timeout=60)
    assert process.returncode == 130


def test_on_a_terminal_a_check_shows_how_far_it_is(indexed: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "check", "--json"],
        env=environment(indexed, COLUMNS="120", TERM="xterm"),
        stdout=subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    read_until(master, "Database")
    output, _ = process.communicate(timeout=60)
    os.close(master)

    assert json.loads(output)["sound"]  # and nothing of it among the results


def test_on_a_terminal_results_are_a_table_and_names_are_no_markup(indexed: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "search", "blu"],
        env=environment(indexed, COLUMNS="200", TERM="xterm"),
        stdout=slave,
        stderr=subprocess.PIPE,
    )
    os.close(slave)
    seen = read_until(master, "rosso.jpg")
    process.communicate(timeout=60)
    os.close(master)

    assert "Punteggio" in seen
    assert "[red]blu[bold]:smile:.jpg" in seen


def many_photos(folder: Path, count: int) -> None:
    """Photos that take a moment each: one picture, a few bytes of difference behind its end."""
    first = folder / "molte.jpg"
    Image.effect_noise((1200, 900), 40).convert("RGB").save(first, quality=60)
    data = first.read_bytes()
    first.unlink()
    for number in range(count):
        (folder / f"{number}.jpg").write_bytes(data + number.to_bytes(4, "big"))


def read_until(terminal: int, text: str, seconds: float = 60) -> str:
    """What a person saw on a pseudo-terminal up to `text`."""
    seen = b""
    deadline = time.monotonic() + seconds
    while text.encode() not in seen:
        ready: Any = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]
        assert ready, f"{text!r} was not shown, but: {seen.decode(errors='replace')}"
        try:
            seen += os.read(terminal, 65536)
        except OSError:  # the other side has closed
            break
    return seen.decode(errors="replace")
