"""Each command over a real library of a few photos: what people read, what programs read, and the exit codes."""

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from ritrova.cli.main import build_app
from ritrova.library import Library
from ritrova.text import Catalogue

ODD_NAME = b"gi\xe9allo\n\x1b[31m[red].jpg"
COLOURS = {b"rosso.jpg": (220, 30, 30), b"mare/blu.jpg": (30, 50, 200), ODD_NAME: (240, 220, 40)}


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def fill(folder: Path) -> None:
    for name, colour in COLOURS.items():
        path = os.path.join(bytes(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    (folder / "rotta.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")


def prepare(library: Path) -> None:
    library.mkdir(mode=0o700)
    (library / "settings.json").write_text('{"encoding": {"model": "fake"}, "decoding": {"workers": 1}}')


@pytest.fixture
def photos(tmp_path: Path, library: Path) -> Path:
    """A folder of four photos, one of them broken, and a library that has not seen it."""
    folder = tmp_path / "foto"
    folder.mkdir()
    fill(folder)
    prepare(library)
    return folder


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`indexed("search", "rosso")` over a library that has been indexed; it is only read."""
    root = tmp_path_factory.mktemp("indexed")
    (root / "foto").mkdir()
    fill(root / "foto")
    prepare(root / "library")
    runner = CliRunner()

    def run(*arguments: object, language: str = "en", stdin: bytes | None = None) -> Any:
        app = build_app(Catalogue("it" if language == "it" else "en"))
        words = ["--library", str(root / "library"), *map(str, arguments)]
        return runner.invoke(app, [word.replace("FOTO", str(root / "foto")) for word in words], input=stdin)

    assert run("add", "FOTO").exit_code == 0
    assert run("index").exit_code == 1
    return run


def test_add_index_and_index_again(ritrova: Callable[..., Any], photos: Path) -> None:
    added = ritrova("add", photos, "--json")
    first = ritrova("index", "--json")
    second = ritrova("index", "--json")

    assert lines(added.stdout) == [{"path": str(photos)}]
    assert (first.exit_code, second.exit_code) == (1, 1)
    (report,) = lines(first.stdout)
    assert list(report) == [
        *("added", "changed", "moved", "missing", "returned", "unchanged", "failed"),
        *("photos_per_second", "seconds"),
    ]
    assert (report["added"], report["failed"]) == (3, 1)
    assert report["seconds"] > 0
    assert report["photos_per_second"] > 0
    assert lines(second.stdout)[0] == lines(second.stdout)[0] | {"added": 0, "unchanged": 3, "failed": 1}


def test_index_without_failures_is_done(ritrova: Callable[..., Any], photos: Path) -> None:
    (photos / "rotta.jpg").unlink()
    ritrova("add", photos)

    result = ritrova("index", language="it")

    assert result.exit_code == 0
    assert "3 foto aggiunte" in result.stdout.splitlines()


def test_index_lists_what_cannot_be_read(ritrova: Callable[..., Any], photos: Path) -> None:
    ritrova("add", photos)

    result = ritrova("index", language="it")

    assert result.exit_code == 1
    assert "1 foto illeggibile" in result.stdout.splitlines()
    assert f"{photos}/rotta.jpg\tdanneggiata\t" in result.stdout


def test_a_watched_folder_that_is_gone_is_told_and_counts_as_a_failure(
    ritrova: Callable[..., Any], photos: Path
) -> None:
    ritrova("add", photos)
    ritrova("index")
    photos.rename(photos.with_name("altrove"))

    result = ritrova("index", "--json")

    assert result.exit_code == 1
    assert str(photos) in result.stderr
    [told] = lines(ritrova("folders", "--json").stdout)
    assert (told["online"], told["presence"]) == (False, "vanished")
    shown = ritrova("folders")
    assert "no longer there" in shown.stdout
    assert "ritrova relocate" in shown.stderr
    assert "ritrova folders" in ritrova("search", "rosso").stderr
    doctor = ritrova("doctor").stdout
    assert f"{photos} — Put it back, or say where it is now." in doctor
    assert "Connect the disk" not in doctor


def test_a_watched_folder_is_said_to_be_elsewhere(ritrova: Callable[..., Any], photos: Path) -> None:
    (photos / "rotta.jpg").unlink()
    ritrova("add", photos)
    ritrova("index")
    now = photos.rename(photos.with_name("altrove"))
    assert ritrova("relocate", photos / "mai", now).exit_code == 2
    assert ritrova("relocate", photos, photos).exit_code == 2
    assert lines(ritrova("relocate", photos, now, "--json").stdout) == [{"path": str(now)}]
    [report] = lines(ritrova("index", "--json").stdout)
    assert (report["unchanged"], report["added"]) == (len(COLOURS), 0)


def test_index_before_any_folder_is_wrong_use_and_makes_no_library(ritrova: Callable[..., Any], library: Path) -> None:
    assert ritrova("index").exit_code == 2
    assert not library.exists()


def test_a_folder_is_added_once_and_removed_once(ritrova: Callable[..., Any], photos: Path) -> None:
    assert ritrova("add", photos / "none").exit_code == 2
    assert ritrova("add", photos).exit_code == 0
    assert ritrova("add", photos).exit_code == 2
    assert ritrova("add", photos / "mare").exit_code == 2
    assert lines(ritrova("remove", photos, "--json").stdout) == [{"path": str(photos)}]
    assert ritrova("remove", photos).exit_code == 2
    assert (photos / "rosso.jpg").exists()


def test_search_speaks_json_by_contract(indexed: Callable[..., Any]) -> None:
    result = indexed("search", "rosso", "--json")

    assert result.exit_code == 0
    hits = lines(result.stdout)
    assert list(hits[0]) == ["query", "rank", "path", "score", "strength", "taken_at", "width", "height"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert hits[0]["path"].endswith("/rosso.jpg")
    assert hits[0]["score"] > 0.9
    assert 0 <= hits[0]["strength"] <= 1
    assert (hits[0]["taken_at"], hits[0]["width"], hits[0]["height"]) == (None, 64, 48)


def test_what_is_probably_not_there_is_said(indexed: Callable[..., Any]) -> None:
    said = "Probably not there. These photos come closest."
    assert said not in indexed("search", "rosso").stderr
    assert said in indexed("search", "montagna", "innevata").stderr
    assert said not in indexed("search", "montagna innevata", "--json").stderr


def test_a_name_of_odd_bytes_is_exact_in_json_and_harmless_on_the_terminal(indexed: Callable[..., Any]) -> None:
    exact = lines(indexed("search", "giallo", "--json").stdout)[0]["path"]
    shown = indexed("search", "giallo", "--top", "1").stdout

    assert os.path.basename(os.fsencode(exact)) == ODD_NAME
    assert r"gi\xe9allo\n\x1b[31m[red].jpg" in shown
    assert shown.count("\n") == 1
    assert "\x1b" not in shown


def test_similar_finds_others_and_names_the_photo_as_the_query(indexed: Callable[..., Any]) -> None:
    result = indexed("similar", "FOTO/rosso.jpg", "--json")

    hits = lines(result.stdout)
    assert result.exit_code == 0
    assert len(hits) == 2
    assert all(hit["query"].endswith("/foto/rosso.jpg") for hit in hits)
    assert not [hit for hit in hits if hit["path"].endswith("rosso.jpg")]


@pytest.mark.parametrize("photo", ["FOTO/none.jpg", "FOTO", "FOTO/rotta.jpg"])
def test_similar_to_no_photo_is_wrong_use(indexed: Callable[..., Any], photo: str) -> None:
    result = indexed("similar", photo)

    assert result.exit_code == 2
    assert "foto" in result.stderr


def test_only_opening_a_file_tells_whether_it_can_be_read(
    indexed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_arguments, **_more: False)  # what Typer asks, and root is never refused

    assert indexed("similar", "FOTO/rosso.jpg").exit_code == 0


def test_conditions_narrow_the_search(indexed: Callable[..., Any]) -> None:
    assert len(lines(indexed("search", "rosso", "--folder", "FOTO/mare", "--json").stdout)) == 1
    assert len(lines(indexed("search", "rosso", "--format", "jpg", "--orientation", "landscape", "--json").stdout)) == 3
    nothing = indexed("search", "rosso", "--from", "2020", "--to", "2021", "--camera", "x", "--rating", "3", "--json")
    assert (nothing.exit_code, nothing.stdout) == (0, "")


@pytest.mark.parametrize("top", ["1000000", "9" * 40])
def test_a_huge_top_gives_all_there_is(indexed: Callable[..., Any], top: str) -> None:
    assert len(lines(indexed("search", "rosso", "--top", top, "--json").stdout)) == 3


@pytest.mark.parametrize("text", ["🐶🏖️", "mare " * 5_000, "?!", "NULL; DROP TABLE files"])
def test_any_text_is_searched(indexed: Callable[..., Any], text: str) -> None:
    result = indexed("search", text, "--json")

    assert result.exit_code == 0
    assert len(lines(result.stdout)) == 3
    assert ("too long" in result.stderr) == (len(text) > 2_000)


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_sentence_is_wrong_use(indexed: Callable[..., Any], text: str) -> None:
    result = indexed("search", text, language="it")

    assert result.exit_code == 2
    assert result.stderr.startswith("Errore: Non c'è niente da cercare.")


def test_words_need_no_quotes(indexed: Callable[..., Any]) -> None:
    assert lines(indexed("search", "un", "mare", "blu", "--json").stdout)[0]["query"] == "un mare blu"


def test_sentences_from_standard_input(indexed: Callable[..., Any]) -> None:
    result = indexed("search", "--from-file", "-", "--top", "1", "--json", stdin="rosso\n\nblu però\n".encode())

    assert [(hit["query"], Path(hit["path"]).name) for hit in lines(result.stdout)] == [
        ("rosso", "rosso.jpg"),
        ("blu però", "blu.jpg"),
    ]


def test_standard_input_that_is_not_utf8_is_wrong_use(indexed: Callable[..., Any]) -> None:
    result = indexed("search", "--from-file", "-", stdin=b"rosso\ncaf\xe9\n")

    assert result.exit_code == 2
    assert "Line 2" in result.stderr
    assert not result.stdout


def test_a_sentence_and_a_file_are_too_much(indexed: Callable[..., Any]) -> None:
    assert indexed("search", "rosso", "--from-file", "-").exit_code == 2
    assert indexed("search", "--from-file", "FOTO/none.txt").exit_code == 2


def test_timings_tell_the_stages(indexed: Callable[..., Any]) -> None:
    result = indexed("search", "rosso", "--timings", "--json")

    assert len(lines(result.stdout)) == 3
    assert [line.split(" s  ")[1] for line in result.stderr.splitlines()] == [
        "start of the program",
        "opening the library",
        "understanding the sentence",
        "finding the photos",
        "showing them",
        "together",
    ]


def test_failures_speak_json_by_contract(indexed: Callable[..., Any]) -> None:
    result = indexed("failures", "--json")

    assert result.exit_code == 0
    (failure,) = lines(result.stdout)
    assert list(failure) == ["path", "reason", "kind"]
    assert failure["path"].endswith("/rotta.jpg")
    assert failure["kind"] == "corrupt"
    assert failure["reason"]


def test_status_and_folders_speak_json(indexed: Callable[..., Any]) -> None:
    (status,) = lines(indexed("status", "--json").stdout)
    (folder,) = lines(indexed("folders", "--json").stdout)

    assert (status["photos"], status["searchable"], status["failed"]) == (3, 3, 1)
    assert (status["model"], status["index"]) == ("fake", "exact")
    assert status["models"] == [status["models"][0] | {"name": "fake", "photos": 3, "dimension": 64}]
    assert (folder["photos"], folder["failed"], folder["online"]) == (3, 1, True)


def test_status_in_italian(indexed: Callable[..., Any]) -> None:
    shown = indexed("status", language="it").stdout

    assert "Ricercabili\t3\n" in shown
    assert "Ricerca\t3 foto: si confrontano tutte.\n" in shown


@pytest.mark.parametrize("command", [["status"], ["folders"], ["failures"], ["search", "mare"]])
def test_reading_where_there_is_no_library_is_wrong_use(ritrova: Callable[..., Any], command: list[str]) -> None:
    result = ritrova(*command)

    assert result.exit_code == 2
    assert "ritrova add FOLDER" in result.stderr


def test_writing_while_another_writes_names_the_writer(
    ritrova: Callable[..., Any], photos: Path, library: Path
) -> None:
    with Library.open(library, write=True):
        result = ritrova("add", photos)
        reading = ritrova("status")

    assert result.exit_code == 3
    assert str(os.getpid()) in result.stderr
    assert reading.exit_code == 0


def test_a_database_that_is_none_is_the_environments_fault(
    ritrova: Callable[..., Any], photos: Path, library: Path
) -> None:
    (library / "library.sqlite3").write_bytes(b"not a database, but long enough to be taken for one" * 100)

    for command in (["status"], ["index"], ["add", photos], ["search", "mare"]):
        refused = ritrova(*command)
        assert refused.exit_code == 3
        assert "ritrova restore FILE" in refused.stderr


def test_a_database_of_a_newer_ritrova_is_refused(ritrova: Callable[..., Any], photos: Path, library: Path) -> None:
    ritrova("add", photos)
    with sqlite3.connect(library / "library.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    for command in (["status"], ["index"]):
        result = ritrova(*command, language="it")
        assert result.exit_code == 3
        assert "Aggiorna Ritrova" in result.stderr


def test_settings_that_make_no_sense_are_the_environments_fault(
    ritrova: Callable[..., Any], photos: Path, library: Path
) -> None:
    ritrova("add", photos)
    (library / "settings.json").write_text('{"encoding": {"model": 3}}')

    result = ritrova("status")

    assert result.exit_code == 3
    assert "settings.json" in result.stderr
    assert "encoding.model: Input should be a valid string" in result.stderr


def test_an_unknown_model_is_wrong_use(ritrova: Callable[..., Any], photos: Path) -> None:
    ritrova("add", photos)

    for command in (["models", "use", "none"], ["models", "verify", "none"], ["models", "remove", "none"]):
        assert ritrova(*command).exit_code == 2


def test_a_model_that_the_settings_name_and_that_is_gone_is_the_environments_fault(
    ritrova: Callable[..., Any], photos: Path, library: Path
) -> None:
    ritrova("add", photos)
    (library / "settings.json").write_text('{"encoding": {"model": "gone"}}')

    for command in (["status"], ["index"], ["search", "mare"]):
        result = ritrova(*command)
        assert result.exit_code == 3
        assert "settings.json" in result.stderr


def test_the_log_holds_no_names(ritrova: Callable[..., Any], photos: Path, library: Path) -> None:
    ritrova("add", photos)
    ritrova("index")

    log = library / "logs" / "ritrova.log"
    assert log.stat().st_mode & 0o077 == 0
    assert "rosso" not in log.read_text()
