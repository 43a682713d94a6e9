"""What leaves the engine. When the window is gone, what is said is lost, and the reader of its requests ends us."""

import logging
import time
from types import TracebackType

from ritrova.engine.base import Fault, Frozen, Text
from ritrova.engine.channel import ChannelError, Sender
from ritrova.engine.events import AnyEvent, LibraryChanged, Notice
from ritrova.engine.messages import Event, Refusal, Reply
from ritrova.engine.replies import AnyReply
from ritrova.errors import OurBug, RitrovaError
from ritrova.text import Message

log = logging.getLogger(__name__)


class Outlet:
    """Sends, from any thread."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def send(self, message: Frozen) -> None:
        try:
            self._sender.send(message)
        except OSError:
            log.info("the window is gone")

    def reply(self, request: int, body: AnyReply, *, more: bool = False) -> None:
        try:
            self.send(Reply(id=request, body=body, more=more))
        except ChannelError as error:  # too long, or not to be written
            self.refuse(request, error)

    def refuse(self, request: int, error: BaseException) -> None:
        """Say why there is no answer. What nobody foresaw goes to the log, without its text."""
        if not isinstance(error, RitrovaError) or isinstance(error, OurBug):
            log.error("request %d failed: %s", request, type(error).__name__, exc_info=_without_text(error))
        self.send(Refusal(id=request, error=Fault.of(error)))

    def event(self, body: AnyEvent) -> None:
        self.send(Event(body=body))

    def changed(self, *what: str) -> None:
        """Tell that something the window may be showing is different now."""
        for each in what:
            self.event(LibraryChanged.model_validate({"what": each}))

    def notice(self, level: str, message: Message, remedy: Message | None = None, action: str | None = None) -> None:
        body = {"level": level, "message": Text.of(message), "action": action}
        self.event(Notice.model_validate(body | {"remedy": Text.of(remedy) if remedy else None}))

    def notice_of(self, error: BaseException, action: str | None = None) -> None:
        """An error that is no answer to a request."""
        fault = Fault.of(error)
        if fault.whose == "bug":
            log.error("failed: %s", type(error).__name__, exc_info=_without_text(error))
        self.event(
            Notice.model_validate({"level": "error", "message": fault.title, "remedy": fault.remedy, "action": action})
        )


class Rate:
    """Lets something through so many times a second."""

    def __init__(self, a_second: float) -> None:
        self._least_s = 1 / a_second
        self._last = -self._least_s

    def __call__(self) -> bool:
        now = time.monotonic()
        if now - self._last < self._least_s:
            return False
        self._last = now
        return True


def _without_text(error: BaseException) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """For the log: where it arose. Texts of errors may name photos or quote a query."""
    return Unshown, Unshown(type(error).__name__), error.__traceback__


class Unshown(Exception):
    """Stands in the log for an error whose text is left out."""
