"""Which kinds of photo there are, how their files are called, and what reads them here."""

from importlib.metadata import version

DECODER_REVISION = 1  # raise it when decoding changes such that photos that failed deserve another try

_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png",),
    "webp": (".webp",),
    "gif": (".gif",),
    "tiff": (".tif", ".tiff"),
    "bmp": (".bmp",),
    "heif": (".heic", ".heif", ".hif"),
    "avif": (".avif",),
    "raw": (
        *(".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".mrw"),
        *(".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"),
    ),
}
FORMAT_OF_EXTENSION = {extension: name for name, extensions in _EXTENSIONS.items() for extension in extensions}
PHOTO_EXTENSIONS = frozenset(FORMAT_OF_EXTENSION)
"""Lower-case extensions, with the dot, of the files that are taken for photos."""

# By the names of Pillow (with pillow-heif). Of these alone its plugins are tried.
FORMAT_OF_PILLOW = {
    "JPEG": "jpeg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "TIFF": "tiff",
    "BMP": "bmp",
    "HEIF": "heif",
    "AVIF": "avif",
}

_SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"BM",
)
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
_RAW_SIGNATURES = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")


def begins_like_photo(data: bytes) -> bool:
    """Whether the first bytes promise a picture of a kind that we read: where it fails, it is damaged."""
    if data[:4] == b"RIFF":
        return data[8:12] == b"WEBP"
    if data[4:8] == b"ftyp":
        return data[8:12] in _BRANDS
    return data.startswith(_SIGNATURES) or begins_like_raw(data)


def begins_like_raw(data: bytes) -> bool:
    """Whether the first bytes are those of a camera's raw file. Most raw files are TIFF and do not show it."""
    return data.startswith(_RAW_SIGNATURES) or data[4:12] == b"ftypcrx " or data[8:10] == b"CR"


def decoder_version() -> str:
    """Changes whenever a photo that failed may succeed: our decoding, or a library under it, is another."""
    libraries = [f"{name} {version(name)}" for name in ("pillow", "pillow-heif", "rawpy")]
    return ", ".join([f"ritrova {DECODER_REVISION}", *libraries])


def supported_formats() -> dict[str, str]:
    """The formats that the installed libraries read, each with the library that reads it and its version."""
    import pillow_heif  # here: the folder scanner wants the extensions alone
    import rawpy
    from PIL import features

    pillow = f"Pillow {version('pillow')}"
    needs = {"jpeg": "jpg", "png": "zlib", "webp": "webp", "tiff": "libtiff", "avif": "avif"}
    found = {name: f"{pillow}, {need} {features.version(need)}" for name, need in needs.items() if features.check(need)}
    found |= {"gif": pillow, "bmp": pillow}
    found["heif"] = f"pillow-heif {version('pillow-heif')}, libheif {pillow_heif.libheif_version()}"
    found["raw"] = f"rawpy {version('rawpy')}, LibRaw {'.'.join(map(str, rawpy.libraw_version))}"
    return {name: found[name] for name in _EXTENSIONS if name in found}
