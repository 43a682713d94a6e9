"""Every format becomes the same pairs: an image that can be read, its captions, its source."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ritrova.errors import DecodeFailure, FailureKind, UsageError
from ritrova_trainer.data import DataError, Format, detected, is_present
from ritrova_trainer.data.library_export import ExportedPhoto, Mark, read_photos, write

if TYPE_CHECKING:
    from trainer.data.conftest import DataSet

WIT_HEADER = "language\tpage_url\timage_url\tcaption_reference_description\tcontext_page_description\n"


def test_the_published_lines(made: DataSet) -> None:
    photo = made.photo("images/mare.jpg")
    lines = [
        {"image_path": "images/mare.jpg", "captions": ["onde alte", " vacanze "], "source": "album"},
        {"image_path": "altri/mare.jpg", "captions": ["perché no?"]},
    ]
    first, second = made.read(made.write("train.jsonl", "\n".join(map(json.dumps, lines))))
    assert (first.image.key, first.captions, first.source) == ("images/mare.jpg", ("onde alte", "vacanze"), "album")
    assert first.image.read() == photo.read_bytes()
    assert (second.image.key, second.source, second.name) == ("altri/mare.jpg", "jsonl", "mare")
    assert is_present(first.image)
    assert not is_present(second.image)
    with pytest.raises(DecodeFailure) as raised:
        second.image.read()
    assert raised.value.kind is FailureKind.UNREADABLE


@pytest.mark.parametrize("name", ["captions.json", "captions.json.gz"])
def test_coco_with_ids_that_are_numbers_and_texts(made: DataSet, name: str) -> None:
    content = {
        "info": {"version": "1.0"},
        "images": [{"id": 359, "file_name": "COCO_1.jpg"}, {"id": "12", "file_name": "COCO_2.jpg"}],
        "annotations": [
            {"image_id": "000359", "id": "1", "caption": "due barche nel porto"},
            {"image_id": 12, "id": 2, "caption": "un cane che corre"},
            {"image_id": 359, "id": 3, "caption": "il porto di sera "},
        ],
    }
    path = made.write(name, json.dumps(content, indent=1))
    photo = made.photo("images/COCO_1.jpg")
    first, second = made.read(path)
    assert (first.image.key, first.captions) == ("COCO_1.jpg", ("due barche nel porto", "il porto di sera"))
    assert (second.image.key, second.captions, second.source) == ("COCO_2.jpg", ("un cane che corre",), "coco")
    assert first.image.read() == photo.read_bytes()
    assert made.counts() == {}


@pytest.mark.parametrize("name", ["wit.tsv", "wit.tsv.gz"])
def test_the_italian_rows_of_wit(made: DataSet, name: str) -> None:
    address = "https://example.org/wiki/a/ab/Torre_%28Pisa%29.JPG"
    rows = [
        f"it\tp1\t{address}\tLa torre pendente\tcontesto",
        "en\tp2\thttps://example.org/b.jpg\tThe tower\tcontext",
        'it\tp3\thttps://example.org/c.png\t"Detta ""la bella"",\nvista da sud"\tcontesto',
        "it\tp4\thttps://example.org/d.png\t\tsenza descrizione",
        f"it\tp5\t{address}\tPisa, la torre\tcontesto",
    ]
    photo = made.photo("images/deep/Torre_(Pisa).jpg")
    first, second = made.read(made.write(name, WIT_HEADER + "\n".join(rows) + "\n"))
    assert (first.image.key, first.captions) == (address, ("La torre pendente", "Pisa, la torre"))
    assert first.image.read() == photo.read_bytes()
    assert second.captions == ('Detta "la bella",\nvista da sud',)
    assert not is_present(second.image)
    assert made.counts() == {}


def test_conceptual_captions_beside_what_was_downloaded(made: DataSet) -> None:
    first, second, third = (f"http://example.org/{name}.jpg?w=1" for name in "abc")
    made.write("cc.tsv", f"un gatto sul divano\t{first}\nuna barca\t{second}\nun treno\t{third}\tmio/treno.jpg\n")
    photo = made.photo(f"images/0_{zlib.crc32(first.encode())}.jpg")
    train = made.photo("images/treno.jpg")
    pairs = made.read(made.folder / "cc.tsv")
    assert [(pair.image.key, pair.captions) for pair in pairs] == [
        (first, ("un gatto sul divano",)),
        (second, ("una barca",)),
        (third, ("un treno",)),
    ]
    assert pairs[0].image.read() == photo.read_bytes()
    assert [is_present(pair.image) for pair in pairs] == [True, False, True]
    assert pairs[2].image.read() == train.read_bytes()


def test_a_folder_of_photos_with_their_captions_beside_them(made: DataSet) -> None:
    photo = made.photo("photos/2019/mare.JPG")
    made.write("photos/2019/mare.txt", "\ufeffonde alte\n\n  vacanze\r\n")
    made.photo("photos/muta.png")
    made.write("photos/orfana.txt", "nessuna foto")
    (pair,) = made.read(made.folder / "photos", source="album")
    assert (pair.image.key, pair.captions, pair.source) == ("2019/mare.JPG", ("onde alte", "vacanze"), "album")
    assert pair.image.read() == photo.read_bytes()
    assert made.counts() == {"no_caption": 1, "no_image": 1}


def test_shards_are_read_in_place(made: DataSet) -> None:
    pictures = [bytes([number]) * (700 * number + 1) for number in range(4)]
    made.shard("shards/a-000.tar", {"0.jpg": pictures[0], "0.txt": b"uno\ndue\n", "0.json": b'{"caption": "url"}'})
    made.shard(
        "shards/a-001.tar",
        {
            "__meta__/about.json": b"{}",
            "sub/1.PNG": pictures[1],
            "sub/1.json": b'{"captions": ["tre"]}',
            "sub/2.txt": b"prima il testo",
            "sub/2.jpg": pictures[2],
            "sub/3.json": b'{"caption": "quattro"}',
            "sub/3.webp": pictures[3],
        },
    )
    pairs = made.read(made.folder / "shards")
    assert {pair.image.key: pair.captions for pair in pairs} == {
        "0": ("uno", "due"),
        "sub/1": ("tre",),
        "sub/2": ("prima il testo",),
        "sub/3": ("quattro",),
    }
    assert [pair.image.read() for pair in reversed(pairs)] == pictures[::-1]
    assert made.counts() == {}
    assert [pair.image.key for pair in made.read(made.folder / "shards/a-000.tar")] == ["0"]


def test_a_shard_of_another_program(made: DataSet) -> None:
    """Folders, links and long names of a tar made by hand."""
    name = "cartella/" + "n" * 150
    with tarfile.open(made.folder / "hand.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        folder = tarfile.TarInfo("cartella")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        link = tarfile.TarInfo("cartella/link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        for suffix, content in ((".jpg", b"picture"), (".txt", "perché".encode())):
            info = tarfile.TarInfo(name + suffix)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    (pair,) = made.read(made.folder / "hand.tar")
    assert (pair.image.key, pair.captions, pair.image.read()) == (name, ("perché",), b"picture")


def test_what_a_person_said_in_the_library(made: DataSet) -> None:
    odd = Path(os.fsdecode(b"/foto/citt\xe0.jpg"))
    photos = [
        ExportedPhoto(
            path=made.photo("mare.jpg"),
            hash="a" * 64,
            captions=("onde alte",),
            keywords=("mare", "estate"),
            marks=(Mark("spiaggia al tramonto", True), Mark("montagna", False)),
        ),
        ExportedPhoto(path=odd, hash="b" * 64, marks=(Mark("un gatto", False),)),
    ]
    path = made.folder / "export.jsonl"
    write(path, photos)
    assert path.read_bytes().isascii()
    assert list(read_photos(path, made.faults.add)) == photos
    (pair,) = made.read(path)
    assert (pair.image.key, pair.source) == ("a" * 64, "library")
    assert pair.captions == ("onde alte", "spiaggia al tramonto", "mare, estate")
    assert pair.image.read() == (made.folder / "mare.jpg").read_bytes()
    assert made.counts() == {"no_caption": 1}  # nothing fits the second photo: it is for training against


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ('{"format": "ritrova-library-export", "version": 2}', "version 2"),
        ('{"format": "ritrova-library-export", "version": true}', "first line"),
        ('{"image_path": "a.jpg", "captions": ["a"]}', "first line"),
        ("", "first line"),
    ],
)
def test_an_export_of_another_version_is_refused(made: DataSet, header: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        made.read(made.write("export.jsonl", header), Format.LIBRARY)


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.jsonl", '{"image_path": "a.jpg", "captions": ["a"]}\n', Format.JSON_LINES),
        ("a.jsonl", '{"image_path": "a.jpg", "capt', Format.JSON_LINES),
        ("a.jsonl.gz", '{"image_path": "a.jpg", "captions": ["a"]}\n', Format.JSON_LINES),
        ("a.json", '{"image_path": "a.jpg", "captions": ["a"]}\n', Format.JSON_LINES),
        ("a.json", '{"info": {}, "annotations": [], "images": []}', Format.COCO),
        ("a.json.gz", '{\n"images": [', Format.COCO),
        ("noname", '{\n"annotations": [', Format.COCO),
        ("a.tsv", WIT_HEADER, Format.WIT),
        ("a.tsv.gz", WIT_HEADER, Format.WIT),
        ("Train-GCC.tsv", "un gatto\thttp://example.org/a.jpg\n", Format.CONCEPTUAL),
        ("a.jsonl", '{"format": "ritrova-library-export", "version": 1}\n', Format.LIBRARY),
        ("a.tar", "", Format.SHARDS),
    ],
)
def test_a_format_shows_itself(made: DataSet, name: str, content: str, form: Format) -> None:
    assert detected(made.write(name, content)) is form


def test_folders_and_renamed_archives_show_themselves(made: DataSet) -> None:
    made.photo("photos/a.jpg")
    archive = made.shard("shards/a.tar", {"a.txt": b"a"})
    assert detected(made.folder / "photos") is Format.FOLDER
    assert detected(made.folder / "shards") is Format.SHARDS
    assert detected(archive.rename(made.folder / "renamed")) is Format.SHARDS


def test_an_unknown_format_asks_for_its_name(made: DataSet) -> None:
    with pytest.raises(UsageError, match=r"--format.*jsonl, coco, wit"):
        detected(made.write("notes.md", "# captions"))
    with pytest.raises(DataError):
        detected(made.folder / "missing.jsonl")
    path = made.write("captions.dat", '\n{"image_path": "a.jpg", "captions": ["a"]}\n')
    assert made.captions(path, Format.JSON_LINES) == {"a.jpg": ("a",)}
