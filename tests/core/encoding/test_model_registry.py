"""The models of a library: listed, imported, opened, verified, removed; never half, never altered."""

import errno
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ritrova.encoding import bundle, compact
from ritrova.encoding.encoder import TorchEncoder
from ritrova.encoding.fake import FakeEncoder
from ritrova.encoding.models import Models
from ritrova.errors import DiskFull, EnvironmentFault, ModelError, UsageError
from ritrova.photo import PixelSpec
from ritrova.settings import EncodingSettings

Pictures = Callable[..., NDArray[np.uint8]]


@pytest.fixture
def models(compact_folder: Path, tmp_path: Path) -> Models:
    """One bundled model, `tiny`; an empty library."""
    return Models(compact_folder.parent, tmp_path / "library" / "models")


@pytest.fixture
def download(compact_folder: Path, tmp_path: Path) -> Path:
    """A folder as a person has it: no manifest, a card, and much that is not needed."""
    folder = shutil.copytree(compact_folder, tmp_path / "Un modello scaricato")
    (folder / bundle.MANIFEST_FILE).unlink()
    (folder / "README.md").write_text("---\nlanguage: it\nlicense: gpl-3.0\n---\n# A model\n")
    (folder / "pytorch_model.bin").write_bytes(b"the same weights, pickled")
    (folder / "theirs.py").write_text("raise SystemExit")
    (folder / ".git").mkdir()
    return folder


def names(models: Models) -> list[str]:
    return [info.name for info in models.list()]


def test_a_bundled_model_is_listed_and_opens(models: Models, cpu: EncodingSettings) -> None:
    (info,) = models.list()
    assert info == models.info("tiny")
    assert (info.name, info.bundled, info.dimension, info.licence) == ("tiny", True, 16, "Apache-2.0")
    assert info.size == sum(path.stat().st_size for path in info.path.iterdir() if path.name != bundle.MANIFEST_FILE)
    encoder = models.open("tiny", cpu)
    assert (encoder.name, encoder.fingerprint, encoder.dimension) == ("tiny", info.fingerprint, 16)
    assert encoder.bank is None
    assert encoder.batch_size >= 1


def test_the_fake_opens_by_name_without_files(tmp_path: Path, cpu: EncodingSettings) -> None:
    assert isinstance(Models(tmp_path / "a", tmp_path / "b").open("fake", cpu), FakeEncoder)


@pytest.mark.parametrize("name", ["nobody", "", "../tiny", "tiny/", ".", "x" * 300, "a\x00b"])
def test_an_unknown_model_names_those_that_are_there(models: Models, cpu: EncodingSettings, name: str) -> None:
    for action in (lambda: models.open(name, cpu), lambda: models.verify(name), lambda: models.remove(name)):
        with pytest.raises(UsageError, match="tiny"):
            action()


def test_a_folder_without_a_manifest_gets_one_and_only_what_it_needs(
    models: Models, download: Path, cpu: EncodingSettings, pictures: Pictures
) -> None:
    info = models.import_folder(download)
    assert (info.name, info.bundled, info.licence) == ("Un-modello-scaricato", False, "gpl-3.0")
    assert {path.name for path in info.path.iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "ritrova.json",
        "tokenizer.json",
    }
    assert bundle.read(info.path).prompts.text_prefix == "query: "
    models.verify(info.name)
    imported, bundled = models.open(info.name, cpu), models.open("tiny", cpu)
    batch = pictures(2, 64)
    np.testing.assert_array_equal(imported.encode_images(batch), bundled.encode_images(batch))
    assert imported.fingerprint == bundled.fingerprint, "the same files give the same results under any name"


def test_samples_become_the_reference_bank(
    models: Models, download: Path, cpu: EncodingSettings, pictures: Pictures
) -> None:
    asked: list[PixelSpec] = []

    def samples(spec: PixelSpec) -> NDArray[np.uint8]:
        asked.append(spec)
        return pictures(40, spec.side)

    info = models.import_folder(download, "con-banca", samples=samples)
    assert asked == [PixelSpec(64, 64)]
    encoder = models.open("con-banca", cpu)
    assert encoder.bank is not None
    np.testing.assert_allclose(encoder.bank, encoder.encode_images(pictures(40, 64)), atol=2e-3)
    assert info.fingerprint == models.info("tiny").fingerprint, "a bank changes no embedding"


def test_a_sealed_folder_keeps_its_manifest(models: Models, compact_folder: Path) -> None:
    info = models.import_folder(compact_folder, "tiny-2")
    assert bundle.read(info.path).files == bundle.read(compact_folder).files
    assert names(models) == ["tiny", "tiny-2"]


