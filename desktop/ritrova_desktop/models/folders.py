"""The watched folders, as rows."""

from PySide6.QtCore import Qt

from ritrova.engine.replies import FolderState
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.models.rows import DETAIL, ICON, MARK, MARK_COLOUR, RowsModel
from ritrova_desktop.names import shown

STATES: dict[str, tuple[Message, str]] = {
    "watched": (msg("Watched"), "good"),
    "polling": (msg("Looked through now and then"), "quiet"),
    "waiting": (msg("Looked through on request"), "quiet"),
    "offline": (msg("Not connected"), "warning"),
    "vanished": (msg("No longer there"), "bad"),
}
"""What a folder's state is called, and the colour that it is told in."""

AWAY = ("offline", "vanished")
"""The states of a folder that cannot be opened now."""


class FoldersModel(RowsModel):
    """`show_items` takes `FolderState`s."""

    def _key(self, item: object) -> object:
        assert isinstance(item, FolderState)
        return item.path

    def _text(self, item: object, role: int) -> object:
        assert isinstance(item, FolderState)
        state, colour = STATES[item.state]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return shown(item.path).rstrip("/\\").replace("\\", "/").rpartition("/")[2] or shown(item.path)
            case Qt.ItemDataRole.ToolTipRole:
                told = [self.words(text.message()) for text in (item.why, item.remedy) if text]
                return "\n".join([shown(item.path), *told])
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{shown(item.path)}, {self.words(state)}, {self._counts(item)}"
            case _ if role == DETAIL:
                return f"{self._counts(item)} · {shown(item.path)}"
            case _ if role == ICON:
                return "folder-offline" if item.state in AWAY else "folder"
            case _ if role == MARK:
                return self.words(state)
            case _ if role == MARK_COLOUR:
                return colour
        return None

    def _counts(self, item: FolderState) -> str:
        number = self.words.number
        parts = [msg_n("One photo", "{count} photos", n=item.photos, count=number(item.photos))]
        if item.missing:
            parts.append(msg_n("one is gone", "{count} are gone", n=item.missing, count=number(item.missing)))
        if item.failed:
            failed = msg_n("one cannot be read", "{count} cannot be read", n=item.failed, count=number(item.failed))
            parts.append(failed)
        return " · ".join(self.words(part) for part in parts)
