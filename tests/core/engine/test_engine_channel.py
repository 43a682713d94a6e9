"""What window and engine tell each other arrives as it was sent, in whatever pieces, or is refused by name."""

import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritrova.engine.base import Fault, Text
from ritrova.engine.channel import (
    LONGEST,
    Frames,
    MessageGarbled,
    MessageTooLong,
    Sender,
    StreamCut,
    decode_answer,
    decode_request,
    encode,
    read_frame,
)
from ritrova.engine.curation_requests import MakeAlbum
from ritrova.engine.messages import Event, Hello, Refusal, Reply, Request
from ritrova.engine.query import PhotoRef, Query
from ritrova.engine.replies import Columns, Results
from ritrova.engine.requests import AddFolder, Search, Trash
from ritrova.errors import DecodeFailure, DiskFull, FailureKind, UsageError
from ritrova.photo import Filters
from ritrova.text import msg, msg_n

HEAVY = ("torch", "hnswlib", "PIL", "sqlalchemy", "numpy", "typer", "psutil", "send2trash")


def test_the_contract_is_light_enough_for_the_window() -> None:
    code = f"import sys, ritrova.engine.channel; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(st.binary(min_size=1), st.text(max_size=50), st.integers(1, 2**53))
def test_requests_arrive_as_they_were_sent(path: bytes, text: str, number: int) -> None:
    for body in (
        AddFolder(path=path),
        Search(spec=Query(text=text, photos=(PhotoRef(path=path),), filters=Filters(folders=(path,)))),
        MakeAlbum(name="Mare", query=Query(text=text, more=(b"\xff" * 32,))),
        Trash(files=(number,)),
    ):
        request = Request(id=number, body=body)
        assert decode_request(encode(request)[4:]) == request


def test_answers_arrive_as_they_were_sent() -> None:
    columns = Columns(
        hashes=bytes(range(64)),
        files=(7, 9),
        widths=(10, 20),
        heights=(30, 40),
        taken=(None, "2024-07-01"),
        strengths=(0.5, None),
        folded=(0, 3),
        marks=b"\x00\x0d",
    )
    results = Results(total=2, searchable=2, indexing=False, first=0, columns=columns)
    refusal = Refusal(id=3, error=Fault.of(DiskFull(msg("The disk is full."), None, b"/tmp/\xff")))
    for answer in (Reply(id=1, body=results, more=True), refusal):
        assert decode_answer(encode(answer)[4:]) == answer
    assert columns.hash(1) == bytes(range(32, 64))


def test_texts_keep_their_parts_and_show_bytes_that_are_no_text() -> None:
    message = msg_n(
        "one photo in {where}", "{n} photos in {where}", n=3, where=msg("the folder {path}", path=b"/a\xff")
    )
    arrived = Text.model_validate_json(Text.of(message).model_dump_json()).message()
    assert str(arrived) == "3 photos in the folder /a\\udcff"


@pytest.mark.parametrize(
    ("error", "whose"),
    [
        (UsageError(msg("The sentence is empty.")), "usage"),
        (DiskFull(msg("The disk is full.")), "environment"),
        (DecodeFailure(FailureKind.CORRUPT, "cut", b"/a"), "environment"),
        (ZeroDivisionError("secret.jpg"), "bug"),
    ],
)
def test_a_fault_says_whose_it_is_and_no_more_than_it_should(error: Exception, whose: str) -> None:
    fault = Fault.of(error)
    assert fault.whose == whose
    assert fault.type == type(error).__name__
    assert "secret" not in fault.model_dump_json()


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 7))
def test_a_stream_is_cut_into_its_frames_whatever_pieces_it_comes_in(payloads: list[bytes], step: int) -> None:
    stream = b"".join(len(payload).to_bytes(4, "big") + payload for payload in payloads)
    frames = Frames()
    found = [frame for i in range(0, len(stream), step) for frame in frames.feed(stream[i : i + step])]
    assert found == payloads
    reader = io.BytesIO(stream)
    assert [read_frame(reader) for _ in payloads] == payloads
    assert read_frame(reader) is None


def test_a_message_beyond_the_limit_is_refused_before_it_is_read() -> None:
    head = (LONGEST + 1).to_bytes(4, "big")
    with pytest.raises(MessageTooLong):
        read_frame(io.BytesIO(head))
    with pytest.raises(MessageTooLong):
        list(Frames().feed(head))
    with pytest.raises(MessageTooLong):
        encode(Request(id=1, body=AddFolder(path=b"x" * LONGEST)))


def test_a_stream_that_ends_within_a_message_says_so() -> None:
    for cut in (b"\0\0", b"\0\0\0\x05abc"):
        with pytest.raises(StreamCut):
            read_frame(io.BytesIO(cut))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b'{"id":1,"body":{"kind":"rm-rf"}}',
        b'{"id":0,"body":{"kind":"facets"}}',
        b"[" * 9999,
    ],
)
def test_garbage_is_refused_without_being_quoted(payload: bytes) -> None:
    with pytest.raises(MessageGarbled) as caught:
        decode_request(payload)
    assert "rm-rf" not in str(caught.value)
    with pytest.raises(MessageGarbled):
        decode_answer(payload)


def test_text_that_cannot_be_written_is_refused_by_the_sender() -> None:
    stream = io.BytesIO()
    with pytest.raises(MessageGarbled):
        Sender(stream).send(Request(id=1, body=Search(spec=Query.model_construct(text="\udcff"))))
    assert stream.getvalue() == b""


def test_hello_comes_first_and_carries_the_protocol() -> None:
    hello = Hello(version="1", pid=2, library=b"/l", thumbnails=b"/l/thumbnails", read_only=False)
    assert decode_answer(encode(hello)[4:]) == hello
    assert hello.protocol == 1
    assert isinstance(hello, Event) is False
