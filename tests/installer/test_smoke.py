"""The trial of the frozen application: it must notice what does not work."""

import json
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "installer"))

import smoke  # noqa: E402

INDEXED = {"added": 3, "failed": 0, "photos_per_second": 7.0}


def test_programs_get_the_environment_of_a_fresh_account(tmp_path: Path) -> None:
    given = {"PATH": "/usr/bin", "PYTHONPATH": "/a", "LD_LIBRARY_PATH": "/b", "HOME": "/c", "XDG_DATA_HOME": "/d"}
    found = smoke.environment(tmp_path, given)
    assert found["PATH"] == "/usr/bin"
    assert found["HOME"] == str(tmp_path)
    assert found["QT_QPA_PLATFORM"] == "offscreen"
    assert found.keys().isdisjoint({"PYTHONPATH", "LD_LIBRARY_PATH", "XDG_DATA_HOME"})


def test_the_folder_is_copied_whole_with_its_links(tmp_path: Path) -> None:
    folder = tmp_path / "built"
    (folder / "inside").mkdir(parents=True)
    (folder / "inside" / "library.so").write_bytes(b"1234567890")
    (folder / "library.so").symlink_to("inside/library.so")
    copy = smoke.copied(folder, tmp_path / "elsewhere" / "built")
    assert (copy / "inside" / "library.so").read_bytes() == b"1234567890"
    assert os.readlink(copy / "library.so") == "inside/library.so"
    assert smoke.size_of(copy) == 10


@pytest.mark.parametrize("wrong", [{"added": 2}, {"failed": 1}])
def test_a_photo_that_is_not_indexed_is_noticed(wrong: dict[str, int]) -> None:
    assert smoke.check_index(json.dumps(INDEXED), 3) == "3 photos, 7.0/s"
    with pytest.raises(smoke.Fault):
        smoke.check_index(json.dumps({**INDEXED, **wrong}), 3)


def test_a_search_that_finds_other_photos_is_noticed() -> None:
    hits = [{"path": f"/photos/{name}"} for name in ("001-a.jpg", smoke.ANSWER, "002-b.jpg", "003-c.jpg")]
    assert smoke.check_hits("\n".join(map(json.dumps, hits))).endswith("number 2")
    with pytest.raises(smoke.Fault):
        smoke.check_hits(json.dumps(hits[0]))
    with pytest.raises(smoke.Fault):
        smoke.check_hits("")


def test_a_missing_library_is_noticed() -> None:
    good = {"name": "index", "grade": "good"}
    assert smoke.check_doctor(json.dumps({"checks": [good]})) == "1 checks"
    with pytest.raises(smoke.Fault, match="versions"):
        smoke.check_doctor(json.dumps({"checks": [good, {"name": "versions", "grade": "bad"}]}))


def test_pages_that_are_missing_empty_or_without_photos_are_noticed(tmp_path: Path) -> None:
    colourful = Image.effect_noise((200, 200), 90).convert("RGB")
    colourful.putdata([(n % 256, n // 256 % 256, n % 7) for n in range(200 * 200)])
    for number in range(smoke.PAGES - 1):
        colourful.save(tmp_path / f"page-{number:02}.png")
    with pytest.raises(smoke.Fault, match="instead of"):
        smoke.check_pictures(tmp_path)
    search = tmp_path / "search-light.png"
    colourful.save(search)
    assert smoke.check_pictures(tmp_path) == f"{smoke.PAGES} pictures"
    Image.new("RGB", (200, 200), "white").save(tmp_path / "page-00.png")
    with pytest.raises(smoke.Fault, match="nothing is drawn"):
        smoke.check_pictures(tmp_path)
    colourful.save(tmp_path / "page-00.png")
    colourful.quantize(64).save(search)
    with pytest.raises(smoke.Fault, match="no photos"):
        smoke.check_pictures(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for a program is a shell script")
def test_a_program_that_fails_is_told_with_what_it_said_and_what_it_logged(tmp_path: Path) -> None:
    program = tmp_path / "built" / "ritrova"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$1" = good ] && echo fine || { echo "no library" >&2; exit 4; }\n')
    program.chmod(0o755)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "window.log").write_text("what was logged")
    frozen = smoke.Frozen(program.parent, tmp_path / "home")
    assert frozen.run("ritrova", "good") == "fine\n"
    with pytest.raises(smoke.Fault, match=r"code 4(.|\n)*no library(.|\n)*what was logged"):
        frozen.run("ritrova", "bad")
    assert frozen.left_running() == []
