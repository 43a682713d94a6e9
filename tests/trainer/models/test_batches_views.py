"""What the frozen part of an image tower gives: views of each photo, computed once and drawn from in training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file as save_arrays
from torch import Tensor

from ritrova.errors import EnvironmentFault, FailureKind
from ritrova.photo import PixelSpec
from ritrova_trainer.batches import CachedPhotos, drawn_views
from ritrova_trainer.data import FileImage, Pair
from ritrova_trainer.features import ImageFeatures, TextFeatures
from ritrova_trainer.pairs import feature_set
from ritrova_trainer.pictures import PictureReader, Unread
from ritrova_trainer.sampler import Draw
from ritrova_trainer.view_cache import ViewCache, cached_views
from ritrova_trainer.views import Views, ViewsConfig

SIDE = 32
PIXELS = PixelSpec(SIDE, SIDE)
ALL = ViewsConfig(flip=True, crops=2)


class Means:
    """An image tower that knows the mean colour of the left half and of the whole, and counts its pictures."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.seen = 0
        self.stop_after = stop_after

    def __call__(self, pictures: NDArray[np.uint8]) -> Tensor:
        if self.seen >= self.stop_after:
            raise KeyboardInterrupt
        self.seen += len(pictures)
        halves = pictures[:, :, : SIDE // 2], pictures
        return torch.from_numpy(np.concatenate([half.mean(axis=(1, 2), dtype=np.float32) for half in halves], axis=1))


class Maps(Means):
    """One that gives maps, `[n, 6, 1, 2]`."""

    def __call__(self, pictures: NDArray[np.uint8]) -> Tensor:
        means = super().__call__(pictures)
        return torch.stack([means, -means], dim=-1)[:, :, None]


def names(images: Sequence[FileImage]) -> list[str]:
    return [image.path.stem for image in images]


def add(
    folder: Path, images: Sequence[FileImage], tower: Means | None = None, config: ViewsConfig = ALL
) -> tuple[ViewCache, list[Unread]]:
    return cached_views(
        folder,
        dict(zip(names(images), images, strict=True)),
        tower or Means(),
        Views(config, PIXELS),
        made_by={"tower": "means"},
        group=2,
        save_every=4,
    )


def all_of(cache: ViewCache, images: Sequence[FileImage]) -> Tensor:
    """`[n, views, ...]`"""
    found = cache.of(names(images))
    rows = torch.arange(len(images))
    return torch.stack([found[rows, torch.full_like(rows, view)] for view in range(found.shape[1])], dim=1)


def test_views_are_the_whole_its_mirror_image_and_parts(photos: list[FileImage], tmp_path: Path) -> None:
    cache, _ = add(tmp_path, photos)
    features = all_of(cache, photos)
    assert features.shape == cache.of(names(photos)).shape == (8, 4, 6)
    assert features.dtype == torch.float32
    reader = PictureReader(PIXELS)
    for photo, found in zip(photos, features, strict=True):
        whole = reader.square(photo)
        torch.testing.assert_close(found[:2], Means()(np.stack([whole, whole[:, ::-1]])), rtol=1e-3, atol=0)
        assert len({tuple(view.tolist()) for view in found}) == 4


def test_parts_are_the_same_each_time(photos: list[FileImage]) -> None:
    torch.manual_seed(1)
    one = Views(ALL, PIXELS)(photos[0])
    torch.manual_seed(2)
    assert np.array_equal(Views(ALL, PIXELS)(photos[0]), one)


def test_parts_of_a_squashed_photo_are_cut_from_all_of_it(tmp_path: Path) -> None:
    strip = np.full((40, 600, 3), 128, np.uint8)
    strip[:, :90], strip[:, -90:] = (255, 0, 0), (0, 0, 255)
    Image.fromarray(strip).save(tmp_path / "strip.png")
    views = Views(ViewsConfig(crops=4, smallest=0.8), PixelSpec(SIDE, SIDE, "squash"))
    for view in views(FileImage("strip.png", tmp_path / "strip.png")).astype(int):
        ends = view[SIDE // 2, [0, -1]]
        assert sorted(np.abs(ends[:, 0] - ends[:, 2]) > 150) == [True, True]  # one is red and one is blue


def test_computing_goes_on_where_it_was_interrupted(photos: list[FileImage], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        add(tmp_path / "cut", photos, Means(stop_after=6 * 4))
    kept = sorted(path.name for path in (tmp_path / "cut").iterdir())
    assert kept == ["000000.safetensors", "000001.safetensors"]  # a whole file, and what was seen for the next
    first = (tmp_path / "cut" / "000000.safetensors").read_bytes()
    rest = Means()
    cache, _ = add(tmp_path / "cut", photos, rest)
    assert rest.seen == 2 * 4
    assert (tmp_path / "cut" / "000000.safetensors").read_bytes() == first  # what is there is not written again
    whole, _ = add(tmp_path / "whole", photos)
    assert torch.equal(all_of(cache, photos), all_of(whole, photos))
    nothing = Means()
    again, _ = add(tmp_path / "cut", photos, nothing)
    assert nothing.seen == 0
    assert torch.equal(all_of(again, photos), all_of(whole, photos))


def test_photos_that_cannot_be_read_have_no_features_and_are_told(
    photos: list[FileImage], unreadable: list[FileImage], tmp_path: Path
) -> None:
    cache, unread = add(tmp_path, [unreadable[0], *photos, *unreadable[1:]])
    assert sorted((one.key, one.kind) for one in unread) == [
        ("cut.jpg", FailureKind.CORRUPT),
        ("nowhere.jpg", FailureKind.UNREADABLE),
        ("text.jpg", FailureKind.UNSUPPORTED),
    ]
    assert len(cache) == 8
    assert "cut" not in cache


def test_no_photo_at_all_leaves_no_file(unreadable: list[FileImage], tmp_path: Path) -> None:
    cache, unread = add(tmp_path, unreadable)
    assert (len(cache), len(unread)) == (0, 3)
    assert not list(tmp_path.iterdir())


def test_what_another_tower_gave_or_other_views_or_a_damaged_file_is_refused(
    photos: list[FileImage], tmp_path: Path
) -> None:
    add(tmp_path, photos[:2])
    with pytest.raises(EnvironmentFault, match="another image tower"):
        add(tmp_path, photos, config=ViewsConfig(flip=True))
    with pytest.raises(EnvironmentFault, match="another image tower"):
        cached_views(tmp_path, {}, Means(), Views(ALL, PIXELS), made_by={"tower": "other"})
    path = tmp_path / "000000.safetensors"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(EnvironmentFault, match="cannot be read") as told:
        add(tmp_path, photos)
    assert told.value.path == str(path)


@pytest.mark.parametrize(("tower", "shape"), [(Means(), (6,)), (Maps(), (6, 1, 2))])
def test_training_draws_from_all_views_of_every_file(
    photos: list[FileImage], tmp_path: Path, tower: Means, shape: tuple[int, ...]
) -> None:
    cache, _ = add(tmp_path, photos, tower)
    assert len(list(tmp_path.iterdir())) == 2
    order = [*photos[::2], *photos[1::2]]
    data = CachedPhotos(cache.of(names(order)), [("una",)] * 8, seed=0)
    expected = all_of(cache, order)
    rows, seen = torch.tensor([7, 0, 3, 7]), set()
    for epoch in range(20):
        draw = Draw(rows, torch.zeros_like(rows), epoch, 0)
        views = drawn_views(draw.seeds(0), 4)
        seen |= set(views.tolist())
        images = data[draw].images
        assert images.shape == (4, *shape)
        assert torch.equal(images, expected[rows, views])
    assert seen == {0, 1, 2, 3}


def test_ready_features_may_hold_several_views_too(tmp_path: Path) -> None:
    path = tmp_path / "features.safetensors"
    ids = np.frombuffer(b'["a", "b"]', np.uint8)
    save_arrays({"features": np.arange(12, dtype=np.float16).reshape(2, 3, 2), "ids": ids}, path)
    features = ImageFeatures.read(path)
    texts = TextFeatures(tmp_path / "texts.safetensors", tower="t", prefix="", width=1)
    texts.add(["una"], lambda some: np.ones((len(some), 1), np.float32), batch=8)
    pairs = [Pair(FileImage(f"{name}.jpg", Path(f"{name}.jpg")), ("una",), "") for name in ("b", "a")]
    data = feature_set(pairs, features, texts, places=1)
    assert data.images.tolist() == [[[6, 7], [8, 9], [10, 11]], [[0, 1], [2, 3], [4, 5]]]
    assert features.of(["b"]).tolist() == [[6, 7]]


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux tells how much memory is a process's own"
)
def test_what_is_cached_is_read_when_it_is_drawn(tmp_path: Path) -> None:
    made = ViewCache(tmp_path, {})
    for number in range(2):
        made.add([f"{number}-{row}" for row in range(8)], torch.ones(8, 2, 128, 64, 64, dtype=torch.float16))
    before = _resident()
    opened = ViewCache(tmp_path, {})
    found = opened.of(["1-3"])
    assert _resident() - before < 4 << 20
    assert torch.equal(found[torch.tensor([0]), torch.tensor([1])], torch.ones(1, 128, 64, 64))
    assert _resident() - before < 16 << 20  # of 32 MB


def _resident() -> int:
    """Bytes of this process that lie in memory, mapped files included."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) << 10
