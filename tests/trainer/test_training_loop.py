"""The loop itself, without files: what it computes, and when it refuses to go on."""

import math
from collections.abc import Mapping, Sequence

import pytest
import torch
from torch import Tensor

from ritrova.encoding.bert import BertConfig
from ritrova.encoding.compact import CompactConfig
from ritrova_trainer import random_states
from ritrova_trainer.config import TrainConfig
from ritrova_trainer.config_file import with_changes
from ritrova_trainer.engine import Engine
from ritrova_trainer.evaluation.retrieval import Retrieval
from ritrova_trainer.feature_learner import FeatureLearner, HeadsModule
from ritrova_trainer.heads import Heads
from ritrova_trainer.learner import Inputs
from ritrova_trainer.metrics import StepLine, ValidationLine
from ritrova_trainer.pairs import FeatureSet
from ritrova_trainer.recipes import compact_stage1
from ritrova_trainer.sampler import Draw
from ritrova_trainer.train import NotFinite, train
from ritrova_trainer.training import Training

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


class Told:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.steps: list[StepLine] = []
        self.validations: list[ValidationLine] = []

    def step(self, line: StepLine) -> None:
        self.steps.append(line)

    def validation(self, line: ValidationLine) -> None:
        self.validations.append(line)


class Unkept:
    """Keeps nothing; counts how often it should."""

    saved = 0

    def save(self, found: Mapping[str, Retrieval] | None = None) -> None:
        self.saved += 1

    def save_if_due(self) -> None:
        pass


def config(**changes: str) -> TrainConfig:
    changed = with_changes(compact_stage1(), {"batch": "8", "epochs": "3", "loop.precision": "float32", **changes})
    assert isinstance(changed, TrainConfig)
    return changed


def learner(features: FeatureSet, of: TrainConfig) -> FeatureLearner:
    heads = Heads(SHAPE)
    heads.set_dropout(of.heads)
    heads.fit_statistics(features)
    return FeatureLearner(
        module=HeadsModule(heads, of.loss.scale),
        data=features,
        names=[f"photo {row}" for row in range(len(features))],
        find=lambda _: {},
        seed=of.seed,
        device=torch.device("cpu"),
        captions=of.captions,
        chances=of.caption_weights,
    )


def trained(features: FeatureSet, told: Told | None = None, /, **changes: str) -> Heads:
    """Heads after a run from its seed."""
    of = config(**changes)
    with random_states.preserved(), Engine(device="cpu", precision=of.loop.precision) as engine:
        random_states.seed_all(of.seed)
        training = Training(learner(features, of), of, engine)
        assert train(training, Unkept(), told or Told(), lambda: False)
        assert isinstance(training.result, HeadsModule)
        return training.result.heads.eval()


def weights(heads: Heads) -> Tensor:
    return torch.cat([value.flatten() for value in heads.state_dict().values()])


@pytest.fixture
def features() -> FeatureSet:
    """Twenty photos with three captions, but the first, which has one."""
    random = torch.Generator().manual_seed(0)
    present = torch.ones(20, 3, dtype=torch.bool)
    present[0, 1:] = False
    texts = torch.randn(20, 3, TEXT_WIDTH, generator=random) * present[:, :, None]
    return FeatureSet(3 + 2 * torch.randn(20, IMAGE_WIDTH, generator=random), texts, present)


def test_each_step_and_each_epoch_is_told(features: FeatureSet) -> None:
    told = Told()
    trained(features, told)
    assert [(line.step, line.epoch) for line in told.steps] == [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3)]
    assert all(math.isfinite(line.loss) for line in told.steps)
    assert told.steps[-1].learning_rate < told.steps[1].learning_rate
    assert told.steps[-1].seconds_left == 0
    assert [line.epoch for line in told.validations] == [1, 2, 3]


def test_a_stop_is_obeyed_after_the_step_and_what_was_done_is_kept(features: FeatureSet) -> None:
    told, keeper, of = Told(), Unkept(), config()
    with Engine(device="cpu") as engine:
        training = Training(learner(features, of), of, engine)
        assert not train(training, keeper, told, lambda: len(told.steps) == 3)
    assert len(told.steps) == 3
    assert keeper.saved == 2  # at the end of the first epoch, and when it stopped


def test_the_random_state_of_the_caller_is_left_alone(features: FeatureSet) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    trained(features)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("side", ["images", "texts"])
def test_training_stops_before_a_loss_that_is_no_number_spoils_the_weights(features: FeatureSet, side: str) -> None:
    getattr(features, side)[5] = math.nan
    of = config()
    with Engine(device="cpu") as engine:
        subject = learner(features, of)
        training = Training(subject, of, engine)
        with pytest.raises(NotFinite, match=r"loss is nan in step \d \(epoch 1\), with these photos: photo 5 ") as told:
            train(training, Unkept(), Told(), lambda: False)
    assert "photo 4" not in str(told.value)
    assert all(torch.isfinite(value).all() for value in subject.module.heads.parameters())


def test_a_learning_rate_that_is_too_high_is_told_with_the_batch(features: FeatureSet) -> None:
    with pytest.raises(NotFinite, match=r"with these photos: photo \d+, photo \d+, .*…"):
        trained(features, **{"optimiser.learning_rate": "1e38", "epochs": "20"})


def test_the_heads_know_the_mean_and_deviation_of_the_training_features(features: FeatureSet) -> None:
    heads = trained(features)
    torch.testing.assert_close(heads.image_head.mean, features.images.mean(dim=0))
    torch.testing.assert_close(heads.image_head.std, features.images.std(dim=0, correction=0))
    captions = features.texts[features.present]  # the first photo's two missing ones do not count
    torch.testing.assert_close(heads.text_head.mean, (captions / captions.norm(dim=1, keepdim=True)).mean(dim=0))


