"""Whatever goes wrong becomes one short text and an exit code."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ritrova.cli.errors import Reporter
from ritrova.cli.main import build_app
from ritrova.cli.options import Command
from ritrova.errors import DecodeFailure, DiskFull, FailureKind, LibraryLocked, OurBug, UsageError
from ritrova.text import Catalogue, msg


def app_that_raises(error: BaseException, language: str = "en") -> object:
    def fail() -> None:
        raise error

    return build_app(Catalogue("it" if language == "it" else "en"), [Command("fail", fail, msg("Model"))])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError(msg("The disk is full.")), 2),
        (DiskFull(msg("The disk is full.")), 3),
        (LibraryLocked(msg("The disk is full.")), 3),
        (DecodeFailure(FailureKind.CORRUPT, "broken"), 3),
        (OurBug(msg("The disk is full.")), 4),
        (ZeroDivisionError("tell nobody"), 4),
        (PermissionError(13, "Permission denied", "/library/settings.json"), 3),
        (MemoryError(), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: BaseException, code: int, tmp_path: Path) -> None:
    result = CliRunner().invoke(app_that_raises(error), ["--library", str(tmp_path), "fail"])  # type: ignore[arg-type]

    assert result.exit_code == code
    assert "Traceback" not in result.output
    assert not result.stdout


def test_an_error_says_what_happened_where_and_what_to_do() -> None:
    error = DiskFull(msg("The disk is full."), msg("Check the permissions of its folder."), b"/photos/caf\xe9\n.jpg")

    result = CliRunner().invoke(app_that_raises(error), ["fail"])  # type: ignore[arg-type]

    assert result.stderr.splitlines() == [
        "Error: The disk is full.",
        r"  /photos/caf\xe9\n.jpg",
        "Check the permissions of its folder.",
    ]


def test_a_bug_leaves_a_report_in_the_librarys_logs_without_the_errors_own_words(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    app = app_that_raises(ZeroDivisionError("/photos/secret.jpg"))

    result = CliRunner().invoke(app, ["--library", str(tmp_path), "fail"])  # type: ignore[arg-type]

    (report,) = (tmp_path / "logs").iterdir()
    text = report.read_text()
    assert result.exit_code == 4
    assert str(report) in result.stderr
    assert "ZeroDivisionError" in text
    assert "in fail" in text
    assert "secret" not in text + result.output
    assert report.stat().st_mode & 0o077 == 0


def test_debug_shows_the_whole_traceback(tmp_path: Path) -> None:
    app = app_that_raises(ZeroDivisionError("details"))

    result = CliRunner().invoke(app, ["--library", str(tmp_path), "--debug", "fail"])  # type: ignore[arg-type]

    assert result.exit_code == 4
    assert "Traceback" in result.stderr
    assert "ZeroDivisionError: details" in result.stderr


def test_the_report_goes_to_the_temporary_folder_where_the_library_has_no_logs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    reporter = Reporter(Catalogue("en"))
    reporter.logs = tmp_path / "none"

    assert reporter.report(RuntimeError()) == 4

    (report,) = tmp_path.iterdir()
    assert str(report) in capsys.readouterr().err
