"""The library's copies, its check, and the photos that are gone.

What needs the library to itself (`restore`, `repair`) lets the engine end and begin again; searching waits meanwhile.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject

from ritrova.engine.keeping_messages import (
    Check,
    Checked,
    CopyOf,
    ForgetMissing,
    Forgotten,
    KeepingOf,
    LookAtCopy,
    PutSettingsAside,
    Repair,
    Restore,
    Restored,
    SaveCopy,
    ShowKeeping,
    StopKeeping,
)
from ritrova_desktop.engine import Engine, EngineState, OnRefusal


def show_keeping(engine: Engine, shown: Callable[[KeepingOf], object], owner: QObject) -> None:
    """Where the library lies and what copies there are; told too where the library cannot be opened."""
    alone = engine.state is EngineState.FAILED
    engine.request(ShowKeeping(), lambda reply, _more: shown(reply), owner=owner, alone=alone)


def save_copy(engine: Engine, path: bytes, saved: Callable[[CopyOf], object], refused: OnRefusal) -> None:
    """Write the database and the settings to one file."""
    engine.request(SaveCopy(path=path), lambda reply, _more: saved(reply), refused)


def look_at_copy(engine: Engine, path: bytes, looked: Callable[[CopyOf], object]) -> None:
    """What a copy holds, before it is gone back to; what is no copy is refused."""
    alone = engine.state is EngineState.FAILED
    engine.request(LookAtCopy(path=path), lambda reply, _more: looked(reply), alone=alone)


def restore(engine: Engine, path: bytes, restored: Callable[[Restored], object], refused: OnRefusal) -> None:
    """Go back to a copy; what is there now becomes one."""
    engine.request(Restore(path=path), lambda reply, _more: restored(reply), refused, alone=True)


def check(engine: Engine, checked: Callable[[Checked], object], refused: OnRefusal) -> int:
    """Look whether the library is sound; the number that `stop_check` wants."""
    return engine.request(Check(), lambda reply, _more: checked(reply), refused)


def stop_check(engine: Engine, number: int) -> None:
    """Nothing is called any more."""
    engine.forget(number)
    engine.request(StopKeeping(request=number), None, lambda _fault: None)


def repair(engine: Engine, checked: Callable[[Checked], object], refused: OnRefusal) -> None:
    """Make anew what can be made anew."""
    engine.request(Repair(), lambda reply, _more: checked(reply), refused, alone=True)


def put_settings_aside(engine: Engine) -> None:
    """Begin with the usual settings where those of the library cannot be understood; their file is kept."""
    if engine.state is EngineState.FAILED:
        engine.request(PutSettingsAside(), alone=True)


def forget_missing(engine: Engine, forgotten: Callable[[Forgotten], object]) -> None:
    """Forget the photos that are gone."""
    engine.request(ForgetMissing(), lambda reply, _more: forgotten(reply))
