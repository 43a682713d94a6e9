"""Downloading a model, when a person asks for it: the only module of the program that may open a socket."""

import errno
import re
from pathlib import Path
from typing import Protocol

from ritrova.encoding.bundle import reason
from ritrova.errors import DiskFull, EnvironmentFault, UsageError
from ritrova.text import msg

PATTERNS = ("*.safetensors", "*.json", "*.txt", "README.md", "LICENSE*")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


class Downloader(Protocol):
    """Brings the files of `hub_id` that match one of `patterns` into a folder. Raises OSError where it cannot."""

    def __call__(self, hub_id: str, into: Path, patterns: tuple[str, ...]) -> None: ...


class HubDownloader:
    """Downloads from the Hugging Face hub (or `endpoint`), without an account."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint

    def __call__(self, hub_id: str, into: Path, patterns: tuple[str, ...]) -> None:
        import huggingface_hub

        try:
            huggingface_hub.snapshot_download(
                hub_id, local_dir=into, allow_patterns=list(patterns), endpoint=self._endpoint, token=False
            )
        except huggingface_hub.errors.RepositoryNotFoundError as error:  # private and gated ones too
            raise UsageError(
                msg("There is no model {hub_id} on the hub that can be had without an account.", hub_id=hub_id),
                msg("Check the name; or download the folder yourself, then: ritrova models import FOLDER"),
            ) from error


def check_id(hub_id: str) -> None:
    """Raises UsageError for what cannot be OWNER/NAME."""
    if not _HUB_ID.fullmatch(hub_id) or ".." in hub_id:
        raise UsageError(
            msg("{hub_id} is not the name of a model on the hub.", hub_id=hub_id),
            msg("Give it as OWNER/NAME, for example clip-italian/clip-italian."),
        )


def download(
    hub_id: str, into: Path, downloader: Downloader | None = None, *, patterns: tuple[str, ...] = PATTERNS
) -> Path:
    """Bring the safetensors, configuration and vocabulary of `hub_id` (OWNER/NAME) into the folder `into`; return it.

    Nothing is loaded or checked here: import the folder next. Raises UsageError for what is no such id or not
    there, EnvironmentFault where the network fails, DiskFull.
    """
    check_id(hub_id)
    try:
        into.mkdir(parents=True, exist_ok=True)
        (downloader or HubDownloader())(hub_id, into, patterns)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                msg("The disk is full: the model was not downloaded."),
                msg("Free some space, then try again."),
                str(into),
            ) from error
        raise EnvironmentFault(
            msg("The model cannot be downloaded: {reason}", reason=reason(error)),
            msg("Check the internet connection; or copy the model's folder here and: ritrova models import FOLDER"),
        ) from error
    return into
