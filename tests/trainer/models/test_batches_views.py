"""Features of a frozen image tower: several views of each photo, computed once and drawn from in training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ritrova.errors import EnvironmentFault, FailureKind
from ritrova.photo import PixelSpec
from ritrova_trainer.batches import drawn_views
from ritrova_trainer.data import FileImage, Pair
from ritrova_trainer.features import ImageFeatures, TextFeatures
from ritrova_trainer.pairs import feature_set
from ritrova_trainer.pictures import PictureReader
from ritrova_trainer.views import Views, ViewsConfig, add_views

SIDE = 32
PIXELS = PixelSpec(SIDE, SIDE)
ALL = ViewsConfig(flip=True, crops=2)


class Means:
    """An image tower that knows the mean colour of the left half and of the whole, and counts its pictures."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.seen = 0
        self.stop_after = stop_after

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        if self.seen >= self.stop_after:
            raise KeyboardInterrupt
        self.seen += len(pictures)
        halves = pictures[:, :, : SIDE // 2], pictures
        return np.concatenate([half.mean(axis=(1, 2), dtype=np.float32) for half in halves], axis=1)


def named(images: Sequence[FileImage]) -> dict[str, FileImage]:
    return {image.path.stem: image for image in images}


def add(
    path: Path, images: Sequence[FileImage], tower: Means | None = None, config: ViewsConfig = ALL
) -> list[tuple[str, FailureKind]]:
    unread = add_views(
        path, named(images), tower or Means(), Views(config, PIXELS), made_by="means", group=2, save_every=4
    )
    return [(one.key, one.kind) for one in unread]


def test_views_are_the_whole_its_mirror_image_and_parts(photos: list[FileImage], tmp_path: Path) -> None:
    path = tmp_path / "features.safetensors"
    add(path, photos)
    features = ImageFeatures(path)
    assert features.views.shape == (8, 4, 6)
    assert features.views.dtype == np.float16
    reader = PictureReader(PIXELS)
    for photo in photos:
        whole = reader.square(photo)
        both = Means()(np.stack([whole, whole[:, ::-1]]))
        found = features.views_of([photo.path.stem])[0]
        np.testing.assert_allclose(found[:2], both, rtol=1e-3)
        np.testing.assert_array_equal(features.of([photo.path.stem])[0], found[0])
        assert len({view.tobytes() for view in found}) == 4


def test_parts_are_the_same_each_time(photos: list[FileImage]) -> None:
    torch.manual_seed(1)
    one = Views(ALL, PIXELS)(photos[0])
    torch.manual_seed(2)
    assert np.array_equal(Views(ALL, PIXELS)(photos[0]), one)


def test_computing_goes_on_where_it_was_interrupted(photos: list[FileImage], tmp_path: Path) -> None:
    path, whole = tmp_path / "features.safetensors", tmp_path / "whole.safetensors"
    with pytest.raises(KeyboardInterrupt):
        add(path, photos, Means(stop_after=6 * 4))
    assert len(ImageFeatures(path)) == 4
    rest = Means()
    add(path, photos, rest)
    assert rest.seen == 4 * 4
    add(whole, photos)
    names = list(named(photos))
    np.testing.assert_array_equal(ImageFeatures(path).views_of(names), ImageFeatures(whole).views_of(names))
    nothing = Means()
    add(path, photos, nothing)
    assert nothing.seen == 0


def test_photos_that_cannot_be_read_have_no_features_and_are_told(
    photos: list[FileImage], unreadable: list[FileImage], tmp_path: Path
) -> None:
    path = tmp_path / "features.safetensors"
    assert sorted(add(path, [unreadable[0], *photos, *unreadable[1:]])) == [
        ("cut.jpg", FailureKind.CORRUPT),
        ("nowhere.jpg", FailureKind.UNREADABLE),
        ("text.jpg", FailureKind.UNSUPPORTED),
    ]
    features = ImageFeatures(path)
    assert len(features) == 8
    assert "cut" not in features


def test_no_photo_at_all_leaves_no_file(unreadable: list[FileImage], tmp_path: Path) -> None:
    path = tmp_path / "features.safetensors"
    assert len(add(path, unreadable)) == 3
    assert not path.exists()


def test_features_of_another_tower_or_other_views_are_not_mixed(photos: list[FileImage], tmp_path: Path) -> None:
    path = tmp_path / "features.safetensors"
    add(path, photos[:2])
    with pytest.raises(EnvironmentFault, match="another image tower"):
        add(path, photos, config=ViewsConfig(flip=True))
    with pytest.raises(EnvironmentFault, match="another image tower"):
        add_views(path, named(photos), Means(), Views(ALL, PIXELS), made_by="other")


def test_training_draws_from_all_views(photos: list[FileImage], tmp_path: Path) -> None:
    path = tmp_path / "features.safetensors"
    add(path, photos)
    images = ImageFeatures(path)
    texts = TextFeatures(tmp_path / "texts.safetensors", tower="t", prefix="", width=1)
    texts.add(["una"], lambda some: np.ones((len(some), 1), np.float32), batch=8)
    data = feature_set([Pair(photo, ("una",), "") for photo in photos], images, texts, places=1)
    assert data.images.shape == (8, 4, 6)
    seen = {view for seed in range(40) for view in drawn_views([seed], 4).tolist()}
    assert seen == {0, 1, 2, 3}
