"""Makes the sample photos from the packages that `samples.toml` names. Run once; its results are committed.

    .venv/bin/python tools/prepare_samples.py FOLDER_FOR_DOWNLOADS

Packages come through the ordinary clients (`apt-get download`, `pip download`) and are unpacked, not installed.
Each photo is scaled down to at most 640 pixels, written as a plain sRGB JPEG without metadata, and listed
with its author, source and licence in `LICENSES.md` and `samples.json`.
"""

import io
import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from PIL import Image, ImageOps
from qt_resources import read_member

LONGER_SIDE = 640
QUALITY = 85
SAMPLES = Path(__file__).parents[1] / "resources" / "ritrova_resources" / "samples"

LICENSES_HEAD = """\
# The sample photos: authors, sources, licences

The photos in `photos/` are works of their own, each under the licence in its row and not under the licence of
Ritrova. Each was scaled down to at most {side} pixels and saved again as JPEG; nothing else was changed.
`tools/prepare_samples.py` in the source repository made them from the packages named here, in which the
originals are found. Where the licence is not stated in the package's own licence file, the last column says where.
The texts of the GPL and LGPL are in `licenses/`; the Creative Commons licences are at
<https://creativecommons.org/licenses/>.

| photo | author | package | path in the package | licence | stated in |
|---|---|---|---|---|---|
"""


class Source(TypedDict, total=False):
    """One row of `samples.toml`."""

    name: str
    about: str
    kind: str
    package: str
    bundle: str
    path: str
    author: str
    license: str
    note: str


def unpack(package: str, kind: str, downloads: Path) -> Path:
    """The folder with the files of `package`, downloaded and unpacked unless it is there already."""
    folder = downloads / package
    if folder.exists():
        return folder
    arrivals = downloads / "arrivals" / package
    arrivals.mkdir(parents=True, exist_ok=True)
    if kind == "wheel":
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-d", "."]
        subprocess.run([*pip, package], cwd=arrivals, check=True)
        zipfile.ZipFile(next(arrivals.glob("*.whl"))).extractall(folder)
    else:
        subprocess.run(["apt-get", "download", package], cwd=arrivals, check=True)
        subprocess.run(["dpkg", "-x", str(next(arrivals.glob("*.deb"))), str(folder)], check=True)
    return folder


def original(source: Source, downloads: Path) -> Image.Image:
    """The picture as its package has it."""
    folder = unpack(source["package"], source["kind"], downloads)
    if source["kind"] == "rcc":
        return Image.open(io.BytesIO(read_member(folder / source["bundle"], source["path"])))
    return Image.open(folder / source["path"])


def shrink(picture: Image.Image) -> Image.Image:
    """Upright, RGB, at most 640 pixels on the longer side; never enlarged."""
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS)
    return upright


def licenses_page(rows: Iterable[tuple[str, Source]]) -> str:
    """The table of authors, sources and licences."""
    lines = [
        f"| {file} | {source['author']} | {source['package']} | `{source.get('bundle', '')}{source['path']}` "
        f"| {source['license']} | {source.get('note', '')} |\n"
        for file, source in rows
    ]
    return LICENSES_HEAD.format(side=LONGER_SIDE) + "".join(lines)


def main(downloads: Path) -> None:
    sources: list[Source] = tomllib.loads((Path(__file__).parent / "samples.toml").read_text())["photo"]
    photos = SAMPLES / "photos"
    photos.mkdir(parents=True, exist_ok=True)
    for old in photos.glob("*.jpg"):
        old.unlink()
    rows = [(f"{number:03d}-{source['name']}.jpg", source) for number, source in enumerate(sources, start=1)]
    for file, source in rows:
        shrink(original(source, downloads)).save(photos / file, quality=QUALITY, optimize=True, progressive=False)
    (SAMPLES / "LICENSES.md").write_text(licenses_page(rows))
    facts = [
        {"file": file, "about": s["about"], "author": s["author"], "package": s["package"], "license": s["license"]}
        for file, s in rows
    ]
    (SAMPLES / "samples.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
