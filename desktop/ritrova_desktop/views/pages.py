"""Which page shows which kind of place. Each page's module is imported when it is first visited.

A page that is still to come is a `Placeholder`; whoever writes it changes its own function here, and no other.
"""

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QVBoxLayout

from ritrova.text import Message
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.navigation import Kind
from ritrova_desktop.views.page import EmptyState, Page

MakePage = Callable[[Context], Page]


class Placeholder(Page):
    """Stands where a page will be."""

    def __init__(self, context: Context, icon: str, title: Message) -> None:
        super().__init__(context)
        QVBoxLayout(self).addWidget(EmptyState(context, icon, title))


def results(context: Context) -> Page:
    from ritrova_desktop.views.result_page import ResultPage

    return ResultPage(context)


def photo(context: Context) -> Page:
    from ritrova_desktop.views.photo_view import PhotoPage

    return PhotoPage(context)


def albums(context: Context) -> Page:
    from ritrova_desktop.views.albums import AlbumsPage

    return AlbumsPage(context)


def folders(context: Context) -> Page:
    from ritrova_desktop.views.folders import FoldersPage

    return FoldersPage(context)


def failures(context: Context) -> Page:
    from ritrova_desktop.views.failures import FailuresPage

    return FailuresPage(context)


def models(context: Context) -> Page:
    from ritrova_desktop.views.models_page import ModelsPage

    return ModelsPage(context)


def preferences(context: Context) -> Page:
    from ritrova_desktop.views.preferences import PreferencesPage

    return PreferencesPage(context)


def library(context: Context) -> Page:
    from ritrova_desktop.views.library_page import LibraryPage

    return LibraryPage(context)


def shortcuts(context: Context) -> Page:
    from ritrova_desktop.views.shortcuts import ShortcutsPage

    return ShortcutsPage(context)


def first_run(context: Context) -> Page:
    from ritrova_desktop.views.first_run import FirstRunPage

    return FirstRunPage(context)


PAGES: Mapping[Kind, MakePage] = {
    Kind.ALL: results,
    Kind.FAVOURITES: results,
    Kind.ALBUM: results,
    Kind.PHOTO: photo,
    Kind.ALBUMS: albums,
    Kind.FOLDERS: folders,
    Kind.FAILURES: failures,
    Kind.MODELS: models,
    Kind.PREFERENCES: preferences,
    Kind.LIBRARY: library,
    Kind.SHORTCUTS: shortcuts,
    Kind.FIRST_RUN: first_run,
}
