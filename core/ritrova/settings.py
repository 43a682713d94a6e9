"""Every setting, with its type, default and meaning. `docs/settings.md` is generated from this module."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ritrova.atomic import write_bytes
from ritrova.errors import EnvironmentFault
from ritrova.text import msg


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class EncodingSettings(_Section):
    """Which model, and where it runs."""

    model: Annotated[str, Field(description="Name of the model that indexes and searches.")] = "ritrova-small-it"
    device: Annotated[
        Literal["auto", "cuda", "mps", "xpu", "cpu"],
        Field(description="Where the model runs. `auto` takes CUDA, then MPS, then XPU, then the CPU."),
    ] = "auto"
    threads: Annotated[
        int, Field(ge=0, description="CPU threads of the model; 0 takes all cores but one, which is the person's.")
    ] = 0
    batch_size: Annotated[int, Field(ge=0, description="Photos a batch; 0 lets the device decide.")] = 0


class DecodingSettings(_Section):
    """The processes that read photos, and their limits."""

    workers: Annotated[int, Field(ge=0, description="Decoder processes; 0 takes one a core, at most 8.")] = 0
    timeout_s: Annotated[
        float, Field(gt=0, description="Seconds for one photo; then the decoder is ended and the photo listed.")
    ] = 60.0
    memory_mb: Annotated[
        int, Field(ge=256, description="Memory that one decoder may take, in MB; beyond it the photo is listed.")
    ] = 2048
    max_megapixels: Annotated[float, Field(gt=0, description="Photos of more megapixels are listed, not read.")] = 250.0
    max_file_mb: Annotated[int, Field(gt=0, description="Files of more MB are listed, not read.")] = 512


class IndexSettings(_Section):
    """The search index."""

    # Measured on one core of a server: comparing 100,000 vectors of 256 takes 4 ms, and building a graph of them 40 s.
    exact_up_to: Annotated[
        int, Field(ge=0, description="Up to so many photos the exact index answers; beyond, the HNSW graph does.")
    ] = 100_000
    # Chosen on 500,000 vectors by sentences, which lie far from any photo: in narrower graphs some find nothing right.
    m: Annotated[int, Field(ge=4, le=64, description="HNSW: links a node.")] = 16
    ef_construction: Annotated[int, Field(ge=16, description="HNSW: width of the search while building.")] = 400
    ef_search: Annotated[int, Field(ge=16, description="HNSW: width of the search while answering.")] = 768
    rebuild_deleted_share: Annotated[
        float, Field(gt=0, lt=1, description="HNSW: rebuilt when a larger share of its elements is deleted.")
    ] = 0.2


class ThumbnailSettings(_Section):
    """The small pictures kept for display."""

    large_limit_mb: Annotated[
        int, Field(ge=0, description="Disk for the 512-pixel thumbnails, in MB; the longest unused go first.")
    ] = 1024
    previews_limit_mb: Annotated[
        int,
        Field(ge=0, description="Disk for the previews of photos, in MB; the longest unused go first."),
    ] = 512


class IndexingSettings(_Section):
    """When photos are indexed by itself, while the window or the tray is open."""

    automatic: Annotated[bool, Field(description="Follow the folders: find new and changed photos by itself.")] = True
    paused: Annotated[bool, Field(description="Indexing was paused, and stays so until it is resumed.")] = False
    only_on_mains: Annotated[bool, Field(description="Index only while the computer is not on its battery.")] = False
    only_at_night: Annotated[bool, Field(description="Index only during the hours of the night.")] = False
    night_from: Annotated[int, Field(ge=0, le=23, description="Hour at which the night begins.")] = 22
    night_to: Annotated[int, Field(ge=0, le=23, description="Hour at which the night ends.")] = 7
    considerate: Annotated[
        bool, Field(description="Index more slowly on the battery, and while other programs need the processor.")
    ] = True


class BackupSettings(_Section):
    """The backups that the library makes of itself, in its own folder `backups`."""

    automatic: Annotated[bool, Field(description="Make a backup each week and before each update of the database.")] = (
        True
    )
    keep: Annotated[int, Field(ge=1, description="So many of them are kept; the oldest go first.")] = 4


class SidecarSettings(_Section):
    """What is written beside the photos."""

    write: Annotated[
        bool,
        Field(
            description="Write stars, favourites and keywords, as you change them, into XMP files beside the photos. "
            "The photos themselves are never written."
        ),
    ] = False


class FolderSettings(_Section):
    """What is passed over in the watched folders."""

    ignored_names: Annotated[
        tuple[str, ...], Field(description="Shell patterns of file and folder names that are passed over.")
    ] = (
        "._*",
        ".DS_Store",
        "@eaDir",
        ".thumbnails",
        ".Trash*",
        "$RECYCLE.BIN",
        "lost+found",
        "#recycle",
    )


class Settings(_Section):
    """All settings of a library, kept in its `settings.json`."""

    encoding: EncodingSettings = EncodingSettings()
    decoding: DecodingSettings = DecodingSettings()
    index: IndexSettings = IndexSettings()
    thumbnails: ThumbnailSettings = ThumbnailSettings()
    folders: FolderSettings = FolderSettings()
    indexing: IndexingSettings = IndexingSettings()
    backups: BackupSettings = BackupSettings()
    sidecars: SidecarSettings = SidecarSettings()

    @model_validator(mode="before")
    @classmethod
    def _without_the_window(cls, values: Any) -> Any:
        """Older versions had a section for the window, which keeps its looks by itself, for all libraries."""
        if not isinstance(values, dict):
            return values
        return {name: section for name, section in values.items() if name != "window"}


def load(path: Path) -> Settings:
    """The settings in `path`; the defaults where there is no such file. Raises EnvironmentFault on a damaged one."""
    try:
        return Settings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Settings()
    except ValidationError as error:  # broken JSON too
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise EnvironmentFault(
            msg("The settings file cannot be understood: {reason}", reason=f"{where}: {first['msg']}".lstrip(": ")),
            msg("Correct it, or remove it to return to the defaults."),
            str(path),
        ) from error


def save(settings: Settings, path: Path) -> None:
    """Write the settings aside and put them in place."""
    write_bytes(path, settings.model_dump_json(indent=2).encode(), durable=True)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
