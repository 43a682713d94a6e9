"""What a killed run could not clear away any more goes with the next one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ritrova.encoding.fake import FakeEncoder
from ritrova.images.limits import DecodeLimits
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.indexing.run import Parts, Run
from ritrova.library import Library
from ritrova.progress import Cancellation, Courtesy, Silent
from ritrova.watched import WatchedFolders

MakePhoto = Callable[..., Path]


@pytest.fixture
def killed(root: Path, folder: Path, make_photo: MakePhoto) -> Path:
    """A library whose writer was killed after it had written an edited photo and decoded one that is gone now."""
    make_photo("a.jpg")
    with Library.open(root, write=True) as library:
        library.add_folder(folder)
        library.index()
        make_photo("a.jpg", "blu", size=(60, 40))
        parts = Parts(
            store=library.store,
            encoder=FakeEncoder(),
            thumbnails=library.thumbnails,
            new_decoder=lambda: SandboxedDecoder(FakeEncoder.pixels, DecodeLimits()),
            workers=1,
            courtesy=Courtesy(),
        )
        here, _ = WatchedFolders(library.store).here(library.settings.folders.ignored_names, None)
        Run(parts, Silent(), Cancellation())(here)  # and not what `Library.index` does after it
        library.thumbnails.put(bytes(32), b"of a photo that was deleted meanwhile")
        assert len(library.store.hashes()) == 2
    return root


def thumbnails(root: Path) -> set[str]:
    return {path.stem for path in (root / "thumbnails").rglob("*.webp")}


def test_contents_and_thumbnails_of_no_file_go_with_the_next_run(killed: Path) -> None:
    (killed / "writer.json").write_text(json.dumps({"pid": 1, "program": "ritrova"}))
    with Library.open(killed, write=True):  # by who writes, but does not index
        pass
    with Library.open(killed, write=True) as library:
        assert library.index().unchanged == 1
        hashes = library.store.hashes()
    assert len(hashes) == 1
    assert thumbnails(killed) == {each.hex() for each in hashes}
    assert not (killed / "writer.json").exists()


def test_after_an_orderly_end_nothing_is_searched_for(killed: Path) -> None:
    """It would take a look at every thumbnail."""
    with Library.open(killed, write=True) as library:
        library.index()
    assert bytes(32).hex() in thumbnails(killed)