def test_a_feature_that_never_varies_does_no_harm(features: FeatureSet) -> None:
    features.images[:, 0] = 1.5
    assert torch.isfinite(trained(features).image_head(features.images)).all()


def test_trained_heads_encode_without_dropout(features: FeatureSet) -> None:
    heads = trained(features)
    assert torch.equal(heads.image_head(features.images), heads.image_head(features.images))


def test_dropout_is_the_recipes(features: FeatureSet) -> None:
    heads = Heads(SHAPE).train()
    heads.set_dropout(config(**{"heads.image_dropout": "0", "heads.text_dropout": "0"}).heads)
    assert torch.equal(heads.image_head(features.images), heads.image_head(features.images))
    heads.set_dropout(config().heads)
    assert not torch.equal(heads.image_head(features.images), heads.image_head(features.images))


DRY = {"heads.image_dropout": "0", "heads.text_dropout": "0", "optimiser.learning_rate": "0.01"}


def test_gradient_caching_and_loss_blocks_change_nothing_but_the_memory(features: FeatureSet) -> None:
    usual = weights(trained(features, **DRY))
    torch.testing.assert_close(weights(trained(features, **DRY, **{"loop.chunk": "3"})), usual)
    hard = {"loss.soft_share": "0"}
    usual = weights(trained(features, **DRY, **hard))
    torch.testing.assert_close(weights(trained(features, **DRY, **hard, **{"loop.loss_block": "3"})), usual)


def test_accumulated_batches_make_one_step_of_their_mean_gradient(features: FeatureSet) -> None:
    of = config(**DRY, **{"loop.accumulate": "2"})
    with Engine(device="cpu") as engine:
        training = Training(learner(features, of), of, engine)
        (batches,) = training.rest_of_epoch()
        both, one, two = (_gradients(training, part) for part in (batches, batches[:1], batches[1:]))
    torch.testing.assert_close(both, (one + two) / 2)


def _gradients(training: Training, batches: Sequence[Inputs]) -> Tensor:
    """Loss and gradients of a step, in a row."""
    training.result.zero_grad()
    loss = training.backward(batches)
    found = [value.grad.flatten() for value in training.result.parameters() if value.grad is not None]
    return torch.cat([torch.tensor([loss]), *found])


def test_the_average_of_the_weights_follows_them_and_is_the_result(features: FeatureSet) -> None:
    plain, average = trained(features, **DRY), trained(features, **DRY, **{"loop.average": "0.5"})
    apart = (weights(plain) - weights(average)).abs().max()
    assert 0 < apart < 0.1


def test_bf16_trains_to_nearly_the_same(features: FeatureSet) -> None:
    full, half = Told(), Told()
    trained(features, full, **DRY)
    trained(features, half, **DRY, **{"loop.precision": "bf16"})
    assert [line.loss for line in half.steps] != [line.loss for line in full.steps]
    assert [line.loss for line in half.steps] == pytest.approx([line.loss for line in full.steps], rel=0.05)


@pytest.mark.parametrize("change", [{"optimiser.kind": "adabelief"}, {"optimiser.clipping": "0.0001"}])
def test_the_optimiser_is_the_one_asked_for(features: FeatureSet, change: dict[str, str]) -> None:
    assert torch.equal(weights(trained(features, **DRY)), weights(trained(features, **DRY)))
    assert not torch.equal(weights(trained(features, **DRY)), weights(trained(features, **DRY, **change)))


def test_views_of_a_photo_are_drawn_by_its_seed(features: FeatureSet) -> None:
    several = FeatureSet(torch.stack([features.images, -features.images], dim=1), features.texts, features.present)
    subject = learner(several, config())
    draws = [Draw(torch.arange(20), torch.zeros(20, dtype=torch.int64), epoch, 0) for epoch in range(4)]
    seen = [inputs.arguments[0] for inputs in subject.batches(draws)]
    assert all(torch.equal(view.abs(), features.images.abs()) for view in seen)
    assert not torch.equal(seen[0], seen[1])
    assert torch.equal(seen[2], next(subject.batches(draws[2:])).arguments[0])


def test_several_captions_of_a_photo_are_different_ones_where_it_has_so_many(features: FeatureSet) -> None:
    subject = learner(features, config(captions="3"))
    rows = torch.arange(20)
    draws = [Draw(rows, rows % 3 * features.present[:, 1], epoch, 0) for epoch in range(4)]
    for draw, inputs in zip(draws, subject.batches(draws), strict=True):
        assert torch.equal(inputs.arguments[1][:, 0], features.texts[rows, draw.captions])  # the drawn one is first
        for photo, texts in enumerate(inputs.arguments[1][1:], start=1):
            assert {tuple(text.tolist()) for text in texts} == {tuple(text.tolist()) for text in features.texts[photo]}
        assert torch.equal(inputs.arguments[1][0], features.texts[0, :1].expand(3, -1))  # it has no other
    again = next(subject.batches(draws[2:])).arguments[1]
    assert torch.equal(again, list(subject.batches(draws))[2].arguments[1])


def test_the_gradient_of_several_captions_is_the_mean_of_theirs(features: FeatureSet) -> None:
    of = config(captions="2", **DRY)
    with Engine(device="cpu") as engine:
        training = Training(learner(features, of), of, engine)
        ((batch,), _) = training.rest_of_epoch()
        images, texts = batch.arguments
        assert batch.likeness is not None
        alone = [Inputs((images, texts[:, place]), batch.likeness[:, place]) for place in (0, 1)]
        both, one, two = (_gradients(training, [part]) for part in (batch, *alone))
    torch.testing.assert_close(both, (one + two) / 2)
