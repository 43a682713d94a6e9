"""Configurations: every field has a meaning, and wrong ones are refused before the first step."""

import dataclasses
import json
import tomllib
from pathlib import Path

import pytest

from ritrova.errors import UsageError
from ritrova_trainer.config import AnyConfig, TrainConfig
from ritrova_trainer.config_file import (
    differences,
    documented,
    field_docs,
    from_mapping,
    read_toml,
    to_mapping,
    toml_text,
    with_changes,
    write_toml,
)
from ritrova_trainer.recipes import RECIPES, compact_stage1, smoke


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_the_way_through_json(name: str) -> None:
    recipe = RECIPES[name](seed=3)
    assert recipe.seed == 3
    assert from_mapping(json.loads(json.dumps(to_mapping(recipe)))) == recipe


def test_fields_are_changed_by_their_dotted_name() -> None:
    changed = with_changes(compact_stage1(), {"optimiser.learning_rate": "5e-4", "epochs": "7"})
    assert isinstance(changed, TrainConfig)
    assert changed.optimiser.learning_rate == 5e-4
    assert changed.epochs == 7
    assert changed.optimiser.weight_decay == compact_stage1().optimiser.weight_decay


def test_several_values_are_parted_by_commas() -> None:
    changed = with_changes(compact_stage1(), {"caption_weights": "0.4, 0.25,0.35"})
    assert changed.caption_weights == (0.4, 0.25, 0.35)


@pytest.mark.parametrize(
    "changes",
    [
        {"lr": "1"},
        {"optimiser.lr": "1"},
        {"optimiser": "adamw"},
        {"optimiser.learning_rate.max": "1"},
        {"caption_weights": "1,0"},
        {"caption_weights": "1;2"},
        {"epochs": "many"},
        {"epochs": "1.5"},
        {"epochs": "0"},
        {"batch": "1"},
        {"seed": "-1"},
        {"loss.scale": "0"},
        {"loss.soft_share": "1"},
        {"heads.image_dropout": "1"},
        {"optimiser.warm_up": "-0.1"},
        {"optimiser.learning_rate": "nan"},
        {"optimiser.weight_decay": "inf"},
        {"towers.image": ""},
    ],
)
def test_wrong_changes_are_refused_by_name(changes: dict[str, str]) -> None:
    (name,) = changes
    with pytest.raises(UsageError, match=name.split(".")[-1]):
        with_changes(compact_stage1(), changes)


def test_unknown_and_missing_fields_are_refused() -> None:
    mapping = to_mapping(compact_stage1())
    with pytest.raises(UsageError, match="momentum"):
        from_mapping({**mapping, "optimiser": {**mapping["optimiser"], "momentum": 0.9}})
    del mapping["loss"]
    with pytest.raises(UsageError, match="loss"):
        from_mapping(mapping)


@pytest.mark.parametrize(
    "changes",
    [
        {"trained.image_stages": "-2"},
        {"augment": "none"},
        {"start.kind": "towers"},
        {"loss.kind": "hinge"},
        {"loss.soft_share": "0.5"},  # its texts are not cached
        {"cached_images": "true", "trained.image_stages": "-1"},
        {"optimiser.tower_rate": "0"},
        {"optimiser.tower_rate": "1.5"},
        {"loop.precision": "int4"},
        {"loop.keep": "0"},
        {"loop.average": "1"},
        {"loop.accumulate": "0"},
        {"validation": "1"},
        {"optimiser.kind": "sgd"},
        {"mode": "features"},
    ],
)
def test_wrong_changes_of_a_run_on_photos_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        with_changes(smoke(), changes)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_the_way_through_toml_where_each_field_is_explained(name: str, tmp_path: Path) -> None:
    recipe = RECIPES[name](seed=3)
    write_toml(recipe, tmp_path / "recipe.toml")
    assert read_toml(tmp_path / "recipe.toml") == recipe
    lines = (tmp_path / "recipe.toml").read_text().splitlines()
    for place, line in enumerate(lines):
        if line and not line.startswith(("#", " ", "]")):
            assert lines[place - 1].startswith("# "), line


@pytest.mark.parametrize("text", ["epochs = ", "epochs = 3", 'mode = "features"', "\x00"])
def test_a_file_that_is_no_configuration_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(text)
    with pytest.raises(UsageError):
        read_toml(tmp_path / "wrong.toml")


def test_a_file_with_a_field_too_many_names_it(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(toml_text(smoke()).replace("accumulate = ", "accumulates = "))
    with pytest.raises(UsageError, match=r"loop\.accumulates"):
        read_toml(tmp_path / "wrong.toml")


def test_differences_are_told_by_name() -> None:
    changed = with_changes(smoke(), {"epochs": "9", "loop.keep": "7"})
    assert differences(smoke(), changed) == ["epochs", "loop.keep"]
    assert differences(smoke(), smoke()) == []


@pytest.mark.parametrize("config", [compact_stage1(), smoke()])
def test_every_field_of_every_section_is_explained(config: AnyConfig) -> None:
    sections = [config, *(value for value in vars_of(config).values() if dataclasses.is_dataclass(value))]
    assert len(sections) > 5
    for section in sections:
        explained = field_docs(type(section))
        assert {field.name for field in dataclasses.fields(section)} == set(explained)
    flat = {name: value for name, value, _ in documented(config) if value is not None}
    assert len(flat) > 25
    assert all(meaning for _, _, meaning in documented(config))
    assert tomllib.loads(toml_text(config)) == to_mapping(config)


def vars_of(config: AnyConfig) -> dict[str, object]:
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
