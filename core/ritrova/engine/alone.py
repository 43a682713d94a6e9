"""What an engine does before it opens the library: one request, which has the library to itself."""

from typing import BinaryIO

from ritrova.engine.channel import decode_request, read_frame
from ritrova.engine.handlers import keeping
from ritrova.engine.keeping_messages import LookAtCopy, PutSettingsAside, Repair, Restore, ShowKeeping
from ritrova.engine.outlet import Outlet
from ritrova.engine.replies import AnyReply
from ritrova.engine.requests import AnyRequest
from ritrova.engine.state import Ask, Engine, Sound
from ritrova.errors import OurBug
from ritrova.paths import LibraryPaths
from ritrova.text import msg


def answer_alone(paths: LibraryPaths, inbox: BinaryIO, outlet: Outlet, sound: Sound) -> None:
    """Take one request, and answer it; what it raises is its refusal."""
    number = 0
    try:
        payload = read_frame(inbox)
        if payload is None:  # the window is gone
            return
        request = decode_request(payload)
        number = request.id
        outlet.reply(number, _answer(paths, request.body, outlet, sound))
    except Exception as error:
        outlet.refuse(number, error)


def refuse(_engine: Engine, _ask: Ask) -> AnyReply:
    """What needs the library to itself was asked of an engine that has it open."""
    raise OurBug(msg("This needs the library to itself."))


def _answer(paths: LibraryPaths, body: AnyRequest, outlet: Outlet, sound: Sound) -> AnyReply:
    match body:
        case Restore():
            return keeping.restore(paths, body)
        case Repair():
            return keeping.checked(paths, outlet, sound, repair=True)
        case PutSettingsAside():
            return keeping.put_settings_aside(paths)
        case LookAtCopy():
            return keeping.look_at_copy_in(body)
        case ShowKeeping():
            return keeping.keeping_of(paths)
    raise OurBug(msg("This needs an open library."))
