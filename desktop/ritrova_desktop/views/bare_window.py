"""The window around a photo that has the whole screen to itself."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class BareWindow(Protocol):
    """A window that can show nothing but its page."""

    def set_bare(self, bare: bool) -> None: ...
