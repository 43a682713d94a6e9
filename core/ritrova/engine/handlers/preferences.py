"""Settings, status, the doctor."""

import os
from typing import Any

from pydantic import ValidationError

from ritrova.engine.base import Text
from ritrova.engine.handlers.models import device_of, warm
from ritrova.engine.replies import Diagnosis, Done, Finding, SettingsOf, StatusOf
from ritrova.engine.requests import ChangeSettings
from ritrova.engine.state import Ask, Engine
from ritrova.errors import UsageError
from ritrova.settings import Settings
from ritrova.text import msg


def get_settings(engine: Engine, _ask: Ask) -> SettingsOf:
    return SettingsOf(
        values=engine.library.settings.model_dump(mode="json"),
        defaults=Settings().model_dump(mode="json"),
        json_schema=Settings.model_json_schema(),
    )


def change_settings(engine: Engine, ask: Ask) -> SettingsOf:
    body = ask.body
    assert isinstance(body, ChangeSettings)
    before = engine.library.settings
    values: dict[str, Any] = before.model_dump(mode="json")
    for section, changed in body.values.items():
        values[section] = {**values.get(section, {}), **changed}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(
            msg("This setting cannot be so: {reason}", reason=f"{where}: {first['msg']}"),
            msg("Choose another value."),
        ) from error
    if settings.encoding.model != before.encoding.model:
        raise UsageError(msg("The model is chosen among the models."), msg("Open the page of the models."))
    engine.library.change_settings(settings)
    engine.outlet.changed("settings")
    if settings.encoding != before.encoding:
        warm(engine)
    if settings.indexing != before.indexing:
        engine.watching.follow()
        engine.indexer.resume() if not settings.indexing.paused else engine.indexer.pause()
    return get_settings(engine, ask)


def get_status(engine: Engine, _ask: Ask) -> StatusOf:
    found = engine.library.status()
    state, why = engine.indexer.state
    return StatusOf(
        photos=found.photos,
        searchable=found.searchable,
        missing=found.missing,
        forgettable=found.forgettable,
        failed=found.failed,
        model=found.model,
        device=device_of(engine.library) if engine.library.loaded else None,
        index=found.index,
        index_reason=Text.of(found.index_reason),
        database_bytes=found.database_bytes,
        index_bytes=found.index_bytes,
        thumbnail_bytes=_bytes_below(os.fspath(engine.library.paths.thumbnails)),
        schema_version=found.schema,
        indexing=state,
        waiting_for=Text.of(why) if why else None,
    )


def doctor(engine: Engine, _ask: Ask) -> Diagnosis:
    return Diagnosis(
        findings=tuple(
            Finding.model_validate(
                {
                    "name": each.name,
                    "title": Text.of(each.title),
                    "grade": str(each.grade),
                    "found": Text.of(each.found),
                    "remedy": Text.of(each.remedy) if each.remedy else None,
                }
            )
            for each in engine.examine(engine.library.paths)
        )
    )


def shutdown(_engine: Engine, _ask: Ask) -> Done:
    return Done()


def _bytes_below(folder: str) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(where, name)).st_size
            except OSError:
                continue
    return total
