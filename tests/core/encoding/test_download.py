"""Downloading: only when asked, only what is needed, and clear when the network fails."""

import errno
from fnmatch import fnmatch
from pathlib import Path

import pytest

from ritrova.encoding.fetch import Downloader, HubDownloader, download
from ritrova.errors import DiskFull, EnvironmentFault, UsageError

HUB = (
    "model.safetensors",
    "pytorch_model.bin",
    "flax_model.msgpack",
    "config.json",
    "vocab.txt",
    "code.py",
    "README.md",
)


def hub(hub_id: str, into: Path, patterns: tuple[str, ...]) -> None:
    """A hub of one model."""
    assert hub_id == "someone/clip"
    for name in HUB:
        if any(fnmatch(name, pattern) for pattern in patterns):
            (into / name).write_text(name)


def failing(error: OSError) -> Downloader:
    def downloader(hub_id: str, into: Path, patterns: tuple[str, ...]) -> None:
        raise error

    return downloader


def test_only_weights_without_code_and_texts_are_fetched(tmp_path: Path) -> None:
    folder = download("someone/clip", tmp_path / "new", hub)
    names = {path.name for path in folder.iterdir()}
    assert names == {"model.safetensors", "config.json", "vocab.txt", "README.md"}


@pytest.mark.parametrize("hub_id", ["clip", "a/b/c", "../etc/x", "a/..", "https://host/a/b", "", "a b/c"])
def test_what_is_no_name_on_the_hub_opens_no_connection(tmp_path: Path, hub_id: str) -> None:
    with pytest.raises(UsageError):
        download(hub_id, tmp_path, failing(OSError("must not be called")))


def test_a_network_that_fails_says_how_to_go_on_without(tmp_path: Path) -> None:
    nobody_listens = HubDownloader("http://127.0.0.1:9")
    with pytest.raises(EnvironmentFault) as caught:
        download("someone/clip", tmp_path, nobody_listens)
    assert "models import" in str(caught.value.remedy)


def test_a_full_disk_is_told_from_a_network_that_fails(tmp_path: Path) -> None:
    with pytest.raises(DiskFull):
        download("someone/clip", tmp_path, failing(OSError(errno.ENOSPC, "no space")))
    with pytest.raises(EnvironmentFault):
        download("someone/clip", tmp_path, failing(TimeoutError("timed out")))
