"""What goes into the frozen application, and what stays out. `ritrova.spec` hands it to PyInstaller."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SOURCES = (ROOT / "core", ROOT / "desktop", ROOT / "resources")

FOLDER = "Ritrova"
"""The name of the built folder."""

RESOURCES = ("icons", "models", "samples", "translations")
"""Folders of `ritrova_resources`, which `ritrova.paths.resource` finds."""

METADATA = (
    *("torch", "torchvision", "transformers", "timm", "safetensors", "numpy", "hnswlib", "pillow", "pillow-heif"),
    *("rawpy", "sqlalchemy", "PySide6_Essentials"),
)
"""Distributions whose version the program asks for: the doctor, the report, the decoder's version."""

_TRAINING = ("ritrova_trainer", "accelerate", "matplotlib", "tensorboardX", "tensorboard", "tomli_w")
_DEVELOPING = ("pytest", "_pytest", "hypothesis", "mypy", "setuptools", "pip", "PyInstaller", "babel", "IPython")
_UNUSED = ("tkinter", "sklearn", "scipy", "pandas", "networkx", "triton", "cv2", "torch.utils.tensorboard")
_MODELS = ("torch", "torchvision", "transformers", "timm", "safetensors", "tokenizers")
_DATA = ("hnswlib", "sqlalchemy", "alembic")
_PICTURES = ("PIL", "pillow_heif", "rawpy", "blake3")
_QT = ("PySide6", "shiboken6")


@dataclass(frozen=True, slots=True)
class Program:
    """One executable of the folder."""

    name: str
    package: str
    excluded: tuple[str, ...]
    windowed: bool = False  # no console on Windows

    @property
    def script(self) -> Path:
        return HERE / "programs" / f"run_{self.name.replace('-', '_')}.py"


PROGRAMS = (
    Program("ritrova", "ritrova", (*_TRAINING, *_DEVELOPING, *_UNUSED, *_QT, "ritrova_desktop")),
    # That the window loads no torch is a promise; here it could not.
    Program(
        "ritrova-desktop",
        "ritrova_desktop",
        (*_TRAINING, *_DEVELOPING, *_UNUSED, *_MODELS, *_DATA, *_PICTURES),
        windowed=True,
    ),
)

# Models that `ritrova models import` takes, the towers and tokenizers that their checkpoints name, and what those use.
MODEL_FAMILIES = frozenset(
    {
        *("altclip", "auto", "bert", "camembert", "clip", "distilbert", "electra", "encoder_decoder", "gemma"),
        *("roberta", "siglip", "siglip2", "t5", "vision_text_dual_encoder", "vit", "xlm_roberta"),
    }
)

# Qt's plugins that a window of widgets has a use for, by kind.
_PLUGINS = frozenset(
    {
        *("iconengines", "imageformats", "platforminputcontexts", "platforms"),
        *("platformthemes", "styles", "tls", "xcbglintegrations"),
        *("wayland-decoration-client", "wayland-graphics-integration-client", "wayland-shell-integration"),
    }
)
_PLUGINS_OUT = ("virtualkeyboard", "eglfs", "linuxfb", "vkkhrdisplay", "vnc", "minimal", "pdf")
_QT_LIBRARIES_OUT = ("Qml", "Quick", "VirtualKeyboard", "Pdf", "EglFS", "EglFs")


def modules_of(package: str) -> Iterator[str]:
    """The modules of a package of ours, dotted, without importing them. Migrations are not imported, but read."""
    for source in SOURCES:
        for path in sorted((source / package).rglob("*.py")):
            parts = path.relative_to(source).with_suffix("").parts
            if "migrations" not in parts and parts[-1] != "__main__":
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def data_files() -> list[tuple[str, str]]:
    """Pairs of a folder here and its place in the application."""
    resources = ROOT / "resources" / "ritrova_resources"
    return [
        *((str(resources / name), f"ritrova_resources/{name}") for name in RESOURCES),
        (str(ROOT / "core" / "ritrova" / "store" / "migrations"), "ritrova/store/migrations"),
    ]


def model_modules(transformers: Path, kept: bool) -> list[str]:
    """Modules of the kept model families; or the other families, which are left out."""
    families = sorted(path for path in (transformers / "models").iterdir() if (path / "__init__.py").is_file())
    if not kept:
        return [f"transformers.models.{family.name}" for family in families if family.name not in MODEL_FAMILIES]
    return [
        f"transformers.models.{family.name}.{module.stem}"
        for family in families
        if family.name in MODEL_FAMILIES
        for module in sorted(family.glob("[a-z]*.py"))
        if not module.stem.startswith("modular_")  # what transformers makes the others from
    ]


def wanted(destination: str) -> bool:
    """Whether a collected file goes into the folder: the hooks of others bring more of Qt than a window needs."""
    path = PurePosixPath(destination.replace("\\", "/"))
    if "__pycache__" in path.parts or path.name in (".gitattributes", "direct_url.json", "RECORD"):
        return False
    if "PySide6" not in path.parts:
        return not path.name.startswith(tuple(f"libQt6{name}" for name in _QT_LIBRARIES_OUT))
    if "translations" in path.parts:
        return path.name == "qtbase_it.qm"
    if "plugins" in path.parts:
        kind = path.parts[path.parts.index("plugins") + 1]
        return kind in _PLUGINS and not any(name in path.name for name in _PLUGINS_OUT)
    return not any(f"Qt6{name}" in path.name or path.name.startswith(f"Qt{name}") for name in _QT_LIBRARIES_OUT)
