"""Every setting, with its type, default and meaning. `docs/settings.md` is generated from this module."""

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ritrova.errors import EnvironmentFault
from ritrova.text import msg


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class EncodingSettings(_Section):
    model: str = Field("ritrova-small-it", description="Name of the model that indexes and searches.")
    device: Literal["auto", "cuda", "mps", "xpu", "cpu"] = Field("auto", description="Where the model runs. `auto` takes CUDA, then MPS, then XPU, then the CPU.")
    threads: int = Field(0, ge=0, description="CPU threads of the model; 0 leaves one core to the person.")
    batch_size: int = Field(0, ge=0, description="Photos a batch; 0 lets the device decide.")


class DecodingSettings(_Section):
    workers: int = Field(0, ge=0, description="Decoder processes; 0 takes one a core, at most 8.")
    timeout_s: float = Field(60.0, gt=0, description="Seconds after which a decoder is ended and the photo is listed as `timeout`.")
    memory_mb: int = Field(2048, ge=256, description="Memory that a decoder may take, in MB (10^6 bytes); beyond it the photo is listed as `too_large`.")
    max_megapixels: float = Field(250.0, gt=0, description="Photos with more millions of pixels are listed as `too_large`.")
    max_file_mb: int = Field(512, gt=0, description="Files larger than this, in MB, are listed as `too_large`.")


class IndexSettings(_Section):
    exact_up_to: int = Field(50_000, ge=0, description="Up to so many photos the exact index answers; beyond, the HNSW graph does.")
    m: int = Field(16, ge=4, le=64, description="HNSW: links a node.")
    ef_construction: int = Field(200, ge=16, description="HNSW: width of the search while building.")
    ef_search: int = Field(128, ge=16, description="HNSW: width of the search while answering.")
    rebuild_deleted_share: float = Field(0.2, gt=0, lt=1, description="HNSW: rebuilt when more than this share of its elements is deleted.")


class ThumbnailSettings(_Section):
    large_limit_mb: int = Field(1024, ge=0, description="Disk for the 512-pixel thumbnails, in MB; the longest unused go first.")


class FolderSettings(_Section):
    ignored_names: tuple[str, ...] = Field(
        ("._*", ".DS_Store", "@eaDir", ".thumbnails", ".Trash*", "$RECYCLE.BIN", "lost+found", "#recycle", "Thumbs.db"),
        description="Shell patterns of file and folder names that are passed over.",
    )


class Settings(_Section):
    """All settings of a library, kept in its `settings.json`."""

    encoding: EncodingSettings = Field(default_factory=EncodingSettings)
    decoding: DecodingSettings = Field(default_factory=DecodingSettings)
    index: IndexSettings = Field(default_factory=IndexSettings)
    thumbnails: ThumbnailSettings = Field(default_factory=ThumbnailSettings)
    folders: FolderSettings = Field(default_factory=FolderSettings)


def load(path: Path) -> Settings:
    """The settings in `path`; the defaults where there is no such file. Raises EnvironmentFault on a damaged one."""
    try:
        return Settings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Settings()
    except (ValidationError, ValueError) as error:
        raise EnvironmentFault(
            msg("The settings file cannot be understood: {reason}", reason=str(error).splitlines()[0]),
            msg("Correct it, or remove it to return to the defaults."),
            str(path),
        ) from error


def save(settings: Settings, path: Path) -> None:
    """Write the settings aside and put them in place."""
    from ritrova.atomic import write_bytes

    write_bytes(path, settings.model_dump_json(indent=2).encode(), durable=True)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
