"""The shape of the code: arrows, sizes, and what may never be in the tree."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "desktop", "trainer", "resources")
CODE = (*PACKAGES, "tests", "benchmarks", "tools")
TEXT = {".py", ".toml", ".md", ".sh", ".json", ".po", ".mako", ".cfg", ".ini", ".yml", ".yaml", ""}
MIGRATIONS = ROOT / "core/ritrova/store/migrations/versions"
LONGEST_FILE, MEDIAN_FILE, LONGEST_FUNCTION = 400, 150, 60


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def text_files() -> Iterator[Path]:
    """All that is written by hand: the files of the repository's top and of its code, documents and CI."""
    inside = (path for folder in (*CODE, "docs", "installer", ".ci") for path in (ROOT / folder).rglob("*"))
    for path in (*ROOT.glob("*"), *inside):
        if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
            yield path


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_follow_the_arrows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)  # import-linter finds its contracts and the packages from here
    status = lint_imports("pyproject.toml", cache_dir=str(tmp_path), no_logo=True)
    assert status == 0, capsys.readouterr().out


def test_no_file_is_longer_than_a_person_reads() -> None:
    assert {name_of(path): lines_of(path) for path in python_files(*CODE) if lines_of(path) > LONGEST_FILE} == {}


def test_files_of_the_program_are_mostly_short() -> None:
    sizes = [lines_of(path) for path in python_files(*PACKAGES)]
    assert statistics.median(sizes) < MEDIAN_FILE


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{name_of(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in python_files(*CODE)
        if MIGRATIONS not in path.parents  # flat lists of columns, written once
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    }
    assert long == {}


def test_no_code_of_a_model_is_trusted() -> None:
    trusting = [
        name_of(path)
        for path in python_files(*CODE)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.keyword)
        and node.arg == "trust_remote_code"
        and not (isinstance(node.value, ast.Constant) and node.value.value is False)
    ]
    assert trusting == []


def test_weights_of_torch_are_loaded_without_their_code() -> None:
    """`torch.load` runs what a pickle says unless it is told otherwise."""
    careless = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files(*CODE)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "torch.load"
        and "weights_only=True" not in ast.unparse(node)
    ]
    assert careless == []


@pytest.mark.parametrize(
    ("name", "tail"),
    [("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("debian", "org/debian"), ("pytorch", "org/whl")],
)
def test_no_registry_is_named(name: str, tail: str) -> None:
    """Packages come from whatever registries the machine is set up with."""
    host = f"{name}.{tail}"
    assert [name_of(path) for path in text_files() if host in path.read_text(encoding="utf-8")] == []
