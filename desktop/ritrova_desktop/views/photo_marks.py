"""What the person says of the photo that is looked at: stars, heart, keywords."""

from collections.abc import Callable

from ritrova.engine.replies import PhotoDetails
from ritrova.text import msg
from ritrova_desktop.operations.albums import set_keywords
from ritrova_desktop.operations.curation import set_favourite, set_rating
from ritrova_desktop.operations.did import Did
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.undo_notice import tell_done


class PhotoMarks:
    """`changed` is called once the engine has done it. In a read-only library nothing is done, and that is told."""

    def __init__(self, context: Context, changed: Callable[[], object]) -> None:
        self._context, self._changed = context, changed

    def rate(self, file: int, stars: int) -> None:
        if self.may_write():
            self._context.results.mark((file,), stars=stars)
            set_rating(self._context.engine, (file,), stars, self._done)

    def flip_favourite(self, photo: PhotoDetails) -> None:
        if self.may_write():
            now = not photo.favourite
            self._context.results.mark((photo.file,), favourite=now)
            set_favourite(self._context.engine, (photo.file,), now, self._done)

    def change_keywords(self, file: int, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> None:
        if self.may_write():
            set_keywords(self._context.engine, (file,), add, remove, self._done)

    def _done(self, did: Did) -> None:
        tell_done(self._context, did)
        self._changed()

    def may_write(self) -> bool:
        read_only = self._context.engine.read_only
        if read_only:
            self._context.notices.tell(msg("The library is read-only at the moment."))
        return not read_only
