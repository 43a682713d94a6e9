"""Choosing the file of a copy: where it is written, or which one is gone back to. Never waits."""

import os
from collections.abc import Callable
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from ritrova.text import msg
from ritrova_desktop.names import shown
from ritrova_desktop.views.context import Context

SUFFIX = "zip"
Chosen = Callable[[bytes], object]


def choose_new_copy(context: Context, parent: QWidget, chosen: Chosen) -> QFileDialog:
    """Open the dialog; the file need not exist yet, and an older copy is replaced only where the person agrees."""
    dialog = _dialog(context, parent, chosen)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(SUFFIX)
    context.words.bind(dialog, dialog.setWindowTitle, msg("Save a copy of the library"))
    dialog.selectFile(f"Ritrova {date.today():%Y-%m-%d}.{SUFFIX}")
    dialog.open()
    return dialog


def choose_copy(context: Context, parent: QWidget, folder: bytes, chosen: Chosen) -> QFileDialog:
    """Open the dialog in `folder`, where the library keeps its own."""
    dialog = _dialog(context, parent, chosen)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    context.words.bind(dialog, dialog.setWindowTitle, msg("Go back to a copy"))
    if folder:
        dialog.setDirectory(shown(folder))
    dialog.open()
    return dialog


def _dialog(context: Context, parent: QWidget, chosen: Chosen) -> QFileDialog:
    dialog = QFileDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setNameFilter(f"{context.words(msg('Copies of Ritrova'))} (*.{SUFFIX})")
    dialog.fileSelected.connect(lambda path: chosen(os.fsencode(path)))
    return dialog
