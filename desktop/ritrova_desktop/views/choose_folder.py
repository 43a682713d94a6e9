"""Choosing a folder: the system's dialog, and folders that are dropped. Never waits."""

import os
from collections.abc import Callable

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from ritrova.text import Message
from ritrova_desktop.views.context import Context


def choose_folder(context: Context, parent: QWidget, title: Message, chosen: Callable[[bytes], object]) -> QFileDialog:
    """Open the dialog; `chosen` gets the folder's raw path, unless the person changes their mind."""
    dialog = QFileDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    context.words.bind(dialog, dialog.setWindowTitle, title)
    dialog.fileSelected.connect(lambda path: chosen(os.fsencode(path)))
    dialog.open()
    return dialog


def dropped_paths(mime: QMimeData) -> list[bytes]:
    """The local files and folders in a drop; which of them are folders is for the engine to find out."""
    return [os.fsencode(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
