"""From captions to a model folder, by the commands that a person types; on tiny towers of the real classes."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from ritrova.encoding import bundle, compact
from ritrova.encoding.loading import open_folder
from ritrova.settings import EncodingSettings
from ritrova.text import Catalogue
from ritrova_trainer.cli import main
from ritrova_trainer.evaluation.report import read_json
from ritrova_trainer.runs import Corpus, read_heads, read_record
from ritrova_trainer.towers import compact_config

SMALL = (
    "batch=44",
    "epochs=16",
    "heads.hidden=128",
    "heads.dimension=32",
    "heads.image_dropout=0.1",
    "optimiser.learning_rate=0.005",
    "heads.queries=0",
    "towers.levels=0",
    "towers.side=0",
    "towers.fit=crop",
    "towers.views.crops=0",
    "loop.precision=float32",
)
SENTENCE = "un gatto rosso vicino a un bosco"


@dataclass(frozen=True)
class Trainer:
    """`ritrova-train` with the tiny data and towers."""

    data: Path
    backbones: Path

    def run(self, out: Path, *more: str) -> int:
        small = [part for change in SMALL for part in ("--set", change)]
        return self("run", "compact_stage1", "--out", str(out), "--threads", "1", *self._towers(), *small, *more)

    def export(self, *runs: Path, out: Path) -> int:
        folders = [str(run) for run in runs]
        return self(
            "export", *folders, "--release", "ritrova-small-it", "--threads", "1", "--out", str(out), *self._towers()
        )

    def join(self, *runs: Path, out: Path) -> int:
        folders = [str(run) for run in runs]
        return self(
            "join", *folders, "--threads", "1", "--out", str(out), "--cache", str(runs[0].parent), *self._towers()
        )

    def _towers(self) -> tuple[str, ...]:
        return ("--data", str(self.data), "--backbones", str(self.backbones))

    def __call__(self, *arguments: str) -> int:
        return main(arguments, Catalogue("en"))


@pytest.fixture(scope="session")
def trainer(data: Path, backbones: Path) -> Trainer:
    return Trainer(data, backbones)


@pytest.fixture(scope="session")
def runs(trainer: Trainer, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two finished runs that differ in their seed."""
    root = tmp_path_factory.mktemp("runs")
    folders = [root / f"seed-{seed}" for seed in (0, 1)]
    for seed, folder in enumerate(folders):
        assert trainer.run(folder, "--seed", str(seed)) == 0
    return folders


