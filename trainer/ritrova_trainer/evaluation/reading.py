"""From what a person names on the command line to a gallery and its photos."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ritrova.errors import EnvironmentFault
from ritrova.text import msg
from ritrova_trainer.data import Faults, ImageRef, open_pairs
from ritrova_trainer.evaluation.gallery import Gallery
from ritrova_trainer.features import ImageFeatures

VALIDATION = "val.jsonl"
_FEATURES = "features-*.safetensors"


@dataclass(frozen=True, slots=True)
class Source:
    """Captioned photos to evaluate on."""

    name: str
    gallery: Gallery
    images: Mapping[str, ImageRef]  # by the keys of the gallery
    faults: Faults  # records that were passed over


def read_data(path: Path, images: Path | None) -> Source:
    """Captioned photos in any of the trainer's formats; of a folder of training data, its validation part.

    The captions are taken as they are, as the published protocol does; a blank one asks nothing and is left out.
    """
    file = path / VALIDATION if (path / VALIDATION).is_file() else path
    faults = Faults()
    pairs = [
        (pair.image, [caption for caption in pair.captions if caption])
        for pair in open_pairs(file, faults.add, images=images)
    ]
    if not any(captions for _, captions in pairs):
        raise EnvironmentFault(
            msg("There is no caption in the data."), msg("Check the data: `ritrova-train data check`."), str(path)
        )
    gallery = Gallery.of([(image.key, captions) for image, captions in pairs])
    return Source(path.resolve().name, gallery, {image.key: image for image, _ in pairs}, faults)


def ready_features(data: Path, features: Path | None, images: Path | None) -> ImageFeatures | None:
    """The features that are named; else, where no photos are named, those that lie in the folder of the data."""
    if features is None and images is None and data.is_dir():
        found = sorted(data.glob(_FEATURES))
        features = found[0] if len(found) == 1 else None
    return None if features is None else ImageFeatures.read(features)
