"""Every error ends here, as a text for people and an exit code.

0 done, 1 done with failures listed, 2 wrong use, 3 environment, 4 our bug, 130 stopped by Ctrl-C.
"""

import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

import typer

from ritrova.cli.shown import printable, shown
from ritrova.cli.words import usage_message
from ritrova.errors import DecodeFailure, EnvironmentFault, OurBug, RitrovaError
from ritrova.text import Catalogue, Message, msg

DONE, WITH_FAILURES, WRONG_USE, ENVIRONMENT, BUG, STOPPED = 0, 1, 2, 3, 4, 130


class Reporter:
    """Tells a person of an error, once, on standard error."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.debug = False  # both are set as soon as the command line is read
        self.logs: Path | None = None

    def report(self, error: BaseException) -> int:
        """Show `error`; the exit code that it stands for."""
        if isinstance(error, KeyboardInterrupt | typer.Abort):
            return STOPPED
        if isinstance(error, typer.TyperException):
            return self._wrong_use(error)
        if self.debug:
            typer.echo("".join(traceback.format_exception(error)), err=True)
        if isinstance(error, DecodeFailure):
            self._show(error)
            return ENVIRONMENT
        if isinstance(error, RitrovaError) and not isinstance(error, OurBug):
            self._show(error)
            return error.exit_code
        if isinstance(error, OSError | MemoryError):
            self._show(_fault(error))
            return ENVIRONMENT
        self._show(self._bug(error))
        return BUG

    def _show(self, error: RitrovaError) -> None:
        self._line(msg("Error: {title}", title=error.title))
        if error.path is not None:
            typer.echo(f"  {shown(error.path)}", err=True)
        if error.remedy is not None:
            self._line(error.remedy)

    def _wrong_use(self, error: typer.TyperException) -> int:
        """Typer's own complaint about the command line."""
        context: typer.Context | None = getattr(error, "ctx", None)
        text = error.format_message()
        if context is not None and text == context.get_help():  # no command was given: the help is the answer
            typer.echo(text, err=True)
            return WRONG_USE
        self._line(msg("Error: {title}", title=usage_message(text)))
        if context is not None:
            self._line(msg("See {command}", command=f"{context.command_path} --help"))
        return error.exit_code

    def _bug(self, error: BaseException) -> OurBug:
        """What to tell of an error that nobody foresaw. The report goes to a file that a person can send."""
        title = msg("Ritrova made a mistake ({kind}). Your photos are untouched.", kind=type(error).__name__)
        try:
            file = _write_report(error, self.logs)
        except OSError:
            return OurBug(title, msg("Run the same command with --debug to see the details."))
        return OurBug(title, msg("The details are in this file; with --debug they are shown."), str(file))

    def _line(self, message: Message) -> None:
        typer.echo(printable(self.catalogue.render(message)), err=True)


def _fault(error: OSError | MemoryError) -> EnvironmentFault:
    """What the system refused, where no layer below had better words for it."""
    if isinstance(error, MemoryError):
        return EnvironmentFault(msg("The computer's memory is full."), msg("Close other programs and try again."))
    return EnvironmentFault(
        msg("The system refused: {reason}", reason=error.strerror or type(error).__name__),
        msg("Check the permissions and the disk; --debug shows the details."),
        error.filename if isinstance(error.filename, str | bytes) else None,
    )


def _write_report(error: BaseException, logs: Path | None) -> Path:
    """Where the error arose, without its text, which may name photos or quote a query."""
    folder = logs if logs is not None and logs.is_dir() and os.access(logs, os.W_OK) else None
    handle, name = tempfile.mkstemp(prefix="ritrova-bug-", suffix=".txt", dir=folder)  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')}\n")
        cause: BaseException | None = error
        while cause is not None:
            file.writelines(traceback.format_tb(cause.__traceback__))
            file.write(f"{type(cause).__module__}.{type(cause).__qualname__}\n")
            cause = cause.__cause__ or cause.__context__
    return Path(name)
