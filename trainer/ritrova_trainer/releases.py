"""Models that we publish: what their manifest says beside the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ritrova.encoding.bundle import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A published model's own words."""

    name: str
    """Of the model, unique in a library."""
    version: str
    """Raised when the weights change."""
    languages: tuple[str, ...]
    """ISO 639-1, the one it was trained for first."""
    licence: str
    """SPDX, of what we trained."""
    parts: tuple[Part, ...]
    """What it was made from."""
    copyrights: tuple[str, ...]
    """Whom the parts' licences want named, a line each."""
    bank_version: int
    """Raised when the reference photos change."""
    card: str
    """The model card's template, a file of `ritrova_trainer.cards`."""


RITROVA_SMALL_IT = Release(
    name="ritrova-small-it",
    version="3",
    languages=("it", "en"),
    licence="Apache-2.0",
    parts=(
        Part(
            name="EfficientNet-Lite2, ImageNet weights (image tower)",
            source="timm: tf_efficientnet_lite2",
            licence="Apache-2.0",
        ),
        Part(
            name="multilingual-e5-small, vocabulary cut to Italian and everyday English (text tower)",
            source="intfloat/multilingual-e5-small",
            licence="MIT",
        ),
        Part(name="image head and text head", source="trained for Ritrova", licence="Apache-2.0"),
    ),
    copyrights=("multilingual-e5-small: Copyright (c) Microsoft Corporation",),
    bank_version=1,
    card="ritrova-small-it.md",
)

RELEASES: Mapping[str, Release] = MappingProxyType({RITROVA_SMALL_IT.name: RITROVA_SMALL_IT})
"""By name."""
