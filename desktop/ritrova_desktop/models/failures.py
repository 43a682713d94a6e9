"""The photos that cannot be read, as rows."""

from PySide6.QtCore import Qt

from ritrova.errors import FailureKind
from ritrova.photo import Failure
from ritrova.text import Message, msg
from ritrova_desktop.models.rows import DETAIL, ICON, RowsModel
from ritrova_desktop.names import shown

REASONS: dict[FailureKind, Message] = {
    FailureKind.CORRUPT: msg("The file is damaged"),
    FailureKind.UNSUPPORTED: msg("Not a picture that Ritrova can read"),
    FailureKind.TOO_LARGE: msg("Larger than the limits in the preferences"),
    FailureKind.UNREADABLE: msg("The system does not let it be read"),
    FailureKind.TIMEOUT: msg("Reading it took too long"),
    FailureKind.CRASHED: msg("The program that reads photos ended on it"),
}


class FailuresModel(RowsModel):
    """`show_items` takes `Failure`s."""

    def _key(self, item: object) -> object:
        assert isinstance(item, Failure)
        return item.path

    def _text(self, item: object, role: int) -> object:
        assert isinstance(item, Failure)
        path = shown(item.path)
        folder, _, name = path.replace("\\", "/").rpartition("/")
        reason = self.words(REASONS[item.kind])
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return name
            case Qt.ItemDataRole.ToolTipRole:
                return f"{path}\n{item.reason}"
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{name}, {reason}"
            case _ if role == DETAIL:
                return f"{reason} · {folder}"
            case _ if role == ICON:
                return "warning"
        return None
