"""Bad data: a record that cannot be used is counted and told, the rest is used; a useless file is an error."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from ritrova.errors import DecodeFailure, FailureKind
from ritrova_trainer.data import DataError, Format

if TYPE_CHECKING:
    from trainer.data.conftest import DataSet

GOOD = '{"image_path": "a.jpg", "captions": ["un gatto"]}'
LAST = '{"image_path": "z.jpg", "captions": ["un cane"]}'


@pytest.mark.parametrize(
    ("line", "kind", "told"),
    [
        (GOOD[:30].encode(), "not_json", "Line 2"),
        (b"[" * 100_000, "not_json", "Line 2"),
        (b'{"image_path": ' + b"9" * 5000 + b"}", "not_json", "Line 2"),
        (b'["a"]', "not_json", "not an object"),
        ('{"image_path": "à.jpg", "captions": ["perché"]}'.encode("latin-1"), "not_text", "UTF-8"),
        (b'{"captions": ["a"]}', "wrong_fields", "image_path"),
        (b'{"image_path": "a\\u0000.jpg", "captions": ["a"]}', "wrong_fields", "image_path"),
        (b'{"image_path": "b.jpg", "captions": [NaN]}', "wrong_fields", "not a text"),
        (b'{"image_path": "b.jpg", "captions": NaN}', "wrong_fields", "not a text"),
        (b'{"image_path": "b.jpg", "captions": ["\\ud83d"]}', "wrong_fields", "not a text"),
        (b'{"image_path": "b.jpg", "captions": []}', "wrong_fields", "one text or more"),
        (GOOD.encode(), "duplicate_id", "already on line 1"),
    ],
)
def test_a_bad_line_costs_itself_alone(made: DataSet, line: bytes, kind: str, told: str) -> None:
    path = made.write("train.jsonl", GOOD.encode() + b"\n" + line + b"\n" + LAST.encode())
    assert list(made.captions(path)) == ["a.jpg", "z.jpg"]
    assert made.counts() == {kind: 1}
    ((fault,),) = made.faults.examples.values()
    assert told in str(fault.message)


def test_a_packed_file_that_was_not_copied_to_its_end(made: DataSet) -> None:
    lines = [json.dumps({"image_path": f"{number}.jpg", "captions": [f"foto {number}"]}) for number in range(5000)]
    whole = gzip.compress("\n".join(lines).encode())
    path = made.folder / "train.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    pairs = made.captions(path)
    assert 0 < len(pairs) < 5000
    assert made.counts() == {"cut_short": 1}
    path.write_bytes(whole[:100] + b"\xff" * 100 + whole[200:])
    made.read(path)
    assert made.counts()["cut_short"] == 2


def test_of_many_faults_the_first_are_kept(made: DataSet) -> None:
    assert made.read(made.write("train.jsonl", "broken\n" * 1000)) == []
    assert made.counts() == {"not_json": 1000}
    assert [str(fault.where) for fault in made.faults.examples.popitem()[1]] == [f"Line {n}" for n in range(1, 6)]


def test_bad_records_of_coco(made: DataSet) -> None:
    content = {
        "images": [
            {"id": 1, "file_name": "a.jpg"},
            {"id": "1", "file_name": "b.jpg"},
            {"id": 2, "file_name": "a.jpg"},
            {"id": 3},
            {"id": True, "file_name": "c.jpg"},
            {"id": 4, "file_name": "d.jpg"},
            "e.jpg",
        ],
        "annotations": [
            {"image_id": 1, "caption": "un gatto"},
            {"image_id": 9, "caption": "di nessuno"},
            {"image_id": 1, "caption": None},
            {"caption": "di chi?"},
            7,
        ],
    }
    assert made.captions(made.write("a.json", json.dumps(content))) == {"a.jpg": ("un gatto",)}
    assert made.counts() == {"duplicate_id": 2, "wrong_fields": 6, "no_image": 1, "no_caption": 1}


@pytest.mark.parametrize(
    "content", ['{"annotations": [', "[]", '{"annotations": []}', '{"images": {}, "annotations": []}']
)
def test_a_coco_file_of_no_use_is_refused(made: DataSet, content: str) -> None:
    with pytest.raises(DataError, match=r"a\.json"):
        made.read(made.write("a.json", content), Format.COCO)


def test_bad_rows_of_tables(made: DataSet) -> None:
    header = "language\timage_url\tcaption_reference_description\n"
    rows = ["it\thttps://example.org/a.jpg\tuna torre", "it\tsolo due", "it\thttps://example.org\tsenza nome"]
    huge = "it\thttps://example.org/b.jpg\t" + "x" * 200_000  # longer than the csv module takes
    path = made.write("wit.tsv", header + "\n".join([*rows, huge, "it\thttps://example.org/c.jpg\tun ponte"]))
    assert [pair.captions for pair in made.read(path, Format.WIT)] == [("una torre",), ("un ponte",)]
    assert made.counts() == {"wrong_fields": 2, "no_image": 1}
    with pytest.raises(DataError, match="image_url"):
        made.read(made.write("wit.tsv", "language\tcaption_reference_description\n"), Format.WIT)
    address = "http://example.org/a.jpg"
    cc = made.write("cc.tsv", f"un gatto\t{address}\nsolo una colonna\nun cane\t{address}\nun topo\t\n")
    assert made.captions(cc) == {address: ("un gatto",)}
    assert made.counts() == {"wrong_fields": 4, "no_image": 1, "duplicate_id": 1}


def test_bad_members_of_shards(made: DataSet) -> None:
    members = {
        "0.jpg": b"picture",
        "0.txt": b"uno",
        "1.jpg": b"picture",
        "2.txt": b"senza foto",
        "3.jpg": b"picture",
        "3.txt": b"\xff\xfe",
        "4.jpg": b"picture",
        "4.json": b"{",
        "5.jpg": b"picture",
        "5.json": b'{"caption": NaN}',
    }
    made.shard("s/a.tar", members)
    made.shard("s/b.tar", {"0.jpg": b"other", "0.txt": b"ancora"})
    assert made.captions(made.folder / "s") == {"0": ("uno",)}
    assert made.counts() == {"no_caption": 2, "no_image": 1, "not_text": 1, "not_json": 1, "duplicate_id": 1}


def test_a_shard_that_was_not_copied_to_its_end(made: DataSet) -> None:
    members = {f"{number}{suffix}": b"x" * 2000 for number in range(9) for suffix in (".jpg", ".txt")}
    path = made.shard("a.tar", members)
    whole = made.read(path)
    path.write_bytes(path.read_bytes()[:9000])
    pairs = made.read(path)
    assert [pair.image.key for pair in pairs] == ["0"]
    assert made.counts() == {"cut_short": 1, "no_caption": 1}
    assert pairs[0].image.read() == b"x" * 2000
    with pytest.raises(DecodeFailure) as raised:  # it was cut while a training run used it
        whole[8].image.read()
    assert raised.value.kind is FailureKind.CORRUPT


def test_a_shard_that_cannot_be_read_in_place_is_refused(made: DataSet) -> None:
    packed = made.shard("a.tar", {"0.jpg": b"picture", "0.txt": b"uno"})
    packed.write_bytes(gzip.compress(packed.read_bytes()))
    with pytest.raises(DataError, match="gunzip"):
        made.read(packed)
    with pytest.raises(DataError):
        made.read(made.folder / "missing.tar", Format.SHARDS)
    assert made.read(made.write("b.tar", "no archive")) == []
    assert made.counts() == {"cut_short": 1}


def test_bad_lines_of_a_library_export(made: DataSet) -> None:
    photo: dict[str, object] = {"path": "a.jpg", "hash": "0" * 64, "captions": ["mare"]}
    wrong: list[dict[str, object]] = [
        {"path": ""},
        {"hash": "0" * 63},
        {"captions": "mare"},
        {"marks": [{"query": "mare"}]},
        {"marks": 1},
    ]
    lines = [
        {"format": "ritrova-library-export", "version": 1},
        photo,
        *({**photo, **change} for change in wrong),
        photo,
    ]
    path = made.write("export.jsonl", "\n".join(map(json.dumps, lines)))
    assert made.captions(path) == {"0" * 64: ("mare",)}
    assert made.counts() == {"wrong_fields": 5, "duplicate_id": 1}


def test_a_sidecar_that_is_not_text(made: DataSet) -> None:
    made.photo("photos/a.jpg")
    made.write("photos/a.txt", "perché".encode("latin-1"))
    made.photo("photos/b.jpg")
    (made.folder / "photos/b.txt").mkdir()
    assert made.read(made.folder / "photos") == []
    assert made.counts() == {"not_text": 2}
