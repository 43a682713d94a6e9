"""A folder of photos to which things happen by chance, with a memory of every byte and time that should be there."""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random

from blake3 import blake3
from PIL import Image, ImageDraw

FOLDERS = (
    "mare",
    "mare/2019",
    "monti",
    "monti/neve e ghiaccio",
    "città",
    "perche\u0301",
    "vuota",
    os.fsdecode(b"n\xf6"),
)
COLOURS = {
    "rosso": (220, 30, 30),
    "verde": (40, 160, 50),
    "blu": (30, 50, 200),
    "giallo": (240, 220, 40),
    "viola": (130, 40, 170),
    "nero": (10, 10, 10),
}
_TIMES_NS = (0, 2_000_000_000 * 10**9)  # 1970 to 2033: also times that lie before those of the file's former bytes


@dataclass(frozen=True, slots=True)
class Original:
    """What a file of the person is to be at the end, to the byte and to the nanosecond."""

    hash: bytes
    mtime_ns: int


def picture(dice: Random) -> bytes:
    """A small JPEG unlike any other."""
    colours = list(COLOURS.values())
    image = Image.new("RGB", (dice.randrange(24, 80), dice.randrange(24, 80)), dice.choice(colours))
    draw = ImageDraw.Draw(image)
    for _ in range(3):
        left, top = dice.randrange(image.width), dice.randrange(image.height)
        draw.rectangle((left, top, left + 15, top + 15), dice.choice(colours))
    file = BytesIO()
    image.save(file, "JPEG", comment=dice.randbytes(12).hex().encode())
    return file.getvalue()


class Tree:
    """Acts on `root` as people and their programs do. `files` is what they would find there."""

    def __init__(self, root: Path, dice: Random) -> None:
        self.root = root
        self.files: dict[str, Original] = {}
        self.done: Counter[str] = Counter()
        self._dice = dice
        self._deleted: list[bytes] = []
        self._last = 0
        self._aside = root.with_name(f"{root.name} altrove")
        root.mkdir(parents=True)

    def add(self, count: int) -> None:
        """New photos, mostly with the time of now."""
        for _ in range(count):
            self._write(self._new_name(), picture(self._dice))
        self.done["added"] += count

    def step(self) -> None:
        """Something happens. A folder that went is back before the next thing does."""
        self.come_back()
        kinds: tuple[tuple[int, str, Callable[[], None]], ...] = (
            (6, "added", self._add),
            (4, "edited", self._edit),
            (3, "deleted", self._delete),
            (3, "moved", self._move),
            (2, "folders moved", self._move_folder),
            (2, "copied", self._copy),
            (1, "touched", self._touch),
            (1, "broken", self._break),
            (2, "restored", self._restore),
            (1, "swapped", self._swap),
            (1, "whole folder gone and back", self._go),
        )
        (_, name, act) = self._dice.choices(kinds, [weight for weight, _, _ in kinds])[0]
        if self.files or name == "added":
            act()
            self.done[name] += 1

    def come_back(self) -> None:
        """The whole folder is where it was."""
        if self._aside.exists():
            self._aside.rename(self.root)

    def differences(self) -> list[str]:
        """How the folder differs from what was left there."""
        found = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder, name)
                found[str(path.relative_to(self.root))] = self._original(path)
        return [
            f"{name!a} is {found.get(name)}, and not {self.files.get(name)}"
            for name in sorted({*found, *self.files})
            if found.get(name) != self.files.get(name)
        ]

    def _add(self) -> None:
        self._write(self._new_name(), picture(self._dice))

    def _edit(self) -> None:
        self._write(self._any(), picture(self._dice))

    def _delete(self) -> None:
        name = self._any()
        self._deleted.append((self.root / name).read_bytes())
        (self.root / name).unlink()
        del self.files[name]

    def _move(self) -> None:
        self._rename(self._any(), self._new_name())

    def _move_folder(self) -> None:
        folders = sorted({str(Path(name).parent) for name in self.files} - {"."})
        if not folders:
            return
        old, new = self._dice.choice(folders), f"{self._dice.choice(FOLDERS)}/spostata {self._number()}"
        if new.startswith(f"{old}/"):
            new = f"spostata {self._number()}"
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(self.root / new)
        for name in [name for name in self.files if name.startswith(f"{old}/")]:
            self.files[new + name[len(old) :]] = self.files.pop(name)

    def _copy(self) -> None:
        old, new = self._any(), self._new_name()
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        self._dice.choice((shutil.copyfile, shutil.copy2))(self.root / old, self.root / new)
        self.files[new] = self._original(self.root / new)

    def _touch(self) -> None:
        name = self._any()
        self._set_time(self.root / name)
        self.files[name] = self._original(self.root / name)

    def _break(self) -> None:
        whole = picture(self._dice)
        self._write(self._any(), whole[: self._dice.randrange(len(whole) // 2)])

    def _restore(self) -> None:
        data = self._dice.choice(self._deleted) if self._deleted else picture(self._dice)
        self._write(self._new_name(), data)

    def _swap(self) -> None:
        one, other = self._any(), self._any()
        if one != other:
            aside = self._new_name()
            self._rename(one, aside)
            self._rename(other, one)
            self._rename(aside, other)

    def _go(self) -> None:
        self.root.rename(self._aside)

    def _rename(self, old: str, new: str) -> None:
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(self.root / new)
        self.files[new] = self.files.pop(old)

    def _write(self, name: str, data: bytes) -> None:
        """In place, or aside and then renamed, or after a backup: as editors do."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        way = self._dice.choice(("in place", "aside", "backup"))
        if way == "aside":
            path.with_name(f"{path.name}.tmp").write_bytes(data)
            path.with_name(f"{path.name}.tmp").rename(path)
        elif way == "backup" and path.exists():
            path.rename(path.with_name(f"{path.name}~"))
            path.write_bytes(data)
            path.with_name(f"{path.name}~").unlink()
        else:
            path.write_bytes(data)
        if self._dice.random() < 0.3:
            self._set_time(path)
        self.files[name] = self._original(path)

    def _set_time(self, path: Path) -> None:
        moment = self._dice.randrange(*_TIMES_NS)
        os.utime(path, ns=(moment, moment))

    def _original(self, path: Path) -> Original:
        return Original(blake3(path.read_bytes()).digest(), path.stat().st_mtime_ns)

    def _any(self) -> str:
        return self._dice.choice(sorted(self.files))

    def _new_name(self) -> str:
        folder = self._dice.choice(("", *FOLDERS))
        return str(Path(folder, f"foto {self._number()}.{self._dice.choice(('jpg', 'JPG', 'jpeg'))}"))

    def _number(self) -> int:
        self._last += 1
        return self._last
