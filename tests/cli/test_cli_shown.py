"""No name of a file can mislead or break a terminal, and JSON keeps every byte of it."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritrova.cli.contract import emit, failure_object, hit_object
from ritrova.cli.shown import printable, shown
from ritrova.errors import FailureKind
from ritrova.photo import Failure, Hit

any_path = st.binary(min_size=1, max_size=60).filter(lambda name: b"\0" not in name)


def hit_at(path: bytes) -> Hit:
    return Hit(rank=1, path=path, score=0.31, strength=0.93, taken_at=None, width=4, height=3, content=b"\0" * 32)


@given(any_path)
def test_a_shown_path_is_one_harmless_line(path: bytes) -> None:
    text = shown(path)

    assert "\n" not in text
    assert text.replace("\u200c", "").replace("\u200d", "").isprintable()
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("perché 👨‍👩‍👧.jpg".encode(), "perché 👨‍👩‍👧.jpg"),
        (b"caf\xe9.jpg", r"caf\xe9.jpg"),
        (b"a\nb\tc", r"a\nb\tc"),
        (b"\x1b[31m[red]", r"\x1b[31m[red]"),
        ("gpj.\u202eexe".encode(), r"gpj.\u202eexe"),
    ],
)
def test_what_a_person_sees(name: bytes, expected: str) -> None:
    assert shown(name) == expected


@given(st.text())
def test_plain_text_is_left_alone(text: str) -> None:
    assert printable(text) == text or not text.isprintable()


@given(path=any_path)
def test_json_gives_back_the_exact_bytes(path: bytes) -> None:
    for thing in (
        hit_object("mare", hit_at(path)),
        failure_object(Failure(path=path, kind=FailureKind.CORRUPT, reason="broken", attempts=1)),
    ):
        text = json.dumps(thing)
        assert os.fsencode(json.loads(text)["path"]) == path


def test_json_is_one_ascii_line_with_escapes(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    emit(hit_object("perché\n", hit_at(b"/caf\xe9\n")))

    printed = capsysbinary.readouterr().out
    assert printed.count(b"\n") == 1
    assert rb'"path": "/caf\udce9\n"' in printed
    assert rb'"query": "perch\u00e9\n"' in printed
