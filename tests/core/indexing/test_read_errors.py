"""A disk that cannot read some of its photos costs those photos, and only as long as it cannot."""

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ritrova.encoding.fake import FakeEncoder
from ritrova.errors import FailureKind
from ritrova.images.limits import DecodeLimits
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.images.thumbnails import Thumbnails
from ritrova.indexing.run import Parts, Run
from ritrova.library import Library
from ritrova.progress import Cancellation, Courtesy, Silent
from ritrova.watched import WatchedFolders

MakePhoto = Callable[..., Path]


def test_photos_that_a_disk_cannot_read_are_listed_and_come_back_with_it(
    library: Library, make_photo: MakePhoto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    for n in range(30):
        make_photo(f"{n}.jpg", size=(40 + n, 30))
    bad = {f"{n}.jpg".encode() for n in range(30) if zlib.crc32(b"%d.jpg" % n) % 3 == 0}
    assert 0 < len(bad) < 30
    parts = Parts(
        store=library.store,
        encoder=FakeEncoder(),
        thumbnails=Thumbnails(library.paths.thumbnails, large_limit=10**6),
        new_decoder=lambda: SandboxedDecoder(FakeEncoder.pixels, DecodeLimits(), opener="faulty_openers:every_third"),
        workers=1,
        courtesy=Courtesy(),
    )
    here, _ = WatchedFolders(library.store).here(library.settings.folders.ignored_names, None)
    (tmp_path / "broken").touch()
    report = Run(parts, Silent(), Cancellation())(here)
    assert (report.added, report.failed) == (30 - len(bad), len(bad))
    assert {(failure.path.rsplit(b"/", 1)[1], failure.kind) for failure in library.failures()} == {
        (name, FailureKind.UNREADABLE) for name in bad
    }
    (tmp_path / "broken").unlink()
    report = Run(parts, Silent(), Cancellation())(here)
    assert (report.added, report.failed) == (len(bad), 0)
    assert library.damage() == []
