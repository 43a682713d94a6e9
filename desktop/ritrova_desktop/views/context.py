"""What every view is given: the services of the window, by constructor and never by a global.

`search` holds the question, `results` the photos that answer it, `thumbnails` their small pictures, `undo` what was
done to them.
"""

from dataclasses import dataclass
from typing import Self

from ritrova_desktop.actions import Actions
from ritrova_desktop.engine import Engine
from ritrova_desktop.models.results import ResultsModel
from ritrova_desktop.models.thumbnails import Thumbnails
from ritrova_desktop.notices import Notices
from ritrova_desktop.operations.search import SearchController
from ritrova_desktop.operations.undo import UndoStack
from ritrova_desktop.state import State
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.navigation import Navigator


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    engine: Engine
    words: Words
    theme: Theme
    notices: Notices
    actions: Actions
    navigator: Navigator
    state: State
    search: SearchController
    results: ResultsModel
    thumbnails: Thumbnails
    undo: UndoStack

    @classmethod
    def around(cls, engine: Engine, words: Words, theme: Theme, state: State) -> Self:
        """The services that stand on these, new ones."""
        notices = Notices()
        return cls(
            engine=engine,
            words=words,
            theme=theme,
            notices=notices,
            actions=Actions(words, theme),
            navigator=Navigator(),
            state=state,
            search=SearchController(engine, notices),
            results=ResultsModel(),
            thumbnails=Thumbnails(engine, state.now.thumbnails_mb << 20),
            undo=UndoStack(engine, notices),
        )
