"""What `--screenshots` takes pictures of: every page, and the states of them that people see."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QScrollArea

from ritrova.engine.query import PhotoRef
from ritrova.photo import Filters
from ritrova.text import msg, msg_n
from ritrova_desktop.notices import Level, Notice, Remedy
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.filter_kinds import KINDS
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.photo_view import PhotoPage
from ritrova_desktop.views.picture_canvas import STEP
from ritrova_desktop.views.result_page import ResultPage
from ritrova_desktop.views.search_bar import SearchBar

SENTENCE = "due barche sulla riva al tramonto"
NOT_THERE = "un matrimonio in chiesa"


@dataclass(frozen=True, slots=True)
class Stage:
    """The parts of a window that a pose may touch."""

    context: Context
    window: MainWindow
    bar: SearchBar
    tray: QMenu

    @property
    def results(self) -> ResultPage:
        page = self.window.page_of(Kind.ALL)
        assert isinstance(page, ResultPage)
        return page

    @property
    def photo(self) -> PhotoPage:
        page = self.window.page_of(Kind.PHOTO)
        assert isinstance(page, PhotoPage)
        return page


Pose = Callable[[Stage], object]


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: `pose` is struck once the place has come to rest."""

    name: str
    place: Place
    sentence: str = ""
    pose: Pose | None = None


def _select(stage: Stage) -> None:
    selection = stage.results.grid.selection
    selection.only(1)
    selection.extend(3)
    selection.toggle(6)
    stage.window.focus_page()


def _hover(stage: Stage) -> None:
    grid = stage.results.grid
    place = QPointF(grid.tile_rect(2).center())
    buttons = Qt.MouseButton.NoButton
    moved = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        grid.viewport().mapToGlobal(place),
        buttons,
        buttons,
        Qt.KeyboardModifier.NoModifier,
    )
    QCoreApplication.sendEvent(grid.viewport(), moved)


def _hint(stage: Stage) -> None:
    _hover(stage)
    grid = stage.results.grid
    stage.results.actions_of_photos.hint(2, grid.viewport().mapToGlobal(grid.tile_rect(2).center()))


def _menu(stage: Stage) -> None:
    _select(stage)
    grid = stage.results.grid
    stage.results.menu.make().popup(grid.viewport().mapToGlobal(grid.tile_rect(1).center()))


def _ask_trash(stage: Stage) -> None:
    _select(stage)
    stage.results.actions_of_photos.ask_trash()


def _chips(stage: Stage) -> None:
    search, results = stage.context.search, stage.context.results
    search.more_like(results.content(0))
    search.less_like(results.content(2))
    search.add_photos((PhotoRef(content=results.content(1)),))
    search.set_filters(
        Filters(
            date_from=date(2019, 6, 1),
            date_to=date(2026, 9, 30),
            formats=("jpeg", "png", "heif", "webp"),
            cameras=("Fujifilm X-T4", "Canon EOS 5D Mark IV", "Pixel 8 Pro"),
            rating_min=3,
            orientation="landscape",
            keywords=("Ferragosto", "vacanze al mare in Sardegna"),
        )
    )


def _filter(name: str) -> Pose:
    kind = next(kind for kind in KINDS if kind.name == name)
    return lambda stage: stage.bar.chips.edit(kind, stage.bar.chips.filters_button)


def _type(text: str) -> Pose:
    def typed(stage: Stage) -> None:
        stage.window.activateWindow()
        stage.bar.field.setFocus()
        stage.bar.completions.ask(text)

    return typed


def _notices(stage: Stage) -> None:
    remedy = Remedy(label=msg("Report a problem"), run=bool)
    for notice in (
        Notice(title=msg_n("One new photo can be found.", "{n} new photos can be found.", n=1240)),
        Notice(
            title=msg("The engine stopped and is starting again."),
            detail=msg("What you were looking for is kept."),
            level=Level.WARNING,
            remedies=(remedy,),
        ),
        Notice(
            title=msg("The report cannot be written: {reason}", reason="No space left on device"),
            path="/media/fotografie/archivio",
            level=Level.ERROR,
            remedies=(Remedy(label=msg("Show in folder"), run=bool), remedy),
        ),
    ):
        stage.context.notices.post(notice)


def _drag_over(stage: Stage) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/foto/gatto.jpg")])
    none, button = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    QCoreApplication.sendEvent(stage.bar, QDragEnterEvent(QPoint(40, 20), Qt.DropAction.CopyAction, mime, button, none))


def _zoom(stage: Stage) -> None:
    for _ in range(6):
        stage.photo.canvas.zoom_by(STEP)


def _show_slides(stage: Stage) -> None:
    stage.photo.flip_bare()
    stage.photo.flip_slideshow()


def _scroll_down(stage: Stage) -> None:
    page = stage.window.page
    assert page is not None
    for area in page.findChildren(QScrollArea):
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())


def _tray(stage: Stage) -> None:
    stage.tray.popup(stage.window.mapToGlobal(QPoint(stage.window.width() // 2, stage.window.height() // 3)))


_ALL = Place(Kind.ALL)
_PHOTO = Place(Kind.PHOTO, row=0)

SHOTS = (
    Shot("photos", _ALL),
    Shot("search", _ALL, SENTENCE, lambda stage: stage.context.search.remember()),
    Shot("selected", _ALL, SENTENCE, _select),
    Shot("hovered", _ALL, SENTENCE, _hover),
    Shot("tooltip", _ALL, SENTENCE, _hint),
    Shot("context-menu", _ALL, SENTENCE, _menu),
    Shot("confirm", _ALL, SENTENCE, _ask_trash),
    Shot("chips", _ALL, SENTENCE, _chips),
    Shot("probably-not", _ALL, NOT_THERE),
    Shot("nothing", _ALL, SENTENCE, lambda stage: stage.context.search.set_filters(Filters(rating_min=5))),
    Shot("filters", _ALL, SENTENCE, lambda stage: stage.bar.chips.filters_button.click()),
    *(Shot(f"filter-{kind.name}", _ALL, SENTENCE, _filter(kind.name)) for kind in KINDS[:-2]),
    Shot("history", _ALL, "", _type("")),
    Shot("completions", _ALL, "d", _type("d")),
    Shot("dragged-over", _ALL, "", _drag_over),
    Shot("notices", _ALL, SENTENCE, _notices),
    Shot("tray", _ALL, SENTENCE, _tray),
    Shot("photo", _PHOTO, SENTENCE),
    Shot("why", Place(Kind.PHOTO, row=0, why=True), SENTENCE),
    Shot("zoomed", _PHOTO, SENTENCE, _zoom),
    Shot("photo-confirm", _PHOTO, SENTENCE, lambda stage: stage.photo.ask_trash()),
    Shot("slideshow", _PHOTO, SENTENCE, _show_slides),
    Shot("favourites", Place(Kind.FAVOURITES)),
    Shot("albums", Place(Kind.ALBUMS)),
    Shot("folders", Place(Kind.FOLDERS)),
    Shot("folders-end", Place(Kind.FOLDERS), "", _scroll_down),
    Shot("failures", Place(Kind.FAILURES)),
    Shot("models", Place(Kind.MODELS)),
    Shot("preferences", Place(Kind.PREFERENCES)),
    Shot("preferences-end", Place(Kind.PREFERENCES), "", _scroll_down),
    Shot("library", Place(Kind.LIBRARY)),
    Shot("library-end", Place(Kind.LIBRARY), "", _scroll_down),
    Shot("shortcuts", Place(Kind.SHORTCUTS)),
    Shot("first-run", Place(Kind.FIRST_RUN)),
)
