"""A long work on the terminal: how far it is, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from ritrova.cli.errors import STOPPED
from ritrova.cli.session import Session
from ritrova.progress import Cancellation, Progress
from ritrova.text import Message, msg

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class TerminalWatcher(AbstractContextManager["TerminalWatcher"]):
    """Draws progress on standard error where that is a terminal; elsewhere only notices are printed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._bar: Bar | None = _bar() if sys.stderr is not None and sys.stderr.isatty() else None
        self._task = self._bar.add_task("", total=None, pace="") if self._bar else None

    def __enter__(self) -> TerminalWatcher:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def progress(self, progress: Progress) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(
                self._task,
                completed=progress.done,
                total=progress.total if progress.total_final else None,
                pace=self._pace(progress),
            )

    def notice(self, message: Message) -> None:
        if self._bar:
            self._bar.console.print(self._session.text(message))
        else:
            self._session.notice(message)

    def _pace(self, progress: Progress) -> str:
        """`1200/5000 · 31.2 photos/s · 2:05 left`."""
        if progress.eta_s is None:
            return self._session.text(
                msg(
                    "{done} of {total} so far · {rate} photos/s",
                    done=progress.done,
                    total=progress.total,
                    rate=float(progress.rate),
                )
            )
        return self._session.text(
            msg(
                "{done} of {total} · {rate} photos/s · {left} left",
                done=progress.done,
                total=progress.total,
                rate=float(progress.rate),
                left=_clock(progress.eta_s),
            )
        )


@contextmanager
def parts_shown(session: Session) -> Iterator[Callable[[Message, int, int], None]]:
    """Draws which part of a work is under way and how far it is, on standard error where that is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _part, _done, _total: None
        return
    with _bar() as bar:
        task = bar.add_task("", total=None, pace="")

        def tell(part: Message, done: int, total: int) -> None:
            counts = f" {session.number(done)}/{session.number(total)}" if total else ""
            bar.update(task, completed=done, total=total or None, pace=f"{session.text(part)}{counts}")

        yield tell


@contextmanager
def stoppable(session: Session) -> Iterator[Cancellation]:
    """A cancellation that Ctrl-C sets; a second Ctrl-C ends the process at once, which loses nothing but time."""
    cancellation = Cancellation()
    stopping = session.text(msg("Stopping cleanly… Press Ctrl-C again to stop at once."))

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        if cancellation.cancelled:
            os._exit(STOPPED)  # not KeyboardInterrupt: a full queue could hold that up for long
        cancellation.cancel()
        # Straight to the descriptor: the handler may have interrupted a print, whose buffer does not take a second one.
        os.write(2, f"{stopping}\n".encode(errors="backslashreplace"))

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield cancellation
    finally:
        signal.signal(signal.SIGINT, before)


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as RichProgress

    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    return RichProgress(
        SpinnerColumn(),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[pace]}", markup=False),
        console=console,
        transient=True,
    )


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
