"""The loop itself, without files."""

import math

import pytest
import torch

from ritrova.encoding.bert import BertConfig
from ritrova.encoding.compact import CompactConfig
from ritrova_trainer.config import TrainConfig, with_changes
from ritrova_trainer.heads import Heads
from ritrova_trainer.pairs import FeatureSet, draw
from ritrova_trainer.recipes import compact_stage1
from ritrova_trainer.train import Epoch, NotFinite, train

IMAGE_WIDTH, TEXT_WIDTH = 12, 8
SHAPE = CompactConfig(
    image_features=IMAGE_WIDTH,
    dimension=6,
    hidden=16,
    text=BertConfig(
        vocab_size=10,
        hidden_size=TEXT_WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=16,
    ),
)


def config(**changes: str) -> TrainConfig:
    return with_changes(compact_stage1(), {"batch": "8", "epochs": "3", **changes})


@pytest.fixture
def features() -> FeatureSet:
    """Twenty photos with three captions, but the first, which has one."""
    random = torch.Generator().manual_seed(0)
    present = torch.ones(20, 3, dtype=torch.bool)
    present[0, 1:] = False
    texts = torch.randn(20, 3, TEXT_WIDTH, generator=random) * present[:, :, None]
    return FeatureSet(3 + 2 * torch.randn(20, IMAGE_WIDTH, generator=random), texts, present)


def test_each_epoch_is_told(features: FeatureSet) -> None:
    told: list[Epoch] = []
    train(config(), SHAPE, features, watch=told.append)
    assert [epoch.number for epoch in told] == [1, 2, 3]
    assert all(math.isfinite(epoch.loss) for epoch in told)
    assert told[-1].learning_rate < told[0].learning_rate


def test_the_random_state_of_the_caller_is_left_alone(features: FeatureSet) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    train(config(), SHAPE, features)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("side", ["images", "texts"])
def test_training_stops_before_a_loss_that_is_no_number_spoils_the_weights(features: FeatureSet, side: str) -> None:
    getattr(features, side)[5] = math.nan
    with pytest.raises(NotFinite, match="step"):
        train(config(), SHAPE, features)


def test_the_heads_know_the_mean_and_deviation_of_the_training_features(features: FeatureSet) -> None:
    heads = train(config(), SHAPE, features)
    torch.testing.assert_close(heads.image_head.mean, features.images.mean(dim=0))
    torch.testing.assert_close(heads.image_head.std, features.images.std(dim=0, correction=0))
    captions = features.texts[features.present]  # the first photo's two missing ones do not count
    torch.testing.assert_close(heads.text_head.mean, (captions / captions.norm(dim=1, keepdim=True)).mean(dim=0))


def test_a_feature_that_never_varies_does_no_harm(features: FeatureSet) -> None:
    features.images[:, 0] = 1.5
    heads = train(config(), SHAPE, features)
    assert torch.isfinite(heads.image_head(features.images)).all()


def test_trained_heads_encode_without_dropout(features: FeatureSet) -> None:
    heads = train(config(), SHAPE, features)
    assert torch.equal(heads.image_head(features.images), heads.image_head(features.images))


def test_dropout_is_the_recipes(features: FeatureSet) -> None:
    heads = Heads(SHAPE).train()
    heads.set_dropout(config(**{"heads.image_dropout": "0", "heads.text_dropout": "0"}).heads)
    assert torch.equal(heads.image_head(features.images), heads.image_head(features.images))
    heads.set_dropout(config().heads)
    assert not torch.equal(heads.image_head(features.images), heads.image_head(features.images))


def test_an_epoch_shows_each_photo_at_most_once_and_only_captions_that_exist(features: FeatureSet) -> None:
    for seed in range(5):
        generator = torch.Generator().manual_seed(seed)
        batches = list(draw(features, batch=6, weights=(0.45, 0.25, 0.30), generator=generator))
        assert [len(images) for images, _ in batches] == [6, 6, 6]  # 20 photos: the last two wait for the next epoch
        seen = [_row_of(image, features) for images, _ in batches for image in images]
        assert len(set(seen)) == 18
        texts = torch.cat([texts for _, texts in batches])
        for row, text in zip(seen, texts, strict=True):
            places = [place for place in range(3) if torch.equal(features.texts[row, place], text)]
            assert places
            assert features.present[row, places[0]]


def test_captions_are_drawn_as_often_as_the_recipe_says(features: FeatureSet) -> None:
    generator = torch.Generator().manual_seed(0)
    counts = torch.zeros(3)
    for _ in range(300):
        for images, texts in draw(features, batch=20, weights=(0.6, 0.3, 0.1), generator=generator):
            row = _row_of(images[0], features)
            if row != 0:
                counts += (features.texts[row] == texts[0]).all(dim=1)
    torch.testing.assert_close(counts / counts.sum(), torch.tensor([0.6, 0.3, 0.1]), atol=0.09, rtol=0)


def _row_of(image: torch.Tensor, features: FeatureSet) -> int:
    return int((features.images == image).all(dim=1).nonzero().item())
