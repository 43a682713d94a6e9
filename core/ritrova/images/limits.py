"""How much one photo may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # decoder processes need no pydantic
    from ritrova.settings import DecodingSettings

NICE = 10
"""How far work steps back that nobody waits for, as `nice` counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeLimits:
    """Beyond any of these a photo is a failure of the kind `timeout` (time) or `too_large` (the rest)."""

    timeout_s: float = 60.0  # for reading the file, and again for decoding it
    memory_bytes: int = 2048 * 10**6  # of one decoder process, on top of what it takes when idle
    max_pixels: int = 250 * 10**6
    max_file_bytes: int = 512 * 10**6
    nice: int = 0  # how far the process steps back behind others

    @classmethod
    def of(cls, settings: DecodingSettings, *, nice: int = 0) -> DecodeLimits:
        """The person's limits."""
        return cls(
            timeout_s=settings.timeout_s,
            memory_bytes=settings.memory_mb * 10**6,
            max_pixels=round(settings.max_megapixels * 10**6),
            max_file_bytes=settings.max_file_mb * 10**6,
            nice=nice,
        )
