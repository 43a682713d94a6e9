"""Naming photos by Italian labels, with the traps that the published tables hold."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import top_k_accuracy_score

from ritrova.errors import EnvironmentFault
from ritrova_trainer.evaluation.zero_shot import (
    PUBLISHED,
    Labels,
    class_vectors,
    read_labelled,
    read_labels,
    read_templates,
    zero_shot,
)

HEAD = "set_id\tsyn_set\tfirst_syn\tquery_long\tquery_short\tquery_short_translated\tquery_long_translated\tclass_id"
TABLE = [("n01", "una tinca"), ("n02", "una gru"), ("n03", "un gatto"), ("n04", "una gru")]


def table(path: Path, rows: Sequence[tuple[str, str, object]]) -> Path:
    lines = [f"{wnid}\tx\tx\ta photo\tx\t{text}\tuna foto\t{number}" for wnid, text, number in rows]
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Labels:
    return read_labels(table(tmp_path / "labels.tsv", [(*row, place) for place, row in enumerate(TABLE, start=1)]))


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """A direction for each word that matters, and one for a template's own words."""
    rows = [[word in text for word in ("tinca", "gru", "gatto", "foto")] for text in texts]
    vectors: NDArray[np.float32] = np.array(rows, np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def test_class_numbers_count_from_one(labels: Labels) -> None:
    assert labels.of("1") == labels.of("n01") == 0
    assert labels.of("4") == labels.of("n04") == 3
    assert [labels.of(name) for name in ("0", "5", "-1", "n09", "")] == [None] * 5


def test_a_table_that_counts_from_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="1, 2, 3"):
        read_labels(table(tmp_path / "labels.tsv", [("n01", "una tinca", 0), ("n02", "una gru", 1)]))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("n01", "una tinca", 1), ("n01", "una gru", 2)],
        [("n01", "", 1)],
        [("n01", "una tinca", "uno")],
    ],
)
def test_a_table_that_makes_no_sense_is_refused(tmp_path: Path, rows: list[tuple[str, str, object]]) -> None:
    with pytest.raises(EnvironmentFault):
        read_labels(table(tmp_path / "labels.tsv", rows))


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.tsv").write_text("a\tb\n1\t2\n")
    (tmp_path / "binary.tsv").write_bytes(b"\xff\xfe\x00")
    for name in ("other.tsv", "binary.tsv", "missing.tsv"):
        with pytest.raises(EnvironmentFault):
            read_labels(tmp_path / name)


def test_classes_of_one_name_are_one_answer_and_also_counted_apart(labels: Labels) -> None:
    photos = encode(["una tinca", "una gru", "un gatto", "una gru"])
    found = zero_shot(photos, np.arange(4), labels, PUBLISHED, encode)
    assert (found.photos, found.classes, found.texts, found.templates) == (4, 4, 3, 1)
    assert found.together == {1: 1.0, 5: 1.0, 10: 1.0, 100: 1.0}
    assert found.apart == {1: 0.5, 5: 1.0, 10: 1.0, 100: 1.0}  # no crane is first: another has the same score


def test_accuracies_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(3)
    directions = random.normal(size=(150, 16)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    labels = Labels(tuple(f"n{place}" for place in range(150)), tuple(str(place) for place in range(150)))
    own = np.concatenate([np.arange(150), random.integers(0, 150, 150)])
    photos = directions[own] + 0.6 * random.normal(size=(300, 16)).astype(np.float32)
    found = zero_shot(photos, own, labels, PUBLISHED, lambda texts: directions[[int(text) for text in texts]])
    for within in (1, 5, 10, 100):
        expected = top_k_accuracy_score(own, photos @ directions.T, k=within)
        assert found.together[within] == found.apart[within] == pytest.approx(expected)


def test_a_class_is_the_mean_over_the_templates_brought_to_unit_length() -> None:
    (vector,) = class_vectors(["un gatto"], ["{}", "una foto di {}"], encode)
    mean = (encode(["un gatto"])[0] + encode(["una foto di un gatto"])[0]) / 2
    np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), rtol=1e-6)


def test_templates_are_read_in_either_spelling(tmp_path: Path) -> None:
    path = tmp_path / "templates.json"
    path.write_text(json.dumps({"imagenet1k": ["una foto di {c}", "{} in un disegno", "una foto di {c}"]}))
    assert read_templates(path) == ("una foto di {}", "{} in un disegno", "una foto di {}")
    path.write_text(json.dumps(["{c}"]))
    assert read_templates(path) == PUBLISHED


@pytest.mark.parametrize("text", ['["una foto"]', '["{c} e {c}"]', "[]", "[1]", "{", '{"a": ["{}"], "b": ["{}"]}'])
def test_templates_that_cannot_be_filled_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "templates.json").write_text(text)
    with pytest.raises(EnvironmentFault):
        read_templates(tmp_path / "templates.json")


def test_labelled_photos_come_from_lines_or_from_folders(labels: Labels, tmp_path: Path) -> None:
    lines = tmp_path / "photos.tsv"
    lines.write_text("a/uno.jpg\tn02\ndue.jpg\t4\n")
    found = read_labelled(lines, labels, tmp_path / "images")
    assert [(image.key, image.path, row) for image, row in found] == [
        ("a/uno.jpg", tmp_path / "images" / "a" / "uno.jpg", 1),
        ("due.jpg", tmp_path / "images" / "due.jpg", 3),
    ]
    for wnid, name in (("n03", "x.JPEG"), ("n01", "y.png"), ("n01", "note.txt")):
        (tmp_path / "val" / wnid).mkdir(parents=True, exist_ok=True)
        (tmp_path / "val" / wnid / name).touch()
    assert [(image.key, row) for image, row in read_labelled(tmp_path / "val", labels)] == [
        ("n01/y.png", 0),
        ("n03/x.JPEG", 2),
    ]


@pytest.mark.parametrize("text", ["", "uno.jpg\n", "uno.jpg\tn77\n", "uno.jpg\t0\n"])
def test_labels_that_no_table_knows_are_refused(labels: Labels, tmp_path: Path, text: str) -> None:
    (tmp_path / "photos.tsv").write_text(text)
    with pytest.raises(EnvironmentFault):
        read_labelled(tmp_path / "photos.tsv", labels)
