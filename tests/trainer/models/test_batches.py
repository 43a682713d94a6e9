"""Photos become batches: whatever their mode, the same on resume, and without those that cannot be read."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch

from ritrova.errors import EnvironmentFault, FailureKind
from ritrova.photo import PixelSpec
from ritrova_trainer.augment import Augmentation, AugmentConfig
from ritrova_trainer.batches import Batch, CachedPhotos, Photos, inputs, loader
from ritrova_trainer.data import FileImage
from ritrova_trainer.models.opening import open_model
from ritrova_trainer.pictures import PictureReader
from ritrova_trainer.sampler import Draw

SIDE = 32
READER = PictureReader(PixelSpec(SIDE, SIDE))
Captions = Sequence[tuple[str, ...]]


def draw(*rows: int, epoch: int = 0, place: int = 0) -> Draw:
    return Draw(torch.tensor(rows), torch.full((len(rows),), place), epoch, 0)


def augmented(images: Sequence[FileImage], captions: Captions, *, seed: int = 0) -> Photos:
    return Photos(images, captions, READER, Augmentation(AugmentConfig(), SIDE), seed=seed)


class Epoch:
    """Two draws, each time it is gone through."""

    def __iter__(self) -> Iterator[Draw]:
        yield draw(0, 1, 2)
        yield draw(3, 4, 5)


def test_photos_of_every_mode_become_pixels(photos: list[FileImage], captions: Captions) -> None:
    batch = Photos(photos, captions, READER, None, seed=0)[draw(*range(8))]
    assert batch.images.shape == (8, SIDE, SIDE, 3)
    assert batch.images.dtype == torch.uint8
    assert batch.unread == ()
    assert all(len(one.unique()) > 1 for one in batch.images)


def test_each_photo_comes_with_the_caption_that_was_drawn(photos: list[FileImage], captions: Captions) -> None:
    data = Photos(photos, captions, READER, None, seed=0)
    assert data[draw(6, 0, place=1)].captions == (captions[6][1], captions[0][1])


def test_a_draw_gives_the_same_batch_again(photos: list[FileImage], captions: Captions) -> None:
    first = augmented(photos, captions)[draw(0, 1, 2)]
    again = augmented(photos, captions)[draw(0, 1, 2)]
    assert torch.equal(first.images, again.images)
    # A photo's share of the batch does not depend on who else reads.
    assert torch.equal(augmented(photos, captions)[draw(2)].images[0], first.images[2])
    others = augmented(photos, captions)[draw(0, 1, 2, epoch=1)], augmented(photos, captions, seed=1)[draw(0, 1, 2)]
    assert all(not torch.equal(other.images, first.images) for other in others)


def test_photos_that_cannot_be_read_are_passed_over_and_told(
    photos: list[FileImage], unreadable: list[FileImage], captions: Captions
) -> None:
    images = [photos[0], *unreadable, photos[1]]
    texts = [("sì", "sì, due"), ("rotta",), ("testo",), ("assente",), ("poi",)]
    batch = Photos(images, texts, READER, None, seed=0)[draw(0, 1, 3, place=1)]
    assert batch.captions == ("sì, due", "poi", "poi")
    assert torch.equal(batch.images[1], batch.images[2])
    assert [(one.key, one.kind) for one in batch.unread] == [
        ("cut.jpg", FailureKind.CORRUPT),
        ("text.jpg", FailureKind.UNSUPPORTED),
        ("nowhere.jpg", FailureKind.UNREADABLE),
        ("nowhere.jpg", FailureKind.UNREADABLE),
    ]
    assert all(one.reason for one in batch.unread)


def test_a_folder_without_photos_ends_the_run(unreadable: list[FileImage]) -> None:
    data = Photos(unreadable, [("una",)] * 3, READER, None, seed=0)
    with pytest.raises(EnvironmentFault, match="3 photos in a row cannot be read"):
        data[draw(1)]


def test_workers_make_the_batches_that_the_process_itself_would(photos: list[FileImage], captions: Captions) -> None:
    data = augmented(photos, captions)
    here = loader(data, Epoch(), workers=0)
    there = loader(data, Epoch(), workers=1)
    for _ in range(2):  # epochs
        for one, other in zip(here, there, strict=True):
            assert isinstance(one, Batch)
            assert torch.equal(one.images, other.images)
            assert one.captions == other.captions


def test_batches_become_what_a_model_takes(photos: list[FileImage], captions: Captions, compact_folder: Path) -> None:
    model = open_model(compact_folder)
    batch = Photos(photos, captions, READER, None, seed=0)[draw(0, 1, 2)]
    made = inputs(batch, texts=model.tokeniser, normalisation=model.normalisation, device=torch.device("cpu"))
    images, texts, scale, _ = model(*made)
    assert made[0].shape == (3, 3, SIDE, SIDE)
    assert images.shape == texts.shape == (3, model.dimension)
    torch.testing.assert_close(images.norm(dim=1), torch.ones(3))
    assert scale.item() == pytest.approx(20)


def test_cached_photos_show_another_view_each_time(captions: Captions, compact_folder: Path) -> None:
    model = open_model(compact_folder)
    features = torch.arange(8.0)[:, None, None] + torch.tensor([0.0, 0.1, 0.2])[:, None] * torch.ones(256)
    data = CachedPhotos(features.half(), captions, seed=0)
    seen = torch.stack([data[draw(0, 5, epoch=epoch)].images[:, 0] for epoch in range(30)])
    assert {round(value, 1) for value in seen[:, 0].tolist()} == {0.0, 0.1, 0.2}
    assert {round(value, 1) for value in seen[:, 1].tolist()} == {5.0, 5.1, 5.2}
    assert torch.equal(data[draw(0, 5)].images[1:], data[draw(5)].images)
    made = inputs(
        data[draw(0, 7)], texts=model.tokeniser, normalisation=model.normalisation, device=torch.device("cpu")
    )
    assert model(*made)[0].shape == (2, model.dimension)
