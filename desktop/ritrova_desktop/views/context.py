"""What every view is given: the services of the window, by constructor and never by a global.

The grid adds `results` (models/results.py) when it comes.
"""

from dataclasses import dataclass

from ritrova_desktop.actions import Actions
from ritrova_desktop.engine import Engine
from ritrova_desktop.notices import Notices
from ritrova_desktop.operations.search import SearchController
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
