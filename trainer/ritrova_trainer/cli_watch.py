"""A run on the terminal: how far it is, and how it is stopped."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from statistics import mean
from types import FrameType, TracebackType

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ritrova.cli.errors import STOPPED
from ritrova.cli.shown import printable
from ritrova.progress import Cancellation
from ritrova.text import Catalogue, Message, msg
from ritrova_trainer.metrics import StepLine, ValidationLine

_QUIET_S = 30.0  # between lines about steps, where there is no terminal to draw on


class Terminal(AbstractContextManager["Terminal"]):
    """Speaks on standard error; draws a line that moves where that is a terminal."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._last = time.monotonic()
        self._losses: list[float] = []  # of this epoch
        self._bar: Progress | None = None
        if sys.stderr.isatty():
            console = Console(stderr=True, markup=False, highlight=False, emoji=False)
            columns = BarColumn(bar_width=20), TextColumn("{task.description}", markup=False)
            self._bar = Progress(*columns, console=console, transient=True)
            self._task = self._bar.add_task("", total=None)

    def text(self, message: Message) -> str:
        return printable(self._catalogue.render(message))

    def notice(self, message: Message) -> None:
        if self._bar is not None:
            self._bar.console.print(self.text(message))
        else:
            typer.echo(self.text(message), err=True)

    def step(self, line: StepLine) -> None:
        self._losses.append(line.loss)
        if self._bar is not None:
            share = line.seconds / (line.seconds + line.seconds_left)
            self._bar.update(self._task, description=self.text(_told(line)), completed=share, total=1.0)
        elif time.monotonic() - self._last >= _QUIET_S:
            self._last = time.monotonic()
            self.notice(_told(line))

    def validation(self, line: ValidationLine) -> None:
        found = "; ".join(
            f"{kind} R@1 {one['recall_1']:.3f}, R@10 {one['recall_10']:.3f}" for kind, one in line.figures.items()
        )
        if self._losses:
            loss = f"{mean(self._losses):.4f}"
            self.notice(msg("epoch {epoch}: loss {loss}; {figures}", epoch=line.epoch, loss=loss, figures=found))
        else:
            self.notice(msg("before the first step: {figures}", figures=found))
        self._losses.clear()

    def __enter__(self) -> "Terminal":
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def stoppable(text: Callable[[Message], str], *, alone: bool) -> Iterator[Cancellation]:
    """A cancellation that Ctrl-C, or a polite kill, sets. A second one ends the process at once.

    Not so among several processes (`alone` false): torchrun repeats to each of them the Ctrl-C that it already had.
    """
    cancellation = Cancellation()
    stopping = text(msg("Stopping after this step… The run can be resumed."))

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if cancellation.cancelled:
            if alone:
                os._exit(STOPPED)  # checkpoints appear whole or not at all
            return
        cancellation.cancel()
        # Straight to the descriptor: the handler may have interrupted a print, whose buffer does not take a second one.
        os.write(2, f"{stopping}\n".encode(errors="backslashreplace"))

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancellation
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _told(line: StepLine) -> Message:
    return msg(
        "epoch {epoch}, step {step}: loss {loss}, rate {rate}, {speed} samples/s, {left} left",
        epoch=line.epoch,
        step=line.step,
        loss=f"{line.loss:.4f}",
        rate=f"{line.learning_rate:.2e}",
        speed=f"{line.samples_per_second:.0f}",
        left=_clock(line.seconds_left),
    )


def _clock(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
