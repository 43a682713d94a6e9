"""Features of frozen towers, computed once.

Text features lie in one safetensors file keyed by the text itself: an interrupted run continues where it was last
saved, and captions added later cost only themselves.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ritrova.atomic import replacing
from ritrova.errors import EnvironmentFault
from ritrova.text import msg

KEY_BYTES = 16  # of BLAKE2b: no two captions of any corpus share it
SAVE_EVERY = 4096  # texts: at most so many are computed again after an interruption

TextTower = Callable[[Sequence[str]], NDArray[np.float32]]
"""`n` texts to pooled features `[n, width]`."""


def by_length(texts: Sequence[str], *, batch: int) -> Iterator[list[int]]:
    """The places of `texts` in batches of like length: a long text in a batch makes all others as dear as itself."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for start in range(0, len(order), batch):
        yield order[start : start + batch]


class TextFeatures:
    """A cache of `[n, width]` text features in float16.

    `tower` names the weights that made them and `prefix` what stood before each text.
    """

    def __init__(self, path: Path, *, tower: str, prefix: str, width: int) -> None:
        self._path = path
        self._made_by = {"tower": tower, "prefix": prefix}
        self._width = width
        self._known: dict[bytes, NDArray[np.float16]] = {}
        if path.exists():
            self._load()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Features of `texts`, `[n, width]` float32, all of which `add` has seen."""
        return np.stack([self._known[text_key(text)] for text in texts]).astype(np.float32)

    def add(
        self, texts: Sequence[str], encode: TextTower, *, batch: int, watch: Callable[[int, int], None] | None = None
    ) -> None:
        """Compute what is missing, texts of like length together, and save now and then and at the end.

        `watch` is told how many of the missing texts are done, and of how many, after each batch.
        """
        missing = sorted({text for text in texts if text_key(text) not in self._known})
        done = unsaved = 0
        try:
            for places in by_length(missing, batch=batch):
                group = [missing[place] for place in places]
                for text, feature in zip(group, encode(group).astype(np.float16), strict=True):
                    self._known[text_key(text)] = feature
                done += len(group)
                unsaved += len(group)
                if unsaved >= SAVE_EVERY:
                    self._save()
                    unsaved = 0
                if watch is not None:
                    watch(done, len(missing))
        finally:  # also where `watch` ends it because a person pressed Ctrl-C
            if unsaved:
                self._save()

    def _load(self) -> None:
        try:
            with safe_open(self._path, framework="np") as file:
                made_by = file.metadata() or {}
                keys, features = file.get_tensor("keys"), file.get_tensor("features")
        except (SafetensorError, OSError) as error:
            raise EnvironmentFault(
                msg("The cached text features cannot be read: {reason}", reason=str(error)),
                msg("Remove the file: it is computed again."),
                str(self._path),
            ) from error
        if made_by != self._made_by or features.shape != (len(keys), self._width):
            raise EnvironmentFault(
                msg("The cached text features come from another text tower."),
                msg("Remove the file: it is computed again."),
                str(self._path),
            )
        self._known = dict(zip((key.tobytes() for key in keys), features, strict=True))

    def _save(self) -> None:
        keys = np.frombuffer(b"".join(self._known), np.uint8).reshape(-1, KEY_BYTES)
        tensors: dict[str, NDArray[Any]] = {"keys": keys, "features": np.stack(list(self._known.values()))}
        with replacing(self._path, durable=False) as part:
            save_file(tensors, part, metadata=self._made_by)


class ImageFeatures:
    """Ready features of photos, one or several views of each, by the photos' ids.

    The first view is the whole photo.
    """

    def __init__(self, features: NDArray[np.float16], ids: Sequence[str]) -> None:
        """`features` float16 `[n, width]`, or `[n, views, width]`."""
        self.views = features if features.ndim == 3 else features[:, None]
        """All of them, `[n, views, width]`."""
        self.ids = list(ids)
        self._row = {name: row for row, name in enumerate(self.ids)}

    @staticmethod
    def read(path: Path) -> "ImageFeatures":
        """A safetensors file with `features` float16 `[n, width]` and, in a file beside it, an id a line; or `features`
        `[n, views, width]` and `ids` (uint8, a JSON list)."""
        try:
            with safe_open(path, framework="np") as file:
                features: NDArray[np.float16] = file.get_tensor("features")
                if "ids" in file.keys():  # noqa: SIM118  # safe_open is no mapping
                    ids = json.loads(file.get_tensor("ids").tobytes())
                else:
                    ids = path.with_suffix(".ids").read_text(encoding="utf-8").split()
        except (SafetensorError, OSError, ValueError) as error:
            raise EnvironmentFault(
                msg("The image features cannot be read: {reason}", reason=str(error)), None, str(path)
            ) from error
        if features.ndim not in (2, 3) or len(ids) != len(features) or len(set(ids)) != len(ids):
            raise EnvironmentFault(
                msg("The image features and their ids do not agree."),
                msg("There must be one id a line, each once, in the order of the features."),
                str(path),
            )
        return ImageFeatures(features, ids)

    @property
    def features(self) -> NDArray[np.float16]:
        """Of the whole photos, `[n, width]`."""
        return self.views[:, 0]

    def __contains__(self, image: str) -> bool:
        return image in self._row

    def __len__(self) -> int:
        return len(self._row)

    def of(self, images: Sequence[str]) -> NDArray[np.float32]:
        """Features of the whole photos with these ids, `[n, width]` float32."""
        return self.features[self._rows(images)].astype(np.float32)

    def views_of(self, images: Sequence[str]) -> NDArray[np.float16]:
        """Features of all views of the photos with these ids, `[n, views, width]` float16."""
        return self.views[self._rows(images)]

    def _rows(self, images: Sequence[str]) -> list[int]:
        return [self._row[image] for image in images]


def text_key(text: str) -> bytes:
    """What a text is kept under."""
    return hashlib.blake2b(text.encode(), digest_size=KEY_BYTES).digest()
