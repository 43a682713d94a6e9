"""Captions and features from files: what is read, and what is refused with the place of the mistake."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from ritrova.errors import EnvironmentFault, UsageError
from ritrova_trainer.data import DataError, FileImage, Pair, read_pairs
from ritrova_trainer.features import ImageFeatures, TextFeatures
from ritrova_trainer.pairs import feature_set

GOOD = '{"image_path": "images/mare-1.jpg", "captions": ["onde alte", " vacanze "], "source": "prova"}'


def lines(folder: Path, *texts: str) -> Path:
    path = folder / "captions.jsonl"
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def test_the_published_lines_become_pairs(tmp_path: Path) -> None:
    path = lines(tmp_path, GOOD, "", '{"image_path": "b.jpeg", "captions": ["perché no?"]}')
    assert [(pair.name, pair.captions, pair.source) for pair in read_pairs(path)] == [
        ("mare-1", ("onde alte", "vacanze"), "prova"),
        ("b", ("perché no?",), ""),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (GOOD[:40], "not whole JSON"),
        ("[1, 2]", "not an object"),
        ('{"captions": ["a"]}', "image_path"),
        ('{"image_path": 3, "captions": ["a"]}', "image_path"),
        ('{"image_path": "", "captions": ["a"]}', "image_path"),
        ('{"image_path": "a.jpg"}', "captions"),
        ('{"image_path": "a.jpg", "captions": []}', "captions"),
        ('{"image_path": "a.jpg", "captions": "onde"}', "captions"),
        ('{"image_path": "a.jpg", "captions": ["onde", "  "]}', "empty"),
        ('{"image_path": "a.jpg", "captions": [null]}', "empty or not a text"),
        ('{"image_path": "a.jpg", "captions": ["a"], "source": 1}', "source"),
        (GOOD, "already on line 1"),
        (GOOD.replace("images", "elsewhere"), "already on line 1"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(DataError, match=told) as raised:
        read_pairs(lines(tmp_path, GOOD, line))
    assert "Line 2" in str(raised.value)
    assert str(tmp_path) in str(raised.value)


def test_a_file_without_captions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no caption"):
        read_pairs(lines(tmp_path, "", " "))
    with pytest.raises(DataError):
        read_pairs(tmp_path / "missing.jsonl")
    (tmp_path / "latin").write_bytes('{"image_path": "a.jpg", "captions": ["perché"]}'.encode("latin-1"))
    with pytest.raises(DataError):
        read_pairs(tmp_path / "latin")


class CountingTower:
    """A text tower that counts what it is asked, and can be interrupted."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.asked: list[str] = []
        self.stop_after = stop_after

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked += texts
        return np.array([[len(text), sum(map(ord, text)) % 1000] for text in texts], np.float32)


def text_features(path: Path, tower: str = "tower") -> TextFeatures:
    return TextFeatures(path, tower=tower, prefix="query: ", width=2)


def test_captions_are_computed_once_and_new_ones_added(tmp_path: Path) -> None:
    path, tower = tmp_path / "cache.safetensors", CountingTower()
    text_features(path).add(["uno", "due", "uno", "tre parole qui"], tower, batch=2)
    assert sorted(tower.asked) == ["due", "tre parole qui", "uno"]
    again = text_features(path)
    again.add(["due", "quattro", "uno"], tower, batch=2)
    assert tower.asked[3:] == ["quattro"]
    assert text_features(path).of(["quattro", "uno"]).tolist() == CountingTower()(["quattro", "uno"]).tolist()


def test_an_interrupted_computation_keeps_what_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "cache.safetensors"
    texts = [f"frase numero {number}" for number in range(10_000)]
    with pytest.raises(KeyboardInterrupt):
        text_features(path).add(texts, CountingTower(stop_after=6_000), batch=100)
    kept = len(text_features(path))
    assert 4_000 <= kept < 6_100
    rest = CountingTower()
    whole = text_features(path)
    whole.add(texts, rest, batch=100)
    assert len(rest.asked) == 10_000 - kept
    assert whole.of(texts[:3]).tolist() == CountingTower()(texts[:3]).tolist()


def test_features_of_another_tower_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cache.safetensors"
    text_features(path).add(["uno"], CountingTower(), batch=2)
    with pytest.raises(EnvironmentFault, match="another text tower"):
        text_features(path, tower="other")
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        text_features(path)


def image_features(folder: Path, ids: Sequence[str], rows: int) -> ImageFeatures:
    path = folder / "features.safetensors"
    save_file({"features": np.arange(rows * 3, dtype=np.float16).reshape(rows, 3)}, path)
    path.with_suffix(".ids").write_text("\n".join(ids) + "\n")
    return ImageFeatures.read(path)


def test_image_features_are_found_by_id(tmp_path: Path) -> None:
    features = image_features(tmp_path, ["a", "b", "c"], 3)
    assert features.of(["c", "a"]).tolist() == [[6, 7, 8], [0, 1, 2]]
    assert "b" in features
    assert "d" not in features


@pytest.mark.parametrize(("ids", "rows"), [(["a", "b"], 3), (["a", "b", "a"], 3)])
def test_image_features_that_do_not_match_their_ids_are_refused(tmp_path: Path, ids: list[str], rows: int) -> None:
    with pytest.raises(EnvironmentFault, match="do not agree"):
        image_features(tmp_path, ids, rows)


def pair(name: str, *captions: str) -> Pair:
    return Pair(FileImage(f"{name}.jpg", Path(f"{name}.jpg")), captions, "")


def test_photos_without_features_and_captions_without_weight_are_refused(tmp_path: Path) -> None:
    images = image_features(tmp_path, ["a", "b"], 2)
    texts = text_features(tmp_path / "cache.safetensors")
    texts.add(["uno", "due"], CountingTower(), batch=2)
    pairs = [pair("a", "uno", "due"), pair("b", "due")]
    made = feature_set(pairs, images, texts, places=2)
    assert made.present.tolist() == [[True, True], [True, False]]
    assert made.texts[1].tolist() == [texts.of(["due"])[0].tolist(), [0, 0]]
    with pytest.raises(EnvironmentFault, match="nowhere"):
        feature_set([*pairs, pair("nowhere", "uno")], images, texts, places=2)
    with pytest.raises(UsageError, match="2 captions"):
        feature_set(pairs, images, texts, places=1)


def test_lines_survive_json(tmp_path: Path) -> None:
    text = 'un "però" tra virgolette \u2028 e un emoji 🌊'
    path = lines(tmp_path, json.dumps({"image_path": "a.jpg", "captions": [text]}))
    assert read_pairs(path)[0].captions == (text,)
