"""The recipe of the frozen application: what must be inside is named, what must not be is left out."""

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "installer"))

import contents  # noqa: E402

RITROVA, DESKTOP = contents.PROGRAMS


def test_both_programs_have_their_script_and_end_in_the_entry_points_of_the_package() -> None:
    assert [program.name for program in contents.PROGRAMS] == ["ritrova", "ritrova-desktop"]
    for program, entry in ((RITROVA, "ritrova.cli.main"), (DESKTOP, "ritrova_desktop.app")):
        nodes = ast.walk(ast.parse(program.script.read_text()))
        imported = [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
        assert entry in imported


def test_decoders_are_recognised_before_the_command_line_is_loaded() -> None:
    text = RITROVA.script.read_text()
    assert 0 < text.index("freeze_support()") < text.index("ritrova.cli.main")


@pytest.mark.parametrize("program", contents.PROGRAMS, ids=lambda program: program.name)
def test_every_module_of_the_package_is_named_for_some_are_imported_by_name_alone(program: contents.Program) -> None:
    names = set(contents.modules_of(program.package))
    assert program.package in names
    assert names.isdisjoint({"ritrova.store.migrations.env", "ritrova_desktop.__main__"})
    if program is RITROVA:
        assert {"ritrova.images.decode", "ritrova.cli.engine", "ritrova.encoding.compact"} <= names
    for name in names:
        assert not any(name == out or name.startswith(f"{out}.") for out in program.excluded)


def test_the_window_can_load_no_model_and_no_picture_library_and_the_engine_no_qt() -> None:
    assert {"torch", "PIL", "sqlalchemy", "hnswlib"} <= set(DESKTOP.excluded)
    assert "PySide6" in RITROVA.excluded


@pytest.mark.parametrize("program", contents.PROGRAMS, ids=lambda program: program.name)
def test_nothing_is_left_out_that_a_program_imports_when_it_starts(program: contents.Program) -> None:
    imported = _imported_by([*contents.modules_of(program.package)])
    assert {name for name in imported if name.split(".")[0] in program.excluded} == set()


def test_data_lie_where_the_program_looks_for_them() -> None:
    places = {place: Path(source) for source, place in contents.data_files()}
    assert (places["ritrova/store/migrations"] / "env.py").is_file()
    assert (places["ritrova_resources/icons"] / "app.svg").is_file()
    assert (places["ritrova_resources/translations"] / "it/LC_MESSAGES/ritrova.mo").is_file()
    assert (places["ritrova_resources/samples"] / "photos").is_dir()
    assert list(places["ritrova_resources/models"].glob("*/model.safetensors"))


def test_no_folder_of_resources_is_forgotten() -> None:
    resources = ROOT / "resources" / "ritrova_resources"
    there = {path.name for path in resources.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert there == set(contents.RESOURCES)


def test_the_versions_that_the_doctor_asks_for_are_brought() -> None:
    from ritrova.cli.checks import _PACKAGES

    assert set(_PACKAGES) <= set(contents.METADATA)


def test_every_model_family_that_can_be_imported_is_kept_and_all_others_are_left_out() -> None:
    from ritrova.encoding.transformers import MODEL_TYPES

    spec = importlib.util.find_spec("transformers")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(next(iter(spec.submodule_search_locations)))
    kept, left = contents.model_modules(folder, kept=True), contents.model_modules(folder, kept=False)
    assert "transformers.models.clip.modeling_clip" in kept
    assert "transformers.models.llama" in left
    for family in contents.MODEL_FAMILIES | {name.replace("-", "_") for name in MODEL_TYPES}:
        assert any(module.startswith(f"transformers.models.{family}.") for module in kept), family
        assert f"transformers.models.{family}" not in left


@pytest.mark.parametrize(
    "destination",
    [
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
        "PySide6/Qt/plugins/imageformats/libqwebp.so",
        "PySide6/Qt/translations/qtbase_it.qm",
        "PySide6/Qt/lib/libQt6Widgets.so.6",
        "PySide6\\plugins\\platforms\\qwindows.dll",
        "ritrova_resources/translations/it/LC_MESSAGES/ritrova.mo",
        "torch/lib/libtorch_cpu.so",
    ],
)
def test_what_the_window_needs_is_kept(destination: str) -> None:
    assert contents.wanted(destination)


@pytest.mark.parametrize(
    "destination",
    [
        "PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so",
        "PySide6/Qt/plugins/sqldrivers/libqsqlite.so",
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt6Qml.dll",
        "libQt6Pdf.so.6",
        "ritrova-0.1.0.dist-info/direct_url.json",
        "ritrova/store/migrations/__pycache__/env.cpython-311.pyc",
    ],
)
def test_what_nobody_needs_is_left_out(destination: str) -> None:
    assert not contents.wanted(destination)


def _imported_by(modules: list[str]) -> set[str]:
    """Third-party and our modules that these import when they are imported, and those in turn."""
    found: set[str] = set()
    while modules:
        source = _source_of(modules.pop())
        for name in _imports(ast.parse(source.read_text())) if source else ():
            if name not in found:
                found.add(name)
                modules.append(name)
    return found


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:  # not inside of functions: those imports are made when they are called
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _source_of(module: str) -> Path | None:
    for source in contents.SOURCES:
        path = source.joinpath(*module.split("."))
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None
