"""Configurations: every field has a meaning, and wrong ones are refused before the first step."""

import dataclasses
import inspect
import json
from typing import Any

import pytest

from ritrova.errors import UsageError
from ritrova_trainer import config as config_module
from ritrova_trainer.config import from_mapping, to_mapping, with_changes
from ritrova_trainer.recipes import RECIPES, compact_stage1


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_the_way_through_json(name: str) -> None:
    recipe = RECIPES[name](seed=3)
    assert recipe.seed == 3
    assert from_mapping(json.loads(json.dumps(to_mapping(recipe)))) == recipe


def test_fields_are_changed_by_their_dotted_name() -> None:
    changed = with_changes(compact_stage1(), {"optimiser.learning_rate": "5e-4", "epochs": "7"})
    assert changed.optimiser.learning_rate == 5e-4
    assert changed.epochs == 7
    assert changed.optimiser.weight_decay == compact_stage1().optimiser.weight_decay


@pytest.mark.parametrize(
    "changes",
    [
        {"lr": "1"},
        {"optimiser.lr": "1"},
        {"optimiser": "adamw"},
        {"optimiser.learning_rate.max": "1"},
        {"caption_weights": "1"},
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


def _configs() -> list[Any]:
    return [thing for thing in vars(config_module).values() if dataclasses.is_dataclass(thing)]


def test_every_field_has_a_docstring() -> None:
    assert len(_configs()) == 5
    for thing in _configs():
        source = inspect.getsource(thing)
        for field in dataclasses.fields(thing):
            declared = source.split(f"    {field.name}: ", 1)[1].split("\n", 2)
            assert declared[1].strip().startswith('"""'), f"{thing.__name__}.{field.name}"
