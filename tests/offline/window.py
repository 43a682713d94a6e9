"""The real window with the real engine on the library that is named: one search, its total, the end."""

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from ritrova.engine.query import Query
from ritrova.engine.replies import Results
from ritrova.engine.requests import Search
from ritrova_desktop.app import main
from ritrova_desktop.command_line import Options
from ritrova_desktop.engine_client import ProcessEngine, engine_command


def make_engine(root: Path) -> ProcessEngine:
    engine = ProcessEngine(engine_command(root))

    def on_reply(reply: Results, _more: bool) -> None:
        print(reply.total, flush=True)
        QApplication.quit()

    engine.request(Search(spec=Query(text="rosso"), count=10), on_reply, lambda fault: QApplication.exit(9))
    return engine


sys.exit(main(Options(library=Path(sys.argv[1])), make_engine))
