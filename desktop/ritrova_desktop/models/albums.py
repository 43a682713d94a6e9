"""Albums and saved searches, as rows whose names can be edited."""

from PySide6.QtCore import Qt, Signal

from ritrova.engine.replies import Album
from ritrova.text import msg, msg_n
from ritrova_desktop.models.rows import DETAIL, ICON, ITEM, Index, RowsModel
from ritrova_desktop.names import clean_name
from ritrova_desktop.text import Words


class AlbumsModel(RowsModel):
    """`show_items` takes `Album`s. An edited name goes out as `renamed`; the row follows when the engine did it."""

    renamed = Signal(object, str)  # Album, name

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self._editable = True

    def allow_editing(self, allowed: bool) -> None:
        self._editable = allowed

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.isValid() and self._editable else flags

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        album = self.data(index, ITEM)
        name = clean_name(str(value))
        if role != Qt.ItemDataRole.EditRole or not isinstance(album, Album) or not name or name == album.name:
            return False
        self.renamed.emit(album, name)
        return True

    def _key(self, item: object) -> object:
        assert isinstance(item, Album)
        return item.id

    def _text(self, item: object, role: int) -> object:
        assert isinstance(item, Album)
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole | Qt.ItemDataRole.ToolTipRole:
                return item.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{item.name}, {self._kind(item)}"
            case _ if role == DETAIL:
                return self._kind(item)
            case _ if role == ICON:
                return "album" if item.query is None else "saved-search"
        return None

    def _kind(self, album: Album) -> str:
        if album.query is not None:
            asked = album.query.text.strip()
            return self.words(msg("Saved search: {sentence}", sentence=asked) if asked else msg("Saved search"))
        photos = album.photos or 0
        return self.words(msg_n("One photo", "{count} photos", n=photos, count=self.words.number(photos)))