def test_importing_again_replaces_and_removing_removes(models: Models, download: Path, tmp_path: Path) -> None:
    first = models.import_folder(download, "mio")
    (download / "README.md").write_text("---\nlicense: mit\n---\n")
    second = models.import_folder(download, "mio")
    assert (first.licence, second.licence) == ("gpl-3.0", "mit")
    models.remove("mio")
    assert names(models) == ["tiny"]
    assert list((tmp_path / "library" / "models").iterdir()) == []


def test_names_that_ship_with_the_program_are_taken(models: Models, download: Path) -> None:
    for name in ("tiny", "fake"):
        with pytest.raises(UsageError, match="ships with Ritrova"):
            models.import_folder(download, name)
    with pytest.raises(UsageError, match="cannot be removed"):
        models.remove("tiny")
    with pytest.raises(UsageError, match="cannot be the name"):
        models.import_folder(download, "../up")


def _shrink(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _foreign(path: Path) -> None:
    (path.parent / "config.json").write_text('{"model_type": "blip"}')


def _own_code(path: Path) -> None:
    config = path.parent / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"auto_map": {"AutoModel": "theirs.Model"}}))


@pytest.mark.parametrize("harm", [Path.unlink, _shrink, _foreign, _own_code])
def test_a_bad_folder_is_refused_and_the_model_of_that_name_stays(
    models: Models, download: Path, harm: Callable[[Path], None], tmp_path: Path
) -> None:
    models.import_folder(download, "mio")
    harm(download / "model.safetensors")
    with pytest.raises(ModelError) as caught:
        models.import_folder(download, "mio")
    assert caught.value.remedy
    models.verify("mio")
    assert [path.name for path in (tmp_path / "library" / "models").iterdir()] == ["mio"]


def test_a_sealed_folder_that_was_altered_is_refused(models: Models, compact_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(compact_folder, tmp_path / "altered")
    _flip_one_bit(folder / "model.safetensors")
    with pytest.raises(ModelError, match="SHA-256"):
        models.import_folder(folder, "mio")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"missing.*tokenizer\.json"):
        models.import_folder(folder, "mio")
    with pytest.raises(UsageError):
        models.import_folder(folder / "nowhere")


def _flip_one_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_tampered_model_does_not_open(models: Models, download: Path, cpu: EncodingSettings, name: str) -> None:
    info = models.import_folder(download, "mio")
    _flip_one_bit(info.path / name)
    for action in (lambda: models.open("mio", cpu), lambda: models.verify("mio")):
        with pytest.raises(ModelError) as caught:
            action()
        assert caught.value.path == str(info.path / name)


def test_a_damaged_model_does_not_hide_the_others(models: Models, download: Path) -> None:
    info = models.import_folder(download, "mio")
    (info.path / bundle.MANIFEST_FILE).write_text("{")
    assert names(models) == ["tiny"]
    assert models.names() == ("tiny", "mio")


def test_what_a_killed_import_left_is_cleared(models: Models, download: Path, tmp_path: Path) -> None:
    root = tmp_path / "library" / "models"
    (root / ".aside-killed" / "new").mkdir(parents=True)
    assert names(models) == ["tiny"]
    models.import_folder(download, "mio")
    assert [path.name for path in root.iterdir()] == ["mio"]


def test_a_full_disk_and_a_folder_that_cannot_be_written_are_told_apart(
    models: Models, download: Path, compact_folder: Path, tmp_path: Path
) -> None:
    def full(spec: PixelSpec) -> NDArray[np.uint8]:
        raise OSError(errno.ENOSPC, "no space left")

    with pytest.raises(DiskFull):
        models.import_folder(download, "mio", samples=full)
    (tmp_path / "a file").write_text("")
    with pytest.raises(EnvironmentFault):
        Models(compact_folder.parent, tmp_path / "a file").import_folder(download, "mio")


def test_an_encoder_halves_its_batches_when_its_tower_runs_out_of_memory(
    models: Models, pictures: Pictures, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = models.open("tiny", EncodingSettings(device="cpu", threads=1, batch_size=8))
    assert isinstance(encoder, TorchEncoder)
    batch = pictures(11, 64)
    expected = encoder.encode_images(batch)

    def short_of_memory(_module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        if len(inputs[0]) > 3:
            raise torch.OutOfMemoryError("tried to allocate too much")

    encoder._image_side.register_forward_pre_hook(short_of_memory)
    with caplog.at_level(logging.WARNING):
        np.testing.assert_allclose(encoder.encode_images(batch), expected, atol=1e-5)
    assert encoder.batch_size == 2
    assert len(caplog.records) == 2


def test_a_compact_model_needs_its_image_features_to_agree(models: Models, download: Path) -> None:
    path = download / compact.CONFIG_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"image_features": 128}))
    with pytest.raises(ModelError):
        models.import_folder(download, "mio")
