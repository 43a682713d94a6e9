"""What a person may type as a sentence or a condition, and what is refused."""

from datetime import date
from pathlib import Path

import pytest

from ritrova.cli.queries import MAX_WORDS, filters_from, sentence, sentences_of
from ritrova.errors import UsageError
from ritrova.photo import Filters
from ritrova.text import Message


def filters(**given: object) -> Filters:
    nothing: dict[str, object] = {
        "folders": [],
        "date_from": None,
        "date_to": None,
        "formats": [],
        "cameras": [],
        "shape": None,
        "rating": None,
    }
    return filters_from(**(nothing | given))  # type: ignore[arg-type]


def test_spaces_are_tidied() -> None:
    assert sentence("  due   bambini\n al mare ", lambda _: None) == "due bambini al mare"


def test_emoji_are_searched() -> None:
    assert sentence("🐶🏖️", lambda _: None) == "🐶🏖️"


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "caf\udce9"])
def test_nothing_to_search_for_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        sentence(text, lambda _: None)


@pytest.mark.parametrize("text", ["mare " * 5_000, "m" * 100_000])
def test_a_document_is_cut_and_that_is_said(text: str) -> None:
    notices: list[Message] = []

    kept = sentence(text, notices.append)

    assert len(kept.split()) <= MAX_WORDS
    assert len(kept) <= 2_000
    assert len(notices) == 1


def test_one_sentence_a_line(tmp_path: Path) -> None:
    file = tmp_path / "frasi.txt"
    file.write_bytes("\ufeffil mare\r\n\n  perché no\n".encode())

    assert sentences_of(file, lambda _: None) == ["il mare", "perché no"]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"mare\ncaf\xe9\n"])
def test_a_file_without_sentences_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "frasi.txt"
    file.write_bytes(content)

    with pytest.raises(UsageError) as refusal:
        sentences_of(file, lambda _: None)

    assert refusal.value.path == str(file)


def test_the_line_that_is_not_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "frasi.txt"
    file.write_bytes(b"mare\nmonti\ncaf\xe9\n")

    with pytest.raises(UsageError, match="Line 3"):
        sentences_of(file, lambda _: None)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(UsageError):
            sentences_of(path, lambda _: None)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019", date(2019, 1, 1), date(2019, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2019-5-3", date(2019, 5, 3), date(2019, 5, 3)),
    ],
)
def test_a_date_may_be_a_year_or_a_month(text: str, first: date, last: date) -> None:
    assert filters(date_from=text).date_from == first
    assert filters(date_to=text).date_to == last


@pytest.mark.parametrize("text", ["ieri", "2019-13", "2019-02-30", "0000", "19", "2019-05-31T10:00", "٢٠١٩", "2019-0"])
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        filters(date_from=text)


def test_formats_go_by_name_and_by_extension() -> None:
    assert filters(formats=["JPG", ".heic", "raw", "cr2"]).formats == ("jpeg", "heif", "raw", "raw")
    with pytest.raises(UsageError):
        filters(formats=["docx"])


def test_folders_become_absolute_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert filters(folders=[Path("caf\udce9")]).folders == (bytes(tmp_path) + b"/caf\xe9",)


def test_no_condition_restricts_nothing() -> None:
    assert not filters().any