@pytest.fixture(scope="session")
def model(trainer: Trainer, runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of the two runs."""
    out = tmp_path_factory.mktemp("published") / "ritrova-small-it"
    assert trainer.export(*runs, out=out) == 0
    return out


def test_training_finds_photos_that_it_has_not_seen(runs: list[Path]) -> None:
    for run in runs:
        figures = read_record(run).figures
        assert figures["sentence"].gallery == 40
        assert figures["sentence"].recall_1 > 0.4  # by chance 0.025
        assert figures["sentence"].recall_10 > 0.9
        assert figures["short query"].recall_10 > 0.8


def test_the_loss_falls(runs: list[Path]) -> None:
    losses = read_record(runs[0]).losses
    assert len(losses) == 16
    assert losses[-1] < 0.6 * losses[0]


def test_the_same_seed_gives_the_same_weights(trainer: Trainer, runs: list[Path], tmp_path: Path) -> None:
    assert trainer.run(tmp_path / "again", "--seed", "0", "--cache", str(runs[0].parent)) == 0
    first, second, other = ((run / "heads.safetensors").read_bytes() for run in (runs[0], tmp_path / "again", runs[1]))
    assert first == second
    assert first != other


def test_the_exported_folder_gives_the_trained_vectors(model: Path, runs: list[Path], backbones: Path) -> None:
    encoder = open_folder(model, bundle.read(model), EncodingSettings(device="cpu"))
    found = encoder.encode_texts([SENTENCE])
    config = compact_config(read_record(runs[0]).config, backbones)
    reference = _sentence_vector(runs[0], backbones)
    assert found.shape == (1, 32)
    assert (found @ reference.T).item() > 0.9999
    assert encoder.pixels == config.pixels


def test_the_exported_folder_states_what_it_is(model: Path) -> None:
    manifest = bundle.read(model)
    bundle.verify(model, manifest)
    assert manifest.name == "ritrova-small-it"
    assert manifest.languages == ("it", "en")
    assert manifest.dimension == 32
    assert {part.licence for part in manifest.parts} == {"Apache-2.0", "MIT"}
    assert set(manifest.files) == {path.name for path in model.iterdir()} - {"ritrova.json"}
    assert manifest.figures["seeds"] == [0, 1]
    spread = manifest.figures["runs"]["sentence"]["recall_1"]
    assert spread["lowest"] <= spread["mean"] <= spread["highest"]


def test_the_exported_folder_can_be_read_by_every_user(model: Path) -> None:
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in model.iterdir())


def test_the_reference_bank_holds_the_validation_photos(
    model: Path, data: Path, runs: list[Path], backbones: Path
) -> None:
    manifest = bundle.read(model)
    assert manifest.bank is not None
    bank = load_file(model / manifest.bank.file)["vectors"]
    assert bank.dtype == np.float16
    assert bank.shape == (manifest.bank.count, 32) == (40, 32)
    corpus = Corpus.read(data, tower="efficientnet-lite2")
    heads = read_heads(runs[0], compact_config(read_record(runs[0]).config, backbones))
    with torch.inference_mode():
        expected = heads.image_head(torch.from_numpy(corpus.validation_images())).numpy()
    assert ((bank * expected).sum(axis=1) > 0.999).all()


def test_the_card_quotes_the_figures_and_leaves_no_place_open(model: Path) -> None:
    card = (model / "README.md").read_text(encoding="utf-8")
    sentence = bundle.read(model).figures["shipped"]["sentence"]
    assert f"| sentence | {sentence['recall_1']:.3f} |" in card
    assert "$" not in card


def test_evaluating_the_folder_gives_the_figures_of_its_manifest_and_of_its_run(
    trainer: Trainer, model: Path, runs: list[Path], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trainer("evaluate", str(model), "--data", str(data), "--json", str(tmp_path / "found.json")) == 0
    found = read_json(tmp_path / "found.json").models[0]
    sentence = bundle.read(model).figures["shipped"]["sentence"]
    trained = read_record(runs[0]).figures["sentence"]
    for name in ("recall_1", "recall_5", "recall_10", "mrr_10"):
        assert found.figures["sentence"][name].mean == pytest.approx(sentence[name], abs=1e-12)
        assert sentence[name] == pytest.approx(getattr(trained, name), abs=0.03)  # float16 moves a rank or none
    assert f"{sentence['recall_1']:.3f}" in capsys.readouterr().out


def test_recipes_are_listed_with_their_fields(trainer: Trainer, capsys: pytest.CaptureFixture[str]) -> None:
    assert trainer("recipes") == 0
    shown = capsys.readouterr().out
    assert "compact_stage1" in shown
    assert "optimiser.learning_rate = 0.001" in shown


def test_a_folder_that_is_there_is_not_written_over(trainer: Trainer, runs: list[Path], model: Path) -> None:
    before = bundle.read(model)
    assert trainer.export(runs[1], out=model) == 2
    bundle.verify(model, before)


def test_runs_of_different_recipes_are_not_published_together(
    trainer: Trainer, runs: list[Path], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    assert trainer.run(other, "--set", "epochs=2", "--cache", str(runs[0].parent)) == 0
    assert trainer.export(runs[0], other, out=tmp_path / "model") == 2
    assert not (tmp_path / "model").exists()


def test_joint_heads_find_more_than_each_alone(trainer: Trainer, runs: list[Path], tmp_path: Path) -> None:
    assert trainer.join(*runs, out=tmp_path / "joint") == 0
    for kind in ("sentence", "short query"):
        alone = [read_record(run).figures[kind].mrr_10 for run in runs]
        assert read_record(tmp_path / "joint").figures[kind].mrr_10 > sum(alone) / len(alone)
    assert trainer.export(tmp_path / "joint", out=tmp_path / "model") == 0
    assert compact.load(tmp_path / "model").config.hidden == 2 * 128
    assert bundle.read(tmp_path / "model").dimension == 32


def test_a_head_joined_with_itself_gives_the_cosines_that_it_gave(
    trainer: Trainer, runs: list[Path], backbones: Path, tmp_path: Path
) -> None:
    assert trainer.join(runs[0], runs[0], out=tmp_path / "joint") == 0
    sentences = (SENTENCE, "mare azzurro cane")
    first, second = (_sentence_vector(tmp_path / "joint", backbones, sentence) for sentence in sentences)
    expected, other = (_sentence_vector(runs[0], backbones, sentence) for sentence in sentences)
    assert (first @ second.T).item() == pytest.approx((expected @ other.T).item(), abs=1e-4)


def test_runs_of_different_recipes_are_not_joined(trainer: Trainer, runs: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert trainer.run(other, "--set", "epochs=2", "--cache", str(runs[0].parent)) == 0
    assert trainer.join(runs[0], other, out=tmp_path / "joint") == 2
    assert not (tmp_path / "joint").exists()


def test_what_is_there_is_not_joined_over(trainer: Trainer, runs: list[Path], model: Path) -> None:
    before = bundle.read(model)
    assert trainer.join(*runs, out=model) == 2
    bundle.verify(model, before)


def test_heads_learn_on_the_text_tower_of_a_compact_model(
    trainer: Trainer, model: Path, backbones: Path, tmp_path: Path
) -> None:
    moved = shutil.copytree(model, tmp_path / "towers" / "second")
    (tmp_path / "towers" / "efficientnet-lite2").symlink_to(backbones / "efficientnet-lite2")
    changed = compact.load(model)
    with torch.no_grad():
        changed.text_tower.layers.layers[-1].linear2.bias += 0.5
    compact.save(changed, moved)
    again = Trainer(trainer.data, tmp_path / "towers")
    assert again.run(tmp_path / "run", "--set", "towers.text=second", "--set", "epochs=1") == 0
    assert again.export(tmp_path / "run", out=tmp_path / "model") == 0
    found = compact.load(tmp_path / "model").text_tower.state_dict()
    for name, value in changed.text_tower.state_dict().items():
        torch.testing.assert_close(found[name], value, atol=1e-3, rtol=1e-3)


def test_an_unfinished_run_is_not_published(trainer: Trainer, runs: list[Path], tmp_path: Path) -> None:
    cut = shutil.copytree(runs[0], tmp_path / "cut")
    (cut / "heads.safetensors").write_bytes((cut / "heads.safetensors").read_bytes()[:1000])
    assert trainer.export(cut, out=tmp_path / "model") == 3
    (cut / "run.json").unlink()
    assert trainer.export(cut, out=tmp_path / "model") == 3
    assert list(tmp_path.iterdir()) == [cut]


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (("--set", "optimizer.lr=1"), 2, "optimizer.lr"),
        (("--set", "optimiser.learning_rate=fast"), 2, "optimiser.learning_rate"),
        (("--set", "epochs=0"), 2, "epochs"),
        (("--set", "epochs"), 2, "FIELD=VALUE"),
        (("--set", "batch=1000"), 2, "176 photos"),
        (("--set", "towers.image=another"), 3, "features-another"),
        (("--set", "towers.text=another"), 3, "another"),
    ],
)
def test_a_wrong_run_ends_with_a_clear_error(
    trainer: Trainer,
    runs: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    assert trainer.run(tmp_path / "run", *more, "--cache", str(runs[0].parent)) == code
    assert told in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_unknown_names_are_refused_with_the_known_ones(
    trainer: Trainer, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trainer("run", "compact_stage9", "--data", str(data), "--backbones", str(data), "--out", "out") == 2
    assert "compact_stage1" in capsys.readouterr().err


def test_a_model_that_was_altered_is_not_measured(trainer: Trainer, model: Path, data: Path, tmp_path: Path) -> None:
    altered = shutil.copytree(model, tmp_path / "altered")
    config = json.loads((altered / "config.json").read_text())
    (altered / "config.json").write_text(json.dumps({**config, "scale": 21.0}))
    assert trainer("evaluate", str(altered), "--data", str(data)) == 3


def _sentence_vector(
    run: Path, backbones: Path, sentence: str = SENTENCE
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """The vector of a sentence by transformers' own BERT and the trained float32 head."""
    from tokenizers import Tokenizer
    from transformers import BertModel

    tower = BertModel.from_pretrained(backbones / "e5-small-it").train(False)
    ids = Tokenizer.from_file(str(backbones / "e5-small-it" / "tokenizer.json")).encode(f"query: {sentence}").ids
    heads = read_heads(run, compact_config(read_record(run).config, backbones))
    with torch.inference_mode():
        pooled = tower(torch.tensor([ids])).last_hidden_state.mean(dim=1)
        return heads.text_head(pooled).numpy()  # type: ignore[no-any-return]
