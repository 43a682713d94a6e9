"""Sealed model folders: what is missing, altered, foreign or dangerous is named, with what to do."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ritrova.encoding import bundle
from ritrova.encoding.bundle import Bank, Manifest
from ritrova.errors import ModelError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed folder of small stand-ins; nothing in `bundle` looks into weights."""
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "bank.safetensors").write_bytes(b"bank")
    (tmp_path / "README.md").write_text("card")
    bundle.seal(tmp_path, Manifest(name="m", dimension=4, bank=Bank(file="bank.safetensors", version=1, count=2)))
    return tmp_path


def test_a_sealed_folder_is_whole(folder: Path) -> None:
    manifest = bundle.read(folder)
    bundle.verify(folder, manifest)
    assert set(manifest.files) == {path.name for path in folder.iterdir()} - {bundle.MANIFEST_FILE}


@pytest.mark.parametrize(
    "name", ["config.json", "tokenizer.json", "model.safetensors", "bank.safetensors", "README.md"]
)
@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(b"[]")])
def test_a_missing_or_altered_file_is_named(folder: Path, name: str, harm: Callable[[Path], None]) -> None:
    harm(folder / name)
    with pytest.raises(ModelError) as caught:
        bundle.verify(folder, bundle.read(folder))
    assert caught.value.path == str(folder / name)
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["model-2.safetensors", "pytorch_model.bin", "deep/weights.pkl"])
def test_a_weight_file_that_nobody_listed_is_named(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"?")
    with pytest.raises(ModelError) as caught:
        bundle.verify(folder, bundle.read(folder))
    assert caught.value.path == str(folder / name)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("model.safetensors", True),
        ("config.json", True),
        ("tokenizer.json", True),
        ("README.md", False),
        ("bank.safetensors", False),
    ],
)
def test_the_fingerprint_changes_with_the_results_only(folder: Path, name: str, changes: bool) -> None:
    before = bundle.read(folder)
    text = bundle.fingerprint(before)
    assert len(text) == 16
    assert int(text, 16) >= 0
    (folder / name).write_bytes(b'{"other": 1}')
    after = bundle.seal(folder, before)
    assert (bundle.fingerprint(after) != text) is changes


@given(
    st.dictionaries(
        st.sampled_from([f"{n}.json" for n in range(9)]), st.text("0123456789abcdef", min_size=64, max_size=64)
    )
)
def test_a_manifest_survives_its_file_and_the_order_of_its_files_means_nothing(files: dict[str, str]) -> None:
    manifest = Manifest(name="m", dimension=4, files=files)
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest
    other = manifest.model_copy(update={"files": dict(reversed(files.items()))})
    assert bundle.fingerprint(other) == bundle.fingerprint(manifest)


@pytest.mark.parametrize(
    "name", ["pytorch_model.bin", "model.pt", "m.ckpt", "flax_model.msgpack", "tf_model.h5", "m.pkl"]
)
def test_anything_but_safetensors_is_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / name).write_bytes(b"?")
    with pytest.raises(ModelError) as caught:
        bundle.refuse_unsafe(tmp_path)
    assert caught.value.path == str(tmp_path / name)
    assert "convert" in str(caught.value.remedy)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights"):
        bundle.refuse_unsafe(tmp_path)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", {"auto_map": {"AutoModel": "theirs.Model"}}),
        ("config.json", {"text_config": {"auto_map": {"AutoModel": "theirs.Model"}}}),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["theirs.Tokenizer", None]}}),
        ("config.json", {"trust_remote_code": True}),
    ],
)
def test_a_model_that_brings_its_own_code_is_refused(folder: Path, file: str, content: dict[str, object]) -> None:
    (folder / file).write_text(json.dumps(content))
    with pytest.raises(ModelError, match="code of its own"):
        bundle.seal(folder, bundle.read(folder))


def test_a_model_of_a_newer_ritrova_says_so(folder: Path) -> None:
    path = folder / bundle.MANIFEST_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": bundle.FORMAT + 1, "novelty": 1}))
    with pytest.raises(ModelError, match="newer Ritrova"):
        bundle.read(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": "m"}', "\xff"])
def test_a_broken_manifest_is_a_model_error(folder: Path, text: str) -> None:
    (folder / bundle.MANIFEST_FILE).write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelError):
        bundle.read(folder)


def test_a_folder_without_a_manifest_points_to_the_import(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models import"):
        bundle.read(tmp_path)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../b", "a\\b", ""])
def test_a_manifest_cannot_name_files_outside_of_its_folder(name: str) -> None:
    with pytest.raises(ValidationError):
        Manifest(name="m", dimension=4, files={name: "0" * 64})


def test_a_bank_that_is_not_there_cannot_be_sealed(folder: Path) -> None:
    (folder / "bank.safetensors").unlink()
    with pytest.raises(ModelError):
        bundle.seal(folder, bundle.read(folder))


def test_a_copied_folder_is_as_whole_as_the_first(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    bundle.verify(copy, bundle.read(copy))
