"""The real window with the real engine on the library that is named: one search, its total, the end."""

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from ritrova.engine.query import Query
from ritrova.engine.replies import Results
from ritrova.engine.requests import Search
from ritrova_desktop.app import main
from ritrova_desktop.command_line import Options
from ritrova_desktop.engine_client import ProcessEngine, engine_command

AGAIN_MS = 2_000
"""The window searches too when it opens, and the engine answers the newest search alone: ask until we are that."""


def make_engine(root: Path) -> ProcessEngine:
    engine = ProcessEngine(engine_command(root))
    timer = QTimer(engine, interval=AGAIN_MS)

    def on_reply(reply: Results, _more: bool) -> None:
        timer.stop()
        print(reply.total, flush=True)
        QApplication.quit()

    def ask() -> None:
        timer.setInterval(timer.interval() * 2)  # a slow engine must not be kept from answering by our asking
        engine.request(Search(spec=Query(text="rosso"), count=10), on_reply)

    timer.timeout.connect(ask)
    timer.start()
    return engine


sys.exit(main(Options(library=Path(sys.argv[1])), make_engine))
