"""A whole model, or parts of it, that learn from photos."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from ritrova.encoding.preprocess import prepare
from ritrova.errors import DecodeFailure, EnvironmentFault
from ritrova.text import msg
from ritrova_trainer.batches import Batch, PhotoFeatures, TextInputs, inputs, loader
from ritrova_trainer.data import Pair
from ritrova_trainer.evaluation.retrieval import Retrieval, retrieval
from ritrova_trainer.features import by_length
from ritrova_trainer.learner import Inputs
from ritrova_trainer.models.dual import DualEncoder
from ritrova_trainer.pictures import PictureReader, Unread
from ritrova_trainer.sampler import Draw

_TEXTS = 64  # captions through the model at a time, when it is measured
_PHOTOS = 32
_FEATURES = 1024


class Gallery(Protocol):
    """The validation photos."""

    def features(self, model: DualEncoder) -> tuple[Sequence[Pair], Tensor]:
        """The photos that can be read and, in the same order, what the image tower makes of them: `[m, w]`."""
        ...


class PhotoLearner:
    """A `Learner` on photos, or on what the frozen part of the image tower gives for them."""

    def __init__(
        self,
        model: DualEncoder,
        train: Sequence[Pair],
        photos: Dataset[Batch],
        gallery: Gallery,
        texts: TextInputs,
        *,
        workers: int,
        device: torch.device,
        likeness: Callable[[Sequence[str]], Tensor] | None = None,
    ) -> None:
        """`photos` gives batches of `train` by their draws; `texts` makes what the text side of `model` takes;
        `likeness` makes unit vectors of captions, where targets are soft."""
        self.module = model
        self.unread: dict[str, Unread] = {}  # photos that were passed over, by key
        self._train, self._photos, self._gallery, self._texts = train, photos, gallery, texts
        self._workers, self._device, self._likeness = workers, device, likeness
        self._loader: DataLoader[Batch] | None = None

    @property
    def towers(self) -> Iterable[nn.Parameter]:
        parts = self.module.learning_parts()
        return [*parts["image"].values(), *parts["text"].values()]

    @property
    def present(self) -> Tensor:
        counts = torch.tensor([len(pair.captions) for pair in self._train])
        return torch.arange(int(counts.max())) < counts[:, None]

    def batches(self, draws: Iterable[Draw]) -> Iterator[Inputs]:
        """Pixels or what is cached of them, token ids or states, and their mask."""
        if self._loader is None:  # its workers stay from epoch to epoch
            self._loader = loader(self._photos, draws, workers=self._workers)
        for batch in self._loader:
            self.unread |= {one.key: one for one in batch.unread}
            model = self.module
            taken = inputs(batch, texts=self._texts, normalisation=model.normalisation, device=self._device)
            likeness = None if self._likeness is None else self._likeness(batch.captions).to(self._device)
            yield Inputs(taken, likeness)

    def name(self, row: int) -> str:
        return self._train[row].image.key

    def measure(self, module: nn.Module) -> Mapping[str, Retrieval]:
        assert isinstance(module, DualEncoder)
        pairs, features = self._gallery.features(module)

        def encode(captions: Sequence[str]) -> NDArray[np.float32]:
            vectors = np.empty((len(captions), module.dimension), np.float32)
            for places in by_length(captions, batch=_TEXTS):
                texts, mask = self._texts([captions[place] for place in places])
                vectors[places] = module.encode_texts(texts.to(self._device), mask.to(self._device)).cpu().numpy()
            return vectors

        vectors = [module.encode_images(part.to(self._device)) for part in torch.split(features, _FEATURES)]
        return retrieval(pairs, torch.cat(vectors).cpu().numpy(), encode)


class CachedGallery:
    """Validation photos that the frozen part of the image tower saw before the first step, whole."""

    def __init__(self, pairs: Sequence[Pair], features: PhotoFeatures) -> None:
        """`features`, of which the first view is taken: those of `pairs`, in their order."""
        self._pairs, self._features = pairs, features

    def features(self, model: DualEncoder) -> tuple[Sequence[Pair], Tensor]:
        device, parts = model.log_scale.device, []
        for rows in torch.split(torch.arange(len(self._pairs)), _PHOTOS):
            part = self._features[rows, torch.zeros_like(rows)].to(device).float()
            parts.append(part if part.ndim == 2 else model.image_features(part).float())
        return self._pairs, torch.cat(parts).cpu()


class _Squares(Dataset[NDArray[np.uint8] | Unread]):
    """Photos as the application shows them to the model."""

    def __init__(self, pairs: Sequence[Pair], reader: PictureReader) -> None:
        self._pairs, self._reader = pairs, reader

    def __getitem__(self, row: int) -> NDArray[np.uint8] | Unread:
        image = self._pairs[row].image
        try:
            return self._reader.square(image)
        except DecodeFailure as failure:
            return Unread(image.key, failure.kind, failure.reason)


class ReadGallery:
    """Validation photos that are read each time, or once where the image tower does not change."""

    def __init__(
        self,
        pairs: Sequence[Pair],
        reader: PictureReader,
        *,
        frozen: bool,
        workers: int,
        device: torch.device,
    ) -> None:
        self._pairs, self._frozen, self._device = pairs, frozen, device
        self._pictures = loader(_Squares(pairs, reader), range(len(pairs)), workers=workers)
        self._known: tuple[Sequence[Pair], Tensor] | None = None

    def features(self, model: DualEncoder) -> tuple[Sequence[Pair], Tensor]:
        if self._known is not None:
            return self._known
        reading = zip(self._pairs, self._pictures, strict=True)
        readable = ((pair, picture) for pair, picture in reading if not isinstance(picture, Unread))
        pairs: list[Pair] = []
        parts: list[Tensor] = []
        while group := list(islice(readable, _PHOTOS)):
            pixels = prepare(np.stack([picture for _, picture in group]), model.normalisation, self._device)
            parts.append(model.image_features(pixels).float().cpu())
            pairs += [pair for pair, _ in group]
        if not pairs:
            raise EnvironmentFault(
                msg("None of the photos to measure with can be read."),
                msg("Check the data: `ritrova-train data check`."),
            )
        found = pairs, torch.cat(parts)
        if self._frozen:
            self._known = found
        return found
