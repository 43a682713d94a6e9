"""Configurations as mappings and as TOML files."""

import ast
import inspect
import tomllib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import Field, TypeAdapter, ValidationError

from ritrova.atomic import write_bytes
from ritrova.errors import UsageError
from ritrova.text import msg
from ritrova_trainer.config import AnyConfig

_CONFIG: TypeAdapter[AnyConfig] = TypeAdapter(Annotated[AnyConfig, Field(discriminator="mode")])
_MODES = ("features", "photos")  # pydantic puts the kind of run before a wrong field's name


def to_mapping(config: AnyConfig) -> dict[str, Any]:
    """The configuration as JSON values."""
    mapping: dict[str, Any] = _CONFIG.dump_python(config, mode="json")
    return mapping


def from_mapping(mapping: Mapping[str, Any]) -> AnyConfig:
    """The configuration that `to_mapping` wrote. Raises UsageError that names each wrong field."""
    try:
        return _CONFIG.validate_python(mapping)
    except ValidationError as error:
        wrong = "; ".join(
            ".".join(str(part) for part in detail["loc"] if part not in _MODES) + f": {detail['msg']}"
            for detail in error.errors()
        )
        raise UsageError(msg("The configuration is wrong: {reason}", reason=wrong.removeprefix(": "))) from error


def with_changes(config: AnyConfig, changes: Mapping[str, str]) -> AnyConfig:
    """The configuration with dotted fields set from text, as in `{"optimiser.learning_rate": "5e-4"}`; where a field
    holds several values, commas part them."""
    mapping = to_mapping(config)
    for name, value in changes.items():
        *sections, field = name.split(".")
        target = mapping
        for section in sections:
            target = target.get(section, {}) if isinstance(target, dict) else {}
        if not isinstance(target, dict) or field not in target or isinstance(target[field], dict):
            raise UsageError(
                msg("The recipe has no field {name} that takes one value.", name=name),
                msg("`ritrova-train recipes` shows the fields."),
            )
        several = isinstance(target[field], list)
        target[field] = [part.strip() for part in value.split(",") if part.strip()] if several else value
    return from_mapping(mapping)


def differences(one: AnyConfig, other: AnyConfig) -> list[str]:
    """The dotted names of the fields in which two configurations differ."""
    ours, theirs = (dict(_flat(to_mapping(config), "")) for config in (one, other))
    return [name for name in sorted(ours | theirs) if ours.get(name) != theirs.get(name)]


def read_toml(path: Path) -> AnyConfig:
    """The configuration in a file. Raises UsageError where it is none."""
    try:
        return from_mapping(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            msg("The configuration cannot be read: {reason}", reason=str(error)), None, str(path)
        ) from error


def write_toml(config: AnyConfig, path: Path) -> None:
    """Write the configuration with what each field means."""
    write_bytes(path, toml_text(config).encode(), durable=True)


def toml_text(config: AnyConfig) -> str:
    """The configuration as a TOML file, with what each field means."""
    return "\n".join(_toml(config)) + "\n"


def documented(config: AnyConfig) -> Iterator[tuple[str, Any, str]]:
    """Each field's dotted name, value and meaning; of a section, the value is None.

    A section comes after the plain fields beside it, as TOML needs it.
    """
    values = to_mapping(config)
    return _documented(config, values, "")


def _documented(config: Any, values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any, str]]:
    meanings = field_docs(type(config))
    for name, value in values.items():
        if not isinstance(value, dict):
            yield prefix + name, value, meanings[name]
    for name, value in values.items():
        if isinstance(value, dict):
            section = getattr(config, name)
            yield prefix + name, None, " ".join((inspect.getdoc(type(section)) or "").split())
            yield from _documented(section, value, f"{prefix}{name}.")


def field_docs(kind: type) -> dict[str, str]:
    """The text below each field of a dataclass, its own and the inherited ones, on one line."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__[:-1]):
        (tree,) = ast.parse(inspect.getsource(base)).body
        assert isinstance(tree, ast.ClassDef)
        for field, after in pairwise(tree.body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
                found[field.target.id] = " ".join(str(ast.literal_eval(after.value)).split())
    return found


def _toml(config: AnyConfig) -> Iterator[str]:
    for name, value, meaning in documented(config):
        if value is None:
            yield f"\n# {meaning}\n[{name}]"
        else:
            yield f"# {meaning}\n{tomli_w.dumps({name.rsplit('.', 1)[-1]: value}).rstrip()}"


def _flat(mapping: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Dotted names and values of nested mappings."""
    for name, value in mapping.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
