"""Photos are changed as the published recipe changed them, and the same way again for the same seed."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from torchvision.transforms import v2

from ritrova.photo import PixelSpec
from ritrova_trainer.augment import PUBLISHED, Augmentation, AugmentConfig, StepName
from ritrova_trainer.data import FileImage
from ritrova_trainer.pictures import PictureReader

SIDE = 64


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    """Lying, smooth, and not of full contrast."""
    coarse = np.random.default_rng(0).integers(40, 200, (4, 6, 3), np.uint8)
    return coarse.repeat(SIDE // 4, axis=0).repeat(SIDE // 4, axis=1)


def only(*steps: StepName) -> Augmentation:
    return Augmentation(AugmentConfig(steps=steps), SIDE)


def middle(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    left = (picture.shape[1] - SIDE) // 2
    return picture[:, left : left + SIDE]


def test_the_steps_are_those_of_the_recipe_in_its_order(picture: NDArray[np.uint8]) -> None:
    bilinear: Any = v2.InterpolationMode.BILINEAR
    reference: Any = v2.Compose(
        [
            v2.RandomCrop(SIDE, pad_if_needed=True, padding_mode="edge"),
            v2.ColorJitter(hue=0.1),
            v2.RandomHorizontalFlip(),
            v2.RandomAffine(15, (0.1, 0.1), (0.8, 1.2), (-15, 15, -15, 15), interpolation=bilinear, fill=127),
            v2.RandomPerspective(0.3, 0.3, interpolation=bilinear, fill=127),
            v2.RandomAutocontrast(0.3),
            v2.RandomEqualize(0.3),
        ]
    )
    ours = Augmentation(AugmentConfig(), SIDE)
    assert ours.names == PUBLISHED
    for seed in range(20):
        torch.manual_seed(seed)
        expected = reference(torch.from_numpy(picture).permute(2, 0, 1)).permute(1, 2, 0)
        assert np.array_equal(ours(picture, seed), expected.numpy())


def test_steps_are_chosen_by_name_and_keep_their_order() -> None:
    assert only("equalize", "flip", "crop").names == ("crop", "flip", "equalize")
    read: AugmentConfig = TypeAdapter(AugmentConfig).validate_python({"steps": ["flip"]})
    assert read.steps == ("flip",)
    for wrong in ({"steps": ["rotate"]}, {"step": ["flip"]}):
        with pytest.raises(ValidationError):
            TypeAdapter(AugmentConfig).validate_python(wrong)


def test_without_steps_the_middle_is_shown(picture: NDArray[np.uint8]) -> None:
    assert np.array_equal(only()(picture, 5), middle(picture))


def test_a_flip_is_a_mirror_image_half_of_the_time(picture: NDArray[np.uint8]) -> None:
    changed = [only("flip")(picture, seed) for seed in range(60)]
    mirrored = [np.array_equal(one, middle(picture)[:, ::-1]) for one in changed]
    assert all(flag or np.array_equal(one, middle(picture)) for flag, one in zip(mirrored, changed, strict=True))
    assert 18 <= sum(mirrored) <= 42


@pytest.mark.parametrize(("step", "least", "most"), [("perspective", 0.2, 0.4), ("autocontrast", 0.2, 0.4)])
def test_some_steps_happen_now_and_then(picture: NDArray[np.uint8], step: StepName, least: float, most: float) -> None:
    one = only(step)
    changed = [not np.array_equal(one(picture, seed), middle(picture)) for seed in range(200)]
    assert least <= np.mean(changed) <= most


def test_what_appears_beside_a_turned_photo_is_grey(picture: NDArray[np.uint8]) -> None:
    turned = only("affine")(np.full_like(picture, 255), 3)
    assert set(np.unique(turned[[0, 0, -1, -1], [0, -1, 0, -1]])) & {127}


def test_the_same_seed_gives_the_same_picture(picture: NDArray[np.uint8]) -> None:
    ours, again = Augmentation(AugmentConfig(), SIDE), Augmentation(AugmentConfig(), SIDE)
    pictures = [ours(picture, seed) for seed in range(8)]
    assert all(np.array_equal(one, again(picture, seed)) for seed, one in enumerate(pictures))
    assert len({one.tobytes() for one in pictures}) == 8
    assert np.array_equal(ours(picture, 2**80), ours(picture, 2**80))


def test_the_random_state_of_the_process_is_left_alone(picture: NDArray[np.uint8]) -> None:
    before = torch.get_rng_state()
    Augmentation(AugmentConfig(), SIDE)(picture, 1)
    assert torch.equal(torch.get_rng_state(), before)


def test_photos_of_any_mode_and_shape_are_changed(photos: list[FileImage]) -> None:
    reader = PictureReader(PixelSpec(SIDE, SIDE))
    ours = Augmentation(AugmentConfig(), SIDE)
    for photo in photos:
        uncut = reader.uncut(photo)
        assert min(uncut.shape[:2]) == SIDE
        assert max(uncut.shape[:2]) <= 4 * SIDE
        assert ours(uncut, 1).shape == (SIDE, SIDE, 3)
        # torchvision may cut a pixel beside Pillow: half a pixel is rounded the other way.
        assert np.abs(only()(uncut, 1).astype(int) - reader.square(photo)).mean() < 4


def test_a_model_that_squashes_photos_sees_them_whole(photos: list[FileImage]) -> None:
    reader = PictureReader(PixelSpec(SIDE, SIDE, "squash"))
    assert np.array_equal(reader.uncut(photos[7]), reader.square(photos[7]))
