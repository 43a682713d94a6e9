"""The photos found, in memory: parts that come, marks that change, photos that go, tiles that unfold."""

import numpy as np
import pytest
from PySide6.QtCore import QDate, QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from ritrova.engine.query import Query
from ritrova.engine.replies import Columns, Results, ResultsPart
from ritrova_desktop.fake_photos import columns, found, photo
from ritrova_desktop.models.packed import UNDATED, packed
from ritrova_desktop.models.results import ResultsModel, Role

PHOTOS = found([photo(number) for number in range(1, 101)], Query())


def head(first: int, last: int, total: int) -> Results:
    part = columns(PHOTOS[first:last])
    return Results(total=total, searchable=100, indexing=False, first=first, columns=part)


@pytest.fixture
def model(qtbot: QtBot) -> ResultsModel:
    model = ResultsModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    return model


def fill(model: ResultsModel, count: int = 40) -> None:
    model.begin(head(0, 10, count), 7)
    model.add(ResultsPart(first=10, columns=columns(PHOTOS[10:count])))
    model.finish()


def test_an_answer_is_shown_as_its_parts_come(model: ResultsModel) -> None:
    model.begin(head(0, 10, 40), 7)
    assert (model.rowCount(), model.total, model.loading, model.answered) == (10, 40, True, True)
    model.add(ResultsPart(first=10, columns=columns(PHOTOS[10:40])))
    model.finish()
    assert (model.rowCount(), model.loading, model.number) == (40, False, 7)
    assert [model.content(row) for row in range(40)] == [one.content for one, _ in PHOTOS[:40]]
    assert model.rowCount(model.index(3)) == 0


def test_every_role_tells_what_came(model: ResultsModel) -> None:
    fill(model)
    for row, (one, _) in enumerate(PHOTOS[:40]):
        index = model.index(row)
        assert bytes(index.data(Role.CONTENT)) == one.content
        assert [index.data(role) for role in (Role.FILE, Role.WIDTH, Role.HEIGHT)] == [one.file, one.width, one.height]
        expected = QDate(one.taken.year, one.taken.month, one.taken.day) if one.taken else QDate()
        assert index.data(Role.DAY) == expected
        assert index.data(Role.STRENGTH) is None
        assert index.data(Role.FOLDED) == (3 if one.file % 11 == 0 else 0)
        assert index.data() == (one.taken.isoformat() if one.taken else "")
    assert model.index(40).data() is None
    assert model.index(0).flags() & Qt.ItemFlag.ItemIsDragEnabled


def test_another_answer_takes_the_place_at_once_and_the_same_question_when_it_is_whole(
    model: ResultsModel, qtbot: QtBot
) -> None:
    fill(model)
    renewed: list[bool] = []
    model.renewed.connect(renewed.append)
    model.begin(head(0, 5, 20), 8, keep=True)
    assert model.rowCount() == 40
    model.add(ResultsPart(first=5, columns=columns(PHOTOS[5:20])))
    assert model.rowCount() == 40
    model.finish()
    assert (model.rowCount(), renewed) == (20, [True])
    model.begin(head(50, 55, 5), 9)
    assert (model.rowCount(), renewed, model.loading) == (5, [True, False], False)


def test_the_same_answer_again_moves_nothing(model: ResultsModel, qtbot: QtBot) -> None:
    fill(model)
    renewed: list[bool] = []
    model.renewed.connect(renewed.append)
    model.begin(head(0, 40, 40), 8, keep=True)
    model.finish()
    assert (renewed, model.rowCount(), model.number) == ([], 40, 8)


def test_stars_and_hearts_change_where_they_are_said(model: ResultsModel) -> None:
    fill(model)
    files = model.files([2, 5, 6])
    model.mark(files, stars=4)
    model.mark(files[:1], favourite=True)
    model.mark([999_999], stars=1)
    assert [model.index(row).data(Role.STARS) for row in (1, 2, 5, 6)] == [0, 4, 4, 4]
    assert [model.index(row).data(Role.FAVOURITE) for row in (2, 5)] == [True, False]
    model.mark(files[:1], stars=0, favourite=False)
    assert int(model.rows["marks"][2]) == 0


def test_photos_that_are_gone_leave_the_others_in_order(model: ResultsModel) -> None:
    fill(model)
    before = [model.content(row) for row in range(40)]
    gone = [0, 1, 2, 7, 39]
    model.drop(model.files(gone))
    assert [model.content(row) for row in range(35)] == [c for at, c in enumerate(before) if at not in gone]
    assert model.total == 35


def test_a_tile_unfolds_and_folds_again(model: ResultsModel) -> None:
    fill(model)
    content = model.content(5)
    tile, others = PHOTOS[5][0], PHOTOS[60:63]
    model.unfold(content, columns([(tile, 0.9), *others]))
    assert model.is_unfolded(content)
    assert [model.content(row) for row in range(5, 9)] == [content, *(one.content for one, _ in others)]
    assert [model.index(row).data(Role.FOLDED) for row in range(6, 9)] == [0, 0, 0]
    model.unfold(content, columns(others))  # once is enough
    assert model.rowCount() == 43
    model.fold(content)
    assert (model.rowCount(), model.is_unfolded(content)) == (40, False)
    model.unfold(b"\0" * 32, columns(others))
    assert model.rowCount() == 40


def test_days_that_are_none_cost_a_photo_its_day_alone() -> None:
    part = columns(PHOTOS[:3]).model_copy(update={"taken": ("2024-07-01", "2024-99-01", None)})
    assert packed(part)["day"].tolist() == [(np.datetime64("2024-07-01") - np.datetime64("1970-01-01")).astype(int),
                                            UNDATED, UNDATED]  # fmt: skip


def test_nothing_found_is_an_answer_too(model: ResultsModel) -> None:
    model.begin(Results(total=0, searchable=100, indexing=True, first=0, columns=Columns()), 1)
    model.finish()
    assert (model.rowCount(), model.answered, model.indexing, model.absent) == (0, True, True, False)
    assert model.row_of(b"\1" * 32) is None
    assert model.data(QModelIndex()) is None
