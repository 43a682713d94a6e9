"""The library's settings."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject

from ritrova.engine.replies import SettingsOf
from ritrova.engine.requests import ChangeSettings, ForgetSearches
from ritrova.text import msg
from ritrova_desktop.engine import Engine, OnRefusal
from ritrova_desktop.operations.did import Did, OnDone, ignore

Values = Mapping[str, Mapping[str, Any]]
"""Section -> field -> value."""


def change_setting(
    engine: Engine,
    section: str,
    field: str,
    value: Any,
    changed: Callable[[SettingsOf], object],
    refused: OnRefusal | None = None,
    owner: QObject | None = None,
) -> None:
    """Change one value, which holds at once."""
    request = ChangeSettings(values={section: {field: value}})
    engine.request(request, lambda reply, _more: changed(reply), refused, owner=owner)


def reset_settings(
    engine: Engine, now: Values, defaults: Values, changed: Callable[[SettingsOf], object], done: OnDone = ignore
) -> None:
    """Give the named sections their defaults."""
    before = ChangeSettings(values={section: dict(fields) for section, fields in now.items() if section in defaults})
    did = Did(what=msg("The settings are as they were at first."), undo=(before,))

    def reset(reply: SettingsOf, _more: bool) -> None:
        changed(reply)
        done(did)

    engine.request(ChangeSettings(values={section: dict(fields) for section, fields in defaults.items()}), reset)


def forget_searches(engine: Engine, done: OnDone = ignore) -> None:
    """All sentences that were looked for; completions come from keywords alone then."""
    engine.request(ForgetSearches(), lambda *_: done(Did(what=msg("All searches were forgotten."))))
