"""Between who watches the folders and who indexes: what is still to be compared with the store.

pending = Pending(wake)                 # `wake` makes the indexing thread look
watch = FolderWatch(pending, ...)       # on its own thread, calls `on_changes` and `on_rescan`
library.index(only=pending.take())      # on the indexing thread
"""

import threading
from collections.abc import Callable, Mapping, Sequence

from ritrova.folders.events import Change
from ritrova.folders.states import FolderState
from ritrova.indexing.scope import Scope


class Pending:
    """A `Listener` that adds up where to look. From any thread; its memory is bounded by what the watch tells."""

    MOST_PATHS, MOST_LEFT = 5_000, 50_000
    """Of one folder: places to look at, and files that left them; beyond, all of it is looked at."""

    def __init__(
        self, wake: Callable[[], None], show: Callable[[int, FolderState], None] = lambda _folder, _state: None
    ) -> None:
        """`wake` is called when there is something to take, `show` with each new state of a folder."""
        self._wake = wake
        self._show = show
        self._scopes: dict[int, Scope] = {}
        self._lock = threading.Lock()

    def on_changes(self, folder: int, changes: Sequence[Change]) -> None:
        self.add({folder: Scope.of(changes)})

    def on_rescan(self, folder: int, subtree: bytes) -> None:
        self.add({folder: Scope.below(subtree)})

    def on_state(self, folder: int, state: FolderState) -> None:
        self._show(folder, state)

    def add(self, scopes: Mapping[int, Scope]) -> None:
        """Look here too."""
        self.give_back(scopes)
        self._wake()

    def give_back(self, scopes: Mapping[int, Scope]) -> None:
        """What was taken by a run that did not come to its end. Wakes nobody: who gives back knows when to go on."""
        with self._lock:
            for folder, scope in scopes.items():
                both = self._scopes.get(folder, Scope()) | scope
                crowded = len(both.directories) + len(both.trees) > self.MOST_PATHS or len(both.left) > self.MOST_LEFT
                self._scopes[folder] = Scope.below(b"") if crowded else both

    def take(self) -> dict[int, Scope]:
        """All that is to be looked at, by folder; then it is no longer pending. Empty where there is nothing."""
        with self._lock:
            scopes, self._scopes = self._scopes, {}
            return scopes
