"""The library's copies, and what its check found, as rows."""

from PySide6.QtCore import QDateTime, Qt

from ritrova.engine.keeping_messages import Copy, PartChecked
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.models.rows import DETAIL, ICON, MARK, MARK_COLOUR, RowsModel
from ritrova_desktop.names import shown
from ritrova_desktop.text import Words

REASONS: dict[str, Message] = {
    "weekly": msg("of the week"),
    "update": msg("before an update"),
    "restore": msg("before going back to another"),
    "hand": msg("made by you"),
}
STATES: dict[str, tuple[Message, str, str]] = {
    "good": (msg("In order"), "good", "check"),
    "wrong": (msg("Not in order"), "bad", "warning"),
    "repaired": (msg("Put right"), "good", "refresh"),
}
"""What the state of a part is called, the colour that it is told in, and its icon."""


class CopiesModel(RowsModel):
    """`show_items` takes `Copy`s."""

    def _key(self, item: object) -> object:
        assert isinstance(item, Copy)
        return item.path

    def _text(self, item: object, role: int) -> object:
        assert isinstance(item, Copy)
        photos = self.words(photos_of(item, self.words))
        detail = f"{photos} · {bytes_told(item.size, self.words)} · {self.words(REASONS[item.why])}"
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return moment_of(item, self.words)
            case Qt.ItemDataRole.ToolTipRole:
                return shown(item.path)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{moment_of(item, self.words)}, {detail}"
            case _ if role == DETAIL:
                return detail
            case _ if role == ICON:
                return "history"
        return None


class PartsModel(RowsModel):
    """`show_items` takes `PartChecked`s."""

    def _key(self, item: object) -> object:
        assert isinstance(item, PartChecked)
        return item.name

    def _text(self, item: object, role: int) -> object:
        assert isinstance(item, PartChecked)
        state, colour, icon = STATES[item.state]
        title, found = self.words(item.title.message()), self.words(item.found.message())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title
            case Qt.ItemDataRole.ToolTipRole:
                return found
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{title}, {self.words(state)}, {found}"
            case _ if role == DETAIL:
                return found
            case _ if role == ICON:
                return icon
            case _ if role == MARK:
                return self.words(state)
            case _ if role == MARK_COLOUR:
                return colour
        return None


def moment_of(copy: Copy, words: Words) -> str:
    """When it was made: "25 November 2026, 14:30", local time."""
    when = QDateTime.fromSecsSinceEpoch(round(copy.made_at.timestamp()))
    return words.locale.toString(when, "d MMMM yyyy, HH:mm")


def photos_of(copy: Copy, words: Words) -> Message:
    return msg_n("One photo", "{count} photos", n=copy.photos, count=words.number(copy.photos))


def bytes_told(size: int, words: Words) -> str:
    """1,2 MB in Italian."""
    return words.locale.formattedDataSize(size, 1, words.locale.DataSizeFormat.DataSizeSIFormat)
